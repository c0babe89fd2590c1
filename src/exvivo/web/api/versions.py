"""Which version of a file a program has seen: what it sends back when it changes it."""

from __future__ import annotations

import hashlib
from pathlib import Path


def version_of(folder: Path, file: str) -> str:
    """The sha256 of a file of a study as it is; empty where there is none."""
    path = folder / file
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
