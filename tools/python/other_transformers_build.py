"""How transformers' image classifiers are built from small random configurations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
import transformers
from other_record import OtherModel, Tap
from torch import nn

CLASSES = 13

Config = dict[str, Any]


def _only_logits(config: str, suffix: str, options: Config) -> Callable[[], nn.Module]:
    """Builds the classifier of a configuration so that it takes pixels and gives only logits.

    A subclass, because a module around the network would add a level to every module path.
    """

    def forward(self: nn.Module, pixel_values: torch.Tensor) -> torch.Tensor:
        return super(type(self), self).forward(pixel_values).logits

    def build() -> nn.Module:
        base = getattr(transformers, f"{config}ForImageClassification{suffix}")
        settings = getattr(transformers, f"{config}Config")(
            **options, num_labels=CLASSES, attn_implementation="eager"
        )
        members = {"forward": forward, "__module__": base.__module__}
        return type(base.__name__, (base,), members)(settings)

    return build


class _Wrapped(nn.Module):
    """What people write to export such a network: one more level in the module paths."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixel_values: torch.Tensor) -> torch.Tensor:
        return self.model(pixel_values)


def wrapped(other: OtherModel) -> OtherModel:
    """The same network one level down, under `model.`."""

    def deeper(tap: Tap) -> Tap:
        return replace(tap, modules=tuple(f"model.{name}" for name in tap.modules))

    return replace(
        other,
        name=f"{other.name}-wrapped",
        build=lambda: _Wrapped(other.build()),
        stages=tuple(deeper(tap) for tap in other.stages),
        unpooled=deeper(other.unpooled),
        pooled=None if other.pooled is None else deeper(other.pooled),
        alternatives={key: deeper(tap) for key, tap in other.alternatives.items()},
    )


def from_config(
    name: str,
    config: str,
    pixels: int,
    options: Config,
    stages: tuple[Tap, ...],
    unpooled: Tap,
    pooled: Tap,
    *,
    suffix: str = "",
    **more: Any,
) -> OtherModel:
    """`config` names the configuration's class, `suffix` what follows ForImageClassification."""
    return OtherModel(
        f"transformers-{name}",
        (3, pixels, pixels),
        _only_logits(config, suffix, options),
        stages,
        unpooled,
        pooled,
        **more,
    )
