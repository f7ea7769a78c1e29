"""Exports to a file that is known to compute what PyTorch computes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import onnx
import torch
from check_file import check_logits, check_values
from export_error import ExportError
from export_graph import export_graph, only_normed, strip_paths, take_off_kept
from kept_values import KeptValue, find_kept_values
from model_metadata import write_metadata
from torch import nn


@dataclass(frozen=True)
class Exported:
    """What was written."""

    opset: int
    batch: str
    """`dynamic` or `static`; static is a batch of 1."""
    logits_error: float
    """Largest error of the logits, as a part of the largest logit."""
    unfolded: list[str]
    """Modules whose output the graph holds because their BatchNorm was not folded."""


@torch.no_grad()
def _logits(model: nn.Module, inputs: torch.Tensor) -> np.ndarray:
    logits = model(inputs)
    if not isinstance(logits, torch.Tensor) or logits.ndim != 2:
        kind = list(logits.shape) if isinstance(logits, torch.Tensor) else type(logits).__name__
        raise ExportError(
            "MODEL_UNSUPPORTED",
            "a classifier that returns logits [N, classes]",
            str(kind),
            "choose another architecture, or pass --num-classes for one without a classifier",
        )
    if not bool(torch.isfinite(logits).all()):
        raise ExportError(
            "VERIFY_FAILED",
            "finite logits from PyTorch",
            "NaN or infinity",
            "load trained weights or leave out --randomise",
        )
    return logits.numpy()


def _write(proto: onnx.ModelProto, path: str) -> None:
    with open(path, "wb") as file:
        file.write(proto.SerializeToString())
        file.flush()
        os.fsync(file.fileno())


def export_checked(
    model: nn.Module,
    inputs: torch.Tensor,
    path: str,
    *,
    exporter: str,
    opset: int,
    tell: Callable[[str], None],
) -> Exported:
    """Writes the file at `path`; a batch that the dynamo exporter cannot keep open is fixed at 1.

    @param inputs - float32 [2, C, H, W]
    """
    expected = _logits(model, inputs)
    kept = find_kept_values(model, inputs)
    for value in kept:
        tell(f"keeping the output of {value.module}, a stage that folding would erase")

    def attempt(dynamic: bool) -> Exported:
        tell(f"exporting with {exporter}, {'dynamic' if dynamic else 'static'} batch")
        return _attempt(
            model, inputs, path, expected, kept, exporter=exporter, opset=opset, dynamic=dynamic
        )

    if exporter == "torchscript":
        return attempt(dynamic=True)
    try:
        return attempt(dynamic=True)
    except ExportError as error:
        tell(f"not with a dynamic batch: {error}")
        return attempt(dynamic=False)


def _attempt(
    model: nn.Module,
    inputs: torch.Tensor,
    path: str,
    expected: np.ndarray,
    kept: list[KeptValue],
    *,
    exporter: str,
    opset: int,
    dynamic: bool,
) -> Exported:
    count = len(inputs) if dynamic else 1
    modules = [value.module for value in kept]
    export_graph(
        model,
        inputs[:count],
        path,
        exporter=exporter,
        opset=opset,
        dynamic=dynamic,
        keep=modules,
    )
    proto = onnx.load(path)
    strip_paths(proto)
    values = take_off_kept(proto, modules)
    write_metadata(proto, model, exporter)
    _write(proto, path)
    arrays = inputs.numpy()
    if values:
        stages = {values[value.module]: value.stage[:count].numpy() for value in kept}
        check_values(proto, arrays[:count], stages)
    opsets = {entry.domain: entry.version for entry in proto.opset_import}
    return Exported(
        opset=opsets[""],
        batch="dynamic" if dynamic else "static",
        logits_error=check_logits(path, arrays, expected, [1, 2] if dynamic else [1]),
        unfolded=[module for module in modules if only_normed(proto, values[module])],
    )
