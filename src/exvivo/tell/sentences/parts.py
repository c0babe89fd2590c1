"""What sentences are made of: the words for what was measured, for sizes and intervals, and for
donors.
"""

from __future__ import annotations

import math

from exvivo.compare.finding import CORRELATION, POINTS, PROBABILITY, Finding
from exvivo.study import Study

CORRECTED = (
    "The interval alone points one way, but not after correction for all that was asked together."
)


def measured(finding: Finding, study: Study) -> str:
    """What was measured: `TNF mRNA response to ATP`, with the cells where a study has several
    kinds.
    """
    cells = (
        f" in {study.name_of(finding.cell_type)}"
        if finding.cell_type and len(study.cell_types) > 1
        else ""
    )
    what = f"response to {study.name_of(finding.stimulus)}" if finding.stimulus else "level"
    without = "unstimulated " if study.control_stimulus() and not finding.stimulus else ""
    return f"{without}{study.name_of(finding.analyte)} {finding.readout} {what}{cells}"


def size(finding: Finding) -> str:
    """Estimate and interval in the words of their unit."""
    level = f"{100 * finding.level:g} % interval"
    ends = f"{end(finding.lower, finding)} to {end(finding.upper, finding)}".replace("-fold", "")
    if finding.lower is None:
        return number(finding.estimate)
    if finding.unit == CORRELATION:
        name = "Pearson's r" if "Pearson" in finding.method else "Spearman's rho"
        return f"{name} {number(finding.estimate)} ({level} {ends})"
    if finding.unit == POINTS:
        return f"{number(finding.estimate)} points ({level} {ends})"
    if finding.unit == PROBABILITY:
        return f"probability of the higher value {number(finding.estimate)} ({level} {ends})"
    size = "no single best estimate" if finding.estimate is None else end(finding.estimate, finding)
    return f"{size} ({level} {ends})"


def donors(finding: Finding, study: Study) -> str:
    """`14 people with fibromyalgia and 10 healthy people`, with how many are known only by a bound.

    A level that is no number lies below or above what its assay can report; a response may also
    lack its unstimulated half.
    """
    word = "with wells beyond a limit" if finding.stimulus else "beyond a limit"
    said = [
        f"{count['n']} {study.name_of(count['group'])}"
        + (f" ({count['undetected']} {word})" if count["undetected"] else "")
        for count in finding.n
    ]
    return " and ".join(said)


def middle(finding: Finding) -> float:
    """Where the finding points: its estimate, else the closed end of its interval."""
    if finding.estimate is not None:
        return finding.estimate
    ends = [end for end in (finding.lower, finding.upper) if end is not None and math.isfinite(end)]
    return ends[0] if ends else finding.null


def end(value: float | None, finding: Finding) -> str:
    """A number of a finding in words: a fold (from its log2) or a plain number."""
    if value is None or math.isinf(value):
        return "open"
    return fold(value) if finding.unit.startswith("log2") else number(value)


def fold(log2: float) -> str:
    """A log2 fold as a reader meets it: `2.05-fold`."""
    ratio = 2.0 ** max(min(log2, 1000.0), -1000.0)
    text = (
        f"{ratio:.2f}"
        if 0.095 <= ratio < 10
        else f"{ratio:.1f}"
        if 10 <= ratio < 100
        else f"{ratio:.0f}"
        if 100 <= ratio < 1e6
        else f"{ratio:.2g}"
    )
    return f"{text}-fold"


def number(value: float | None) -> str:
    """A plain number with a true minus; a dash where there is none."""
    return "–" if value is None else f"{value:.2f}".replace("-", "−")


def capital(text: str) -> str:
    """The text with a capital at its start."""
    return text[:1].upper() + text[1:]


def rest(finding: Finding, study: Study) -> str:
    """What every sentence ends with: how large, how sure, in whom."""
    return f"{size(finding)}, {donors(finding, study)}"


def possible(finding: Finding, what: str, than: str) -> str:
    """How large a fold is still possible: `what` may be from 0.8-fold to 2.1-fold `than`."""
    lower, upper = finding.lower or 0.0, finding.upper or 0.0
    low, high = end(finding.lower, finding), end(finding.upper, finding)
    if not lower <= 0 <= upper:
        return CORRECTED
    if math.isinf(lower) and math.isinf(upper):
        return "A difference of any size remains possible."
    if math.isinf(lower):
        return f"{what} may be any lower one, up to {high} {than}."
    if math.isinf(upper):
        return f"{what} may be any higher one, from {low} {than}."
    return f"{what} may be from {low} to {high} {than}."


def possible_correlation(finding: Finding) -> str:
    """How strong a correlation is still possible."""
    if not (finding.lower or 0.0) <= 0 <= (finding.upper or 0.0):
        return CORRECTED
    return f"A correlation anywhere from {end(finding.lower, finding)} to {end(finding.upper, finding)} remains possible."
