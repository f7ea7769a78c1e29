"""Helpers of the scripts that generate TypeScript tables."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path


def literal(value: str | float | None) -> str:
    """A TypeScript literal; strings in single quotes unless they hold one."""
    if isinstance(value, str) and "'" not in value and "\\" not in value:
        return f"'{value}'"
    return json.dumps(value)


def wrap(parts: Iterable[str], indent: str, width: int = 100) -> list[str]:
    """Joins parts, each with its trailing comma, into lines of at most `width` columns."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + 1 + len(part) <= width:
            lines[-1] += f" {part}"
        else:
            lines.append(f"{indent}{part}")
    return lines


def write_or_check(files: dict[Path, str], *, check: bool) -> int:
    """Writes the files; with `check` compares instead and returns 1 on a difference."""
    failed = False
    for path, text in files.items():
        data = text.encode()
        if check:
            same = path.exists() and path.read_bytes() == data
            failed = failed or not same
            print(f"{path.name}: {'equal' if same else 'DIFFERS'}")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            print(f"wrote {path.name}, {len(data)} bytes")
    return 1 if failed else 0
