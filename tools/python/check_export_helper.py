#!/usr/bin/env python3
"""Checks the export helper on small timm models: what it writes, keeps, refuses and leaves behind.

Prints one line a check; exits 1 when one fails.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import helper_path  # noqa: F401
import numpy as np
import onnx
import onnxruntime
import torch
from build_model import ModelRequest, build_model

ROOT = Path(__file__).resolve().parents[2]
HELPER = ROOT / "packages" / "onnx-export" / "python" / "featuretap_export.py"

TOLERANCE = 1e-4
"""Largest error, as a part of the largest expected value; float32 noise is 1e-6."""

EXPORTERS = ("torchscript", "dynamo")

STEM_STAGES = ("ghostnet_050", "repghostnet_050")
"""Networks whose stage 0 is the raw output of `conv_stem`, which folding would erase."""


def run_helper(*arguments: str) -> tuple[int, dict, str]:
    """Exit code, the document on standard output, and standard error."""
    done = subprocess.run(
        [sys.executable, str(HELPER), *arguments, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    if len(lines) != 1:
        raise AssertionError(f"{len(lines)} lines on standard output; {done.stderr[-500:]}")
    return done.returncode, json.loads(lines[0]), done.stderr


def expect(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)


def module_output(model: onnx.ModelProto, module: str) -> str:
    """Name of the value that the Conv of a module gives, found by the exporter's module path."""
    for node in model.graph.node:
        scopes = {entry.key: entry.value for entry in node.metadata_props}
        path = scopes.get("pkg.torch.onnx.name_scopes", "")
        if node.op_type == "Conv" and (
            node.name == f"/{module}/Conv" or path.startswith(f"['', '{module}', ")
        ):
            return node.output[0]
    raise AssertionError(f"no Conv of the module {module}")


def count_foldable(model: onnx.ModelProto) -> int:
    """BatchNormalization nodes that are all that takes the output of a Conv."""
    nodes = model.graph.node
    convs = {node.output[0] for node in nodes if node.op_type == "Conv"}
    takers = [name for node in nodes for name in node.input if name in convs]
    return sum(
        node.op_type == "BatchNormalization" and takers.count(node.input[0]) == 1 for node in nodes
    )


def error_of(found: np.ndarray, expected: np.ndarray) -> float:
    expect(found.shape == expected.shape, f"shape {found.shape}, expected {expected.shape}")
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def check_metadata(path: Path, model: onnx.ModelProto, arch: str, exporter: str) -> None:
    entries = {entry.key: entry.value for entry in model.metadata_props}
    expect(entries.get("featuretap.architecture") == arch, "architecture in the metadata")
    expect(entries.get("featuretap.exporter") == exporter, "exporter in the metadata")
    config = json.loads(entries["featuretap.pretrained_cfg"])
    expect(config["architecture"] == arch and len(config["mean"]) == 3, "pretrained_cfg")
    expect(set(json.loads(entries["featuretap.versions"])) == {"timm", "torch", "onnx"}, "versions")
    content = path.read_bytes()
    for secret in (sysconfig.get_path("purelib"), str(ROOT), str(path.parent), "stack_trace"):
        expect(secret.encode() not in content, f"the file holds {secret}")


