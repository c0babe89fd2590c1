"""The figure of an exposure nobody assigned: donors with it, donors without, and those of whom it
is not known at the edge.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Study, Treatment
from exvivo.tell import words
from exvivo.tell.figures import captions, marks
from exvivo.tell.figures.axes import log2_channel, reaching_ticks, results_channel
from exvivo.tell.figures.chart import (
    INK,
    Figure,
    Findings,
    Key,
    Keys,
    Numbers,
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
    answered_visit,
    data_of,
    of_group,
    places_with_wells,
    responses_of,
)
from exvivo.tell.figures.estimates import beside, difference_domain
from exvivo.tell.figures.groups import centre, centre_beside, with_ends
from exvivo.tell.figures.shapes import Plane
from exvivo.tell.names import analyte_of, target_of

WITH, WITHOUT, UNKNOWN = "exposed", "not exposed", "not known"
SIDES = (WITH, WITHOUT, UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Exposure:
    """Which side a donor is on by donors.csv, and whether it is in the answer."""

    side: str = UNKNOWN
    takes_part: bool = False


@dataclass(frozen=True, slots=True)
class _Donor:
    """A donor's result and exposure."""

    result: Result
    exposure: _Exposure

    def columns(self) -> dict[str, object]:
        """The donor as a row of the data of the figure."""
        return self.result.columns() | {
            "wells_drawn": self.result.detected,
            "exposure": self.exposure.side,
            "takes_part": self.exposure.takes_part,
        }


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer and its donors."""

    finding: Finding
    donors: list[_Donor]

    @property
    def results(self) -> Results:
        """The results of all donors."""
        return [donor.result for donor in self.donors]

    @property
    def sides(self) -> list[str]:
        """The sides that are drawn: both, and the edge where there is anyone of whom it is not
        known.
        """
        return [WITH, WITHOUT, UNKNOWN] if self.count(UNKNOWN) else [WITH, WITHOUT]

    def count(self, side: str) -> int:
        """The donors of one side who are in the answer; of the edge, all."""
        exposures = [donor.exposure for donor in self.donors]
        return sum(one.side == side and (one.takes_part or side == UNKNOWN) for one in exposures)

    def of(self, side: str, *, taking_part: bool) -> Results:
        """The donors of one side who take part, or those who do not."""
        asked = _Exposure(side, taking_part)
        return [donor.result for donor in self.donors if donor.exposure == asked]


def figure(
    question: Treatment,
    findings: Findings,
    *,
    responses: pl.DataFrame,
    study: Study,
    name: str,
) -> Figure | None:
    """A panel for each analyte, a row of panels for each readout; nothing without donors."""
    entries = dict(study.donors.select("donor", pl.col(question.exposure)).iter_rows())
    candidates = [_answer(question, finding, responses, entries) for finding in findings]
    answers = [answer for answer in candidates if answer.donors]
    if not answers:
        return None
    donors = list(itertools.chain.from_iterable(answer.donors for answer in answers))
    data = data_of(
        (donor.columns() for donor in donors),
        responses,
        wells_drawn=pl.List(pl.Float64()),
        exposure=pl.String(),
        takes_part=pl.Boolean(),
    )
    return Figure(
        name,
        _caption(question, findings, [donor.result for donor in donors], study),
        in_rows(_panels(question, answers, difference_domain(findings), study)),
        data,
        _key(question, donors, study),
    )


Entries = Mapping[str, str | None]
"""What donors.csv says of the exposure, by donor."""


def _exposure(donor: str, question: Treatment, finding: Finding, entries: Entries) -> _Exposure:
    """The side of a donor. A word that nobody in the answer has says nothing: of whom it stands,
    the exposure is not known.
    """
    entry, inside = entries.get(donor), finding.donors
    known = entry and (donor in inside or entry in {entries.get(name) for name in inside})
    side = WITH if entry == question.exposed else WITHOUT
    return _Exposure(side if known else UNKNOWN, donor in inside)


def _answer(
    question: Treatment,
    finding: Finding,
    responses: pl.DataFrame,
    entries: Entries,
) -> _Answer:
    results = answered_visit(responses_of(finding, responses, question=question), finding)
    within = of_group(results, question.within)
    return _Answer(
        finding,
        [_Donor(one, _exposure(one.donor, question, finding, entries)) for one in within],
    )


def _panels(
    question: Treatment, answers: Sequence[_Answer], below: Numbers, study: Study
) -> RowPanels:
    """The panels under their readouts. Responses of one readout share an axis."""
    by_readout = grouped((answer.finding.readout, answer) for answer in answers)
    for answer in answers:
        readout = answer.finding.readout
        shared = by_readout[readout] if question.stimulus else [answer]
        domain = _domain(shared, question)
        yield readout, _panel(question, answer, domain, below, study)


def _domain(answers: Sequence[_Answer], question: Treatment) -> list[float]:
    """The range of the donors of some answers and of the centres of their sides (log2)."""
    results = list(itertools.chain.from_iterable(answer.results for answer in answers))
    centres = [
        centre(answer.of(side, taking_part=True), level=answer.finding.level)
        for answer in answers
        for side in (WITH, WITHOUT)
    ]
    domain = extent(with_ends(places_with_wells(results), centres))
    return reaching_ticks(domain) if question.stimulus else domain


def _panel(
    question: Treatment,
    answer: _Answer,
    domain: Numbers,
    below: Numbers,
    study: Study,
) -> Panel:
    look = marks.Look(*group_style(study, question.within))
    channel = log2_channel("y", below, "difference (fold)")
    cells = [
        _dots(question, answer, _results(question, domain, study), look),
        beside(answer.finding, [], look, channel),
    ]
    return Panel(
        analyte_of(answer.finding, study),
        _alt(question, answer, study),
        {"hconcat": cells, "spacing": 10},
        subtitle=answer.finding.readout,
    )


def _results(question: Treatment, domain: Numbers, study: Study) -> Spec:
    """The upright channel of donors."""
    title = captions.axis_title(question, study)
    return results_channel(domain, title, folds=bool(question.stimulus))


def _dots(question: Treatment, answer: _Answer, y: Spec, look: marks.Look) -> Spec:
    """A column of donors for each side."""
    names = [
        f"{marks.wrapped(_side_name(question, side), width=11)}|n = {answer.count(side)}"
        for side in answer.sides
    ]
    x, width = marks.columns(names)
    plane = Plane(x, y)
    layers = marks.no_response(plane) if question.stimulus else []
    for position, side in enumerate(answer.sides):
        layers += _side(answer, side, position, look, plane)
    layers += marks.open_layers(answer.results, (len(answer.sides) - 1) / 2, plane)
    return cell(width, marks.HEIGHT, layers)


def _side(answer: _Answer, side: str, position: int, look: marks.Look, plane: Plane) -> list[Spec]:
    """The donors of one side with their centre; those who take no part aside and hollow."""
    taking_part = answer.of(side, taking_part=True)
    without_part = answer.of(side, taking_part=False)
    aside = position + 0.2 * bool(taking_part)
    layers = [
        *marks.column(position - 0.08, taking_part, look, plane),
        *marks.column(aside, without_part, replace(look, hollow=True), plane),
    ]
    if taking_part:
        middle = centre_beside(answer.finding, taking_part)
        layers += marks.centre_layers(position + 0.36, middle, plane)
    return layers


def _side_name(question: Treatment, side: str) -> str:
    """A side in words of donors.csv: `pregabalin yes`, `other`, `not known`."""
    names = {WITH: f"{question.exposure} {question.exposed}", WITHOUT: "other"}
    return names.get(side, UNKNOWN)


def _alt(question: Treatment, answer: _Answer, study: Study) -> str:
    counts = words.listed(f"{answer.count(side)} {side}" for side in SIDES if answer.count(side))
    return (
        f"{target_of(answer.finding, study)} in {study.name_of(question.within)} by "
        f"{question.exposure}: {counts}. {captions.estimate_words(answer.finding, 'Difference')}"
    )


def _key(question: Treatment, donors: Sequence[_Donor], study: Study) -> Keys:
    results = [donor.result for donor in donors]
    group = group_key(study, question.within)
    keys = [
        group,
        *marks.bound_keys(results),
        *marks.well_keys(results),
        *marks.median_keys(results),
    ]
    if not all(donor.exposure.takes_part for donor in donors):
        keys.append(replace(group, label="takes no part in the answer", hollow=True))
    return (*keys, Key("circle", INK, "mean, or difference, with interval"))


def _caption(question: Treatment, findings: Findings, results: Results, study: Study) -> str:
    level = captions.level_of(findings)
    adjusted = (
        f", adjusted for {words.listed(question.adjust)}; the donors at the left are as measured"
        if question.adjust
        else ""
    )
    sentences = [
        f"At the left of each panel, the {captions.measured(question, study)} of every donor by "
        f"{question.exposure} (exposed: {question.exposed}), on a log scale, with the mean of each "
        f"side and its {level} interval.",
        *captions.well_notes(question, results),
        "At the right, donors with it over donors without, in folds (1: equal), with its "
        f"{level} interval{adjusted}.",
        "Nobody assigned the exposure.",
        *captions.donor_notes(results, captions.MEDIAN),
        captions.FILLED,
    ]
    return " ".join(sentences)
