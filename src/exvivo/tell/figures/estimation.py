"""The figure of a group difference: every donor as a dot above, the difference with its interval below.

In the manner of Gardner and Altman (doi:10.1136/bmj.292.6522.746) and Cumming: the estimate has an axis of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from exvivo.study import Difference, Study
from exvivo.tell import words
from exvivo.tell.figures.chart import (
    FAINT,
    HAIR,
    INK,
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
    named_axis,
    quantitative,
    rounded,
)
from exvivo.tell.figures.groups import Centre, centre, spread
from exvivo.tell.figures.rows import MARKS, place, responses_of
from exvivo.tell.names import analyte_of, target_of

Finding = Mapping[str, Any]
_WIDTH, _DOTS, _BELOW = 124, 160, 84


def figure(
    question: Difference, findings: Sequence[Finding], *, responses: pl.DataFrame, study: Study, name: str
) -> Figure:
    """The figure of one question: a panel for each analyte, a row of panels for each readout."""
    tables = [responses_of(finding, responses, question=question) for finding in findings]
    below = _difference_domain(question, findings)
    shared = {
        readout: extent(
            [at for finding, table in zip(findings, tables, strict=True) if finding["readout"] == readout
             for at in _places(table)]
        )
        for readout in dict.fromkeys(str(finding["readout"]) for finding in findings)
    }  # fmt: skip
    rows: dict[str, list[Panel]] = {}
    for finding, table in zip(findings, tables, strict=True):
        if table.is_empty():
            continue
        domain = shared[finding["readout"]] if question.stimulus else extent(_places(table))
        panel = _panel(question, finding, table, study=study, domain=domain, below=below)
        rows.setdefault(str(finding["readout"]), []).append(panel)
    data = pl.concat([_data(table) for table in tables]) if tables else pl.DataFrame()
    return Figure(
        name, _caption(question, findings, tables, study), tuple((row, tuple(cells)) for row, cells in rows.items()),
        data, _key(question, tables, study),
    )  # fmt: skip


def _places(table: pl.DataFrame) -> list[float]:
    return finite(*(place(row) for row in table.iter_rows(named=True)))


def _data(table: pl.DataFrame) -> pl.DataFrame:
    return table.select(
        "readout", "analyte", "cell_type", "stimulus", "visit", "donor", "group", "estimand", "value", "sd", "censor",
        "lower", "upper", "wells", "undetected_wells",
    )  # fmt: skip


def _difference_domain(question: Difference, findings: Sequence[Finding]) -> list[float]:
    folds = [finding for finding in findings if words.is_log2(finding["unit"])]
    ends = [end for finding in folds for end in finite(finding["estimate"], finding["lower"], finding["upper"])]
    margin = [question.margin, -question.margin] if question.margin is not None else []
    return extent([0.0, *ends, *margin])


def _panel(
    question: Difference,
    finding: Finding,
    table: pl.DataFrame,
    *,
    study: Study,
    domain: list[float],
    below: list[float],
) -> Panel:
    rows = table.rows(named=True)
    centres = {
        group: centre([row for row in rows if row["group"] == group], level=finding["level"])
        for group in question.groups
    }
    cells = [
        _dots(question, rows, centres, study=study, domain=domain),
        _difference(question, finding, domain=below),
    ]
    return Panel(
        analyte_of(finding, study), _alt(question, finding, centres, study), {"vconcat": cells, "spacing": 12},
        subtitle=str(finding["readout"]),
    )  # fmt: skip


def _x(names: Sequence[str] | None) -> Spec:
    count = 2 if names is None else len(names)
    return quantitative("x", [-0.5, count - 0.35], None if names is None else named_axis(names))


def _dots(
    question: Difference,
    rows: list[dict[str, Any]],
    centres: Mapping[str, Centre],
    *,
    study: Study,
    domain: list[float],
) -> Spec:
    title = "fold response" if question.stimulus else _level_unit(question, study)
    y = quantitative("y", domain, log2_axis(domain, title))
    x = _x([f"{group}|n = {centres[group].n}" for group in question.groups])
    even = {"type": "rule", "color": FAINT, "strokeDash": [3, 3]}
    layers = [layer(even, [{"y": 0}], y=y)] if question.stimulus and domain[0] <= 0 <= domain[1] else []
    for position, group in enumerate(question.groups):
        layers += _group_layers(position, group, [r for r in rows if r["group"] == group], domain, x, y, study)
        layers += _centre_layers(position, centres[group], x, y)
    return {"width": _WIDTH, "height": _DOTS, "layer": layers}


def _level_unit(question: Difference, study: Study) -> str:
    units = {getattr(study.assay(assay), "unit", "relative quantity") for assay in question.assays}
    return units.pop() if len(units) == 1 else "level"


def _group_layers(
    position: int, group: str, rows: list[dict[str, Any]], domain: list[float], x: Spec, y: Spec, study: Study
) -> list[Spec]:
    colour, shape = group_style(study, group)
    drawn = [(row, at) for row in rows if (at := place(row)) is not None]
    aside = spread([at for _, at in drawn], domain=domain)
    values: dict[str, list[dict[str, Any]]] = {}
    for (row, at), off in zip(drawn, aside, strict=True):
        kind = MARKS.get(row["censor"], shape)
        values.setdefault(kind if row["censor"] != "interval" else "stroke", []).append(
            {"x": round(position - 0.08 + off, 3), "y": rounded(at)}
        )
    return [
        layer(
            {"type": "point", "shape": kind, "color": colour, "filled": kind == shape, "size": 42 if kind == shape else 48,
             "opacity": 0.8, "strokeWidth": 1.4},
            points, x=x, y=y,
        )
        for kind, points in values.items()
    ]  # fmt: skip


def _centre_layers(position: int, middle: Centre, x: Spec, y: Spec) -> list[Spec]:
    if middle.value is None:
        return []
    at = {"x": position + 0.36, "y": rounded(middle.value), "a": rounded(middle.lower), "b": rounded(middle.upper)}
    if middle.kind == "median":
        return [
            layer({"type": "tick", "color": INK, "thickness": 2, "size": 22, "orient": "horizontal"}, [at], x=x, y=y)
        ]
    dot = layer(
        {"type": "point", "filled": True, "shape": "circle", "color": INK, "size": 34, "opacity": 1}, [at], x=x, y=y
    )
    if middle.lower is None:
        return [dot]
    bar = layer(
        {"type": "rule", "color": INK, "strokeWidth": 1.6}, [at], x=x, y={**y, "field": "a"}, y2={"field": "b"}
    )
    return [bar, dot]


def _difference(question: Difference, finding: Finding, *, domain: list[float]) -> Spec:
    folds, x = words.is_log2(finding["unit"]), _x(None)
    domain, even = (domain, 0.0) if folds else ([0.0, 1.0], 0.5)
    axis = log2_axis(domain, "difference (fold)", most=4)
    if not folds:
        axis = {"title": "probability of higher", "values": [0, 0.5, 1], "minExtent": 32, "maxExtent": 60}
    y = quantitative("y", domain, axis)
    layers: list[Spec] = []
    if question.margin is not None and folds:
        band = [{"y": -question.margin, "b": question.margin}]
        layers.append(layer({"type": "rect", "color": HAIR, "opacity": 0.75}, band, y=y, y2={"field": "b"}))
    layers.append(layer({"type": "rule", "color": FAINT, "strokeDash": [3, 3]}, [{"y": even}], y=y))
    layers += _estimate_layers(finding, x, y, domain)
    return {"width": _WIDTH, "height": _BELOW, "layer": layers}


def _estimate_layers(finding: Finding, x: Spec, y: Spec, domain: list[float]) -> list[Spec]:
    estimate, lower, upper = finding["estimate"], finding["lower"], finding["upper"]
    middle = 0.5
    layers = []
    if lower is not None and upper is not None:
        ends = {"x": middle, "y": rounded(max(lower, domain[0])), "b": rounded(min(upper, domain[1]))}
        layers.append(layer({"type": "rule", "color": INK, "strokeWidth": 1.8}, [ends], x=x, y=y, y2={"field": "b"}))
        for end, edge, shape in ((lower, domain[0], "triangle-down"), (upper, domain[1], "triangle-up")):
            if end < domain[0] or end > domain[1]:
                mark = {"type": "point", "shape": shape, "color": INK, "filled": True, "size": 46, "opacity": 1}
                layers.append(layer(mark, [{"x": middle, "y": edge}], x=x, y=y))
    if not finite(estimate):
        note = "not estimable" if finding["verdict"] == "not estimable" else "no estimate"
        mark = {"type": "text", "text": note, "color": MUTED, "fontSize": 10.5, "dy": -8}
        return [*layers, layer(mark, [{"x": middle, "y": sum(domain) / 2}], x=x, y=y)]
    at = [{"x": middle, "y": rounded(estimate)}]
    filled = finding["verdict"] in ("supported", "equivalent")
    dot = {
        "type": "point", "shape": "circle", "color": INK, "filled": True, "fill": INK if filled else "white", "size": 52,
        "stroke": INK, "strokeWidth": 1.6, "opacity": 1,
    }  # fmt: skip
    said = {
        "type": "text", "text": words.amount(estimate, finding["unit"]) + "×" * words.is_log2(finding["unit"]), "align": "left", "dx": 9, "fontSize": 11,
        "color": INK,
    }  # fmt: skip
    return [*layers, layer(dot, at, x=x, y=y), layer(said, at, x=x, y=y)]


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


def _alt(question: Difference, finding: Finding, centres: Mapping[str, Centre], study: Study) -> str:
    what = f"Fold response to {study.name_of(question.stimulus)}" if question.stimulus else "Level"
    groups = words.listed(
        centre_words(middle, study.name_of(group), level=finding["level"]) for group, middle in centres.items()
    )
    if finding["estimate"] is None:
        end = "The difference could not be estimated"
    else:
        ends = words.interval(
            finding["lower"], finding["upper"], say=lambda value: words.amount(value, finding["unit"])
        )
        size = words.amount(finding["estimate"], finding["unit"])
        what_size = (
            f"Difference {size}-fold" if words.is_log2(finding["unit"]) else f"Probability of the higher {size}"
        )
        end = f"{what_size}, {words.percent(finding['level'])} interval {ends}"
    return f"{target_of(finding, study)}. {what} of {groups}. {end}: {finding['verdict']}."


def _key(question: Difference, tables: Sequence[pl.DataFrame], study: Study) -> tuple[Key, ...]:
    keys = []
    for group in question.groups:
        colour, shape = group_style(study, group)
        keys.append(Key(shape, colour, study.name_of(group)))
    censored = {str(kind) for table in tables for kind in table["censor"].unique().to_list()}
    if "left" in censored:
        keys.append(Key("triangle-down", MUTED, "undetected: below this", hollow=True))
    if "right" in censored:
        keys.append(Key("triangle-up", MUTED, "bound only: above this", hollow=True))
    if "interval" in censored:
        keys.append(Key("stroke", MUTED, "between two bounds, drawn midway"))
    keys.append(Key("circle", INK, "group mean, or difference, with interval"))
    return tuple(keys)


def _caption(question: Difference, findings: Sequence[Finding], tables: Sequence[pl.DataFrame], study: Study) -> str:
    first, second = (study.name_of(group) for group in question.groups[:2])
    level = words.percent(findings[0]["level"]) if findings else "95 %"
    what = f"the response to {study.name_of(question.stimulus)}" if question.stimulus else "the level"
    parts = [
        f"Above, {what} of every donor, on a log scale; beside each group its mean with {level} interval.",
        f"Below, {first} over {second}: the difference in folds with its {level} interval, 1 meaning equal.",
    ]
    if any(table.filter(pl.col("censor") != "none").height for table in tables):
        parts.append("Where donors are undetected, a bar shows the median if it is known, and nothing if it is not.")
    if question.margin is not None:
        parts.append("Grey: the range declared too small to matter.")
    parts.append("A filled dot below: the answer is supported or equivalent; a hollow one: it is not resolved.")
    return " ".join(parts)
