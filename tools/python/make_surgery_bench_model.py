#!/usr/bin/env python3
"""Writes a residual classifier of a wanted size, for timing surgery; no weights are held in memory.

  make_surgery_bench_model.py OUT.onnx --bytes 1.2e9 [--external]

A bottleneck network of 3, 4, 23 and 3 blocks, as wide as the size wants, named as PyTorch's
TorchScript exporter names things, with the shape of every value written down as its dynamo exporter
does. --external puts the weights into OUT.onnx.data.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import onnx
from onnx import TensorProto, helper

BLOCKS = (3, 4, 23, 3)
EXPANSION = 4
CLASSES = 1000
IMAGE = 224
# Weights are cut from one block of random numbers, scaled tensor by tensor: the bytes differ from
# page to page, and making them does not take longer than writing them.
NOISE_ELEMENTS = 1 << 22
INITIALIZER_FIELD, RAW_DATA_FIELD, GRAPH_FIELD = 5, 9, 7
ALIGNMENT = 4096


@dataclass
class Weight:
    name: str
    dims: tuple[int, ...]
    scale: float

    @property
    def elements(self) -> int:
        return math.prod(self.dims)


@dataclass
class Network:
    """A graph under construction; its weights are only described."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[Weight] = field(default_factory=list)
    values: list[onnx.ValueInfoProto] = field(default_factory=list)

    def node(
        self,
        kind: str,
        inputs: list[str],
        path: str,
        dims: list[int],
        output: str | None = None,
        **attributes: object,
    ) -> str:
        name = f"{path}/{kind}"
        value = output or f"{name}_output_0"
        self.nodes.append(helper.make_node(kind, inputs, [value], name, **attributes))
        if output is None:
            self.values.append(
                helper.make_tensor_value_info(value, TensorProto.FLOAT, ["batch", *dims])
            )
        return value

    def conv(
        self, source: str, module: str, shape: tuple[int, int, int], stride: int, side: int
    ) -> str:
        """A convolution with the BatchNorm behind it folded in; shape is (out, in, kernel)."""
        out, inside, kernel = shape
        gain = math.sqrt(2 / (inside * kernel * kernel))
        # The last of a block adds little to the sum, so that thirty blocks keep their range.
        if module.endswith("conv3"):
            gain *= 0.2
        self.weights += [
            Weight(f"{module}.weight", (out, inside, kernel, kernel), gain),
            Weight(f"{module}.bias", (out,), 0.01),
        ]
        return self.node(
            "Conv",
            [source, f"{module}.weight", f"{module}.bias"],
            scope(module),
            [out, side, side],
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[kernel // 2] * 4,
        )


def scope(module: str) -> str:
    """`layer1.0.conv1` as PyTorch writes it: `/layer1/layer1.0/conv1`."""
    parts = module.split(".")
    if len(parts) == 1:
        return f"/{parts[0]}"
    layer, block, *rest = parts
    return "/".join(["", layer, f"{layer}.{block}", *rest])


def block(
    net: Network, source: str, module: str, inside: int, width: int, stride: int, side: int
) -> str:
    out = width * EXPANSION
    before = side * stride
    path = scope(module)
    value = net.conv(source, f"{module}.conv1", (width, inside, 1), 1, before)
    value = net.node("Relu", [value], f"{path}/act1", [width, before, before])
    value = net.conv(value, f"{module}.conv2", (width, width, 3), stride, side)
    value = net.node("Relu", [value], f"{path}/act2", [width, side, side])
    value = net.conv(value, f"{module}.conv3", (out, width, 1), 1, side)
    shortcut = source
    if inside != out or stride != 1:
        shortcut = net.conv(source, f"{module}.downsample", (out, inside, 1), stride, side)
    value = net.node("Add", [value, shortcut], path, [out, side, side])
    return net.node("Relu", [value], f"{path}/act3", [out, side, side])


def residual_network(base: int) -> Network:
    net = Network()
    side = IMAGE // 2
    value = net.conv("input", "conv1", (base, 3, 7), 2, side)
    value = net.node("Relu", [value], "/act1", [base, side, side])
    side //= 2
    value = net.node(
        "MaxPool",
        [value],
        "/maxpool",
        [base, side, side],
        kernel_shape=[3, 3],
        strides=[2, 2],
        pads=[1] * 4,
    )
    inside = base
    for layer, count in enumerate(BLOCKS):
        width = base << layer
        for index in range(count):
            stride = 2 if index == 0 and layer > 0 else 1
            side //= stride
            value = block(net, value, f"layer{layer + 1}.{index}", inside, width, stride, side)
            inside = width * EXPANSION
    value = net.node("GlobalAveragePool", [value], "/global_pool/pool", [inside, 1, 1])
    value = net.node("Flatten", [value], "/global_pool/flatten", [inside], axis=1)
    net.weights += [
        Weight("fc.weight", (CLASSES, inside), math.sqrt(1 / inside)),
        Weight("fc.bias", (CLASSES,), 0.01),
    ]
    net.node("Gemm", [value, "fc.weight", "fc.bias"], "/fc", [CLASSES], output="logits", transB=1)
    return net


def network_of(size: float) -> Network:
    """The narrowest network whose weights have at least that many bytes."""
    for base in range(8, 4096, 2):
        net = residual_network(base)
        if sum(weight.elements for weight in net.weights) * 4 >= size:
            return net
    raise ValueError(f"no network of {size:.0f} bytes")


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def delimited(number: int, length: int) -> bytes:
    """Tag and length of a field of wire type 2."""
    return varint(number << 3 | 2) + varint(length)


def chunks(weight: Weight, noise: np.ndarray, start: int) -> Iterator[bytes]:
    """Little-endian float32 of a weight; `start` is where in the noise it begins."""
    done = 0
    while done < weight.elements:
        at = (start + done) % len(noise)
        piece = noise[at : at + weight.elements - done]
        done += len(piece)
        yield (piece * np.float32(weight.scale)).astype("<f4").tobytes()


def write_weights(file: BinaryIO, weight: Weight, noise: np.ndarray, index: int) -> None:
    for chunk in chunks(weight, noise, index * 7919):
        file.write(chunk)


def external_weights(net: Network, path: Path, noise: np.ndarray) -> list[onnx.TensorProto]:
    location = f"{path.name}.data"
    tensors = []
    with (path.parent / location).open("wb") as file:
        for index, weight in enumerate(net.weights):
            file.write(bytes(-file.tell() % ALIGNMENT))
            entries = {"location": location, "offset": file.tell(), "length": weight.elements * 4}
            tensor = TensorProto(dims=weight.dims, data_type=TensorProto.FLOAT, name=weight.name)
            tensor.data_location = TensorProto.EXTERNAL
            for key, value in entries.items():
                tensor.external_data.add(key=key, value=str(value))
            tensors.append(tensor)
            write_weights(file, weight, noise, index)
    return tensors


def write_model(net: Network, path: Path, external: bool) -> None:
    noise = np.random.default_rng(6).standard_normal(NOISE_ELEMENTS, np.float32)
    front = helper.make_graph(net.nodes, "main_graph", [], []).SerializeToString()
    back = helper.make_graph(
        [],
        "",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", 3, IMAGE, IMAGE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", CLASSES])],
        value_info=net.values,
    )
    back.ClearField("name")
    if external:
        tensors = external_weights(net, path, noise)
        heads = [tensor.SerializeToString() for tensor in tensors]
        payloads = [0] * len(heads)
    else:
        heads = [
            TensorProto(dims=w.dims, data_type=TensorProto.FLOAT, name=w.name).SerializeToString()
            for w in net.weights
        ]
        payloads = [weight.elements * 4 for weight in net.weights]
    prefixes = []
    for head, payload in zip(heads, payloads, strict=True):
        raw = delimited(RAW_DATA_FIELD, payload) if payload > 0 else b""
        body = len(head) + len(raw) + payload
        prefixes.append(delimited(INITIALIZER_FIELD, body) + head + raw)
    tail = back.SerializeToString()
    graph = len(front) + sum(map(len, prefixes)) + sum(payloads) + len(tail)
    model = onnx.ModelProto(ir_version=10, producer_name="pytorch", producer_version="2.14.1")
    opset = onnx.ModelProto(opset_import=[helper.make_opsetid("", 18)])
    with path.open("wb") as file:
        file.write(model.SerializeToString() + delimited(GRAPH_FIELD, graph) + front)
        for index, (weight, prefix) in enumerate(zip(net.weights, prefixes, strict=True)):
            file.write(prefix)
            if not external:
                write_weights(file, weight, noise, index)
        file.write(tail + opset.SerializeToString())


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes a residual classifier of a wanted size.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--bytes", type=float, required=True, help="of weights, as 1.2e9")
    parser.add_argument("--external", action="store_true", help="weights into OUT.data")
    options = parser.parse_args()
    net = network_of(options.bytes)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write_model(net, options.out, options.external)
    weights = sum(weight.elements for weight in net.weights) * 4
    sizes = {"nodes": len(net.nodes), "tensors": len(net.weights), "weightBytes": weights}
    print(json.dumps(sizes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
