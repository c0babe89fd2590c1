"""Numbers as people type them: with a decimal comma or a decimal point, with or without marks
between thousands. What could be read in two ways is asked about, never guessed.
"""

from __future__ import annotations

import re

from exvivo.errors import Mistake, StudyError

_MINUS = str.maketrans({"−": "-", "–": "-", "\u2011": "-"})
_SPACES = re.compile(r"(?<=\d)[ \u00a0\u2009\u202f'’](?=\d{3}(?!\d))", re.ASCII)
"""A space or an apostrophe before three digits: it stands between thousands."""
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_COMMA = re.compile(r"([+-]?\d*),(\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
"""A decimal comma before three digits, or a comma between thousands."""
_THOUSANDS = re.compile(
    r"[+-]?[1-9]\d{0,2}((,\d{3})+\.\d+|(,\d{3}){2,}|(\.\d{3})+,\d+|(\.\d{3}){2,})",
    re.ASCII,
)
"""A number in thousands that only one of both marks can be the decimal mark of."""
_LONGEST = 40


def decimal(text: str, where: str = "") -> float:
    """The number of a text that somebody typed. Raises `StudyError` where it is none, or may be
    two; `where` is how the message calls its place.

    >>> decimal("62,5"), decimal("62.5"), decimal("1.234,5"), decimal("−0,125")
    (62.5, 62.5, 1234.5, -0.125)
    """
    return float(pointed(text, where))


def pointed(text: str, where: str = "") -> str:
    """The number with a decimal point and its digits as they were typed. Raises `StudyError` as
    `decimal` does.

    >>> pointed("62,50"), pointed("1 234,5"), pointed("12")
    ('62.50', '1234.5', '12')
    """
    plain = _SPACES.sub("", text.strip().translate(_MINUS))
    if _EITHER.fullmatch(plain):
        raise StudyError(_two_ways(plain, where))
    if len(plain) <= _LONGEST and _THOUSANDS.fullmatch(plain):
        return _without_thousands(plain)
    if match := _COMMA.fullmatch(plain):
        whole = match[1] if match[1] not in ("", "+", "-") else f"{match[1]}0"
        plain = f"{whole}.{match[2]}{match[3] or ''}"
    if len(plain) <= _LONGEST and _PLAIN.fullmatch(plain):
        return plain
    raise StudyError(_no_number(text, where))


def is_number(text: str) -> bool:
    """Whether a text is one number in one reading.

    >>> is_number("62,5"), is_number("1,234"), is_number("5 mM")
    (True, False, False)
    """
    try:
        pointed(text)
    except StudyError:
        return False
    return True


def _without_thousands(text: str) -> str:
    """A number in thousands: the last of two different marks is the decimal mark."""
    marks = [sign for sign in text if sign in ",."]
    last = marks[-1] if marks.count(marks[-1]) == 1 else ""
    whole, _, rest = text.rpartition(last) if last else (text, "", "")
    return whole.replace(",", "").replace(".", "") + (f".{rest}" if rest else "")


def _two_ways(text: str, where: str) -> Mistake:
    decimals, thousands = text.replace(",", "."), text.replace(",", "")
    return Mistake(
        where or "a number",
        f"`{text}`, which may be {decimals} or {thousands}",
        "a number that can be read in one way",
        f"type `{decimals}` or `{thousands}`",
    )


def _no_number(text: str, where: str) -> Mistake:
    finding = f"`{text.strip()}`" if text.strip() else "nothing"
    cure = "type digits, with a comma or a point before the decimals; no unit"
    return Mistake(where or "a number", finding, "a number (62.5 or 62,5)", cure)
