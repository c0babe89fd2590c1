"""A csv text cut into its rows as they are written, each with all of its line ends: a quoted cell
may run over several lines. The parts joined are the text again, sign by sign.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_CODECS = ("utf-8-sig", "utf-8", "cp1252", "latin-1")


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """A row as it is written: the number of the line it begins on, its text, and its cells, which
    are none for a comment.
    """

    line: int
    text: str
    cells: tuple[str, ...]


def written_rows(text: str, separator: str, *, comments: bool = False) -> list[WrittenRow]:
    r"""The rows of a text. With `comments`, a row that starts with # is one.

    >>> [row.text for row in written_rows('a,"b\nc"\nd,e', ",")]
    ['a,"b\nc"\n', 'd,e']
    """
    lines, at, rows = _LINE.findall(text), 0, []
    while at < len(lines):
        row = _row(lines, at, separator, comments=comments)
        rows.append(row)
        at += len(_LINE.findall(row.text))
    return rows


def _row(lines: Sequence[str], at: int, separator: str, *, comments: bool) -> WrittenRow:
    if comments and lines[at].startswith("#"):
        return WrittenRow(at + 1, lines[at], ())
    taken: list[str] = []
    cells = next(csv.reader(_one_by_one(lines, at, taken), delimiter=separator), [])
    return WrittenRow(at + 1, "".join(taken), tuple(cells))


def _one_by_one(lines: Sequence[str], at: int, taken: list[str]) -> Iterator[str]:
    """Lines from one on, each noted when it is asked for."""
    for number in range(at, len(lines)):
        taken.append(lines[number])
        yield lines[number]


def codec_of(raw: bytes) -> str:
    """The letters of a file, such that they give the same bytes back."""
    for codec in ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else _CODECS:
        with suppress(UnicodeDecodeError):
            if raw.decode(codec).encode(codec) == raw:
                return codec
    return "latin-1"
