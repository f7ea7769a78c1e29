#!/usr/bin/env python3
"""Writes tools/golden/{coffee,chelsea,rocket}.safetensors: what timm and PyTorch say.

Each file holds, for one photo of packages/demo/data:
  pixels     uint8   [224, 224, 3]      after timm's resize and crop, before normalisation
  input      float32 [1, 3, 224, 224]   after normalisation
  stages.0 … stages.4, unpooled, pooled, logits   float32, from the PyTorch model
Nothing here passes through ONNX. `--check` computes all of it again and compares with the
committed files: pixels bit for bit, floats within 1e-5 of the tensor's largest value.
"""

from __future__ import annotations

import argparse
import json
import struct
import sys
from pathlib import Path

import numpy as np
import PIL
import timm
import torch
from demo_model import ARCHITECTURE, PREPROCESS, add_wheel_option, load_demo_model
from imagenet_labels import imagenet_1k_labels
from PIL import Image
from safetensors.numpy import load_file, save
from torchvision.transforms import Compose, Normalize, ToTensor

ROOT = Path(__file__).resolve().parents[2]
PHOTOS = ROOT / "packages/demo/data"
GOLDEN = ROOT / "tools/golden"
NAMES = ("coffee.png", "chelsea.png", "rocket.jpg")

TOLERANCE = 1e-5
"""Part of a tensor's largest value: kernels of other CPUs add in another order."""

Record = dict[str, np.ndarray]


def metadata() -> dict[str, str]:
    """What the numbers depend on, for the file's header."""
    return {
        "script": Path(__file__).name,
        "model": ARCHITECTURE,
        "torch": torch.__version__.split("+")[0],  # without the build, such as +cpu
        "timm": timm.__version__,
        "Pillow": PIL.__version__,
    }


def compute(model: torch.nn.Module, photo: Path) -> Record:
    """Preprocesses one photo as timm does for evaluation and runs the model on it."""
    transform = timm.data.create_transform(**PREPROCESS, is_training=False)
    image = Image.open(photo).convert("RGB")
    steps = transform.transforms
    if not isinstance(steps[-2], ToTensor | timm.data.transforms.MaybeToTensor):
        raise SystemExit(f"expected [..., ToTensor, Normalize], got {steps}")
    if not isinstance(steps[-1], Normalize):
        raise SystemExit(f"expected [..., ToTensor, Normalize], got {steps}")
    pixels = np.asarray(Compose(steps[:-2])(image))
    inputs = transform(image)[None]
    with torch.no_grad():
        unpooled, stages = model.forward_intermediates(inputs)
        pooled = model.forward_head(unpooled, pre_logits=True)
        logits = model.forward_head(unpooled)
        direct = model(inputs)
    if not torch.equal(direct, logits):
        raise SystemExit("forward_head(forward_intermediates(x)) differs from forward(x)")
    record = {"pixels": pixels, "input": inputs.numpy()}
    record |= {f"stages.{index}": stage.numpy() for index, stage in enumerate(stages)}
    record |= {"unpooled": unpooled.numpy(), "pooled": pooled.numpy(), "logits": logits.numpy()}
    return {key: np.ascontiguousarray(value) for key, value in record.items()}


def differences(fresh: Record, stored: Record) -> list[str]:
    """Describes every tensor that differs by more than is allowed."""
    if fresh.keys() != stored.keys():
        return [f"keys {sorted(stored)}, expected {sorted(fresh)}"]
    found = []
    for key, value in fresh.items():
        other = stored[key]
        if value.shape != other.shape or value.dtype != other.dtype:
            found.append(f"{key}: {other.dtype} {other.shape}, not {value.dtype} {value.shape}")
        elif value.dtype == np.uint8:
            count = int(np.count_nonzero(value != other))
            if count:
                found.append(f"{key}: {count} bytes differ")
        else:
            error = float(np.abs(value - other).max() / np.abs(value).max())
            if not error <= TOLERANCE:
                found.append(f"{key}: relative error {error:.1e}, allowed {TOLERANCE:.0e}")
    return found


def read_metadata(path: Path) -> dict[str, str]:
    """Reads the `__metadata__` of a safetensors header."""
    return split(path.read_bytes())[0]["__metadata__"]


def split(data: bytes) -> tuple[dict, bytes]:
    """Parts a safetensors file into header and tensor bytes (u64 length, JSON, tensors)."""
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def serialise(record: Record) -> bytes:
    """Like safetensors' `save`, but with the metadata in a fixed order: runs give equal bytes."""
    header, tensors = split(save(record))
    text = json.dumps({"__metadata__": metadata(), **header}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the tensors start at a multiple of eight
    return struct.pack("<Q", len(text)) + text + tensors


def top(logits: np.ndarray, labels: list[str]) -> str:
    """The five likeliest labels with their probabilities."""
    shifted = np.exp(logits[0].astype(np.float64) - logits.max())
    probabilities = shifted / shifted.sum()
    order = np.argsort(-probabilities)[:5]
    return ", ".join(f"{labels[index]} {probabilities[index]:.4f}" for index in order)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_wheel_option(parser)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()

    torch.set_num_threads(1)
    model = load_demo_model(options.wheel)
    labels = imagenet_1k_labels()
    failed = False
    for name in NAMES:
        record = compute(model, PHOTOS / name)
        path = GOLDEN / f"{Path(name).stem}.safetensors"
        if not options.check:
            path.write_bytes(serialise(record))
            print(f"wrote {path.name}: {top(record['logits'], labels)}")
            continue
        found = differences(record, load_file(path))
        if read_metadata(path) != metadata():
            found.append(f"made with {read_metadata(path)}, here {metadata()}")
        failed = failed or bool(found)
        print(f"{path.name}: {'; '.join(found) or 'equal'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
