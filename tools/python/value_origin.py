"""Says where a tensor is without any names: what was multiplied on the way to it, and how it ends.

The number of weighted products that a tensor depends on does not depend on the order in which an
exporter writes them, and no layout change adds one. With the tensor's shape and the kind of its last
operation it is found in a graph that has lost every name.
"""

from __future__ import annotations

from tap_recipes import LAYOUT, operation
from trace_architecture import Trace, is_value, values_in
from weight_signature import product_values

KINDS = {
    "add": {"add"},
    "concat": {"cat", "concat", "stack"},
    "multiply": {"mul", "div"},
    "product": {"convolution", "mm", "addmm", "bmm"},
    "normalize": {"native_layer_norm", "native_group_norm", "_fused_rms_norm"},
    "pool": {"mean", "max_pool2d_with_indices", "avg_pool2d", "_adaptive_avg_pool2d", "amax"},
    "activate": {
        "relu", "silu", "gelu", "hardswish", "leaky_relu", "elu", "mish", "hardtanh", "tanh",
        "sigmoid", "hardsigmoid", "softplus", "clamp",
    },
}  # fmt: skip
"""Kinds of operations by ATen's names; anything else is `other`."""


def kind_of(name: str) -> str:
    """The kind of an operation."""
    if "batch_norm" in name:
        return "normalize"
    return next((kind for kind, names in KINDS.items() if name in names), "other")


class Origins:
    """Looks origins up in one trace."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        # One bit for each product: union is a bitwise or.
        bits = {value: 1 << index for index, value in enumerate(product_values(trace))}
        self.products: list[int] = []
        for value, key in enumerate(trace.keys):
            known = bits.get(value, 0)
            for used in values_in(key[1:]):
                known |= self.products[used]
            self.products.append(known)

    def origin(self, value: int) -> str:
        """`19 activate`: products that it depends on, and the kind of its last operation."""
        count = self.products[value].bit_count()
        while operation(self.trace, value) in LAYOUT:
            arguments = self.trace.keys[value][1]
            value = next(argument[1] for argument in arguments if is_value(argument))
        return f"{count} {kind_of(operation(self.trace, value))}"
