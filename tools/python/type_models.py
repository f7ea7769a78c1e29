"""Small models for the tests of element types in packages/onnx-export.

Networks in mixed and 8-bit precision, and one with values of every type that may be exposed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from surgery_models import CLASSES, SIDE, Nodes, Weights, conv_head, conv_net, conv_nodes, model

BATCHES = 4  # calibration batches


class Images(CalibrationDataReader):
    """Batches of noise: the ranges only have to be reasonable."""

    def __init__(self) -> None:
        random = np.random.default_rng(0)
        shape = (2, 3, SIDE, SIDE)
        rows = [random.standard_normal(shape).astype(np.float32) for _ in range(BATCHES)]
        self._rows = iter(rows)

    def get_next(self) -> dict[str, np.ndarray] | None:
        rows = next(self._rows, None)
        return None if rows is None else {"input": rows}


def quantized(
    layout: QuantFormat, activations: QuantType, per_channel: bool = False
) -> onnx.ModelProto:
    """The small convolutional network as onnxruntime's own static quantisation leaves it."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        onnx.save(conv_net(), source)
        quantize_static(
            source,
            target,
            Images(),
            quant_format=layout,
            activation_type=activations,
            weight_type=QuantType.QInt8,
            per_channel=per_channel,
        )
        return onnx.load(target)


def dynamically_quantized() -> onnx.ModelProto:
    """The same with the scales of activations computed on the way."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        onnx.save(conv_net(), source)
        quantize_dynamic(source, target, weight_type=QuantType.QUInt8)
        return onnx.load(target)


def cast(source: str, target: str, to: int) -> onnx.NodeProto:
    return helper.make_node("Cast", [source], [target], name=f"cast {target}", to=to)


def half_inside() -> onnx.ModelProto:
    """A float16 trunk between a float32 input and a float32 head."""
    weights = Weights(np.float16)
    trunk = conv_nodes(weights)
    trunk[0].input[0] = "half.input"
    head_weights = Weights()
    head = conv_head(head_weights, "wide")
    weights.tensors += head_weights.tensors
    nodes = [cast("input", "half.input", TensorProto.FLOAT16), *trunk]
    return model([*nodes, cast("r2", "wide", TensorProto.FLOAT), *head], weights)


def brain_between() -> onnx.ModelProto:
    """Features that are kept in bfloat16 between float32 layers: onnxruntime runs it on a CPU."""
    weights = Weights()
    nodes = conv_nodes(weights) + [
        cast("r2", "brain", TensorProto.BFLOAT16),
        helper.make_node("Identity", ["brain"], ["brain.kept"], name="keep"),
        cast("brain.kept", "wide", TensorProto.FLOAT),
    ]
    return model(nodes + conv_head(weights, "wide"), weights)


def _as_brain(tensors: list[onnx.TensorProto]) -> None:
    """Rounds float32 weights to bfloat16 by cutting 16 bits off: they are multiples of 1/16."""
    for tensor in tensors:
        values = numpy_helper.to_array(tensor).astype("<f4").view("<u4") >> 16
        tensor.raw_data = values.astype("<u2").tobytes()
        tensor.data_type = TensorProto.BFLOAT16


def brain_inside() -> onnx.ModelProto:
    """A bfloat16 network between a float32 input and float32 logits; no CPU provider runs it."""
    weights = Weights()
    nodes = conv_nodes(weights) + conv_head(weights)
    _as_brain(weights.tensors)
    nodes[0].input[0] = "brain.input"
    nodes[-1].output[0] = "brain.logits"
    nodes = [cast("input", "brain.input", TensorProto.BFLOAT16), *nodes]
    return model([*nodes, cast("brain.logits", "logits", TensorProto.FLOAT)], weights, opset=22)


def brain_output() -> onnx.ModelProto:
    """The same with bfloat16 logits, which onnxruntime-node cannot open."""
    made = brain_inside()
    del made.graph.node[-1]
    made.graph.node[-1].output[0] = "logits"
    made.graph.output[0].type.tensor_type.elem_type = TensorProto.BFLOAT16
    return made


VALUE_TYPES: dict[str, int] = {
    "double": TensorProto.DOUBLE,
    "half": TensorProto.FLOAT16,
    "brain": TensorProto.BFLOAT16,
    "float8": TensorProto.FLOAT8E4M3FN,
    "long": TensorProto.INT64,
    "int": TensorProto.INT32,
    "short": TensorProto.INT16,
    "byte": TensorProto.INT8,
    "ulong": TensorProto.UINT64,
    "uint": TensorProto.UINT32,
    "ushort": TensorProto.UINT16,
    "ubyte": TensorProto.UINT8,
    "flag": TensorProto.BOOL,
    "text": TensorProto.STRING,
}
"""Values of `every_type`, each cast from the logits."""


def every_type() -> onnx.ModelProto:
    """The small network, and beside it values of every type, of rank 0, and that are no tensors."""
    weights = Weights()
    nodes: Nodes = conv_nodes(weights) + conv_head(weights)
    nodes += [cast("logits", name, to) for name, to in VALUE_TYPES.items()]
    weights.ints("five", [CLASSES])
    nodes += [
        helper.make_node("ArgMax", ["logits"], ["best"], name="best", axis=1, keepdims=0),
        helper.make_node("Size", ["logits"], ["count"], name="count"),
        helper.make_node("ReduceSum", ["logits"], ["total"], name="total", keepdims=0),
        helper.make_node("TopK", ["logits", "five"], ["top", "top.at"], name="top", axis=1),
        helper.make_node("Unique", ["best"], ["kinds"], name="kinds"),
        helper.make_node("SequenceConstruct", ["logits", "flat"], ["list"], name="list"),
        helper.make_node("Identity", ["list"], ["list.kept"], name="list again"),
    ]
    return model(nodes, weights, opset=19)


MODELS: dict[str, Callable[[], onnx.ModelProto]] = {
    "half-inside": half_inside,
    "brain-between": brain_between,
    "brain-inside": brain_inside,
    "brain-output": brain_output,
    "every-type": every_type,
    "qdq-int8": lambda: quantized(QuantFormat.QDQ, QuantType.QInt8),
    "qdq-uint8": lambda: quantized(QuantFormat.QDQ, QuantType.QUInt8),
    "qdq-per-channel": lambda: quantized(QuantFormat.QDQ, QuantType.QInt8, per_channel=True),
    "dynamic-uint8": dynamically_quantized,
    "qoperator-int8": lambda: quantized(QuantFormat.QOperator, QuantType.QInt8),
    "qoperator-uint8": lambda: quantized(QuantFormat.QOperator, QuantType.QUInt8),
}
