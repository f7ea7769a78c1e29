"""Which values of an exported graph hold a field, found by comparing numbers.

Kinds: `same`; `nc11`, `n1c`, `n11c` (a vector with extra axes of 1); `nhwc`, `nchw` (the other
order of a map's axes); `nlc`, `nlc+k` (a map as tokens, with k prefix tokens); `ncl` (the last two
axes swapped, or a map flattened); `token0`, `mean01`, `mean`, `meank:` (a vector taken from
tokens: the first, the first two, all, those from k on); `spatialmean`, `spatialmean_nhwc`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

Hits = list[list[str]]

TOLERANCES = (2e-4, 2e-3, 2e-2)
"""Parts of the largest value; a looser one is tried only when a tighter finds nothing."""

MOST_PREFIX_TOKENS = 8

_PREFERENCE = ("same", "nc11", "n1c", "n11c", "ncl", "nhwc", "nchw", "nlc")


def run_all(path: Path, inputs: np.ndarray) -> dict[str, np.ndarray]:
    """Runs the file unoptimised with every float32 value of the graph as an output."""
    model = onnx.load(path)
    outputs = {output.name for output in model.graph.output}
    for node in model.graph.node:
        for name in node.output:
            if name and name not in outputs and node.op_type != "Constant":
                outputs.add(name)
                model.graph.output.append(onnx.ValueInfoProto(name=name))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    values = session.run(names, {session.get_inputs()[0].name: inputs})
    return {
        name: value
        for name, value in zip(names, values, strict=True)
        if isinstance(value, np.ndarray) and value.dtype == np.float32
    }


def match(values: dict[str, np.ndarray], wanted: np.ndarray, layout: str) -> Hits:
    """Returns [value, kind] pairs, the plainest kinds first; `layout` is that of the field."""
    for tolerance in TOLERANCES:
        hits = [
            [name, kind]
            for name, value in values.items()
            if (kind := _kind(value, wanted, layout, tolerance)) is not None
        ]
        if hits:
            return sorted(hits, key=_rank)
    return []


def _rank(hit: list[str]) -> int:
    return _PREFERENCE.index(hit[1]) if hit[1] in _PREFERENCE else len(_PREFERENCE)


def _kind(value: np.ndarray, wanted: np.ndarray, layout: str, tolerance: float) -> str | None:
    for kind, held, sought in _pairs(value, wanted, layout):
        if held.shape == sought.shape:
            scale = max(1e-3, float(np.abs(sought).max()))
            if float(np.abs(held - sought).max()) <= tolerance * scale:
                return kind
    return None


def _pairs(
    value: np.ndarray, wanted: np.ndarray, layout: str
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Pairs to compare: how the value may hold the field, what of it, what it should equal."""
    yield "same", value, wanted
    if wanted.ndim == 4:
        yield from _of_map(value, wanted, layout)
    elif wanted.ndim == 3:
        yield "ncl", value, wanted.transpose(0, 2, 1)
    elif value.size == wanted.size:
        yield "nc11", value, wanted[:, :, None, None]
        yield "n1c", value, wanted[:, None]
        yield "n11c", value, wanted[:, None, None]
    else:
        yield from _of_vector(value, wanted)


def _of_map(
    value: np.ndarray, wanted: np.ndarray, layout: str
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    last = wanted if layout == "NHWC" else wanted.transpose(0, 2, 3, 1)
    first = last.transpose(0, 3, 1, 2)
    yield ("nchw", value, first) if layout == "NHWC" else ("nhwc", value, last)
    if value.ndim != 3:
        return
    tokens = last.reshape(last.shape[0], -1, last.shape[3])
    yield "nlc", value, tokens
    yield "ncl", value, tokens.transpose(0, 2, 1)
    prefix = value.shape[1] - tokens.shape[1]
    if 0 < prefix <= MOST_PREFIX_TOKENS:
        yield f"nlc+{prefix}", value[:, prefix:], tokens


def _of_vector(
    value: np.ndarray, wanted: np.ndarray
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    count, width = wanted.shape
    if value.ndim == 3 and (value.shape[0], value.shape[2]) == (count, width):
        yield "token0", value[:, 0], wanted
        if value.shape[1] >= 2:
            yield "mean01", value[:, :2].mean(1), wanted
        yield "mean", value.mean(1), wanted
        for prefix in range(1, min(6, value.shape[1])):
            yield f"mean{prefix}:", value[:, prefix:].mean(1), wanted
    if value.ndim == 4 and value.shape[:2] == (count, width):
        yield "spatialmean", value.mean((2, 3)), wanted
    if value.ndim == 4 and (value.shape[0], value.shape[3]) == (count, width):
        yield "spatialmean_nhwc", value.mean((1, 2)), wanted
