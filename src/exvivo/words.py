"""Numbers and lists as words, one way everywhere: folds, plain numbers, lists, counts.

An open end of an interval is `open`, a missing number a dash; a minus is a true minus sign and
never stands before zero.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

NO_NUMBER = "–"
"""What stands where there is no number."""
OPEN = "open"
"""What stands where an interval has no end."""
MOST_LISTED = 5
"""How many of a list a message names before it counts the rest."""
LONGEST_CELL = 80
"""Signs of a cell that a message shows."""
_QUOTED = re.compile(r"(?<!\w)(['\"`])(.*?)(?:\1(?!\w)|…\Z)", re.DOTALL)
"""A quoted part, or one that is cut off before its end."""
_LONG_WORD = re.compile(rf"\S{{{LONGEST_CELL + 3},}}")
"""A word longer than a cell in its quotes."""
_LOOKED_AT = 4_000
"""Signs in which quoted parts are looked for."""


def number(value: float | None, *, digits: int = 2) -> str:
    """A plain number with so many decimals and a true minus sign.

    >>> number(-0.256), number(-0.001), number(None), number(float("inf"))
    ('−0.26', '0.00', '–', 'open')
    """
    if value is None or math.isnan(value):
        return NO_NUMBER
    if math.isinf(value):
        return OPEN
    text = f"{value:.{digits}f}" if abs(value) < 1e6 else f"{value:.2e}"
    return text.replace("-", "−") if float(text) else text.removeprefix("-")


def signed(value: float, *, digits: int = 2) -> str:
    """A shift, with a sign before it in both directions and none before zero.

    >>> signed(0.256), signed(-0.256), signed(-0.001), signed(0.0)
    ('+0.26', '−0.26', '0.00', '0.00')
    """
    text = number(value, digits=digits)
    return f"+{text}" if value > 0 and float(f"{value:.{digits}f}") else text


def fold(log2: float | None) -> str:
    """A log2 difference as a fold, with as many digits as a reader can use.

    >>> fold(1.0), fold(-0.5), fold(7.3), fold(-10.0), fold(25.0), fold(float("-inf"))
    ('2.00', '0.71', '158', '0.00098', '3.4e+07', 'open')
    """
    if log2 is None or math.isnan(log2):
        return NO_NUMBER
    if math.isinf(log2):
        return OPEN
    if abs(log2) > 40:
        return "over 10¹²" if log2 > 0 else "under 10⁻¹²"
    value = 2.0**log2
    if value < 0.095:
        return f"{value:.2g}" if value >= 1e-4 else f"{value:.1e}".replace("-", "−")
    if value >= 1e6:
        return f"{value:.2g}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def listed(parts: Iterable[str], *, last: str = "and") -> str:
    """Words as a list in a sentence.

    >>> listed(["TNF", "IL-6", "IL-8"])
    'TNF, IL-6 and IL-8'
    """
    words = list(parts)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def shortened(parts: Sequence[str], most: int = MOST_LISTED, *, separator: str = ", ") -> str:
    """A list cut after so many parts, with how many more there are.

    >>> shortened(["A1", "A2", "A3", "A4"], 2)
    'A1, A2 and 2 more'
    """
    rest = len(parts) - most
    return separator.join(parts[:most]) + (f" and {rest} more" if rest > 0 else "")


def cut(text: str, most: int = LONGEST_CELL) -> str:
    """Text cut after so many signs, with a sign that it is.

    >>> cut("microglia", 6), cut("TNF", 6)
    ('micro…', 'TNF')
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def cut_quotes(text: str) -> str:
    """Text with each of its quoted parts, and each of its words, cut at the length of a cell.

    >>> len(cut_quotes("no number: '" + 50 * "ab " + "'")), cut_quotes("'a' and 'b'")
    (93, "'a' and 'b'")
    """
    if len(text) <= LONGEST_CELL:
        return text
    quoted = _QUOTED.sub(lambda part: f"{part[1]}{cut(part[2])}{part[1]}", cut(text, _LOOKED_AT))
    return _LONG_WORD.sub(lambda word: cut(word[0]), quoted)


def counted(count: int, singular: str, plural: str | None = None) -> str:
    """A count with its noun.

    >>> counted(1, "donor"), counted(3, "donor")
    ('1 donor', '3 donors')
    """
    return f"{count} {singular if count == 1 else plural or singular + 's'}"
