"""Everything that lies below a folder, as it is on the disk: no link is followed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

Form = Literal["file", "link", "dangling", "folder", "empty", "special"]
"""What stands at a path; a folder that holds something is `folder`."""


def form_of(path: Path) -> Form | None:
    """What stands at a path itself; None where nothing does."""
    if path.is_symlink():
        return "link" if path.exists() else "dangling"
    if path.is_dir():
        return "folder" if any(path.iterdir()) else "empty"
    if path.is_file():
        return "file"
    return "special" if os.path.lexists(path) else None


def tree(folder: Path) -> Iterator[tuple[Path, Form]]:
    """Everything below a folder but folders that hold something, sorted by path; the folder itself
    where it is none.
    """
    form = form_of(folder)
    if form == "folder":
        for path in sorted(folder.iterdir()):
            yield from tree(path)
    elif form is not None:
        yield folder, form


def drop_empty(folder: Path) -> None:
    """Delete every folder below one that holds no file."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if form_of(path) == "empty":
            path.rmdir()
