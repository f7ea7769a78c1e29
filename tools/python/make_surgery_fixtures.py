#!/usr/bin/env python3
"""Makes the models that packages/onnx-export tests surgery with, and what is true of them.

Under packages/onnx-export/test/fixtures:
  exports/NAME.onnx.gz   real exports by both exporters of PyTorch, without their weights
  exports/truth.json     for each: which graph values equal which field of PyTorch's record, found
                         by comparing numbers, and the shape of every value
  models/NAME.onnx       tiny models with weights, see surgery_models.py
  models/shapes.json     the shape of every value of those that onnxruntime runs

Shapes are those of arrays that onnxruntime returns at two batch sizes. `--check` makes everything
again, compares with the committed files and exits with 1 on any difference.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import timm
import torch
import torchvision
from export_small import EXPORTERS, export, to_numpy
from golden_files import write_or_compare
from onnx import TensorProto
from small_models import (
    SmallModel,
    build,
    timm_truth,
    torchvision_resnet_truth,
    torchvision_vit_truth,
)
from surgery_models import SIDE, VALID, special_files, to_bytes

FIXTURES = Path(__file__).resolve().parents[2] / "packages/onnx-export/test/fixtures"
BATCHES = (2, 3)
TOLERANCE = 1e-4
"""Largest difference of equal tensors, as a part of the largest element; float32 noise is 1e-6."""

KEPT_METADATA = {"namespace", "pkg.torch.onnx.name_scopes", "pkg.torch.onnx.class_hierarchy"}
"""Metadata of nodes that is kept; stack traces hold paths of the machine."""

Adapter = dict[str, Any]


def _timm(name: str) -> SmallModel:
    return SmallModel(
        f"timm-{name}",
        name,
        (3, 160, 160),
        lambda: timm.create_model(name, pretrained=False, exportable=True),
        timm_truth,
    )


NETWORKS = (
    _timm("test_resnet"),
    _timm("test_vit"),
    _timm("test_efficientnet"),
    SmallModel(
        "torchvision-resnet18",
        None,
        (3, 64, 64),
        lambda: torchvision.models.resnet18(weights=None),
        torchvision_resnet_truth,
    ),
    SmallModel(
        "torchvision-vit",
        None,
        (3, 64, 64),
        lambda: torchvision.models.VisionTransformer(
            image_size=64,
            patch_size=16,
            num_layers=3,
            num_heads=2,
            hidden_dim=32,
            mlp_dim=64,
            num_classes=10,
        ),
        torchvision_vit_truth,
    ),
)


def all_values(model: onnx.ModelProto, feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Every value of the main graph, with optimisations off so that none is fused away."""
    exposed = onnx.ModelProto()
    exposed.CopyFrom(model)
    del exposed.graph.output[:]
    names = [name for node in model.graph.node for name in node.output if name]
    for name in names:
        exposed.graph.output.add(name=name)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        exposed.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return dict(zip(names, session.run(names, feeds), strict=True))


def symbolic(runs: list[dict[str, np.ndarray]]) -> dict[str, list[int | str]]:
    """Shapes as the surgery writes them: the batch is `batch`, multiples are `K*batch`."""

    def dim(first: int, second: int) -> int | str:
        if first == second:
            return first
        factor = first // BATCHES[0]
        if (factor * BATCHES[0], factor * BATCHES[1]) != (first, second):
            raise SystemExit(f"sizes {first} and {second} do not follow the batch")
        return "batch" if factor == 1 else f"{factor}*batch"

    one, two = runs
    return {
        name: [dim(a, b) for a, b in zip(one[name].shape, two[name].shape, strict=True)]
        for name in one
    }


def equal(found: np.ndarray, wanted: np.ndarray) -> bool:
    if found.shape != wanted.shape or found.dtype.kind != "f":
        return False
    return bool(np.abs(found - wanted).max() <= TOLERANCE * np.abs(wanted).max())


def adapted(value: np.ndarray, wanted: np.ndarray) -> Iterable[tuple[Adapter | None, np.ndarray]]:
    """What each adapter would make of a value, for those whose result has the wanted shape."""
    yield None, value
    if wanted.ndim == 4 and value.ndim == 4:
        yield {"kind": "nhwc-to-nchw"}, value.transpose(0, 3, 1, 2)
    if wanted.ndim == 4 and value.ndim == 3:
        rows, channels, *size = wanted.shape
        prefix = value.shape[1] - size[0] * size[1]
        if prefix >= 0 and value.shape[2] == channels:
            kind = {"kind": "tokens-to-map", "prefixTokens": prefix, "size": size}
            yield kind, value[:, prefix:].transpose(0, 2, 1).reshape(wanted.shape)
    if wanted.ndim == 2 and value.ndim > 2 and value.size == wanted.size:
        yield {"kind": "flatten"}, value.reshape(wanted.shape)
    if wanted.ndim == 2 and value.ndim == 3 and value.shape[2] == wanted.shape[1]:
        for index in range(min(2, value.shape[1])):
            yield {"kind": "token", "index": index}, value[:, index]


