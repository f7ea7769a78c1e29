"""What the exported file says of where it comes from."""

from __future__ import annotations

import json
import os

import onnx
import timm
import torch
from torch import nn

PREFIX = "featuretap."

LOCAL_KEYS = {"file", "state_dict", "source"}
"""Entries of a pretrained_cfg that say where this machine keeps its weights."""


def _portable(value: object) -> bool:
    if isinstance(value, str):
        return not os.path.isabs(value)
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def portable_cfg(model: nn.Module) -> dict[str, object]:
    """The model's pretrained_cfg without what is no JSON or holds only on this machine."""
    return {
        key: value
        for key, value in dict(model.pretrained_cfg).items()
        if key not in LOCAL_KEYS and _portable(value)
    }


def versions() -> dict[str, str]:
    """Versions of what made the file."""
    return {"timm": timm.__version__, "torch": torch.__version__, "onnx": onnx.__version__}


def write_metadata(proto: onnx.ModelProto, model: nn.Module, exporter: str) -> None:
    """Adds the entries that featuretap reads, and replaces those of the same key."""
    entries = {
        "architecture": model.pretrained_cfg["architecture"],
        "pretrained_cfg": json.dumps(portable_cfg(model)),
        "versions": json.dumps(versions()),
        "exporter": exporter,
    }
    ours = {f"{PREFIX}{key}": value for key, value in entries.items()}
    others = [entry for entry in proto.metadata_props if entry.key not in ours]
    del proto.metadata_props[:]
    proto.metadata_props.extend(others)
    for key, value in ours.items():
        proto.metadata_props.add(key=key, value=value)
