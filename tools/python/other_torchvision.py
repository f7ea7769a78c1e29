"""torchvision's classifiers, and where their record is.

Stages follow timm's list where timm has the same network (its `feature_info`), else the last
value that a block or layer gives at each resolution. Sources: torchvision.models.
"""

from __future__ import annotations

from functools import partial

import torch
from other_record import (
    TORCHSCRIPT_ONLY,
    OtherModel,
    Tap,
    channels_first,
    input_of,
    output_of,
    outputs_of,
    tokens_to_map,
)
from other_torchvision_build import (
    alexnet,
    convnext,
    densenet,
    maxvit,
    named,
    regnet_y,
    resnet18,
    resnext,
    swin,
    swin_v2,
    vgg11_bn,
    vit,
)
from torchvision import models


def _features(*indexes: int) -> tuple[Tap, ...]:
    return outputs_of(*(f"features.{index}" for index in indexes))


_RESNET = {
    "stages": outputs_of("relu", "layer1", "layer2", "layer3", "layer4"),
    "unpooled": output_of("layer4"),
    "pooled": input_of("fc"),
}
_SWIN_RECORD = {
    "stages": outputs_of(*(f"features.{index}" for index in (1, 3, 5, 7)), view=channels_first),
    "unpooled": output_of("norm"),
    "pooled": input_of("head"),
    "layout": "NHWC",
}
_HIDDEN_LAYERS = "pooled enters the whole classifier; alt: what enters its last Linear"

TORCHVISION_MODELS = (
    OtherModel(
        "torchvision-resnet18",
        (3, 128, 128),
        resnet18,
        **_RESNET,
    ),
    OtherModel(
        "torchvision-resnext",
        (3, 128, 128),
        resnext,
        **_RESNET,
        exporters=TORCHSCRIPT_ONLY,
    ),
    OtherModel(
        "torchvision-mobilenet-v2",
        (3, 128, 128),
        named(models.mobilenet_v2),
        _features(1, 3, 6, 13, 17),
        output_of("features.18"),
        input_of("classifier"),
    ),
    OtherModel(
        "torchvision-mobilenet-v3-small",
        (3, 128, 128),
        named(models.mobilenet_v3_small),
        _features(0, 1, 3, 8, 12),
        output_of("features.12"),
        input_of("classifier"),
        {"stages.4.alt.0": output_of("features.11"), "pooled.alt.0": input_of("classifier.3")},
        "timm's last stage is after the 1x1 ConvBnAct; alt: the last residual block. "
        + _HIDDEN_LAYERS,
    ),
    OtherModel(
        "torchvision-densenet",
        (3, 128, 128),
        densenet,
        (
            *outputs_of(
                "features.relu0",
                "features.denseblock1",
                "features.denseblock2",
                "features.denseblock3",
            ),
            output_of("features.norm5", view=torch.relu),
        ),
        output_of("features.norm5", view=torch.relu),
        input_of("classifier"),
        {"stages.4.alt.0": output_of("features.denseblock4")},
    ),
    OtherModel(
        "torchvision-regnet-y",
        (3, 128, 128),
        regnet_y,
        outputs_of("stem", *(f"trunk_output.block{index}" for index in (1, 2, 3, 4))),
        output_of("trunk_output"),
        input_of("fc"),
    ),
    OtherModel(
        "torchvision-efficientnet-b0",
        (3, 128, 128),
        named(models.efficientnet_b0),
        _features(1, 2, 3, 5, 7),
        output_of("features.8"),
        input_of("classifier"),
    ),
    OtherModel(
        "torchvision-convnext",
        (3, 128, 128),
        convnext,
        _features(1, 3, 5, 7),
        output_of("features.7"),
        input_of("classifier.2"),
        {"pooled.alt.0": input_of("classifier", view=partial(torch.flatten, start_dim=1))},
        "pooled is normed, as timm's; alt: what enters the whole classifier",
    ),
    OtherModel(
        "torchvision-swin",
        (3, 112, 112),
        swin,
        **_SWIN_RECORD,
    ),
    OtherModel("torchvision-swin-v2", (3, 128, 128), swin_v2, **_SWIN_RECORD),
    OtherModel(
        "torchvision-vit",
        (3, 112, 112),
        vit,
        outputs_of(
            *(f"encoder.layers.encoder_layer_{index}" for index in range(3)),
            view=tokens_to_map(1),
        ),
        output_of("encoder"),
        input_of("heads"),
        layout="NLC",
        exporters=TORCHSCRIPT_ONLY,
    ),
    OtherModel(
        "torchvision-maxvit",
        (3, 128, 128),
        maxvit,
        outputs_of("stem", *(f"blocks.{index}" for index in range(4))),
        output_of("blocks.3"),
        input_of("classifier.5"),
        {
            "pooled.alt.0": input_of("classifier.2"),
            "pooled.alt.1": input_of("classifier.3"),
        },
        "pooled follows timm's NormMlp head: after LayerNorm, Linear and Tanh; "
        "alt: before the LayerNorm, after it",
    ),
    OtherModel(
        "torchvision-googlenet",
        (3, 128, 128),
        named(models.googlenet, aux_logits=False, transform_input=False, init_weights=True),
        outputs_of("conv1", "conv3", "inception3b", "inception4e", "inception5b"),
        output_of("inception5b"),
        input_of("fc"),
    ),
    OtherModel(
        "torchvision-inception-v3",
        (3, 139, 139),
        named(models.inception_v3, aux_logits=False, transform_input=False, init_weights=True),
        outputs_of("Conv2d_2b_3x3", "Conv2d_4a_3x3", "Mixed_5d", "Mixed_6e", "Mixed_7c"),
        output_of("Mixed_7c"),
        input_of("fc"),
    ),
    OtherModel(
        "torchvision-squeezenet1-1",
        (3, 128, 128),
        named(models.squeezenet1_1),
        _features(1, 4, 7, 12),
        output_of("features"),
        None,
        {"pooled.alt.0": output_of("features", view=lambda value: value.mean((2, 3)))},
        "the classes come from a 1x1 Conv before pooling: no vector enters a classifier; "
        "alt: the mean of unpooled, which the graph does not compute",
    ),
    OtherModel(
        "torchvision-shufflenet-v2-x0-5",
        (3, 128, 128),
        named(models.shufflenet_v2_x0_5),
        outputs_of("conv1", "maxpool", "stage2", "stage3", "stage4"),
        output_of("conv5"),
        input_of("fc"),
        {"stages.4.alt.0": output_of("conv5")},
        "a reading without the max-pooled stem (stages.1) is defensible too",
        exporters=TORCHSCRIPT_ONLY,
    ),
    OtherModel(
        "torchvision-mnasnet0-5",
        (3, 128, 128),
        named(models.mnasnet0_5),
        outputs_of(*(f"layers.{index}" for index in (7, 8, 9, 11, 13))),
        output_of("layers"),
        input_of("classifier"),
        exporters=TORCHSCRIPT_ONLY,
    ),
    OtherModel(
        "torchvision-vgg11-bn",
        (3, 224, 224),
        vgg11_bn,
        _features(2, 6, 13, 20, 27, 28),
        output_of("features"),
        input_of("classifier"),
        {"pooled.alt.0": input_of("classifier.6")},
        _HIDDEN_LAYERS,
    ),
    OtherModel(
        "torchvision-alexnet",
        (3, 224, 224),
        alexnet,
        _features(1, 4, 11, 12),
        output_of("features"),
        input_of("classifier"),
        {"pooled.alt.0": input_of("classifier.6")},
        _HIDDEN_LAYERS,
    ),
)