@torch.no_grad()
def check_export(arch: str, exporter: str, folder: Path) -> str:
    """Exports; compares logits, and for some networks stage 0, with timm's own."""
    path = folder / f"{arch}-{exporter}.onnx"
    arguments = (arch, "-o", str(path), "--exporter", exporter, "--randomise")
    code, result, stderr = run_helper(*arguments)
    expect(code == 0, f"exit code {code}: {result} {stderr[-500:]}")
    expect(result["batch"] == "dynamic" and result["opset"] == 18, f"got {result}")
    expect(result["bytes"] == path.stat().st_size, "bytes of the result")

    proto = onnx.load(path)
    onnx.checker.check_model(proto, full_check=True)
    check_metadata(path, proto, arch, exporter)
    expect([value.name for value in proto.graph.input] == ["input"], "inputs")
    expect([value.name for value in proto.graph.output] == ["logits"], "outputs")
    norms = count_foldable(proto)

    model = build_model(ModelRequest(arch, randomise=True))
    size = model.pretrained_cfg["input_size"]
    inputs = torch.randn(3, *size, generator=torch.Generator().manual_seed(7))
    expected = {"logits": model(inputs).numpy()}
    kept = arch in STEM_STAGES
    if kept:
        stem = module_output(proto, "conv_stem")
        expected[stem] = model.forward_intermediates(inputs, intermediates_only=True)[0].numpy()
        proto.graph.output.append(onnx.helper.make_empty_tensor_value_info(stem))
    expect(result["unfolded"] == (["conv_stem"] if kept else []), f"got {result['unfolded']}")
    expect(norms == len(result["unfolded"]), f"{norms} pairs of Conv and BatchNorm left")

    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    found = session.run(list(expected), {"input": inputs.numpy()})
    errors = [error_of(value, want) for value, want in zip(found, expected.values(), strict=True)]
    expect(max(errors) <= TOLERANCE, f"errors {errors}")
    stage = f", stage 0 within {errors[1]:.1e} as {list(expected)[1]}" if kept else ""
    return f"logits within {errors[0]:.1e} at batch 3{stage}, {norms} unfolded"


def check_refusal(folder: Path, code: str, words: tuple[str, ...], *arguments: str) -> str:
    """Expects an error with a code, words in its one line, and no file."""
    path = folder / "refused.onnx"
    exit_code, document, _ = run_helper(*arguments, "-o", str(path))
    wanted = 2 if code == "OPTION_INVALID" else 1
    expect(exit_code == wanted, f"exit code {exit_code}, expected {wanted}: {document}")
    error = document["error"]
    expect(error["code"] == code, f"got {error}")
    message = error["message"]
    expect("\n" not in message and len(message) < 600, f"a long message: {message}")
    for word in words:
        expect(word in message, f"expected {word!r} in: {message}")
    left = [entry.name for entry in folder.iterdir() if "refused" in entry.name]
    expect(not left, f"files are left: {left}")
    return message


def main() -> int:
    torch.set_num_threads(2)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bad = folder / "bad.pth"
        bad.write_bytes(b"no checkpoint")

        def refusal(code: str, words: tuple[str, ...], *arguments: str):
            return lambda: check_refusal(folder, code, words, *arguments)

        def export(arch: str, exporter: str):
            return lambda: check_export(arch, exporter, folder)

        checks = {
            f"{arch} by {exporter}": export(arch, exporter)
            for arch in ("test_resnet", *STEM_STAGES)
            for exporter in EXPORTERS
        }
        checks |= {
            "test_vit4 by dynamo": export("test_vit4", "dynamo"),
            "test_vit4 by torchscript is refused": refusal(
                "MODEL_UNSUPPORTED", ("aten::rms_norm", "--exporter dynamo"), "test_vit4"
            ),
            "an unknown architecture is refused": refusal(
                "UNKNOWN_NAME", ("test_resnett", "test_resnet,"), "test_resnett"
            ),
            "an unknown tag is refused": refusal(
                "UNKNOWN_NAME", ("r160_in1k",), "test_resnet.none_such"
            ),
            "a bad checkpoint is refused": refusal(
                "FILE_UNREADABLE", ("bad.pth", "tensors"), "test_resnet", "--checkpoint", str(bad)
            ),
            "a missing checkpoint is refused": refusal(
                "FILE_NOT_FOUND", ("none.pth",), "test_resnet", "--checkpoint", "none.pth"
            ),
            "wrong usage is refused": refusal(
                "OPTION_INVALID", ("--opset",), "test_resnet", "--opset", "0"
            ),
        }
        failed = 0
        for title, check in checks.items():
            try:
                print(f"ok    {title}: {check()}", flush=True)
            except Exception as error:  # one failure must not hide the others
                failed += 1
                print(f"FAIL  {title}: {type(error).__name__}: {error}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
