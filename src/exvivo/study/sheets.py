"""The tables people hand in as sheets of text cells: csv in any of its forms, or a workbook.

Text: comma, semicolon or tab; UTF-8, UTF-16 or Windows' Western European letters; any line end.
Workbooks: whole numbers without `.0`, dates as year-month-day, merged cells in all the cells they
cover.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from exvivo.cells.cell import Cell, OddCell, text_of, workbook_address
from exvivo.cells.guards import OLE, describe
from exvivo.cells.text import decode
from exvivo.cells.workbook import is_workbook, open_workbook
from exvivo.errors import Mistake, ReadError, StudyError

_SEPARATOR_LINE = re.compile(r'"?sep=([,;|\t])"?[;,\t]*$', re.IGNORECASE)
"""What Excel writes above a table so that it knows the separator."""
_MIDNIGHT = " 00:00:00"
_DEEPEST = 60
"""Lines by which the separator of a text is told."""
_SEPARATORS = "\t;,"
_UNDEFINED = frozenset(b"\x81\x8d\x8f\x90\x9d")
"""Bytes that Windows' Western European letters lack."""
_NO_LETTER_WITHIN = re.compile(rb"[A-Za-z][\x80\x84\x85\x86\x94\x9f\xa7][A-Za-z]")
"""Signs (a euro, a quote, a dagger) that stand within no word, but are its umlauts in the letters
of DOS or of an old Macintosh.
"""
_TABLE = "a csv table"
_SAVE = "save the table as csv (UTF-8)"

Likeness = Callable[[Sequence[Sequence[str]]], int]
"""How much rows of cells look like the table that is expected; 0 for not at all."""
_Line = tuple[int, list[str]]
"""The number of a line, and its cells."""


@dataclass(frozen=True)
class TextSheet:
    """A sheet as rows of text, those without any text left out; `lines` are their numbers in the
    file. The name is empty for a text file. `cells` are the same rows as the workbook has them.
    """

    file: str
    name: str
    lines: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]
    cells: tuple[tuple[Cell, ...], ...] = ()
    hidden: bool = False
    separator: str = ""

    def where(self, row: int, column: int | None = None) -> str:
        """The address of a row or cell: `donors.csv:12`, `donors.xlsx Sheet1!C12`."""
        if self.name:
            return workbook_address(self.file, self.name, self.lines[row], column or 0)
        return f"{self.file}:{self.lines[row]}"

    def place(self) -> str:
        """The address of the sheet."""
        return f"{self.file} {self.name}".strip()


def sheets_of(raw: bytes, *, file: str, likeness: Likeness) -> list[TextSheet]:
    """The sheets of a file that hold anything, by its bytes. `likeness` tells the separator of a
    text.

    Raises `StudyError` for an empty file, one that is no table, letters whose encoding cannot be
    told, and double quotes that are not closed.
    """
    sheets = _of_workbook(raw, file) if is_workbook(raw) else [_of_text(raw, file, likeness)]
    filled = [sheet for sheet in sheets if sheet.rows]
    if not filled:
        raise StudyError(Mistake(file, "an empty file", "a header line and rows", "fill the table"))
    return filled


def _of_workbook(raw: bytes, file: str) -> list[TextSheet]:
    try:
        workbook = open_workbook(raw, file)
        grids = {name: workbook.spread_rows(name) for name in workbook.sheets}
    except ReadError as error:
        raise StudyError(error.mistakes) from None
    return [_sheet(file, name, grid, name in workbook.hidden) for name, grid in grids.items()]


def hollow_cell(sheet: TextSheet, row: int, column: int) -> Iterator[Mistake]:
    """A cell of a workbook that is an error, or a formula whose value the file does not hold."""
    cell = sheet.cells[row][column] if column < len(sheet.cells[row]) else ""
    if isinstance(cell, OddCell) and not cell.may_be_date:
        yield Mistake(sheet.where(row, column), cell.words(), "text or a number", cell.cure(""))


def _sheet(file: str, name: str, grid: Sequence[Sequence[Cell]], hidden: bool) -> TextSheet:
    rows = [(line, row) for line, row in enumerate(grid, start=1) if _holds_text(row)]
    texts = tuple(tuple(map(_text, row)) for _, row in rows)
    cells = tuple(tuple(row) for _, row in rows)
    return TextSheet(file, name, tuple(line for line, _ in rows), texts, cells, hidden)


