#!/usr/bin/env python3
"""Compares the shapes that featuretap infers with those that onnxruntime computes, value by value.

  check_shapes.py REFERENCE_DIR [MODEL…]

REFERENCE_DIR holds NAME.EXPORTER.onnx.gz without weights; they are replaced by zeros. Every value of
every graph is run with a batch of 3 and compared. Exits 1 when a shape differs; values that featuretap
leaves open are counted, not wrong.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort

ROOT = Path(__file__).resolve().parents[2]
BATCH = 3
CHUNK = 400
"""Values that are fetched in one run, so that large maps do not fill the memory."""


def inferred(files: list[Path]) -> list[dict[str, list[int | str]]]:
    """What featuretap says of each file."""
    command = ["node", "--conditions=@featuretap/source", "--import=tsx"]
    command.append("tools/src/reference/dump-shapes.ts")
    listing = "\n".join(str(file) for file in files)
    done = subprocess.run(
        command, cwd=ROOT, input=listing, stdout=subprocess.PIPE, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def computed(file: Path, names: list[str]) -> dict[str, list[int]]:
    """The shapes that onnxruntime gives the values, at a batch of BATCH."""
    shapes: dict[str, list[int]] = {}
    for start in range(0, len(names), CHUNK):
        model = onnx.load(file, load_external_data=False)
        wanted = names[start : start + CHUNK]
        declared = {value.name for value in model.graph.output}
        for name in wanted:
            if name not in declared:
                model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
        path = file.with_suffix(".all.onnx")
        path.write_bytes(model.SerializeToString())
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 4
        session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        (entry,) = session.get_inputs()
        batch = entry.shape[0] if isinstance(entry.shape[0], int) else BATCH
        inputs = np.zeros([batch, *entry.shape[1:]], np.float32)
        for name, value in zip(wanted, session.run(wanted, {entry.name: inputs}), strict=True):
            if isinstance(value, np.ndarray):
                shapes[name] = [batch, *value.shape]
    return shapes


def dim_value(dim: int | str, batch: int) -> int:
    """`batch` or `16*batch` at a batch size."""
    if isinstance(dim, int):
        return dim
    factor, star, _ = dim.partition("*")
    return batch * (int(factor) if star else 1)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("reference", type=Path, metavar="REFERENCE_DIR")
    parser.add_argument("models", nargs="*", metavar="MODEL")
    options = parser.parse_args()
    equal = unknown = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(options.reference.glob("*.json")):
            case = json.loads(path.read_text())
            if options.models and case["model"] not in options.models:
                continue
            for exporter, export in case["exports"].items():
                if "truth" not in export:
                    continue
                file = Path(folder) / "model.onnx"
                packed = options.reference / f"{case['model']}.{exporter}.onnx.gz"
                file.write_bytes(gzip.decompress(packed.read_bytes()))
                with open(Path(folder) / "weights.bin", "wb") as weights:
                    weights.truncate(export["weights_bytes"])
                (ours,) = inferred([file])
                model = onnx.load(file, load_external_data=False)
                names = [
                    name
                    for node in model.graph.node
                    if node.op_type != "Constant"
                    for name in node.output
                    if name
                ]
                theirs = computed(file, names)
                bad = []
                for name, (batch, *real) in theirs.items():
                    stated = ours.get(name)
                    if stated is None:
                        unknown += 1
                    elif [dim_value(dim, batch) for dim in stated] == real:
                        equal += 1
                    else:
                        wrong += 1
                        bad.append(f"{name}: {stated}, onnxruntime {real}")
                missing = sum(name not in ours for name in theirs)
                print(
                    f"{case['model']} {exporter}: {len(theirs)} values, {len(bad)} wrong, "
                    f"{missing} open {bad[:2]}",
                    flush=True,
                )
    print(f"{equal} equal, {unknown} left open, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
