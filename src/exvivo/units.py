"""The units a finding can have, one list: what says "no difference" in each, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reading = Literal["fold", "odds", "points", "share", "coefficient", "probability", "amount"]
"""How a number of a unit is put into words; whoever words numbers handles every one of them."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of estimates and their intervals.

    `null` is the estimate that points in neither direction (none where a number has no direction);
    `log2` says that numbers are logarithms to base 2.
    """

    id: str
    reading: Reading
    words: str
    null: float = 0.0
    log2: bool = False


LOG2_FOLD = Unit("log2 fold", "fold", "fold", log2=True)
LOG_ODDS_RATIO = Unit("log2 odds ratio", "odds", "odds ratio", log2=True)
DIFFERENCE = Unit("difference", "points", "points of the scale")
SHARE = Unit("share", "share", "share")
COEFFICIENT = Unit("coefficient", "coefficient", "correlation")
SIMILARITY = Unit("similarity", "coefficient", "difference in correlation")
PROBABILITY = Unit("probability", "probability", "probability of the higher result", null=0.5)
AMOUNT = Unit("amount", "amount", "in the unit of the assay")

UNITS = {
    unit.id: unit
    for unit in (
        LOG2_FOLD,
        LOG_ODDS_RATIO,
        DIFFERENCE,
        SHARE,
        COEFFICIENT,
        SIMILARITY,
        PROBABILITY,
        AMOUNT,
    )
}
