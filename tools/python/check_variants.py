#!/usr/bin/env python3
"""Checks files tapped in every form: float16 fields, reduced stages, uint8 input, values by name.

Each fixture of packages/onnx-export is tapped in each form. The file must pass the ONNX checker with
full shape inference, load in onnxruntime, and return each output of its manifest with the element
type and shape that the manifest says. One line for each failure; exits with 1 when there is one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime

ROOT = Path(__file__).resolve().parents[2]
BATCH = 2
NO_KERNEL = ("brain-inside",)
"""Models that no CPU provider runs: only the checker looks at them."""


def tap(folder: Path) -> list[str]:
    command = ["node", "--conditions=@featuretap/source", "--import=tsx"]
    command += ["tools/src/types/tap-variants.ts", str(folder)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.split()


def described(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """What the manifest says of each output."""
    record = manifest["record"]
    unpooled = record["unpooled"]
    fields = [*record["stages"], record["pooled"], record["logits"]]
    fields += unpooled if isinstance(unpooled, list) else [unpooled]
    return [field for field in fields if "output" in field] + manifest.get("extras", [])


def feed(manifest: dict[str, Any]) -> dict[str, np.ndarray]:
    shape = [BATCH if isinstance(size, str) else size for size in manifest["input"]["shape"]]
    random = np.random.default_rng(0)
    dtype = manifest["input"]["dtype"]
    values = random.integers(0, 256, shape) if dtype == "uint8" else random.normal(size=shape)
    return {manifest["input"]["name"]: values.astype(dtype)}


def check(path: Path) -> str | None:
    onnx.checker.check_model(str(path), full_check=True)
    if path.name.startswith(NO_KERNEL):
        return None
    entries = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    manifest = json.loads(entries["featuretap"])
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options)
    names = [output.name for output in session.get_outputs()]
    results = dict(zip(names, session.run(None, feed(manifest)), strict=True))
    for value in described(manifest):
        found = results[value["output"]]
        dtype, shape = value["dtype"], value["shape"]
        if dtype is not None and str(found.dtype) != dtype:
            return f"{value['output']} is {found.dtype}, the manifest says {dtype}"
        wanted = None if shape is None else [BATCH if size == "batch" else size for size in shape]
        if wanted is not None and list(found.shape) != wanted:
            return f"{value['output']} is {found.shape}, the manifest says {shape}"
    return None


def main() -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        names = tap(Path(folder))
        for name in names:
            try:
                wrong = check(Path(folder) / name)
            except Exception as error:  # whatever a library throws is the file's failure
                wrong = f"{type(error).__name__}: {error}"
            if wrong is not None:
                failed += 1
                print(f"{name}: {wrong}")
    print(f"{len(names)} files, {failed} wrong (onnx {onnx.__version__})")
    return 1 if failed or not names else 0


if __name__ == "__main__":
    sys.exit(main())
