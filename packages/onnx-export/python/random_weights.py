"""Random weights under which every tap of a network is a different tensor."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


@torch.no_grad()
def randomise(model: nn.Module, seed: int = 0) -> nn.Module:
    """Replaces what initialisers leave trivial, in place, and returns the model.

    Fresh networks are full of ones, zeros and LayerScales of 1e-5: residual branches then add
    nothing, class tokens are zero, and a wrong tap can equal the right one. Weights that are
    random already keep the values that `torch.manual_seed` gave them.
    """
    source = torch.Generator().manual_seed(seed)

    def uniform(like: torch.Tensor, low: float, high: float) -> torch.Tensor:
        return torch.rand(like.shape, generator=source) * (high - low) + low

    def normal(like: torch.Tensor, deviation: float) -> torch.Tensor:
        return torch.randn(like.shape, generator=source) * deviation

    for module in model.modules():
        if isinstance(module, _BatchNorm) and module.running_mean is not None:
            module.running_mean.copy_(normal(module.running_mean, 0.1))
            module.running_var.copy_(uniform(module.running_var, 0.5, 1.5))
    for parameter in model.parameters():
        low, high = parameter.min().item(), parameter.max().item()
        if low == high == 0:
            # Biases may be small; a matrix of zeros (a fresh head) needs its outputs apart.
            parameter.copy_(normal(parameter, 0.1))
        elif low == high == 1:
            parameter.copy_(uniform(parameter, 0.5, 1.5))
        elif low == high or max(abs(low), abs(high)) < 2e-3:
            parameter.copy_(uniform(parameter, 0.2, 0.6))
    return model
