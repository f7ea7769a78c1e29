#!/usr/bin/env python3
"""Makes the images and goldens that packages/core tests decoding and preprocessing with.

Pixels of decoded images come from Pillow, those of resized and normalised ones from timm's own
evaluation transform. Run twice, it writes the same bytes; `--check` makes everything again,
compares with the committed files and exits with 1 on any difference.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import PIL
import timm
import torch
from PIL import Image, ImageCms, ImageOps
from preprocess_images import make_images
from timm.data import create_transform

FIXTURES = Path(__file__).resolve().parents[2] / "packages/core/test/fixtures"
IMAGES = FIXTURES / "images"
GOLDENS = FIXTURES / "preprocess"

# Longer outputs are stored as a digest and some pixels, so that the fixtures stay small.
MAX_STORED_BYTES = 16_384

INTERPOLATIONS = ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]
MODES = ["center", "squash", "border"]
# Widths and targets for which adding the scale up differs from multiplying it.
NEAREST_DRIFT = [(4, 33), (8, 10), (16, 30), (24, 34)]
IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
CLIP = (
    [0.48145466, 0.4578275, 0.40821073],
    [0.26862954, 0.26130258, 0.27577711],
)


# --- goldens ----------------------------------------------------------------------------------


class Golden:
    """A JSON file of cases, and one file with the bytes of all outputs."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.cases: list[dict[str, object]] = []
        self.data = bytearray()

    def add(self, values: np.ndarray, **case: object) -> None:
        raw = np.ascontiguousarray(values).tobytes()
        case |= {"shape": list(values.shape), "sha256": hashlib.sha256(raw).hexdigest()}
        if len(raw) <= MAX_STORED_BYTES:
            case["offset"] = len(self.data)
            self.data += raw
        else:
            height, width, _ = values.shape
            points = [(y * height // 4, x * width // 4) for y in range(4) for x in range(4)]
            case["pixels"] = [[y, x, *values[y, x].tolist()] for y, x in points]
        self.cases.append(case)

    def files(self) -> dict[str, bytes]:
        versions = {"pillow": PIL.__version__, "timm": timm.__version__}
        head = json.dumps({**versions, "torch": torch.__version__.split("+")[0]})
        cases = ",\n    ".join(json.dumps(case) for case in self.cases)
        text = f'{head[:-1]}, "cases": [\n    {cases}\n]}}\n'
        return {f"{self.name}.json": text.encode(), f"{self.name}.bin": bytes(self.data)}


def spec(
    size: tuple[int, int],
    interpolation: str = "bicubic",
    crop_pct: float = 0.875,
    crop_mode: str = "center",
    mean: Iterable[float] = IMAGENET[0],
    std: Iterable[float] = IMAGENET[1],
) -> dict[str, object]:
    return {
        "inputSize": [3, *size],
        "interpolation": interpolation,
        "cropPct": crop_pct,
        "cropMode": crop_mode,
        "mean": list(mean),
        "std": list(std),
    }


def transform(image: Image.Image, of: dict[str, object], normalize: bool) -> np.ndarray:
    """timm's evaluation transform: uint8 [H, W, C], or normalised float32 [C, H, W]."""
    evaluate = create_transform(
        of["inputSize"],
        is_training=False,
        interpolation=of["interpolation"],
        crop_pct=of["cropPct"],
        crop_mode=of["cropMode"],
        mean=of["mean"],
        std=of["std"],
        normalize=normalize,
    )
    values = evaluate(image)
    return values.numpy() if normalize else values.permute(1, 2, 0).numpy()


# An image, the part of it from its top left corner that is used (width, height), and a spec.
Case = tuple[str, tuple[int, int] | None, dict[str, object]]


def resize_cases() -> Iterator[Case]:
    for interpolation in INTERPOLATIONS:
        yield "photo.png", (61, 47), spec((32, 32), interpolation)
        yield "photo.png", (47, 61), spec((40, 40), interpolation, 0.9)
        yield "photo.png", (19, 23), spec((36, 36), interpolation, 0.95)
        yield "checker.png", None, spec((34, 34), interpolation, 1.0)
        yield "portrait.png", None, spec((24, 24), interpolation, 1.0, "squash")
        yield "photo.png", (90, 37), spec((20, 44), interpolation, 0.9)
    for crop_pct in (0.5, 0.875, 0.9, 0.94, 0.95, 0.965, 1.0, 1.15):
        for mode in MODES:
            yield "photo.png", (61, 47), spec((32, 32), "bicubic", crop_pct, mode)
    for size in ((32, 48), (48, 20), (33, 31)):
        for mode in MODES:
            for interpolation in ("bilinear", "lanczos"):
                yield "photo.png", None, spec(size, interpolation, 0.9, mode)
    # Nothing to resize at all, or only along one axis.
    for mode in MODES:
        yield "photo.png", (32, 32), spec((32, 32), "bicubic", 1.0, mode)
    yield "photo.png", (32, 60), spec((32, 32), "bicubic", 1.0, "squash")
    yield "photo.png", (60, 32), spec((32, 32), "bicubic", 1.0, "squash")
    # Offsets of 0.5, 1.5, 2.5 and 3.5, which round to 0, 2, 2 and 4.
    for odd in (1, 3, 5, 7):
        yield "photo.png", (32 + odd, 32), spec((32, 32), "bilinear", 1.0)
        yield "photo.png", (32, 32 + odd), spec((32, 32), "bilinear", 1.0)
    # Padding by an odd number of pixels, and colours that round to even or are clipped.
    yield "photo.png", (50, 40), spec((33, 33), "bicubic", 1.15)
    yield "photo.png", (50, 21), spec((40, 40), "bicubic", 0.9, "border", [0.5, 1.7, 0.1])
    yield "photo.png", (21, 50), spec((40, 40), "bilinear", 1.15, "border", [0.5 / 255, 0.7, 0])
    # Extreme shapes.
    for mode in MODES:
        for interpolation in ("nearest", "bicubic"):
            yield "dot.png", None, spec((8, 8), interpolation, 0.875, mode)
        yield "strip.png", None, spec((32, 32), "bicubic", 0.95, mode)
    for mode in ("center", "squash"):
        yield "column.png", None, spec((16, 16), "bicubic", 0.9, mode)
        yield "row.png", None, spec((16, 16), "lanczos", 0.9, mode)
    for interpolation in ("nearest", "bilinear", "bicubic"):
        yield "wide.png", None, spec((8, 8), interpolation, 1.0)
    # Positions of `nearest` that depend on how their sums are rounded.
    for width, size in NEAREST_DRIFT:
        yield "photo.png", (width, 31), spec((size, size), "nearest", 0.5, "squash")
    # Twice as tall and one pixel more: here Pillow 13 changes the order of its passes.
    for height in (40, 41, 80):
        yield "portrait.png", (20, height), spec((13, 13), "bicubic", 1.0)
    # The size that networks use; stored as digests.
    for interpolation in ("bilinear", "bicubic"):
        yield "large.jpg", None, spec((224, 224), interpolation)
        yield "large.jpg", None, spec((16, 16), interpolation, 0.95)
    yield "large.jpg", None, spec((160, 160), "bicubic", 1.15)


def make_decode_golden(images: dict[str, bytes]) -> Golden:
    golden = Golden("decode")
    for name, data in images.items():
        with Image.open(io.BytesIO(data)) as image:
            golden.add(np.array(image.convert("RGB")), image=name, mode=image.mode)
    return golden


def make_display_golden(images: dict[str, bytes]) -> Golden:
    golden = Golden("display")
    srgb = ImageCms.createProfile("sRGB")
    for value in range(1, 9):
        name = f"orientation-{value}.jpg"
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(images[name])))
        golden.add(np.array(image), image=name)
    for name in ("profile.png", "profile.jpg", "profile16.png"):
        image = Image.open(io.BytesIO(images[name]))
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        converted = ImageCms.profileToProfile(image.convert("RGB"), profile, srgb)
        golden.add(np.array(converted), image=name)
    return golden


