"""The rows of a text and their cells: the one place that cuts a text at its separators."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from exvivo.cells.messages import read_error
from exvivo.cells.text import table_text
from exvivo.errors import Mistake, ReadError
from exvivo.words import shortened

TextRow = tuple[int, list[str]]
"""The line on which a row begins, and its stripped cells."""
SEPARATORS = "\t;,"

_SEPARATOR_LINE = re.compile(r'"?sep=([,;|\t])"?$', re.IGNORECASE)
"""What Excel writes above a table so that it knows the separator."""
_CLOSE_QUOTES = (
    "close the double quotes or remove them (a quote inside quoted text is written twice), "
    "or export the file again: it may break off here"
)


def lines_of(text: str) -> list[str]:
    """The lines of a text, whichever sign ends them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def separator_of(line: str) -> str:
    """The separator that a line has most of: tab, `;` or `,`."""
    return max(SEPARATORS, key=line.count)


def split_line(line: str, separator: str) -> tuple[str, ...]:
    """The stripped cells of one line; none where its quotes cannot be read."""
    try:
        return tuple(cell.strip() for cell in next(csv.reader([line], delimiter=separator)))
    except (csv.Error, StopIteration):
        return ()


def split_rows(
    lines: Iterable[str],
    separator: str,
    source: str,
    *,
    first: int = 1,
    strict: bool = True,
    cure: str = _CLOSE_QUOTES,
) -> Iterator[TextRow]:
    """Every row of lines that stand under one another, empty ones too; `first` is the number of the
    first line.

    A quoted cell may hold separators and line ends. Raises `ReadError`, at the line where its row
    begins, for a double quote that is not closed (with `strict`) and for other lines that cannot
    be read.
    """
    reader = csv.reader((line + "\n" for line in lines), delimiter=separator, strict=strict)
    begins = first
    try:
        for row in reader:
            yield begins, [cell.strip() for cell in row]
            begins = first + reader.line_num
    except csv.Error as error:
        unclosed = "unexpected end" in str(error)
        why = (
            "a double quote that is not closed"
            if unclosed
            else f"a line that cannot be read ({error})"
        )
        raise read_error(f"{source}:{begins}", why, "a line of a table", cure) from None


def filled_rows(rows: Iterable[TextRow]) -> list[TextRow]:
    """The rows that have a cell that is not empty."""
    return [(line, cells) for line, cells in rows if any(cells)]


def table_rows(raw: bytes, source: str, *, comments: bool) -> tuple[list[TextRow], str]:
    """The rows of a csv or tsv that are not empty, and what separates their cells. With
    `comments`, lines starting with # are passed over.

    Strict: a quote that is not closed or a row that is cut short is a mistake, never a value.
    Raises `ReadError` for a binary file, cells separated by `|`, double quotes that are not
    closed, and rows shorter than the first.
    """
    lines = lines_of(table_text(raw, source))
    if comments:
        lines = ["" if line.startswith("#") else line for line in lines]
    separator = _separator(lines, source)
    rows = filled_rows(split_rows(lines, separator, source))
    mistakes = list(_short_rows(rows, source))
    if mistakes:
        raise ReadError(mistakes)
    return rows, separator


def _separator(lines: list[str], source: str) -> str:
    """The separator of the first line with content. A `sep=;` line of Excel is emptied."""
    for at, line in enumerate(lines):
        if not line.strip() or line.startswith("#"):
            continue
        if stated := _SEPARATOR_LINE.match(line.strip("\ufeff ")):
            lines[at] = ""
            return stated[1]
        separator = separator_of(line)
        if "|" in line and separator not in line:
            raise read_error(
                f"{source}:{at + 1}",
                "cells separated by `|`",
                "cells separated by commas, semicolons or tabs",
                "save the table as csv or xlsx, or replace `|` by `;`",
            )
        return separator
    return ","


def _short_rows(rows: Sequence[TextRow], source: str) -> Iterator[Mistake]:
    if not rows:
        return
    top, header = rows[0]
    width = max((at + 1 for at, cell in enumerate(header) if cell), default=0)
    short = [(line, len(cells)) for line, cells in rows[1:] if len(cells) < width]
    if short:
        (line, count), *others = short
        lines = shortened([str(number) for number, _ in others])
        also = f" (also short: line {lines})" if others else ""
        yield Mistake(
            f"{source}:{line}",
            f"{count} cell{'s' * (count != 1)}{also}",
            f"{width}, as in the header (line {top})",
            "fill the row, or export the file again if it breaks off here; "
            "remove lines above and below the table",
        )
