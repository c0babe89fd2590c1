"""The figure of a group difference: every donor as a dot above, the difference with its interval
below.

In the manner of Gardner and Altman (doi:10.1136/bmj.292.6522.746) and Cumming: the estimate has an
axis of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Difference, Study
from exvivo.tell import words
from exvivo.tell.figures import captions, marks
from exvivo.tell.figures.axes import (
    BESIDE,
    log2_channel,
    quantitative,
    reaching_ticks,
    results_channel,
)
from exvivo.tell.figures.chart import (
    INK,
    Figure,
    Findings,
    Key,
    Keys,
    Names,
    Panel,
    RowPanels,
    Spec,
    cell,
    extent,
    group_key,
    group_style,
    grouped,
    in_group_order,
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
from exvivo.tell.figures.estimates import difference_domain, estimate_layers
from exvivo.tell.figures.groups import Centre, centre, centre_beside, with_ends
from exvivo.tell.figures.shapes import Plane
from exvivo.tell.names import analyte_of, target_of

_BELOW = 96


@dataclass(frozen=True, slots=True)
class Axes:
    """What the two cells of a panel share with their neighbours: groups in order, axis titles and
    ranges (log2).

    `even` draws the line of no response above; `margin` the range below that would not matter;
    `what` says in words what a donor's dot is.
    """

    groups: tuple[str, ...]
    what: str
    above: list[float]
    below: list[float]
    above_title: str
    even: bool
    margin: float | None = None
    below_title: str = "difference (fold)"


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer and the donors it is drawn with."""

    finding: Finding
    results: Results

    @property
    def readout(self) -> str:
        """What the assay of the answer reads."""
        return self.finding.readout


def figure(
    question: Difference,
    findings: Findings,
    *,
    responses: pl.DataFrame,
    study: Study,
    name: str,
) -> Figure | None:
    """The figure of one question: a panel for each analyte, a row of panels for each readout;
    nothing without donors.
    """
    answers = [
        Shown(finding, answered_visit(responses_of(finding, responses, question=question), finding))
        for finding in findings
    ]
    results = all_results(answers)
    if not results:
        return None
    data = data_of(
        (result.columns() | {"wells_drawn": result.detected} for result in results),
        responses,
        wells_drawn=pl.List(pl.Float64()),
    )
    panels = _panels(question, answers, study)
    key = keys_of(question.groups, results, study)
    return Figure(name, _caption(question, findings, results, study), in_rows(panels), data, key)


def all_results(answers: Sequence[Shown]) -> Results:
    """The donors of all answers, one answer after another."""
    results: list[Result] = []
    for answer in answers:
        results += answer.results
    return results


def _panels(question: Difference, answers: Sequence[Shown], study: Study) -> RowPanels:
    """The panel of each answer with donors, under its readout. Responses share an axis."""
    by_readout = grouped((answer.readout, answer) for answer in answers)
    below = difference_domain([answer.finding for answer in answers], question.margin)
    for answer in answers:
        if not answer.results:
            continue
        shared = by_readout[answer.readout] if question.stimulus else [answer]
        axes = Axes(
            in_group_order(question.groups, study),
            f"Fold {captions.measured(question, study)}" if question.stimulus else "Level",
            _above(shared, question),
            below,
            captions.axis_title(question, study),
            bool(question.stimulus),
            question.margin,
        )
        yield answer.readout, panel(answer, axes, study)


def _above(answers: Sequence[Shown], question: Difference) -> list[float]:
    """The range of the donors of some answers and of their groups' centres (log2)."""
    centres = [
        centre(of_group(answer.results, group), level=answer.finding.level)
        for answer in answers
        for group in question.groups
    ]
    domain = extent(with_ends(places_with_wells(all_results(answers)), centres))
    return reaching_ticks(domain) if question.stimulus else domain


def panel(answer: Shown, axes: Axes, study: Study) -> Panel:
    """Donors by group above, the difference with its interval below."""
    finding = answer.finding
    centres = {
        group: centre_beside(finding, of_group(answer.results, group)) for group in axes.groups
    }
    cells = [_dots(answer.results, centres, axes, study), _difference(finding, axes)]
    alt = _alt(finding, centres, axes, study)
    spec = {"vconcat": cells, "spacing": 12}
    return Panel(analyte_of(finding, study), alt, spec, subtitle=finding.readout)


