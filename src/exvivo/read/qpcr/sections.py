"""Exports made of sections, each a table of wells: text with `[Results]` lines, or a workbook with
a sheet a section.

What stands above and below a table (`* Block Type = 96-Well`, `# Block Type: 96-Well`, or two
cells) are the facts of the file. A line that is neither title, fact, header nor a well is never
passed over: it is counted, or a mistake.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.table import column_letters, is_workbook, read_sheets, text_of
from exvivo.read.cells.text import decode
from exvivo.read.cells.workbook_cells import Cell

_TITLE = re.compile(r"\[([^\[\]]{1,80})\]$")
_FACT = re.compile(r"""["']?([*#])\s""")
_WELLISH = re.compile(r"([0-9]{1,5}(\.0+)?|([A-Pa-p]|[Aa][A-Fa-f])[0-9]{1,3})$")
_WELL_WORD = re.compile(r"""(?:^|[\t;,"]) *well(?: ?position)? *(?:["\t;,]|$)""", re.IGNORECASE)
_GREEK = str.maketrans({"т": "t", "Т": "t", "ò": "t", "δ": "delta", "∆": "delta", "²": "2"})
_LEAST_COLUMNS = 3
"""Cells a header needs: two cells are a fact."""

Row = tuple[int, Sequence[Cell]]
"""A line's number in the file (or sheet), and its cells."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section of an export. `header` is empty where it holds no table of wells; `other` counts
    lines of no kind.
    """

    name: str
    source: str
    sheet: str = ""
    header: tuple[str, ...] = ()
    line: int = 0
    rows: tuple[Row, ...] = ()
    other: int = 0

    def at(self, line: int, column: int) -> str:
        """The address of a cell: `raw/x.xlsx Results!O46`, or `raw/x.txt:46 column CT`."""
        if self.sheet:
            return f"{self.source} {self.sheet}!{column_letters(column)}{line}"
        return f"{self.source}:{line} column {self.header[column]}"


@dataclass(frozen=True, slots=True)
class Export:
    """A whole export: its sections in order, its facts by plain name (each with its name as
    written), its mistakes.
    """

    sections: tuple[Section, ...]
    facts: Mapping[str, tuple[str, str]]
    mistakes: tuple[Mistake, ...]


def plain_name(name: str) -> str:
    """A column's, section's or fact's name without what programs write differently: case, spaces,
    signs, a Cyrillic т.

    >>> plain_name("Cт"), plain_name(" Well  Position"), plain_name("ΔRn"), plain_name("C?")
    ('ct', 'wellposition', 'deltarn', 'c?')
    """
    return re.sub(r"[^a-z0-9?]+", "", name.lower().replace("ñ‚", "t").translate(_GREEK))


def read_export(raw: bytes, source: str, titles: Collection[str]) -> Export:
    """The sections of an export, text or workbook. `titles` are the plain names that are a title
    where they stand alone.

    Raises `ReadError` for a damaged workbook, a binary file, and text whose double quotes do not
    close.
    """
    reading = _Reading(source, titles)
    if is_workbook(raw):
        sheets = read_sheets(raw, source)
        for sheet, rows in sheets.items():
            reading.grid(sheet, sheet, enumerate(rows, start=1))
    else:
        reading.grid("", "", _text_rows(decode(raw), source))
    return Export(tuple(reading.sections), reading.facts, tuple(reading.mistakes))


