#!/usr/bin/env python3
"""Exports the demo classifier to packages/demo/data/efficientnet_lite0.onnx.

The graph has one output, `logits`: what a team exports that never thought of features.
Run twice on one machine, it writes the same bytes. `--check` compares with the committed file
instead: all but the weights byte for byte, the weights to a rounding, since processors round what
folds BatchNorm into convolutions differently.
"""

from __future__ import annotations

import argparse
import io
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from demo_model import PREPROCESS, add_wheel_option, load_demo_model

TARGET = Path(__file__).resolve().parents[2] / "packages/demo/data/efficientnet_lite0.onnx"
OPSET = 18

ROUNDING = 1e-6
"""Largest difference of a weight, as a part of the largest of its tensor: some units in the last place."""


def export(model: torch.nn.Module) -> bytes:
    """Exports with the TorchScript exporter; the batch is dynamic, height and width are fixed."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # The exporter is deprecated but still what most files in use were made with.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (torch.zeros(2, *PREPROCESS["input_size"]),),
            buffer,
            dynamo=False,
            opset_version=OPSET,
            input_names=["input"],
            output_names=["logits"],
            dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
        )
    return buffer.getvalue()


def largest_difference(committed: bytes, made: bytes) -> float:
    """Of any weight, as a part of its tensor's largest; infinite when anything else differs."""
    models = [onnx.load_from_string(data) for data in (committed, made)]
    weights = [[onnx.numpy_helper.to_array(each) for each in m.graph.initializer] for m in models]
    for model in models:
        for initializer in model.graph.initializer:
            if initializer.data_type == onnx.TensorProto.FLOAT:
                initializer.ClearField("raw_data")
    if models[0].SerializeToString() != models[1].SerializeToString():
        return float("inf")
    return max(
        float(np.abs(a - b).max() / max(np.abs(a).max(), 1e-30))
        for a, b in zip(*weights, strict=True)
        if a.dtype == np.float32
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    add_wheel_option(parser)
    parser.add_argument("-o", "--output", type=Path, default=TARGET)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()

    torch.set_num_threads(1)
    data = export(load_demo_model(options.wheel))
    if options.check:
        difference = largest_difference(options.output.read_bytes(), data)
        same = difference <= ROUNDING
        print(f"{options.output.name}: {'equal' if same else 'DIFFERS'}, by {difference:.1e}")
        return 0 if same else 1
    options.output.write_bytes(data)
    print(f"wrote {options.output.name}, {len(data)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
