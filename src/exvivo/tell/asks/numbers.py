"""The numbers of a finding in words: how large, between what, in whom, and what is still possible.

Every way to read a unit (`exvivo.units.Reading`) is handled here and in `tell.words`.
"""

from __future__ import annotations

import math
from typing import assert_never

from exvivo.findings import Count, Finding
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.phrases import tempered
from exvivo.units import COEFFICIENT

CORRECTED = (
    "The interval alone points one way, but not after correction for all that was asked together."
)
_COEFFICIENTS = {
    "spearman": "Spearman's rho ",
    "pearson": "Pearson's r ",
    "kendall": "Kendall's tau ",
    "": "",
}


def middle(finding: Finding) -> float:
    """Where the finding points: its estimate, else the closed end of its interval."""
    if finding.estimate is not None:
        return finding.estimate
    ends = (end for end in (finding.lower, finding.upper) if end is not None and math.isfinite(end))
    return next(ends, finding.null)


def points_up(finding: Finding) -> bool:
    """Whether a supported finding points to the higher result."""
    return middle(finding) > finding.null


def higher(finding: Finding) -> str:
    """The direction of a supported finding: `higher` or `lower`."""
    return "higher" if points_up(finding) else "lower"


def end(value: float | None, finding: Finding) -> str:
    """An end of an interval: `0.46-fold`, `odds ratio 0.46` or a plain number."""
    return words.sized(value, finding.unit)


def ends(finding: Finding) -> str:
    """Both ends of the interval as numbers: `0.46 to 2.06`."""
    return words.ends_of(finding.lower, finding.upper, finding.unit)


def size(finding: Finding) -> str:
    """Estimate and interval in the words of their unit."""
    if finding.lower is None:
        return _estimate(finding)
    return f"{_estimate(finding)} ({words.percent(finding.level)} interval {ends(finding)})"


def _estimate(finding: Finding) -> str:
    value, unit = finding.estimate, finding.unit
    if value is None:
        return words.NO_NUMBER if finding.lower is None else "no single best estimate"
    match unit.reading:
        case "points":
            return f"{words.number(value)} points"
        case "probability":
            return f"probability of the higher value {words.number(value)}"
        case "coefficient":
            name = _COEFFICIENTS[finding.method.coefficient] if unit == COEFFICIENT else ""
            return name + words.number(value)
        case "fold" | "odds" | "share" | "amount":
            return words.sized(value, unit)
    assert_never(unit.reading)


def donors(finding: Finding, study: Study) -> str:
    """`14 patients (2 beyond a limit) and 10 controls`: how many are known only by a bound.

    A level that is no number lies below or above what its assay can report; a response may also
    lack its unstimulated half.
    """
    bounds = "with wells beyond a limit" if finding.stimulus else "beyond a limit"
    return " and ".join(_of_group(count, bounds, study) for count in finding.n)


def _of_group(count: Count, bounds: str, study: Study) -> str:
    """`14 patients (2 beyond a limit)`; `bounds` are the words for those beyond one."""
    beyond = f" ({count.undetected} {bounds})" if count.undetected else ""
    return f"{count.n} {study.name_of(count.group)}{beyond}"


def rest(finding: Finding, study: Study) -> str:
    """What every sentence ends with: how large, how sure, in whom, and what tempers it."""
    clause = tempered(finding, study)
    told = f"{size(finding)}, {donors(finding, study)}"
    return f"{told}; {clause}" if clause else told


def possible(finding: Finding, what: str, than: str) -> str:
    """How large a difference is still possible: `what` may be from 0.8-fold to 2.1-fold `than`."""
    if finding.excludes_null:
        return CORRECTED
    low, high = end(finding.lower, finding), end(finding.upper, finding)
    match finding.unit.reading:
        case "fold":
            return _possible_fold(finding, what, than)
        case "odds":
            return f"An odds ratio anywhere from {ends(finding)} remains possible (1 is even)."
        case "probability":
            return f"A probability anywhere from {low} to {high} remains possible (0.5 is even)."
        case "coefficient":
            return f"A correlation anywhere from {low} to {high} remains possible."
        case "points":
            return f"A difference anywhere from {low} to {high} points remains possible."
        case "share" | "amount":
            return f"Anything from {low} to {high} remains possible."
    assert_never(finding.unit.reading)


def _possible_fold(finding: Finding, what: str, than: str) -> str:
    open_below, open_above = (
        value is None or math.isinf(value) for value in (finding.lower, finding.upper)
    )
    low, high = end(finding.lower, finding), end(finding.upper, finding)
    if open_below and open_above:
        return "A difference of any size remains possible."
    if open_below:
        return f"{what} may be any lower one, up to {high} {than}."
    if open_above:
        return f"{what} may be any higher one, from {low} {than}."
    return f"{what} may be from {low} to {high} {than}."
