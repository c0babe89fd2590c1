"""The figure of an association: response against score, the group asked about in full, all others
faint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Association, Study
from exvivo.tell import words
from exvivo.tell.figures.chart import (
    FAINT,
    MUTED,
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
    rounded,
)
from exvivo.tell.figures.donors import first_visit
from exvivo.tell.figures.marks import bound_keys
from exvivo.tell.figures.rows import MARKS, place, responses_of
from exvivo.tell.names import scale_of, short_scale, target_of

_WIDTH, _HEIGHT = 138, 138
_REACH = 1.96
"""Standard deviations that a bar of a result reaches to either side."""


def figure(
    question: Association,
    findings: Sequence[Finding],
    *,
    responses: pl.DataFrame,
    clinic: pl.DataFrame,
    study: Study,
    name: str,
) -> Figure:
    """The figure of one question: a panel for each scale, a row of panels for each assay and
    analyte.
    """
    tables = [_scored(finding, responses, clinic, question=question) for finding in findings]
    domains: dict[str, list[float]] = {}
    for finding, table in zip(findings, tables, strict=True):
        target = target_of(finding, study)
        mine = [
            end for row in table.iter_rows(named=True) for end in (place(row), *(_error(row) or ()))
        ]
        domains[target] = domains.get(target, []) + finite(*mine)
    rows: dict[str, list[Panel]] = {}
    for finding, table in zip(findings, tables, strict=True):
        target = target_of(finding, study)
        panel = _panel(question, finding, table, study=study, domain=extent(domains[target]))
        rows.setdefault(target, []).append(panel)
    data = pl.concat(tables) if tables else pl.DataFrame()
    return Figure(
        name,
        _caption(question, tables, study),
        tuple((row, tuple(cells)) for row, cells in rows.items()),
        data,
        _key(question, tables, study),
    )


def _scored(
    finding: Finding, responses: pl.DataFrame, clinic: pl.DataFrame, *, question: Association
) -> pl.DataFrame:
    scores = clinic.filter(pl.col("scale") == finding.scale).select(
        "donor", "visit", "scale", "score"
    )
    return (
        first_visit(responses_of(finding, responses, question=question))
        .join(scores, on=["donor", "visit"], how="inner", maintain_order="left")
        .filter(pl.col("score").is_not_null())
        .select(
            "readout",
            "analyte",
            "cell_type",
            "stimulus",
            "visit",
            "donor",
            "group",
            "estimand",
            "value",
            "sd",
            "censor",
            "lower",
            "upper",
            "scale",
            "score",
        )
    )


def _panel(
    question: Association,
    finding: Finding,
    table: pl.DataFrame,
    *,
    study: Study,
    domain: list[float],
) -> Panel:
    rows = table.rows(named=True)
    across = extent([float(row["score"]) for row in rows], around=0.06)
    x_axis = {"title": None, "tickCount": 4, "grid": False}
    x = quantitative("x", across, x_axis)
    y = quantitative(
        "y", domain, log2_axis(domain, "fold response" if question.stimulus else "level")
    )
    groups = [group.id for group in study.groups if group.id != question.within]
    layers = [part for group in groups for part in _points(group, rows, x, y, study, faint=True)]
    layers += _errors([row for row in rows if row["group"] == question.within], x, y, study)
    layers += _points(question.within, rows, x, y, study, faint=False)
    if not layers:
        note = {"type": "text", "text": "no pairs", "color": MUTED}
        layers = [layer(note, [{"x": sum(across) / 2, "y": sum(domain) / 2}], x=x, y=y)]
    return Panel(
        short_scale(finding, study),
        _alt(question, finding, rows, study),
        {"width": _WIDTH, "height": _HEIGHT, "layer": layers},
        subtitle=_coefficient(finding),
    )


def _points(
    group: str, rows: Sequence[dict[str, Any]], x: Spec, y: Spec, study: Study, *, faint: bool
) -> list[Spec]:
    colour, shape = group_style(study, group)
    kinds: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        at = place(row)
        if row["group"] == group and at is not None:
            kind = "stroke" if row["censor"] == "interval" else MARKS.get(row["censor"], shape)
            kinds.setdefault(kind, []).append({"x": rounded(row["score"]), "y": rounded(at)})
    return [
        layer(
            {
                "type": "point",
                "shape": kind,
                "color": FAINT if faint else colour,
                "filled": kind == shape and not faint,
                "size": 30 if faint else 42,
                "opacity": 0.7 if faint else 0.85,
                "strokeWidth": 1.2,
            },
            points,
            x=x,
            y=y,
        )
        for kind, points in kinds.items()
    ]


def _error(row: Mapping[str, Any]) -> tuple[float, float] | None:
    """The 95 % reach of a known result's own measurement error, where it is known."""
    if row["censor"] != "none" or row["sd"] is None:
        return None
    return float(row["value"]) - _REACH * float(row["sd"]), float(row["value"]) + _REACH * float(
        row["sd"]
    )


