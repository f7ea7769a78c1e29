"""A network that classifies no images, and what a truthful answer about it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

CLASSES = 5
Build = Callable[[], nn.Module]
MAPS = ("stages", "unpooled")


@dataclass(frozen=True)
class Input:
    """An input of a network; `below` is the number of token ids, None for float32."""

    shape: tuple[int, ...]
    below: int | None = None
    dynamic: tuple[int, ...] = (0,)

    def tensor(self, seed: int) -> Tensor:
        source = torch.Generator().manual_seed(seed)
        if self.below is None:
            return torch.rand(self.shape, generator=source)
        return torch.randint(1, self.below, self.shape, generator=source)


@dataclass(frozen=True)
class Network:
    """A network, its inputs in the order of `forward`, and what a truthful answer is."""

    name: str
    kind: str
    build: Build
    inputs: dict[str, Input]
    outputs: tuple[str, ...]
    may: tuple[str, ...] | None = MAPS
    """Fields that may be found; None when there is no image to begin with."""


IMAGE = Input((2, 3, 64, 64))
WIDE = Input((2, 3, 64, 96), dynamic=(0, 2, 3))
ONE = Input((1, 3, 64, 64), dynamic=())


class Fields(nn.Module):
    """Gives named fields of a network's answer as a tuple, as exported files do."""

    def __init__(self, model: nn.Module, names: Sequence[str], keys: Sequence[str]) -> None:
        super().__init__()
        self.model = model
        self.names = tuple(names)
        self.keys = tuple(keys)

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        answer = self.model(**dict(zip(self.names, tensors, strict=True)))
        return tuple(answer[key] for key in self.keys)
