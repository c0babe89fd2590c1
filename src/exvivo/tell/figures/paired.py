"""The figure of an effect within donors: both arms of each donor joined, and the difference on an
axis of its own.

A paired plot in the manner of Gardner and Altman (doi:10.1136/bmj.292.6522.746).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Effect, Study
from exvivo.tell import words
from exvivo.tell.figures import marks
from exvivo.tell.figures.chart import (
    INK,
    Figure,
    Key,
    Panel,
    Spec,
    extent,
    group_style,
    layer,
    log2_axis,
    quantitative,
)
from exvivo.tell.figures.donors import SHOWN, first_visit, places, rows_of, unplaced
from exvivo.tell.figures.estimation import difference_domain
from exvivo.tell.names import analyte_of, target_of


@dataclass(frozen=True, slots=True)
class _Donors:
    """The donors of one answer: their differences, and their results with the stimulus alone and
    with the other arm.
    """

    effects: pl.DataFrame
    arms: tuple[pl.DataFrame, pl.DataFrame]
    response: bool

    @property
    def tables(self) -> tuple[pl.DataFrame, ...]:
        return (self.effects, *self.arms)

    @property
    def shown(self) -> list[dict[str, Any]]:
        return [row for table in self.tables for row in table.iter_rows(named=True)]


def figure(
    question: Effect,
    findings: Sequence[Finding],
    *,
    responses: pl.DataFrame,
    study: Study,
    name: str,
) -> Figure | None:
    """A panel for each analyte, a row of panels for each readout; nothing where no donor has both
    arms.
    """
    held = [(finding, _donors(question, finding, responses)) for finding in findings]
    held = [(finding, donors) for finding, donors in held if not donors.effects.is_empty()]
    if not held:
        return None
    estimates = difference_domain(findings, question.margin)
    rows: dict[str, list[Panel]] = {}
    for finding, donors in held:
        mine = [other for answer, other in held if answer.readout == finding.readout]
        across = extent(
            [*estimates, *(at for o in mine for at in places(o.effects.rows(named=True)))],
            around=0.06,
        )
        rows.setdefault(finding.readout, []).append(
            _panel(question, finding, donors, across, study)
        )
    data = pl.concat([table.select(SHOWN) for _, donors in held for table in donors.tables])
    colour, shape = group_style(study, question.within)
    shown = [row for _, donors in held for row in donors.shown]
    key = (
        Key(shape, colour, study.name_of(question.within)),
        *marks.bound_keys(shown),
        Key("circle", INK, "mean difference within donors, with interval"),
    )
    return Figure(
        name,
        _caption(question, findings, shown, study),
        tuple((row, tuple(cells)) for row, cells in rows.items()),
        data,
        key,
    )


def _donors(question: Effect, finding: Finding, responses: pl.DataFrame) -> _Donors:
    """The rows of one answer. Where the study has no control condition, the arms are levels."""
    within = responses.filter(pl.col("group") == question.within)

    def of(estimand: str, stimulus: str) -> pl.DataFrame:
        rows = rows_of(
            within,
            estimand=estimand,
            assay=finding.assay,
            analyte=finding.analyte,
            cell_type=finding.cell_type,
            stimulus=stimulus,
        )
        return first_visit(rows)

    effects = of("effect", question.blocked)
    arms = [
        (of(kind, question.stimulus), of(kind, question.blocked)) for kind in ("response", "level")
    ]
    response = not arms[0][0].is_empty()
    visit = effects["visit"].unique().to_list()
    alone, blocked = (
        arm.filter(pl.col("visit").is_in(visit)) for arm in (arms[0] if response else arms[1])
    )
    return _Donors(effects, (alone, blocked), response)


def _panel(
    question: Effect, finding: Finding, donors: _Donors, across: list[float], study: Study
) -> Panel:
    style = group_style(study, question.within)
    cells = (
        []
        if any(arm.is_empty() for arm in donors.arms)
        else [_arms(question, donors, style, study)]
    )
    effects = donors.effects.drop("each_well").rows(named=True)
    cells.append(
        marks.side(
            finding, effects, style, across, title="difference (fold)", margin=question.margin
        )
    )
    return Panel(
        analyte_of(finding, study),
        _alt(question, finding, donors, study),
        {"hconcat": cells, "spacing": 10},
        subtitle=finding.readout,
    )


def _arms(question: Effect, donors: _Donors, style: marks.Style, study: Study) -> Spec:
    alone, blocked = (
        {row["donor"]: row for row in arm.iter_rows(named=True)} for arm in donors.arms
    )
    domain = extent(places([*alone.values(), *blocked.values()]))
    title = "fold response" if donors.response else marks.level_unit(question.assays, study)
    y = quantitative("y", domain, log2_axis(domain, title))
    named = [
        marks.wrapped(study.name_of(arm), width=15) for arm in (question.stimulus, question.blocked)
    ]
    x, width = marks.columns(named, room=0.5, unit=84)
    layers = (
        [layer(marks.EVEN, [{"y": 0}], y=y)]
        if donors.response and domain[0] <= 0 <= domain[1]
        else []
    )
    layers += marks.lines(
        (((0, row), (1, blocked[donor])) for donor, row in alone.items() if donor in blocked), x, y
    )
    for at, arm in enumerate((alone, blocked)):
        layers += marks.points(((at, row) for row in arm.values()), style, x, y)
    layers += marks.open_layers([*alone.values(), *blocked.values()], 0.5, domain, x, y)
    return {"width": width, "height": marks.HEIGHT, "layer": layers}


def _alt(question: Effect, finding: Finding, donors: _Donors, study: Study) -> str:
    rows = donors.effects.rows(named=True)
    bounded = sum(row["censor"] != "none" for row in rows)
    return (
        f"{target_of(finding, study)}. {study.name_of(question.blocked)} against {study.name_of(question.stimulus)} in "
        f"{len(rows)} {study.name_of(question.within)}"
        + (f", {bounded} of them known only by bounds" if bounded else "")
        + f". {marks.said(finding, 'Mean difference')}"
    )


def _caption(
    question: Effect, findings: Sequence[Finding], shown: Sequence[dict[str, Any]], study: Study
) -> str:
    alone, blocked = study.name_of(question.stimulus), study.name_of(question.blocked)
    arms = any(row["estimand"] != "effect" for row in shown)
    parts = [
        f"At the left of each panel, every donor with {alone} and with {blocked}, joined, on a log scale;"
        if arms
        else "",
        f"{'at the right, ' if arms else ''}{blocked} over {alone} within each donor, in folds (1: no difference), and their "
        f"mean with its {words.percent(findings[0].level)} interval.",
    ]
    if any(row["censor"] != "none" for row in shown):
        parts.append("A broken line joins results of which one is only a bound.")
    if unplaced(shown):
        parts.append(marks.UNPLACED)
    if question.margin is not None:
        parts.append("Grey: the range declared too small to matter.")
    return words.capital(" ".join(filter(None, [*parts, marks.FILLED])))
