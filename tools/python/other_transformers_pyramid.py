"""transformers' hierarchical vision transformers, from small random configurations.

Stages follow timm's list where timm has the same network, else the last value that a block or
layer gives at each resolution. Sources: transformers.models.*.modeling_* (PyTorch).
"""

from __future__ import annotations

from dataclasses import replace

from other_record import (
    TORCHSCRIPT_ONLY,
    OtherModel,
    Tap,
    input_of,
    output_of,
    outputs_of,
    tokens_to_map,
)
from other_transformers_build import from_config


_PYRAMID = {
    "hidden_sizes": [16, 32, 40, 64],
    "depths": [1, 2, 1, 1],
    "mlp_ratios": [2, 2, 2, 2],
    "num_attention_heads": [1, 2, 5, 8],
}
_SWIN = {"embed_dim": 24, "depths": [2, 1, 1], "num_heads": [1, 2, 4]}
_CLASSIFIER = input_of("classifier")
_FOCALNET_ENDS = ("0.layers.0", "1.layers.1", "2.layers.0", "3.layers.0")


def _tokens(*modules: str, prefix: int = 0) -> tuple[Tap, ...]:
    return outputs_of(*modules, view=tokens_to_map(prefix))


def _swin_stages(container: str) -> tuple[Tap, ...]:
    last = (f"{index}.blocks.{depth - 1}" for index, depth in enumerate(_SWIN["depths"]))
    return _tokens(*(f"{container}.encoder.layers.{path}" for path in last))


def _levit(suffix: str, name: str) -> OtherModel:
    """The layers of a stage end with the attention that halves the resolution of the next one."""
    return from_config(
        name,
        "Levit",
        128,
        {
            "image_size": 128,
            "hidden_sizes": [32, 48, 64],
            "num_attention_heads": [2, 3, 4],
            "depths": [2, 1, 2],
            "key_dim": [16, 16, 16],
        },
        _tokens(*(f"levit.encoder.stages.{path}" for path in ("0.layers.3", "1.layers.1", "2"))),
        output_of("levit.encoder"),
        _CLASSIFIER,
        suffix=suffix,
        layout="NLC",
    )


TRANSFORMERS_PYRAMIDS: tuple[OtherModel, ...] = (
    from_config(
        "swin",
        "Swin",
        112,
        _SWIN | {"image_size": 112, "window_size": 7},
        _swin_stages("swin"),
        output_of("swin.layernorm"),
        _CLASSIFIER,
        layout="NLC",
    ),
    from_config(
        "swinv2",
        "Swinv2",
        128,
        _SWIN | {"image_size": 128, "window_size": 8},
        _swin_stages("swinv2"),
        output_of("swinv2.layernorm"),
        _CLASSIFIER,
        layout="NLC",
        exporters=TORCHSCRIPT_ONLY,
    ),
    from_config(
        "pvt",
        "Pvt",
        128,
        _PYRAMID | {"image_size": 128},
        (
            *_tokens("pvt.encoder.block.0.0", "pvt.encoder.block.1.1", "pvt.encoder.block.2.0"),
            *_tokens("pvt.encoder.block.3.0", prefix=1),
        ),
        output_of("pvt.encoder"),
        _CLASSIFIER,
        layout="NLC",
    ),
    from_config(
        "pvt-v2",
        "PvtV2",
        128,
        _PYRAMID | {"image_size": 128},
        _tokens(*(f"pvt_v2.encoder.layers.{index}.layer_norm" for index in range(4))),
        output_of("pvt_v2.encoder"),
        _CLASSIFIER,
        alternatives={"unpooled.alt.0": output_of("pvt_v2.encoder.layers.3.layer_norm")},
        note="unpooled is the map that the encoder returns; alt: the same as tokens",
        exporters=TORCHSCRIPT_ONLY,
    ),
    from_config(
        "segformer",
        "Segformer",
        128,
        _PYRAMID,
        outputs_of(*(f"segformer.stages.{index}" for index in range(4))),
        output_of("segformer.stages.3"),
        _CLASSIFIER,
        alternatives={"unpooled.alt.0": output_of("segformer.stages.3.layer_norm")},
        note="unpooled is the map that the encoder returns; alt: the same as tokens",
    ),
    _levit("", "levit"),
    replace(_levit("WithTeacher", "levit-with-teacher"), exporters=TORCHSCRIPT_ONLY),
    from_config(
        "focalnet",
        "FocalNet",
        128,
        {"image_size": 128, "embed_dim": 24, "depths": [1, 2, 1, 1]}
        | {"hidden_sizes": [24, 48, 96, 192]},
        _tokens(*(f"focalnet.encoder.stages.{path}" for path in _FOCALNET_ENDS)),
        output_of("focalnet.layernorm"),
        _CLASSIFIER,
        layout="NLC",
        exporters=TORCHSCRIPT_ONLY,
    ),
    from_config(
        "cvt",
        "Cvt",
        128,
        {"embed_dim": [16, 32, 48], "num_heads": [1, 2, 3], "depth": [1, 2, 3]},
        outputs_of(*(f"cvt.encoder.stages.{index}" for index in range(3))),
        output_of("cvt.encoder.stages.2.layers.2"),
        _CLASSIFIER,
        alternatives={"unpooled.alt.0": output_of("cvt.encoder")},
        layout="NLC",
        note="only the class token is normed: unpooled is not; alt: the map without that token",
        exporters=TORCHSCRIPT_ONLY,
    ),
)
