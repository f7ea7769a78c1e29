"""transformers' plain vision transformers, from small random configurations.

Stages are the encoder's layers without their prefix tokens, as timm's. Sources:
transformers.models.*.modeling_* (PyTorch).
"""

from __future__ import annotations

import torch
from other_record import (
    TORCHSCRIPT_ONLY,
    OtherModel,
    Tap,
    input_of,
    output_of,
    outputs_of,
    tokens_to_map,
)
from other_transformers_build import from_config, wrapped

_ENCODER_LAYERS = 3
_DINO = {"hidden_size": 48, "num_hidden_layers": _ENCODER_LAYERS, "num_attention_heads": 3}
_ENCODER = _DINO | {"intermediate_size": 96, "image_size": 64, "patch_size": 16}
_VISION_TOWER = {
    "vision_config": _ENCODER,
    "text_config": {
        "hidden_size": 32,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "vocab_size": 99,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
    },
}
_CLASSIFIER = input_of("classifier")
_DEIT_NORM = output_of("deit.layernorm")


def _layers(container: str, prefix: int) -> tuple[Tap, ...]:
    return outputs_of(
        *(f"{container}.{index}" for index in range(_ENCODER_LAYERS)), view=tokens_to_map(prefix)
    )


def _mean(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    return (first + second) / 2


_VIT = from_config(
    "vit",
    "ViT",
    64,
    _ENCODER,
    _layers("vit.layers", 1),
    output_of("vit.layernorm"),
    _CLASSIFIER,
    layout="NLC",
)
TRANSFORMERS_ENCODERS: tuple[OtherModel, ...] = (
    _VIT,
    wrapped(_VIT),
    from_config(
        "deit",
        "DeiT",
        64,
        _ENCODER,
        _layers("deit.layers", 2),
        _DEIT_NORM,
        _CLASSIFIER,
        layout="NLC",
    ),
    from_config(
        "deit-with-teacher",
        "DeiT",
        64,
        _ENCODER,
        _layers("deit.layers", 2),
        _DEIT_NORM,
        input_of("cls_classifier", "distillation_classifier", view=_mean),
        suffix="WithTeacher",
        layout="NLC",
        note="two heads averaged: pooled is the mean of what enters them",
    ),
    from_config(
        "beit",
        "Beit",
        64,
        _ENCODER | {"use_relative_position_bias": True},
        _layers("beit.layers", 1),
        output_of("beit.layernorm"),
        _CLASSIFIER,
        layout="NLC",
        note="the final norm comes after the mean: unpooled is not normed",
    ),
    from_config(
        "data2vec-vision",
        "Data2VecVision",
        64,
        _ENCODER | {"use_relative_position_bias": True},
        _layers("data2vec_vision.encoder.layer", 1),
        output_of("data2vec_vision.layernorm"),
        _CLASSIFIER,
        layout="NLC",
        note="the final norm comes after the mean: unpooled is not normed",
        exporters=TORCHSCRIPT_ONLY,
    ),
    from_config(
        "dinov2",
        "Dinov2",
        56,
        _DINO | {"image_size": 56, "patch_size": 14},
        _layers("dinov2.encoder.layer", 1),
        output_of("dinov2.layernorm"),
        _CLASSIFIER,
        layout="NLC",
        note="pooled is the class token beside the mean of the patch tokens",
    ),
    from_config(
        "dinov2-with-registers",
        "Dinov2WithRegisters",
        56,
        _DINO | {"image_size": 56, "patch_size": 14, "num_register_tokens": 4},
        _layers("dinov2_with_registers.encoder.layer", 5),
        output_of("dinov2_with_registers.layernorm"),
        _CLASSIFIER,
        layout="NLC",
        note="pooled is the class token beside the mean of the patch tokens",
    ),
    from_config(
        "ijepa",
        "IJepa",
        64,
        _ENCODER,
        _layers("ijepa.layers", 0),
        output_of("ijepa.layernorm"),
        _CLASSIFIER,
        layout="NLC",
    ),
    from_config(
        "siglip",
        "Siglip",
        64,
        _VISION_TOWER,
        _layers("vision_model.encoder.layers", 0),
        output_of("vision_model.post_layernorm"),
        _CLASSIFIER,
        layout="NLC",
        exporters=TORCHSCRIPT_ONLY,
    ),
    from_config(
        "clip",
        "CLIP",
        64,
        _VISION_TOWER,
        _layers("vision_model.encoder.layers", 1),
        output_of("vision_model.encoder"),
        _CLASSIFIER,
        layout="NLC",
        note="no norm stands between the last layer and the mean of the patch tokens",
        exporters=TORCHSCRIPT_ONLY,
    ),
)
