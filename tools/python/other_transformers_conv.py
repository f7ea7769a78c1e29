"""transformers' convolutional classifiers from small random configurations."""

from __future__ import annotations

from dataclasses import replace

from other_record import TORCHSCRIPT_ONLY, OtherModel, input_of, output_of, outputs_of
from other_transformers_build import from_config, wrapped

_CLASSIFIER = input_of("classifier")
_AFTER_FLATTEN = input_of("classifier.1")
"""The classifier is Sequential(Flatten, Linear), over [N, D, 1, 1]."""
_CONVNEXT = {"hidden_sizes": [16, 24, 32, 48], "depths": [1, 2, 1, 1]}
_RESNET = {"embedding_size": 16, "hidden_sizes": [32, 48, 64, 80], "depths": [1, 2, 1, 1]}


def _numbered(container: str, *indexes: int) -> tuple[str, ...]:
    return tuple(f"{container}.{index}" for index in indexes)


_RESNET_MODEL = from_config(
    "resnet",
    "ResNet",
    128,
    _RESNET,
    outputs_of("resnet.embedder.embedder", *_numbered("resnet.encoder.stages", 0, 1, 2, 3)),
    output_of("resnet.encoder"),
    _AFTER_FLATTEN,
)

TRANSFORMERS_CONV_MODELS: tuple[OtherModel, ...] = (
    _RESNET_MODEL,
    replace(wrapped(_RESNET_MODEL), exporters=TORCHSCRIPT_ONLY),
    from_config(
        "convnext",
        "ConvNext",
        128,
        _CONVNEXT,
        outputs_of(*_numbered("convnext.encoder.stages", 0, 1, 2, 3)),
        output_of("convnext.encoder"),
        _CLASSIFIER,
    ),
    from_config(
        "convnextv2",
        "ConvNextV2",
        128,
        _CONVNEXT,
        outputs_of(*_numbered("convnextv2.encoder.stages", 0, 1, 2, 3)),
        output_of("convnextv2.encoder"),
        _CLASSIFIER,
        exporters=TORCHSCRIPT_ONLY,
    ),
    from_config(
        "regnet",
        "RegNet",
        128,
        _RESNET | {"hidden_sizes": [16, 32, 48, 64], "groups_width": 8},
        outputs_of("regnet.embedder", *_numbered("regnet.encoder.stages", 0, 1, 2, 3)),
        output_of("regnet.encoder"),
        _AFTER_FLATTEN,
    ),
    from_config(
        "bit",
        "Bit",
        128,
        _RESNET | {"num_groups": 8},
        outputs_of("bit.embedder.convolution", *_numbered("bit.encoder.stages", 0, 1, 2, 3)),
        output_of("bit.norm"),
        _AFTER_FLATTEN,
        note="pre-activation: the last stage is before the final norm, as timm's resnetv2",
        exporters=TORCHSCRIPT_ONLY,
    ),
    from_config(
        "mobilenet-v1",
        "MobileNetV1",
        128,
        {"image_size": 128, "depth_multiplier": 0.25},
        outputs_of(*_numbered("mobilenet_v1.layer", 1, 5, 9, 21, 25)),
        output_of("mobilenet_v1.layer.25"),
        _CLASSIFIER,
        exporters=TORCHSCRIPT_ONLY,
    ),
    from_config(
        "mobilenet-v2",
        "MobileNetV2",
        128,
        {"image_size": 128, "depth_multiplier": 0.35},
        outputs_of("mobilenet_v2.conv_stem", *_numbered("mobilenet_v2.layer", 1, 4, 11, 15)),
        output_of("mobilenet_v2.conv_1x1"),
        _CLASSIFIER,
        exporters=TORCHSCRIPT_ONLY,
    ),
    from_config(
        "efficientnet",
        "EfficientNet",
        128,
        {"image_size": 128, "width_coefficient": 0.5, "depth_coefficient": 0.5}
        | {"hidden_dim": 640},
        outputs_of(*_numbered("efficientnet.encoder.blocks", 0, 1, 2, 6, 9)),
        output_of("efficientnet.encoder"),
        _CLASSIFIER,
        exporters=TORCHSCRIPT_ONLY,
    ),
    from_config(
        "mobilevit",
        "MobileViT",
        128,
        {
            "image_size": 128,
            "hidden_sizes": [24, 32, 48],
            "neck_hidden_sizes": [8, 16, 24, 32, 40, 48, 96],
        },
        outputs_of(*_numbered("mobilevit.encoder.layer", 0, 1, 2, 3), "mobilevit.conv_1x1_exp"),
        output_of("mobilevit.conv_1x1_exp"),
        _CLASSIFIER,
        alternatives={"stages.4.alt.0": output_of("mobilevit.encoder.layer.4")},
        note="timm's last stage is after the last 1x1 Conv; alt: the last block",
    ),
    from_config(
        "mobilevitv2",
        "MobileViTV2",
        128,
        {"image_size": 128, "width_multiplier": 0.25},
        outputs_of(*_numbered("mobilevitv2.encoder.layer", 0, 1, 2, 3, 4)),
        output_of("mobilevitv2.encoder"),
        _CLASSIFIER,
    ),
    from_config(
        "poolformer",
        "PoolFormer",
        128,
        _CONVNEXT,
        outputs_of(*(f"poolformer.encoder.block.{path}" for path in ("0.0", "1.1", "2.0", "3.0"))),
        output_of("norm"),
        _CLASSIFIER,
    ),
    from_config(
        "swiftformer",
        "SwiftFormer",
        128,
        {"image_size": 128, "depths": [1, 2, 1, 1], "embed_dims": [16, 24, 32, 48]},
        outputs_of(*_numbered("swiftformer.encoder.network", 0, 2, 4, 6)),
        output_of("norm"),
        input_of("head"),
        note="two heads averaged, both over the same vector",
        exporters=TORCHSCRIPT_ONLY,
    ),
    from_config(
        "hgnet-v2",
        "HGNetV2",
        128,
        {
            "embedding_size": 24,
            "stem_channels": [3, 16, 24],
            "stage_in_channels": [24, 32, 48, 64],
            "stage_mid_channels": [8, 12, 16, 24],
            "stage_out_channels": [32, 48, 64, 96],
            "stage_num_blocks": [1, 1, 2, 1],
            "stage_numb_of_layers": [2, 2, 2, 2],
            "hidden_sizes": [32, 48, 64, 96],
            "depths": [1, 1, 2, 1],
        },
        outputs_of(*_numbered("encoder.stages", 0, 1, 2, 3)),
        output_of("encoder"),
        input_of("fc"),
        exporters=TORCHSCRIPT_ONLY,
    ),
)
