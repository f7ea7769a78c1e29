#!/usr/bin/env python3
"""Checks that written models are good for the ONNX checker and load in onnxruntime.

  check_written.py DIR [--at-least N]

Every .onnx file below DIR goes through onnx.checker with full_check, from its path, so that external
data is looked at too, and is loaded by onnxruntime. Exits 1 when one fails or there are fewer than N.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import onnx
import onnxruntime


def problem(path: Path) -> str | None:
    """Why a file is bad, or None."""
    try:
        onnx.checker.check_model(str(path), full_check=True)
    except Exception as error:  # the checker raises several unrelated types
        return f"checker: {error}"
    try:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has no common base class
        return f"onnxruntime: {error}"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--at-least", type=int, default=1, metavar="N")
    arguments = parser.parse_args()
    files = sorted(arguments.folder.rglob("*.onnx"))
    bad = 0
    for path in files:
        reason = problem(path)
        if reason is not None:
            bad += 1
            print(f"{path.relative_to(arguments.folder)}: {reason}")
    print(f"{len(files)} files, {bad} bad (onnx {onnx.__version__})")
    return 1 if bad > 0 or len(files) < arguments.at_least else 0


if __name__ == "__main__":
    sys.exit(main())
