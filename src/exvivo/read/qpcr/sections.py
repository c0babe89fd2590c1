"""Exports made of sections, each a table of wells: text with `[Results]` lines, or a workbook with
a sheet a section.

What stands above and below a table (`* Block Type = 96-Well`, `# Block Type: 96-Well`, or two
cells) are the facts of the file. A line that is neither title, fact, header nor a well is never
passed over: it is counted, or a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from exvivo.cells.cell import Cell, text_of, workbook_address
from exvivo.cells.messages import and_more, read_error
from exvivo.cells.text import plain_text
from exvivo.cells.text_rows import lines_of, separator_of, split_rows
from exvivo.cells.workbook import is_workbook, read_sheets
from exvivo.errors import Mistake

_TITLE = re.compile(r"\[([^\[\]]{1,80})\]$")
_FACT = re.compile(r"""["']?([*#])\s""")
_WELLISH = re.compile(r"([0-9]{1,5}(\.0+)?|([A-Pa-p]|[Aa][A-Fa-f])[0-9]{1,3})$")
_WELL_WORD = re.compile(r"""(?:^|[\t;,"]) *well(?: ?position)? *(?:["\t;,]|$)""", re.IGNORECASE)
_GREEK = str.maketrans({"т": "t", "Т": "t", "ò": "t", "δ": "delta", "∆": "delta", "²": "2"})
_WELL_NAMES = ("well", "wellposition")
_WELL_COLUMNS = frozenset(_WELL_NAMES)
_CLOSE_QUOTES = (
    "remove the quote or the line break (often in a comment), "
    "or export the file again as a workbook"
)
_LEAST_COLUMNS = 3
"""Cells a header needs: two cells are a fact."""

Row = tuple[int, Sequence[Cell]]
"""A line's number in the file (or sheet), and its cells."""


@dataclass(slots=True)
class Section:
    """One section of an export, filled line by line.

    `header` is empty where it holds no table of wells; `wells` are its columns of wells. `odd`
    counts lines of no kind, `stray` are lines of the table without a well, `long` those with more
    cells than the header.
    """

    name: str
    source: str
    sheet: str = ""
    header: tuple[str, ...] = ()
    line: int = 0
    wells: tuple[int, ...] = ()
    rows: list[Row] = field(default_factory=list)
    odd: int = 0
    stray: list[int] = field(default_factory=list)
    long: list[int] = field(default_factory=list)

    def at(self, line: int, column: int) -> str:
        """The address of a cell: `raw/x.xlsx Results!O46`, or `raw/x.txt:46 column CT`."""
        if not self.sheet:
            return f"{self.source}:{line} column {self.header[column]}"
        return workbook_address(self.source, self.sheet, line, column)

    def column(self, index: int) -> Iterator[Cell]:
        """The cells of a column; of a line that ends before it none."""
        return (cells[index] for _, cells in self.rows if index < len(cells))

    def is_well(self, cells: Sequence[Cell]) -> bool:
        """Whether the first well cell that is filled holds a well; `95.0` beside a word is a fact
        below the table.
        """
        texts = (text_of(cells[index]) for index in self.wells if index < len(cells))
        return _WELLISH.match(next(filter(None, texts), "")) is not None

    def begin(self, line: _Line) -> None:
        """Begin the table with its header."""
        self.line = line.number
        self.header = tuple(map(text_of, line.cells[: line.filled[-1] + 1]))
        self.wells = _columns_of_wells(self.header)

    def add(self, line: _Line) -> None:
        """Add a well."""
        self.rows.append((line.number, line.cells))
        if line.filled[-1] >= len(self.header):
            self.long.append(line.number)

    def add_odd(self, line: int) -> None:
        """Add a line of no kind: within a table one without a well."""
        if self.header:
            self.stray.append(line)
        else:
            self.odd += 1

    def _where(self, lines: list[int]) -> str:
        return f"{self.source} {self.sheet or self.name}".strip() + f", line {lines[0]}"

    def stray_lines(self) -> Iterator[Mistake]:
        """The lines of the table without a well."""
        if self.stray:
            yield Mistake(
                self._where(self.stray),
                f"a line without a well{and_more(len(self.stray) - 1)}",
                "a well in every line of the table",
                "export the file again, or complete the line",
            )

    def long_lines(self) -> Iterator[Mistake]:
        """The lines of the table that are longer than its header."""
        if self.long:
            columns = f"the {len(self.header)} columns of line {self.line}"
            yield Mistake(
                self._where(self.long),
                f"more cells than {columns}{and_more(len(self.long) - 1)}",
                "one cell a column: perhaps decimal commas in a file separated by commas",
                "export it again as text with tabs, or as a workbook",
            )


@dataclass(frozen=True, slots=True)
class Export:
    """A whole export: its sections in order, its facts by plain name (each with its name as
    written), its mistakes.
    """

    sections: tuple[Section, ...]
    facts: Mapping[str, tuple[str, str]]
    mistakes: tuple[Mistake, ...]

    def fact(self, *names: str) -> str:
        """The value of the first of these facts that is stated; empty where none is."""
        return next((self.facts[name][1] for name in names if name in self.facts), "")


def plain_name(name: str) -> str:
    """A column's, section's or fact's name without what programs write differently: case, spaces,
    signs, a Cyrillic т.

    >>> plain_name("Cт"), plain_name(" Well  Position"), plain_name("ΔRn"), plain_name("C?")
    ('ct', 'wellposition', 'deltarn', 'c?')
    """
    return re.sub(r"[^a-z0-9?]+", "", name.lower().replace("ñ‚", "t").translate(_GREEK))


