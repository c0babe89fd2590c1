"""The figure of a change over visits: every donor as a line, and the change of each from the first
visit to the last.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Change, Study
from exvivo.tell import words
from exvivo.tell.figures import captions, marks
from exvivo.tell.figures.axes import log2_channel
from exvivo.tell.figures.chart import (
    INK,
    Figure,
    Findings,
    Key,
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
    at_visit,
    data_of,
    less,
    of_group,
    places,
    responses_of,
)
from exvivo.tell.figures.estimates import beside, difference_domain
from exvivo.tell.figures.shapes import Plane
from exvivo.tell.names import analyte_of, target_of

CHANGE = "change from the first visit to the last"


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer with the results of its donors at all visits, and the change of each."""

    finding: Finding
    results: Results
    changes: Results


def figure(
    question: Change,
    findings: Findings,
    *,
    responses: pl.DataFrame,
    study: Study,
    name: str,
) -> Figure | None:
    """A panel for each analyte, a row of panels for each readout; nothing where no donor has a
    result.
    """
    answers = []
    for finding in findings:
        results = asked(question, finding, responses)
        if results:
            answers.append(_Answer(finding, results, changes(question, results)))
    if not answers:
        return None
    shown = list(
        itertools.chain.from_iterable((*answer.results, *answer.changes) for answer in answers)
    )
    key = (
        group_key(study, question.within),
        *marks.bound_keys(shown),
        Key("circle", INK, "mean change within donors, with interval"),
    )
    estimates = difference_domain(findings, question.margin)
    return Figure(
        name,
        _caption(question, findings, shown, study),
        in_rows(_panels(question, answers, estimates, study)),
        data_of((result.columns() for result in shown), responses),
        key,
    )


def asked(question: Change, finding: Finding, responses: pl.DataFrame) -> Results:
    """The results of the asked group at the asked visits."""
    results = of_group(responses_of(finding, responses, question=question), question.within)
    return [result for result in results if result.visit in question.visits]


def changes(question: Change, results: Results) -> Results:
    """Each donor's last visit less the first (log2), what is not known of it as bounds."""
    first, last = question.visits[0], question.visits[-1]
    return less(at_visit(results, last), [at_visit(results, first)], named=CHANGE)


def visit_words(visit: str) -> str:
    """A visit on an axis: a number says that it is one."""
    return f"visit {visit}" if visit.isdigit() else marks.wrapped(visit)


def _panels(
    question: Change, answers: Sequence[_Answer], estimates: list[float], study: Study
) -> RowPanels:
    """The panels under their readouts: changes of one readout on one axis, and responses too."""
    by_readout = grouped((answer.finding.readout, answer) for answer in answers)
    for readout, shared in by_readout.items():
        moved = itertools.chain.from_iterable(places(each.changes) for each in shared)
        across = extent([*estimates, *moved], around=0.06)
        for answer in shared:
            measured = itertools.chain.from_iterable(
                places(each.results) for each in (shared if question.stimulus else [answer])
            )
            yield readout, _panel(question, answer, extent(list(measured)), across, study)


def _panel(
    question: Change,
    answer: _Answer,
    domain: Numbers,
    across: Numbers,
    study: Study,
) -> Panel:
    finding = answer.finding
    look = marks.Look(*group_style(study, question.within))
    measured = log2_channel("y", domain, captions.axis_title(question, study))
    changed = log2_channel("y", across, "change (fold)")
    cells = [
        _lines(question, answer.results, measured, look),
        beside(finding, answer.changes, look, changed, margin=question.margin),
    ]
    return Panel(
        analyte_of(finding, study),
        _alt(question, answer, study),
        {"hconcat": cells, "spacing": 10},
        subtitle=finding.readout,
    )


def _lines(question: Change, results: Results, y: Spec, look: marks.Look) -> Spec:
    """Every donor at every visit, joined."""
    by_visit = [at_visit(results, visit) for visit in question.visits]
    names = [
        f"{visit_words(visit)}|n = {len(seen)}"
        for visit, seen in zip(question.visits, by_visit, strict=True)
    ]
    x, width = marks.columns(names, room=0.5)
    plane = Plane(x, y)
    courses = _courses(by_visit)
    layers = marks.no_response(plane) if question.stimulus else []
    layers += marks.lines(
        itertools.chain.from_iterable(itertools.pairwise(course) for course in courses), plane
    )
    layers += marks.points(itertools.chain.from_iterable(courses), look, plane)
    layers += marks.open_layers(results, (len(by_visit) - 1) / 2, plane)
    return cell(width, marks.HEIGHT, layers)


def _courses(by_visit: Sequence[Results]) -> list[list[tuple[float, Result]]]:
    """The results of each donor with the positions of their visits."""
    donors: dict[str, list[tuple[float, Result]]] = {}
    for position, results in enumerate(by_visit):
        for result in results:
            donors.setdefault(result.donor, []).append((position, result))
    return list(donors.values())


def _alt(question: Change, answer: _Answer, study: Study) -> str:
    counts = words.listed(
        f"{len(at_visit(answer.results, visit))} at visit {visit}" for visit in question.visits
    )
    what = "Mean change from the first visit to the last"
    return (
        f"{target_of(answer.finding, study)}, {captions.measured(question, study)} of "
        f"{study.name_of(question.within)} over visits, a line a donor: {counts}. "
        f"{captions.estimate_words(answer.finding, what)}"
    )


def _caption(question: Change, findings: Findings, shown: Results, study: Study) -> str:
    within = study.name_of(question.within)
    asked_only = [f"Only {within} were asked about and are shown."] if len(study.groups) > 1 else []
    sentences = [
        f"At the left of each panel, the {captions.measured(question, study)} of every donor over "
        "the visits, a line a donor, on a log scale.",
        f"At the right, visit {question.visits[-1]} over visit {question.visits[0]} within each "
        "donor who has both, in folds (1: no change), and their mean with its "
        f"{captions.level_of(findings)} interval.",
        *asked_only,
        *captions.donor_notes(shown, captions.BROKEN, question.margin),
        captions.FILLED,
    ]
    return " ".join(sentences)
