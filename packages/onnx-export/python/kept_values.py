"""Keeps stages that folding a BatchNorm into its Conv would erase.

Both exporters fold a Conv and the BatchNorm behind it into one Conv, which loses the value between
them; in some networks (GhostNet, RepGhost, RegNetV) that value is a stage. Neither folds when the
value has a second consumer. So the value is exported as a further output of the network, and that
output is taken off the file again: no node is added, and every other pair stays folded.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd


@dataclass(frozen=True)
class KeptValue:
    """A stage that is the raw output of a Conv in front of a BatchNorm."""

    module: str
    """Path of the Conv in the network."""
    stage: torch.Tensor
    """The stage as timm gives it, for the input that was looked at."""


def _hooked_stages(model: nn.Module, inputs: torch.Tensor) -> list[torch.Tensor]:
    """Outputs of the modules that `feature_info` names; a name may be no module's (HRNet)."""
    info = getattr(model, "feature_info", None)
    entries = getattr(info, "info", info) or []
    modules = dict(model.named_modules())
    found: list[torch.Tensor] = []
    hooks = []
    for entry in entries:
        module = modules.get(entry.get("module", ""))
        # An input of a module is the output of another, which the hook on that one sees.
        if module is None or entry.get("hook_type") == "forward_pre":
            continue
        hooks.append(module.register_forward_hook(lambda _m, _i, output: found.append(output)))
    try:
        model(inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def stages_of(model: nn.Module, inputs: torch.Tensor) -> list[torch.Tensor]:
    """Stages as timm defines them; empty for networks without any."""
    if hasattr(model, "forward_intermediates"):
        try:
            found = model.forward_intermediates(inputs, intermediates_only=True)
        except Exception:  # some networks have the method and refuse the call
            found = _hooked_stages(model, inputs)
    else:
        found = _hooked_stages(model, inputs)
    return [stage for stage in found if isinstance(stage, torch.Tensor)]


@torch.no_grad()
def find_kept_values(model: nn.Module, inputs: torch.Tensor) -> list[KeptValue]:
    """Stages that equal the output of a Conv which is handed to a BatchNorm as it is."""
    stages = stages_of(model, inputs)
    # By identity; holding the tensors keeps their identities from being given again.
    candidates: dict[int, KeptValue] = {}
    outputs: list[torch.Tensor] = []
    kept: dict[str, KeptValue] = {}

    def after_conv(name: str) -> Callable[..., None]:
        def hook(_module: nn.Module, _inputs: object, output: torch.Tensor) -> None:
            for stage in stages:
                if stage.shape == output.shape and torch.equal(stage, output):
                    outputs.append(output)
                    candidates[id(output)] = KeptValue(name, stage)

        return hook

    def before_norm(_module: nn.Module, args: tuple[torch.Tensor, ...]) -> None:
        found = candidates.get(id(args[0]))
        if found is not None:
            kept[found.module] = found

    hooks = []
    for name, module in model.named_modules():
        if isinstance(module, _ConvNd):
            hooks.append(module.register_forward_hook(after_conv(name)))
        elif isinstance(module, _BatchNorm):
            hooks.append(module.register_forward_pre_hook(before_norm))
    try:
        model(inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return list(kept.values())


@contextmanager
def with_outputs(model: nn.Module, modules: list[str]):
    """Within it, the network returns its logits and then the outputs of the modules named.

    The network stays the root of what is exported, so that module paths do not change.
    """
    if not modules:
        yield
        return
    original = model.forward
    values: dict[str, torch.Tensor] = {}

    def forward(inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        logits = original(inputs)
        outputs = [values.pop(name) for name in modules]
        return (logits, *outputs)

    def keep(name: str) -> Callable[..., None]:
        return lambda _module, _inputs, output: values.__setitem__(name, output)

    hooks = [model.get_submodule(name).register_forward_hook(keep(name)) for name in modules]
    model.forward = forward
    try:
        yield
    finally:
        del model.forward
        for hook in hooks:
            hook.remove()
