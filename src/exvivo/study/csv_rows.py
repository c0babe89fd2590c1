"""A table of the study folder as rows of text that know their places: csv or a workbook, whatever
stands above the header. Nothing is guessed, every slip has its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from exvivo.cells.cell import Cell
from exvivo.errors import Mistake, StudyError
from exvivo.study.entry import Mistakes
from exvivo.study.headings import ANY, Columns, header_of
from exvivo.study.sheets import TextSheet, hollow_cell, sheets_of
from exvivo.words import counted, listed, shortened


@dataclass(frozen=True, slots=True)
class Passed:
    """Something of a file that no table took up: what, and why; `look` where a person may have
    meant it to be read.
    """

    what: str
    why: str
    look: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: stripped text by column; empty cells and absent columns are empty text.
    `places` are the addresses of its cells, where they have their own.
    """

    where: str
    cells: Mapping[str, str]
    places: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def mistake(self, finding: str, expected: str, cure: str, *, column: str = "") -> Mistake:
        """A mistake of this line, or of the cell of one of its columns."""
        return Mistake(self.places.get(column, self.where), finding, expected, cure)


@dataclass(frozen=True)
class Rows:
    """The header of a table and its rows; `top` is where the header stands, `columns` those it may
    have, `passed` what no table took up, and `separator` what parts the cells of a text.
    """

    file: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    top: str = ""
    columns: Columns = ANY
    passed: tuple[Passed, ...] = ()
    separator: str = ""

    def mistake(self, finding: str, expected: str, cure: str) -> Mistake:
        """A mistake of the header."""
        return Mistake(self.top or f"{self.file}:1", finding, expected, cure)

    def lacking(self, *columns: str) -> Mistakes:
        """A mistake for each of these columns that the table lacks, with the one that may be
        meant.
        """
        for name in columns:
            if name not in self.header:
                yield self.mistake(
                    f"no column `{name}` among: {shortened(self.header)}{self._instead(name)}",
                    "at least " + " and ".join(columns),
                    f"add a column `{name}`, or rename the one that is meant",
                )

    def _instead(self, name: str) -> str:
        """The headings that may be meant for a column that is lacking."""
        others = [heading for heading in self.header if heading not in self.columns.names]
        near = [heading for heading in others if self.columns.meant(heading) == name]
        return f" (is `{name}` meant by {listed(f'`{heading}`' for heading in near)}?)" * bool(near)


@dataclass(frozen=True)
class Located:
    """A table located in a sheet: the columns of its header, the lines under it, and what stands
    above. `texts` and `cells` reach as far as the header does.
    """

    sheet: TextSheet
    top: int
    header: tuple[str, ...]
    at: tuple[int, ...]
    texts: tuple[tuple[str, ...], ...]
    cells: tuple[tuple[Cell, ...], ...]

    @property
    def lines(self) -> tuple[int, ...]:
        """The numbers of its lines."""
        return self.sheet.lines[self.top + 1 :]


