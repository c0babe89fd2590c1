"""The figure of an effect within donors: both arms of each donor joined, and the difference on an
axis of its own.

A paired plot in the manner of Gardner and Altman (doi:10.1136/bmj.292.6522.746).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Effect, Study
from exvivo.tell import words
from exvivo.tell.figures import captions, marks
from exvivo.tell.figures.axes import log2_channel
from exvivo.tell.figures.chart import (
    INK,
    Figure,
    Findings,
    Key,
    Panel,
    RowPanels,
    Spec,
    cell,
    extent,
    group_key,
    group_style,
    grouped,
    in_rows,
)
from exvivo.tell.figures.donors import (
    Result,
    Results,
    about,
    answered_visit,
    data_of,
    is_same,
    places,
    results_of,
)
from exvivo.tell.figures.estimates import beside, difference_domain
from exvivo.tell.figures.shapes import Plane
from exvivo.tell.names import analyte_of, target_of


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer and its donors: their differences, and their results with the stimulus alone and
    with the other arm.
    """

    finding: Finding
    effects: Results
    alone: Results
    blocked: Results

    @property
    def arms(self) -> Results:
        """The results of both arms."""
        return [*self.alone, *self.blocked]

    @property
    def pairs(self) -> Iterator[marks.Steps]:
        """Both results of each donor who has both arms, at the columns 0 and 1."""
        blocked = {result.donor: result for result in self.blocked}
        for result in self.alone:
            if result.donor in blocked:
                yield (0, result), (1, blocked[result.donor])


def figure(
    question: Effect,
    findings: Findings,
    *,
    responses: pl.DataFrame,
    study: Study,
    name: str,
) -> Figure | None:
    """A panel for each analyte, a row of panels for each readout; nothing where no donor has both
    arms.
    """
    candidates = [_answer(question, finding, responses) for finding in findings]
    answers = [answer for answer in candidates if answer.effects]
    if not answers:
        return None
    shown = list(
        itertools.chain.from_iterable((*answer.effects, *answer.arms) for answer in answers)
    )
    key = (
        group_key(study, question.within),
        *marks.bound_keys(shown),
        Key("circle", INK, "mean difference within donors, with interval"),
    )
    estimates = difference_domain(findings, question.margin)
    return Figure(
        name,
        _caption(question, findings, shown, study),
        in_rows(_panels(question, answers, estimates, study)),
        data_of((result.columns() for result in shown), responses),
        key,
    )


def _answer(question: Effect, finding: Finding, responses: pl.DataFrame) -> _Answer:
    """One answer with its donors. Where the study has no control condition, the arms are levels."""

    def arm(estimand: str, stimulus: str) -> list[Result]:
        within = pl.col("group") == question.within
        asked = about(finding, estimand, "amount")
        results = results_of(responses, within, *asked, is_same("stimulus", stimulus))
        return answered_visit(results, finding)

    effects = arm("effect", question.blocked)
    alone = arm("response", question.stimulus)
    kind = "response" if alone else "level"
    alone, blocked = alone or arm(kind, question.stimulus), arm(kind, question.blocked)
    visits = {result.visit for result in effects}
    return _Answer(
        finding,
        [replace(result, detected=()) for result in effects],
        [result for result in alone if result.visit in visits],
        [result for result in blocked if result.visit in visits],
    )


def _panels(
    question: Effect, answers: Sequence[_Answer], estimates: list[float], study: Study
) -> RowPanels:
    """The panels under their readouts, the differences of one readout on one axis."""
    for readout, shared in grouped((each.finding.readout, each) for each in answers).items():
        drawn = itertools.chain.from_iterable(places(answer.effects) for answer in shared)
        domain = extent([*estimates, *drawn], around=0.06)
        for answer in shared:
            yield readout, _panel(question, answer, domain, study)


def _panel(question: Effect, answer: _Answer, domain: list[float], study: Study) -> Panel:
    finding = answer.finding
    look = marks.Look(*group_style(study, question.within))
    channel = log2_channel("y", domain, "difference (fold)")
    cells = [_arms(question, answer, look, study)] if answer.alone and answer.blocked else []
    cells.append(beside(finding, answer.effects, look, channel, margin=question.margin))
    return Panel(
        analyte_of(finding, study),
        _alt(question, answer, study),
        {"hconcat": cells, "spacing": 10},
        subtitle=finding.readout,
    )


def _arms(question: Effect, answer: _Answer, look: marks.Look, study: Study) -> Spec:
    """Every donor with the stimulus alone and with the other arm, joined."""
    arms = (question.stimulus, question.blocked)
    names = [marks.wrapped(study.name_of(arm), width=15) for arm in arms]
    x, width = marks.columns(names, room=0.5, unit=84)
    is_response = answer.alone[0].estimand == "response"
    title = "fold response" if is_response else captions.level_unit(question, study)
    plane = Plane(x, log2_channel("y", extent(places(answer.arms)), title))
    layers = marks.no_response(plane) if is_response else []
    layers += marks.lines(answer.pairs, plane)
    for position, results in enumerate((answer.alone, answer.blocked)):
        layers += marks.points(((position, result) for result in results), look, plane)
    layers += marks.open_layers(answer.arms, 0.5, plane)
    return cell(width, marks.HEIGHT, layers)


def _alt(question: Effect, answer: _Answer, study: Study) -> str:
    bounded = sum(result.bounded for result in answer.effects)
    return (
        f"{target_of(answer.finding, study)}. {study.name_of(question.blocked)} against "
        f"{study.name_of(question.stimulus)} in {len(answer.effects)} "
        f"{study.name_of(question.within)}"
        + (f", {bounded} of them known only by bounds" if bounded else "")
        + f". {captions.estimate_words(answer.finding, 'Mean difference')}"
    )


def _caption(question: Effect, findings: Findings, shown: Results, study: Study) -> str:
    alone, blocked = study.name_of(question.stimulus), study.name_of(question.blocked)
    difference = (
        f"{blocked} over {alone} within each donor, in folds (1: no difference), and their mean "
        f"with its {captions.level_of(findings)} interval."
    )
    if any(result.estimand != "effect" for result in shown):
        difference = (
            f"At the left of each panel, every donor with {alone} and with {blocked}, joined, on a "
            f"log scale; at the right, {difference}"
        )
    notes = captions.donor_notes(shown, captions.BROKEN, question.margin)
    return words.capital(" ".join([difference, *notes, captions.FILLED]))
