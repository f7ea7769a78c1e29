#!/usr/bin/env python3
"""Checks a tapped model against the model that it was made from.

Nothing but additions is allowed: weights, nodes, inputs and original outputs must be untouched,
and the file must be good for the ONNX checker and for onnxruntime. The tapped file may keep its
weights in the original or in another file beside it. One line a check; exit code 1 when one fails.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx_layout import (
    GRAPH_INITIALIZER,
    GRAPH_INPUT,
    GRAPH_NODE,
    GRAPH_OUTPUT,
    GRAPH_SPARSE,
    MODEL_GRAPH,
    MODEL_METADATA,
    ModelFile,
    Weights,
    is_external,
)
from protobuf_wire import WireError

MANIFEST_KEY = "featuretap"
LEVELS = {
    "ORT_DISABLE_ALL": onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "ORT_ENABLE_ALL": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL,
}
DTYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
}
BATCH, SIDE = 2, 224
"""Sizes taken where the model leaves them open."""


def require(condition: bool, message: str) -> None:
    # `assert` would vanish under python -O.
    if not condition:
        raise AssertionError(message)


def check_checker(_original: ModelFile, tapped: ModelFile) -> str:
    onnx.checker.check_model(str(tapped.wire.path), full_check=True)
    return f"onnx {onnx.__version__}"


def check_one_graph(_original: ModelFile, tapped: ModelFile) -> str:
    require(len(tapped.graphs) == 1, f"expected 1 graph field, found {len(tapped.graphs)}")
    return f"{tapped.graphs[0].end - tapped.graphs[0].body} bytes"


def check_other_fields(original: ModelFile, tapped: ModelFile) -> str:
    def rest(model: ModelFile) -> list[bytes]:
        outside = (MODEL_GRAPH, MODEL_METADATA)
        return [model.wire.whole(field) for field in model.top if field.number not in outside]

    require(rest(original) == rest(tapped), "versions, opsets, functions or producer changed")
    return f"{len(rest(original))} fields"


def check_nodes(original: ModelFile, tapped: ModelFile) -> str:
    before = [original.wire.whole(field) for field in original.graph_fields(GRAPH_NODE)]
    after = [tapped.wire.whole(field) for field in tapped.graph_fields(GRAPH_NODE)]
    require(len(after) >= len(before), f"{len(before)} nodes before, {len(after)} after")
    for index, (old, new) in enumerate(zip(before, after, strict=False)):
        require(old == new, f"node {index} differs")
    return f"{len(before)} equal, {len(after) - len(before)} added"


def check_initializers(original: ModelFile, tapped: ModelFile) -> str:
    before = original.graph_fields(GRAPH_INITIALIZER)
    after = tapped.graph_fields(GRAPH_INITIALIZER)
    require(len(after) >= len(before), f"{len(before)} before, {len(after)} after")
    linked = 0
    for old, new in zip(before, after, strict=False):
        same_bytes = original.wire.whole(old) == tapped.wire.whole(new)
        external = is_external(tapped, new)
        if same_bytes and not external:
            continue
        # Equal references to external data may still name two files, so the values are compared.
        weights = Weights.read(original, old)
        same = external and weights == Weights.read(tapped, new)
        require(same, f"initializer {weights.name!r} differs")
        linked += 1
    sparse = [original.wire.whole(field) for field in original.graph_fields(GRAPH_SPARSE)]
    kept = [tapped.wire.whole(field) for field in tapped.graph_fields(GRAPH_SPARSE)]
    require(kept[: len(sparse)] == sparse, "sparse initializers differ")
    return (
        f"{len(before) - linked} equal bytes, {linked} external with equal values, "
        f"{len(after) - len(before)} added"
    )


def check_inputs(original: ModelFile, tapped: ModelFile) -> str:
    before = [original.wire.whole(field) for field in original.graph_fields(GRAPH_INPUT)]
    after = [tapped.wire.whole(field) for field in tapped.graph_fields(GRAPH_INPUT)]
    require(before == after, f"{original.names(GRAPH_INPUT)} became {tapped.names(GRAPH_INPUT)}")
    return ", ".join(tapped.names(GRAPH_INPUT))


def check_outputs(original: ModelFile, tapped: ModelFile) -> str:
    before, after = original.names(GRAPH_OUTPUT), tapped.names(GRAPH_OUTPUT)
    require(after[: len(before)] == before, f"expected {before} first, found {after}")
    require(len(set(after)) == len(after), f"two outputs have one name: {after}")
    require(len(after) > len(before), "no output was added")
    return f"{', '.join(before)}; added {', '.join(after[len(before) :])}"


def check_manifest(original: ModelFile, tapped: ModelFile) -> str:
    found = [value for key, value in tapped.metadata() if key == MANIFEST_KEY]
    require(len(found) == 1, f"expected 1 entry {MANIFEST_KEY!r}, found {len(found)}")
    require(isinstance(json.loads(found[0]), dict), f"{MANIFEST_KEY!r} is not a JSON object")
    before = [entry for entry in original.metadata() if entry[0] != MANIFEST_KEY]
    after = [entry for entry in tapped.metadata() if entry[0] != MANIFEST_KEY]
    require(before == after, f"other metadata changed: {before} became {after}")
    return f"{len(found[0])} characters"


def make_check_run(level: str) -> Callable[[ModelFile, ModelFile], str]:
    """A check that the original outputs have the same bits at one optimisation level."""

    def check_run(original: ModelFile, tapped: ModelFile) -> str:
        before, after = _session(original, level), _session(tapped, level)
        feeds = _random_feeds(before)
        names = [output.name for output in before.get_outputs()]
        # All outputs are fetched: onnxruntime could otherwise prune the taps again.
        results = after.run(None, feeds)
        found = dict(zip([output.name for output in after.get_outputs()], results, strict=True))
        for name, expected in zip(names, before.run(names, feeds), strict=True):
            same = found[name].dtype == expected.dtype and found[name].shape == expected.shape
            require(same, f"{name} is {found[name].dtype} {found[name].shape}")
            differing = np.count_nonzero(found[name] != expected)
            require(found[name].tobytes() == expected.tobytes(), f"{name}: {differing} differ")
        return f"{', '.join(names)} bit-equal, {len(results)} outputs"

    return check_run


def _session(model: ModelFile, level: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = LEVELS[level]
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(model.wire.path), options, providers=["CPUExecutionProvider"]
    )


def _random_feeds(session: onnxruntime.InferenceSession) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    feeds = {}
    for value in session.get_inputs():
        open_sizes = [BATCH] + [SIDE] * len(value.shape)
        shape = [
            size if isinstance(size, int) else open_sizes[axis]
            for axis, size in enumerate(value.shape)
        ]
        require(value.type in DTYPES, f"input {value.name} has type {value.type}")
        dtype = DTYPES[value.type]
        values = random.integers(0, 256, shape) if dtype is np.uint8 else random.normal(size=shape)
        feeds[value.name] = values.astype(dtype)
    return feeds


CHECKS = {
    "one graph field on the wire": check_one_graph,
    "other model fields untouched": check_other_fields,
    "nodes untouched and first": check_nodes,
    "initializers untouched and first": check_initializers,
    "inputs untouched": check_inputs,
    "original outputs first": check_outputs,
    "manifest in metadata_props": check_manifest,
    "ONNX checker, full": check_checker,
    **{f"onnxruntime, {level}": make_check_run(level) for level in LEVELS},
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("original", type=Path, metavar="ORIGINAL")
    parser.add_argument("tapped", type=Path, metavar="TAPPED")
    options = parser.parse_args()

    try:
        original, tapped = ModelFile.open(options.original), ModelFile.open(options.tapped)
    except (OSError, ValueError, WireError) as error:
        print(f"FAIL  both files are protobuf messages: {error}")
        return 1
    failed = 0
    for name, check in CHECKS.items():
        try:
            print(f"ok    {name}: {check(original, tapped)}")
        except Exception as error:  # whatever a check or a library throws is its failure
            failed += 1
            print(f"FAIL  {name}: {type(error).__name__}: {error}")
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
