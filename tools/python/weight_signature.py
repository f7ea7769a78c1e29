"""A fingerprint of a network's weights that an exported file can be compared with.

Every convolution and matrix product of data with weights counts, as `PATH:ELEMENTS`; the classifier
does not, because fine-tuning replaces it. The sum of the hashes does not depend on order.
"""

from __future__ import annotations

import math

from tap_recipes import operation
from trace_architecture import Trace, values_in


def fnv1a(text: str) -> int:
    """FNV-1a, 32 bits. Source: draft-eastlake-fnv, section 2."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def product_values(trace: Trace) -> dict[int, int]:
    """Results of the products of data with weights in `forward`, and the weights of each."""
    depends: dict[int, bool] = {}
    for value, key in enumerate(trace.keys):  # numbered in order, so arguments come first
        used = values_in(key[1:])
        depends[value] = key[0] == "input" or any(depends[argument] for argument in used)
    found: dict[int, int] = {}
    for value in trace.scopes:
        name = operation(trace, value)
        if name not in ("convolution", "mm", "addmm"):
            continue
        used = values_in(trace.keys[value][1])
        data, weight = (used[0], used[1]) if name == "convolution" else (used[-2], used[-1])
        if depends[data] and not depends[weight]:
            found[value] = weight
    return found


def weighted_products(trace: Trace) -> list[tuple[str, int]]:
    """Module path and number of weights of each product."""
    return [
        (trace.scopes[value], math.prod(trace.shapes[weight]))
        for value, weight in product_values(trace).items()
    ]


def _signature(entries: list[str]) -> str:
    return f"{len(entries)}:{sum(map(fnv1a, entries)) & 0xFFFFFFFF:08x}"


def weight_signatures(trace: Trace, classifiers: list[str]) -> tuple[str, str]:
    """Number of products and the sum of their hashes: of paths with weights, of weights alone."""

    def counts(path: str) -> bool:
        return not any(f"{path}.".startswith(f"{classifier}.") for classifier in classifiers)

    products = [entry for entry in weighted_products(trace) if counts(entry[0])]
    paths = sorted({f"{path}:{elements}" for path, elements in products})
    return _signature(paths), _signature([str(elements) for _, elements in products])
