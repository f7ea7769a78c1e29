"""Networks of torchvision for other tasks: dense prediction, detection, flow and video."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torchvision
from not_classifier import CLASSES, IMAGE, WIDE, Build, Fields, Input, Network
from torch import Tensor, nn
from torchvision.models import detection, segmentation

ONE = Input((1, 3, 64, 64), dynamic=())
RAW = ("cls_logits", "bbox_regression")
FOUND = ("boxes", "scores", "labels")


class First(nn.Module):
    """Runs a torchvision detector, which takes a list of images, on the only image of a batch."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        (found,) = self.model([image[0]])
        return found["boxes"], found["scores"], found["labels"]


class RawHeads(nn.Module):
    """Backbone and heads of a detector, its boxes not decoded: what accelerators run."""

    def __init__(self, model: nn.Module, order: tuple[str, ...]) -> None:
        super().__init__()
        self.model = model
        self.order = order

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        heads = self.model.head(list(self.model.backbone(image).values()))
        return tuple(heads[key] for key in self.order)


def narrow_resnet(**options: Any) -> nn.Module:
    return torchvision.models.resnet50(width_per_group=8, weights=None, **options)


def fcn() -> nn.Module:
    trunk = narrow_resnet(replace_stride_with_dilation=[False, True, True])
    body = torchvision.models._utils.IntermediateLayerGetter(
        trunk, {"layer4": "out", "layer3": "aux"}
    )
    heads = [segmentation.fcn.FCNHead(width, CLASSES) for width in (2048, 1024)]
    return Fields(segmentation.FCN(body, *heads), ["x"], ["out", "aux"])


def named(build: Callable[..., nn.Module]) -> Build:
    def make() -> nn.Module:
        model = build(weights=None, weights_backbone=None, num_classes=CLASSES)
        # torchvision names the argument; Fields passes by that name.
        name = "input" if isinstance(model, segmentation.lraspp.LRASPP) else "x"
        return Fields(model, [name], ["out"])

    return make


def ssd() -> nn.Module:
    return detection.ssdlite320_mobilenet_v3_large(
        weights=None, weights_backbone=None, num_classes=CLASSES
    )


def pyramid() -> nn.Module:
    trunk = torchvision.models.resnet18(weights=None)
    return detection.backbone_utils._resnet_fpn_extractor(
        trunk, trainable_layers=5, returned_layers=[2, 3, 4]
    )


def retinanet() -> nn.Module:
    # Nine anchors for each of four levels; the fourth is the pooled one of the pyramid.
    sizes = tuple((x, int(x * 1.26), int(x * 1.6)) for x in (16, 32, 64, 128))
    anchors = detection.anchor_utils.AnchorGenerator(sizes, ((0.5, 1.0, 2.0),) * len(sizes))
    return detection.RetinaNet(
        pyramid(), CLASSES, anchor_generator=anchors, min_size=64, max_size=64
    )


def faster_rcnn() -> nn.Module:
    trunk = torchvision.models.resnet18(weights=None)
    body = detection.backbone_utils._resnet_fpn_extractor(trunk, trainable_layers=5)
    return First(detection.FasterRCNN(body, CLASSES, min_size=64, max_size=64))


class Flow(nn.Module):
    """Optical flow between two images, the last estimate only."""

    def __init__(self) -> None:
        super().__init__()
        self.model = torchvision.models.optical_flow.raft_small(weights=None)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return self.model(first, second, num_flow_updates=2)[-1]


TORCHVISION_NETWORKS: tuple[Network, ...] = (
    Network("fcn_resnet50", "segmentation", fcn, {"input": IMAGE}, ("out", "aux")),
    Network(
        "lraspp_mobilenet_v3",
        "segmentation",
        named(segmentation.lraspp_mobilenet_v3_large),
        {"input": IMAGE},
        ("out",),
    ),
    Network(
        "deeplabv3_mobilenet_v3",
        "segmentation",
        named(segmentation.deeplabv3_mobilenet_v3_large),
        {"input": WIDE},
        ("out",),
    ),
    Network(
        "ssdlite_raw",
        "detection",
        lambda: RawHeads(ssd(), RAW),
        {"input": Input((2, 3, 96, 96))},
        ("scores", "boxes"),
    ),
    Network(
        "retinanet_raw",
        "detection",
        lambda: RawHeads(retinanet(), RAW),
        {"input": IMAGE},
        ("scores", "boxes"),
    ),
    Network(
        "ssdlite_full",
        "detection",
        lambda: First(ssd()),
        {"input": ONE},
        FOUND,
    ),
    Network(
        "retinanet_full",
        "detection",
        lambda: First(retinanet()),
        {"input": ONE},
        FOUND,
    ),
    Network("faster_rcnn", "detection", faster_rcnn, {"input": ONE}, FOUND),
    Network(
        "raft_small",
        "flow",
        Flow,
        {"first": Input((2, 3, 128, 128)), "second": Input((2, 3, 128, 128))},
        ("flow",),
    ),
    Network(
        "r3d_18",
        "video",
        lambda: torchvision.models.video.r3d_18(weights=None, num_classes=CLASSES),
        {"clip": Input((2, 3, 4, 32, 32))},
        ("logits",),
        None,
    ),
)
