"""What the result of a part depends on, as a hash: its work with every number and text in it, its
seed and name, and what it is made by (the code of exvivo, Python, NumPy, SciPy and Polars).

The hash of a work is that of its values, not of its pickle, which differs between equal works.
"""

from __future__ import annotations

import hashlib
import io
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache as once
from importlib.metadata import version
from pathlib import Path, PurePath

import numpy as np
import polars as pl

from exvivo.errors import Bug

_PACKAGES = ("numpy", "scipy", "polars")
_PYTHON = ".".join(map(str, sys.version_info[:2]))
_WITHOUT_NUMBERS = {"cli", "tell", "web"}
"""Rooms that make no number."""

EXVIVO = "exvivo"
MadeBy = tuple[tuple[str, str], ...]
Other = tuple[str, str, str]
"""What somebody has otherwise: the name, its version there, and the one asked for."""
Seen = dict[int, bytes]
"""Hashes of records by their identity, while they live."""


@once
def made_by() -> MadeBy:
    """The name and version of everything that numbers depend on; of exvivo the hash of its code."""
    packages = ((name, version(name)) for name in _PACKAGES)
    return ((EXVIVO, _code()), ("python", _PYTHON), *packages)


def others_here(asked_by: MadeBy) -> list[Other]:
    """What is otherwise here than where a part is asked for."""
    here = dict(made_by())
    return [(name, here[name], what) for name, what in asked_by if here[name] != what]


def _code() -> str:
    """The hash of the code and data of every room that makes numbers."""
    package = Path(__file__).parents[2]
    whole = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        place = path.relative_to(package)
        if path.suffix in (".py", ".yaml") and place.parts[0] not in _WITHOUT_NUMBERS:
            content = hashlib.sha256(path.read_bytes()).digest()
            whole.update(_joined("file", [place.as_posix().encode(), content]))
    return whole.hexdigest()


def key_of(name: str, work: object, seed: int, seen: Seen) -> str:
    """The key of a part's result. `seen` saves the hashes of what several works share."""
    parts = [_hash(each, seen) for each in (made_by(), name, seed, work)]
    return _joined("part", parts).hex()


def _hash(value: object, seen: Seen) -> bytes:
    """The hash of a value; of a record once."""
    if not is_dataclass(value) and not isinstance(value, np.ndarray | pl.DataFrame):
        return _hash_of(value, seen)
    if id(value) not in seen:
        seen[id(value)] = _hash_of(value, seen)
    return seen[id(value)]


def _hash_of(value: object, seen: Seen) -> bytes:
    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}"
    match value:
        case None | bool() | int() | str() | Enum() | date() | np.generic():
            return _joined(name, [repr(value).encode("utf-8", "surrogatepass")])
        case float():
            return _joined(name, [struct.pack("<d", value)])
        case bytes():
            return _joined(name, [value])
        case PurePath():
            return _joined("path", [])
        case np.ndarray():
            return _joined(name, _of_array(value, seen))
        case pl.DataFrame():
            return _joined(name, [_of_frame(value)])
        case Mapping():
            items = (part for item in value.items() for part in item)
            return _joined("mapping", [_hash(each, seen) for each in items])
        case tuple() | list():
            return _joined(name, [_hash(each, seen) for each in value])
        case set() | frozenset():
            return _joined(name, sorted(_hash(each, seen) for each in value))
    if not is_dataclass(value):
        raise Bug(f"{name} has no place in the work of a part")
    return _joined(name, [_hash(getattr(value, field.name), seen) for field in fields(value)])


def _of_array(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]], seen: Seen) -> list[bytes]:
    """The parts of an array that its hash is of: kind, shape and values."""
    if array.dtype.hasobject:
        return [str(array.shape).encode(), *(_hash(each, seen) for each in array.ravel().tolist())]
    kind = f"{array.dtype.str} {array.shape}".encode()
    return [kind, np.ascontiguousarray(array).tobytes()]


def _of_frame(frame: pl.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.rechunk().write_ipc(stream, compat_level=pl.CompatLevel.oldest())
    return stream.getvalue()


def _joined(kind: str, parts: Iterable[bytes]) -> bytes:
    """One hash of a kind and its parts, each with its length."""
    whole = hashlib.sha256()
    for part in _lengths(kind, parts):
        whole.update(part)
    return whole.digest()


def _lengths(kind: str, parts: Iterable[bytes]) -> Iterator[bytes]:
    for part in (kind.encode(), *parts):
        yield struct.pack("<Q", len(part))
        yield part
