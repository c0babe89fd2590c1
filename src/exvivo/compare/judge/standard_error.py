"""The standard error and the degrees of freedom that an answer's interval and p value amount to.

An answer b with standard error s on df degrees of freedom has

    half = t(1 - α/2, df) s,    p = 2 P(T < -|b| / s)

so b, half and p give both. Coefficients are taken by Fisher's z and probabilities as log odds,
where their intervals are about symmetrical. The half nearer to no difference counts. df lies
between those of the smallest group and those of all donors (n_g - 1 and n - G, as Welch's do);
where p fits none between, it is the nearer of both. Ranks and coefficients are taken as normal.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from exvivo.compare.methods.intervals import critical_t, student_p
from exvivo.findings import Finding
from exvivo.units import Unit

FEWEST_DF, MOST_DF = 2.0, 1e6
"""Degrees of freedom that are the fewest and the most there are; with the most, T is normal."""
_STEPS = 40
_OF_STUDENT = ("means", "wells", "regression")
"""Families of methods whose intervals are of Student's t, or near it."""


@dataclass(frozen=True)
class Located:
    """An answer where its interval is about symmetrical: its distance from no difference, standard
    error and degrees of freedom; `unit` says how to return to its own numbers.
    """

    estimate: float
    error: float
    df: float
    unit: Unit

    @property
    def t(self) -> float:
        """The size of the estimate in standard errors."""
        return abs(self.estimate) / self.error

    def in_unit(self, size: float) -> float:
        """A size on the estimate's side, as a number of the answer's unit."""
        return _from_symmetrical(math.copysign(size, self.estimate), self.unit)


def located(finding: Finding) -> Located | None:
    """The answer with its standard error; None where it has no estimate, no closed end, or no width
    toward no difference.
    """
    ends = (finding.estimate, finding.lower, finding.upper)
    if any(end is None or not math.isfinite(end) for end in ends):
        return None
    estimate, lower, upper = (_symmetrical(end or 0.0, finding.unit) for end in ends)
    half = estimate - lower if estimate > 0 else upper - estimate
    if not (math.isfinite(half) and half > 0):
        return None
    df = degrees_of_freedom(finding, abs(estimate) / half)
    return Located(estimate, half / critical_t(df, 1 - finding.level), df, finding.unit)


def degrees_of_freedom(finding: Finding, halves: float) -> float:
    """Those with which an estimate of so many half widths has the p value of the finding."""
    alpha, p = 1 - finding.level, finding.p
    fewest, most = _bounds(finding)
    if p is None or finding.method.family not in _OF_STUDENT:
        return MOST_DF

    def excess(df: float) -> float:
        return student_p(halves * critical_t(df, alpha), df) - p

    at_fewest, at_most = excess(fewest), excess(most)
    if at_fewest * at_most >= 0:
        return fewest if abs(at_fewest) < abs(at_most) else most
    return _root(excess, fewest, most)


def _bounds(finding: Finding) -> tuple[float, float]:
    """Degrees of freedom between which those of an answer lie."""
    sizes = [count.n for count in finding.n]
    if not sizes:
        return FEWEST_DF, MOST_DF
    fewest = max(min(sizes) - 1.0, FEWEST_DF)
    return fewest, max(sum(sizes) - len(sizes), fewest)


def _root(excess: Callable[[float], float], low: float, high: float) -> float:
    """Where a function of the degrees of freedom changes its sign, by halving their logarithm."""
    rising = excess(low) < 0
    for _ in range(_STEPS):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if (excess(middle) < 0) == rising else (low, middle)
    return math.sqrt(low * high)


def _symmetrical(value: float, unit: Unit) -> float:
    """A number of a unit where its interval is about symmetrical; 0 is no difference."""
    match unit.reading:
        case "coefficient":
            return math.atanh(value) if abs(value) < 1 else math.copysign(math.inf, value)
        case "probability":
            return _log_odds(value)
        case "fold" | "odds" | "points" | "share" | "amount":
            return value - unit.null
    assert_never(unit.reading)


def _from_symmetrical(value: float, unit: Unit) -> float:
    """The number of a unit that stands there."""
    match unit.reading:
        case "coefficient":
            return math.tanh(value)
        case "probability":
            return _share(value)
        case "fold" | "odds" | "points" | "share" | "amount":
            return value + unit.null
    assert_never(unit.reading)


def _log_odds(share: float) -> float:
    """The logarithm of odds; infinite for 0 and 1."""
    return math.log(share / (1 - share)) if 0 < share < 1 else math.inf * (share - 0.5)


def _share(log_odds: float) -> float:
    """The share of given log odds."""
    return 1 / (1 + math.exp(-log_odds))
