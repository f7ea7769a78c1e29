#!/usr/bin/env python3
"""Copies the demo photos out of a scikit-image 0.26.0 wheel, byte for byte.

Origin and licence of each photo: packages/demo/NOTICE. The digests are those of scikit-image's
own registry (skimage/data/_registry.py).
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import zipfile
from pathlib import Path

TARGET = Path(__file__).resolve().parents[2] / "packages/demo/data"
PHOTOS = {
    "coffee.png": "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
    "chelsea.png": "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
    "rocket.jpg": "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path, metavar="WHEEL")
    options = parser.parse_args()

    with zipfile.ZipFile(options.wheel) as archive:
        for name, digest in PHOTOS.items():
            data = archive.read(f"skimage/data/{name}")
            found = hashlib.sha256(data).hexdigest()
            if found != digest:
                print(f"{name} has sha256 {found}, expected {digest}", file=sys.stderr)
                return 1
            (TARGET / name).write_bytes(data)
            print(f"wrote {name}, {len(data)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
