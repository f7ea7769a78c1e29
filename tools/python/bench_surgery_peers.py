#!/usr/bin/env python3
"""Python peers of `featuretap tap`, one case a process, for the surgery benchmark.

  bench_surgery_peers.py run CASE MODEL OUT --inputs input --outputs VALUE…
  bench_surgery_peers.py compare MODEL FILE… --values JSON
  bench_surgery_peers.py versions

`run` times the work alone, after all imports, and prints {"workMs", "peakBytes"}. Each peer is used
as its documentation shows, with the options that make it do least. `compare` runs files in
onnxruntime and requires the same bits of every value.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx

Edit = Callable[[Path, Path, list[str], list[str]], None]


def data_name(out: Path) -> str:
    return f"{out.name}.data"


def add_outputs(model: onnx.ModelProto, values: list[str]) -> None:
    """Copies what the file says of each value to the outputs of the graph."""
    have = {output.name for output in model.graph.output}
    known = {info.name: info for info in model.graph.value_info}
    model.graph.output.extend(known[value] for value in values if value not in have)


def with_onnx(model: Path, out: Path, _inputs: list[str], values: list[str]) -> None:
    proto = onnx.load(model)
    add_outputs(proto, values)
    if (model.parent / data_name(model)).exists():
        onnx.save(proto, out, save_as_external_data=True, location=data_name(out))
    else:
        onnx.save(proto, out)


def with_onnx_header(model: Path, out: Path, _inputs: list[str], values: list[str]) -> None:
    """Leaves external weights unread; the output must stand beside them."""
    proto = onnx.load(model, load_external_data=False)
    add_outputs(proto, values)
    onnx.save(proto, out)


def with_extract(model: Path, out: Path, inputs: list[str], values: list[str]) -> None:
    # Without its checks and its shape inference, which by default come on top.
    onnx.utils.extract_model(
        str(model), str(out), inputs, values, check_model=False, infer_shapes=False
    )


def with_ir(model: Path, out: Path, values: list[str], external_data: str | None) -> None:
    import onnx_ir as ir

    loaded = ir.load(model)
    have = {output.name for output in loaded.graph.outputs}
    by_name = {value.name: value for node in loaded.graph for value in node.outputs}
    loaded.graph.outputs.extend(by_name[value] for value in values if value not in have)
    ir.save(loaded, out, external_data=external_data)


def with_ir_as_is(model: Path, out: Path, _inputs: list[str], values: list[str]) -> None:
    with_ir(model, out, values, None)


def with_ir_external(model: Path, out: Path, _inputs: list[str], values: list[str]) -> None:
    with_ir(model, out, values, data_name(out))


def with_graphsurgeon(model: Path, out: Path, _inputs: list[str], values: list[str]) -> None:
    import onnx_graphsurgeon as gs

    graph = gs.import_onnx(onnx.load(model))
    have = {output.name for output in graph.outputs}
    tensors = graph.tensors()
    graph.outputs.extend(tensors[value] for value in values if value not in have)
    proto = gs.export_onnx(graph)
    if (model.parent / data_name(model)).exists():
        onnx.save(proto, out, save_as_external_data=True, location=data_name(out))
    else:
        onnx.save(proto, out)


CASES: dict[str, Edit] = {
    "onnx": with_onnx,
    "onnx-header": with_onnx_header,
    "extract-model": with_extract,
    "onnx-ir": with_ir_as_is,
    "onnx-ir-external": with_ir_external,
    "graphsurgeon": with_graphsurgeon,
}


def peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def run(options: argparse.Namespace) -> int:
    # Imports are not work: every peer's are done before the clock starts.
    if options.case.startswith("onnx-ir"):
        import onnx_ir  # noqa: F401
    elif options.case == "graphsurgeon":
        import onnx_graphsurgeon  # noqa: F401
    import onnx.utils  # noqa: F401

    start = time.perf_counter()
    CASES[options.case](options.model, options.out, options.inputs, options.outputs)
    work = (time.perf_counter() - start) * 1e3
    print(json.dumps({"workMs": work, "peakBytes": peak_bytes()}))
    return 0


Bits = tuple[str, bytes]


def bits(path: Path, names: list[str], image: np.ndarray) -> list[Bits]:
    """Dtype and shape, and bytes, of outputs of a model; two fields can be one output."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    unique = sorted(set(names))
    arrays = session.run(unique, {session.get_inputs()[0].name: image})
    found = {}
    for name, array in zip(unique, arrays, strict=True):
        if not np.isfinite(array).all() or not array.any():
            raise SystemExit(f"{path.name}: {name} is not finite or all zero, so it shows nothing")
        found[name] = (f"{array.dtype}{list(array.shape)}", array.tobytes())
    return [found[name] for name in names]


def compare(options: argparse.Namespace) -> int:
    """`--values` is [{"file", "names"}], the names in the same order for all files, logits last."""
    image = np.random.default_rng(1).standard_normal((1, 3, 224, 224), np.float32)
    entries = json.loads(options.values)
    original = bits(options.model, ["logits"], image)
    first: list[Bits] = []
    for entry in entries:
        got = bits(Path(entry["file"]), entry["names"], image)
        if got[-1:] != original:
            raise SystemExit(f"{entry['file']}: logits differ from those of the original")
        first = first or got
        for name, one, other in zip(entry["names"], first, got, strict=True):
            if one != other:
                raise SystemExit(f"{entry['file']}: {name} differs from the first file's")
    print(json.dumps({"files": len(entries), "values": len(first)}))
    return 0


def versions() -> int:
    found: dict[str, str | None] = {"python": sys.version.split()[0]}
    for name in ("onnx", "onnx-ir", "onnx-graphsurgeon", "protobuf", "onnxruntime"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
    print(json.dumps(found))
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Python peers of featuretap tap.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("run")
    one.add_argument("case", choices=CASES)
    one.add_argument("model", type=Path)
    one.add_argument("out", type=Path)
    one.add_argument("--inputs", nargs="+", required=True)
    one.add_argument("--outputs", nargs="+", required=True)
    two = commands.add_parser("compare")
    two.add_argument("model", type=Path)
    two.add_argument("--values", required=True)
    commands.add_parser("versions")
    options = parser.parse_args()
    if options.command == "run":
        return run(options)
    return compare(options) if options.command == "compare" else versions()


if __name__ == "__main__":
    sys.exit(main())
