#!/usr/bin/env python3
"""Makes the models with model-local functions that packages/onnx-export inlines, and their values.

Under packages/onnx-export/test/fixtures/functions:
  NAME.onnx      models, see function_models.py
  values.json    for each, by the address of a value in a function call: what it holds

To have a value, each function on the way returns it as one more output. Values are those of
onnxruntime, which inlines functions in its own way. onnx's reference evaluator must give the same
where it can run the model: with functions, and after onnx.inliner. `--check` makes everything again, compares with the committed files and exits
with 1 on any difference.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from function_models import FUNCTION_MODELS, FunctionModel, Steps
from golden_files import write_or_compare
from onnx import helper
from onnx.inliner import inline_local_functions
from onnx.reference import ReferenceEvaluator

FIXTURES = Path(__file__).resolve().parents[2] / "packages/onnx-export/test/fixtures/functions"
TOLERANCE = 1e-6
INPUT = np.array([[0.5, -1.25, 2.0], [-0.375, 0.0, 1.5]], np.float32)
TAP = "tapped value"


def _label(node: onnx.NodeProto) -> str:
    return node.name or next(name for name in node.output if name)


def _calls(model: onnx.ModelProto, function: onnx.FunctionProto) -> list[onnx.NodeProto]:
    """The calls of a function; those in bodies of If and Loop are not looked for."""
    nodes = [*model.graph.node, *(node for other in model.functions for node in other.node)]
    wanted = (function.domain, function.name)
    return [node for node in nodes if (node.domain, node.op_type) == wanted]


def _exposed(model: onnx.ModelProto, steps: Steps) -> onnx.ModelProto:
    """The model with a value inside a call as the last output of the main graph."""
    exposed = onnx.ModelProto()
    exposed.CopyFrom(model)
    functions = {(function.domain, function.name): function for function in exposed.functions}
    *calls, value = steps
    nodes = exposed.graph.node
    for depth, label in enumerate(calls):
        call = next(node for node in nodes if _label(node) == label)
        function = functions[call.domain, call.op_type]
        # onnxruntime wants all calls of a function to take all its outputs.
        for position, other in enumerate(_calls(exposed, function)):
            other.output.append(TAP if other is call else f"unused {depth} {position}")
        function.output.append(TAP)
        nodes = function.node
        if depth == len(calls) - 1:
            nodes.append(helper.make_node("Identity", [value], [TAP]))
    exposed.graph.output.append(helper.make_empty_tensor_value_info(TAP))
    return exposed


def _by_runtime(model: onnx.ModelProto) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"x": INPUT})


def _by_reference(model: onnx.ModelProto, *, inlined: bool) -> list[np.ndarray]:
    if inlined:
        return ReferenceEvaluator(inline_local_functions(model)).run(None, {"x": INPUT})
    # The evaluator wants a function before those that call it; the models are written the other way.
    ordered = onnx.ModelProto()
    ordered.CopyFrom(model)
    del ordered.functions[:]
    ordered.functions.extend(reversed(model.functions))
    return ReferenceEvaluator(ordered).run(None, {"x": INPUT})


def _require_equal(what: str, expected: np.ndarray, actual: np.ndarray) -> None:
    if expected.shape != actual.shape or not np.allclose(expected, actual, TOLERANCE, TOLERANCE):
        raise SystemExit(f"{what}: expected\n{expected}\ngot\n{actual}")


def _values(fixture: FunctionModel, model: onnx.ModelProto) -> dict[str, object]:
    values = {}
    for steps in fixture.values:
        address = "/".join(steps)
        # The added output has no type: the checker wants one, the two runtimes do not.
        exposed = _exposed(model, steps)
        outputs = _by_runtime(exposed)
        for inlined in fixture.references:
            reference = _by_reference(exposed, inlined=inlined)
            for expected, actual in zip(reference, outputs, strict=True):
                _require_equal(f"{fixture.name} {address}", np.asarray(expected), actual)
        values[address] = {"shape": outputs[-1].shape, "data": outputs[-1].flatten().tolist()}
    return values


def _files() -> dict[str, bytes]:
    files = {}
    values = {}
    for fixture in FUNCTION_MODELS:
        model = fixture.build()
        files[f"{fixture.name}.onnx"] = model.SerializeToString(deterministic=True)
        values[fixture.name] = _values(fixture, model)
    content = {"input": INPUT.flatten().tolist(), "values": values}
    files["values.json"] = (json.dumps(content, indent=1) + "\n").encode()
    return files


def _near(expected: object, actual: object) -> bool:
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(
            _near(value, actual[key]) for key, value in expected.items()
        )
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(_near, expected, actual))
    if isinstance(expected, float) and isinstance(actual, float):
        return bool(np.isclose(expected, actual, TOLERANCE, TOLERANCE))
    return expected == actual


def _same(name: str, made: bytes, committed: bytes) -> bool:
    if name.endswith(".json"):
        return _near(json.loads(made), json.loads(committed))
    return made == committed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    different = write_or_compare(_files(), FIXTURES, check=check, same=_same, owned=[FIXTURES])
    for name in different:
        print(f"differs: {name}", file=sys.stderr)
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
