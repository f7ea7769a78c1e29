"""Further forms of the tiny classifier: views, linked weights, extra outputs, cast outputs."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import onnx
from core_models import (
    CHANNELS,
    DTYPES,
    SIZE,
    Dim,
    embed,
    manifest,
    model,
    shape_of,
    tiny,
    tiny_uint8,
    trunk,
    weights,
)
from onnx import TensorProto, helper

HEAD_KEY = "featuretap.head"
EXTRA_LABELS = ["round", "square"]


def content_of(proto: onnx.ModelProto) -> dict[str, Any]:
    return json.loads(proto.metadata_props[0].value)


def extra(name: str, dtype: str | None, shape: list[Dim] | None, **more: Any) -> dict[str, Any]:
    return {"output": name, "value": name, "dtype": dtype, "shape": shape, **more}


def add_output(proto: onnx.ModelProto, name: str, dtype: int, shape: list[Dim]) -> None:
    proto.graph.output.append(helper.make_tensor_value_info(name, dtype, shape))


def backbone() -> onnx.ModelProto:
    """All fields but the logits, which are in the head file."""
    full = content_of(tiny())
    proto = tiny([name for name in CHANNELS if name != "logits"])
    content = {**content_of(proto), "source": full["source"], "view": "backbone", "labels": None}
    content["record"]["logits"] = {"value": None, "reason": "the head file has the logits"}
    return embed(proto, content)


def head(batch: Dim = "batch", dtype: str = "float32") -> onnx.ModelProto:
    """From pooled to logits, with the same weights as the plain network."""
    shape = shape_of("pooled", batch)
    kind = {"input_dtype": dtype, "output_dtype": dtype}
    arrays = {name: a.astype(np.dtype(dtype)) for name, a in weights().items()}
    proto = model(
        trunk("input")[-1:],
        shape,
        {"logits": shape_of("logits", batch)},
        initializers=arrays,
        **kind,
    )
    proto.graph.input[0].name = "pooled"
    full = content_of(tiny())
    logits = {**full["record"]["logits"], "shape": shape_of("logits", batch), "dtype": dtype}
    content = {
        "version": 1,
        "tool": full["tool"],
        "source": full["source"],
        "architecture": None,
        "input": {"name": "pooled", "dtype": dtype, "shape": shape, "layout": "NC"},
        "labels": full["labels"],
        "logits": logits,
    }
    helper.set_model_props(proto, {HEAD_KEY: json.dumps(content, separators=(",", ":"))})
    return proto


def linked(proto: onnx.ModelProto, original: bytes, location: str) -> onnx.ModelProto:
    """The same graph whose float weights are ranges of the file `original`."""
    result = onnx.ModelProto()
    result.CopyFrom(proto)
    for tensor in result.graph.initializer:
        payload = tensor.raw_data
        if original.count(payload) != 1:
            raise ValueError(f"{tensor.name} is not exactly once in {location}")
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        entries = {
            "location": location,
            "offset": str(original.find(payload)),
            "length": str(len(payload)),
        }
        for key, value in entries.items():
            tensor.external_data.add(key=key, value=value)
    [entry] = result.metadata_props
    files = [{"location": location, "bytes": len(original)}]
    content = {**json.loads(entry.value), "weightFiles": files}
    helper.set_model_props(result, {entry.key: json.dumps(content, separators=(",", ":"))})
    return result


def tiny_extras(batch: Dim = "batch") -> onnx.ModelProto:
    """Outputs beside the fields: the input as the graph sees it, a second head, classes."""
    proto = tiny(batch=batch)
    nodes = [
        helper.make_node("Identity", ["input"], ["seen"]),
        helper.make_node("Slice", ["logits", "first", "last", "axis"], ["495"]),
        helper.make_node("ArgMax", ["logits"], ["class"], axis=1, keepdims=0),
        helper.make_node("Greater", ["pooled", "zero"], ["constructor"]),
        helper.make_node("Identity", ["fc.bias"], ["bias"]),
    ]
    proto.graph.node.extend(nodes)
    arrays = {"first": [0], "last": [2], "axis": [1]}
    proto.graph.initializer.extend(
        onnx.numpy_helper.from_array(np.asarray(a), name) for name, a in arrays.items()
    )
    proto.graph.initializer.append(onnx.numpy_helper.from_array(np.float32(0), "zero"))
    image: list[Dim] = [batch, 3, SIZE, SIZE]
    add_output(proto, "seen", TensorProto.FLOAT, image)
    add_output(proto, "495", TensorProto.FLOAT, [batch, 2])
    add_output(proto, "class", TensorProto.INT64, [batch])
    add_output(proto, "constructor", TensorProto.BOOL, [batch, CHANNELS["pooled"]])
    extras = [
        extra("seen", "float32", image),
        extra("495", "float32", [batch, 2], labels=EXTRA_LABELS),
        extra("class", "int64", [batch]),
        # Every JavaScript object has a property of this name.
        extra("constructor", None, None),
    ]
    if batch == "batch":
        # A value without a batch axis, which a file of a fixed batch cannot return in parts.
        add_output(proto, "bias", TensorProto.FLOAT, [CHANNELS["logits"]])
        extras.append(extra("bias", "float32", [CHANNELS["logits"]]))
    return embed(proto, {**content_of(proto), "extras": extras})


def tiny_proto_name() -> onnx.ModelProto:
    """An output that onnxruntime's JavaScript API cannot return."""
    proto = tiny()
    proto.graph.node.append(helper.make_node("Identity", ["pooled"], ["__proto__"]))
    shape = shape_of("pooled", "batch")
    add_output(proto, "__proto__", TensorProto.FLOAT, shape)
    extras = [extra("__proto__", "float32", shape)]
    return embed(proto, {**content_of(proto), "extras": extras})


