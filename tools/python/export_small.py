#!/usr/bin/env python3
"""Exports small classifiers with random weights, and says what PyTorch gives for them.

OUT_DIR receives, for each network of small_models.py and both exporters of PyTorch:
  NAME.onnx                float32, one output `logits`, dynamic batch
  NAME.input.npy           float32 [2, C, H, W]
  NAME.truth.safetensors   stages.0 …, unpooled, pooled, logits for that input
and index.json: a list of { name, file, input, truth, arch }, paths relative to OUT_DIR.
"""

from __future__ import annotations

import argparse
import inspect
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from safetensors.numpy import save_file
from small_models import SMALL_MODELS, Record, SmallModel, build
from torch import nn

OPSET = 18
EXPORTERS = ("torchscript", "dynamo")

TOLERANCE = 1e-4
"""Largest error of the exported logits, as a part of the largest logit; float32 noise is 1e-6."""


def export(model: nn.Module, inputs: torch.Tensor, path: Path, exporter: str) -> None:
    """Exports with the logits as the only output, and a symbolic batch."""
    common = {"opset_version": OPSET, "input_names": ["input"], "output_names": ["logits"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations of the exporters, nothing about the model
        if exporter == "torchscript":
            axes = {"input": {0: "batch"}, "logits": {0: "batch"}}
            torch.onnx.export(model, (inputs,), path, dynamo=False, dynamic_axes=axes, **common)
        else:
            first = next(iter(inspect.signature(model.forward).parameters))
            torch.onnx.export(
                model,
                (inputs,),
                path,
                dynamo=True,
                external_data=False,
                verbose=False,
                dynamic_shapes={first: {0: torch.export.Dim("batch", min=1)}},
                **common,
            )


def check(path: Path, inputs: np.ndarray, logits: np.ndarray) -> float:
    """Runs the file at both batch sizes; returns the relative error. Exits when it is too large."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    worst = 0.0
    for count in (1, len(inputs)):
        (found,) = session.run(None, {"input": inputs[:count]})
        worst = max(worst, float(np.abs(found - logits[:count]).max() / np.abs(logits).max()))
    if not worst <= TOLERANCE:
        raise SystemExit(f"{path.name}: logits differ from PyTorch's by {worst:.1e}")
    return worst


def to_numpy(record: Record) -> dict[str, np.ndarray]:
    return {key: np.ascontiguousarray(value.numpy()) for key, value in record.items()}


def write(small: SmallModel, folder: Path) -> list[dict[str, str | None]]:
    """Writes both exports of one network and returns their entries of the index."""
    model = build(small)
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(2, *small.input_size, generator=generator)
    with torch.no_grad():
        truth = to_numpy(small.truth(model, inputs))
        direct = model(inputs).numpy()
    if not np.allclose(direct, truth["logits"], atol=1e-5):
        raise SystemExit(f"{small.name}: the record's logits are not those of forward()")
    entries = []
    for exporter in EXPORTERS:
        name = f"{small.name}-{exporter}"
        export(model, inputs, folder / f"{name}.onnx", exporter)
        np.save(folder / f"{name}.input.npy", inputs.numpy())
        save_file(truth, folder / f"{name}.truth.safetensors")
        error = check(folder / f"{name}.onnx", inputs.numpy(), truth["logits"])
        print(f"{name}: {len(truth) - 3} stages, logits within {error:.1e}", flush=True)
        entries.append(
            {
                "name": name,
                "file": f"{name}.onnx",
                "input": f"{name}.input.npy",
                "truth": f"{name}.truth.safetensors",
                "arch": small.arch,
            }
        )
    return entries


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out_dir", type=Path, metavar="OUT_DIR")
    options = parser.parse_args()

    options.out_dir.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    entries = [entry for small in SMALL_MODELS for entry in write(small, options.out_dir)]
    (options.out_dir / "index.json").write_text(json.dumps(entries, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
