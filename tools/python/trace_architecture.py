"""Follows tensors through a network on the meta device, so that a tensor can be named by modules.

No weights are made and nothing is computed: each operation only numbers its result by what it was
made from (value numbering). Two runs of the same operations on the same tensors give the same
numbers, so a tensor that `forward_intermediates` returns can be looked up among what the modules
took and returned during `forward`, which is what exporters trace.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import timm
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

Key = tuple[object, ...]


def is_value(argument: object) -> bool:
    """Whether an encoded argument stands for a tensor."""
    return isinstance(argument, tuple) and len(argument) == 2 and argument[0] == "value"


def values_in(argument: object) -> list[int]:
    """Numbers of the tensors in an encoded argument, in order."""
    if is_value(argument):
        return [argument[1]]
    return [v for a in argument for v in values_in(a)] if isinstance(argument, tuple) else []


@dataclass(frozen=True)
class Crossing:
    """A module took or returned tensors."""

    direction: str
    """`in` or `out`."""
    module: str
    call: int
    values: tuple[int, ...]


@dataclass
class Trace:
    """What `forward` did, and which tensors timm's own calls return."""

    model: nn.Module
    keys: list[Key] = field(default_factory=list)
    """By value number: operation, encoded arguments, keyword arguments, position of the result."""
    shapes: list[tuple[int, ...]] = field(default_factory=list)
    crossings: list[Crossing] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    scopes: dict[int, str] = field(default_factory=dict)
    """Innermost module in which `forward` made a value."""
    stages: list[int] = field(default_factory=list)
    stage_shapes: list[tuple[int, ...]] = field(default_factory=list)
    unpooled: list[int] = field(default_factory=list)
    pooled: int | None = None
    logits: int | None = None


class _Numbering(TorchDispatchMode):
    def __init__(self, trace: Trace) -> None:
        super().__init__()
        self.trace = trace
        self.numbers: dict[Key, int] = {}
        self.number_of: dict[int, int] = {}
        self.alive: list[torch.Tensor] = []  # an id may be used again once its tensor is gone
        self.scope: list[str] = []
        self.is_forward = True
        named = trace.model.named_parameters(remove_duplicate=False)
        for name, parameter in [*named, *trace.model.named_buffers(remove_duplicate=False)]:
            self.define(parameter, ("parameter", name))

    def define(self, tensor: torch.Tensor, key: Key) -> int:
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = len(self.trace.keys)
            self.trace.keys.append(key)
            self.trace.shapes.append(tuple(tensor.shape))
        self.number_of[id(tensor)] = number
        self.alive.append(tensor)
        return number

    def number(self, tensor: torch.Tensor) -> int:
        known = self.number_of.get(id(tensor))
        if known is not None:
            return known
        # A tensor that is no parameter, such as a constant that a module makes anew in each call:
        # its shape says enough, since nothing is computed from its elements here.
        return self.define(tensor, ("constant", tuple(tensor.shape)))

    def encode(self, argument: object) -> object:
        if isinstance(argument, torch.Tensor):
            return ("value", self.number(argument))
        if isinstance(argument, (list, tuple)):
            return tuple(self.encode(item) for item in argument)
        return argument if isinstance(argument, (int, float, bool, type(None))) else str(argument)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func is torch.ops.aten._local_scalar_dense.default and args[0].dtype == torch.bool:
            # A question about elements, such as "is any position padding?": there are none.
            return False
        keywords = tuple((name, self.encode(value)) for name, value in (kwargs or {}).items())
        key = (str(func), self.encode(args), keywords)
        result = func(*args, **(kwargs or {}))
        for index, tensor in enumerate(tree_leaves(result)):
            if isinstance(tensor, torch.Tensor):
                number = self.define(tensor, (*key, index))
                if self.is_forward:
                    self.trace.scopes.setdefault(number, self.scope[-1])
        return result

    def watch(self) -> list[torch.utils.hooks.RemovableHandle]:
        """Records what crosses the border of every module."""
        trace = self.trace

        def numbers(tree: object) -> tuple[int, ...]:
            return tuple(self.number(t) for t in tree_leaves(tree) if isinstance(t, torch.Tensor))

        def enter(name: str):
            def hook(_module, args, kwargs):
                call = trace.calls.get(name, 0)
                trace.crossings.append(Crossing("in", name, call, numbers((args, kwargs))))
                self.scope.append(name)

            return hook

        def leave(name: str):
            def hook(_module, _args, _kwargs, output):
                self.scope.pop()
                call = trace.calls.get(name, 0)
                trace.crossings.append(Crossing("out", name, call, numbers(output)))
                trace.calls[name] = call + 1

            return hook

        handles = []
        for name, module in self.trace.model.named_modules():
            handles.append(module.register_forward_pre_hook(enter(name), with_kwargs=True))
            handles.append(module.register_forward_hook(leave(name), with_kwargs=True))
        return handles


def _stages(model: nn.Module, inputs: torch.Tensor) -> tuple[object, list[tuple[int, ...]]]:
    """timm's stages, and the shape of a sample of each as a map [C, H, W]."""
    try:
        _, stages = model.forward_intermediates(inputs)
        tokens = False
    except RuntimeError as error:
        if "item() cannot be called on meta" not in str(error):
            raise
        # The grid of positions is read from elements; the tokens themselves are not.
        _, stages = model.forward_intermediates(inputs, output_fmt="NLC")
        tokens = True
    if isinstance(stages, dict):
        stages = stages["image_intermediates"]
    if not tokens:
        return stages, [tuple(stage.shape[1:]) for stage in stages]
    height, width = inputs.shape[2:]
    reductions = [info["reduction"] for info in model.feature_info]
    return stages, [
        (stage.shape[2], height // reduction, width // reduction)
        for stage, reduction in zip(stages, reductions, strict=True)
    ]


def trace_architecture(name: str) -> Trace:
    """Traces an architecture at its default input size and number of classes."""
    with torch.device("meta"):
        model = timm.create_model(name, pretrained=False, exportable=True).eval()
    trace = Trace(model)
    inputs = torch.empty(2, *model.pretrained_cfg["input_size"], device="meta")
    numbering = _Numbering(trace)
    numbering.define(inputs, ("input",))
    original = model.forward_features
    unpooled: object = None

    def recording(*args: object, **kwargs: object) -> object:
        nonlocal unpooled
        unpooled = original(*args, **kwargs)
        return unpooled

    with torch.no_grad(), numbering:
        handles = numbering.watch()
        model.forward_features = recording  # what forward calls is not computed again
        output = model(inputs)
        for handle in handles:
            handle.remove()
        del model.forward_features
        numbering.is_forward = False
        numbering.scope = [""]
        stages, trace.stage_shapes = _stages(model, inputs)
        if unpooled is None:
            unpooled = model.forward_features(inputs)

        def numbers(tree: object) -> list[int]:
            return [numbering.number(leaf) for leaf in tree_leaves(tree)]

        trace.stages, trace.unpooled = numbers(stages), numbers(unpooled)
        try:
            trace.logits = numbers(model.forward_head(unpooled))[0]
            trace.pooled = numbers(model.forward_head(unpooled, pre_logits=True))[0]
        except NotImplementedError:
            return trace  # an encoder without a head: timm refuses to classify with it
        if numbers(output)[:1] != [trace.logits]:
            raise RuntimeError(f"{name}: forward and forward_head give different tensors")
    return trace