def uint8_pixels() -> onnx.ModelProto:
    """The form that takes bytes, which returns them too."""
    proto = tiny_uint8()
    proto.graph.node.append(helper.make_node("Identity", ["input"], ["pixels"]))
    shape: list[Dim] = ["batch", SIZE, SIZE, 3]
    add_output(proto, "pixels", TensorProto.UINT8, shape)
    return embed(proto, {**content_of(proto), "extras": [extra("pixels", "uint8", shape)]})


def cast_outputs() -> onnx.ModelProto:
    """A float32 network whose added outputs are cast to float16; its own logits stay."""
    halves = [name for name in CHANNELS if name != "logits"]
    shape: list[Dim] = ["batch", 3, SIZE, SIZE]
    nodes = trunk("input")
    for node in nodes:
        node.input[:] = [f"{name}.full" if name in halves else name for name in node.input]
        node.output[:] = [f"{name}.full" if name in halves else name for name in node.output]
    nodes += [
        helper.make_node("Cast", [f"{name}.full"], [name], to=DTYPES["float16"]) for name in halves
    ]
    outputs = {name: shape_of(name, "batch") for name in CHANNELS}
    proto = model(nodes, shape, outputs)
    for output in proto.graph.output[: len(halves)]:
        output.type.tensor_type.elem_type = DTYPES["float16"]
    content = manifest(proto, outputs, input_shape=shape, output_dtype="float16")
    content["record"]["logits"]["dtype"] = "float32"
    return embed(proto, content)


def view_models() -> dict[str, onnx.ModelProto]:
    """Every fixture of this module by its file name without the extension."""
    original = tiny().SerializeToString(deterministic=True)
    return {
        "tiny-backbone": backbone(),
        "tiny-head": head(),
        "tiny-head-batch-2": head(batch=2),
        "tiny-head-float16": head(dtype="float16"),
        "tiny-linked": linked(tiny(), original, "tiny.onnx"),
        "tiny-head-linked": linked(head(), original, "tiny.onnx"),
        "tiny-extras": tiny_extras(),
        "tiny-extras-batch-2": tiny_extras(batch=2),
        "tiny-proto-name": tiny_proto_name(),
        "tiny-uint8-pixels": uint8_pixels(),
        "tiny-cast": cast_outputs(),
    }
