#!/usr/bin/env python3
"""Makes the models and goldens that packages/core tests running with.

Outputs of the models come from onnxruntime's Python API, .npy files from numpy and .safetensors
files from the safetensors package. Run twice, it writes the same bytes; `--check` makes everything
again, compares with the committed files and exits with 1 on any difference. Outputs of the models
are compared within a tolerance there, because kernels round differently on other CPUs.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import safetensors
from core_models import SEED, SIZE, all_models
from core_views import view_models
from golden_files import write_or_compare
from safetensors.numpy import load, save

FIXTURES = Path(__file__).resolve().parents[2] / "packages/core/test/fixtures"
ROWS = 3
# Largest difference between two CPUs' float32 sums of at most 576 products, relative to 1.
TRUTH_TOLERANCE = 1e-5


def model_files() -> dict[str, bytes]:
    files = {}
    for name, proto in {**all_models(), **view_models()}.items():
        # No runtime has an operator of the one; the others' weights are in another file.
        if name not in ("tiny-unloadable", "tiny-linked", "tiny-head-linked"):
            onnx.checker.check_model(proto, full_check=True)
        files[f"models/{name}.onnx"] = proto.SerializeToString(deterministic=True)
    return files


def truth_file(models: dict[str, bytes]) -> bytes:
    """Input and outputs of the plain network for a seeded batch, as onnxruntime computes them."""
    rng = np.random.default_rng(SEED)
    batch = rng.standard_normal((ROWS, 3, SIZE, SIZE)).astype(np.float32)
    session = onnxruntime.InferenceSession(
        models["models/tiny.onnx"], providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, {"input": batch}), strict=True))
    return save({"input": batch, **outputs})


def arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(SEED)
    return {
        "float32": rng.standard_normal((2, 3, 4)).astype(np.float32),
        "float64": rng.standard_normal((3,)),
        "float16": rng.standard_normal((2, 5)).astype(np.float16),
        "uint8": rng.integers(0, 256, (3, 7), dtype=np.uint8),
        "int8": rng.integers(-128, 128, (5,), dtype=np.int8),
        "int32": rng.integers(-(2**31), 2**31, (2, 2), dtype=np.int32),
        "int64": rng.integers(-(2**63), 2**63 - 1, (4,), dtype=np.int64),
        "bool": np.asarray([True, False, True]),
        "empty": np.zeros((0, 3), np.float32),
        "scalar": np.asarray(2.5, np.float32),
    }


def npy(array: np.ndarray, version: tuple[int, int] | None = None) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=version)
    return buffer.getvalue()


def tensor_files() -> dict[str, bytes]:
    plain = arrays()
    files = {f"tensors/{name}.npy": npy(array) for name, array in plain.items()}
    files["tensors/version-2.npy"] = npy(plain["uint8"], (2, 0))
    files["tensors/version-3.npy"] = npy(plain["uint8"], (3, 0))
    files["tensors/fortran.npy"] = npy(np.asfortranarray(plain["float32"]))
    files["tensors/big-endian.npy"] = npy(plain["float32"].astype(">f4"))
    files["tensors/structured.npy"] = npy(np.zeros(2, [("x", "<f4"), ("y", "<i4")]))
    files["tensors/mixed.safetensors"] = save(plain, metadata={"tool": "numpy “goldens”"})
    return files


def make_files() -> dict[str, bytes]:
    models = model_files()
    files = {**models, **tensor_files()}
    files["models/tiny.truth.safetensors"] = truth_file(models)
    return files


def same(name: str, expected: bytes, found: bytes) -> bool:
    if not name.endswith(".truth.safetensors"):
        return expected == found
    left, right = load(expected), load(found)
    return left.keys() == right.keys() and all(
        np.allclose(left[key], right[key], rtol=0, atol=TRUTH_TOLERANCE) for key in left
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    versions = f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}, "
    versions += f"numpy {np.__version__}, safetensors {safetensors.__version__}"
    files = make_files()
    different = write_or_compare(files, FIXTURES, check=check, same=same, owned=[FIXTURES / "models", FIXTURES / "tensors"])
    for name in different:
        print(f"differs: {name}")
    print(f"{len(files)} files, {len(different)} differ ({versions})")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
