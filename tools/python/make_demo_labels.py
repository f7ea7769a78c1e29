#!/usr/bin/env python3
"""Writes packages/demo/data/labels.txt: the ImageNet-1k labels, one a line, in class order.

`--check` compares with the committed file instead and exits 1 on a difference.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from imagenet_labels import imagenet_1k_labels

TARGET = Path(__file__).resolve().parents[2] / "packages/demo/data/labels.txt"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()

    data = "".join(f"{label}\n" for label in imagenet_1k_labels()).encode()
    if options.check:
        same = TARGET.read_bytes() == data
        print(f"{TARGET.name}: {'equal' if same else 'DIFFERS'}")
        return 0 if same else 1
    TARGET.write_bytes(data)
    print(f"wrote {TARGET.name}, {len(data)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
