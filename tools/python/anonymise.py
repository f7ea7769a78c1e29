#!/usr/bin/env python3
"""Removes every name and all metadata from exported models: only structure stays.

  anonymise.py REFERENCE_DIR OUT_DIR [--keep-weights]

Takes the exports and truths of a reference folder (NAME.EXPORTER.onnx.gz, NAME.json) and writes the
same files with node names empty, values and initializers numbered in order of appearance,
documentation, metadata and intermediate value infos gone, and the truth renamed to match.
`--keep-weights` keeps the names of initializers, as exports before torch 1.13 have them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from pathlib import Path

import onnx


class Numbers:
    """Names in order of first use."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def keep(self, name: str) -> None:
        self.names[name] = name

    def of(self, name: str) -> str:
        return "" if name == "" else self.names.setdefault(name, f"v{len(self.names)}")


def rename_graph(graph: onnx.GraphProto, numbers: Numbers) -> None:
    """Renames everything in a graph and in the bodies of its nodes."""
    graph.name = "g"
    graph.doc_string = ""
    del graph.metadata_props[:]
    del graph.value_info[:]
    for value in graph.input:
        value.name = numbers.of(value.name)
    for node in graph.node:
        node.input[:] = [numbers.of(name) for name in node.input]
        node.output[:] = [numbers.of(name) for name in node.output]
        node.name = ""
        node.doc_string = ""
        del node.metadata_props[:]
        for attribute in node.attribute:
            for body in [attribute.g, *attribute.graphs]:
                if body.node:
                    rename_graph(body, numbers)
    for tensor in graph.initializer:
        tensor.name = numbers.of(tensor.name)
        tensor.doc_string = ""
        del tensor.metadata_props[:]
    for value in graph.output:
        value.name = numbers.of(value.name)


def anonymise(model: onnx.ModelProto, *, keep_weights: bool) -> dict[str, str]:
    """Removes the names in place; returns what each value was renamed to."""
    numbers = Numbers()
    if keep_weights:
        for tensor in model.graph.initializer:
            numbers.keep(tensor.name)
    model.producer_name = model.producer_version = model.doc_string = model.domain = ""
    del model.metadata_props[:]
    rename_graph(model.graph, numbers)
    return numbers.names


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("reference", type=Path, metavar="REFERENCE_DIR")
    parser.add_argument("out_dir", type=Path, metavar="OUT_DIR")
    parser.add_argument("--keep-weights", action="store_true", help="keep initializers' names")
    options = parser.parse_args()
    options.out_dir.mkdir(parents=True, exist_ok=True)
    count = 0
    for path in sorted(options.reference.glob("*.json")):
        case = json.loads(path.read_text())
        for exporter, export in case["exports"].items():
            if "truth" not in export:
                continue
            name = f"{case['model']}.{exporter}.onnx.gz"
            packed = (options.reference / name).read_bytes()
            model = onnx.load_model_from_string(gzip.decompress(packed))
            renamed = anonymise(model, keep_weights=options.keep_weights)
            export["truth"] = {
                field: [[renamed[value], kind] for value, kind in values]
                for field, values in export["truth"].items()
            }
            compressed = gzip.compress(model.SerializeToString(), compresslevel=1, mtime=0)
            (options.out_dir / name).write_bytes(compressed)
            count += 1
        (options.out_dir / path.name).write_text(json.dumps(case))
    print(f"{count} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
