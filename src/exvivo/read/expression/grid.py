"""The cells of a table of expression as text, millions of them in a second.

A plain table is cut by polars. Whatever is not plain (quotes inside cells, rows of other lengths,
blank names) is cut by `cells.text_rows`, which says exactly what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from exvivo.cells.cell import Cell
from exvivo.cells.guards import describe, gunzip, load
from exvivo.cells.messages import read_error
from exvivo.cells.text import table_text
from exvivo.cells.text_rows import TextRow, lines_of, separator_of, table_rows
from exvivo.read.cells.table import table_of
from exvivo.sources import Content, refuse_excess

_SEPARATOR, _SPACES = re.compile(r"[\t;,]"), re.compile('"[^"]*"| +')
SPREADSHEET_ERRORS = ("#N/A", "#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!")
"""What a spreadsheet writes where a formula fails; a line that begins so is no comment."""
Line = tuple[int, str]
"""A line of a text and its number."""


@dataclass(frozen=True)
class Grid:
    """A header and the cells under it, as text: a column of `cells` for each name of the header,
    null where a cell is empty. `lines` are the rows' numbers in the file. `is_short` where the
    header of the file had no name for the first column, as R writes it.
    """

    source: str
    sha256: str
    header: tuple[str, ...]
    header_line: int
    cells: pl.DataFrame
    lines: tuple[int, ...]
    is_short: bool = False

    def top(self) -> str:
        """The address of the header line."""
        return f"{self.source}:{self.header_line}"

    def where(self, row: int, column: int) -> str:
        """The address of a cell: `raw/x.csv:12 column D1`."""
        return f"{self.source}:{self.lines[row]} column {self.header[column] or column + 1}"

    def texts(self, column: int) -> list[str]:
        """The cells of a column, stripped."""
        return self.cells.to_series(column).fill_null("").str.strip_chars().to_list()

    def row(self, row: int) -> tuple[str, ...]:
        """The cells of a row, stripped."""
        return tuple((cell or "").strip() for cell in self.cells.row(row))


def lines_in(content: Content, source: str) -> list[str]:
    """The lines of a text that may be packed. Raises `ReadError` for any other file."""
    packed = load(content, source)
    raw = gunzip(packed.raw, source) if packed.raw.startswith(b"\x1f\x8b") else packed.raw
    refuse_excess(raw, packed.bounds, source)
    if describe(raw[:4096]) != "text":
        raise read_error(
            source,
            describe(raw),
            "a table of genes: csv or tsv, plain or packed (.gz)",
            "export the table as csv; a spreadsheet may turn names of genes into dates",
        )
    return _tabbed(lines_of(table_text(raw, source)))


def _tabbed(lines: list[str]) -> list[str]:
    """The lines with tabs for the spaces that R's `write.table` puts between cells, where every
    line has spaces and none another separator.
    """
    filled = [line.strip() for line in lines if line.strip(' "') and not _is_comment(line)]
    if all(" " in line and not _SEPARATOR.search(line) for line in filled):
        return list(map(_with_tabs, lines))
    return lines


def _with_tabs(line: str) -> str:
    return line if _is_comment(line) else _SPACES.sub(_tab, line.strip())


def _tab(found: re.Match[str]) -> str:
    """A tab for spaces; what stands in quotes as it is."""
    return "\t" if found[0].startswith(" ") else found[0]


def grid_of(lines: list[str], source: str, sha256: str, names: frozenset[str]) -> Grid:
    """The cells of a text, comments passed over: lines that begin with #.

    A header that is one name shorter than every row is R's: the first column are the names of the
    rows, unless the first name is one of `names`, which columns of genes have. Raises `ReadError`
    for what `cells.text_rows` and a table refuse.
    """
    kept = ["" if _is_comment(line) else line for line in lines]
    return _quick(kept, source, sha256, names) or _careful(kept, source, sha256, names)


def _is_comment(line: str) -> bool:
    return line.startswith("#") and not line.startswith(SPREADSHEET_ERRORS)


def _quick(lines: list[str], source: str, sha256: str, names: frozenset[str]) -> Grid | None:
    """The grid of a plain table; nothing of any other."""
    filled = [(at, line) for at, line in enumerate(lines, 1) if line]
    separator = separator_of(filled[0][1]) if filled else ""
    kept = [(at, line) for at, line in filled if line.strip(separator + " ")]
    plain = _unquoted(kept, separator) if len(kept) > 1 else None
    if plain is None or separator not in plain[0]:
        return None
    header = tuple(name.strip() for name in plain[0].split(separator))
    width = plain[1].count(separator) + 1
    is_short = len(header) == width - 1 and header[0].lower() not in names
    if len(header) != width and not is_short:
        return None
    if not _is_plain(header, plain[1:], (separator, width)):
        return None
    cells = pl.read_csv(
        "\n".join(plain[1:]).encode(),
        has_header=False,
        separator=separator,
        quote_char=None,
        infer_schema=False,
    )
    if cells.shape != (len(kept) - 1, width):
        return None
    header = ("", *header) if is_short else header
    numbers = tuple(at for at, _ in kept[1:])
    return Grid(source, sha256, header, kept[0][0], cells, numbers, is_short)


def _is_plain(header: Sequence[str], rows: Iterable[str], form: tuple[str, int]) -> bool:
    """Whether every name is there once, and every row has as many cells as the first."""
    separator, width = form
    same = all(row.count(separator) == width - 1 for row in rows)
    return same and _are_names(header)


def _are_names(header: Sequence[str]) -> bool:
    """Whether the first name alone may be empty, and none is there twice."""
    return all(header[1:]) and len(set(header)) == len(header)


def _unquoted(rows: Sequence[Line], separator: str) -> list[str] | None:
    """The rows without the double quotes around whole cells; nothing where quotes stand elsewhere
    or a cell in quotes holds a separator.
    """
    quoted = _quoted(separator)
    if all('"' not in line or quoted.fullmatch(line) for _, line in rows):
        return [line.replace('"', "") for _, line in rows]
    return None


def _quoted(separator: str) -> re.Pattern[str]:
    """A row whose quotes stand around whole cells without a separator in them."""
    cell = rf'(?:"[^"{separator}]*"|[^"{separator}]*)'
    return re.compile(rf"{cell}(?:{separator}{cell})*")


def _careful(lines: list[str], source: str, sha256: str, names: frozenset[str]) -> Grid:
    rows, _ = table_rows("\n".join(lines).encode(), source, comments=False)
    is_short = _is_short(rows, names)
    if is_short:
        rows = [(rows[0][0], ["", *rows[0][1]]), *rows[1:]]
    table = table_of(source, "", rows)
    schema = [f"column_{at}" for at in range(len(table.header))]
    cells = pl.DataFrame(_texts(table.rows), schema=dict.fromkeys(schema, pl.String), orient="row")
    return Grid(
        source, sha256, table.header, table.header_line, cells, tuple(table.lines), is_short
    )


def _texts(rows: Iterable[Sequence[Cell]]) -> list[list[str | None]]:
    return list(map(_text_or_none, rows))


def _text_or_none(row: Sequence[Cell]) -> list[str | None]:
    return [str(cell) or None for cell in row]


def _is_short(rows: Sequence[TextRow], names: frozenset[str]) -> bool:
    """Whether every row has one cell more than the header, which has no blank name."""
    header = rows[0][1] if len(rows) > 1 else []
    if not all(header) or not header or header[0].lower() in names:
        return False
    return all(len(cells) == len(header) + 1 for _, cells in rows[1:])
