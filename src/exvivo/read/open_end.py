"""Texts without a line end: a file that broke off inside its last number reads as a whole one
(`12345` as `123`), so what rests on its last cell is named.

Many editors drop the last line end of a whole file, so a file is not refused for it, and nothing is
said where its last cell is no part of a reading, or shows that it is whole: it stands in quotes,
has as many decimals as all others of its column, is what most of them are, or is a word that
stands there elsewhere. What rests on the cell is found by reading the file again with other cells
in its place. A last line that has fewer cells than the line above it, and on which readings rest,
is refused: it breaks off.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from exvivo.cells.guards import describe
from exvivo.cells.messages import read_error
from exvivo.cells.text import decode
from exvivo.cells.text_rows import lines_of, separator_of
from exvivo.errors import ReadError
from exvivo.read.result import FileRead

CELL, WELLS = "cell without a line end", "wells that rest on it"
"""The facts of a file that name its last cell, and the wells, one a line."""
_LINES = 400
"""Lines above the last one that its cell is held against."""
_OTHERS = 4
_SHOWN = 40
_DECIMALS = re.compile(r"[+-]?[0-9]+[.,]([0-9]+)$")
_MANY = 8
"""Cells of a column from which one that most of them are is a usual one."""
_FEWEST = 3
"""Numbers of a column from which its decimals tell."""
Read = Callable[[bytes], FileRead]
"""The file, read from other bytes. Raises `ReadError`."""


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


def with_open_end(file: FileRead, raw: bytes, source: str, read: Read) -> FileRead:
    """The file with what rests on its last cell, where that may be cut, among its facts. Raises
    `ReadError` where its last line breaks off.
    """
    end = _end(raw)
    if end is None or (not end.is_short and _is_whole(end.cell, end.column)):
        return file
    wells = list(dict.fromkeys(_resting(end, file, read)))
    if wells and end.is_short:
        raise _broken_off(end, source)
    facts = {CELL: end.cell.strip(), WELLS: "\n".join(wells)} if wells else {}
    return replace(file, header={**file.header, **facts})


def _broken_off(end: _End, source: str) -> ReadError:
    return read_error(
        f"{source}:{end.line}",
        f"a last line that breaks off behind {end.cell[-_SHOWN:]!r}, without a line end",
        "as many cells as in the line above it",
        "copy or export the file again; if the line is whole, write its empty cells, too",
    )


def _end(raw: bytes) -> _End | None:
    """The end of a text; None for another file, and for one that ends with a line end."""
    if describe(raw) != "text":
        return None
    text = decode(raw)
    if not text or text[-1] in "\r\n":
        return None
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


def _is_whole(cell: str, column: Sequence[str]) -> bool:
    """Whether a cell shows that nothing of it is lost."""
    bare = cell.strip()
    if len(bare) > 1 and bare.endswith('"'):
        return True
    own = _DECIMALS.match(bare)
    if own:
        decimals = [len(match[1]) for match in map(_DECIMALS.match, column) if match]
        return len(decimals) >= _FEWEST and set(decimals) == {len(own[1])}
    usual = bool(bare) and len(column) >= _MANY and 2 * column.count(bare) > len(column)
    return usual or (bare.isalpha() and bare in column)


def _resting(end: _End, file: FileRead, read: Read) -> Iterator[str]:
    """The wells of readings that are others with another last cell, or, where the last line is
    short, without the line.
    """
    known = _rows(file)
    for cell in (f"{end.cell}9", f"{end.cell}x", *_others(end)):
        yield from _changed(known, end.before + cell, read)
    if end.is_short:
        yield from _changed(known, end.without_line, read, refused=end.of_several)


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


def _rows(file: FileRead) -> dict[str, str]:
    """Every reading in full, without the file's name and hash, and its well."""
    readings: pl.DataFrame = file.readings.drop("source", "sha256")
    return dict(zip(map(repr, readings.rows()), readings["well"], strict=True))
