"""What other defensible choices make of an answer: every cell of the grid with its interval, and
which choices it stands for.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.chart import (
    COLOURS,
    FAINT,
    INK,
    Figure,
    Key,
    Panel,
    Spec,
    extent,
    finite,
    layer,
    log2_axis,
    named_axis,
    quantitative,
    rounded,
)
from exvivo.tell.names import target_of
from exvivo.tell.phrases import CHOICES
from exvivo.tell.tables import Shown

_WIDTH, _ROW, _MOST = 190, 18, 12


def figure(
    rows: Sequence[Shown], answers: Sequence[Finding], *, study: Study, name: str
) -> Figure | None:
    """A panel for each assay and analyte that has a grid; nothing where none has, or where they
    would be too many to read.
    """
    shown = [row for row in rows if row.finding.choices]
    cells = [row.finding for row in shown]
    places = list(dict.fromkeys((row.assay, row.analyte) for row in cells))
    if not places or len(places) > _MOST:
        return None
    panels = []
    for assay, analyte in places:
        mine = [row for row in cells if (row.assay, row.analyte) == (assay, analyte)]
        answer = next(row for row in answers if (row.assay, row.analyte) == (assay, analyte))
        if any(finite(row.estimate) for row in mine):
            panels.append(_panel(mine, answer, study))
    if not panels:
        return None
    numbers = ("estimate", "lower", "upper", "p")
    data = pl.DataFrame(
        [
            {"analyte": row.finding.analyte, "readout": row.finding.readout}
            | {"estimand": row.estimand, "method": row.method}
            | {number: getattr(row.finding, number) for number in numbers}
            | {"reason": row.reason or None}
            for row in shown
        ],
        infer_schema_length=None,
    )
    signal = any(row.on == "signal" for row in cells)
    caption = (
        "What other choices make of each answer: every combination that was computed, none left out, with its "
        f"{words.percent(rows[0].finding.level)} interval. The cells share their data and are not independent; the filled one is the answer."
        + (
            " A fold of the signal is not a fold of the amount: compare its direction."
            if signal
            else ""
        )
    )
    key = (
        Key("circle", COLOURS[1], "the answer"),
        Key("circle", INK, "another choice", hollow=True),
    )
    return Figure(name, caption, (("", tuple(panels)),), data, key)


def _panel(cells: Sequence[Finding], answer: Finding, study: Study) -> Panel:
    ends = [end for row in cells for end in finite(row.estimate, row.lower, row.upper)]
    domain = extent([0.0, *ends], around=0.05)
    names = [_choices(cells, row) + (" (not estimable)" if row.reason else "") for row in cells]
    x = quantitative(
        "x",
        domain,
        {**log2_axis(domain, "difference (fold)", most=5), "grid": False, "minExtent": 0},
    )
    y = quantitative("y", [len(names) - 0.5, -0.5], {**named_axis(names), "labelLimit": 260})
    layers: list[Spec] = [
        layer({"type": "rule", "color": FAINT, "strokeDash": [3, 3]}, [{"x": 0.0}], x=x)
    ]
    for place, row in enumerate(cells):
        layers += _row(
            place,
            row,
            row.estimate == answer.estimate and row.lower == answer.lower,
            domain,
            x,
            y,
        )
    low, high = min(ends), max(ends)
    alt = (
        f"{target_of(answer, study)}: {words.counted(len(cells), 'combination')} of choices; estimates and interval ends from "
        f"{words.fold(low)} to {words.fold(high)}-fold."
    )
    return Panel(
        target_of(answer, study),
        alt,
        {"width": _WIDTH, "height": _ROW * len(names), "layer": layers},
    )


def _choices(cells: Sequence[Finding], row: Finding) -> str:
    """The choices of a cell in which the cells of the grid differ at all."""
    vary = [len(set(column)) > 1 for column in zip(*(cell.choices for cell in cells), strict=True)]
    choices = [CHOICES.get(choice, choice) for choice in row.choices]
    differing = [choice for choice, varies in zip(choices, vary, strict=True) if varies]
    return ", ".join(differing) or choices[0]


def _row(
    place: int, row: Finding, is_answer: bool, domain: Sequence[float], x: Spec, y: Spec
) -> list[Spec]:
    colour = COLOURS[1] if is_answer else INK
    layers = []
    if row.lower is not None and row.upper is not None:
        low, high = max(row.lower, domain[0]), min(row.upper, domain[1])
        bar = [{"x": rounded(low), "b": rounded(high), "y": place}]
        layers.append(
            layer(
                {"type": "rule", "color": colour, "strokeWidth": 1.5},
                bar,
                x=x,
                x2={"field": "b"},
                y=y,
            )
        )
    if finite(row.estimate):
        dot = {
            "type": "point",
            "shape": "circle",
            "filled": True,
            "fill": colour if is_answer else "white",
            "stroke": colour,
            "strokeWidth": 1.4,
            "size": 36,
            "opacity": 1,
        }
        layers.append(layer(dot, [{"x": rounded(row.estimate), "y": place}], x=x, y=y))
    return layers