def answers(values: dict[str, np.ndarray], wanted: np.ndarray) -> list[dict[str, Any]]:
    found = [
        {"value": name, "adapter": adapter}
        for name, value in values.items()
        for adapter, result in adapted(value, wanted)
        if equal(result, wanted)
    ]
    if not found:
        raise SystemExit(f"no value of the graph equals a field of shape {wanted.shape}")
    return found


def strip(model: onnx.ModelProto) -> bytes:
    """The file without its weights: float initializers point into a side file that is absent."""
    offset = 0
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or len(tensor.dims) == 0:
            continue
        size = 4 * int(np.prod(tensor.dims))
        for field in ("raw_data", "float_data"):
            tensor.ClearField(field)
        tensor.data_location = TensorProto.EXTERNAL
        where = {"location": "weights.bin", "offset": offset, "length": size}
        for key, value in where.items():
            tensor.external_data.add(key=key, value=str(value))
        offset += size
    for node in model.graph.node:
        kept = [entry for entry in node.metadata_props if entry.key in KEPT_METADATA]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    for props in (model.metadata_props, model.graph.metadata_props):
        del props[:]
    for info in (*model.graph.input, *model.graph.output, *model.graph.value_info):
        del info.metadata_props[:]
    for tensor in model.graph.initializer:
        del tensor.metadata_props[:]
    return to_bytes(model)


def export_files() -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    truth: dict[str, Any] = {}
    for network in NETWORKS:
        module = build(network)
        generator = torch.Generator().manual_seed(1)
        inputs = torch.randn(BATCHES[-1], *network.input_size, generator=generator)
        with torch.no_grad():
            record = to_numpy(network.truth(module, inputs))
        for exporter in EXPORTERS:
            name = f"{network.name}-{exporter}"
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "model.onnx"
                export(module, inputs[:2], path, exporter)
                model = onnx.load(path)
            runs = [all_values(model, {"input": inputs.numpy()[:count]}) for count in BATCHES]
            fields = {key: answers(runs[-1], wanted) for key, wanted in record.items()}
            truth[name] = {"fields": fields, "shapes": symbolic(runs)}
            files[f"exports/{name}.onnx.gz"] = gzip.compress(strip(model), mtime=0)
            print(f"{name}: {len(model.graph.node)} nodes", flush=True)
    files["exports/truth.json"] = to_json(truth)
    return files


def model_files() -> dict[str, bytes]:
    files = {f"models/{name}": content for name, content in special_files().items()}
    shapes = {}
    rows = np.random.default_rng(0).standard_normal((BATCHES[-1], 3, SIDE, SIDE))
    for name, make in VALID.items():
        model = make()
        onnx.checker.check_model(model)
        half = model.graph.input[-1].type.tensor_type.elem_type == TensorProto.FLOAT16
        batch = rows.astype(np.float16 if half else np.float32)
        shapes[name] = symbolic([all_values(model, {"input": batch[:n]}) for n in BATCHES])
        files[f"models/{name}.onnx"] = to_bytes(model)
    files["models/shapes.json"] = to_json(shapes)
    return files


def to_json(value: dict[str, Any]) -> bytes:
    """One line for each model: small, and a diff shows which one changed."""
    lines = [f"{json.dumps(key)}: {json.dumps(item)}" for key, item in value.items()]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def same(name: str, expected: bytes, found: bytes) -> bool:
    if name.endswith(".gz"):  # zlib versions compress differently
        return gzip.decompress(expected) == gzip.decompress(found)
    return expected == found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    torch.set_num_threads(1)
    files = {**model_files(), **export_files()}
    different = write_or_compare(files, FIXTURES, check=check, same=same, owned=[FIXTURES / "exports", FIXTURES / "models"])
    for name in different:
        print(f"differs: {name}")
    versions = f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}, "
    versions += f"torch {torch.__version__}, timm {timm.__version__}"
    print(f"{len(files)} files, {len(different)} differ ({versions})")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
