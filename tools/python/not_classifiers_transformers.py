"""Networks of transformers for other tasks, from small random configurations."""

from __future__ import annotations

from typing import Any

import transformers
from not_classifier import CLASSES, IMAGE, MAPS, Fields, Input, Network
from torch import nn

TEXT = Input((2, 12), below=90, dynamic=(0, 1))
ENCODER = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 48,
}
VIT = {**ENCODER, "image_size": 64, "patch_size": 16}
WORDS = {**ENCODER, "vocab_size": 90, "max_position_embeddings": 40}

SEGFORMER = {
    "hidden_sizes": [8, 16, 24, 32],
    "depths": [1, 1, 1, 1],
    "num_attention_heads": [1, 2, 3, 4],
    "decoder_hidden_size": 16,
    "num_labels": CLASSES,
}
RESNET = {"embedding_size": 8, "hidden_sizes": [16, 32, 48, 64], "depths": [1, 1, 1, 1]}
DETR = {
    "use_timm_backbone": False,
    "use_pretrained_backbone": False,
    "backbone": None,
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_ffn_dim": 48,
    "decoder_ffn_dim": 48,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "num_queries": 10,
    "num_labels": CLASSES,
}
SPEECH = {
    **ENCODER,
    "conv_dim": [16, 16, 16],
    "conv_kernel": [10, 3, 3],
    "conv_stride": [5, 2, 2],
    "num_feat_extract_layers": 3,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
    "vocab_size": 30,
}
DPT = {
    **VIT,
    "num_hidden_layers": 4,
    "backbone_out_indices": [0, 1, 2, 3],
    "neck_hidden_sizes": [8, 16, 24, 32],
    "fusion_hidden_size": 16,
    "readout_type": "project",
}
PIXELS = {"pixel_values": IMAGE}
WORDS_IN = {"input_ids": TEXT, "attention_mask": Input((2, 12), below=2, dynamic=(0, 1))}
BOTH = {**WORDS_IN, "pixel_values": IMAGE}
IDS = {"input_ids": TEXT}


def hugging(
    name: str,
    kind: str,
    inputs: dict[str, Input],
    outputs: tuple[str, ...],
    *,
    config: str,
    options: dict[str, Any],
    may: tuple[str, ...] | None = MAPS,
) -> Network:
    """A network of transformers; its class is `config` with `name`'s head."""

    def build() -> nn.Module:
        settings = getattr(transformers, f"{config}Config")(**options)
        settings._attn_implementation = "eager"
        return Fields(getattr(transformers, name)(settings), list(inputs), outputs)

    return Network(f"{name}", kind, build, inputs, outputs, may)


def clip_options() -> dict[str, Any]:
    return {
        "text_config": {**WORDS, "eos_token_id": 89, "bos_token_id": 0},
        "vision_config": VIT,
        "projection_dim": 24,
    }


def detr_options() -> dict[str, Any]:
    resnet = transformers.ResNetConfig(**RESNET, out_features=["stage4"])
    return {**DETR, "backbone_config": resnet}


def vitpose_options() -> dict[str, Any]:
    backbone = transformers.VitPoseBackboneConfig(
        image_size=(64, 64),
        patch_size=(16, 16),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        out_features=["stage2"],
    )
    return {"backbone_config": backbone, "num_labels": 7}


