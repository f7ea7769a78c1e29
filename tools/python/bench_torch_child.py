#!/usr/bin/env python3
"""Holds a timm model in PyTorch eager mode for the benchmark of running.

Speaks the protocol of tools/src/bench/run/protocol.ts: a JSON document a line, requests on standard
input, answers on file descriptor 3. The network is that of make_bench_models.py; the record is what
timm gives: `forward_intermediates` with default arguments, and both forms of `forward_head`.
"""

from __future__ import annotations

import gc
import json
import os
import re
import sys
import time
from pathlib import Path

import numpy as np
import torch
from make_bench_models import build_bench_model
from torch import nn

MOST_VALUES = 4096


def kilobytes(path: str, key: str) -> int | None:
    """A figure of /proc in bytes; None where there is none."""
    try:
        found = re.search(rf"^{key}:\s+(\d+) kB", Path(path).read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None


def memory_use() -> dict[str, int | None]:
    gc.collect()
    return {
        "anonymousBytes": kilobytes("/proc/self/smaps_rollup", "Anonymous"),
        "peakBytes": kilobytes("/proc/self/status", "VmHWM"),
    }


def thin_out(tensor: torch.Tensor) -> dict[str, object]:
    flat = tensor.contiguous().flatten()
    step = -(-flat.numel() // MOST_VALUES)
    return {"shape": list(tensor.shape), "values": flat[::step].tolist()}


class Contestant:
    """The model, and the input that was read last."""

    def __init__(self) -> None:
        self.model: nn.Module | None = None
        self.inputs: dict[str, torch.Tensor] = {}

    def load(self, spec: dict, work: dict) -> dict[str, object]:
        torch.set_num_threads(spec["threads"])
        self.input_of(work)
        before = memory_use()
        start = time.perf_counter()
        self.model = build_bench_model(spec["name"]).eval()
        took = (time.perf_counter() - start) * 1000
        return {"loadMs": took, "before": before, "compiled": None}

    def input_of(self, work: dict) -> torch.Tensor:
        if work["kind"] != "tensor":
            raise ValueError(f"expected tensor work, got {work['kind']}")
        file, shape, batch = work["file"], work["shape"], work["batch"]
        if file not in self.inputs:
            rows = np.fromfile(file, dtype="<f4").reshape(-1, *shape)
            self.inputs[file] = torch.from_numpy(rows)
        return self.inputs[file][:batch]

    def record(self, inputs: torch.Tensor) -> dict[str, torch.Tensor]:
        unpooled, stages = self.model.forward_intermediates(inputs)
        return {
            **{f"stages.{index}": stage for index, stage in enumerate(stages)},
            "unpooled": unpooled,
            "pooled": self.model.forward_head(unpooled, pre_logits=True),
            "logits": self.model.forward_head(unpooled),
        }

    def sample(self, work: dict, repeats: int) -> dict[str, object]:
        inputs = self.input_of(work)
        processor = time.process_time()
        start = time.perf_counter()
        for _ in range(repeats):
            self.record(inputs)
        return {
            "wallMs": (time.perf_counter() - start) * 1000,
            "cpuMs": (time.process_time() - processor) * 1000,
            "images": repeats * len(inputs),
        }

    @torch.inference_mode()
    def answer(self, request: dict) -> object:
        match request["op"]:
            case "load":
                return self.load(request["spec"], request["work"])
            case "sample":
                return self.sample(request["work"], request["repeats"])
            case "values":
                record = self.record(self.input_of(request["work"]))
                return {field: thin_out(tensor) for field, tensor in record.items()}
            case "memory":
                return memory_use()
            case "close":
                return None
        raise ValueError(f"unknown operation {request['op']}")


def main() -> None:
    contestant = Contestant()
    with os.fdopen(3, "w") as answers:
        for line in sys.stdin:
            request = json.loads(line)
            try:
                reply = {"value": contestant.answer(request)}
            except Exception as error:  # noqa: BLE001 - the benchmark shows it and ends
                reply = {"error": f"{type(error).__name__}: {error}"}
            answers.write(json.dumps(reply) + "\n")
            answers.flush()
            if request["op"] == "close":
                break


if __name__ == "__main__":
    main()
