"""Builders of torchvision's classifiers, as small as their constructors allow."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import nn
from torchvision import models
from torchvision.models.convnext import CNBlockConfig
from torchvision.models.regnet import BlockParams
from torchvision.models.resnet import BasicBlock, Bottleneck
from torchvision.models.swin_transformer import PatchMergingV2, SwinTransformerBlockV2

CLASSES = 37


def named(factory: Callable[..., nn.Module], **options: object) -> Callable[[], nn.Module]:
    """A network as torchvision defines it, for networks that are small as they are."""
    return partial(factory, weights=None, num_classes=CLASSES, **options)


def vgg11_bn() -> nn.Module:
    """vgg11_bn with an eighth of the channels; the constructor fixes the classifier's sizes."""
    widths = (8, "M", 16, "M", 32, 32, "M", 64, 64, "M", 64, 64, "M")
    features = models.vgg.make_layers(list(widths), batch_norm=True)
    network = models.VGG(nn.Identity(), num_classes=CLASSES)
    network.features = features
    _narrow(network.classifier, {0: (64 * 7 * 7, 96), 3: (96, 80), 6: (80, CLASSES)})
    return network


def alexnet() -> nn.Module:
    network = models.AlexNet(num_classes=CLASSES)
    _narrow(network.classifier, {1: (256 * 6 * 6, 96), 4: (96, 80), 6: (80, CLASSES)})
    return network


def _narrow(classifier: nn.Sequential, sizes: dict[int, tuple[int, int]]) -> None:
    for index, (taken, given) in sizes.items():
        classifier[index] = nn.Linear(taken, given)


def resnet18() -> nn.Module:
    return models.ResNet(BasicBlock, [2, 2, 2, 2], num_classes=CLASSES)


def resnext() -> nn.Module:
    return models.ResNet(Bottleneck, [1, 2, 1, 1], num_classes=CLASSES, groups=8, width_per_group=4)


def densenet() -> nn.Module:
    return models.DenseNet(16, (2, 3, 2, 2), num_init_features=32, num_classes=CLASSES)


def regnet_y() -> nn.Module:
    setting = BlockParams(
        depths=[1, 2, 2, 1],
        widths=[16, 24, 32, 48],
        group_widths=[8, 8, 8, 8],
        bottleneck_multipliers=[1.0] * 4,
        strides=[2] * 4,
        se_ratio=0.25,
    )
    return models.RegNet(setting, num_classes=CLASSES, stem_width=16)


def convnext() -> nn.Module:
    widths = (24, 32, 48, 64)
    setting = [
        CNBlockConfig(taken, given, depth)
        for taken, given, depth in zip(widths, (*widths[1:], None), (1, 2, 2, 1), strict=True)
    ]
    return models.ConvNeXt(setting, num_classes=CLASSES)


_SWIN = {
    "patch_size": [4, 4],
    "embed_dim": 24,
    "depths": [1, 1, 2, 1],
    "num_heads": [1, 2, 4, 8],
    "num_classes": CLASSES,
}


def swin() -> nn.Module:
    return models.SwinTransformer(**_SWIN, window_size=[7, 7])


def swin_v2() -> nn.Module:
    return models.SwinTransformer(
        **_SWIN,
        window_size=[8, 8],
        block=SwinTransformerBlockV2,
        downsample_layer=PatchMergingV2,
    )


def vit() -> nn.Module:
    return models.VisionTransformer(
        image_size=112,
        patch_size=16,
        num_layers=3,
        num_heads=3,
        hidden_dim=48,
        mlp_dim=96,
        num_classes=CLASSES,
    )


def maxvit() -> nn.Module:
    return models.MaxVit(
        input_size=(128, 128),
        stem_channels=16,
        partition_size=4,
        block_channels=[16, 24, 32, 48],
        block_layers=[1, 1, 1, 1],
        head_dim=8,
        stochastic_depth_prob=0.1,
        num_classes=CLASSES,
    )
