"""Random weights under which every tap of a network is a different tensor: the export helper's."""

from __future__ import annotations

import helper_path  # noqa: F401
import random_weights
from torch import nn


def randomise(model: nn.Module, seed: int = 0) -> nn.Module:
    """Replaces what initialisers leave trivial, in place, and returns the model in eval mode."""
    return random_weights.randomise(model, seed).eval()
