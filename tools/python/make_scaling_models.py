#!/usr/bin/env python3
"""Writes residual networks of about 1,000, 10,000 and 100,000 nodes, for timing.

  make_scaling_models.py OUT_DIR
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CHANNELS = 8
SIZES = (1_000, 10_000, 100_000)


def residual_network(blocks: int) -> onnx.ModelProto:
    """Blocks of Conv, Relu and a residual Add behind a stem; pooling and a Gemm at the end."""
    nodes, weights = [], []

    def weight(name: str, *dims: int) -> str:
        weights.append(numpy_helper.from_array(np.ones(dims, np.float32), name))
        return name

    def node(kind: str, inputs: list[str], output: str, path: str, **attributes: object) -> str:
        nodes.append(helper.make_node(kind, inputs, [output], f"/{path}/{kind}", **attributes))
        return output

    value = node(
        "Conv", ["input", weight("stem.weight", CHANNELS, 3, 4, 4)], "stem", "stem", strides=[4, 4]
    )
    for index in range(blocks):
        path = f"blocks/blocks.{index}"
        kernel = weight(f"blocks.{index}.conv.weight", CHANNELS, CHANNELS, 1, 1)
        conv = node("Conv", [value, kernel], f"c{index}", f"{path}/conv")
        branch = node("Relu", [conv], f"r{index}", f"{path}/act")
        value = node("Add", [value, branch], f"a{index}", path)
    pooled = node("GlobalAveragePool", [value], "pool", "pool")
    flat = node("Flatten", [pooled], "flat", "flatten")
    node("Gemm", [flat, weight("head.weight", CHANNELS, 10)], "logits", "head")
    graph = helper.make_graph(
        nodes,
        "scaling",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, 64, 64])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 10])],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        model = residual_network((size - 4) // 3)
        (folder / f"nodes-{size}.onnx").write_bytes(model.SerializeToString())
        print(f"nodes-{size}.onnx: {len(model.graph.node)} nodes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
