#!/usr/bin/env python3
"""Exports a timm classifier to ONNX, with its configuration inside and its stages kept.

One input `input`, one output `logits`, dynamic batch, fixed height and width. The file is checked
against PyTorch at two batch sizes before it gets its name.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import signal
import sys
import time

from export_error import ExportError, first_line, reject_output_path

PACKAGES = ("torch", "timm", "onnx", "onnxscript", "onnxruntime", "numpy")

MAX_BYTES = 2_000_000_000
"""Weights that surely fit into one protobuf message, which ends at 2 GiB; bytes."""

INTERRUPTED = 130


class Parser(argparse.ArgumentParser):
    """A parser whose errors are errors of featuretap, so that --json holds for them too."""

    def error(self, message: str) -> None:
        raise ExportError("OPTION_INVALID", "valid arguments", message, "add --help for usage")


def positive(text: str) -> int:
    """A whole number above 0."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return int(text)


def seed(text: str) -> int:
    """A seed that torch takes."""
    if not text.isdecimal() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"expected a whole number, 0 or more, got {text!r}")
    return int(text)


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = Parser(
        prog="featuretap_export.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Example:\n"
        "  python featuretap_export.py resnet18.a1_in1k -o resnet18.onnx --pretrained",
        allow_abbrev=False,
    )
    parser.add_argument("arch", metavar="ARCH", help="name in timm: resnet18 or resnet18.a1_in1k")
    parser.add_argument("-o", "--out", required=True, metavar="FILE", help="file to write")
    parser.add_argument("--exporter", choices=("torchscript", "dynamo"), default="torchscript")
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument("--checkpoint", metavar="FILE", help="weights to load")
    weights.add_argument("--pretrained", action="store_true", help="timm's weights of that name")
    parser.add_argument("--num-classes", type=positive, metavar="N", help="classes of the head")
    parser.add_argument("--img-size", type=positive, metavar="N", help="height and width, pixels")
    parser.add_argument("--opset", type=positive, default=18, metavar="N", help="default: 18")
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="of random weights")
    parser.add_argument(
        "--randomise", action="store_true", help="no trivial weights, so that every stage differs"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    return parser.parse_args(arguments)


def progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def check_packages() -> None:
    """Says what to install before an import fails with a stack trace."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise ExportError(
            "RUNTIME_FAILED",
            f"the Python packages {', '.join(PACKAGES)}",
            f"none named {', '.join(missing)} in {sys.executable}",
            f"run: {sys.executable} -m pip install {' '.join(missing)}",
        )
    try:
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
        import timm  # noqa: F401
    except Exception as error:  # a native part that does not load raises OSError and others
        raise ExportError(
            "RUNTIME_FAILED",
            f"the Python packages {', '.join(PACKAGES)} to load",
            f"'{first_line(error)}'",
            f"run: {sys.executable} -m pip install --force-reinstall {' '.join(PACKAGES)}",
        ) from error


def export(options: argparse.Namespace) -> dict[str, object]:
    """Exports, checks, and gives the file its name. What is left on failure: nothing."""
    started = time.monotonic()
    reject_output_path(options.out)
    check_packages()
    import torch
    from build_model import ModelRequest, build_model, input_size
    from export_checked import export_checked
    from model_metadata import versions

    request = ModelRequest(
        name=options.arch,
        checkpoint=options.checkpoint,
        pretrained=options.pretrained,
        num_classes=options.num_classes,
        img_size=options.img_size,
        seed=options.seed,
        randomise=options.randomise,
    )
    progress(f"building {options.arch}")
    model = build_model(request)
    if not options.pretrained and options.checkpoint is None:
        progress("its weights are random; --pretrained or --checkpoint gives trained ones")
    tensors = model.state_dict().values()
    weight_bytes = sum(tensor.numel() * tensor.element_size() for tensor in tensors)
    if weight_bytes > MAX_BYTES:
        raise ExportError(
            "MODEL_LIMIT",
            f"at most {MAX_BYTES / 1e9:.0f} GB of weights, as one ONNX file holds",
            f"{weight_bytes / 1e9:.1f} GB",
            "choose a smaller architecture",
        )
    generator = torch.Generator().manual_seed(options.seed)
    inputs = torch.randn(2, *input_size(model, options.img_size), generator=generator)
    folder, name = os.path.split(options.out)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.tmp")
    try:
        result = export_checked(
            model, inputs, temporary, exporter=options.exporter, opset=options.opset, tell=progress
        )
        os.replace(temporary, options.out)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)
    return {
        "file": options.out,
        "architecture": model.pretrained_cfg["architecture"],
        "exporter": options.exporter,
        "opset": result.opset,
        "batch": result.batch,
        "bytes": os.path.getsize(options.out),
        "seconds": round(time.monotonic() - started, 1),
        "logitsError": result.logits_error,
        "versions": versions(),
        "unfolded": result.unfolded,
    }


def describe(result: dict[str, object]) -> str:
    kept = f"; kept unfolded: {', '.join(result['unfolded'])}" if result["unfolded"] else ""
    return (
        f"Wrote {result['file']} ({result['bytes'] / 1e6:.1f} MB): {result['architecture']}, "
        f"{result['exporter']}, opset {result['opset']}, {result['batch']} batch, "
        f"logits within {result['logitsError']:.1e} of PyTorch{kept}."
    )


def interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    json_wanted = "--json" in arguments
    # Libraries print too, some from C++ (TorchScript shows the whole graph when it fails);
    # standard output is kept for the result.
    result_stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    try:
        options = parse_arguments(arguments)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        signal.signal(signal.SIGTERM, interrupt)
        result = export(options)
        text = json.dumps(result) if json_wanted else describe(result)
        code = 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        known = isinstance(error, ExportError)
        error_code = error.code if known else "INTERNAL"
        unknown = f"expected to export, got '{first_line(error)}'; report it"
        message = str(error) if known else unknown
        text = json.dumps({"error": {"code": error_code, "message": message}})
        if not json_wanted:
            print(f"error: {message}", file=sys.stderr)
            text = ""
        code = 2 if error_code == "OPTION_INVALID" else 1
    if text:
        print(text, file=result_stream, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
