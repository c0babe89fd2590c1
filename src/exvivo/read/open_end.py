"""Texts without a line end: a file that broke off inside its last number reads as a whole one
(`12345` as `123`), so what rests on its last cell is named.

Many editors drop the last line end of a whole file, so a file is not refused for it, and nothing is
said where its last cell is no part of a reading, or shows that it is whole (`cells.open_end`). What
rests on the cell is found by reading the file again with other cells in its place. A last line that
has fewer cells than the line above it, and on which readings rest, is refused: it breaks off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from exvivo.cells.messages import read_error
from exvivo.cells.open_end import ends_open, is_whole
from exvivo.cells.text import decode
from exvivo.cells.text_rows import lines_of, separator_of
from exvivo.errors import ReadError

CELL, WELLS = "cell without a line end", "wells that rest on it"
"""The facts of a file that name its last cell, and the wells, one a line."""
_LINES = 400
"""Lines above the last one that its cell is held against."""
_OTHERS = 4
_LARGE = 4 << 20
"""Letters of a text from which reading it again takes too long to try more than one cell."""
_SHOWN = 40
Read = Callable[[bytes], pl.DataFrame]
"""The READINGS of other bytes in the place of the file. Raises `ReadError`."""


@dataclass(frozen=True)
class _End:
    """The end of a text: what stands before its last cell, the cell, the cells above it, whether
    its line is shorter than the one above, its number, the text without it, and whether it has
    several cells.
    """

    before: str
    cell: str
    column: Sequence[str]
    is_short: bool
    line: int
    without_line: str
    of_several: bool


def facts_of_open_end(
    raw: bytes, readings: pl.DataFrame, source: str, read: Read
) -> dict[str, str]:
    """What rests on the last cell of a file, where that may be cut, as facts of the file; nothing
    where nothing does. Raises `ReadError` where its last line breaks off.
    """
    end = _end(raw)
    if end is None or (not end.is_short and is_whole(end.cell, end.column)):
        return {}
    wells = list(dict.fromkeys(_resting(end, _rows(readings), read)))
    if wells and end.is_short:
        raise _broken_off(end, source)
    return {CELL: end.cell.strip(), WELLS: "\n".join(wells)} if wells else {}


def _broken_off(end: _End, source: str) -> ReadError:
    return read_error(
        f"{source}:{end.line}",
        f"a last line that breaks off behind {end.cell[-_SHOWN:]!r}, without a line end",
        "as many cells as in the line above it",
        "copy or export the file again; if the line is whole, write its empty cells, too",
    )


def _end(raw: bytes) -> _End | None:
    """The end of a text; None for another file, and for one that ends with a line end."""
    if not ends_open(raw):
        return None
    text = decode(raw)
    *above, line = lines_of(text)
    filled = [other for other in above if other.strip()][-_LINES:]
    separator = separator_of(line if separator_of(line) in line else (filled or [""])[-1])
    cells = line.split(separator)
    rows = [other.split(separator) for other in filled]
    column = [row[len(cells) - 1].strip() for row in rows if len(row) >= len(cells)]
    is_short = bool(rows) and len(cells) < len(rows[-1])
    before = text[: len(text) - len(cells[-1])]
    without_line = text[: len(text) - len(line)]
    return _End(before, cells[-1], column, is_short, len(above) + 1, without_line, len(cells) > 1)


def _resting(end: _End, known: Mapping[str, str], read: Read) -> Iterable[str]:
    """The wells of readings that are others with another last cell, or, where the last line is
    short, without the line. The first change tells; of a large file only one is tried.
    """
    cells = [f"{end.cell}9", f"{end.cell}x", *_others(end)]
    for cell in cells if len(end.before) < _LARGE else cells[:1]:
        if wells := list(_changed(known, end.before + cell, read)):
            return wells
    if not end.is_short:
        return ()
    return list(_changed(known, end.without_line, read, refused=end.of_several))


def _others(end: _End) -> Iterable[str]:
    """Other cells of the column, the most frequent first."""
    counts = Counter(cell for cell in end.column if cell != end.cell.strip())
    return [cell for cell, _ in counts.most_common(_OTHERS)]


def _changed(
    known: Mapping[str, str], text: str, read: Read, *, refused: bool = False
) -> Iterator[str]:
    """The wells of the readings that another text does not give; of one that is refused, none or,
    with `refused`, all.
    """
    try:
        other = _rows(read(text.encode()))
    except ReadError:
        yield from known.values() if refused else ()
        return
    yield from (well for row, well in known.items() if row not in other)


def _rows(readings: pl.DataFrame) -> dict[str, str]:
    """Every reading in full, without the file's name and hash, and its well."""
    rows = readings.drop("source", "sha256").rows()
    return dict(zip(map(repr, rows), readings["well"], strict=True))