def _columns_of_wells(header: Sequence[str]) -> tuple[int, ...]:
    """Where the wells of a table stand: by name and by position, where it has both."""
    names = list(map(plain_name, header))
    return tuple(names.index(name) for name in _WELL_NAMES if name in names)


def _filled(cells: Sequence[Cell]) -> list[int]:
    """Where a line has a cell that is not empty."""
    return [index for index, cell in enumerate(cells) if cell != ""]


def read_export(raw: bytes, source: str, titles: Collection[str]) -> Export:
    """The sections of an export, text or workbook. `titles` are the plain names that are a title
    where they stand alone.

    Raises `ReadError` for a damaged workbook, a binary file, and text whose double quotes do not
    close.
    """
    reading = _Reading(source, titles)
    if is_workbook(raw):
        for sheet, rows in read_sheets(raw, source).items():
            reading.lines(sheet, enumerate(rows, start=1))
    else:
        reading.lines("", _text_rows(plain_text(raw, source), source))
    return Export(tuple(reading.sections), reading.facts, tuple(reading.mistakes))


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that is not empty: its number, its cells, and the places of those that are filled."""

    number: int
    cells: Sequence[Cell]
    filled: Sequence[int]

    @property
    def names(self) -> list[str]:
        """The plain names in its filled cells."""
        return [plain_name(text_of(self.cells[place])) for place in self.filled]

    @property
    def fact(self) -> tuple[str, str]:
        """Its first two cells."""
        key, value = (*map(text_of, self.cells[:2]), "")[:2]
        return key, value


@dataclass
class _Reading:
    """An export while it is read, line by line: the section under way, and what is finished."""

    source: str
    titles: Collection[str]
    sections: list[Section] = field(default_factory=list)
    facts: dict[str, tuple[str, str]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    section: Section = field(init=False)

    def lines(self, sheet: str, rows: Iterable[Row]) -> None:
        """All lines of a text file (without a sheet), or of one sheet."""
        self.section = Section(sheet, self.source, sheet)
        for number, cells in rows:
            if filled := _filled(cells):
                self._line(_Line(number, cells, filled))
        self._close()

    def _line(self, line: _Line) -> None:
        section = self.section
        if section.header and section.is_well(line.cells):
            section.add(line)
        elif (title := self._title(line)) is not None:
            self._next(title)
        elif self._is_header(line):
            self._head(line)
        elif self._is_fact(line):
            self.facts.setdefault(plain_name(line.fact[0]), line.fact)
        else:
            section.add_odd(line.number)

    def _title(self, line: _Line) -> str | None:
        """The title of a section, where the line is one."""
        first = text_of(line.cells[line.filled[0]])
        marked = _TITLE.match(first)
        if len(line.filled) > 1 or (not marked and plain_name(first) not in self.titles):
            return None
        return marked[1].strip() if marked else first

    def _is_header(self, line: _Line) -> bool:
        """Whether a line names a well column; within a table only one that begins with it, for a
        comment may say well.
        """
        names = line.names[:1] if self.section.header else line.names
        return len(line.filled) >= _LEAST_COLUMNS and not _WELL_COLUMNS.isdisjoint(names)

    def _is_fact(self, line: _Line) -> bool:
        """Whether a line has nothing beyond its first two cells; below odd lines it is odd too."""
        section = self.section
        in_place = line.filled[0] == 0 and line.filled[-1] <= 1
        return in_place and not (section.name and section.odd)

    def _head(self, line: _Line) -> None:
        """Begin a table; a second one of a section is a section of the same name."""
        if self.section.header:
            self._next(self.section.name)
        self.section.begin(line)

    def _next(self, name: str) -> None:
        self._close()
        self.section = Section(name, self.source, self.section.sheet)

    def _close(self) -> None:
        section = self.section
        self.mistakes += [*section.stray_lines(), *section.long_lines()]
        if section.header or section.odd or (section.name and not section.sheet):
            self.sections.append(section)


def _text_rows(text: str, source: str) -> Iterator[Row]:
    """The lines of a text file, cut at the separator that the header of its first table has most
    of. Facts marked by a star or a hash are not cut: they hold any sign.
    """
    lines = lines_of(text)
    first = next(filter(str.strip, lines), "")
    separator = separator_of(next(filter(_WELL_WORD.search, lines), first))
    start = 0
    for at, line in enumerate(lines):
        if _FACT.match(line):
            yield from _cut(lines[start:at], start + 1, separator, source)
            start = at + 1
            yield start, _fact(line, separator)
    yield from _cut(lines[start:], start + 1, separator, source)


def _cut(lines: list[str], first: int, separator: str, source: str) -> Iterator[Row]:
    rows = split_rows(lines, separator, source, first=first, strict=False, cure=_CLOSE_QUOTES)
    for line, cells in rows:
        if any("\n" in cell and separator in cell for cell in cells):
            raise read_error(
                f"{source}:{line}",
                "a double quote that does not close in its cell",
                "double quotes in pairs, and no line break within a cell",
                _CLOSE_QUOTES,
            )
        yield line, cells


def _fact(line: str, separator: str) -> list[Cell]:
    """`* Key = Value` and `# Key: Value` as two cells."""
    bare = line.rstrip(separator + " ").strip("\"'")
    mark = "=" if bare[0] == "*" else ":"
    key, _, value = bare[1:].partition(mark if mark in bare else separator)
    return [key.strip(), value.strip().strip('"')]
