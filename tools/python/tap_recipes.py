"""Says where a tensor of a traced network is, in terms of its modules."""

from __future__ import annotations

import math

import torch
from trace_architecture import Trace, is_value, values_in

LAYOUT = {
    "view", "_unsafe_view", "reshape", "permute", "transpose", "t", "clone", "unsqueeze",
    "squeeze", "slice", "select", "split", "split_with_sizes", "unbind", "expand", "alias",
    "detach",
}  # fmt: skip
"""Operations that only move or choose elements."""

SHAPING = {"view", "_unsafe_view", "reshape", "permute"}
"""Those that change a tensor's axes."""

Recipe = str | list[object]
"""Anchors in order of preference, `MODULE>` for what a module returns and `>MODULE` for what it
takes; or a list: what to do with such values."""


def operation(trace: Trace, value: int) -> str:
    """ATen's name of the operation that made a value, without namespace, overload and in-place."""
    return str(trace.keys[value][0]).removeprefix("aten.").split(".")[0].removesuffix("_")


class Recipes:
    """Looks tensors up in one trace."""

    def __init__(self, trace: Trace, classifiers: list[str]) -> None:
        self.trace = trace
        self.classifiers = classifiers
        self.outs: dict[int, list[str]] = {}
        self.ins: dict[int, list[str]] = {}
        self.ports: dict[int, list[str]] = {}
        # A module whose operations only move elements, or that is a BatchNorm, may leave no node
        # in an export: it is a last resort.
        self.solid: set[str] = set()
        self.some: set[str] = set()
        for value, scope in trace.scopes.items():
            name = operation(trace, value)
            if name in LAYOUT or name == "dropout":
                continue
            target = self.some if "batch_norm" in name else self.solid
            while True:
                target.add(scope)
                if scope == "":
                    break
                scope = scope.rpartition(".")[0]
        self.some |= self.solid
        for crossing in trace.crossings:
            name = crossing.module
            if name == "" or trace.calls[name] > 1 or name not in self.some:
                continue
            side = self.outs if crossing.direction == "out" else self.ins
            side = side if len(crossing.values) == 1 else self.ports
            for value in crossing.values:
                names = side.setdefault(value, [])
                mark = f"{name}>" if crossing.direction == "out" else f">{name}"
                if mark not in names:
                    names.append(mark)
        self.users: dict[int, set[str]] = {}
        for value in trace.scopes:
            for used in values_in(trace.keys[value][1:]):
                self.users.setdefault(used, set()).add(operation(trace, value))

    def is_erased(self, value: int) -> bool:
        """Whether a convolution's result is used by BatchNorm alone: exporters fold the two."""
        users = self.users.get(value, set())
        is_normed = len(users) > 0 and all("batch_norm" in user for user in users)
        return operation(self.trace, value) == "convolution" and is_normed

    def anchors(self, value: int, beyond: str | None) -> str | None:
        """The modules that return or take a value; `beyond` is a module not to contain."""

        def module(mark: str) -> str:
            return mark.strip(">")

        def contains(mark: str) -> bool:
            return beyond is not None and f"{beyond}.".startswith(f"{module(mark)}.")

        returned = self.outs.get(value, [])
        outs = sorted(
            [mark for mark in returned if not contains(mark)] or returned,
            key=lambda mark: (module(mark) not in self.solid, mark.count("."), len(mark)),
        )
        ins = sorted(
            (mark for mark in self.ins.get(value, []) if module(mark) in self.solid),
            key=lambda mark: (module(mark) not in self.classifiers, mark.count("."), len(mark)),
        )
        into_classifier = [mark for mark in ins if module(mark) in self.classifiers]
        if into_classifier:
            return " ".join([*into_classifier[:1], *outs[:1]])
        if outs and self.is_firm(module(outs[0])):
            return outs[0]
        chosen = [*outs[:1], *outs[-1:], *ins[:1]] or self.ports.get(value, [])[:2]
        return " ".join(dict.fromkeys(chosen)) or None

    def is_firm(self, module: str) -> bool:
        """Whether a module has weights of its own to multiply with, so that its nodes stay."""
        found = self.trace.model.get_submodule(module)
        return any(parameter.ndim > 1 for parameter in found.parameters())

    def recipe(self, value: int, beyond: str | None = None, depth: int = 0) -> Recipe:
        """The recipe of a value. Raises LookupError when it is out of reach."""
        found = self.anchors(value, beyond)
        if found is not None and not self.is_one_of_several(value):
            return found
        try:
            made = self.made(value, beyond, depth)
        except LookupError:
            made = None
        if found is None and made is None:
            raise LookupError(f"{operation(self.trace, value)} has no module")
        # Of several results one may be unused, and then exporters drop it; its source stays.
        both = [part for part in (found, made) if part is not None]
        return " ".join(both) if all(isinstance(part, str) for part in both) else both[0]

    def is_one_of_several(self, value: int) -> bool:
        """Whether only modules with several tensors return or take a value."""
        return value not in self.outs and value not in self.ins

    def made(self, value: int, beyond: str | None, depth: int) -> Recipe:
        """The recipe of a value by the operation that made it."""
        name, arguments = operation(self.trace, value), self.trace.keys[value][1]
        if depth > 40 or not isinstance(arguments, tuple):
            raise LookupError(f"{name} has no module")
        parts = [part for part in values_in(arguments)]

        def inner(part: int) -> Recipe:
            return self.recipe(part, beyond, depth + 1)

        if name in ("cat", "concat"):
            return ["concat", [inner(part) for part in parts]]
        if name == "div" and arguments[1] == len(self.added(parts[0])):
            return ["mean", [inner(part) for part in self.added(parts[0])]]
        if name == "select" and arguments[1] == 1:
            return ["token", arguments[2], inner(parts[0])]
        if name == "mean" and arguments[1] == (1,):
            first, source = self.sliced(parts[0])
            return ["token-mean", first, inner(source)]
        if name in SHAPING:
            steps, source = self.shaping(value)
            return self.simplify(steps, inner(source), source, value)
        if name in LAYOUT:
            return inner(parts[0])
        raise LookupError(f"{name} has no module")

    def sliced(self, value: int) -> tuple[int, int]:
        """The first token that a slice keeps, and what it was taken from."""
        if operation(self.trace, value) != "slice":
            return 0, value
        (_, source), axis, first, *_ = self.trace.keys[value][1]
        if axis != 1:
            raise LookupError("slice has no module")
        return first, source

    def added(self, value: int) -> list[int]:
        is_sum = operation(self.trace, value) == "add"
        return values_in(self.trace.keys[value][1]) if is_sum else [value]

    def shaping(self, value: int) -> tuple[list[dict[str, list[int]]], int]:
        """The reshapes and transposes that lead to a value, first one first, and their source."""
        steps: list[dict[str, list[int]]] = []
        start = value
        while value == start or self.is_one_of_several(value):
            name, arguments = operation(self.trace, value), self.trace.keys[value][1]
            if name in SHAPING:
                shape = self.trace.shapes[value][1:]
                if name == "permute":
                    steps.insert(0, {"permute": [axis - 1 for axis in arguments[1][1:]]})
                else:
                    steps.insert(0, {"reshape": list(shape)})
            elif name != "clone":
                break
            value = next(argument[1] for argument in arguments if is_value(argument))
        return steps, value

    def simplify(
        self, steps: list[dict[str, list[int]]], inner: Recipe, source: int, value: int
    ) -> Recipe:
        """Layout changes that shapes alone explain need no steps."""
        before, after = self.trace.shapes[source], self.trace.shapes[value]
        elements = torch.arange(math.prod(before[1:])).reshape(before[1:])
        result = elements
        for step in steps:
            if "permute" in step:
                result = result.permute(step["permute"])
            else:
                result = result.reshape(step["reshape"])
        plain = [elements.reshape(after[1:])]
        if len(before) == 3 and len(after) == 4:
            plain.append(elements.T.reshape(after[1:]))
        if len(before) == len(after) == 4:
            plain.append(elements.permute(2, 0, 1))
        if any(torch.equal(result.flatten(), one.flatten()) for one in plain):
            return inner
        return ["rearrange", list(before[1:]), steps, inner]
