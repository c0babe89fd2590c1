"""The figure of a result and a scale that change together within donors.

With two visits the change of the one against that of the other; with more, every visit, and through
each donor's mean a line of the one slope that all donors share once what moves all of them at a
visit is taken out.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.findings import Finding
from exvivo.study import Change, Study
from exvivo.tell.figures import captions, marks
from exvivo.tell.figures.axes import log2_channel, quantitative
from exvivo.tell.figures.chart import (
    MUTED,
    Figure,
    Findings,
    Key,
    Keys,
    Numbers,
    Pair,
    Panel,
    RowPanels,
    Spec,
    cell,
    extent,
    group_key,
    group_style,
    grouped,
    in_rows,
    rounded,
)
from exvivo.tell.figures.donors import (
    Results,
    Scored,
    Scores,
    places,
    scored,
    scored_data,
    scores_of,
)
from exvivo.tell.figures.shapes import Plane, rule
from exvivo.tell.figures.visits import asked, changes
from exvivo.tell.names import scale_of, short_scale, target_of

_WIDTH, _HEIGHT = 168, 152
_ROUNDING = 1e-20
"""The share of the scores' squares below which what is left of them is rounding."""
_SLOPE = rule(MUTED, 1.2, opacity=0.7, clip=True)
_SLOPE_KEY = Key("stroke", MUTED, "a donor, with the slope all donors share")


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer with its results and scores; `target` is the row in which it stands."""

    finding: Finding
    pairs: list[Scored]
    target: str

    @property
    def results(self) -> Results:
        """The results without the scores."""
        return [pair.result for pair in self.pairs]


def figure(
    question: Change,
    findings: Findings,
    *,
    responses: pl.DataFrame,
    clinic: pl.DataFrame,
    study: Study,
    name: str,
) -> Figure | None:
    """A panel for each scale, a row of panels for each assay and analyte; nothing where no donor
    has both at two visits.
    """
    answers = []
    for finding in findings:
        results, scores = asked(question, finding, responses), scores_of(clinic, finding.scale)
        pairs = _pairs(question, finding, results, scores)
        answers.append(_Answer(finding, pairs, target_of(finding, study)))
    shown = list(itertools.chain.from_iterable(answer.pairs for answer in answers))
    if not shown:
        return None
    return Figure(
        name,
        _caption(question, [pair.result for pair in shown], study),
        in_rows(_panels(question, answers, study)),
        scored_data(shown, responses),
        _key(question, [pair.result for pair in shown], study),
    )


def _two(question: Change) -> bool:
    return len(question.visits) == 2


def _pairs(question: Change, finding: Finding, results: Results, scores: Scores) -> list[Scored]:
    """Results with their scores: of two visits the changes of both, of more every visit of donors
    who have two of them.
    """
    if not _two(question):
        pairs = scored(results, scores, finding.scale)
        by_donor = grouped((pair.result.donor, pair) for pair in pairs)
        return [pair for pair in pairs if len(by_donor[pair.result.donor]) > 1]
    first, last = question.visits
    return [
        Scored(
            change,
            str(finding.scale),
            scores[change.donor, last] - scores[change.donor, first],
        )
        for change in changes(question, results)
        if {(change.donor, first), (change.donor, last)} <= scores.keys()
    ]


def _panels(question: Change, answers: Sequence[_Answer], study: Study) -> RowPanels:
    """The panels under their targets. Those of one target share an axis."""
    for target, shared in grouped((answer.target, answer) for answer in answers).items():
        drawn = itertools.chain.from_iterable(places(answer.results) for answer in shared)
        domain = extent([*drawn, *_no_change(question)])
        for answer in shared:
            yield target, _panel(question, answer, domain, study)


def _no_change(question: Change) -> list[float]:
    """What an axis of changes holds in any case."""
    return [0.0] if _two(question) else []


def _panel(question: Change, answer: _Answer, domain: Numbers, study: Study) -> Panel:
    scores = [pair.score for pair in answer.pairs]
    across = extent([*scores, *_no_change(question)], around=0.06)
    plane = _plane(question, across, domain)
    middle = sum(across) / 2
    two_visits = [plane.no_way(), plane.even()]
    layers = two_visits if _two(question) else _slopes(answer.pairs, plane)
    look = marks.Look(*group_style(study, question.within))
    placed = ((round(pair.score, 3), pair.result) for pair in answer.pairs)
    layers += marks.points(placed, look, plane)
    layers += marks.open_layers(answer.results, middle, plane)
    if not answer.pairs:
        layers.append(marks.text_layer(["no pairs"], middle, sum(domain) / 2, plane))
    return Panel(
        short_scale(answer.finding, study),
        _alt(question, answer, study),
        cell(_WIDTH, _HEIGHT, layers),
        subtitle=captions.coefficient(answer.finding),
    )


def _plane(question: Change, across: Numbers, domain: Numbers) -> Plane:
    """Scores across and results upright; of two visits the changes of both."""
    score, result = _titles(question)
    x = quantitative("x", across, {"title": score, "tickCount": 4, "grid": False})
    return Plane(x, log2_channel("y", domain, result))


def _titles(question: Change) -> tuple[str, str]:
    """What both axes say."""
    if not _two(question):
        return "score", "fold response" if question.stimulus else "level"
    what = "response" if question.stimulus else "level"
    return "change in score", f"change in {what} (fold)"


@dataclass(frozen=True, slots=True)
class _Course:
    """Scores x and exact results y of a donor at two visits or more."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    @property
    def middle(self) -> Pair:
        """The donor's own means."""
        return math.fsum(self.x) / len(self.x), math.fsum(self.y) / len(self.y)

    def segment(self, slope: float) -> dict[str, float | None]:
        """The line through the means, from the lowest score to the highest."""
        mean_x, mean_y = self.middle
        low, high = min(self.x), max(self.x)
        return {
            "x": low,
            "y": rounded(mean_y + slope * (low - mean_x)),
            "b": high,
            "d": rounded(mean_y + slope * (high - mean_x)),
        }


