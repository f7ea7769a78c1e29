#!/usr/bin/env python3
"""Makes the goldens that packages/core tests src/features with.

Expected values come from torch (pooling, similarities, scores of logits), timm (class token) and
numpy in float64 (principal components, nearest neighbours, Mahalanobis distances). Run twice, it
writes the same bytes; `--check` makes everything again, compares with the committed files within a
tolerance, because kernels round differently on other CPUs, and exits with 1 on any difference.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import timm
import torch
import torch.nn.functional as F
from golden_files import write_or_compare
from timm.layers import SelectAdaptivePool2d
from timm.models.vision_transformer import global_pool_nlc

FIXTURES = Path(__file__).resolve().parents[2] / "packages/core/test/fixtures"
FOLDER = FIXTURES / "features"
SEED = 20_26
TOLERANCE = 1e-6


def floats(values: np.ndarray | torch.Tensor) -> list[object]:
    """Nested lists of the exact values."""
    return values.tolist()


def tensor(values: np.ndarray) -> dict[str, object]:
    """An input: shape and flat values, which are float32."""
    assert values.dtype == np.float32
    # The shortest decimals that name each float32; as float64 they would be three times as long.
    return {"shape": list(values.shape), "data": [float(str(value)) for value in values.ravel()]}


def normal(rng: np.random.Generator, *shape: int) -> np.ndarray:
    # Three decimals keep the files short.
    return np.round(rng.standard_normal(shape), 3).astype(np.float32)


# --- pooling ----------------------------------------------------------------------------------


def gem(stage: torch.Tensor, p: float, eps: float) -> torch.Tensor:
    """As Radenović et al. write it in their reference code, with torch's own operators."""
    size = (stage.shape[-2], stage.shape[-1])
    return F.avg_pool2d(stage.clamp(min=eps).pow(p), size).pow(1.0 / p).flatten(1)


def pooling(rng: np.random.Generator) -> dict[str, object]:
    stage = normal(rng, 2, 3, 4, 5)
    tokens = normal(rng, 2, 5, 4)
    x = torch.from_numpy(stage)
    cases = [
        {"options": {"kind": "avg"}, "pooled": SelectAdaptivePool2d(1, "avg", flatten=True)(x)},
        {"options": {"kind": "max"}, "pooled": SelectAdaptivePool2d(1, "max", flatten=True)(x)},
        {"options": {"kind": "gem"}, "pooled": gem(x.double(), 3, 1e-6)},
        {
            "options": {"kind": "gem", "p": 4.5, "eps": 0.1},
            "pooled": gem(x.double(), 4.5, 0.1),
        },
    ]
    first = global_pool_nlc(torch.from_numpy(tokens), "token", num_prefix_tokens=1)
    return {
        "stage": tensor(stage),
        "cases": [{**case, "pooled": floats(case["pooled"].ravel())} for case in cases],
        "tokens": tensor(tokens),
        "classToken": floats(first.ravel()),
    }


# --- similarity -------------------------------------------------------------------------------


def similarity(rng: np.random.Generator) -> dict[str, object]:
    query, gallery = normal(rng, 3, 6), normal(rng, 7, 6)
    a, b = torch.from_numpy(query).double(), torch.from_numpy(gallery).double()
    cosines = F.cosine_similarity(a[:, None], b[None], dim=-1)
    order = torch.argsort(cosines, dim=1, descending=True, stable=True)
    return {
        "query": tensor(query),
        "gallery": tensor(gallery),
        "cosines": floats(cosines.ravel()),
        "order": floats(order),
    }


# --- principal components ---------------------------------------------------------------------


def principal_components(stage: np.ndarray, components: int) -> np.ndarray:
    """[components, H, W], by a full singular value decomposition."""
    channels, height, width = stage.shape
    positions = stage.reshape(channels, -1).T.astype(np.float64)
    positions -= positions.mean(axis=0)
    u, s, _ = np.linalg.svd(positions, full_matrices=False)
    planes = np.zeros((components, height * width))
    for k in range(min(components, len(s))):
        if s[k] ** 2 <= 1e-12 * s[0] ** 2:
            continue
        scores = u[:, k]
        if scores[np.argmax(np.abs(scores))] < 0:
            scores = -scores
        planes[k] = (scores - scores.min()) / (scores.max() - scores.min())
    return planes.reshape(components, height, width)


def pca(rng: np.random.Generator) -> list[dict[str, object]]:
    def smooth(channels: int, height: int, width: int) -> np.ndarray:
        # A few patterns, weaker and weaker, below some noise: the components are well apart.
        patterns = rng.standard_normal((4, height, width)) * np.array([8, 4, 2, 1])[:, None, None]
        mixed = np.einsum("cp,phw->chw", rng.standard_normal((channels, 4)), patterns)
        return np.round(mixed + 0.1 * rng.standard_normal(mixed.shape), 2).astype(np.float32)

    maps = [
        ("few channels", smooth(5, 6, 7)),
        ("more channels than positions", smooth(40, 3, 4)),
        ("too large for Jacobi, by channel", smooth(30, 6, 6)),
        ("too large for Jacobi, by position", smooth(40, 5, 6)),
        ("two channels, so no third component", smooth(2, 3, 3)),
        ("two channels that are one", np.repeat(smooth(1, 3, 4), 2, axis=0)),
    ]
    return [
        {
            "name": name,
            "map": tensor(stage[None]),
            "planes": floats(np.round(principal_components(stage, 3).ravel(), 9)),
        }
        for name, stage in maps
    ]


