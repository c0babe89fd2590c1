"""The figure of a change over visits: every donor as a line, and the change of each from the first
visit to the last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Change, Study
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
from exvivo.tell.figures.donors import SHOWN, less, places, unplaced
from exvivo.tell.figures.estimation import difference_domain
from exvivo.tell.figures.rows import responses_of
from exvivo.tell.names import analyte_of, target_of

Rows = list[dict[str, Any]]
CHANGE = "change from the first visit to the last"


def figure(
    question: Change,
    findings: Sequence[Finding],
    *,
    responses: pl.DataFrame,
    study: Study,
    name: str,
) -> Figure | None:
    """A panel for each analyte, a row of panels for each readout; nothing where no donor has a
    result.
    """
    tables = [asked(question, finding, responses) for finding in findings]
    held = [
        (f, table, changes(question, table))
        for f, table in zip(findings, tables, strict=True)
        if table.height
    ]
    if not held:
        return None
    estimates = difference_domain(findings, question.margin)
    rows: dict[str, list[Panel]] = {}
    for finding, table, moved in held:
        mine = [(t, m) for f, t, m in held if f.readout == finding.readout]
        across = extent([*estimates, *(at for _, m in mine for at in places(m))], around=0.06)
        along = [
            at
            for t, _ in (mine if question.stimulus else [(table, moved)])
            for at in places(t.rows(named=True))
        ]
        cells = [
            _lines(question, table, extent(along), study),
            marks.side(
                finding,
                moved,
                group_style(study, question.within),
                across,
                title="change (fold)",
                margin=question.margin,
            ),
        ]
        rows.setdefault(finding.readout, []).append(
            Panel(
                analyte_of(finding, study),
                _alt(question, finding, table, study),
                {"hconcat": cells, "spacing": 10},
                subtitle=finding.readout,
            )
        )
    shown = [row for _, table, moved in held for row in (*table.rows(named=True), *moved)]
    data = pl.DataFrame(
        [{name: row[name] for name in SHOWN} for row in shown], schema=_schema(tables[0])
    )
    colour, shape = group_style(study, question.within)
    key = (
        Key(shape, colour, study.name_of(question.within)),
        *marks.bound_keys(shown),
        Key("circle", INK, "mean change within donors, with interval"),
    )
    return Figure(
        name,
        _caption(question, findings, shown, study),
        tuple((row, tuple(cells)) for row, cells in rows.items()),
        data,
        key,
    )


def _schema(table: pl.DataFrame) -> dict[str, pl.DataType]:
    return {name: table.schema[name] for name in SHOWN}


def asked(question: Change, finding: Finding, responses: pl.DataFrame) -> pl.DataFrame:
    """The results of the asked group at the asked visits."""
    table = responses_of(finding, responses, question=question)
    return table.filter(pl.col("group") == question.within, pl.col("visit").is_in(question.visits))


def changes(question: Change, table: pl.DataFrame) -> Rows:
    """Each donor's last visit less the first (log2), what is not known of it as bounds."""
    first, last = (
        table.filter(pl.col("visit") == visit)
        for visit in (question.visits[0], question.visits[-1])
    )
    return less(last, [first], named=CHANGE)


def visit_words(visit: str) -> str:
    """A visit on an axis: a number says that it is one."""
    return f"visit {visit}" if visit.isdigit() else marks.wrapped(visit)


def _lines(question: Change, table: pl.DataFrame, domain: list[float], study: Study) -> Spec:
    title = "fold response" if question.stimulus else marks.level_unit(question.assays, study)
    y = quantitative("y", domain, log2_axis(domain, title))
    by_visit = [
        table.filter(pl.col("visit") == visit).rows(named=True) for visit in question.visits
    ]
    x, width = marks.columns(
        [
            f"{visit_words(v)}|n = {len(rows)}"
            for v, rows in zip(question.visits, by_visit, strict=True)
        ],
        room=0.5,
    )
    layers = (
        [layer(marks.EVEN, [{"y": 0}], y=y)]
        if question.stimulus and domain[0] <= 0 <= domain[1]
        else []
    )
    of_donor: dict[str, list[tuple[float, Mapping[str, Any]]]] = {}
    for at, rows in enumerate(by_visit):
        for row in rows:
            of_donor.setdefault(row["donor"], []).append((at, row))
    layers += marks.lines((step for seen in of_donor.values() for step in pairwise(seen)), x, y)
    style = group_style(study, question.within)
    layers += marks.points((seen for each in of_donor.values() for seen in each), style, x, y)
    layers += marks.open_layers(
        table.rows(named=True), (len(question.visits) - 1) / 2, domain, x, y
    )
    return {"width": width, "height": marks.HEIGHT, "layer": layers}


def _alt(question: Change, finding: Finding, table: pl.DataFrame, study: Study) -> str:
    counts = words.listed(
        f"{table.filter(pl.col('visit') == visit).height} at visit {visit}"
        for visit in question.visits
    )
    what = f"response to {study.name_of(question.stimulus)}" if question.stimulus else "level"
    return (
        f"{target_of(finding, study)}, {what} of {study.name_of(question.within)} over visits, a line a donor: {counts}. "
        f"{marks.said(finding, 'Mean change from the first visit to the last')}"
    )


def _caption(question: Change, findings: Sequence[Finding], shown: Rows, study: Study) -> str:
    what = (
        f"the response to {study.name_of(question.stimulus)}" if question.stimulus else "the level"
    )
    parts = [
        f"At the left of each panel, {what} of every donor over the visits, a line a donor, on a log scale.",
        f"At the right, visit {question.visits[-1]} over visit {question.visits[0]} within each donor who has both, in folds (1: "
        f"no change), and their mean with its {words.percent(findings[0].level)} interval.",
    ]
    if len(study.groups) > 1:
        parts.append(f"Only {study.name_of(question.within)} were asked about and are shown.")
    if any(row["censor"] != "none" for row in shown):
        parts.append("A broken line joins results of which one is only a bound.")
    if unplaced(shown):
        parts.append(marks.UNPLACED)
    if question.margin is not None:
        parts.append("Grey: the range declared too small to matter.")
    return " ".join([*parts, marks.FILLED])
