"""The figure of an association: response against score, the group asked about in full, all others
faint.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Association, Study
from exvivo.tell import words
from exvivo.tell.figures import captions
from exvivo.tell.figures.axes import log2_channel, quantitative
from exvivo.tell.figures.chart import (
    FAINT,
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
    finite,
    group_key,
    group_style,
    grouped,
    in_rows,
    rounded,
)
from exvivo.tell.figures.donors import (
    Result,
    Scored,
    answered_visit,
    responses_of,
    scored,
    scored_data,
    scores_of,
)
from exvivo.tell.figures.marks import Look, bound_keys, points
from exvivo.tell.figures.shapes import Plane, rule
from exvivo.tell.names import scale_of, short_scale, target_of

_WIDTH, _HEIGHT = 138, 138
_ERRORS = 1.96
"""Standard deviations that a bar of a result extends to either side."""
_ERROR_WORDS = (
    f"Upright bars: {_ERRORS} standard deviations of each result's own measurement error; how "
    "exact a score is, is not known, and no bar is drawn along it."
)


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer with its donors; `target` is the row in which it stands."""

    finding: Finding
    pairs: list[Scored]
    target: str

    def of(self, group: str) -> list[Scored]:
        """The donors of a group."""
        return [pair for pair in self.pairs if pair.result.group == group]

    @property
    def ends(self) -> list[float]:
        """Where the results and the bars of their errors are drawn."""
        ends = []
        for pair in self.pairs:
            ends += finite(pair.result.place, *(_error(pair.result) or ()))
        return ends


def figure(
    question: Association,
    findings: Findings,
    *,
    responses: pl.DataFrame,
    clinic: pl.DataFrame,
    study: Study,
    name: str,
) -> Figure:
    """The figure of one question: a panel for each scale, a row of panels for each assay and
    analyte.
    """
    answers = [
        _Answer(
            finding,
            scored(
                answered_visit(responses_of(finding, responses, question=question), finding),
                scores_of(clinic, finding.scale),
                finding.scale,
            ),
            target_of(finding, study),
        )
        for finding in findings
    ]
    pairs = list(itertools.chain.from_iterable(answer.pairs for answer in answers))
    return Figure(
        name,
        _caption(question, pairs, study),
        in_rows(_panels(question, answers, study)),
        scored_data(pairs, responses).drop("wells", "undetected_wells"),
        _key(question, pairs, study),
    )


def _panels(question: Association, answers: Sequence[_Answer], study: Study) -> RowPanels:
    """The panels under their targets. Those of one target share an axis."""
    targets = grouped((answer.target, answer) for answer in answers)
    for target, shared in targets.items():
        domain = extent(list(itertools.chain.from_iterable(answer.ends for answer in shared)))
        for answer in shared:
            yield target, _panel(question, answer, domain, study)


def _panel(question: Association, answer: _Answer, domain: Numbers, study: Study) -> Panel:
    across = extent([pair.score for pair in answer.pairs], around=0.06)
    plane = Plane(
        quantitative("x", across, {"title": None, "tickCount": 4, "grid": False}),
        log2_channel("y", domain, "fold response" if question.stimulus else "level"),
    )
    layers = _layers(question, answer, plane, study)
    if not layers:
        nobody = {"type": "text", "text": "no pairs", "color": MUTED}
        layers = [plane.layer(nobody, [{"x": sum(across) / 2, "y": sum(domain) / 2}])]
    return Panel(
        short_scale(answer.finding, study),
        _alt(question, answer, study),
        cell(_WIDTH, _HEIGHT, layers),
        subtitle=captions.coefficient(answer.finding),
    )


def _layers(question: Association, answer: _Answer, plane: Plane, study: Study) -> list[Spec]:
    """The other groups, and on them the group asked about with its errors."""
    layers: list[Spec] = []
    for group in study.groups:
        if group.id != question.within:
            _, shape = group_style(study, group.id)
            layers += _points(answer.of(group.id), _faint(shape), plane)
    colour, shape = group_style(study, question.within)
    asked = answer.of(question.within)
    layers += _errors(asked, colour, plane)
    look = Look(colour, shape, bound_size=42, opacity=0.85, stroke=1.2)
    return layers + _points(asked, look, plane)


def _faint(shape: str) -> Look:
    return Look(FAINT, shape, size=30, bound_size=30, opacity=0.7, stroke=1.2, hollow=True)


def _points(pairs: Sequence[Scored], look: Look, plane: Plane) -> list[Spec]:
    return points(((rounded(pair.score), pair.result) for pair in pairs), look, plane)


def _error(result: Result) -> Pair | None:
    """The ends of the 95 % interval of a known result's own measurement error, where it is
    known.
    """
    value, sd = result.exact, result.sd
    if value is None or sd is None:
        return None
    return value - _ERRORS * sd, value + _ERRORS * sd


def _errors(pairs: Sequence[Scored], colour: str, plane: Plane) -> list[Spec]:
    """The bars of the asked group's results; a score's error is not known and is not drawn."""
    bars = [
        {"x": rounded(pair.score), "y": rounded(ends[0]), "b": rounded(ends[1])}
        for pair in pairs
        if (ends := _error(pair.result))
    ]
    return [plane.upright(rule(colour, 1, opacity=0.45), bars)] if bars else []


def _alt(question: Association, answer: _Answer, study: Study) -> str:
    subject = _subject_words(question, answer, study)
    what = "The relation" if answer.finding.estimate is None else "Correlation"
    return f"{subject}. {captions.estimate_words(answer.finding, what)}"


def _subject_words(question: Association, answer: _Answer, study: Study) -> str:
    """What is related to what, and in how many donors."""
    return (
        f"{answer.target}, {captions.measured(question, study)}, against "
        f"{scale_of(answer.finding, study)} in {len(answer.of(question.within))} "
        f"{study.name_of(question.within)}"
    )


def _key(question: Association, pairs: Sequence[Scored], study: Study) -> Keys:
    asked = group_key(study, question.within)
    keys = [Key(asked.shape, asked.colour, f"{asked.label}: the answer rests on these")]
    shown = {pair.result.group for pair in pairs}
    for group in study.groups:
        if group.id != question.within and group.id in shown:
            keys.append(Key(group_style(study, group.id)[1], FAINT, group.name, hollow=True))
    return (*keys, *bound_keys([pair.result for pair in pairs]))


def _caption(question: Association, pairs: Sequence[Scored], study: Study) -> str:
    what = words.capital(f"the {captions.measured(question, study)}")
    asked = [pair.result for pair in pairs if pair.result.group == question.within]
    errors = f" {_ERROR_WORDS}" if any(_error(result) for result in asked) else ""
    return (
        f"{what} of every donor (log scale) against the score: "
        f"{captions.scale_words(question, study)}. The coefficient above each panel is that "
        f"within {study.name_of(question.within)}; people of other groups are shown faint and do "
        f"not enter it.{errors}"
    )
