"""The feature record of a network that timm does not define, read through PyTorch's hooks.

A record is described by taps: which module's input or output holds the field, and how that
tensor becomes the field (a map from tokens, channels first from channels last).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import nn

Side = Literal["input", "output"]
Record = dict[str, torch.Tensor]

EXPORTERS = ("torchscript", "dynamo")
TORCHSCRIPT_ONLY = ("torchscript",)
"""For networks whose slow dynamo export shows nothing that another network's does not."""


def unchanged(value: torch.Tensor) -> torch.Tensor:
    return value


def channels_first(value: torch.Tensor) -> torch.Tensor:
    """[N, H, W, C] to [N, C, H, W]."""
    return value.permute(0, 3, 1, 2)


def tokens_to_map(prefix: int = 0) -> Callable[[torch.Tensor], torch.Tensor]:
    """[N, prefix + H * W, C] to [N, C, H, W], for square maps."""

    def view(value: torch.Tensor) -> torch.Tensor:
        count, length, channels = value[:, prefix:].shape
        side = round(length**0.5)
        return value[:, prefix:].transpose(1, 2).reshape(count, channels, side, side)

    return view


@dataclass(frozen=True)
class Tap:
    """Where a field is: the inputs or outputs of modules, and a view over them."""

    modules: tuple[str, ...]
    side: Side
    view: Callable[..., torch.Tensor]


def output_of(*modules: str, view: Callable[..., torch.Tensor] = unchanged) -> Tap:
    return Tap(modules, "output", view)


def input_of(*modules: str, view: Callable[..., torch.Tensor] = unchanged) -> Tap:
    return Tap(modules, "input", view)


def outputs_of(*modules: str, view: Callable[..., torch.Tensor] = unchanged) -> tuple[Tap, ...]:
    """One tap for each module, such as a list of stages."""
    return tuple(Tap((module,), "output", view) for module in modules)


@dataclass(frozen=True)
class OtherModel:
    """One network, and where PyTorch holds its record."""

    name: str
    input_size: tuple[int, int, int]
    build: Callable[[], nn.Module]
    stages: tuple[Tap, ...]
    unpooled: Tap
    pooled: Tap | None
    """None when no vector enters a classifier: a 1x1 Conv gives the classes before pooling."""
    alternatives: Mapping[str, Tap] = field(default_factory=dict)
    """Other defensible readings: `FIELD.alt.K` to tap."""
    note: str | None = None
    exporters: tuple[str, ...] = EXPORTERS
    """The exporters that a run uses unless it is told which."""
    layout: str = "NCHW"
    """Layout of `unpooled`: NCHW, NHWC or NLC."""

    def taps(self) -> dict[str, Tap]:
        named = {f"stages.{index}": tap for index, tap in enumerate(self.stages)}
        named["unpooled"] = self.unpooled
        return named if self.pooled is None else named | {"pooled": self.pooled}


def _first_tensor(value: Any) -> torch.Tensor:
    if isinstance(value, torch.Tensor):
        return value
    if isinstance(value, Mapping):  # transformers' ModelOutput
        return _first_tensor(next(iter(value.values())))
    return _first_tensor(value[0])


class _Recorder:
    """Keeps copies, because the module behind a ReLU in place overwrites what it was given."""

    def __init__(self, model: nn.Module, taps: Mapping[str, Tap]) -> None:
        self.seen: dict[tuple[str, Side], torch.Tensor] = {}
        modules = dict(model.named_modules())
        self.handles = [
            self._hook(modules[name], name, side)
            for name, side in {(name, tap.side) for tap in taps.values() for name in tap.modules}
        ]

    def _hook(self, module: nn.Module, name: str, side: Side) -> Any:
        def keep(value: Any) -> None:
            if (name, side) in self.seen:
                raise ValueError(f"{name} runs more than once: its {side} is not one tensor")
            self.seen[name, side] = _first_tensor(value).detach().clone()

        if side == "output":
            return module.register_forward_hook(lambda _module, _inputs, output: keep(output))
        return module.register_forward_pre_hook(
            lambda _module, args, kwargs: keep(args or tuple(kwargs.values())), with_kwargs=True
        )

    def close(self) -> None:
        for handle in self.handles:
            handle.remove()


@torch.no_grad()
def record(model: nn.Module, taps: Mapping[str, Tap], inputs: torch.Tensor) -> Record:
    """Runs the network once; returns the tensors of the taps and, last, `logits`."""
    recorder = _Recorder(model, taps)
    try:
        logits = model(inputs)
    finally:
        recorder.close()
    fields = {
        key: tap.view(*(recorder.seen[module, tap.side] for module in tap.modules))
        for key, tap in taps.items()
    }
    return {key: value.contiguous() for key, value in (fields | {"logits": logits}).items()}
