"""A csv of the study folder as rows of text with their line numbers: nothing is guessed, every slip
has its line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from exvivo.errors import Mistake, StudyError
from exvivo.study.entry import Mistakes
from exvivo.study.files import cure, trouble
from exvivo.words import counted, shortened

_SEPARATOR_LINE = re.compile(r'"?sep=([,;|\t])"?$', re.IGNORECASE)
"""What Excel writes above a table so that it knows the separator."""
_MOST_LISTED = 6
"""Lines a message names before it counts the rest."""
_Line = tuple[int, list[str]]
"""The number of a line, and its cells."""
_TABLE = "a csv table"
_SAVE = "save the table as csv (UTF-8)"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: stripped text by column; empty cells and absent columns are empty text."""

    where: str
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def mistake(self, finding: str, expected: str, cure: str) -> Mistake:
        """A mistake of this line."""
        return Mistake(self.where, finding, expected, cure)


@dataclass(frozen=True)
class Rows:
    """The header of a csv and its rows."""

    file: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]

    def mistake(self, finding: str, expected: str, cure: str) -> Mistake:
        """A mistake of the header."""
        return Mistake(f"{self.file}:1", finding, expected, cure)

    def lacking(self, *columns: str) -> Mistakes:
        """A mistake for each of these columns that the table lacks."""
        for name in columns:
            if name not in self.header:
                yield self.mistake(
                    f"no column `{name}` among: {', '.join(self.header)}",
                    "at least " + " and ".join(columns),
                    f"add a column `{name}`",
                )


def first_rows(rows: Iterable[Row], column: str) -> dict[str, Row]:
    """The first row of each word of a column."""
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row[column], row)
    return first


def read_rows(path: Path, *, file: str) -> Rows:
    """Read a csv (comma, semicolon or tab; UTF-8, UTF-16 or Latin-1). Empty lines and lines
    starting with # are passed over.

    Raises `StudyError` for a missing, unreadable or empty file, one that is no text, a column named
    twice, double quotes that are not closed, and rows of another length.
    """
    if why := trouble(path):
        absent = "put the file there, or correct its name in study.yaml"
        raise StudyError(Mistake(file, why, _TABLE, cure(why, absent=absent)))
    lines, separator = _lines(_text(path.read_bytes(), file), file)
    parsed = [(line, cells) for line, cells in _parsed(lines, separator, file) if any(cells)]
    if not parsed:
        raise StudyError(Mistake(file, "an empty file", "a header line and rows", "fill the table"))
    mistakes = [*_header_mistakes(file, *parsed[0]), *_length_mistakes(file, parsed)]
    if mistakes:
        raise StudyError(mistakes)
    return _as_rows(parsed, file)


def _as_rows(parsed: list[_Line], file: str) -> Rows:
    """Lines as a table: the first is the header."""
    (_, header), *body = parsed
    rows = [Row(f"{file}:{line}", dict(zip(header, row, strict=True))) for line, row in body]
    return Rows(file, tuple(header), tuple(rows))


def _text(raw: bytes, file: str) -> str:
    """The text of a file, with line ends of one kind."""
    if raw.startswith(b"PK\x03\x04"):
        finding = "an Excel workbook or another zip archive"
        raise StudyError(Mistake(file, finding, _TABLE, _SAVE))
    text = _decode(raw).replace("\r\n", "\n").replace("\r", "\n")
    if any(ord(letter) < 9 for letter in text):
        raise StudyError(Mistake(file, "a file that is not text", _TABLE, _SAVE))
    return text


def _decode(raw: bytes) -> str:
    has_utf16_mark = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        return raw.decode("utf-16" if has_utf16_mark else "utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _lines(text: str, file: str) -> tuple[list[str], str]:
    """The lines of a text, comments made empty so that every line keeps its number; and what
    separates the cells.
    """
    lines = ["" if line.startswith("#") else line for line in text.split("\n")]
    at = next((at for at, line in enumerate(lines) if line.strip()), 0)
    first = lines[at].strip()
    if stated := _SEPARATOR_LINE.match(first):
        lines[at] = ""
        return lines, stated[1]
    return lines, _separator(first, f"{file}:{at + 1}")


def _separator(header: str, where: str) -> str:
    """What separates the cells of a header."""
    separator = max(",;\t", key=header.count)
    if separator in header or "|" not in header:
        return separator
    mistake = Mistake(
        where,
        "cells separated by `|`",
        "cells separated by commas, semicolons or tabs",
        "save the table as csv, or replace `|` by `;`",
    )
    raise StudyError(mistake)


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


def _header_mistakes(file: str, line: int, header: list[str]) -> Mistakes:
    for name in _repeated(header):
        finding = f"the column `{name}` twice" if name else "columns without a name"
        expected = "each column once, with a name"
        yield Mistake(f"{file}:{line}", finding, expected, "rename or remove one")


def _repeated(header: list[str]) -> list[str]:
    """The names that several columns have, sorted."""
    return sorted({name for name in header if header.count(name) > 1})


def _length_mistakes(file: str, parsed: list[_Line]) -> Mistakes:
    """Rows that are longer or shorter than the header: one mistake for all of a length."""
    (_, header), *body = parsed
    expected = f"{len(header)} cells, as in the header (the first line that is not empty)"
    lines_of: dict[int, list[str]] = {}
    for line, cells in body:
        lines_of.setdefault(len(cells), []).append(str(line))
    lines_of.pop(len(header), None)
    for length, (first, *more) in lines_of.items():
        also = f" (also in line {shortened(more, _MOST_LISTED)})" if more else ""
        yield Mistake(
            f"{file}:{first}",
            counted(length, "cell") + also,
            expected,
            "add or remove a separator; put text that holds one in double quotes; remove lines "
            "above the header",
        )