def make_resize_golden(images: dict[str, bytes]) -> Golden:
    golden = Golden("resize")
    for name, crop, of in resize_cases():
        image = Image.open(io.BytesIO(images[name])).convert("RGB")
        part = {} if crop is None else {"part": list(crop)}
        if crop is not None:
            image = image.crop((0, 0, *crop))
        golden.add(transform(image, of, normalize=False), image=name, **part, spec=of)
    # At this size Pillow's second pass would take 16 GB. It would only repeat the row, so the row
    # is what the first pass makes of it.
    of = spec((224, 224))
    wide = Image.open(io.BytesIO(images["wide.png"])).convert("RGB")
    length = 256 * wide.width
    left = (length - 224) // 2
    row = wide.resize((length, 1), Image.Resampling.BICUBIC).crop((left, 0, left + 224, 1))
    golden.add(np.array(row), image="wide.png", rows="repeated", spec=of)
    return golden


def make_normalize_golden(images: dict[str, bytes]) -> Golden:
    golden = Golden("normalize")
    levels16 = Image.open(io.BytesIO(images["levels.png"])).convert("RGB")
    odd = ([0.43, 0.411, 0.296], [0.213, 0.156, 0.143])
    for mean, std in (IMAGENET, ([0.5] * 3, [0.5] * 3), CLIP, ([0.0] * 3, [1.0] * 3), odd):
        of = spec((16, 16), "bicubic", 1.0, "center", mean, std)
        golden.add(transform(levels16, of, normalize=True), image="levels.png", spec=of)
    of = spec((32, 32))
    rgb = Image.open(io.BytesIO(images["photo.png"])).convert("RGB")
    golden.add(transform(rgb, of, normalize=True), image="photo.png", spec=of)
    return golden


def make_files() -> dict[Path, bytes]:
    images = make_images()
    files = {IMAGES / name: data for name, data in images.items()}
    makers = (
        make_decode_golden,
        make_display_golden,
        make_resize_golden,
        make_normalize_golden,
    )
    for make in makers:
        files |= {GOLDENS / name: data for name, data in make(images).files().items()}
    return files


def differences(files: dict[Path, bytes]) -> list[str]:
    present = {path for folder in (IMAGES, GOLDENS) for path in folder.glob("*") if path.is_file()}
    found = [f"not made by this script: {path.name}" for path in sorted(present - set(files))]
    for path, data in files.items():
        if path not in present:
            found.append(f"missing: {path.name}")
        elif path.read_bytes() != data:
            found.append(f"different: {path.name}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    # Pillow warns about palettes with several transparent entries, which are meant here.
    warnings.simplefilter("ignore", UserWarning)
    files = make_files()
    total = sum(len(data) for data in files.values())
    if arguments.check:
        found = differences(files)
        print("\n".join(found) or f"{len(files)} files are as made, {total} bytes.")
        return 1 if found else 0
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    print(f"Wrote {len(files)} files, {total} bytes.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
