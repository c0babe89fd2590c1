"""Names as the parts that people write in many ways: `RA-01`, `ra01` and `RA 01` are the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator
from functools import lru_cache
from typing import NamedTuple

Atoms = tuple[str, ...]
"""The runs of letters and of digits of a name, in one case."""

_PART = re.compile(r"\d+|[^\W\d_]+")
_LETTERS = str.maketrans("αβγδκμ", "abgdku")
_SPELLED = re.compile(r"(?<![a-z])(alpha|beta|gamma|delta|kappa)$|(?<=[a-z])(alpha|beta|gamma)$")
_LONGEST_RUN = 8
_QUANTITY = re.compile(r"(\d+(?:[.,]\d+)?)\s*([a-zµμ%]+(?:\s*/\s*ml|\s*/\s*l)?)", re.I)


@lru_cache(maxsize=65536)
def atoms(text: str) -> Atoms:
    """The parts of a name.

    >>> atoms("RA-01_LPS+IFNγ"), atoms("ra01 IFN-gamma")
    (('ra', '01', 'lps', 'ifng'), ('ra', '01', 'ifn', 'g'))
    """
    plain = _plain(text).translate(_LETTERS)
    return tuple(_SPELLED.sub(_first_letter, part) for part in _PART.findall(plain))


def _plain(text: str) -> str:
    """A text in one case, each sign as its usual one (`µ` as the letter mu)."""
    return unicodedata.normalize("NFKC", text).casefold()


def _first_letter(match: re.Match[str]) -> str:
    return match[0][0]


def joined(parts: Atoms) -> str:
    """Parts as one word; numbers side by side stay apart.

    >>> joined(("ra", "1", "lps")), joined(("ra", "1", "0"))
    ('ra1lps', 'ra1-0')
    """
    word = ""
    for part in parts:
        apart = word[-1:].isdigit() and part.isdigit()
        word += f"-{part}" if apart else part
    return word


def without_zeros(parts: Atoms) -> Atoms:
    """Parts whose numbers have no leading zeros."""
    return tuple(part.lstrip("0") or "0" if part.isdigit() else part for part in parts)


def letters(parts: Atoms) -> int:
    """How many letters parts have."""
    return sum(len(part) for part in parts if not part.isdigit())


class Run(NamedTuple):
    """Neighbouring parts of a name that are a known word."""

    start: int
    stop: int
    word: str


def runs(parts: Atoms, words: Container[str]) -> Iterator[Run]:
    """The longest known words of a name, from its left, none over another."""
    start = 0
    while start < len(parts):
        run = _run_at(parts, start, words)
        if run:
            yield run
        start = run.stop if run else start + 1


def _run_at(parts: Atoms, start: int, words: Container[str]) -> Run | None:
    for stop in range(min(len(parts), start + _LONGEST_RUN), start, -1):
        word = joined(parts[start:stop])
        if word in words:
            return Run(start, stop, word)
    return None


def without(parts: Atoms, used: list[Run]) -> Atoms:
    """The parts of a name that no run takes."""
    taken = {place for run in used for place in range(run.start, run.stop)}
    return tuple(part for place, part in enumerate(parts) if place not in taken)


Quantity = tuple[str, float]
"""What is measured (grams by volume, moles by volume, hours, ...), and how much."""
Quantities = frozenset[Quantity]
_SCALES: dict[str, Quantity] = {
    "pg/ml": ("mass", 1e-3),
    "ng/ml": ("mass", 1.0),
    "ug/ml": ("mass", 1e3),
    "mg/ml": ("mass", 1e6),
    "pm": ("molar", 1e-3),
    "nm": ("molar", 1.0),
    "um": ("molar", 1e3),
    "mm": ("molar", 1e6),
    "u/ml": ("units", 1.0),
    "iu/ml": ("units", 1.0),
    "%": ("share", 1.0),
    "min": ("hours", 1 / 60),
    "h": ("hours", 1.0),
    "hr": ("hours", 1.0),
    "hrs": ("hours", 1.0),
    "hour": ("hours", 1.0),
    "hours": ("hours", 1.0),
    "d": ("hours", 24.0),
    "day": ("hours", 24.0),
    "days": ("hours", 24.0),
}
UNITS = frozenset(part for unit in _SCALES for part in unit.split("/")) | {"l"}
"""Parts of units, which are no words of a name."""


def quantities(text: str) -> Quantities:
    """The amounts with units that a text names, in ng/mL, nM, U/mL, % or hours.

    >>> sorted(quantities("LPS 0.1 µg/mL + 1 µM, 6h"))
    [('hours', 6.0), ('mass', 100.0), ('molar', 1000.0)]
    """
    plain = _plain(text).replace("μ", "u")
    found = (_quantity(*match.groups()) for match in _QUANTITY.finditer(plain))
    return frozenset(each for each in found if each)


def _quantity(number: str, unit: str) -> Quantity | None:
    scale = _SCALES.get(re.sub(r"\s", "", unit))
    return (scale[0], round(float(number.replace(",", ".")) * scale[1], 9)) if scale else None


def numbers(text: str) -> frozenset[float]:
    """The plain numbers of a text.

    >>> sorted(numbers("100 ng/mL + 1 µM"))
    [1.0, 100.0]
    """
    return frozenset(float(each.replace(",", ".")) for each in re.findall(r"\d+(?:[.,]\d+)?", text))
