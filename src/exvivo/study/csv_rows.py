"""A csv of the study folder as rows of text with their line numbers: nothing is guessed, every slip
has its line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exvivo.errors import Mistake, StudyError
from exvivo.study.files import cure, trouble

_SEPARATOR_LINE = re.compile(r'"?sep=([,;|\t])"?$', re.IGNORECASE)
"""What Excel writes above a table so that it knows the separator."""
_SHOWN = 6
"""Lines a message names before it counts them."""


@dataclass(frozen=True)
class Rows:
    """The header of a csv and its rows: each a dict of stripped text (empty cells are empty text)
    and its line.
    """

    file: str
    header: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    lines: tuple[int, ...]

    def where(self, index: int) -> str:
        """File and line of a row."""
        return f"{self.file}:{self.lines[index]}"


def read_rows(path: Path, *, file: str) -> Rows:
    """Read a csv (comma, semicolon or tab; UTF-8, UTF-16 or Latin-1). Empty lines and lines
    starting with # are passed over.

    Raises `StudyError` for a missing, unreadable or empty file, one that is no text, a column named
    twice, double quotes that are not closed, and rows of another length.
    """
    found = trouble(path)
    if found:
        absent = "put the file there, or mend its name in study.yaml"
        raise StudyError(Mistake(file, found, "a csv table", cure(found, absent=absent)))
    lines, separator = _lines(path.read_bytes(), file)
    kept = [(line, row) for line, row in _parsed(lines, separator, file) if any(row)]
    if not kept:
        raise StudyError(Mistake(file, "an empty file", "a header line and rows", "fill the table"))
    header = kept[0][1]
    mistakes = [*_header_mistakes(file, kept[0][0], header), *_length_mistakes(file, kept)]
    if mistakes:
        raise StudyError(mistakes)
    rows = tuple(dict(zip(header, row, strict=True)) for _, row in kept[1:])
    return Rows(file, tuple(header), rows, tuple(line for line, _ in kept[1:]))


def _lines(raw: bytes, file: str) -> tuple[list[str], str]:
    """The lines of a text, comments made empty so that every line keeps its number; and what
    separates the cells.
    """
    if raw.startswith(b"PK\x03\x04"):
        raise StudyError(
            Mistake(
                file,
                "an Excel workbook or another zip archive",
                "a csv table",
                "save the table as csv (UTF-8)",
            )
        )
    text = _decode(raw).replace("\r\n", "\n").replace("\r", "\n")
    if any(ord(letter) < 9 for letter in text):
        raise StudyError(
            Mistake(file, "a file that is not text", "a csv table", "save the table as csv (UTF-8)")
        )
    lines = ["" if line.startswith("#") else line for line in text.split("\n")]
    at, first = next(((at, line.strip()) for at, line in enumerate(lines) if line.strip()), (0, ""))
    if stated := _SEPARATOR_LINE.match(first):
        lines[at] = ""
        return lines, stated[1]
    separator = max(",;\t", key=first.count)
    if separator not in first and "|" in first:
        raise StudyError(
            Mistake(
                f"{file}:{at + 1}",
                "cells separated by `|`",
                "cells separated by commas, semicolons or tabs",
                "save the table as csv, or replace `|` by `;`",
            )
        )
    return lines, separator


def _parsed(lines: list[str], separator: str, file: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader((line + "\n" for line in lines), delimiter=separator, strict=True)
    begins = 1
    try:
        for row in reader:
            yield begins, [cell.strip() for cell in row]
            begins = reader.line_num + 1
    except csv.Error as error:
        found = (
            "a double quote that is not closed"
            if "unexpected end" in str(error)
            else f"a slip ({error})"
        )
        raise StudyError(
            Mistake(
                f"{file}:{begins}",
                found,
                "a csv line",
                "close the quote or remove it; a quote inside quoted text is written twice",
            )
        ) from None


def _length_mistakes(file: str, kept: list[tuple[int, list[str]]]) -> Iterator[Mistake]:
    wanted = len(kept[0][1])
    by_length: dict[int, list[int]] = {}
    for line, row in kept[1:]:
        if len(row) != wanted:
            by_length.setdefault(len(row), []).append(line)
    for length, lines in by_length.items():
        yield Mistake(
            f"{file}:{lines[0]}",
            f"{length} cell{'s' * (length != 1)}" + _also(lines),
            f"{wanted} cells, as in the header (the first line that is not empty)",
            "add or remove a separator; put text that holds one in double quotes; remove lines above the header",
        )


def _also(lines: list[int]) -> str:
    rest = lines[1:]
    if not rest:
        return ""
    more = f" and {len(rest) - _SHOWN} more" if len(rest) > _SHOWN else ""
    return f" (also in line {', '.join(map(str, rest[:_SHOWN]))}{more})"


def _decode(raw: bytes) -> str:
    for encoding in (
        ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "latin-1")
    ):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _header_mistakes(file: str, line: int, header: list[str]) -> list[Mistake]:
    twice = sorted({name for name in header if header.count(name) > 1})
    return [
        Mistake(
            f"{file}:{line}",
            f"the column `{name}` twice" if name else "columns without a name",
            "each column once, with a name",
            "rename or remove one",
        )
        for name in twice
    ]