# --- out of distribution ----------------------------------------------------------------------


def logit_scores(rng: np.random.Generator) -> dict[str, object]:
    logits = normal(rng, 4, 6) * np.float32(3)
    # Powers of these overflow float32 and float64 unless the largest is taken out first.
    logits[3] = np.float32([900, 899, -900, 0, 1, 2])
    z = torch.from_numpy(logits).double()
    return {
        "logits": tensor(logits),
        "energy": [
            {"temperature": t, "scores": floats(t * torch.logsumexp(z / t, dim=1))}
            for t in (1.0, 0.5, 10.0)
        ],
        "maxLogit": floats(z.max(dim=1).values),
        "maxSoftmax": floats(torch.softmax(z, dim=1).max(dim=1).values),
    }


def nearest(rng: np.random.Generator) -> dict[str, object]:
    train, test = normal(rng, 9, 5), normal(rng, 4, 5)
    # One that is fitted, in another length: distance 0.
    test[3] = train[2] * np.float32(2)
    a, b = train.astype(np.float64), test.astype(np.float64)
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    b /= np.linalg.norm(b, axis=1, keepdims=True)
    distances = np.sort(np.linalg.norm(b[:, None] - a[None], axis=2), axis=1)
    return {
        "train": tensor(train),
        "test": tensor(test),
        "scores": [{"k": k, "scores": floats(-distances[:, k - 1])} for k in (1, 3, 9)],
    }


def mahalanobis_of_stage(
    train: np.ndarray, labels: np.ndarray, test: np.ndarray, shrinkage: float
) -> np.ndarray:
    """By the inverse itself: slower and plainer than a decomposition."""
    train, test = train.astype(np.float64), test.astype(np.float64)
    means = np.stack([train[labels == label].mean(axis=0) for label in np.unique(labels)])
    residuals = train - means[np.searchsorted(np.unique(labels), labels)]
    covariance = residuals.T @ residuals / len(train)
    width = len(covariance)
    even = np.trace(covariance) / width * np.eye(width)
    precision = np.linalg.inv((1 - shrinkage) * covariance + shrinkage * even)
    rest = test[:, None] - means[None]
    return (-np.einsum("ncd,de,nce->nc", rest, precision, rest)).max(axis=1)


def mahalanobis(rng: np.random.Generator) -> dict[str, object]:
    labels = np.array([4, 7, 4, 7, 7, 4, 9, 9, 9, 4, 7, 9, 4, 7])
    train = [normal(rng, len(labels), width) for width in (3, 20)]
    train = [x + (labels % 5)[:, None].astype(np.float32) for x in train]
    test = [normal(rng, 4, width) for width in (3, 20)]
    cases = []
    for stages, shrinkage in (([0], 0.0), ([0], 0.3), ([0, 1], 0.1), ([1], 1.0)):
        scores = sum(
            mahalanobis_of_stage(train[i], labels, test[i], shrinkage) for i in stages
        )
        cases.append({"stages": stages, "shrinkage": shrinkage, "scores": floats(scores)})
    return {
        "labels": floats(labels),
        "train": [tensor(x) for x in train],
        "test": [tensor(x) for x in test],
        "cases": cases,
    }


def auroc(rng: np.random.Generator) -> dict[str, object]:
    # Few distinct values: many ties.
    inside, outside = rng.integers(2, 8, 15), rng.integers(0, 6, 11)
    wins = (inside[:, None] > outside[None]).mean()
    ties = (inside[:, None] == outside[None]).mean()
    return {"inside": floats(inside), "outside": floats(outside), "area": float(wins + ties / 2)}


# --- files ------------------------------------------------------------------------------------


def make_files() -> dict[str, bytes]:
    makers = {
        "auroc": auroc,
        "logits": logit_scores,
        "mahalanobis": mahalanobis,
        "nearest": nearest,
        "pca": pca,
        "pooling": pooling,
        "similarity": similarity,
    }
    files = {}
    for name, make in makers.items():
        # A generator each: a change to one file leaves the others alone.
        content = make(np.random.default_rng([SEED, *name.encode()]))
        versions = {"timm": timm.__version__, "torch": torch.__version__.split("+")[0]}
        document = {"numpy": np.__version__, **versions, "golden": content}
        files[f"features/{name}.json"] = (json.dumps(document) + "\n").encode()
    return files


def same_value(made: object, kept: object) -> bool:
    if isinstance(made, dict) and isinstance(kept, dict):
        return made.keys() == kept.keys() and all(same_value(made[k], kept[k]) for k in made)
    if isinstance(made, list) and isinstance(kept, list):
        return len(made) == len(kept) and all(map(same_value, made, kept))
    if isinstance(made, float) and isinstance(kept, float):
        return abs(made - kept) <= TOLERANCE * max(1.0, abs(made))
    return made == kept


def same_file(_name: str, made: bytes, kept: bytes) -> bool:
    return same_value(json.loads(made), json.loads(kept))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()
    files = make_files()
    found = write_or_compare(
        files, FIXTURES, check=arguments.check, same=same_file, owned=[FOLDER]
    )
    total = sum(len(data) for data in files.values())
    print("\n".join(found) or f"{len(files)} files, {total} bytes.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