def _courses(pairs: Iterable[Scored]) -> list[_Course]:
    """The donors with two exact results or more; bounds take no part."""
    by_donor = grouped((pair.result.donor, pair) for pair in pairs if not pair.result.bounded)
    return [
        _Course(tuple(pair.score for pair in own), tuple(pair.result.ends[0] for pair in own))
        for own in by_donor.values()
        if len(own) > 1
    ]


def shared_slope(pairs: Iterable[Scored]) -> float | None:
    """The slope of result on score that all donors share, with a level for each donor and each
    visit taken out by least squares; bounds take no part.

    None where no donor's score changes otherwise than that of all.
    """
    exact = [pair for pair in pairs if not pair.result.bounded]
    if len(exact) < 2:
        return None
    scores = np.array([pair.score for pair in exact])
    levels = np.column_stack(
        [
            _marks([pair.result.donor for pair in exact]),
            _marks([pair.result.visit for pair in exact]),
        ]
    )
    rest = scores - levels @ np.linalg.lstsq(levels, scores, rcond=None)[0]
    if rest @ rest <= _ROUNDING * (scores @ scores):
        return None
    return float(rest @ np.array([pair.result.ends[0] for pair in exact]) / (rest @ rest))


def _marks(names: Sequence[str]) -> Floats:
    """A column of 0 and 1 for each name."""
    return np.asarray(np.array(names)[:, None] == np.unique(names), dtype=np.float64)


def _slopes(pairs: Sequence[Scored], plane: Plane) -> list[Spec]:
    """A line for each donor, of the slope that all share."""
    slope = shared_slope(pairs)
    if slope is None:
        return []
    return [plane.lines(_SLOPE, [course.segment(slope) for course in _courses(pairs)])]


def _alt(question: Change, answer: _Answer, study: Study) -> str:
    donors, scale = {pair.result.donor for pair in answer.pairs}, scale_of(answer.finding, study)
    what = f"every visit against {scale}, within donors"
    if _two(question):
        first, last = question.visits
        what = f"change from visit {first} to visit {last} against the change in {scale}"
    return (
        f"{answer.target}, {what}, of {len(donors)} {study.name_of(question.within)}. "
        f"{captions.estimate_words(answer.finding, 'Correlation')}"
    )


def _key(question: Change, shown: Results, study: Study) -> Keys:
    slope = () if _two(question) else (_SLOPE_KEY,)
    return (group_key(study, question.within), *marks.bound_keys(shown), *slope)


def _caption(question: Change, shown: Results, study: Study) -> str:
    what, scales = captions.measured(question, study), captions.scale_words(question, study)
    caption = (_two_words if _two(question) else _course_words)(question, what, scales)
    if any(result.bounded for result in shown):
        caption += " Results known only by bounds take part by their ranks, not in any line."
    return caption


def _two_words(question: Change, what: str, scales: str) -> str:
    first, last = question.visits
    return (
        f"The change of every donor in {what} from visit {first} to visit {last} (log scale, 1: no "
        f"change) against the change in score: {scales}. The coefficient above each panel is that "
        "of the two changes."
    )


def _course_words(question: Change, what: str, scales: str) -> str:
    return (
        f"The {what} of every donor at every visit (log scale) against the score: {scales}. The "
        "lines, one a donor, have the slope that all donors share; what differs between donors for "
        "good, and what moves all of them at a visit, takes no part in it nor in the coefficient "
        "above each panel."
    )
