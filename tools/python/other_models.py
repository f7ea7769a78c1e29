"""Classifiers of torchvision and transformers, each with where PyTorch holds its record."""

from __future__ import annotations

from other_record import OtherModel
from other_torchvision import TORCHVISION_MODELS
from other_transformers import TRANSFORMERS_ENCODERS
from other_transformers_conv import TRANSFORMERS_CONV_MODELS
from other_transformers_pyramid import TRANSFORMERS_PYRAMIDS

OTHER_MODELS: tuple[OtherModel, ...] = (
    *TORCHVISION_MODELS,
    *TRANSFORMERS_ENCODERS,
    *TRANSFORMERS_PYRAMIDS,
    *TRANSFORMERS_CONV_MODELS,
)
