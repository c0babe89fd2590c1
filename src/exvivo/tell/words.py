"""Numbers and lists as a report prints them: folds, intervals, p values, counts. An open interval
end is said as `open`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

NOTHING = "–"
"""What stands where there is no number."""

OPEN = "open"
"""What stands where an interval has no end."""


def is_log2(unit: str) -> bool:
    """True where numbers of this unit are logarithms to base 2, and are read as folds."""
    return unit.startswith("log2")


def number(value: float | None, *, digits: int = 2) -> str:
    """A plain number with so many decimals and a true minus sign; infinite is `open`, none is a
    dash.

    >>> number(-0.256), number(None), number(float("inf"))
    ('−0.26', '–', 'open')
    """
    if value is None or math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return OPEN
    text = f"{value:.{digits}f}" if abs(value) < 1e6 else f"{value:.2e}"
    return text.replace("-", "−") if float(text) else text.removeprefix("-")


def fold(log2: float | None) -> str:
    """A log2 difference as a fold, with as many digits as a reader can use.

    >>> fold(1.0), fold(-0.5), fold(7.3), fold(-10.0), fold(float("-inf"))
    ('2.00', '0.71', '158', '0.00098', 'open')
    """
    if log2 is None or math.isnan(log2):
        return NOTHING
    if math.isinf(log2):
        return OPEN
    if abs(log2) > 40:
        return "over 10¹²" if log2 > 0 else "under 10⁻¹²"
    value = 2.0**log2
    if value < 0.095:
        return f"{value:.2g}" if value >= 1e-4 else f"{value:.1e}".replace("-", "−")
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def interval(
    lower: float | None, upper: float | None, *, say: Callable[[float | None], str] = number
) -> str:
    """Both ends of an interval, each said by `say`.

    >>> interval(-1.0, float("inf"), say=fold)
    '0.50 to open'
    """
    if lower is None and upper is None:
        return NOTHING
    return f"{say(lower)} to {say(upper)}"


def amount(value: float | None, unit: str) -> str:
    """A number of a finding as it is read: a fold where its unit is log2, else the number
    itself.
    """
    return fold(value) if is_log2(unit) else number(value)


def amount_of(value: float) -> str:
    """An amount with three significant digits and no exponent a reader must decode.

    >>> amount_of(9.7656), amount_of(2500.0), amount_of(0.0123)
    ('9.77', '2500', '0.0123')
    """
    return f"{float(f'{value:.3g}'):,.10g}".replace(",", "" if value < 1e4 else " ")


def p_value(p: float | None) -> str:
    """A p value with two significant digits.

    >>> p_value(0.0304), p_value(0.00004), p_value(None)
    ('0.030', '< 0.001', '–')
    """
    if p is None or math.isnan(p):
        return NOTHING
    if p < 0.001:
        return "< 0.001"
    return f"{p:#.2g}".rstrip(".")


def percent(share: float) -> str:
    """A share as a percentage without needless decimals.

    >>> percent(0.95), percent(0.975)
    ('95 %', '97.5 %')
    """
    return f"{100 * share:.4g} %"


def listed(parts: Iterable[str], *, last: str = "and") -> str:
    """Words as a list in a sentence.

    >>> listed(["TNF", "IL-6", "IL-8"])
    'TNF, IL-6 and IL-8'
    """
    words = list(parts)
    return (
        f" {last} ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
    )


def counted(count: int, singular: str, plural: str | None = None) -> str:
    """A count with its noun.

    >>> counted(1, "donor"), counted(3, "donor")
    ('1 donor', '3 donors')
    """
    return f"{count} {singular if count == 1 else plural or singular + 's'}"


def group_counts(counts: Sequence[dict[str, object]] | None, *, every: bool = True) -> str:
    """Donors per group of a finding, with those known only by bounds.

    >>> group_counts([{"group": "FM", "n": 14, "undetected": 2}, {"group": "HC", "n": 10, "undetected": 0}])
    'FM 14 (2 beyond a limit), HC 10'
    """
    said = []
    for count in counts or ():
        extra = f" ({count['undetected']} beyond a limit)" if count["undetected"] and every else ""
        said.append(f"{count['group']} {count['n']}{extra}")
    return ", ".join(said) or NOTHING


def capital(text: str) -> str:
    """The text with its first letter in upper case; mRNA and study.yaml stay as they are.

    >>> capital("healthy people"), capital("mRNA of TNF")
    ('Healthy people', 'mRNA of TNF')
    """
    first = text.split(" ", 1)[0]
    return (
        text
        if any(letter.isupper() or letter == "." for letter in first[1:-1])
        else text[:1].upper() + text[1:]
    )
