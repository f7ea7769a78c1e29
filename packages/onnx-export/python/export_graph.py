"""Runs one of PyTorch's exporters and tidies the graph that it wrote."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator

import onnx
import torch
from export_error import ExportError, first_line
from kept_values import with_outputs
from torch import nn

EXPORTERS = ("torchscript", "dynamo")

LEAKS = {"pkg.torch.onnx.stack_trace"}
"""Metadata of the dynamo exporter that holds paths of this machine."""


def _kept_name(index: int) -> str:
    return f"featuretap_kept_{index}"


def export_graph(
    model: nn.Module,
    inputs: torch.Tensor,
    path: str,
    *,
    exporter: str,
    opset: int,
    dynamic: bool,
    keep: list[str],
) -> None:
    """Writes the network with the outputs `logits` and one for each module of `keep`."""
    names = ["logits", *(_kept_name(index) for index in range(len(keep)))]
    common = {"opset_version": opset, "input_names": ["input"], "output_names": names}
    with warnings.catch_warnings(), torch.no_grad(), with_outputs(model, keep):
        warnings.simplefilter("ignore")  # deprecations of the exporters, nothing about the model
        try:
            if exporter == "torchscript":
                axes = {name: {0: "batch"} for name in ("input", *names)} if dynamic else None
                torch.onnx.export(model, (inputs,), path, dynamo=False, dynamic_axes=axes, **common)
                return
            first = next(iter(inspect.signature(model.forward).parameters))
            shapes = {first: {0: torch.export.Dim("batch", min=1)}} if dynamic else None
            torch.onnx.export(
                model,
                (inputs,),
                path,
                dynamo=True,
                external_data=False,
                verbose=False,
                dynamic_shapes=shapes,
                **common,
            )
        except Exception as error:
            other = EXPORTERS[1 - EXPORTERS.index(exporter)]
            raise ExportError(
                "MODEL_UNSUPPORTED",
                f"the {exporter} exporter to take {type(model).__name__}",
                f"'{first_line(error)}'",
                f"try --exporter {other} or another --opset",
            ) from error


def _graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from _graphs(attribute.g)


def _without_leaks(holder: object) -> None:
    entries = [entry for entry in holder.metadata_props if entry.key not in LEAKS]
    del holder.metadata_props[:]
    holder.metadata_props.extend(entries)


def strip_paths(model: onnx.ModelProto) -> None:
    """Removes what the exporters tell of the machine: stack traces and comments on nodes."""
    for graph in _graphs(model.graph):
        for node in graph.node:
            node.ClearField("doc_string")
            _without_leaks(node)
        for value in (*graph.value_info, *graph.input, *graph.output):
            _without_leaks(value)
    for function in model.functions:
        for node in function.node:
            node.ClearField("doc_string")
            _without_leaks(node)


def _rename(graph: onnx.GraphProto, old: str, new: str) -> None:
    for inner in _graphs(graph):
        for node in inner.node:
            for names in (node.input, node.output):
                for index, name in enumerate(names):
                    if name == old:
                        names[index] = new
    for value in (*graph.value_info, *graph.output):
        if value.name == old:
            value.name = new


def _used_names(graph: onnx.GraphProto) -> set[str]:
    names: set[str] = set()
    for inner in _graphs(graph):
        names.update(value.name for value in (*inner.input, *inner.initializer))
        names.update(name for node in inner.node for name in node.output)
    return names


def take_off_kept(model: onnx.ModelProto, keep: list[str]) -> dict[str, str]:
    """Turns the outputs that stand for modules into values inside the graph.

    Returns the name of the value of each module, as it now is.
    """
    graph = model.graph
    values: dict[str, str] = {}
    for index, module in enumerate(keep):
        old = _kept_name(index)
        output = next(value for value in graph.output if value.name == old)
        producer = next(node for node in graph.node if old in node.output)
        # TorchScript's own pattern, `/conv_stem/Conv_output_0`; dynamo has no modules in names.
        new = f"{producer.name}_output_0" if producer.name.startswith("/") else f"{module}.output"
        while new in _used_names(graph):
            new += "_"
        graph.output.remove(output)
        known = [value for value in graph.value_info if value.name == old]
        if not known:
            graph.value_info.append(output)
        _rename(graph, old, new)
        values[module] = new
    return values


def only_normed(model: onnx.ModelProto, value: str) -> bool:
    """Whether a BatchNormalization is all that takes the value: exporters would have folded it."""
    takers = [node.op_type for node in model.graph.node if value in node.input]
    return takers == ["BatchNormalization"]
