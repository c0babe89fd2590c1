"""The words for what a plan is about: an answer, a size of a study, a change to it, a chance."""

from __future__ import annotations

import math
from collections.abc import Mapping

from exvivo.findings import Verdict
from exvivo.study import Study
from exvivo.tell.planned.records import NOTHING, Figured, Outlook, Purchase, Size
from exvivo.tell.words import counted, fold, listed, number
from exvivo.units import UNITS, Unit
from exvivo.words import NO_NUMBER

Asked = Outlook | Purchase
Name = tuple[str, str, str, str]
"""What tells an answer from all others: question, assay, analyte and scale."""

BOUGHT = {
    "donors": "twice the donors",
    "wells": "twice the wells",
    "cultures": "twice the cultures",
    "plates": "twice the plates",
    "error": "half the error of a well",
}
"""A change to the planned size in words, by its code."""
BRIEFLY = {
    "donors": "2 × donors",
    "wells": "2 × wells",
    "cultures": "2 × cultures",
    "plates": "2 × plates",
    "error": "½ × error",
}
"""The same above a column of a terminal."""


def name_of(asked: Asked) -> Name:
    """What tells an answer from all others."""
    return asked.question, asked.assay, asked.analyte, asked.scale


def answer_words(asked: Asked, study: Study) -> str:
    """What an answer is about: `TNF mRNA`, or `TNF mRNA and pain`."""
    analyte = study.name_of(asked.analyte) if asked.analyte else ""
    readout = study.assay(asked.assay).readout if asked.assay else ""
    scale = study.name_of(asked.scale).split(",")[0] if asked.scale else ""
    target = " ".join(filter(None, (analyte, readout)))
    return " and ".join(filter(None, (target, scale))) or asked.question


def donors_words(donors: Mapping[str, int]) -> str:
    """The donors of a size: `14 v 10`.

    >>> donors_words({"FM": 14, "HC": 10})
    '14 v 10'
    """
    return " v ".join(str(count) for count in donors.values())


def size_words(size: Size, study: Study) -> str:
    """A size of a study in full: `14 patients and 10 controls (3 wells for each donor and
    condition, on 2 plates; 10 % of donors drop out)`.
    """
    groups = (f"{count} {study.name_of(group)}" for group, count in size.donors.items())
    wells = f"{counted(size.wells, 'well')} for each donor and condition"
    if size.cultures > 1:
        wells += f" in each of {counted(size.cultures, 'culture')}"
    lost = f"; {percent(size.dropouts, 0)} of donors drop out" if size.dropouts else ""
    return f"{listed(groups)} ({wells}, on {counted(size.plates, 'plate')}{lost})"


def percent(share: float, digits: int = 1) -> str:
    """A share in percent; what is possible is never printed as 0 or 100 %.

    >>> percent(0.1289), percent(0.0), percent(0.00002), percent(0.99999), percent(float("nan"))
    ('12.9 %', '0 %', 'under 0.1 %', 'over 99.9 %', '–')
    """
    if math.isnan(share):
        return NO_NUMBER
    if share in (0.0, 1.0):
        return f"{100 * share:.0f} %"
    least = 10.0**-digits
    if 100 * share < least / 2:
        return f"under {least:g} %"
    if 100 * (1 - share) < least / 2:
        return f"over {100 - least:g} %"
    return f"{100 * share:.{digits}f} %"


def chance(figured: Figured) -> str:
    """A chance with its Monte-Carlo error.

    >>> chance(Figured(0.129, 0.0011)), chance(Figured(0.132)), chance(Figured(0.4, 0.00001))
    ('12.9 ± 0.1 %', '13.2 %', '40.0 %')
    """
    text = percent(figured.value)
    if not has_error(figured) or not text[0].isdigit():
        return text
    error = 100 * float(figured.error or 0)
    digits = 1 if error >= 0.05 else 2 if error >= 0.005 else 0
    return f"{100 * figured.value:.{max(digits, 1)}f}{f' ± {error:.{digits}f}' * bool(digits)} %"


def has_error(figured: Figured) -> bool:
    """Whether a number has a Monte-Carlo error that is worth a word."""
    return bool(figured.error) and not math.isnan(float(figured.error or 0))


def times(figured: Figured) -> str:
    """How many times too large an estimate is.

    >>> times(Figured(2.84, 0.02)), times(Figured(float("nan")))
    ('2.8 times', '–')
    """
    return NO_NUMBER if math.isnan(figured.value) else f"{figured.value:.1f} times"


def reach(half_width: float, unit: Unit) -> str:
    """Half of an interval as its unit is read: folds are what an estimate is multiplied and divided
    by at its ends.
    """
    if math.isnan(half_width):
        return NO_NUMBER
    if unit.log2:
        return f"×/÷ {fold(half_width)}"
    return f"± {number(half_width)}"


def is_nothing(outlook: Outlook) -> bool:
    """Whether nothing is assumed to be there, or nothing can be."""
    return outlook.truth == UNITS[outlook.unit].null or math.isnan(outlook.truth)


def if_nothing(outlook: Outlook) -> Mapping[Verdict, Figured]:
    """The chances of verdicts if nothing is there: where that is what is assumed, the same."""
    return outlook.verdicts if is_nothing(outlook) else outlook.at_zero


def supported(outlook: Outlook) -> Figured:
    """The chance that it is supported: no number where nothing is there to be supported."""
    if outlook.hoped == "supported":
        return NOTHING if is_nothing(outlook) else outlook.power
    return NOTHING


def equivalent(outlook: Outlook) -> Figured:
    """The chance that it is equivalent: no number without a margin."""
    if outlook.hoped == "equivalent":
        return outlook.power
    if outlook.margin is None:
        return NOTHING
    return outlook.verdicts.get("equivalent", NOTHING)


def exact_of(figured: Figured) -> str:
    """A chance by a formula, where there is one."""
    return NO_NUMBER if figured.exact is None else percent(figured.exact)


def truth_words(outlook: Outlook) -> str:
    """The assumed true value as its unit is read."""
    unit = UNITS[outlook.unit]
    if math.isnan(outlook.truth):
        return "not assumed"
    if outlook.truth == unit.null:
        return "nothing there"
    if not unit.log2:
        return number(outlook.truth)
    return f"{fold(outlook.truth)}-fold" if unit.reading == "fold" else fold(outlook.truth)
