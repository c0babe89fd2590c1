"""The contents that the record keeps: each must be the bytes of its hash, and be there exactly
where no row erased it after the last that names it.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from exvivo.store.chain import ERASING, Row
from exvivo.store.change import Change

_PIECE = 1 << 20
"""Bytes that are unpacked at a time: content that was exchanged may unpack to any size."""


@dataclass(frozen=True)
class Named:
    """Which rows name a content, and which say that they erased it.

    `last` has the number of the last row that names each sha256, and what it is there; `erased`
    that of the last row that erased it.
    """

    last: dict[str, tuple[int, str]] = field(default_factory=dict)
    erased: dict[str, int] = field(default_factory=dict)

    @classmethod
    def by(cls, rows: Iterable[Row]) -> Named:
        """What the rows of a chain name and erase; rows that cannot be read name nothing."""
        named = cls()
        for row in rows:
            if row.kind in ERASING:
                named.erased.update(dict.fromkeys(row.erased, row.number))
            named.last.update({each: (row.number, role) for role, each in row.texts.items()})
        return named

    def is_kept(self, sha256: str) -> bool:
        """Whether a content must be there: a row names it, and none erased it later."""
        return sha256 in self.last and self.last[sha256][0] >= self.erased.get(sha256, 0)

    def path(self, sha256: str) -> str:
        """A content as a finding names it."""
        number, role = self.last.get(sha256, (0, ""))
        return f"{number}/{role}" if number else sha256


def wrong_texts(connection: sqlite3.Connection, rows: Iterable[Row]) -> Iterator[Change]:
    """Contents that are changed, gone, erased and yet there, or named by no row."""
    named, there = Named.by(rows), set()
    for sha256, packed in connection.execute("SELECT sha256, bytes FROM contents"):
        there.add(sha256)
        if not is_packed(packed, sha256):
            yield Change(named.path(sha256), "text", "changed")
        if not named.is_kept(sha256):
            yield Change(named.path(sha256), "text", "erased" if sha256 in named.last else "new")
    gone = (each for each in named.last if named.is_kept(each) and each not in there)
    yield from (Change(named.path(each), "text", "missing") for each in gone)


def is_packed(packed: object, sha256: object) -> bool:
    """Whether compressed bytes are whole, and those of a hash."""
    if not isinstance(packed, bytes):
        return False
    unpacked, digest, rest = zlib.decompressobj(), hashlib.sha256(), packed
    try:
        while not unpacked.eof:
            piece = unpacked.decompress(rest, _PIECE)
            digest.update(piece)
            rest = unpacked.unconsumed_tail
            if not piece and not rest and not unpacked.eof:
                return False
    except zlib.error:
        return False
    return not unpacked.unused_data and digest.hexdigest() == sha256
