"""The figure of a result and a scale that change together within donors.

With two visits the change of the one against that of the other; with more, every visit, and through
each donor's mean a line of the one slope that all donors share (doi:10.1136/bmj.310.6977.446).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Change, Study
from exvivo.tell import words
from exvivo.tell.figures import marks
from exvivo.tell.figures.chart import (
    MUTED,
    Figure,
    Key,
    Panel,
    Spec,
    extent,
    group_style,
    layer,
    log2_axis,
    quantitative,
    rounded,
)
from exvivo.tell.figures.donors import SHOWN, ends, less, places
from exvivo.tell.figures.visits import CHANGE, asked
from exvivo.tell.names import scale_of, short_scale, target_of

Rows = list[dict[str, Any]]
_WIDTH, _HEIGHT = 168, 152


def figure(
    question: Change,
    findings: Sequence[Finding],
    *,
    responses: pl.DataFrame,
    clinic: pl.DataFrame,
    study: Study,
    name: str,
) -> Figure | None:
    """A panel for each scale, a row of panels for each assay and analyte; nothing where no donor
    has both at two visits.
    """
    tables = [asked(question, finding, responses) for finding in findings]
    held = [
        (finding, _scored(question, finding, table, clinic))
        for finding, table in zip(findings, tables, strict=True)
    ]
    shown = [row for _, rows in held for row in rows]
    if not shown:
        return None
    panels: dict[str, list[Panel]] = {}
    for finding, rows in held:
        target = target_of(finding, study)
        domain = extent(
            [at for other, mine in held if target_of(other, study) == target for at in places(mine)]
            + ([0.0] if _two(question) else [])
        )
        panels.setdefault(target, []).append(_panel(question, finding, rows, domain, study))
    schema = {name: tables[0].schema[name] for name in SHOWN} | {
        "scale": pl.String(),
        "score": pl.Float64(),
    }
    data = pl.DataFrame([{name: row[name] for name in schema} for row in shown], schema=schema)
    colour, shape = group_style(study, question.within)
    keys = [Key(shape, colour, study.name_of(question.within)), *marks.bound_keys(shown)]
    if not _two(question):
        keys.append(Key("stroke", MUTED, "a donor, with the slope all donors share"))
    return Figure(
        name,
        _caption(question, shown, study),
        tuple((row, tuple(cells)) for row, cells in panels.items()),
        data,
        tuple(keys),
    )


def _two(question: Change) -> bool:
    return len(question.visits) == 2


def _scored(question: Change, finding: Finding, table: pl.DataFrame, clinic: pl.DataFrame) -> Rows:
    """Results with their scores: of two visits the changes of both, of more every visit of donors
    who have two of them.
    """
    mine = clinic.filter(pl.col("scale") == finding.scale, pl.col("score").is_not_null())
    scores = {
        (donor, visit): score
        for donor, visit, score in mine.select("donor", "visit", "score").iter_rows()
    }
    if not _two(question):
        rows = [row for row in table.rows(named=True) if (row["donor"], row["visit"]) in scores]
        scored = [
            row | {"scale": finding.scale, "score": scores[row["donor"], row["visit"]]}
            for row in rows
        ]
        return [
            row for row in scored if sum(row["donor"] == other["donor"] for other in scored) > 1
        ]
    first, last = question.visits
    sides = [table.filter(pl.col("visit") == visit) for visit in (last, first)]
    return [
        row
        | {
            "scale": finding.scale,
            "score": scores[row["donor"], last] - scores[row["donor"], first],
        }
        for row in less(sides[0], [sides[1]], named=CHANGE)
        if {(row["donor"], first), (row["donor"], last)} <= scores.keys()
    ]


def _panel(
    question: Change, finding: Finding, rows: Rows, domain: list[float], study: Study
) -> Panel:
    two, scores = _two(question), [float(row["score"]) for row in rows]
    across = extent([*scores, *([0.0] if two else [])], around=0.06)
    said = short_scale(finding, study)
    x = quantitative(
        "x", across, {"title": "change in score" if two else "score", "tickCount": 4, "grid": False}
    )
    changed, whole = ("response", "fold response") if question.stimulus else ("level", "level")
    y = quantitative(
        "y", domain, log2_axis(domain, f"change in {changed} (fold)" if two else whole)
    )
    layers: list[Spec] = []
    layers = (
        [*marks.even_layers("x", x), *marks.even_layers("y", y)] if two else _slopes(rows, x, y)
    )
    layers += marks.points(
        ((float(row["score"]), row) for row in rows), group_style(study, question.within), x, y
    )
    layers += marks.open_layers(rows, sum(across) / 2, domain, x, y)
    if not rows:
        layers.append(marks.text_layer(["no pairs"], sum(across) / 2, sum(domain) / 2, x, y))
    spec = {"width": _WIDTH, "height": _HEIGHT, "layer": layers}
    return Panel(said, _alt(question, finding, rows, study), spec, subtitle=_coefficient(finding))


def shared_slope(rows: Sequence[Mapping[str, Any]]) -> float | None:
    """The slope of result on score that all donors share: sums of squares and products about each
    donor's own mean.

    Rows with `donor`, `score` and a known `value`; None where no donor's score changes.
    """
    squares, products = 0.0, 0.0
    for seen in _by_donor(rows).values():
        x, y = (math.fsum(pair[i] for pair in seen) / len(seen) for i in (0, 1))
        squares += math.fsum((a - x) ** 2 for a, _ in seen)
        products += math.fsum((a - x) * (b - y) for a, b in seen)
    return products / squares if squares > 0 else None


def _by_donor(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[float, float]]]:
    """Score and known result of every visit of a donor with two or more; bounds take no part."""
    seen: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        low, high = ends(row)
        if low == high:
            seen.setdefault(row["donor"], []).append((float(row["score"]), low))
    return {donor: pairs for donor, pairs in seen.items() if len(pairs) > 1}


def _slopes(rows: Rows, x: Spec, y: Spec) -> list[Spec]:
    slope = shared_slope(rows)
    if slope is None:
        return []
    values = []
    for seen in _by_donor(rows).values():
        middle, level = (math.fsum(pair[i] for pair in seen) / len(seen) for i in (0, 1))
        left, right = min(score for score, _ in seen), max(score for score, _ in seen)
        at = [rounded(level + slope * (end - middle)) for end in (left, right)]
        values.append({"x": left, "y": at[0], "b": right, "d": at[1]})
    mark = {"type": "rule", "color": MUTED, "strokeWidth": 1.2, "opacity": 0.7, "clip": True}
    return [layer(mark, values, x=x, x2={"field": "b"}, y=y, y2={"field": "d"})]


def _coefficient(finding: Finding) -> str:
    if finding.estimate is None:
        return str(finding.verdict or "")
    return f"r {words.number(finding.estimate)} ({words.interval(finding.lower, finding.upper)})"


def _alt(question: Change, finding: Finding, rows: Rows, study: Study) -> str:
    donors, scale = len({row["donor"] for row in rows}), scale_of(finding, study)
    what = (
        f"change from visit {question.visits[0]} to visit {question.visits[1]} against the change in {scale}"
        if _two(question)
        else f"every visit against {scale}, within donors"
    )
    start = f"{target_of(finding, study)}, {what}, of {donors} {study.name_of(question.within)}"
    return f"{start}. {marks.said(finding, 'Correlation')}"


def _caption(question: Change, shown: Rows, study: Study) -> str:
    what = f"response to {study.name_of(question.stimulus)}" if question.stimulus else "level"
    scales = words.listed(
        f"{study.name_of(scale.id).split(',')[0]} (higher is {scale.higher_is})"
        for scale in study.scales
        if scale.id in question.scales
    )
    if _two(question):
        parts = [
            f"The change of every donor in {what} from visit {question.visits[0]} to visit {question.visits[1]} (log scale, 1: no "
            f"change) against the change in score: {scales}.",
            "The coefficient above each panel is that of the two changes.",
        ]
    else:
        parts = [
            f"The {what} of every donor at every visit (log scale) against the score: {scales}.",
            "The lines, one a donor, have the slope that all donors share; what differs between donors for good takes no part. The "
            "coefficient above each panel is that within donors.",
        ]
    if any(row["censor"] != "none" for row in shown):
        parts.append("Results known only by bounds are shown and take no part.")
    return " ".join(parts)
