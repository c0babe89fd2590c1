"""The head of the record as a terminal shows it: what to keep elsewhere, and what for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from exvivo.errors import command

if TYPE_CHECKING:
    from exvivo.store.chain import Row

_SHORT = 12
"""Digits of a hash that a person writes down."""


def head_of(row: Row, folder: Path) -> Iterator[str]:
    """The last row, its hash short and whole, and how to hold the folder against it later."""
    short = short_hash(row)
    yield f"Head of the record: row {row.number}, {short} ({printable(row.hash)})"
    later = f"{command('verify', folder)} --expect {short}"
    yield f"Write it down or send it to somebody: `{later}` then finds a folder that was set back."


def short_hash(row: Row) -> str:
    """As much of the hash of a row as a person writes down."""
    return printable(row.hash[:_SHORT])


def printable(text: str) -> str:
    """A text for a terminal: what cannot be printed stands there as it is spelt in Python."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