def _dots(results: Results, centres: Mapping[str, Centre], axes: Axes, study: Study) -> Spec:
    names = [
        f"{marks.wrapped(group, width=9, lines=2)}|n = {centre.n}"
        for group, centre in centres.items()
    ]
    x, width = marks.columns(names)
    plane = Plane(x, results_channel(axes.above, axes.above_title, folds=axes.even))
    layers = marks.no_response(plane) if axes.even else []
    for position, (group, middle) in enumerate(centres.items()):
        look = marks.Look(*group_style(study, group))
        layers += marks.column(position - 0.08, of_group(results, group), look, plane)
        layers += marks.centre_layers(position + 0.36, middle, plane)
    layers += marks.open_layers(results, 0.5, plane)
    return cell(width, marks.HEIGHT, layers)


def _difference(finding: Finding, axes: Axes) -> Spec:
    """The difference in folds, or the probability of the higher result."""
    if finding.unit.log2:
        y = log2_channel("y", axes.below, axes.below_title)
    else:
        axis = {"title": "probability of higher", "values": [0, 0.5, 1], **BESIDE}
        y = quantitative("y", [0.0, 1.0], axis)
    x, width = marks.columns(None)
    plane = Plane(x, y)
    layers = [
        *marks.margin_layers(plane, axes.margin if finding.unit.log2 else None),
        plane.even(0.0 if finding.unit.log2 else 0.5),
        *estimate_layers(finding, 0.5, plane),
    ]
    return cell(width, _BELOW, layers)


def centre_words(middle: Centre, group: str, *, level: float) -> str:
    """A group in words: its donors, those known only by bounds among them, and its centre."""
    donors = f"{middle.n} {group}"
    if middle.undetected:
        donors += f", {middle.undetected} of them known only by bounds"
    where = _place_words(middle)
    if middle.lower is None or middle.upper is None:
        return f"{donors} ({where})" if where else donors
    ends = words.interval(middle.lower, middle.upper, say=words.fold)
    return f"{donors} ({where}, {words.percent(level)} interval {ends})"


def _place_words(middle: Centre) -> str:
    """Where a centre lies; of a median that bounds leave in doubt, what it lies between."""
    if middle.value is not None:
        return f"{middle.kind} {words.fold(middle.value)}"
    if middle.lowest is None or middle.highest is None:
        return ""
    return f"median {words.interval(middle.lowest, middle.highest, say=words.fold)}"


def _alt(finding: Finding, centres: Mapping[str, Centre], axes: Axes, study: Study) -> str:
    groups = words.listed(
        centre_words(middle, study.name_of(group), level=finding.level)
        for group, middle in centres.items()
    )
    what = "Difference" if finding.unit.log2 else "Probability of the higher"
    if finding.estimate is None:
        what = "The difference"
    estimate = captions.estimate_words(finding, what)
    return f"{target_of(finding, study)}. {axes.what} of {groups}. {estimate}"


def keys_of(groups: Names, results: Results, study: Study) -> Keys:
    """The keys of groups, bounds, wells and estimates."""
    return (
        *(group_key(study, group) for group in in_group_order(groups, study)),
        *marks.bound_keys(results),
        *marks.well_keys(results),
        *marks.median_keys(results),
        Key("circle", INK, "group mean, or difference, with interval"),
    )


def _caption(question: Difference, findings: Findings, results: Results, study: Study) -> str:
    first, second = (study.name_of(group) for group in question.groups[:2])
    level = captions.level_of(findings)
    sentences = [
        f"Above, the {captions.measured(question, study)} of every donor, on a log scale; beside "
        f"each group its mean with {level} interval.",
        *captions.well_notes(question, results),
        f"Below, {first} over {second}: the difference in folds with its {level} interval, 1 "
        "meaning equal.",
        *captions.donor_notes(results, captions.MEDIAN, question.margin),
        "A filled dot below: the answer is supported or equivalent; a hollow one: it is not "
        "resolved.",
    ]
    return " ".join(sentences)
