"""Tiny tapped classifiers for the tests of packages/core.

One convnet of a few hundred weights in several forms: other dtypes, fixed batches, missing fields.
Nothing is trained; the weights come from a seeded generator.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SEED = 4
SIZE = 16  # height and width of the input, pixels
CLASSES = ["red square", "green disc", "blue ring", "grey cross", "black dot"]
CHANNELS = {"stages.0": 4, "stages.1": 8, "unpooled": 6, "pooled": 6, "logits": 5}
MAPS = {"stages.0": 8, "stages.1": 4, "unpooled": 4}
DTYPES = {
    "float32": TensorProto.FLOAT,
    "float16": TensorProto.FLOAT16,
    "uint8": TensorProto.UINT8,
}
Dim = int | str


def weights() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(SEED)
    shapes = {
        "conv1.weight": (4, 3, 3, 3),
        "conv1.bias": (4,),
        "conv2.weight": (8, 4, 3, 3),
        "conv2.bias": (8,),
        "conv3.weight": (6, 8, 1, 1),
        "conv3.bias": (6,),
        "fc.weight": (5, 6),
        "fc.bias": (5,),
    }
    return {
        name: (rng.standard_normal(shape) * 0.4).astype(np.float32)
        for name, shape in shapes.items()
    }


def conv(name: str, source: str, output: str, stride: int, pad: int) -> list[onnx.NodeProto]:
    kernel = 2 * pad + 1
    return [
        helper.make_node(
            "Conv",
            [source, f"{name}.weight", f"{name}.bias"],
            [f"{name}.out"],
            name=f"/{name}/Conv",
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[pad] * 4,
        ),
        helper.make_node("Relu", [f"{name}.out"], [output], name=f"/{name}/Relu"),
    ]


def trunk(source: str) -> list[onnx.NodeProto]:
    return [
        *conv("conv1", source, "stages.0", 2, 1),
        *conv("conv2", "stages.0", "stages.1", 2, 1),
        *conv("conv3", "stages.1", "unpooled", 1, 0),
        helper.make_node("GlobalAveragePool", ["unpooled"], ["gap"]),
        helper.make_node("Flatten", ["gap"], ["pooled"], axis=1),
        helper.make_node("Gemm", ["pooled", "fc.weight", "fc.bias"], ["logits"], transB=1),
    ]


def shape_of(name: str, batch: Dim) -> list[Dim]:
    size = [MAPS[name]] * 2 if name in MAPS else []
    return [batch, CHANNELS[name], *size]


def model(
    nodes: list[onnx.NodeProto],
    input_shape: list[Dim],
    outputs: dict[str, list[Dim]],
    *,
    input_dtype: str = "float32",
    output_dtype: str = "float32",
    initializers: dict[str, np.ndarray] | None = None,
) -> onnx.ModelProto:
    arrays = weights() if initializers is None else initializers
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("input", DTYPES[input_dtype], input_shape)],
        [
            helper.make_tensor_value_info(name, DTYPES[output_dtype], shape)
            for name, shape in outputs.items()
        ],
        [numpy_helper.from_array(a, name) for name, a in arrays.items() if name in used],
    )
    return helper.make_model(
        graph,
        producer_name="featuretap-fixtures",
        ir_version=8,
        opset_imports=[helper.make_opsetid("", 17)],
    )


def output_entry(name: str, shape: list[Dim], dtype: str = "float32") -> dict[str, Any]:
    entry: dict[str, Any] = {
        "output": name,
        "value": name,
        "adapter": None,
        "dtype": dtype,
        "shape": shape,
        "layout": "NCHW" if len(shape) == 4 else "NC",
    }
    if name.startswith("stages"):
        entry["reduction"] = SIZE / int(shape[-1])
    return {**entry, "evidence": "option"}


def manifest(
    untapped: onnx.ModelProto,
    outputs: dict[str, list[Dim]],
    *,
    input_shape: list[Dim],
    input_dtype: str = "float32",
    input_layout: str = "NCHW",
    output_dtype: str = "float32",
) -> dict[str, Any]:
    def field(name: str) -> Any:
        if name in outputs:
            return output_entry(name, outputs[name], output_dtype)
        return {"value": None, "reason": f"the network was exported without {name}"}

    def entries(prefix: str) -> list[dict[str, Any]]:
        names = [name for name in outputs if name.startswith(f"{prefix}.")]
        return [output_entry(name, outputs[name], output_dtype) for name in names]

    stages = entries("stages")
    reason = {} if stages else {"stagesReason": "the network keeps one resolution"}
    source = untapped.SerializeToString(deterministic=True)
    return {
        "version": 1,
        "tool": "featuretap-fixtures 1",
        "source": {"bytes": len(source), "graphSha256": hashlib.sha256(source).hexdigest()},
        "architecture": None,
        "input": {
            "name": "input",
            "dtype": input_dtype,
            "shape": input_shape,
            "layout": input_layout,
        },
        "preprocess": {
            "inputSize": [3, SIZE, SIZE],
            "interpolation": "bilinear",
            "cropPct": 0.875,
            "cropMode": "center",
            "mean": [0.5, 0.5, 0.5],
            "std": [0.5, 0.5, 0.5],
        },
        "labels": CLASSES,
        "record": {
            "stages": stages,
            **reason,
            "unpooled": entries("unpooled") or field("unpooled"),
            "pooled": field("pooled"),
            "logits": field("logits"),
        },
    }


def embed(proto: onnx.ModelProto, content: dict[str, Any]) -> onnx.ModelProto:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    helper.set_model_props(proto, {"featuretap": text})
    return proto


def tiny(names: list[str] | None = None, batch: Dim = "batch") -> onnx.ModelProto:
    """The plain network; `names` leaves out fields, `batch` fixes the batch."""
    outputs = {name: shape_of(name, batch) for name in names or list(CHANNELS)}
    shape: list[Dim] = [batch, 3, SIZE, SIZE]
    nodes = trunk("input")
    if "logits" not in outputs:
        nodes = nodes[:-1]
    proto = model(nodes, shape, outputs)
    return embed(proto, manifest(proto, outputs, input_shape=shape))


def tiny_uint8() -> onnx.ModelProto:
    """Takes [N, H, W, 3] bytes and normalises inside the graph."""
    shape: list[Dim] = ["batch", SIZE, SIZE, 3]
    outputs = {name: shape_of(name, "batch") for name in CHANNELS}
    nodes = [
        helper.make_node("Transpose", ["input"], ["chw"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["chw"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["float", "half"], ["scaled"]),
        helper.make_node("Sub", ["scaled", "one"], ["normal"]),
        *trunk("normal"),
    ]
    arrays = {**weights(), "half": np.float32(127.5), "one": np.float32(1)}
    proto = model(
        nodes,
        shape,
        outputs,
        input_dtype="uint8",
        initializers={name: np.asarray(a) for name, a in arrays.items()},
    )
    content = manifest(
        proto, outputs, input_shape=shape, input_dtype="uint8", input_layout="NHWC"
    )
    return embed(proto, content)


def tiny_float16() -> onnx.ModelProto:
    shape: list[Dim] = ["batch", 3, SIZE, SIZE]
    outputs = {name: shape_of(name, "batch") for name in CHANNELS}
    arrays = {name: a.astype(np.float16) for name, a in weights().items()}
    proto = model(
        trunk("input"),
        shape,
        outputs,
        input_dtype="float16",
        output_dtype="float16",
        initializers=arrays,
    )
    content = manifest(
        proto, outputs, input_shape=shape, input_dtype="float16", output_dtype="float16"
    )
    return embed(proto, content)


def tiny_branches() -> onnx.ModelProto:
    """Two unpooled branches, pooled from both, no stages."""
    shape: list[Dim] = ["batch", 3, SIZE, SIZE]
    outputs: dict[str, list[Dim]] = {
        "unpooled.0": ["batch", 4, 8, 8],
        "unpooled.1": ["batch", 8, 4, 4],
        "pooled": ["batch", 12],
    }
    nodes = [
        *conv("conv1", "input", "unpooled.0", 2, 1),
        *conv("conv2", "unpooled.0", "unpooled.1", 2, 1),
        helper.make_node("GlobalAveragePool", ["unpooled.0"], ["gap.0"]),
        helper.make_node("GlobalAveragePool", ["unpooled.1"], ["gap.1"]),
        helper.make_node("Concat", ["gap.0", "gap.1"], ["gap"], axis=1),
        helper.make_node("Flatten", ["gap"], ["pooled"], axis=1),
    ]
    proto = model(nodes, shape, outputs)
    return embed(proto, manifest(proto, outputs, input_shape=shape))


def tiny_wrong_manifest() -> onnx.ModelProto:
    """The manifest names an output that the file lacks and a wrong number of channels."""
    proto = tiny()
    content = json.loads(proto.metadata_props[0].value)
    content["record"]["pooled"]["output"] = "embedding"
    content["record"]["stages"][1]["shape"][1] = 9
    return embed(proto, content)


def tiny_two_inputs() -> onnx.ModelProto:
    """A second required input, of which the manifest says nothing."""
    proto = tiny()
    proto.graph.input.append(helper.make_tensor_value_info("scale", TensorProto.FLOAT, [1]))
    proto.graph.node[-1].output[0] = "unscaled"
    proto.graph.node.append(helper.make_node("Mul", ["unscaled", "scale"], ["logits"]))
    return proto


def tiny_unloadable() -> onnx.ModelProto:
    """Valid protobuf and manifest, but an operator that no runtime has."""
    proto = tiny()
    proto.graph.node[-1].op_type = "NoSuchOperator"
    return proto


def tiny_single_row() -> onnx.ModelProto:
    """Says it takes any batch, but a Reshape inside works for one image only."""
    shape: list[Dim] = ["batch", 3, SIZE, SIZE]
    outputs = {name: shape_of(name, "batch") for name in CHANNELS}
    nodes = [node for node in trunk("input") if node.op_type != "Flatten"]
    nodes.insert(-1, helper.make_node("Reshape", ["gap", "one_row"], ["pooled"]))
    arrays = {**weights(), "one_row": np.asarray([1, CHANNELS["pooled"]])}
    proto = model(nodes, shape, outputs, initializers=arrays)
    return embed(proto, manifest(proto, outputs, input_shape=shape))


SLOW_CHANNELS = 64
SLOW_SIZE = 48
SLOW_ROUNDS = 400


def slow() -> onnx.ModelProto:
    """A convolution 400 times over: some hundred milliseconds, whatever the input."""
    weight_shape = [SLOW_CHANNELS, SLOW_CHANNELS, 3, 3]
    body = helper.make_graph(
        [
            helper.make_node("Conv", ["map", "kernel"], ["next"], pads=[1] * 4),
            helper.make_node("Identity", ["keep_going"], ["still_going"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("round", TensorProto.INT64, []),
            helper.make_tensor_value_info("keep_going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("map", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("still_going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", TensorProto.FLOAT, None),
        ],
    )
    nodes = [
        helper.make_node("Expand", ["tap", "kernel_shape"], ["kernel"]),
        helper.make_node("ReduceMean", ["input"], ["grey"], axes=[1], keepdims=1),
        helper.make_node("Expand", ["grey", "map_shape"], ["start"]),
        helper.make_node("Loop", ["rounds", "", "start"], ["end"], body=body),
        helper.make_node("GlobalAveragePool", ["end"], ["gap"]),
        helper.make_node("Flatten", ["gap"], ["pooled"], axis=1),
    ]
    arrays = {
        # Keeps the values where they are: 576 products are summed.
        "tap": np.float32(1 / (SLOW_CHANNELS * 9)).reshape(1, 1, 1, 1),
        "kernel_shape": np.asarray(weight_shape),
        "map_shape": np.asarray([1, SLOW_CHANNELS, SLOW_SIZE, SLOW_SIZE]),
        "rounds": np.asarray(SLOW_ROUNDS),
    }
    shape: list[Dim] = ["batch", 3, SLOW_SIZE, SLOW_SIZE]
    outputs: dict[str, list[Dim]] = {"pooled": ["batch", SLOW_CHANNELS]}
    proto = model(nodes, shape, outputs, initializers=arrays)
    content = manifest(proto, outputs, input_shape=shape)
    content["preprocess"]["inputSize"] = [3, SLOW_SIZE, SLOW_SIZE]
    content["record"]["unpooled"] = {"value": None, "reason": "not tapped"}
    return embed(proto, content)


def no_preprocess() -> onnx.ModelProto:
    """The manifest does not say how images become the input."""
    proto = tiny()
    content = json.loads(proto.metadata_props[0].value)
    content["preprocess"] = None
    return embed(proto, content)


def no_manifest() -> onnx.ModelProto:
    proto = tiny()
    del proto.metadata_props[:]
    return proto


def all_models() -> dict[str, onnx.ModelProto]:
    """Every fixture by its file name without the extension."""
    features = [name for name in CHANNELS if name != "logits"]
    return {
        "tiny": tiny(),
        "tiny-headless": tiny(features),
        "tiny-batch-1": tiny(batch=1),
        "tiny-batch-3": tiny(batch=3),
        "tiny-uint8": tiny_uint8(),
        "tiny-float16": tiny_float16(),
        "tiny-branches": tiny_branches(),
        "tiny-no-manifest": no_manifest(),
        "tiny-no-preprocess": no_preprocess(),
        "tiny-wrong-manifest": tiny_wrong_manifest(),
        "tiny-two-inputs": tiny_two_inputs(),
        "tiny-unloadable": tiny_unloadable(),
        "tiny-single-row": tiny_single_row(),
        "slow": slow(),
    }
