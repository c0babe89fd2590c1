"""Text as laboratories write it: encodings, decimal commas, thousands marks.

The decimal mark is never guessed from one number. `1.234,5` shows it; `1,234` does not, and is
refused unless another number of the same program shows the mark.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from contextlib import suppress

from exvivo.cells.guards import describe
from exvivo.cells.messages import read_error

BLANK = frozenset({"", "na", "n/a", "n.a.", "n.a", "nan", "null", "none", "-", "–", "—", "."})
"""Cells that say nothing was measured (compared in lower case)."""

_NUMBER = re.compile(r"[+-]?(?=[.,]?[0-9])([0-9.,']*)(?:[eE][+-]?[0-9]{1,4})?$")
_THOUSANDS = {
    ",": re.compile(r"[0-9]{1,3}(,[0-9]{3})+$"),
    ".": re.compile(r"[0-9]{1,3}(\.[0-9]{3})+$"),
}
_AMBIGUOUS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}$")
_GROUPING_SIGN = re.compile(r"(?<=[0-9])[\u00a0\u202f '’](?=[0-9]{3}(?![0-9]))")


class Unreadable(ValueError):
    """A cell that cannot be read with certainty: its text says why, and `cure` what to do about
    it, where that is not the same for every such cell.
    """

    def __init__(self, words: str, cure: str = "") -> None:
        super().__init__(words)
        self.cure = cure


def decode(raw: bytes) -> str:
    """Text of a file: UTF-8 (with or without mark), UTF-16 with its mark, else Windows' Western
    European letters.
    """
    utf16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1252"):
        with suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    return raw.decode("latin-1")


def plain_text(raw: bytes, source: str) -> str:
    """The text of a file. Raises `ReadError` where it holds a zero byte, as binary files do."""
    text = decode(raw)
    if "\x00" in text:
        raise read_error(
            source, "a binary file", "text, or an Excel workbook", "export it again as csv"
        )
    return text


def table_text(raw: bytes, source: str) -> str:
    """The text of a file that should hold a table. Raises `ReadError` for any other file."""
    if describe(raw) != "text":
        raise read_error(
            source,
            describe(raw),
            "a table: csv, tsv, txt or xlsx",
            "export or save the table as csv or .xlsx",
        )
    return plain_text(raw, source)


def is_blank(text: str) -> bool:
    """Whether a cell says that nothing was measured."""
    return text.strip().lower() in BLANK


def ungrouped(text: str) -> str:
    """A number without the spaces or apostrophes that some countries put between thousands."""
    return _GROUPING_SIGN.sub("", text)


def decimal_mark(texts: Iterable[str], *, doubtful: str = ",") -> str:
    """The decimal mark of numbers written by one program: `.` or `,`. Raises `Unreadable` where
    they do not tell.

    A lone number like 1,234 may be a thousand or not; `doubtful` are the marks for which that is
    asked. A point is else taken for a decimal point.

    >>> decimal_mark(["3,25", "1.234,5"]), decimal_mark(["3.25", "1,234.5"]), decimal_mark(["12"])
    (',', '.', '.')
    """
    examples: dict[str, str] = {}
    ambiguous = ""
    for text in texts:
        digits = _digits(text)
        mark = _own_mark(digits)
        if mark:
            examples.setdefault(mark, text.strip())
        elif not ambiguous and any(sign in digits for sign in doubtful):
            ambiguous = text.strip()
    if len(examples) == 2:
        point, comma = examples["."], examples[","]
        raise Unreadable(
            f"{point!r} and {comma!r} in one table: a decimal point and a decimal comma"
        )
    if ambiguous and not examples:
        plain = ambiguous.replace(",", ".")
        raise Unreadable(f"{ambiguous!r}, which could be {plain} or {plain.replace('.', '')}")
    return next(iter(examples), ".")


def doubtful_marks(separator: str) -> str:
    """The marks for which a lone number like 1,234 is asked about: between semicolons, where
    decimal commas are usual, a point may group thousands too.
    """
    return ".," if separator == ";" else ","


def _digits(text: str) -> str:
    match = _NUMBER.match(text.strip())
    return match[1] if match else ""


def _own_mark(digits: str) -> str:
    """The decimal mark a number shows by itself; empty where it shows none."""
    commas, points = digits.count(","), digits.count(".")
    last = "," if digits.rfind(",") > digits.rfind(".") else "."
    if commas and points:
        return last
    if commas + points > 1:  # repeated, so it groups thousands: the decimal mark is the other
        return "." if commas else ","
    return "" if commas + points == 0 or _AMBIGUOUS.match(digits) else last


def number(text: str, *, mark: str) -> float:
    """A number with that decimal mark; the other mark may group thousands. Raises `Unreadable` for
    anything else.

    >>> number("1.234,5", mark=","), number("1,234", mark="."), number("6.02e23", mark=".")
    (1234.5, 1234.0, 6.02e+23)
    """
    bare = text.strip()
    digits = _digits(bare)
    group = "," if mark == "." else "."
    whole, _, decimals = digits.partition(mark)
    well_grouped = group not in whole or _THOUSANDS[group].match(whole)
    if digits and well_grouped and mark not in decimals and group not in decimals:
        with suppress(ValueError):
            value = float(bare.replace(group, "").replace(mark, "."))
            if math.isfinite(value):
                return value
    raise Unreadable(f"{bare!r}")
