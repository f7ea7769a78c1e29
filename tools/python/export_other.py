#!/usr/bin/env python3
"""Exports classifiers that are not timm's, and says what PyTorch gives for them.

OUT_DIR receives, for each network of other_models.py and each of its exporters:
  NAME.onnx                float32, one output `logits`, dynamic batch
  NAME.input.npy           float32 [2, C, H, W]
  NAME.truth.safetensors   stages.0 …, unpooled, pooled, logits for that input
  NAME.alt.safetensors     other defensible readings of a field, keys FIELD.alt.K
  NAME.match.json          per field the graph values that equal it: [value, kind]
and index.json: a list of { name, file, input, truth, arch, match, alternatives, absent, note },
paths relative to OUT_DIR; an export that failed has `error` in place of its files.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from export_small import EXPORTERS, check, export, to_numpy
from other_match import match, run_all
from other_models import OTHER_MODELS
from other_record import OtherModel, record
from randomise import randomise
from safetensors.numpy import save_file
from torch import nn

Entry = dict[str, Any]
Arrays = dict[str, np.ndarray]


def build(other: OtherModel) -> nn.Module:
    """Builds the network with random weights, the same ones each time."""
    torch.manual_seed(0)
    return randomise(other.build())


def write_matches(other: OtherModel, file: Path, inputs: np.ndarray, fields: Arrays) -> None:
    values = run_all(file, inputs)
    found = {
        key: match(values, wanted, other.layout if key.startswith("unpooled") else "NCHW")
        for key, wanted in fields.items()
    }
    file.with_suffix(".match.json").write_text(json.dumps(found, indent=1) + "\n")


def write_export(
    other: OtherModel,
    inputs: torch.Tensor,
    truth: Arrays,
    alternatives: Arrays,
    folder: Path,
    exporter: str,
) -> Entry:
    """Writes the files of one export; returns its entry of the index."""
    name = f"{other.name}-{exporter}"
    file = folder / f"{name}.onnx"
    entry: Entry = {"name": name, "arch": None}
    if other.note is not None:
        entry["note"] = other.note
    start = time.monotonic()
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # a failing exporter prints its graph
            # A fresh network: tracing leaves tensors in some, which torch.export cannot follow.
            export(build(other), inputs, file, exporter)
        error = check(file, inputs.numpy(), truth["logits"])
    except (Exception, SystemExit) as failure:  # an exporter's failure is a result, not the end
        file.unlink(missing_ok=True)
        text = f"{type(failure).__name__}: {failure}"
        print(f"{name}: {text.splitlines()[0][:150]}", flush=True)
        return entry | {"error": text[:600]}
    np.save(folder / f"{name}.input.npy", inputs.numpy())
    save_file(truth, folder / f"{name}.truth.safetensors")
    entry |= {"file": f"{name}.onnx", "input": f"{name}.input.npy"}
    entry |= {"truth": f"{name}.truth.safetensors", "match": f"{name}.match.json"}
    if other.pooled is None:
        entry["absent"] = ["pooled"]
    if alternatives:
        save_file(alternatives, folder / f"{name}.alt.safetensors")
        entry["alternatives"] = f"{name}.alt.safetensors"
    write_matches(other, file, inputs.numpy(), truth | alternatives)
    seconds = time.monotonic() - start
    print(f"{name}: logits within {error:.1e}, {seconds:.1f} s", flush=True)
    return entry


def write(name: str, folder: Path, exporters: list[str] | None) -> list[Entry]:
    """Writes the exports of one network and returns their entries of the index."""
    other = next(other for other in OTHER_MODELS if other.name == name)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    model = build(other)
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(2, *other.input_size, generator=generator)
    truth = to_numpy(record(model, other.taps(), inputs))
    alternatives = to_numpy(record(model, other.alternatives, inputs))
    with torch.no_grad():
        direct = model(inputs).numpy()
    if not all(np.allclose(direct, found["logits"], atol=1e-5) for found in (truth, alternatives)):
        raise SystemExit(f"{other.name}: the record's logits are not those of forward()")
    del alternatives["logits"]
    return [
        write_export(other, inputs, truth, alternatives, folder, exporter)
        for exporter in exporters or other.exporters
    ]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out_dir", type=Path, metavar="OUT_DIR")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="names or parts of names")
    parser.add_argument(
        "--exporters",
        nargs="+",
        choices=EXPORTERS,
        help="use these for every network; by default the slow ones are left to one exporter",
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    options = parser.parse_args()

    chosen = [
        other.name
        for other in OTHER_MODELS
        if options.only is None or any(part in other.name for part in options.only)
    ]
    if not chosen:
        raise SystemExit(f"--only: expected a part of {[other.name for other in OTHER_MODELS]}")
    options.out_dir.mkdir(parents=True, exist_ok=True)
    work = partial(write, folder=options.out_dir, exporters=options.exporters)
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        written = list(pool.map(work, chosen))
    entries = [entry for group in written for entry in group]
    (options.out_dir / "index.json").write_text(json.dumps(entries, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
