"""The protobuf wire format, read by its rules alone: no schema, no generated code.

It is written apart from the surgery tool and from the onnx package, so that a mistake of either
shows. Source: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Field(NamedTuple):
    """One field as it stands in the file: [start, end) with its tag, [body, end) without."""

    number: int
    wire_type: int
    start: int
    body: int
    end: int


class WireError(Exception):
    """The bytes break a rule of the wire format."""


class WireFile:
    """A file seen as one protobuf message; mapped, not read, so large models cost no memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._map)

    def bytes(self, start: int, end: int) -> bytes:
        return self._map[start:end]

    def whole(self, field: Field) -> bytes:
        """The field's bytes, tag and length included."""
        return self._map[field.start : field.end]

    def payload(self, field: Field) -> bytes:
        return self._map[field.body : field.end]

    def text(self, field: Field) -> str:
        return self.payload(field).decode()

    def fields(self, start: int = 0, end: int | None = None) -> Iterator[Field]:
        """Walks the fields of the message in [start, end)."""
        stop = len(self._map) if end is None else end
        position = start
        while position < stop:
            begin = position
            tag, position = self._varint(position, stop)
            number, wire_type = tag >> 3, tag & 7
            if number == 0:
                raise WireError(f"field number 0 at byte {begin}")
            if wire_type == 0:
                body = position
                _, position = self._varint(position, stop)
            elif wire_type == 1:
                body, position = position, position + 8
            elif wire_type == 2:
                length, body = self._varint(position, stop)
                position = body + length
            elif wire_type == 5:
                body, position = position, position + 4
            else:
                raise WireError(f"wire type {wire_type} at byte {begin}")
            if position > stop:
                raise WireError(f"field {number} at byte {begin} ends at {position}, after {stop}")
            yield Field(number, wire_type, begin, body, position)

    def children(self, field: Field) -> Iterator[Field]:
        """Walks the fields of a nested message."""
        return self.fields(field.body, field.end)

    def _varint(self, position: int, stop: int) -> tuple[int, int]:
        value = 0
        for shift in range(0, 70, 7):
            if position >= stop:
                raise WireError(f"varint cut off at byte {position}")
            byte = self._map[position]
            position += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value, position
        raise WireError(f"varint of more than ten bytes at byte {position - 10}")
