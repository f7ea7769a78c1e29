#!/usr/bin/env python3
"""Exports networks that classify no images, to see what is claimed of them.

OUT_DIR receives NAME.onnx for each network below, small and with random weights, and index.json: a
list of { name, file, kind, inputs, expect }. `inputs` holds the dtype and the shape that the file
runs with, and `below` for integers. `expect` is what a truthful answer is: `refusal`, the error
code, or else the fields that `may` be found; any other field must be absent. A network that cannot
be exported has `error` in place of `file`.

Dense prediction, detection and restoration have stages and a last map, but no vector of the whole
image and no class scores. Image and text encoders have a pooled vector of the image.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import onnx
import onnxruntime
import torch
from not_classifier import Network
from not_classifiers_plain import PLAIN_NETWORKS
from not_classifiers_torchvision import TORCHVISION_NETWORKS
from not_classifiers_transformers import TRANSFORMERS_NETWORKS
from randomise import randomise

OPSET = 18
NO_IMAGE = "MODEL_NO_IMAGE_INPUT"
NETWORKS = (*PLAIN_NETWORKS, *TORCHVISION_NETWORKS, *TRANSFORMERS_NETWORKS)


def export(network: Network, file: Path) -> None:
    torch.manual_seed(0)
    model = randomise(network.build())
    tensors = tuple(given.tensor(i) for i, given in enumerate(network.inputs.values()))
    # Dimensions get names of their own: an image's width is no length of a text.
    axes = {
        name: {axis: "batch" if axis == 0 else f"{name}_{axis}" for axis in given.dynamic}
        for name, given in network.inputs.items()
        if given.dynamic
    }
    batched = {name: {0: "batch"} for name in network.outputs} if axes else {}
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # what the tracer thinks of Python conditions
        torch.onnx.export(
            model,
            tensors,
            file,
            dynamo=False,
            opset_version=OPSET,
            input_names=list(network.inputs),
            output_names=list(network.outputs),
            dynamic_axes={**axes, **batched},
        )
    onnx.checker.check_model(file)
    # A file that onnxruntime refuses says nothing about what taps do to it.
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    feeds = zip(network.inputs, tensors, strict=True)
    session.run(None, {name: tensor.numpy() for name, tensor in feeds})


def entry_of(network: Network, folder: Path) -> dict[str, Any]:
    expect = {"refusal": NO_IMAGE} if network.may is None else {"may": list(network.may)}
    entry: dict[str, Any] = {"name": network.name, "kind": network.kind, "expect": expect}
    file = folder / f"{network.name}.onnx"
    try:
        export(network, file)
    except (Exception, SystemExit) as failure:  # an exporter's failure is a result, not the end
        file.unlink(missing_ok=True)
        lines = str(failure).strip().splitlines() or [""]
        return {**entry, "error": f"{type(failure).__name__}: {lines[0]}"}
    inputs = {
        name: {
            "dtype": "float32" if given.below is None else "int64",
            "shape": list(given.shape),
            **({} if given.below is None else {"below": given.below}),
        }
        for name, given in network.inputs.items()
    }
    return {**entry, "file": file.name, "inputs": inputs}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out_dir", type=Path, metavar="OUT_DIR")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these networks")
    options = parser.parse_args()

    options.out_dir.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    chosen = [one for one in NETWORKS if not options.names or one.name in options.names]
    entries = []
    for network in chosen:
        entry = entry_of(network, options.out_dir)
        print(f"{network.name}: {entry.get('error', 'exported')}", flush=True)
        entries.append(entry)
    (options.out_dir / "index.json").write_text(json.dumps(entries, indent=2) + "\n")
    failed = sum("error" in entry for entry in entries)
    print(f"{len(entries) - failed} exported, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
