"""Random weights under which every tap of a network is a different tensor: the export helper's."""

from __future__ import annotations

import sys
from pathlib import Path

from torch import nn

sys.path.append(str(Path(__file__).resolve().parents[2] / "packages/onnx-export/python"))

import random_weights  # noqa: E402


def randomise(model: nn.Module, seed: int = 0) -> nn.Module:
    """Replaces what initialisers leave trivial, in place, and returns the model in eval mode."""
    return random_weights.randomise(model, seed).eval()
