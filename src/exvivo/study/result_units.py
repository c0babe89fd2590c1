"""What the unit of a table of results says of its numbers: amounts, logarithms, shares, ...

A unit is read in words, so that `log2 pg/mL`, `pg/mL (log₂)` and `log2(pg/mL)` say the same. A unit
that is no plain amount asks for the key `scale`, or contradicts what stands there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import e, log2
from typing import Literal
from unicodedata import normalize

DataScale = Literal["linear", "log2", "log10", "ln"]
"""What the numbers of a table are: amounts (linear), or logarithms of amounts."""
LOGARITHMS: tuple[DataScale, ...] = ("log2", "log10", "ln")
LOG2_OF_BASE: Mapping[DataScale, float] = {"log2": 1.0, "log10": log2(10), "ln": log2(e)}
"""The log2 that one unit of each logarithm is."""
LARGEST_LOGGED = 40.0
"""Logarithms of results are not larger: 2 to the power of 40 is above every signal in use."""
_WIDEST_LOGGED = 20.0
"""Logarithms of one analyte lie within so many fold of one another, where none is near zero."""
_FEWEST = 6
"""Results from which their range says something."""
_ANY: tuple[DataScale, ...] = ("linear", *LOGARITHMS)


@dataclass(frozen=True)
class UnitKind:
    """A kind of unit that is no plain amount: what it is in words, the scales its numbers may have,
    and the cure where none of them is declared.
    """

    words: str
    scales: tuple[DataScale, ...]
    cure: str


OTHER = UnitKind(
    "neither amounts nor logarithms of them",
    (),
    "give the amounts as they were before, with their unit",
)
CYCLES = UnitKind(
    "cycles, of which more is less",
    (),
    "use `kind: qpcr`, or give relative quantities: 2 to the power of minus the cycles",
)
NPX = UnitKind("logarithms (log2), of Olink", ("log2",), "write `scale: log2`")
RISE = UnitKind(
    "differences from a baseline, divided by it",
    _ANY,
    "give the signal itself, or F/F0; for logarithms write `scale: log2` (or log10, ln); if the "
    "rises themselves are to be compared by their ratio, write `scale: linear`",
)
DIVIDED = UnitKind(
    "numbers divided by another number",
    _ANY,
    "give the numbers before they were divided; if these are to be compared by their ratio as "
    "they are, write `scale: linear`, and for logarithms of them `scale: log2` (or log10, ln)",
)
SHARE = UnitKind(
    "shares of a whole, which cannot pass 100 %",
    _ANY,
    "give an amount (MFI, cells a well); if the shares are to be compared by their ratio all the "
    "same, write `scale: linear`, and for logarithms of them `scale: log2` (or log10, ln)",
)
_CONTROL = (
    r"(?:the )?(?:unstim\w*|untreat\w*|control|ctrl|vehicle|base\w*|basal|max\w*|mock|medium|dmso)"
)
_FIRST = (
    (r"log.*\+\s*1(?![0-9])|log1p|a(?:rc)?sinh|sqrt|√|logicle|\bz[\s-]?scores?\b", OTHER),
    (r"^(?:δ|∆|d|delta[\s-]*)*c[tqp](?:[\s-]*values?)?$|^cycles?$", CYCLES),
    (r"(?<![a-z])npx(?![a-z])", NPX),
)
_THEN = (
    (r"(?:δ|∆|\bd|delta[\s-]*)f(?![a-z])", RISE),
    (rf"\b(?:of|over|vs\.?|x|to) {_CONTROL}|/\s*{_CONTROL}\b", DIVIDED),
    (r"\bfold|\b(?:ratio|rq|normali[sz]ed)\b|\bf\s*/\s*f0?\b", DIVIDED),
    (r"%|\bper\s?cent|\bpct\b|\bfraction|\bproportion", SHARE),
)
_LOG = r"^\W*log|(?<![a-z])(?:log|ln|lg)(?![a-z])"
_BASES: tuple[tuple[DataScale, str], ...] = (
    ("log10", r"log[\s_-]*(?:base\s*)?10(?![0-9])|(?<![a-z])lg(?![a-z])"),
    ("log2", r"log[\s_-]*(?:base\s*)?2(?![0-9])"),
    ("ln", r"(?<![a-z])ln(?![a-z])|log[\s_-]*(?:base\s*)?e(?![a-z])|natural[\s-]*log"),
)
_LOG_WORDS = re.compile(
    r"natural[\s-]*log\w*|log[\s_-]*(?:base\s*)?(?:10|2|e(?![a-z]))?(?:[\s-]*transformed)?"
    r"|(?<![a-z])(?:ln|lg)(?![a-z])",
    re.IGNORECASE,
)


def unit_kind(unit: str) -> UnitKind | None:
    """The kind of a unit; None for the unit of an amount.

    >>> unit_kind("pg/mL"), unit_kind("log2 pg/mL").scales, unit_kind("% of control").words
    (None, ('log2',), 'numbers divided by another number')
    """
    text = normalize("NFKC", unit).casefold().strip()
    return _listed(text, _FIRST) or _logarithm(text) or _listed(text, _THEN)


def _listed(text: str, kinds: tuple[tuple[str, UnitKind], ...]) -> UnitKind | None:
    return next((kind for pattern, kind in kinds if re.search(pattern, text)), None)


def _logarithm(text: str) -> UnitKind | None:
    """A logarithm whose base the unit states or leaves open."""
    if not re.search(_LOG, text):
        return None
    bases = tuple(base for base, pattern in _BASES if re.search(pattern, text))
    if len(bases) == 1:
        return UnitKind(f"logarithms ({bases[0]})", bases, f"write `scale: {bases[0]}`")
    cure = "write `scale: log2`, `scale: log10` or `scale: ln`, as the logarithms were taken"
    return UnitKind("logarithms of a base that the unit does not say", LOGARITHMS, cure)


def may_be_logarithms(values: Sequence[float]) -> bool:
    """Whether results of one analyte are small and close together. Whole numbers are counts.

    >>> may_be_logarithms([8.1, 9.4, 10.2, 7.7, 9.9, 8.8]), may_be_logarithms([8.1, 940.0] * 3)
    (True, False)
    """
    if len(values) < _FEWEST or min(values) <= 0:
        return False
    highest, whole = (
        min(LARGEST_LOGGED, _WIDEST_LOGGED * min(values)),
        map(float.is_integer, values),
    )
    return max(values) <= highest and 2 * sum(whole) < len(values)


def under_logarithm(unit: str) -> str:
    """The unit of the amounts whose logarithms a table holds.

    >>> under_logarithm("log2 pg/mL"), under_logarithm("pg/mL (log10)"), under_logarithm("NPX")
    ('pg/mL', 'pg/mL', '2^NPX')
    """
    kind = unit_kind(unit)
    if kind is None or "linear" in kind.scales:
        return unit
    bare = _LOG_WORDS.sub(" ", normalize("NFKC", unit)).replace("( )", "").strip(" ,;:()[]-_")
    return f"2^{bare}" if kind == NPX else bare or "amount"
