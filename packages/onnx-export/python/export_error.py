"""The one error of the export helper, and how other errors become one line."""

from __future__ import annotations

import os

MAX_LINE = 300
"""Longest part of somebody else's message that is shown, characters."""


class ExportError(Exception):
    """What was expected, what came, and what to do; `code` is one of the codes of featuretap."""

    def __init__(self, code: str, expected: str, got: str, do: str) -> None:
        super().__init__(f"expected {expected}, got {got}; {do}")
        self.code = code


def first_line(error: BaseException) -> str:
    """The first line of the innermost cause, which is the one that says what went wrong."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = lines[0] if lines else type(error).__name__
    # "Error(s) in loading state_dict for ResNet:" and the like say it in the lines after.
    if line.endswith(":") and len(lines) > 1:
        line = f"{line} {lines[1]}"
    line = line.rstrip(".")
    return line if len(line) <= MAX_LINE else f"{line[: MAX_LINE - 1]}…"


def reject_output_path(path: str) -> None:
    """Refuses an output that cannot be written before minutes are spent on it."""
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path):
        raise ExportError("WRITE_REFUSED", "a file to write", f"the folder {path}", "name a file")
    if not os.path.isdir(folder):
        raise ExportError("WRITE_REFUSED", "a folder to write in", folder, "create it first")
    if not os.access(folder, os.W_OK):
        raise ExportError(
            "WRITE_REFUSED", "a folder to write in", f"{folder}, read-only", "choose another -o"
        )
