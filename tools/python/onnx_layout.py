"""Field numbers of onnx.proto and the parts of a model file that checks compare.

Source: onnx/onnx.proto at v1.23.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from protobuf_wire import Field, WireFile

MODEL_GRAPH, MODEL_METADATA = 7, 14
GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_SPARSE = 1, 5, 15
GRAPH_INPUT, GRAPH_OUTPUT = 11, 12
VALUE_INFO_NAME = 1
ENTRY_KEY, ENTRY_VALUE = 1, 2
TENSOR_FLOATS, TENSOR_NAME, TENSOR_RAW, TENSOR_DOUBLES = 4, 8, 9, 10
TENSOR_EXTERNAL, TENSOR_LOCATION = 13, 14

_STORAGE = {TENSOR_FLOATS, TENSOR_RAW, TENSOR_DOUBLES, TENSOR_EXTERNAL, TENSOR_LOCATION}
_CHUNK = 1 << 24


@dataclass(frozen=True)
class ModelFile:
    """A model's top level fields, and those of its graph (of the first, if there are more)."""

    wire: WireFile
    top: tuple[Field, ...]
    graphs: tuple[Field, ...]
    graph: tuple[Field, ...]

    @classmethod
    def open(cls, path: Path) -> ModelFile:
        wire = WireFile(path)
        top = tuple(wire.fields())
        graphs = tuple(field for field in top if field.number == MODEL_GRAPH)
        graph = tuple(wire.children(graphs[0])) if graphs else ()
        return cls(wire, top, graphs, graph)

    def graph_fields(self, *numbers: int) -> list[Field]:
        return [field for field in self.graph if field.number in numbers]

    def names(self, number: int) -> list[str]:
        """Names of the graph's value infos with this field number."""
        return [
            self.wire.text(child)
            for field in self.graph_fields(number)
            for child in self.wire.children(field)
            if child.number == VALUE_INFO_NAME
        ]

    def metadata(self) -> list[tuple[str, str]]:
        """The model's metadata_props in file order, repeated keys included."""
        return [self.entry(field) for field in self.top if field.number == MODEL_METADATA]

    def entry(self, field: Field) -> tuple[str, str]:
        """A StringStringEntryProto."""
        parts = {child.number: self.wire.text(child) for child in self.wire.children(field)}
        return parts.get(ENTRY_KEY, ""), parts.get(ENTRY_VALUE, "")


@dataclass(frozen=True)
class Weights:
    """One initializer, whatever way its values are stored."""

    name: str
    header: bytes
    """Its fields without the values: dims, dtype, name, doc string."""
    digest: str
    """sha256 of the values."""

    @classmethod
    def read(cls, model: ModelFile, initializer: Field) -> Weights:
        wire = model.wire
        children = list(wire.children(initializer))
        header = b"".join(wire.whole(field) for field in children if field.number not in _STORAGE)
        name = next((wire.text(field) for field in children if field.number == TENSOR_NAME), "")
        digest = hashlib.sha256()
        for chunk in _values(model, children):
            digest.update(chunk)
        return cls(name, header, digest.hexdigest())


def is_external(model: ModelFile, initializer: Field) -> bool:
    """Whether the values stand outside the model file's graph, named by external_data."""
    return any(field.number == TENSOR_EXTERNAL for field in model.wire.children(initializer))


def _values(model: ModelFile, children: list[Field]) -> Iterator[bytes]:
    """The values' bytes. Packed floats and doubles are little-endian, exactly like raw_data."""
    external = dict(model.entry(field) for field in children if field.number == TENSOR_EXTERNAL)
    if not external:
        for field in children:
            if field.number in (TENSOR_RAW, TENSOR_FLOATS, TENSOR_DOUBLES):
                for start in range(field.body, field.end, _CHUNK):
                    yield model.wire.bytes(start, min(start + _CHUNK, field.end))
        return
    path = model.wire.path.parent / external["location"]
    offset = int(external.get("offset", "0"))
    left = int(external.get("length", path.stat().st_size - offset))
    with path.open("rb") as file:
        file.seek(offset)
        while left > 0:
            chunk = file.read(min(left, _CHUNK))
            if not chunk:
                raise ValueError(f"{path.name} ends {left} bytes before the values of a tensor do")
            left -= len(chunk)
            yield chunk
