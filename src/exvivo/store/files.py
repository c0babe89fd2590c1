"""Files by the hash of their bytes."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import cast

from exvivo.sources import plain_file


@dataclass(frozen=True, slots=True)
class File:
    """One file: its path from the study folder (with forward slashes), the sha256 of its bytes, and
    how many there are.
    """

    path: str
    sha256: str
    bytes: int


def hashed(path: Path, *, root: Path) -> File:
    """The file at `path`, named from `root`; one that lies elsewhere by its whole path. Raises
    `OSError` where it cannot be read or is no plain file.
    """
    with plain_file(path) as handle:
        digest = hashlib.file_digest(cast(BufferedReader, handle), "sha256").hexdigest()
        size = os.fstat(handle.fileno()).st_size
    name = path.relative_to(root) if path.is_relative_to(root) else path
    return File(name.as_posix(), digest, size)


_OF_THE_SYSTEM = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
"""What file browsers leave in every folder they show: no result and no one's work."""


def is_of_the_system(path: Path) -> bool:
    """Whether a file is one that file browsers leave, by its name."""
    return path.name in _OF_THE_SYSTEM


def below(folder: Path) -> list[Path]:
    """Everything below `folder`, sorted by path; nothing where it does not exist. Raises `OSError`
    for a folder that nobody may look into, which `Path.rglob` passes over.
    """
    walked = os.walk(folder, onerror=_refuse) if folder.is_dir() else ()
    return sorted(Path(top, name) for top, folders, files in walked for name in (*folders, *files))


def _refuse(error: OSError) -> None:
    raise error


def paths_of(folder: Path) -> list[Path]:
    """Every file below `folder`, sorted by path; none where the folder does not exist."""
    return [path for path in below(folder) if path.is_file() and not is_of_the_system(path)]


def all_files(folder: Path, *, root: Path) -> tuple[File, ...]:
    """Every file below `folder` by its hash, sorted by path."""
    return tuple(hashed(path, root=root) for path in paths_of(folder))


def flush(folder: Path) -> None:
    """Have the disk hold every file and name below `folder` before anything says that it does."""
    for path in [*below(folder), folder, folder.parent]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