def first_rows(rows: Iterable[Row], column: str) -> dict[str, Row]:
    """The first row of each word of a column."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row[column], row)
    return first


def read_rows(raw: bytes, *, file: str, columns: Columns = ANY) -> Rows:
    """The rows of a table by its bytes: csv (comma, semicolon or tab; UTF-8, UTF-16 or Windows'
    letters), or one sheet of a workbook. Empty lines, lines starting with # and titles above the
    header are passed over.

    Raises `StudyError` for an empty file, one that is no table, a column named twice, double
    quotes that are not closed, and rows of another length.
    """
    located, passed = locate(raw, file=file, columns=columns)
    return rows_of(located, columns, passed)


def locate(raw: bytes, *, file: str, columns: Columns) -> tuple[Located, list[Passed]]:
    """The table of a file that has these columns, and what else the file holds. Raises `StudyError`
    as `read_rows` does.
    """
    sheets = sheets_of(raw, file=file, likeness=lambda rows: _likeness(rows, columns))
    sheet = _sheet_of(sheets, columns, file)
    others = [other for other in sheets if other is not sheet]
    located = located_in(sheet, columns)
    return located, [*above(located), *other_sheets(others, sheet)]


def _likeness(rows: Sequence[Sequence[str]], columns: Columns) -> int:
    """The most columns that a line names."""
    return max((columns.known(row) for row in rows), default=0)


def _sheet_of(sheets: list[TextSheet], columns: Columns, file: str) -> TextSheet:
    """The sheet that holds the table: the one named as the file, the only one that is shown, or the
    only one with the columns.
    """
    shown = [sheet for sheet in sheets if not sheet.hidden] or sheets
    stem = Path(file).stem.casefold()
    named = [sheet for sheet in shown if sheet.name.casefold() == stem]
    fitting = [sheet for sheet in shown if _holds(sheet, columns)]
    for choice in (named, shown, fitting):
        if len(choice) == 1:
            return choice[0]
    names = shortened([sheet.name for sheet in fitting or shown])
    raise StudyError(
        Mistake(
            file,
            f"{len(fitting or shown)} sheets that may be meant: {names}",
            f"one sheet {columns.one_line()}",
            f"name the right one `{Path(file).stem}`, or remove the others",
        )
    )


def _holds(sheet: TextSheet, columns: Columns) -> bool:
    header = header_of(sheet.rows, columns)
    return header is not None and set(columns.required) <= set(columns.named(sheet.rows[header.at]))


def other_sheets(others: Iterable[TextSheet], taken: TextSheet) -> Iterator[Passed]:
    """The sheets beside the one that was read."""
    for sheet in others:
        hidden = "hidden " if sheet.hidden else ""
        why = f"the table is on sheet {taken.name}"
        yield Passed(f"{hidden}sheet {sheet.name}", why, look=sheet.hidden)


def above(located: Located) -> Iterator[Passed]:
    """The lines above a header."""
    for line, row in zip(located.sheet.lines, located.sheet.rows[: located.top], strict=False):
        words = " ".join(dict.fromkeys(filter(None, row)))
        place = f"{located.sheet.name} line {line}".strip()
        yield Passed(f"{place}, {words[:60]!r}", "above the header of the table")


def located_in(sheet: TextSheet, columns: Columns) -> Located:
    """The table of a sheet. Raises `StudyError` for a column named twice or not at all, and for
    rows of another length.
    """
    header = header_of(sheet.rows, columns)
    top = header.at if header else 0
    headings = sheet.rows[top]
    at = tuple(_columns_of(headings, sheet.rows[top + 1 :]))
    names = columns.named([headings[place] if place < len(headings) else "" for place in at])
    where = sheet.where(top)
    lengths = (max(at, default=-1) + 1, len(headings))
    mistakes = [*_header_mistakes(where, names, headings, at), *_other_lengths(sheet, top, lengths)]
    if mistakes:
        raise StudyError(mistakes)
    body = range(top + 1, len(sheet.rows))
    if hollow := [slip for row in body for slip in _hollow(sheet, row, at, names, columns)]:
        raise StudyError(hollow)
    texts = tuple(tuple(sheet.rows[row][place] for place in at) for row in body)
    cells = tuple(tuple(sheet.cells[row][place] for place in at) for row in body)
    return Located(sheet, top, tuple(names), at, texts, cells)


def _hollow(
    sheet: TextSheet, row: int, at: Sequence[int], names: Sequence[str], columns: Columns
) -> Mistakes:
    """The errors and formulas without a value of a row, in the columns that are read."""
    for place, name in zip(at, names, strict=True):
        if columns.open or name in columns.names:
            yield from hollow_cell(sheet, row, place)


def _columns_of(headings: Sequence[str], body: Sequence[Sequence[str]]) -> Iterator[int]:
    """The columns of a table: those with a heading, and those with anything under an empty one."""
    for at, heading in enumerate(headings):
        if heading or any(at < len(row) and row[at] for row in body):
            yield at


def _header_mistakes(
    where: str, names: list[str], headings: Sequence[str], at: Sequence[int]
) -> Mistakes:
    for name in _repeated(names):
        written = [headings[place] for place, own in zip(at, names, strict=True) if own == name]
        spelled = list(dict.fromkeys(written)) if name else []
        finding = f"the column `{name}` twice" if name else "columns without a name"
        if len(spelled) > 1:
            finding += f" ({listed(f'`{word}`' for word in spelled)})"
        yield Mistake(where, finding, "each column once, with a name", "rename or remove one")


def _repeated(names: list[str]) -> list[str]:
    """The names that several columns have, sorted."""
    return sorted(name for name, count in Counter(names).items() if count > 1)


def _other_lengths(sheet: TextSheet, top: int, lengths: tuple[int, int]) -> Mistakes:
    """Rows of a text that end before the last column, or are filled beyond the header: one mistake
    for all of a length.
    """
    least, most = lengths
    expected = f"{least} cells, as in the header (line {sheet.lines[top]})"
    lines_of: dict[int, list[int]] = {}
    for at in range(top + 1, len(sheet.rows)):
        row = sheet.rows[at]
        if len(row) < least or _filled(row) > most:
            lines_of.setdefault(len(row), []).append(at)
    for length, (first, *more) in lines_of.items():
        numbers = [str(sheet.lines[at]) for at in more]
        also = f" (also in line {shortened(numbers)})" if more else ""
        yield Mistake(
            sheet.where(first),
            counted(length, "cell") + also,
            expected,
            "add or remove a separator; put text that holds one in double quotes; remove lines "
            "above the header",
        )


def _filled(row: Sequence[str]) -> int:
    """How far a row is filled."""
    return max((at + 1 for at, cell in enumerate(row) if cell), default=0)


def rows_of(located: Located, columns: Columns, passed: Sequence[Passed] = ()) -> Rows:
    """A located table as rows."""
    sheet = located.sheet
    rows = tuple(_row(located, at) for at in range(len(located.texts)))
    return Rows(
        sheet.file,
        located.header,
        rows,
        sheet.where(located.top),
        columns,
        tuple(passed),
        sheet.separator,
    )


def _row(located: Located, at: int) -> Row:
    sheet, line = located.sheet, located.top + 1 + at
    cells = dict(zip(located.header, located.texts[at], strict=True))
    places: dict[str, str] = {}
    if sheet.name:
        columns = zip(located.header, located.at, strict=True)
        places = {name: sheet.where(line, column) for name, column in columns}
    return Row(sheet.where(line), cells, places)
