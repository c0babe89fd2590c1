"""One sentence for each finding, made from its numbers only. No sentence claims a cause, or that there is no effect."""

from __future__ import annotations

import math

from exvivo.compare.sample import CORRELATION, PROBABILITY, Finding
from exvivo.study import Association, Difference, Question, Study

_CORRECTED = "The interval alone points one way, but not after correction for all that was asked together."


def sentence(finding: Finding, question: Question, *, study: Study) -> str:
    """The finding as a reader should meet it: what was compared, how large, how sure, in how many donors."""
    if finding.part == "beside":
        said = (
            f"not estimable ({finding.reason})" if finding.reason else f"{_size(finding)}, {_donors(finding, study)}"
        )
        return f"{_capital(finding.estimand)}: {said}."
    if isinstance(question, Difference):
        return _difference(finding, question, study)
    return _association(finding, question, study)


def measured(finding: Finding, study: Study) -> str:
    """What was measured: `TNF mRNA response to ATP`, with the cells where a study has several kinds."""
    cells = f" in {study.name_of(finding.cell_type)}" if finding.cell_type and len(study.cell_types) > 1 else ""
    what = f"response to {study.name_of(finding.stimulus)}" if finding.stimulus else "level"
    without = "unstimulated " if study.control_stimulus() and not finding.stimulus else ""
    return f"{without}{study.name_of(finding.analyte)} {finding.readout} {what}{cells}"


def _difference(finding: Finding, question: Difference, study: Study) -> str:
    first, second = (study.name_of(group) for group in question.groups)
    what, who = measured(finding, study), f"{first} than in {second}"
    if finding.verdict == "not estimable":
        return f"Whether the {what} differs between {first} and {second} cannot be estimated: {finding.reason}."
    rest = f"{_size(finding)}, {_donors(finding, study)}"
    if finding.verdict == "supported":
        higher = _middle(finding) > finding.null
        return f"The {what} is {'higher' if higher else 'lower'} in {who}: {rest}."
    if finding.verdict == "equivalent":
        margin = f"{2 ** (question.margin or 0.0):.3g}-fold"
        return f"The {what} of {first} and {second} differs by less than the declared {margin}: {rest}."
    return (
        f"Whether the {what} differs between {first} and {second} is not resolved: {rest}. "
        f"{_possible(finding, first, second)}"
    )


def _association(finding: Finding, question: Association, study: Study) -> str:
    who, what, scale = study.name_of(question.within), measured(finding, study), study.name_of(str(finding.scale))
    if finding.verdict == "not estimable":
        return f"Within {who}, whether the {what} is related to {scale} cannot be estimated: {finding.reason}."
    rest = f"{_size(finding)}, {_donors(finding, study)}"
    if finding.verdict == "supported":
        higher = next(record.higher_is for record in study.scales if record.id == finding.scale)
        score = "higher" if _middle(finding) > 0 else "lower"
        return f"Within {who}, a higher {what} goes with a {score} score of {scale} (higher is {higher}): {rest}."
    possible = f"A correlation anywhere from {_end(finding.lower, finding)} to {_end(finding.upper, finding)} remains possible."
    if not (finding.lower or 0.0) <= 0 <= (finding.upper or 0.0):
        possible = _CORRECTED
    return f"Within {who}, whether the {what} is related to {scale} is not resolved: {rest}. {possible}"


def _possible(finding: Finding, first: str, second: str) -> str:
    """How large a difference is still possible."""
    low, high = _end(finding.lower, finding), _end(finding.upper, finding)
    if finding.unit == PROBABILITY:
        if not (finding.lower or 0.0) <= finding.null <= (finding.upper or 1.0):
            return _CORRECTED
        return f"A probability anywhere from {low} to {high} remains possible (0.5 is even)."
    lower, upper = finding.lower or 0.0, finding.upper or 0.0
    if not lower <= 0 <= upper:
        return _CORRECTED
    if math.isinf(lower) and math.isinf(upper):
        return "A difference of any size remains possible."
    theirs = f"The {'response' if finding.stimulus else 'level'} of {first} may be"
    if math.isinf(lower):
        return f"{theirs} any lower one, up to {high} that of {second}."
    if math.isinf(upper):
        return f"{theirs} any higher one, from {low} that of {second}."
    return f"{theirs} from {low} to {high} that of {second}."


def _size(finding: Finding) -> str:
    """Estimate and interval in the words of their unit."""
    level = f"{100 * finding.level:g} % interval"
    ends = f"{_end(finding.lower, finding)} to {_end(finding.upper, finding)}".replace("-fold", "")
    if finding.unit == CORRELATION:
        name = "Pearson's r" if "Pearson" in finding.method else "Spearman's rho"
        return f"{name} {_number(finding.estimate)} ({level} {ends})"
    if finding.unit == PROBABILITY:
        return f"probability of the higher value {_number(finding.estimate)} ({level} {ends})"
    size = "no single best estimate" if finding.estimate is None else _end(finding.estimate, finding)
    return f"{size} ({level} {ends})"


def _donors(finding: Finding, study: Study) -> str:
    """`14 people with fibromyalgia and 10 healthy people`, with how many are known only by a bound.

    A level that is no number is undetected (or off the scale); a response may also lack its unstimulated half.
    """
    word = "with undetected wells" if finding.stimulus else "undetected"
    said = [
        f"{count['n']} {study.name_of(count['group'])}"
        + (f" ({count['undetected']} {word})" if count["undetected"] else "")
        for count in finding.n
    ]
    return " and ".join(said)


def _middle(finding: Finding) -> float:
    """Where the finding points: its estimate, else the closed end of its interval."""
    if finding.estimate is not None:
        return finding.estimate
    ends = [end for end in (finding.lower, finding.upper) if end is not None and math.isfinite(end)]
    return ends[0] if ends else finding.null


def _end(value: float | None, finding: Finding) -> str:
    """A number of a finding in words: a fold (from its log2) or a plain number."""
    if value is None or math.isinf(value):
        return "open"
    return _fold(value) if finding.unit.startswith("log2") else _number(value)


def _fold(log2: float) -> str:
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


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace("-", "−")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
