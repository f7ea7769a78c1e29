"""Compares what onnxruntime computes with what PyTorch computed."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
from export_error import ExportError, first_line

TOLERANCE = 1e-3
"""Largest error that passes, as a part of the largest expected value; float32 noise is 1e-6."""


def _session(model: str | bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def relative_error(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest difference as a part of the largest expected value; infinite for another shape."""
    if found.shape != expected.shape:
        return float("inf")
    largest = float(np.abs(expected).max())
    difference = float(np.abs(found - expected).max())
    return difference / largest if largest > 0 else difference


def check_logits(path: str, inputs: np.ndarray, expected: np.ndarray, batches: list[int]) -> float:
    """Runs the file at each batch size and returns the largest error of the logits."""
    worst = 0.0
    try:
        session = _session(path)
        for count in batches:
            (found,) = session.run(["logits"], {"input": inputs[:count]})
            worst = max(worst, relative_error(found, expected[:count]))
    except Exception as error:  # onnxruntime raises a class of its own for each status
        raise ExportError(
            "RUNTIME_FAILED",
            "onnxruntime to run the exported file",
            f"'{first_line(error)}'",
            "try the other --exporter or another --opset",
        ) from error
    if not worst <= TOLERANCE:
        raise ExportError(
            "VERIFY_FAILED",
            f"logits within {TOLERANCE:.0e} of PyTorch's largest",
            f"an error of {worst:.1e}",
            "try the other --exporter",
        )
    return worst


def check_values(
    model: onnx.ModelProto, inputs: np.ndarray, expected: dict[str, np.ndarray]
) -> None:
    """Checks that values inside the graph are what PyTorch has for them."""
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    probe.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in expected)
    names = list(expected)
    found = _session(probe.SerializeToString()).run(names, {"input": inputs})
    for name, value in zip(names, found):
        error = relative_error(value, expected[name])
        if not error <= TOLERANCE:
            raise ExportError(
                "VERIFY_FAILED",
                f"value {name} within {TOLERANCE:.0e} of PyTorch's largest",
                f"an error of {error:.1e}",
                "try the other --exporter",
            )
