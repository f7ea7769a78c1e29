"""Writes generated files into a folder, or compares them with what is committed there."""
from collections.abc import Callable, Iterable
from pathlib import Path

Same = Callable[[str, bytes, bytes], bool]


def write_or_compare(
    files: dict[str, bytes],
    root: Path,
    *,
    check: bool,
    same: Same,
    owned: Iterable[Path],
) -> list[str]:
    """Names of what differs from `files` (path below root -> content).

    With `check` nothing is written. Files in the folders `owned` that are not among `files` differ
    in both modes: nothing makes them any more.
    """
    different = []
    for name, content in sorted(files.items()):
        path = root / name
        if check:
            if not path.is_file() or not same(name, content, path.read_bytes()):
                different.append(name)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for folder in owned:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_file() and name not in files:
                different.append(f"{name} (not made by this script)")
    return different
