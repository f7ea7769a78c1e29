"""Tiny models for the tests of packages/onnx-export, each with one thing that surgery may trip on.

They are complete with weights, a few kB each; nothing is trained. Models named `bad-…` break a rule
of ONNX and are made by editing the bytes of a valid one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SEED = 7
SIDE = 16  # height and width of the input, pixels
CLASSES = 5
EXTERNAL_FILE = "external.onnx.data"

Nodes = list[onnx.NodeProto]


class Weights:
    """Collects float initializers of a model; the same names and shapes give the same values."""

    def __init__(self, dtype: type = np.float32) -> None:
        self.tensors: list[onnx.TensorProto] = []
        self._dtype = dtype
        self._random = np.random.default_rng(SEED)

    def add(self, name: str, *shape: int) -> str:
        values = self._random.integers(-8, 9, shape) / 16
        self.tensors.append(numpy_helper.from_array(values.astype(self._dtype), name))
        return name

    def ints(self, name: str, values: Sequence[int]) -> str:
        self.tensors.append(numpy_helper.from_array(np.asarray(values, np.int64), name))
        return name


def model(
    nodes: Nodes,
    weights: Weights,
    opset: int = 18,
    ir_version: int = 8,
    dtype: int = TensorProto.FLOAT,
    input_shape: Sequence[int | str] = ("batch", 3, SIDE, SIDE),
) -> onnx.ModelProto:
    listed = []
    if ir_version < 4:
        # Before IR version 4 every initializer is a graph input too.
        listed = [
            helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims))
            for tensor in weights.tensors
        ]
    graph = helper.make_graph(
        nodes,
        "test",
        [*listed, helper.make_tensor_value_info("input", dtype, input_shape)],
        [helper.make_tensor_value_info("logits", dtype, ["batch", CLASSES])],
        initializer=weights.tensors,
    )
    return helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=ir_version,
        producer_name="test",
    )


def conv_nodes(weights: Weights) -> Nodes:
    """Stem at half resolution, a residual block, a strided convolution; no head."""
    weights.add("stem.w", 4, 3, 3, 3)
    weights.add("block.w", 4, 4, 3, 3)
    weights.add("down.w", 6, 4, 3, 3)
    same, half = {"pads": [1] * 4}, {"pads": [1] * 4, "strides": [2, 2]}
    return [
        helper.make_node("Conv", ["input", "stem.w"], ["c0"], name="stem", **half),
        helper.make_node("Relu", ["c0"], ["r0"], name="act"),
        helper.make_node("Conv", ["r0", "block.w"], ["c1"], name="block", **same),
        helper.make_node("Add", ["c1", "r0"], ["a1"], name="residual"),
        helper.make_node("Relu", ["a1"], ["r1"], name="block act"),
        helper.make_node("Conv", ["r1", "down.w"], ["c2"], name="down", **half),
        helper.make_node("Relu", ["c2"], ["r2"], name="down act"),
    ]


def conv_head(weights: Weights, value: str = "r2", width: int = 6) -> Nodes:
    weights.add("fc.w", CLASSES, width)
    weights.add("fc.b", CLASSES)
    return [
        helper.make_node("GlobalAveragePool", [value], ["gap"], name="pool"),
        helper.make_node("Flatten", ["gap"], ["flat"], name="flatten", axis=1),
        helper.make_node("Gemm", ["flat", "fc.w", "fc.b"], ["logits"], name="fc", transB=1),
    ]


def conv_net(ir_version: int = 8, opset: int = 18) -> onnx.ModelProto:
    weights = Weights()
    nodes = conv_nodes(weights) + conv_head(weights)
    return model(nodes, weights, opset=opset, ir_version=ir_version)


def float16() -> onnx.ModelProto:
    weights = Weights(np.float16)
    return model(conv_nodes(weights) + conv_head(weights), weights, dtype=TensorProto.FLOAT16)


def nhwc() -> onnx.ModelProto:
    """Stages in channels-last order, as ConvNeXt and Swin hold them."""
    weights = Weights()
    stem = conv_nodes(weights)
    weights.add("mlp.w", 6, 6)
    weights.ints("mean.axes", [1, 2])
    weights.add("fc.w", 6, CLASSES)
    nodes = [
        helper.make_node("Transpose", ["r2"], ["nhwc"], name="to nhwc", perm=[0, 2, 3, 1]),
        helper.make_node("MatMul", ["nhwc", "mlp.w"], ["mlp"], name="mlp"),
        helper.make_node("Add", ["mlp", "nhwc"], ["mixed"], name="mix"),
        helper.make_node("ReduceMean", ["mixed", "mean.axes"], ["mean"], name="mean", keepdims=0),
        helper.make_node("MatMul", ["mean", "fc.w"], ["logits"], name="fc"),
    ]
    return model(stem + nodes, weights)


def tokens(opset: int) -> onnx.ModelProto:
    """Patches, a class token, two residual blocks, the class token into a linear layer."""
    weights = Weights()
    weights.add("patch.w", 6, 3, 4, 4)
    weights.add("cls", 1, 1, 6)
    weights.ints("to.tokens", [0, 6, -1])
    weights.ints("first", [0])
    weights.ints("rest", [1, 6])
    nodes = [
        helper.make_node("Conv", ["input", "patch.w"], ["patches"], name="patch", strides=[4, 4]),
        helper.make_node("Reshape", ["patches", "to.tokens"], ["channels"], name="reshape"),
        helper.make_node("Transpose", ["channels"], ["positions"], name="swap", perm=[0, 2, 1]),
        helper.make_node("Shape", ["input"], ["input.shape"], name="shape"),
        helper.make_node("Gather", ["input.shape", "first"], ["count"], name="count", axis=0),
        helper.make_node("Concat", ["count", "rest"], ["cls.shape"], name="cls shape", axis=0),
        helper.make_node("Expand", ["cls", "cls.shape"], ["cls.rows"], name="expand"),
        helper.make_node("Concat", ["cls.rows", "positions"], ["t0"], name="concat", axis=1),
    ]
    for block in (1, 2):
        before, weight = f"t{block - 1}", weights.add(f"b{block}.w", 6, 6)
        nodes += [
            helper.make_node("MatMul", [before, weight], [f"m{block}"], name=f"b{block}"),
            helper.make_node("Add", [f"m{block}", before], [f"t{block}"], name=f"b{block} add"),
        ]
    weights.ints("zero", [0])
    weights.add("fc.w", 6, CLASSES)
    weights.add("fc.b", CLASSES)
    nodes += [
        helper.make_node("Gather", ["t2", "zero"], ["token"], name="select", axis=1),
        helper.make_node("Flatten", ["token"], ["pooled.vector"], name="flatten", axis=1),
        helper.make_node("Gemm", ["pooled.vector", "fc.w", "fc.b"], ["logits"], name="fc"),
    ]
    return model(nodes, weights, opset=opset)


def nested_if(depth: int) -> onnx.ModelProto:
    """A value of the main graph, used only inside `depth` nested If bodies."""
    weights = Weights()
    nodes = conv_nodes(weights)
    weights.tensors.append(numpy_helper.from_array(np.asarray(True), "condition"))

    def branch(level: int, name: str) -> onnx.GraphProto:
        result = f"{name}.{level}"
        if level == depth:
            inner = [helper.make_node("Relu", ["r2"], [result], name=f"{name} {level}")]
        else:
            inner = [condition(level + 1, result, name)]
        declared = helper.make_tensor_value_info(result, TensorProto.FLOAT, None)
        return helper.make_graph(inner, name, [], [declared])

    def condition(level: int, result: str, name: str) -> onnx.NodeProto:
        return helper.make_node(
            "If",
            ["condition"],
            [result],
            name=f"if {name} {level}",
            then_branch=branch(level, f"{name}a"),
            else_branch=branch(level, f"{name}b"),
        )

    nodes.append(condition(1, "chosen", "x"))
    return model(nodes + conv_head(weights, "chosen"), weights)


def renamed(names: dict[str, str]) -> onnx.ModelProto:
    made = conv_net()
    for node in made.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    return made


def shared_weight() -> onnx.ModelProto:
    """One weight that three convolutions use."""
    weights = Weights()
    nodes = conv_nodes(weights)
    weights.add("again.w", 6, 6, 3, 3)
    value = "r2"
    for step in range(3):
        nodes.append(
            helper.make_node(
                "Conv", [value, "again.w"], [f"s{step}"], name=f"again {step}", pads=[1] * 4
            )
        )
        value = f"s{step}"
    return model(nodes + conv_head(weights, value), weights)


def external() -> tuple[onnx.ModelProto, bytes]:
    """The weights in a side file."""
    made, data = conv_net(), b""
    for tensor in made.graph.initializer:
        raw = tensor.raw_data
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        where = {"location": EXTERNAL_FILE, "offset": len(data), "length": len(raw)}
        for key, value in where.items():
            tensor.external_data.add(key=key, value=str(value))
        data += raw
    return made, data


def unsorted() -> onnx.ModelProto:
    made = conv_net()
    nodes = list(made.graph.node)[::-1]
    del made.graph.node[:]
    made.graph.node.extend(nodes)
    return made


def cyclic() -> onnx.ModelProto:
    made = conv_net()
    made.graph.node[2].input[0] = "r2"
    return made


def made_twice() -> onnx.ModelProto:
    made = conv_net()
    made.graph.node.append(helper.make_node("Relu", ["c0"], ["r0"], name="again"))
    return made


def no_image() -> onnx.ModelProto:
    weights = Weights()
    weights.add("fc.w", 12, CLASSES)
    nodes = [helper.make_node("MatMul", ["input", "fc.w"], ["logits"], name="fc")]
    return model(nodes, weights, input_shape=["batch", 12])


def duplicate_metadata() -> onnx.ModelProto:
    made = conv_net()
    for value in ("first", "second"):
        made.metadata_props.add(key="author", value=value)
    return made


def to_bytes(made: onnx.ModelProto) -> bytes:
    return made.SerializeToString(deterministic=True)


def undecodable_name() -> bytes:
    """A value whose name is not UTF-8; protobuf in C++ does not mind."""
    placeholder = b"@@@@"
    return to_bytes(renamed({"r1": placeholder.decode()})).replace(placeholder, b"\xff\xfe\x80r")


def two_graphs() -> bytes:
    """A second graph field with one more output, which protobuf parsers would merge."""
    extra = onnx.ModelProto()
    extra.graph.output.add(name="r1")
    return to_bytes(conv_net()) + to_bytes(extra)


VALID: dict[str, Callable[[], onnx.ModelProto]] = {
    "conv": conv_net,
    "conv-ir3": lambda: conv_net(ir_version=3, opset=8),
    "float16": float16,
    "nhwc": nhwc,
    "tokens-opset9": lambda: tokens(9),
    "tokens-opset13": lambda: tokens(13),
    "tokens-opset18": lambda: tokens(18),
    "if": lambda: nested_if(1),
    "nested-if": lambda: nested_if(5),
    "odd-names": lambda: renamed({"r0": "__proto__", "r1": "495", "c2": "a\x1b[31m\nb"}),
    "taken-name": lambda: renamed({"r0": "stages.0", "a1": "pooled"}),
    "shared-weight": shared_weight,
}
"""Models that onnxruntime runs."""


def special_files() -> dict[str, bytes]:
    """Models that cannot be loaded from bytes alone, or not at all."""
    outside, data = external()
    return {
        "external.onnx": to_bytes(outside),
        EXTERNAL_FILE: data,
        "undecodable-name.onnx": undecodable_name(),
        "no-image.onnx": to_bytes(no_image()),
        "duplicate-metadata.onnx": to_bytes(duplicate_metadata()),
        "unsorted.onnx": to_bytes(unsorted()),
        "bad-cyclic.onnx": to_bytes(cyclic()),
        "bad-made-twice.onnx": to_bytes(made_twice()),
        "bad-two-graphs.onnx": two_graphs(),
    }
