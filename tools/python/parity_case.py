#!/usr/bin/env python3
"""Exports one timm architecture and writes what timm itself gives for its record.

  parity_case.py ARCH OUT_DIR [--exporters torchscript dynamo]

OUT_DIR receives NAME.input.npy (float32 [2, C, H, W]), NAME.truth.safetensors and, for each
exporter, NAME.EXPORTER.onnx. Standard output gets one JSON document a line: one about the network,
then one for each export, with the exporter's error where it failed.

Where folding a BatchNorm would erase a stage, a third kind of export follows, NAME.EXPORTER+kept:
what `featuretap export` writes.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import helper_path  # noqa: F401
import numpy as np
import onnxruntime
import timm
import torch
from export_checked import export_checked
from export_error import ExportError
from export_graph import export_graph
from kept_values import find_kept_values
from randomise import randomise
from safetensors.numpy import save_file
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

OPSET = 18

MAX_ROUNDING = 1e-5
"""Largest error of float32 against float64, as a part of the largest feature; mostly it is 1e-6."""

MAX_DAMPINGS = 4

Record = dict[str, np.ndarray]


def say(document: dict[str, object]) -> None:
    print(json.dumps(document), flush=True)


def numpy(tensor: torch.Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.float().numpy())


@torch.no_grad()
def truth_of(model: nn.Module, inputs: torch.Tensor) -> Record:
    """The record as timm's own calls return it."""
    _, stages = model.forward_intermediates(inputs)
    if isinstance(stages, dict):
        stages = stages["image_intermediates"]
    unpooled = model.forward_features(inputs)
    record = {f"stages.{index}": numpy(stage) for index, stage in enumerate(stages)}
    if isinstance(unpooled, (list, tuple)):
        record |= {f"unpooled.{index}": numpy(branch) for index, branch in enumerate(unpooled)}
    else:
        record["unpooled"] = numpy(unpooled)
    record["pooled"] = numpy(model.forward_head(unpooled, pre_logits=True))
    record["logits"] = numpy(model.forward_head(unpooled))
    direct = numpy(model(inputs))
    if not np.allclose(direct, record["logits"], atol=1e-5 * max(1.0, float(np.abs(direct).max()))):
        raise RuntimeError("forward and forward_head give different logits")
    return record


@torch.no_grad()
def rounding(model: nn.Module, inputs: torch.Tensor) -> float:
    """How far float32 is from float64 in the network's features, over their largest value."""
    features = model.forward_features(inputs)
    exact = model.double().forward_features(inputs.double())
    model.float()
    if isinstance(features, (list, tuple)):
        features, exact = features[-1], exact[-1]
    return float((features - exact).abs().max() / exact.abs().max())


@torch.no_grad()
def damp(model: nn.Module) -> None:
    """Makes the network's values smaller: quadruples the variances that BatchNorm divides by."""
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.running_var.mul_(4)


def build(arch: str, dampings: int) -> nn.Module:
    """The network with random weights, the same ones each time."""
    torch.manual_seed(0)
    model = randomise(timm.create_model(arch, pretrained=False, exportable=True))
    for _ in range(dampings):
        damp(model)
    return model


def dampings_needed(arch: str, image: torch.Tensor) -> int:
    """How often a network must be damped until float32 is exact enough to compare with.

    Random weights may let values grow until a softmax turns rounding into other answers; no two
    programs then agree, and PyTorch does not agree with itself in another precision.
    """
    for dampings in range(MAX_DAMPINGS):
        if rounding(build(arch, dampings), image) <= MAX_ROUNDING:
            return dampings
    return MAX_DAMPINGS


def plain_export(model: nn.Module, inputs: torch.Tensor, path: str, exporter: str) -> str:
    """Exports as users do; returns whether the batch is dynamic or static."""
    options = {"exporter": exporter, "opset": OPSET, "keep": []}
    try:
        export_graph(model, inputs, path, dynamic=True, **options)
        return "dynamic"
    except ExportError:
        if exporter != "dynamo":
            raise
    # Some networks fix the batch while they are traced.
    export_graph(model, inputs, path, dynamic=False, **options)
    return "static"


def logits_error(path: str, inputs: np.ndarray, logits: np.ndarray) -> float:
    """Largest error of the exported logits over the largest logit."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: inputs})
    return float(np.abs(found - logits).max() / max(1e-12, float(np.abs(logits).max())))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("arch", metavar="ARCH")
    parser.add_argument("out_dir", type=Path, metavar="OUT_DIR")
    parser.add_argument("--exporters", nargs="+", default=["torchscript", "dynamo"])
    options = parser.parse_args()
    options.out_dir.mkdir(parents=True, exist_ok=True)

    model = build(options.arch, 0)
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(2, *model.pretrained_cfg["input_size"], generator=generator)
    dampings = dampings_needed(options.arch, inputs[:1])
    model = build(options.arch, dampings)
    record = truth_of(model, inputs)
    kept = [value.module for value in find_kept_values(model, inputs)]
    stem = options.out_dir / options.arch
    np.save(f"{stem}.input.npy", inputs.numpy())
    save_file(record, f"{stem}.truth.safetensors")
    parameters = sum(parameter.numel() for parameter in model.parameters())
    say({"model": options.arch, "parameters": parameters, "kept": kept})

    kinds = [(exporter, False) for exporter in options.exporters]
    kinds += [(exporter, True) for exporter in options.exporters] if kept else []
    for exporter, keeping in kinds:
        name = f"{exporter}+kept" if keeping else exporter
        path = f"{stem}.{name}.onnx"
        start = time.monotonic()
        try:
            fresh = build(options.arch, dampings)  # an exporter may leave traces in a network
            if keeping:
                done = export_checked(
                    fresh, inputs, path, exporter=exporter, opset=OPSET, tell=lambda _line: None
                )
                batch = done.batch
            else:
                batch = plain_export(fresh, inputs, path, exporter)
            error = logits_error(path, inputs.numpy(), record["logits"])
        except Exception as error:
            # The exporter's own words, where the helper wrapped them.
            cause = error.__cause__ or error
            lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
            # The table that is made of this names no folder of a machine.
            text = lines[0].replace(f"{options.out_dir}/", "") if lines else ""
            say({"exporter": name, "error": f"{type(cause).__name__}: {text}"[:300]})
            continue
        seconds = round(time.monotonic() - start, 1)
        say(
            {
                "exporter": name,
                "file": path,
                "batch": batch,
                "logitsError": error,
                "seconds": seconds,
            }
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
