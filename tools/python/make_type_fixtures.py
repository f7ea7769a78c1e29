#!/usr/bin/env python3
"""Makes what packages/onnx-export tests its element types with, under test/type-fixtures.

  NAME.onnx         small models, see type_models.py
  data-types.json   the element type of every value of those models, of those under
                    test/fixtures/models and of the exports under test/fixtures/exports, as the
                    shape inference of onnx has it and, for those that it loads, onnxruntime
  operators.json    for every version of every operator of ONNX: types of inputs, and types of
                    outputs as its schema has them; null where an attribute decides

`--check` makes everything again, compares with the committed files and exits with 1 on any
difference.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from pathlib import Path
from typing import Any

import onnx
import onnxruntime
from golden_files import write_or_compare
from onnx import TensorProto
from surgery_models import to_bytes
from type_models import MODELS

TESTS = Path(__file__).resolve().parents[2] / "packages/onnx-export/test"
FIXTURES = TESTS / "type-fixtures"

NAMES = {
    "float": "FLOAT",
    "double": "DOUBLE",
    **{name: name.upper() for name in ("float16", "bfloat16", "bool", "string")},
    **{f"{sign}int{bits}": f"{sign}int{bits}".upper() for sign in ("", "u") for bits in (2, 4, 8)},
    **{
        f"{sign}int{bits}": f"{sign}int{bits}".upper() for sign in ("", "u") for bits in (16, 32, 64)
    },
    **{name: name.upper() for name in ("complex64", "complex128")},
}
"""Names of element types in schemas and in onnxruntime, and in TensorProto."""


def element_type(text: str) -> int | None:
    """`tensor(float)` as a number of TensorProto.DataType; None for what is no such tensor."""
    if not text.startswith("tensor("):
        return None
    name = text.removeprefix("tensor(").removesuffix(")")
    known = NAMES.get(name) or (name.upper() if name.startswith("float") else None)
    return None if known is None else getattr(TensorProto, known)


def inferred_types(model: onnx.ModelProto) -> dict[str, int]:
    graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    return {
        info.name: info.type.tensor_type.elem_type
        for info in (*graph.value_info, *graph.input, *graph.output)
        if info.type.HasField("tensor_type") and info.type.tensor_type.elem_type != 0
    }


def runtime_types(model: onnx.ModelProto) -> dict[str, int]:
    """Types that onnxruntime gives to the values that nodes make; empty when it does not load."""
    asked = onnx.ModelProto()
    asked.CopyFrom(model)
    del asked.graph.output[:]
    for node in asked.graph.node:
        asked.graph.output.extend(onnx.ValueInfoProto(name=name) for name in node.output if name)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(to_bytes(asked), options)
    except Exception:  # a type without a kernel, or weights that are not there
        return {}
    types = {output.name: element_type(output.type) for output in session.get_outputs()}
    return {name: number for name, number in types.items() if number is not None}


def value_types(name: str, model: onnx.ModelProto) -> dict[str, int]:
    inferred, loaded = inferred_types(model), runtime_types(model)
    for value, number in loaded.items():
        if inferred.get(value, number) != number:
            raise SystemExit(f"{name}: onnx and onnxruntime differ on {value}")
    made = [value for node in model.graph.node for value in node.output if value]
    known = {**inferred, **loaded}
    return {value: known[value] for value in made if value in known}


def operator_case(schema: onnx.defs.OpSchema) -> dict[str, Any] | None:
    allowed = {c.type_param_str: list(c.allowed_type_strs) for c in schema.type_constraints}
    chosen: dict[str, int | None] = {}
    taken: set[int] = set()
    for value in schema.inputs:
        if value.type_str in chosen:
            continue
        options = [element_type(t) for t in allowed.get(value.type_str, [value.type_str])]
        tensors = [number for number in options if number is not None]
        # A type of its own for each parameter, where there are enough.
        free = [number for number in tensors if number not in taken] or tensors
        chosen[value.type_str] = free[0] if free else None
        taken.update(free[:1])
    variadic = onnx.defs.OpSchema.FormalParameterOption.Variadic
    if any(v.option == variadic and not v.is_homogeneous for v in schema.inputs):
        return None
    outputs = []
    for value in schema.outputs:
        options = allowed.get(value.type_str, [value.type_str])
        alone = element_type(options[0]) if len(options) == 1 else None
        outputs.append(chosen.get(value.type_str, alone))
    inputs = [chosen[value.type_str] for value in schema.inputs]
    return {"opset": schema.since_version, "inputs": inputs, "outputs": outputs}


def operator_cases() -> dict[str, list[dict[str, Any]]]:
    cases: dict[str, list[dict[str, Any]]] = {}
    schemas = onnx.defs.get_all_schemas_with_history()
    for schema in sorted(schemas, key=lambda each: (each.name, each.since_version)):
        case = operator_case(schema) if schema.domain == "" else None
        if case is None:
            continue
        earlier = cases.setdefault(schema.name, [])
        if not any(
            (each["inputs"], each["outputs"]) == (case["inputs"], case["outputs"])
            for each in earlier
        ):
            earlier.append(case)
    return cases


def to_json(value: dict[str, Any]) -> bytes:
    lines = [f"{json.dumps(key)}: {json.dumps(item)}" for key, item in value.items()]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def all_files() -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    types: dict[str, dict[str, int]] = {}
    for name, make in MODELS.items():
        model = make()
        onnx.checker.check_model(model)
        files[f"{name}.onnx"] = to_bytes(model)
        types[f"type-fixtures/{name}.onnx"] = value_types(name, model)
    committed = json.loads((TESTS / "fixtures/models/shapes.json").read_bytes())
    for name in committed:
        path = f"fixtures/models/{name}.onnx"
        types[path] = value_types(name, onnx.load(TESTS / path))
    for path in sorted((TESTS / "fixtures/exports").glob("*.onnx.gz")):
        model = onnx.load_from_string(gzip.decompress(path.read_bytes()))
        types[path.relative_to(TESTS).as_posix()] = value_types(path.name, model)
    files["data-types.json"] = to_json(types)
    files["operators.json"] = to_json(operator_cases())
    return files


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    files = all_files()
    different = write_or_compare(
        files, FIXTURES, check=check, same=lambda _name, a, b: a == b, owned=[FIXTURES]
    )
    for name in different:
        print(f"differs: {name}")
    print(
        f"{len(files)} files, {len(different)} differ "
        f"(onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__})"
    )
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
