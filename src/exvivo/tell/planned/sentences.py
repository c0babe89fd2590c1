"""What an answer of a planned study can be expected to say, as sentences made of its numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator

from exvivo.tell.planned.names import chance, percent, times, truth_words
from exvivo.tell.planned.records import Figured, Outlook, PowerTable
from exvivo.tell.words import counted, fold, number
from exvivo.units import UNITS, Unit

_KINDS = {
    "fold": "difference",
    "odds": "odds ratio",
    "points": "difference",
    "share": "share",
    "coefficient": "correlation",
    "probability": "probability",
    "amount": "value",
}
"""What a true value of a unit is a value of, by how the unit is read."""
LIMITS = (
    "These are chances over many studies that are as the assumptions say. They say nothing of the "
    "one study that will be made, and they are no better than the assumptions: read those first.",
    "Chances are those of one answer. That all of several answers are supported is less likely "
    "than that any one of them is.",
    "Exact figures have no error of their own; simulated ones stand with one Monte-Carlo standard "
    "error behind ±. A fit that fails counts as not estimable, never as not significant.",
    "More wells make the measurement of each donor better; only more donors make the group larger.",
    "An estimate that is supported in a small study is too large on average, because smaller ones "
    "do not reach it: how much too large stands beside each answer.",
)
"""What a page on power does not show."""


def outlook_sentences(outlook: Outlook) -> Iterator[str]:
    """What studies of a size would say of an answer."""
    unit = UNITS[outlook.unit]
    yield _power(outlook, unit)
    yield from filter(None, [stated_words(outlook)])
    yield from _equivalent(outlook, unit)
    yield from _alone(outlook)
    if not math.isnan(outlook.half_width.value):
        yield f"Its interval reaches {_reaching(outlook, unit)} on average."
    if not _is_null(outlook, unit):
        yield from _of_supported(outlook)
    yield from _of_zero(outlook)


def _power(outlook: Outlook, unit: Unit) -> str:
    said = chance(outlook.power) + _by_formula(outlook.power)
    if math.isnan(outlook.truth):
        return f"Nothing can be assumed of it; {said} of such studies support it nevertheless."
    if _is_null(outlook, unit):
        if outlook.hoped == "equivalent":
            return f"If there is nothing, {said} of such studies can say that it is equivalent."
        return f"Nothing is assumed to be there; {said} of such studies support it nevertheless."
    what = f"a true {_KINDS[unit.reading]} of {truth_words(outlook)}"
    if outlook.hoped == "equivalent":
        return f"With {what}, {said} of such studies can say that it is equivalent."
    return f"With {what}, {said} of such studies support it."


def _equivalent(outlook: Outlook, unit: Unit) -> Iterator[str]:
    """The chance of the other answer that a question with a margin can have."""
    is_both = outlook.margin is not None and outlook.hoped == "supported"
    if is_both and not _is_null(outlook, unit) and "equivalent" in outlook.verdicts:
        said = chance(outlook.verdicts["equivalent"])
        yield f"{said} say that it is smaller than its margin (equivalent)."


def _by_formula(figured: Figured) -> str:
    """The exact number beside a simulated one."""
    if figured.exact is None or figured.error is None:
        return ""
    return f" (by the exact formula {percent(figured.exact)})"


def _alone(outlook: Outlook) -> Iterator[str]:
    """What the correction for the other tests of the family takes."""
    is_told = outlook.tests > 1 and outlook.hoped == "supported"
    if is_told and not math.isnan(outlook.alone.value):
        alone = chance(outlook.alone) + _by_formula(outlook.alone)
        yield f"By itself, without the correction for {outlook.tests} tests, it would be {alone}."


def _is_null(outlook: Outlook, unit: Unit) -> bool:
    return outlook.truth == unit.null


def stated_words(outlook: Outlook) -> str:
    """Why the true correlation of an answer is not the stated one; empty where it is."""
    if outlook.stated is None or abs(outlook.stated - outlook.truth) < _ALIKE:
        return ""
    return (
        f"A correlation of {number(outlook.stated)} with a donor's true result is stated; with "
        f"what is measured (the error of wells in it, and ranks where it is Spearman's) it is "
        f"{number(outlook.truth)}."
    )


def _reaching(outlook: Outlook, unit: Unit) -> str:
    half = outlook.half_width.value
    if not unit.log2:
        return f"{number(half)} to either side of the estimate"
    low, high = fold(-half), fold(half)
    return f"from {low} to {high} times the estimate"


def _of_supported(outlook: Outlook) -> Iterator[str]:
    """What is wrong with the studies that support it."""
    if math.isnan(outlook.exaggeration.value):
        return
    wrong = chance(outlook.wrong_sign)
    yield (
        f"Where it is supported, the estimate is {times(outlook.exaggeration)} the true value on "
        f"average, and {wrong} of those studies have the wrong sign."
    )


def _of_zero(outlook: Outlook) -> Iterator[str]:
    zero = outlook.at_zero
    if "equivalent" in zero and outlook.margin is not None and outlook.hoped != "equivalent":
        if zero["equivalent"].value < _NEVER:
            margin = f"{fold(outlook.margin)}-fold" if UNITS[outlook.unit].log2 else "declared"
            yield f"That it is smaller than the margin of {margin} could hardly ever be said."
        else:
            yield f"If there is nothing, {chance(zero['equivalent'])} can say so (equivalent)."


def stated_in(table: PowerTable) -> Iterator[str]:
    """What is to be said of the stated correlations of a table, once each."""
    yield from dict.fromkeys(filter(None, map(stated_words, table.outlooks)))


NO_FORMULA = (
    "There is no formula for these answers: exact figures exist of one answer without a correction "
    "for others, of normal donors all of whose results are seen; of correlations, Pearson's."
)
DASHES = (
    "A dash: nothing is there to be supported, no margin is declared, there is no formula, or "
    "fewer than 20 simulated studies claim anything."
)
_ALIKE = 0.005
"""Correlations that are printed alike, or nearly so."""
_NEVER = 0.005
"""A chance of `equivalent` under which it can hardly ever be said."""


def made_words(table: PowerTable) -> str:
    """How the numbers were made."""
    if not table.studies:
        return "Every figure is exact."
    count = f"{table.studies:,}".replace(",", " ")
    return (
        f"{count} studies of each size were drawn as the assumptions say and answered by the "
        f"methods that answer a real study (seed {table.seed}); intervals of "
        f"{percent(1 - table.alpha, 0)}."
    )


def lacking_words(outlook: Outlook) -> str:
    """Studies that could not be answered; empty where every one was."""
    count = sum(outlook.not_estimable.values())
    if not count:
        return ""
    reasons = ", ".join(f"{reason} {n}" for reason, n in outlook.not_estimable.items())
    return f"{counted(count, 'study', 'studies')} not estimable: {reasons}"