def _errors(rows: Sequence[dict[str, Any]], x: Spec, y: Spec, study: Study) -> list[Spec]:
    """The bars of the asked group's results; a score's error is not known and is not drawn."""
    bars = [
        {"x": rounded(row["score"]), "y": rounded(ends[0]), "b": rounded(ends[1])}
        for row in rows
        if (ends := _error(row))
    ]
    if not bars:
        return []
    colour, _ = group_style(study, rows[0]["group"])
    return [
        layer(
            {"type": "rule", "color": colour, "strokeWidth": 1, "opacity": 0.45},
            bars,
            x=x,
            y=y,
            y2={"field": "b"},
        )
    ]


def _coefficient(finding: Finding) -> str:
    if finding.estimate is None:
        return str(finding.verdict or "")
    return f"r {words.number(finding.estimate)} ({words.interval(finding.lower, finding.upper)})"


def _alt(
    question: Association, finding: Finding, rows: Sequence[dict[str, Any]], study: Study
) -> str:
    n = sum(row["group"] == question.within for row in rows)
    what = f"response to {study.name_of(question.stimulus)}" if question.stimulus else "level"
    start = f"{target_of(finding, study)}, {what}, against {scale_of(finding, study)} in {n} {study.name_of(question.within)}"
    if finding.estimate is None:
        return f"{start}. The relation could not be estimated: {finding.verdict}."
    ends = words.interval(finding.lower, finding.upper)
    return (
        f"{start}. Correlation {words.number(finding.estimate)}, {words.percent(finding.level)} interval {ends}: "
        f"{finding.verdict}."
    )


def _key(question: Association, tables: Sequence[pl.DataFrame], study: Study) -> tuple[Key, ...]:
    colour, shape = group_style(study, question.within)
    keys = [Key(shape, colour, f"{study.name_of(question.within)}: the answer rests on these")]
    shown = {str(group) for table in tables for group in table["group"].unique().to_list()}
    for group in study.groups:
        if group.id != question.within and group.id in shown:
            keys.append(Key(group_style(study, group.id)[1], FAINT, group.name, hollow=True))
    keys += bound_keys(row for table in tables for row in table.iter_rows(named=True))
    return tuple(keys)


def _caption(question: Association, tables: Sequence[pl.DataFrame], study: Study) -> str:
    what = (
        f"The response to {study.name_of(question.stimulus)}" if question.stimulus else "The level"
    )
    directions = words.listed(
        f"{study.name_of(scale.id).split(',')[0]} (higher is {scale.higher_is})"
        for scale in study.scales
        if scale.id in question.scales
    )
    mine = [
        row
        for table in tables
        for row in table.iter_rows(named=True)
        if row["group"] == question.within
    ]
    errors = (
        f" Upright bars: {_REACH} standard deviations of each result's own measurement error; how exact a score is, is not known, "
        "and no bar is drawn along it."
        if any(_error(row) for row in mine)
        else ""
    )
    return (
        f"{what} of every donor (log scale) against the score: {directions}. The coefficient above each panel is "
        f"that within {study.name_of(question.within)}; people of other groups are shown faint and do not enter it.{errors}"
    )
