#!/usr/bin/env python3
"""Writes packages/models/test/fixtures/pretrained.json: what timm itself says of some tags.

Preprocessing comes from timm.data.resolve_data_config, as a user of timm would ask for it, and so
by another way than the generated tables. `--check` compares instead and exits 1 on a difference.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import timm
from timm.data import resolve_data_config
from timm.models import get_pretrained_cfg
from typescript_source import write_or_check

TARGET = Path(__file__).resolve().parents[2] / "packages/models/test/fixtures/pretrained.json"

NAMES = (
    "resnet50",  # no tag: the default
    "vit_base_patch16_224",
    "convnext_tiny",  # the default is not the first of its tags in the alphabet
    "efficientnet_lite0.ra_in1k",
    "resnet18.tv_in1k",  # bilinear
    "resnet50.a1_in1k",
    "vit_tiny_patch16_224.augreg_in21k_ft_in1k",  # mean and std 0.5
    "vit_base_patch16_clip_224.openai",  # CLIP's mean and std, 512 classes
    "vit_small_patch14_dinov2.lvd142m",  # no classifier
    "volo_d5_512.sail_in1k",  # crop_pct above 1
    "vit_base_patch16_siglip_512.webli",  # squash
    "tf_efficientnetv2_s.in21k_ft_in1k",
    "legacy_seresnet50.in1k",  # not on the hub
    "rdnet_tiny.nv_in1k",  # on the hub, but not in timm's own account
    "dpn68.mx_in1k",  # mean and std of its own
    "inception_v3.tf_in1k",
    "resnetv2_50x1_bit.goog_in21k",  # 21,843 classes
)


def describe(name: str) -> dict[str, object]:
    cfg = get_pretrained_cfg(name)
    data = resolve_data_config({}, pretrained_cfg=cfg.to_dict())
    return {
        "name": f"{cfg.architecture}.{cfg.tag}",
        "architecture": cfg.architecture,
        "tag": cfg.tag,
        "preprocess": {
            "inputSize": list(data["input_size"]),
            "interpolation": data["interpolation"],
            "cropPct": data["crop_pct"],
            "cropMode": data["crop_mode"],
            "mean": list(data["mean"]),
            "std": list(data["std"]),
        },
        "numClasses": cfg.num_classes,
        "licence": cfg.license,
        "hfHubId": cfg.hf_hub_id,
    }


def first(kind: str, matches: object) -> str:
    """The first pretrained tag of a kind for which no fixed name is worth keeping."""
    for name in timm.list_pretrained():
        if matches(get_pretrained_cfg(name)):
            return name
    raise SystemExit(f"timm has no tag with {kind}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()

    names = [
        *NAMES,
        first("crop mode border", lambda cfg: cfg.crop_mode == "border"),
        first("a non-square input", lambda cfg: cfg.input_size[1] != cfg.input_size[2]),
        first("no licence", lambda cfg: cfg.license is None),
    ]
    entries = {name: describe(name) for name in names}
    golden = {
        "script": Path(__file__).name,
        "timm": timm.__version__,
        "tags": len(timm.list_pretrained()),
        "entries": entries,
    }
    return write_or_check({TARGET: json.dumps(golden, indent=2) + "\n"}, check=options.check)


if __name__ == "__main__":
    sys.exit(main())
