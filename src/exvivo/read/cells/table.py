"""A table of a csv, tsv or xlsx file: a header and rows of cells, text or number, each with an
address a person can find.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from exvivo.catalog import spelling
from exvivo.cells.cell import Cell, any_filled, text_of, workbook_address
from exvivo.cells.guards import OLE, describe
from exvivo.cells.messages import and_more, read_error
from exvivo.cells.text_rows import table_rows
from exvivo.cells.workbook import open_workbook
from exvivo.errors import Mistake, ReadError
from exvivo.read.result import Ignored
from exvivo.words import shortened


@dataclass(frozen=True)
class Table:
    """A header and the rows under it. `lines` are the rows' numbers in the file; `sheet` is empty
    for text files.

    `separator` stands between the cells of a text file.
    """

    source: str
    sheet: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    header_line: int
    lines: tuple[int, ...]
    other_sheets: tuple[str, ...] = field(default=())
    separator: str = ""
    at: tuple[int, ...] = ()
    """Where its columns stand in the sheet, where some between them have no name and no cells."""

    def where(self, row: int, column: int) -> str:
        """The address of a cell: `raw/x.xlsx Sheet1!C12`, or `raw/x.csv:12 column TNF`."""
        line = self.lines[row] if row >= 0 else self.header_line
        if self.sheet:
            place = self.at[column] if self.at else column
            return workbook_address(self.source, self.sheet, line, place)
        return f"{self.source}:{line} column {self.header[column]}"

    def top(self) -> str:
        """The address of the header line."""
        if self.sheet:
            return workbook_address(self.source, self.sheet, self.header_line, 0)
        return f"{self.source}:{self.header_line}"

    def column(self, index: int) -> Iterator[Cell]:
        """The cells of a column, from top to bottom."""
        return (row[index] for row in self.rows)

    def columns(self, indices: Iterable[int]) -> Iterator[Cell]:
        """The cells of some columns, one column after the other."""
        for index in indices:
            yield from self.column(index)

    def places(self, names: Collection[str]) -> set[int]:
        """The columns that have one of these names."""
        return {at for at, name in enumerate(self.header) if name in names}

    def texts(self, name: str) -> list[str]:
        """The cells of a column as text; nothing in every row where there is no such column."""
        if name not in self.header:
            return [""] * len(self.rows)
        return list(map(text_of, self.column(self.header.index(name))))


def looks_like_table(raw: bytes, suffix: str) -> bool:
    """Whether a file is a workbook or text that may be a table."""
    if raw.startswith(OLE) or describe(raw[:4096]) == "text":
        return True
    return raw.startswith(b"PK") and suffix in (".xlsx", ".xlsm", "", ".xls")


def read_table(
    raw: bytes, source: str, *, sheet: str = "", usual_sheet: str = "", comments: bool = False
) -> Table:
    """The table of a csv, tsv or xlsx file; of a workbook with several sheets `sheet`, else
    `usual_sheet`. With `comments`, lines starting with # are passed over.

    Raises `ReadError` for a damaged file, an unknown or undecided sheet, a column named twice, and
    rows longer (in text: or shorter) than the header.
    """
    if raw.startswith((b"PK", OLE)):
        return _sheet_table(raw, source, (sheet, usual_sheet), comments=comments)
    rows, separator = table_rows(raw, source, comments=comments)
    return replace(table_of(source, "", rows), separator=separator)


def _sheet_table(raw: bytes, source: str, names: tuple[str, str], *, comments: bool) -> Table:
    """The table of the sheet that is named first, else of the only one, else of the second."""
    workbook = open_workbook(raw, source)
    wanted = names[0] or (names[1] if len(workbook.sheets) != 1 else workbook.sheets[0])
    if wanted not in workbook.sheets:
        undecided = f"{len(workbook.sheets)} sheets and no word which to read"
        raise read_error(
            source,
            f"no sheet {wanted!r}{spelling.did_you_mean(wanted, workbook.sheets)}"
            if wanted
            else undecided,
            "one of its sheets: " + shortened(workbook.sheets),
            "name the sheet in study.yaml (`sheet:`)",
        )
    filled = [
        (line, row)
        for line, row in enumerate(workbook.marked_rows(wanted), start=1)
        if any_filled(row) and not (comments and text_of(row[0]).startswith("#"))
    ]
    others = tuple(sheet for sheet in workbook.sheets if sheet != wanted)
    return replace(table_of(source, wanted, filled), other_sheets=others)


def table_of(source: str, sheet: str, grid: Sequence[tuple[int, Sequence[Cell]]]) -> Table:
    """The table of rows that are not empty, each with its line; the first is the header.

    Raises `ReadError` for a table without rows, a column named twice and rows longer than the
    header.
    """
    where = f"{source} {sheet}".strip()
    if not grid:
        raise read_error(where, "an empty table", "a header line and rows", "fill the table")
    (line, first), *body = grid
    width = max((at + 1 for at, cell in enumerate(first) if cell != ""), default=0)
    header = tuple(map(text_of, first[:width]))
    mistakes = [
        *_named_twice(f"{where}, line {line}", header),
        *_long_rows(where, line, width, body),
    ]
    if mistakes:
        raise ReadError(mistakes)
    rows = tuple(tuple([*row, *[""] * width][:width]) for _, row in body)
    return Table(source, sheet, header, rows, line, tuple(number for number, _ in body))


def _named_twice(where: str, header: Sequence[str]) -> Iterator[Mistake]:
    for name, count in sorted(Counter(filter(None, header)).items()):
        if count > 1:
            yield Mistake(
                where,
                f"the column `{name}` twice",
                "each column once",
                "rename or remove one",
            )


def _long_rows(
    where: str, header_line: int, width: int, body: Sequence[tuple[int, Sequence[Cell]]]
) -> Iterator[Mistake]:
    long = [(line, len(row)) for line, row in body if any_filled(row[width:])]
    if long:
        line, count = long[0]
        yield Mistake(
            f"{where}, line {line}",
            f"{count} cells{and_more(len(long) - 1)}",
            f"{width} at most: the first line that is not empty (line {header_line}) is the header "
            "of the table",
            "remove lines above the header; put text that holds a separator in double quotes, "
            "give every column a name, and keep one table alone",
        )


def unread_columns(
    table: Table,
    read: Collection[int | None],
    why: Mapping[str, str] = MappingProxyType({}),
    *,
    otherwise: str = "not known to this reader",
) -> Iterator[Ignored]:
    """The columns that are not among those read, each with its reason by its name in lower case,
    else `otherwise`.
    """
    for index, name in enumerate(table.header):
        if index not in read and (name or any_filled(table.column(index))):
            what = f"column {name}" if name else f"column {index + 1}, which has no name"
            yield Ignored(what, why.get(name.lower(), otherwise))


def unread_sheets(table: Table, why: str) -> Iterator[Ignored]:
    """The other sheets of its workbook, with the reason why they are not read."""
    for name in table.other_sheets:
        yield Ignored(f"sheet {name}", why)
