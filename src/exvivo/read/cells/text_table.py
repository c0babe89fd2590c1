"""The rows of a csv or tsv, strictly: a quote that is not closed or a row that is cut short is a
mistake, never a value.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from exvivo.errors import Mistake, ReadError

Grid = list[tuple[int, list[str]]]
"""Rows of stripped cells, each with its line in the file."""

_SEPARATOR_LINE = re.compile(r'"?sep=([,;|\t])"?$', re.IGNORECASE)
"""What Excel writes above a table so that it knows the separator."""
_SHOWN = 6
"""Lines a message names before it counts them."""


def text_grid(text: str, source: str, *, comments: bool) -> tuple[Grid, str]:
    """The rows that are not empty, and what separates their cells. With `comments`, lines starting
    with # are passed over.

    Raises `ReadError` for text that is none, cells separated by `|`, double quotes that are not
    closed, and rows shorter than the first.
    """
    if "\x00" in text:
        raise ReadError(
            Mistake(source, "a binary file", "a table: csv, tsv or xlsx", "save the table as csv")
        )
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if comments:
        lines = ["" if line.startswith("#") else line for line in lines]
    separator = _separator(lines, source)
    grid = [(line, row) for line, row in _parsed(lines, separator, source) if any(row)]
    mistakes = list(_short(grid, source))
    if mistakes:
        raise ReadError(mistakes)
    return grid, separator


def _separator(lines: list[str], source: str) -> str:
    at = next(
        (at for at, line in enumerate(lines) if line.strip() and not line.startswith("#")), None
    )
    if at is None:
        return ","
    if stated := _SEPARATOR_LINE.match(lines[at].strip("\ufeff ")):
        lines[at] = ""
        return stated[1]
    separator = max("\t;,", key=lines[at].count)
    if separator not in lines[at] and "|" in lines[at]:
        raise ReadError(
            Mistake(
                f"{source}:{at + 1}",
                "cells separated by `|`",
                "cells separated by commas, semicolons or tabs",
                "save the table as csv or xlsx, or replace `|` by `;`",
            )
        )
    return separator


def _parsed(lines: list[str], separator: str, source: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader((line + "\n" for line in lines), delimiter=separator, strict=True)
    begins = 1
    try:
        for row in reader:
            yield begins, [cell.strip() for cell in row]
            begins = reader.line_num + 1
    except csv.Error as error:
        unclosed = "unexpected end" in str(error)
        found = (
            "a double quote that is not closed"
            if unclosed
            else f"a line that cannot be read ({error})"
        )
        raise ReadError(
            Mistake(
                f"{source}:{begins}",
                found,
                "a csv line",
                "close the double quotes or remove them; a quote inside quoted text is written twice",
            )
        ) from None


def _short(grid: Grid, source: str) -> Iterator[Mistake]:
    if not grid:
        return
    top, header = grid[0]
    wanted = max((at + 1 for at, cell in enumerate(header) if cell), default=0)
    short = [(line, len(row)) for line, row in grid[1:] if len(row) < wanted]
    if short:
        line, cells = short[0]
        others = [str(other) for other, _ in short[1:]]
        more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
        also = f" (also short: line {', '.join(others[:_SHOWN])}{more})" if others else ""
        yield Mistake(
            f"{source}:{line}",
            f"{cells} cell{'s' * (cells != 1)}{also}",
            f"{wanted}, as in the header (line {top})",
            "fill the row, or export the file again if it breaks off here; remove lines above and below the table",
        )
