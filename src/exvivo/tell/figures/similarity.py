"""The figure of an identity: how like each reference the cells are, and by how much more they are
like the one declared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Identity, Study
from exvivo.tell import words
from exvivo.tell.figures.chart import (
    COLOURS,
    FAINT,
    INK,
    MUTED,
    Figure,
    Key,
    Panel,
    Spec,
    extent,
    finite,
    layer,
    named_axis,
    quantitative,
    rounded,
)
from exvivo.tell.tables import Shown

_WIDTH, _ROW = 230, 24
_SIMILARITY, _PLAIN = "similarity", "plain_correlation"
"""Codes of the estimands that are drawn."""
_SHOWN = ("question", "part", "analyte")
_NUMBERS = ("unit", "estimate", "lower", "upper", "p_adjusted", "verdict")


def figure(
    question: Identity,
    answers: Sequence[Shown],
    beside: Sequence[Shown],
    *,
    study: Study,
    name: str,
) -> Figure | None:
    """Two panels: similarities to every reference, and their differences; None where nothing could
    be estimated.

    `beside` are the numbers beside the answers: similarities, and the plain correlations that are
    drawn faint with them.
    """
    drawn = [row for row in beside if row.finding.estimand.code in (_SIMILARITY, _PLAIN)]
    correlations = [row.finding for row in drawn]
    similar = [
        row for row in correlations if row.estimand.code == _SIMILARITY and row.estimate is not None
    ]
    plain = {row.analyte: row.estimate for row in correlations if row.estimand.code == _PLAIN}
    asked = [row.finding for row in answers if row.finding.estimate is not None]
    if not similar or not asked:
        return None
    data = pl.DataFrame([_data_row(row) for row in (*answers, *drawn)], infer_schema_length=None)
    like, level = study.name_of(question.like), words.percent(answers[0].finding.level)
    caption = (
        f"Left: similarity of the {study.name_of(question.cell_type)} to each reference, mean of the donors with its {level} "
        "interval: correlation over genes after each was held against its mean over the references. Crosses: the plain correlation "
        f"of the same profiles, high for all. Right: similarity to {like} less that to each other reference; the dashed line says "
        "neither."
    )
    key = (
        Key("circle", COLOURS[1], "supported"),
        Key("circle", INK, "not resolved, or no answer", hollow=True),
        Key("times", MUTED, "plain correlation, nothing taken off", hollow=True),
    )
    panels = (_similarities(similar, plain, study), _differences(asked, question, study))
    return Figure(name, caption, (("", panels),), data, key)


def _data_row(shown: Shown) -> dict[str, object]:
    row = shown.finding.row()
    return (
        {name: row[name] for name in _SHOWN}
        | {"estimand": shown.estimand}
        | {name: row[name] for name in _NUMBERS}
    )


def _similarities(
    rows: Sequence[Finding], plain: Mapping[str, float | None], study: Study
) -> Panel:
    names = [study.name_of(row.analyte) for row in rows]
    x, y = _axes([-1.0, 1.0], "similarity (correlation)", names)
    layers = [_neither(x)]
    for at, row in enumerate(rows):
        layers += _estimate(row, at, x, y, firm=False)
        value = plain.get(row.analyte)
        if value is not None:
            cross = {
                "type": "point",
                "shape": "M-1-1L1 1M-1 1L1 -1",
                "color": MUTED,
                "size": 30,
                "filled": False,
            }
            layers.append(layer(cross, [{"x": rounded(value), "y": at}], x=x, y=y))
    alt = "; ".join(f"{name} {_said(row)}" for name, row in zip(names, rows, strict=True))
    return Panel("Similarity", f"Similarity to each reference. {alt}.", _drawing(layers, names))


def _differences(rows: Sequence[Finding], question: Identity, study: Study) -> Panel:
    names = [f"less {study.name_of(row.analyte)}" for row in rows]
    ends = [end for row in rows for end in finite(row.estimate, row.lower, row.upper)]
    domain = extent([0.0, *ends], around=0.06)
    x, y = _axes(domain, "difference in correlation", names)
    layers = [_neither(x)]
    for at, row in enumerate(rows):
        layers += _estimate(row, at, x, y, firm=row.verdict == "supported")
    alt = "; ".join(
        f"{name} {_said(row)}, {row.verdict}" for name, row in zip(names, rows, strict=True)
    )
    like = study.name_of(question.like)
    return Panel(
        like.capitalize() if like.islower() else like,
        f"Similarity to {like} {alt}.",
        _drawing(layers, names),
    )


def _axes(domain: Sequence[float], title: str, names: Sequence[str]) -> tuple[Spec, Spec]:
    x = quantitative("x", domain, {"title": title, "tickCount": 5, "grid": False})
    y = quantitative("y", [len(names) - 0.5, -0.5], {**named_axis(names), "labelLimit": 240})
    return x, y


def _neither(x: Spec) -> Spec:
    return layer({"type": "rule", "color": FAINT, "strokeDash": [3, 3]}, [{"x": 0.0}], x=x)


def _estimate(row: Finding, at: int, x: Spec, y: Spec, *, firm: bool) -> list[Spec]:
    colour = COLOURS[1] if firm else INK
    layers = []
    if len(finite(row.lower, row.upper)) == 2:
        bar = [{"x": rounded(row.lower), "b": rounded(row.upper), "y": at}]
        layers.append(
            layer(
                {"type": "rule", "color": colour, "strokeWidth": 1.6},
                bar,
                x=x,
                x2={"field": "b"},
                y=y,
            )
        )
    dot = {
        "type": "point",
        "shape": "circle",
        "filled": True,
        "fill": colour if firm else "white",
        "stroke": colour,
        "strokeWidth": 1.5,
        "size": 42,
        "opacity": 1,
    }
    return [*layers, layer(dot, [{"x": rounded(row.estimate), "y": at}], x=x, y=y)]


def _drawing(layers: list[Spec], names: Sequence[str]) -> Spec:
    return {"width": _WIDTH, "height": _ROW * len(names), "layer": layers}


def _said(row: Finding) -> str:
    return f"{words.number(row.estimate)} ({words.interval(row.lower, row.upper)})"
