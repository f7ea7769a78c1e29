#!/usr/bin/env python3
"""Makes the goldens that packages/core tests the whole way of an image with: file to tensor.

Each case is a file, a preprocessing and two digests: of the bytes that timm's evaluation transform
holds after its crop, and of the float32 values that it returns, both from Pillow's image. Every
pair of levels of format, shape, interpolation, crop fraction, crop mode, target, mean/std occurs,
and so do the triples that decide about code paths; the script asserts both. A second part takes
every image of make_preprocess_golden.py through the same.

No combination is exempt: Pillow and libvips decode all of these formats to the same bytes, lossy
ones included. What they do not decode alike (AVIF, some kinds of TIFF and GIF) the decoder refuses;
those images are in make_preprocess_golden.py. A row or a column in crop mode `border` would lose
its short edge; timm raises there, and the cases in `refused` say so.

Run twice, it writes the same bytes; `--check` makes everything again, compares with the committed
files and exits with 1 on any difference.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import PIL
import timm
import torch
from covering_design import Choices, Row, complete, cover_pairs, pairs_of, possible_pairs
from golden_files import write_or_compare
from make_preprocess_golden import CLIP, IMAGENET, INTERPOLATIONS, MODES, spec, transform
from PIL import Image
from pipeline_images import FORMATS, SHAPES, make_image
from preprocess_images import make_images

ROOT = Path(__file__).resolve().parents[2] / "packages/core/test/fixtures"
FOLDER = "pipeline"
SEED = 7
AT_LEAST = 240
# The repository stays small.
MAX_IMAGE_BYTES = 400_000

# Height and width. At 1.15 the scaled size of (23, 24) is square: timm takes its path for squares.
TARGETS = [(32, 32), (24, 24), (33, 33), (20, 44), (48, 20), (31, 33), (23, 24)]
EXACT = {"exact": (32, 32), "exact-wide": (20, 44)}
STATS = {
    "imagenet": IMAGENET,
    "half": ([0.5] * 3, [0.5] * 3),
    "clip": CLIP,
    "unit": ([0.0] * 3, [1.0] * 3),
    "dpn": ([124 / 255, 117 / 255, 104 / 255], [1 / (0.0167 * 255)] * 3),
    "odd": ([0.43, 0.411, 0.296], [0.213, 0.156, 0.143]),
}
FACTORS: dict[str, list[object]] = {
    "format": list(FORMATS),
    "shape": list(SHAPES),
    "interpolation": list(INTERPOLATIONS),
    "cropPct": [0.5, 0.75, 0.875, 0.9, 0.94, 0.95, 0.965, 1.0, 1.05, 1.15],
    "cropMode": list(MODES),
    "target": list(TARGETS),
    "stats": list(STATS),
}
# Pillow reads them, the decoder refuses them; `wide.png` would become 16 GB on its way.
REFUSED = {"rgb.avif", "palette.tif", "float.tif", "ycbcr.tif", "oversized.gif"}
ONLY_SQUASHED = {"wide.png"}


def allowed(row: Row) -> bool:
    return not (row.get("cropMode") == "border" and row.get("shape") in ("row", "column"))


def needed_triples() -> list[Row]:
    """Parts of rows that must occur although pairs do not promise them."""
    by_target = [
        {"cropMode": mode, "target": target, "interpolation": interpolation}
        for mode in MODES
        for target in ((32, 32), (20, 44))
        for interpolation in INTERPOLATIONS
    ]
    nothing_to_do = [
        {"shape": shape, "target": target, "cropPct": 1.0, "cropMode": mode}
        for shape, target in EXACT.items()
        for mode in MODES
    ]
    padded = [
        {"cropPct": crop_pct, "cropMode": mode, "target": target}
        for crop_pct in (1.05, 1.15)
        for mode in MODES
        for target in TARGETS
    ]
    return [*by_target, *nothing_to_do, *padded]


def has(rows: list[Row], part: Row) -> bool:
    return any(all(row[name] == level for name, level in part.items()) for row in rows)


def make_rows(choices: Choices) -> list[Row]:
    rows = cover_pairs(FACTORS, allowed, choices)
    for part in needed_triples():
        if not has(rows, part):
            rows.append(complete(part, FACTORS, allowed, choices))
    return rows


def check_coverage(rows: list[Row]) -> str:
    found = {pair for row in rows for pair in pairs_of(row)}
    wanted = possible_pairs(FACTORS, allowed)
    missing = [pair for pair in wanted if pair not in found]
    assert not missing, f"pairs without a case: {missing}"
    parts = [part for part in needed_triples() if not has(rows, part)]
    assert not parts, f"combinations without a case: {parts}"
    assert all(allowed(row) for row in rows), "a case that timm cannot make"
    return f"{len(wanted)} pairs and {len(needed_triples())} larger combinations"


def spec_of(row: Row) -> dict[str, object]:
    mean, std = STATS[row["stats"]]
    return spec(row["target"], row["interpolation"], row["cropPct"], row["cropMode"], mean, std)


def golden_case(data: bytes, of: dict[str, object]) -> dict[str, object]:
    """The digests, and three pixels with their values: row, column, bytes, floats."""
    with Image.open(io.BytesIO(data)) as opened:
        image = opened.convert("RGB")
    pixels = np.ascontiguousarray(transform(image, of, normalize=False))
    values = np.ascontiguousarray(transform(image, of, normalize=True), dtype="<f4")
    height, width, _ = pixels.shape
    assert [3, height, width] == of["inputSize"] == list(values.shape), "not of the target's size"
    spots = [(0, 0), (height // 2, width // 2), (height - 1, width - 1)]
    return {
        "bytes": hashlib.sha256(pixels.tobytes()).hexdigest(),
        "floats": hashlib.sha256(values.tobytes()).hexdigest(),
        "spots": [[y, x, pixels[y, x].tolist(), values[:, y, x].tolist()] for y, x in spots],
    }


def fails_in_timm(data: bytes, of: dict[str, object]) -> bool:
    try:
        golden_case(data, of)
    except ValueError:
        return True
    return False


def make_golden() -> tuple[dict[str, bytes], str]:
    choices = Choices(SEED)
    rows = make_rows(choices)
    coverage = check_coverage(rows)
    images, places = bytearray(), {}
    cases = []
    for row in rows:
        key = (row["format"], row["shape"])
        data = make_image(*key)
        if key not in places:
            places[key] = [len(images), len(data)]
            images += data
        of = spec_of(row)
        head = {"format": row["format"], "shape": row["shape"], "at": places[key]}
        cases.append({**head, "spec": of, **golden_case(data, of)})
    generated = len(cases)
    for name, data in make_images().items():
        if name in REFUSED:
            continue
        row = complete({}, {k: v for k, v in FACTORS.items() if k not in ("format", "shape")},
                       allowed, choices)
        if name in ONLY_SQUASHED or fails_in_timm(data, spec_of(row)):
            row["cropMode"] = "squash"
        cases.append({"image": name, "spec": spec_of(row), **golden_case(data, spec_of(row))})
    refused = []
    for shape in ("row", "column"):
        row = {"interpolation": "bicubic", "cropPct": 0.875, "cropMode": "border"}
        of = spec_of({**row, "target": (32, 32), "stats": "half"})
        data = make_image("png-rgb", shape)
        assert fails_in_timm(data, of), f"timm takes a {shape} with a border now"
        refused.append({"shape": shape, "at": places["png-rgb", shape], "spec": of})
    assert generated >= AT_LEAST, f"only {generated} generated cases"
    assert len(images) <= MAX_IMAGE_BYTES, f"{len(images)} bytes of images"
    summary = f"{len(cases)} cases, {generated} of them generated: {coverage}; {len(places)} images"
    return pack(cases, refused, bytes(images)), summary


def pack(cases: list[dict], refused: list[dict], images: bytes) -> dict[str, bytes]:
    versions = {"pillow": PIL.__version__, "timm": timm.__version__}
    head = json.dumps({**versions, "torch": torch.__version__.split("+")[0]})
    lists = [
        f'"{name}": [\n    ' + ",\n    ".join(json.dumps(case) for case in of) + "\n]"
        for name, of in (("cases", cases), ("refused", refused))
    ]
    text = f"{head[:-1]}, {', '.join(lists)}}}\n"
    return {f"{FOLDER}/pipeline.json": text.encode(), f"{FOLDER}/images.bin": images}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    # Pillow warns about palettes with several transparent entries, which are meant here.
    warnings.simplefilter("ignore", UserWarning)
    files, summary = make_golden()
    different = write_or_compare(
        files,
        ROOT,
        check=arguments.check,
        same=lambda _, made, found: made == found,
        owned=[ROOT / FOLDER],
    )
    if different:
        print("\n".join(f"different: {name}" for name in different))
        return 1
    total = sum(len(data) for data in files.values())
    print(f"{'As made' if arguments.check else 'Wrote'}: {summary}; {total} bytes.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
