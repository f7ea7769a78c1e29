"""Builds the timm model that is to be exported."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass

import timm
import torch
from export_error import ExportError, first_line
from random_weights import randomise
from torch import nn


@dataclass(frozen=True)
class ModelRequest:
    """Which network, with which weights."""

    name: str
    """timm's name, `resnet18` or `resnet18.a1_in1k`."""
    checkpoint: str | None = None
    pretrained: bool = False
    num_classes: int | None = None
    img_size: int | None = None
    seed: int = 0
    randomise: bool = False


def split_name(name: str) -> tuple[str, str | None]:
    """Architecture and tag. Neither holds a further dot."""
    architecture, dot, tag = name.partition(".")
    return architecture, tag if dot else None


def check_name(name: str) -> None:
    """Raises UNKNOWN_NAME, with the names that come near, for what timm does not list."""
    architecture, tag = split_name(name)
    if not timm.is_model(architecture):
        near = difflib.get_close_matches(architecture, timm.list_models(), n=3, cutoff=0.6)
        hint = f"did you mean {', '.join(near)}?" if near else "see timm.list_models()"
        raise ExportError("UNKNOWN_NAME", "an architecture of timm", repr(name), hint)
    if tag is None:
        return
    known = [split_name(full)[1] for full in timm.list_pretrained(f"{architecture}.*")]
    tags = [known_tag for known_tag in known if known_tag]
    if tag not in tags:
        listed = ", ".join(tags[:10]) if tags else "none"
        raise ExportError(
            "UNKNOWN_NAME", f"a tag of {architecture}", repr(tag), f"timm has {listed}"
        )


def _create(request: ModelRequest) -> nn.Module:
    options: dict[str, object] = {"pretrained": request.pretrained, "exportable": True}
    if request.num_classes is not None:
        options["num_classes"] = request.num_classes
    if request.img_size is None:
        return timm.create_model(request.name, **options)
    try:
        return timm.create_model(request.name, img_size=request.img_size, **options)
    except TypeError as error:
        # Only networks whose weights depend on the size take it as an argument.
        if "img_size" not in str(error):
            raise
        return timm.create_model(request.name, **options)


def _load(model: nn.Module, path: str) -> None:
    if not os.path.isfile(path):
        raise ExportError("FILE_NOT_FOUND", "a checkpoint", f"{path}, which is no file", "check it")
    try:
        timm.models.load_checkpoint(model, path, weights_only=True)
    except Exception as error:  # torch, pickle, zipfile and safetensors each raise their own
        # torch's own words advise to run whatever code the file holds.
        line = first_line(error)
        refused = line.startswith("Weights only load failed")
        got = "something else than tensors" if refused else f"'{line}'"
        raise ExportError(
            "FILE_UNREADABLE",
            f"a checkpoint of {type(model).__name__} in {path}",
            got,
            "check that file, architecture and --num-classes belong together",
        ) from error


def build_model(request: ModelRequest) -> nn.Module:
    """The model in eval mode; the same weights for the same request."""
    check_name(request.name)
    torch.manual_seed(request.seed)
    try:
        model = _create(request)
    except Exception as error:
        if request.pretrained:
            raise ExportError(
                "FILE_UNREADABLE",
                f"pretrained weights of {request.name}, cached or downloaded by timm",
                f"'{first_line(error)}'",
                "check the network, or pass a file with --checkpoint",
            ) from error
        raise ExportError(
            "MODEL_UNSUPPORTED",
            f"timm to build {request.name}",
            f"'{first_line(error)}'",
            "check --img-size and --num-classes",
        ) from error
    if request.checkpoint is not None:
        _load(model, request.checkpoint)
    if request.randomise:
        randomise(model, request.seed)
    return model.eval().requires_grad_(False)


def input_size(model: nn.Module, img_size: int | None) -> tuple[int, int, int]:
    """Channels, height and width of the input."""
    channels, height, width = model.pretrained_cfg["input_size"]
    return (channels, height, width) if img_size is None else (channels, img_size, img_size)
