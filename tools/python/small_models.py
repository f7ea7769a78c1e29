"""The small classifiers that the checks export, each with its own idea of the feature record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import timm
import torch
import torchvision
from randomise import randomise
from torch import nn

Record = dict[str, torch.Tensor]


@dataclass(frozen=True)
class SmallModel:
    """One network, and how PyTorch gives its record."""

    name: str
    arch: str | None
    """timm's name of the architecture; None for torchvision, whose module names differ."""
    input_size: tuple[int, int, int]
    build: Callable[[], nn.Module]
    truth: Callable[[nn.Module, torch.Tensor], Record]


def _record(stages: list[torch.Tensor], **fields: torch.Tensor) -> Record:
    return {f"stages.{index}": stage for index, stage in enumerate(stages)} | fields


def timm_truth(model: nn.Module, inputs: torch.Tensor) -> Record:
    """The record as timm defines it."""
    unpooled, stages = model.forward_intermediates(inputs)
    pooled = model.forward_head(unpooled, pre_logits=True)
    return _record(stages, unpooled=unpooled, pooled=pooled, logits=model.forward_head(unpooled))


def torchvision_resnet_truth(model: nn.Module, inputs: torch.Tensor) -> Record:
    """Stages: the ReLU after bn1, then layer1 to layer4."""
    stem = model.relu(model.bn1(model.conv1(inputs)))
    stages = [stem]
    value = model.maxpool(stem)
    for layer in (model.layer1, model.layer2, model.layer3, model.layer4):
        value = layer(value)
        stages.append(value)
    pooled = torch.flatten(model.avgpool(value), 1)
    return _record(stages, unpooled=value, pooled=pooled, logits=model.fc(pooled))


def torchvision_vit_truth(model: nn.Module, inputs: torch.Tensor) -> Record:
    """Stages: every encoder layer as a map without the class token; unpooled: tokens after `ln`."""
    tokens: list[torch.Tensor] = []
    hooks = [
        layer.register_forward_hook(lambda _module, _inputs, output: tokens.append(output))
        for layer in model.encoder.layers
    ]
    normed: list[torch.Tensor] = []
    hooks.append(model.encoder.register_forward_hook(lambda _m, _i, output: normed.append(output)))
    logits = model(inputs)
    for hook in hooks:
        hook.remove()
    side = model.image_size // model.patch_size
    stages = [
        value[:, 1:].transpose(1, 2).reshape(value.shape[0], value.shape[2], side, side)
        for value in tokens
    ]
    return _record(stages, unpooled=normed[0], pooled=normed[0][:, 0], logits=logits)


def _timm(name: str) -> Callable[[], nn.Module]:
    return lambda: timm.create_model(name, pretrained=False, exportable=True)


def _torchvision_vit() -> nn.Module:
    return torchvision.models.VisionTransformer(
        image_size=112,
        patch_size=16,
        num_layers=4,
        num_heads=3,
        hidden_dim=96,
        mlp_dim=384,
        num_classes=100,
    )


SMALL_MODELS = (
    SmallModel("timm-resnet18", "resnet18", (3, 224, 224), _timm("resnet18"), timm_truth),
    SmallModel(
        "torchvision-resnet18",
        None,
        (3, 224, 224),
        lambda: torchvision.models.resnet18(weights=None),
        torchvision_resnet_truth,
    ),
    SmallModel(
        "timm-vit-tiny",
        "vit_tiny_patch16_224",
        (3, 224, 224),
        _timm("vit_tiny_patch16_224"),
        timm_truth,
    ),
    SmallModel("torchvision-vit", None, (3, 112, 112), _torchvision_vit, torchvision_vit_truth),
)


def build(model: SmallModel) -> nn.Module:
    """Builds the network with random weights, the same ones each time."""
    torch.manual_seed(0)
    return randomise(model.build())
