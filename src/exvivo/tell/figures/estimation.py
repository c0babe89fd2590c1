"""The figure of a group difference: every donor as a dot above, the difference with its interval
below.

In the manner of Gardner and Altman (doi:10.1136/bmj.292.6522.746) and Cumming: the estimate has an
axis of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Difference, Study
from exvivo.tell import words
from exvivo.tell.figures import marks
from exvivo.tell.figures.chart import (
    FAINT,
    INK,
    Figure,
    Key,
    Panel,
    Spec,
    extent,
    finite,
    group_style,
    layer,
    log2_axis,
    quantitative,
)
from exvivo.tell.figures.donors import SHOWN, first_visit, reach, unplaced, wells_of
from exvivo.tell.figures.groups import Centre, centre
from exvivo.tell.figures.rows import responses_of
from exvivo.tell.names import analyte_of, target_of

_BELOW = 84


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


def figure(
    question: Difference,
    findings: Sequence[Finding],
    *,
    responses: pl.DataFrame,
    study: Study,
    name: str,
) -> Figure | None:
    """The figure of one question: a panel for each analyte, a row of panels for each readout;
    nothing without donors.
    """
    tables = [
        first_visit(responses_of(finding, responses, question=question)) for finding in findings
    ]
    below = difference_domain(findings, question.margin)
    shared: dict[str, list[float]] = {}
    for finding, table in zip(findings, tables, strict=True):
        shared.setdefault(finding.readout, []).extend(reach(table.rows(named=True)))
    what = f"Fold response to {study.name_of(question.stimulus)}" if question.stimulus else "Level"
    title = "fold response" if question.stimulus else marks.level_unit(question.assays, study)
    rows: dict[str, list[Panel]] = {}
    for finding, table in zip(findings, tables, strict=True):
        if table.is_empty():
            continue
        above = extent(
            shared[finding.readout] if question.stimulus else reach(table.rows(named=True))
        )
        axes = Axes(
            question.groups, what, above, below, title, bool(question.stimulus), question.margin
        )
        rows.setdefault(finding.readout, []).append(
            panel(finding, table.rows(named=True), axes, study, title=analyte_of(finding, study))
        )
    if not rows:
        return None
    return Figure(
        name,
        _caption(question, findings, tables, study),
        tuple((row, tuple(cells)) for row, cells in rows.items()),
        pl.concat([_data(table) for table in tables]),
        _key(question, tables, study),
    )


def _data(table: pl.DataFrame) -> pl.DataFrame:
    wells = [wells_of(row) for row in table.iter_rows(named=True)]
    return table.select(SHOWN).with_columns(
        pl.Series("wells_drawn", wells, dtype=pl.List(pl.Float64))
    )


def difference_domain(findings: Sequence[Finding], margin: float | None = None) -> list[float]:
    """The range of all estimates and intervals that are folds, with no difference and the margin
    inside (log2).
    """
    folds = [finding for finding in findings if finding.unit.log2]
    ends = [
        end for finding in folds for end in finite(finding.estimate, finding.lower, finding.upper)
    ]
    return extent([0.0, *ends, *((margin, -margin) if margin is not None else ())])


def panel(
    finding: Finding, rows: Sequence[dict[str, Any]], axes: Axes, study: Study, *, title: str
) -> Panel:
    """Donors by group above, the difference with its interval below."""
    centres = {
        group: centre([row for row in rows if row["group"] == group], level=finding.level)
        for group in axes.groups
    }
    cells = [_dots(rows, centres, axes, study), _difference(finding, axes)]
    return Panel(
        title,
        _alt(finding, centres, axes, study),
        {"vconcat": cells, "spacing": 12},
        subtitle=finding.readout,
    )


def _dots(
    rows: Sequence[dict[str, Any]], centres: Mapping[str, Centre], axes: Axes, study: Study
) -> Spec:
    domain = axes.above
    y = quantitative("y", domain, log2_axis(domain, axes.above_title))
    x, width = marks.columns(
        [
            f"{marks.wrapped(group, width=9, lines=2)}|n = {centres[group].n}"
            for group in axes.groups
        ]
    )
    layers = (
        [layer(marks.EVEN, [{"y": 0}], y=y)] if axes.even and domain[0] <= 0 <= domain[1] else []
    )
    for position, group in enumerate(axes.groups):
        mine = [row for row in rows if row["group"] == group]
        layers += marks.column(position - 0.08, mine, group_style(study, group), domain, x, y)
        layers += marks.centre_layers(position + 0.36, centres[group], x, y)
    layers += marks.open_layers(rows, 0.5, domain, x, y)
    return {"width": width, "height": marks.HEIGHT, "layer": layers}


def _difference(finding: Finding, axes: Axes) -> Spec:
    folds = finding.unit.log2
    domain, even = (axes.below, 0.0) if folds else ([0.0, 1.0], 0.5)
    axis = log2_axis(domain, axes.below_title, most=4)
    if not folds:
        axis = {
            "title": "probability of higher",
            "values": [0, 0.5, 1],
            "minExtent": 32,
            "maxExtent": 60,
        }
    y = quantitative("y", domain, axis)
    x, width = marks.columns(None)
    layers = marks.even_layers("y", y, even, margin=axes.margin if folds else None)
    layers += marks.estimate_layers(finding, 0.5, x, y, domain)
    return {"width": width, "height": _BELOW, "layer": layers}


def centre_words(middle: Centre, group: str, *, level: float) -> str:
    """A group in words: its donors, the undetected among them, and its centre."""
    said = f"{middle.n} {group}"
    if middle.undetected:
        said += f", {middle.undetected} of them undetected"
    if middle.value is None:
        return said
    at = f"{middle.kind} {words.fold(middle.value)}"
    if middle.lower is None:
        return f"{said} ({at})"
    ends = words.interval(middle.lower, middle.upper, say=words.fold)
    return f"{said} ({at}, {words.percent(level)} interval {ends})"


def _alt(finding: Finding, centres: Mapping[str, Centre], axes: Axes, study: Study) -> str:
    groups = words.listed(
        centre_words(middle, study.name_of(group), level=finding.level)
        for group, middle in centres.items()
    )
    what = "Difference" if finding.unit.log2 else "Probability of the higher"
    if finding.estimate is None:
        what = "The difference"
    return f"{target_of(finding, study)}. {axes.what} of {groups}. {marks.said(finding, what)}"


def keys_of(groups: Sequence[str], rows: Sequence[dict[str, Any]], study: Study) -> tuple[Key, ...]:
    """The keys of groups, bounds, wells and estimates."""
    keys = [
        Key(group_style(study, group)[1], group_style(study, group)[0], study.name_of(group))
        for group in groups
    ]
    keys += marks.bound_keys(rows)
    if any(wells_of(row) for row in rows):
        keys.append(Key("circle", FAINT, "a single well"))
    return (*keys, Key("circle", INK, "group mean, or difference, with interval"))


def _key(question: Difference, tables: Sequence[pl.DataFrame], study: Study) -> tuple[Key, ...]:
    return keys_of(
        question.groups, [row for table in tables for row in table.rows(named=True)], study
    )


def _caption(
    question: Difference, findings: Sequence[Finding], tables: Sequence[pl.DataFrame], study: Study
) -> str:
    first, second = (study.name_of(group) for group in question.groups[:2])
    level = words.percent(findings[0].level)
    what = (
        f"the response to {study.name_of(question.stimulus)}" if question.stimulus else "the level"
    )
    rows = [row for table in tables for row in table.rows(named=True)]
    parts = [
        f"Above, {what} of every donor, on a log scale; beside each group its mean with {level} interval.",
        f"Below, {first} over {second}: the difference in folds with its {level} interval, 1 meaning equal.",
    ]
    if any(wells_of(row) for row in rows):
        less = ", each over the mean of the donor's control wells" if question.stimulus else ""
        parts.insert(1, f"Small dots are a donor's single wells{less}.")
    if any(row["censor"] != "none" for row in rows):
        parts.append(
            "Where donors are undetected, a bar shows the median if it is known, and nothing if it is not."
        )
    if unplaced(rows):
        parts.append(marks.UNPLACED)
    if question.margin is not None:
        parts.append("Grey: the range declared too small to matter.")
    parts.append(
        "A filled dot below: the answer is supported or equivalent; a hollow one: it is not resolved."
    )
    return " ".join(parts)