@dataclass
class _Reading:
    """An export while it is read, line by line: the section under way, and what is finished."""

    source: str
    titles: Collection[str]
    sections: list[Section] = field(default_factory=list)
    facts: dict[str, tuple[str, str]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    name: str = ""
    sheet: str = ""
    header: tuple[str, ...] = ()
    line: int = 0
    wells: tuple[int, ...] = ()
    rows: list[Row] = field(default_factory=list)
    other: int = 0
    stray: list[int] = field(default_factory=list)
    long: list[int] = field(default_factory=list)

    def grid(self, name: str, sheet: str, rows: Iterator[Row] | enumerate[list[Cell]]) -> None:
        """All lines of a text file, or of one sheet."""
        self._open(name, sheet)
        for line, cells in rows:
            filled = [index for index, cell in enumerate(cells) if cell != ""]
            if filled:
                self._line(line, cells, filled)
        self._close()

    def _line(self, line: int, cells: Sequence[Cell], filled: list[int]) -> None:
        if self.header and self._is_well(cells):
            self.rows.append((line, cells))
            if filled[-1] >= len(self.header):
                self.long.append(line)
        elif (title := self._title(cells, filled)) is not None:
            self._close()
            self._open(title, self.sheet)
        elif self._is_header(cells, filled):
            if self.header:
                self._close()
                self._open(self.name, self.sheet)
            self._head(line, cells, filled)
        elif filled[0] == 0 and filled[-1] <= 1 and not (self.name and self.other):
            key, value = text_of(cells[0]), text_of(cells[1]) if len(cells) > 1 else ""
            self.facts.setdefault(plain_name(key), (key, value))
        elif self.header:
            self.stray.append(line)
        else:
            self.other += 1

    def _is_well(self, cells: Sequence[Cell]) -> bool:
        """Whether the first well cell that is filled holds a well; `95.0` beside a word is a fact
        below the table.
        """
        texts = (text_of(cells[index]) for index in self.wells if index < len(cells))
        return _WELLISH.match(next((text for text in texts if text), "")) is not None

    def _title(self, cells: Sequence[Cell], filled: list[int]) -> str | None:
        first = text_of(cells[filled[0]])
        marked = _TITLE.match(first)
        if len(filled) > 1 or (not marked and plain_name(first) not in self.titles):
            return None
        return marked[1].strip() if marked else first

    def _is_header(self, cells: Sequence[Cell], filled: list[int]) -> bool:
        """Whether a line names a well column; within a table only one that begins with it, for a
        comment may say well.
        """
        looked = filled[:1] if self.header else filled
        named = any(
            plain_name(text_of(cells[index])) in ("well", "wellposition") for index in looked
        )
        return named and len(filled) >= _LEAST_COLUMNS

    def _head(self, line: int, cells: Sequence[Cell], filled: list[int]) -> None:
        self.header = tuple(text_of(cell) for cell in cells[: filled[-1] + 1])
        self.line = line
        names = [plain_name(name) for name in self.header]
        self.wells = tuple(names.index(name) for name in ("well", "wellposition") if name in names)

    def _open(self, name: str, sheet: str) -> None:
        self.name, self.sheet, self.header, self.line, self.wells, self.other = (
            name,
            sheet,
            (),
            0,
            (),
            0,
        )
        self.rows, self.stray, self.long = [], [], []

    def _close(self) -> None:
        where = f"{self.source} {self.sheet or self.name}".strip()
        if self.stray:
            self.mistakes.append(
                Mistake(
                    f"{where}, line {self.stray[0]}",
                    f"a line without a well{_more(self.stray)}",
                    "a well in every line of the table",
                    "export the file again, or complete the line",
                )
            )
        if self.long:
            self.mistakes.append(
                Mistake(
                    f"{where}, line {self.long[0]}",
                    f"more cells than the {len(self.header)} columns of line {self.line}{_more(self.long)}",
                    "one cell a column: perhaps decimal commas in a file separated by commas",
                    "export it again as text with tabs, or as a workbook",
                )
            )
        if self.header or self.other or (self.name and not self.sheet):
            self.sections.append(
                Section(
                    self.name,
                    self.source,
                    self.sheet,
                    self.header,
                    self.line,
                    tuple(self.rows),
                    self.other,
                )
            )


def _more(lines: list[int]) -> str:
    return f" (and {len(lines) - 1} lines more)" if len(lines) > 1 else ""


def _text_rows(text: str, source: str) -> Iterator[Row]:
    """The lines of a text file, cut at its separator. Facts marked by a star or a hash are not cut:
    they hold any sign.
    """
    if "\x00" in text:
        raise ReadError(
            Mistake(
                source, "a binary file", "text", "export the file again as text or as a workbook"
            )
        )
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    separator = _separator(lines)
    kept: list[tuple[int, str]] = []
    for number, line in enumerate(lines, start=1):
        if _FACT.match(line):
            yield from _cut(kept, separator, source)
            kept = []
            yield number, _fact(line, separator)
        else:
            kept.append((number, line))
    yield from _cut(kept, separator, source)


def _separator(lines: list[str]) -> str:
    """The sign between cells: the one that the header of the first table has most of; else of the
    first line.
    """
    header = next(
        (line for line in lines if _WELL_WORD.search(line)),
        next((x for x in lines if x.strip()), ""),
    )
    return max("\t;,", key=header.count)


def _fact(line: str, separator: str) -> list[Cell]:
    """`* Key = Value` and `# Key: Value` as two cells."""
    bare = line.rstrip(separator + " ").strip("\"'")
    mark = "=" if bare[0] == "*" else ":"
    other = separator if mark not in bare else mark
    key, _, value = bare[1:].partition(other)
    return [key.strip(), value.strip().strip('"')]


def _cut(kept: list[tuple[int, str]], separator: str, source: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO("\n".join(line for _, line in kept)), delimiter=separator)
    try:
        for row in reader:
            line = kept[reader.line_num - 1][0]
            if any("\n" in cell and separator in cell for cell in row):
                raise _open_quote(
                    f"{source}:{line}", "a double quote that does not close in its cell"
                )
            yield line, [cell.strip() for cell in row]
    except csv.Error as error:
        line = kept[max(reader.line_num - 1, 0)][0]
        raise _open_quote(f"{source}:{line}", f"a line that cannot be read ({error})") from None


def _open_quote(where: str, found: str) -> ReadError:
    return ReadError(
        Mistake(
            where,
            found,
            "double quotes in pairs, and no line break within a cell",
            "remove the quote or the line break (often in a comment), or export the file again as a workbook",
        )
    )