TRANSFORMERS_NETWORKS: tuple[Network, ...] = (
    hugging(
        "SegformerForSemanticSegmentation",
        "segmentation",
        PIXELS,
        ("logits",),
        config="Segformer",
        options=SEGFORMER,
    ),
    hugging(
        "BeitForSemanticSegmentation",
        "segmentation",
        PIXELS,
        ("logits",),
        config="Beit",
        options={
            **VIT,
            "num_hidden_layers": 4,
            "out_indices": [1, 2, 3, 4],
            "out_features": ["stage1", "stage2", "stage3", "stage4"],
            "num_labels": CLASSES,
            "use_auxiliary_head": False,
            "pool_scales": [1],
        },
    ),
    hugging(
        "MobileViTForSemanticSegmentation",
        "segmentation",
        PIXELS,
        ("logits",),
        config="MobileViT",
        options={"image_size": 64, "num_labels": CLASSES, "hidden_sizes": [24, 32, 48]},
    ),
    hugging(
        "DPTForSemanticSegmentation",
        "segmentation",
        PIXELS,
        ("logits",),
        config="DPT",
        options={**DPT, "num_labels": CLASSES, "use_auxiliary_head": False},
    ),
    hugging(
        "YolosForObjectDetection",
        "detection",
        PIXELS,
        ("logits", "pred_boxes"),
        config="Yolos",
        options={**VIT, "image_size": [64, 64], "num_detection_tokens": 10, "num_labels": CLASSES},
    ),
    Network(
        "DetrForObjectDetection",
        "detection",
        lambda: Fields(
            transformers.DetrForObjectDetection(transformers.DetrConfig(**detr_options())),
            ["pixel_values"],
            ["logits", "pred_boxes"],
        ),
        PIXELS,
        ("logits", "pred_boxes"),
    ),
    hugging(
        "Swin2SRForImageSuperResolution",
        "restoration",
        {"pixel_values": Input((2, 3, 32, 32))},
        ("reconstruction",),
        config="Swin2SR",
        options={
            "image_size": 32,
            "embed_dim": 24,
            "depths": [2, 2],
            "num_heads": [2, 2],
            "window_size": 8,
            "upscale": 2,
        },
    ),
    hugging(
        "DPTForDepthEstimation",
        "depth",
        PIXELS,
        ("predicted_depth",),
        config="DPT",
        options=DPT,
    ),
    hugging(
        "GLPNForDepthEstimation",
        "depth",
        PIXELS,
        ("predicted_depth",),
        config="GLPN",
        options={**SEGFORMER, "decoder_hidden_size": 16},
    ),
    hugging(
        "ViTForMaskedImageModeling",
        "restoration",
        PIXELS,
        ("reconstruction",),
        config="ViT",
        options={**VIT, "encoder_stride": 16},
    ),
    hugging(
        "BertForSequenceClassification",
        "text",
        WORDS_IN,
        ("logits",),
        config="Bert",
        options=WORDS,
        may=None,
    ),
    hugging(
        "DistilBertForSequenceClassification",
        "text",
        IDS,
        ("logits",),
        config="DistilBert",
        options={"vocab_size": 90, "dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48},
        may=None,
    ),
    hugging(
        "Wav2Vec2ForCTC",
        "audio",
        {"input_values": Input((2, 1600), dynamic=(0, 1))},
        ("logits",),
        config="Wav2Vec2",
        options=SPEECH,
        may=None,
    ),
    hugging(
        "ASTForAudioClassification",
        "audio",
        {"input_values": Input((2, 64, 32))},
        ("logits",),
        config="AST",
        options={**ENCODER, "max_length": 64, "num_mel_bins": 32, "num_labels": CLASSES},
        may=None,
    ),
    hugging(
        "CLIPModel",
        "image-text",
        BOTH,
        ("logits_per_image", "logits_per_text", "text_embeds", "image_embeds"),
        config="CLIP",
        options=clip_options(),
        may=(*MAPS, "pooled"),
    ),
    hugging(
        "SiglipModel",
        "image-text",
        {**IDS, "pixel_values": IMAGE},
        ("logits_per_image",),
        config="Siglip",
        options={
            "text_config": {**WORDS, "bos_token_id": 0, "eos_token_id": 89},
            "vision_config": VIT,
        },
        may=(*MAPS, "pooled"),
    ),
    hugging(
        "CLIPVisionModelWithProjection",
        "image encoder",
        PIXELS,
        ("image_embeds", "last_hidden_state"),
        config="CLIPVision",
        options={**VIT, "projection_dim": 24},
        # The projection is a linear operator on the pooled vector: timm counts it as the head.
        may=(*MAPS, "pooled", "logits"),
    ),
    hugging(
        "ViTModel",
        "image encoder",
        PIXELS,
        ("last_hidden_state",),
        config="ViT",
        options=VIT,
    ),
    hugging(
        "VitPoseForPoseEstimation",
        "keypoints",
        {"pixel_values": IMAGE},
        ("heatmaps",),
        config="VitPose",
        options=vitpose_options(),
    ),
    hugging(
        "CLIPTextModelWithProjection",
        "text",
        IDS,
        ("text_embeds",),
        config="CLIPText",
        options={**WORDS, "projection_dim": 24, "bos_token_id": 0, "eos_token_id": 89},
        may=None,
    ),
    hugging(
        "VisionEncoderDecoderModel",
        "image-to-text",
        {"pixel_values": IMAGE, "decoder_input_ids": TEXT},
        ("logits",),
        config="VisionEncoderDecoder",
        options={
            "encoder": transformers.ViTConfig(**VIT).to_dict(),
            "decoder": transformers.TrOCRConfig(
                vocab_size=90,
                d_model=32,
                decoder_layers=2,
                decoder_attention_heads=4,
                decoder_ffn_dim=48,
                cross_attention_hidden_size=32,
                use_cache=False,
            ).to_dict(),
        },
    ),
)