def _holds_text(row: Sequence[Cell]) -> bool:
    """Whether a row of a workbook is neither empty nor a comment."""
    return any(cell != "" for cell in row) and not text_of(row[0]).startswith("#")


def _text(cell: Cell) -> str:
    """A cell as a person sees it; a day without its midnight."""
    return text_of(cell).removesuffix(_MIDNIGHT)


def _of_text(raw: bytes, file: str, likeness: Likeness) -> TextSheet:
    lines, separator = _lines(_decoded(raw, file), file, likeness)
    parsed = [(line, cells) for line, cells in _parsed(lines, separator, file) if any(cells)]
    rows = tuple(tuple(cells) for _, cells in parsed)
    numbers = tuple(line for line, _ in parsed)
    return TextSheet(file, "", numbers, rows, rows, separator=separator)


def _decoded(raw: bytes, file: str) -> str:
    """The text of a file, with line ends of one kind."""
    if raw.startswith((b"PK\x03\x04", OLE)):
        finding = "an Excel workbook or another zip archive that holds no sheet"
        raise StudyError(Mistake(file, finding, _TABLE, _SAVE))
    has_utf16_mark = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    kind = describe(raw) if raw else "text"
    if kind != "text" or (any(byte < 9 for byte in raw) and not has_utf16_mark):
        finding = f"a file that is not text ({kind})"
        raise StudyError(Mistake(file, finding, _TABLE, _SAVE))
    if not has_utf16_mark and not _is_utf8(raw):
        _refuse_other_letters(raw, file)
    return decode(raw).replace("\r\n", "\n").replace("\r", "\n")


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _refuse_other_letters(raw: bytes, file: str) -> None:
    """Letters beyond ASCII that are neither UTF-8 nor Windows' Western European ones."""
    for line, text in enumerate(re.split(rb"\r\n|\r|\n", raw), start=1):
        if _UNDEFINED & set(text) or _NO_LETTER_WITHIN.search(text):
            shown = text[:40].decode("cp1252", "replace")
            finding = f"letters whose encoding cannot be told ({shown!r})"
            cure = "save the table as csv UTF-8, or as .xlsx"
            raise StudyError(Mistake(f"{file}:{line}", finding, "UTF-8", cure))


def _lines(text: str, file: str, likeness: Likeness) -> tuple[list[str], str]:
    """The lines of a text, comments made empty so that every line keeps its number; and what
    separates the cells.
    """
    lines = ["" if line.startswith("#") else line for line in text.split("\n")]
    at = next((at for at, line in enumerate(lines) if line.strip()), 0)
    if stated := _SEPARATOR_LINE.match(lines[at].strip()):
        lines[at] = ""
        return lines, stated[1]
    return lines, _separator(lines, f"{file}:{at + 1}", likeness)


def _separator(lines: list[str], where: str, likeness: Likeness) -> str:
    """What separates the cells: the sign by which the text looks most like a table; else the one
    that its first line with any has most of.
    """
    filled = [line for line in lines if line.strip()][:_DEEPEST]
    likely = {sign: likeness(_cut(filled, sign)) for sign in _SEPARATORS}
    best = max(likely, key=lambda sign: likely[sign])
    if likely[best]:
        return best
    header = next((line for line in filled if any(sign in line for sign in _SEPARATORS)), "")
    if not header and any("|" in line for line in filled[:1]):
        raise StudyError(
            Mistake(
                where,
                "cells separated by `|`",
                "cells separated by commas, semicolons or tabs",
                "save the table as csv, or replace `|` by `;`",
            )
        )
    return max(",;\t", key=header.count)


def _cut(lines: Iterable[str], sign: str) -> list[list[str]]:
    """Lines cut at a sign, whatever their quotes: only to see what they look like."""
    return [[cell.strip().strip('"').strip() for cell in line.split(sign)] for line in lines]


def _parsed(lines: list[str], separator: str, file: str) -> Iterator[_Line]:
    """The stripped cells of each row, and the line it begins on."""
    reader = csv.reader((line + "\n" for line in lines), delimiter=separator, strict=True)
    begins = 1
    try:
        for row in reader:
            yield begins, [cell.strip() for cell in row]
            begins = reader.line_num + 1
    except csv.Error as error:
        finding = f"a slip ({error})"
        if "unexpected end" in str(error):
            finding = "a double quote that is not closed"
        cure = "close the quote or remove it; a quote inside quoted text is written twice"
        raise StudyError(Mistake(f"{file}:{begins}", finding, "a csv line", cure)) from None
