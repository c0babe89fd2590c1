"""Text as laboratories write it: encodings, decimal commas, thousands marks."""

from __future__ import annotations

import re
from collections.abc import Iterable

BLANK = frozenset({"", "na", "n/a", "n.a.", "n.a", "nan", "null", "none", "-", "–", "—", "."})
"""Cells that say nothing was measured (compared in lower case)."""

_NUMBER = re.compile(r"[+-]?(?=[.,]?[0-9])([0-9.,']*)(?:[eE][+-]?[0-9]{1,4})?$")
_MARKED = {
    ",": re.compile(r"[0-9]{1,3}(,[0-9]{3})+$"),
    ".": re.compile(r"[0-9]{1,3}(\.[0-9]{3})+$"),
}
_UNSURE = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}$")


class Unreadable(ValueError):
    """A number that cannot be read with certainty; its text says why."""


def decode(raw: bytes) -> str:
    """Text of a file: UTF-8 (with or without mark), UTF-16 with its mark, else Windows' Western
    European letters.
    """
    encodings = ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def is_blank(text: str) -> bool:
    """Whether a cell says that nothing was measured."""
    return text.strip().lower() in BLANK


def decimal_mark(texts: Iterable[str], *, doubtful: str = ",") -> str:
    """The decimal mark of numbers written by one program: `.` or `,`. Raises `Unreadable` where
    they do not tell.

    A lone number like 1,234 may be a thousand or not; `doubtful` are the marks for which that is
    asked. A point is else taken for a decimal point.

    >>> decimal_mark(["3,25", "1.234,5"]), decimal_mark(["3.25", "1,234.5"]), decimal_mark(["12"])
    (',', '.', '.')
    """
    sure: dict[str, str] = {}
    unsure = ""
    for text in texts:
        digits = _digits(text)
        mark = _own_mark(digits) if digits else ""
        if mark:
            sure.setdefault(mark, text.strip())
        elif digits and any(sign in digits for sign in doubtful):
            unsure = unsure or text.strip()
    if len(sure) == 2:
        raise Unreadable(
            f"{sure['.']!r} and {sure[',']!r} in one table: a decimal point and a decimal comma"
        )
    if not sure and unsure:
        plain = unsure.replace(",", ".")
        raise Unreadable(f"{unsure!r}, which could be {plain} or {plain.replace('.', '')}")
    return next(iter(sure), ".")


def _digits(text: str) -> str:
    match = _NUMBER.match(text.strip())
    return match[1] if match else ""


def _own_mark(digits: str) -> str:
    """The decimal mark a number shows by itself; empty where it shows none."""
    commas, points = digits.count(","), digits.count(".")
    if commas and points:
        return "," if digits.rfind(",") > digits.rfind(".") else "."
    if commas > 1 or points > 1:
        return "." if commas else ","
    if (not commas and not points) or _UNSURE.match(digits):
        return ""
    return "," if commas else "."


def number(text: str, *, mark: str) -> float:
    """A number with that decimal mark; the other mark may group thousands. Raises `Unreadable` for
    anything else.

    >>> number("1.234,5", mark=","), number("1,234", mark="."), number("6.02e23", mark=".")
    (1234.5, 1234.0, 6.02e+23)
    """
    bare = text.strip()
    digits = _digits(bare)
    other = "," if mark == "." else "."
    whole = digits.split(mark)[0]
    if not digits or digits.count(mark) > 1 or other in digits.partition(mark)[2]:
        raise Unreadable(f"{bare!r}")
    if other in whole and not _MARKED[other].match(whole):
        raise Unreadable(f"{bare!r}")
    try:
        value = float(bare.replace(other, "").replace(mark, "."))
    except ValueError:
        raise Unreadable(f"{bare!r}") from None
    if value in (float("inf"), float("-inf")):
        raise Unreadable(f"{bare!r}")
    return value
