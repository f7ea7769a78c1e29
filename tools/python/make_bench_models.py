#!/usr/bin/env python3
"""Writes the models of the benchmark of running: timm's networks with random weights.

  make_bench_models.py OUT_DIR [NAME…]

OUT_DIR receives NAME.onnx for each name (resnet50 and vit_base_patch16_224 by default): float32,
input `pixel_values` [batch, 3, H, W], one output `logits`. The weights are those of
`build_bench_model`, which is how the benchmark's PyTorch child has the same network.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import timm
import torch
from randomise import randomise
from torch import nn

DEFAULT_NAMES = ("resnet50", "vit_base_patch16_224")
OPSET = 18
SEED = 7


def build_bench_model(name: str) -> nn.Module:
    """The network with the same random weights in every process."""
    torch.manual_seed(SEED)
    return randomise(timm.create_model(name, pretrained=False), SEED)


def export(name: str, path: Path) -> None:
    """Writes the file whole or not at all."""
    model = build_bench_model(name)
    _, height, width = model.default_cfg["input_size"]
    part = path.with_suffix(".part")
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # deprecations of the exporter, nothing about the model
        torch.onnx.export(
            model,
            (torch.zeros(2, 3, height, width),),
            str(part),
            dynamo=False,
            opset_version=OPSET,
            input_names=["pixel_values"],
            output_names=["logits"],
            dynamic_axes={"pixel_values": {0: "batch"}, "logits": {0: "batch"}},
        )
    part.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out_dir", type=Path)
    parser.add_argument("names", nargs="*", default=DEFAULT_NAMES)
    args = parser.parse_args()
    args.out_dir.mkdir(parents=True, exist_ok=True)
    for name in args.names:
        path = args.out_dir / f"{name}.onnx"
        export(name, path)
        print(f"{path.name}: {path.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
