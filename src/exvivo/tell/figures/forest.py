"""All answers of a question at one look: a row for each analyte (and scale), its estimate with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from exvivo.study import Question, Study
from exvivo.tell import words
from exvivo.tell.figures.chart import (
    COLOURS,
    FAINT,
    HAIR,
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
from exvivo.tell.names import short_scale, target_of

Finding = Mapping[str, Any]
_WIDTH, _ROW = 300, 19


def figure(question: Question, findings: Sequence[Finding], *, study: Study, name: str) -> Figure | None:
    """A panel per unit (folds, probabilities, correlations); nothing where nothing could be estimated."""
    panels = []
    for unit in dict.fromkeys(str(finding["unit"]) for finding in findings):
        mine = [f for f in findings if f["unit"] == unit and (f["lower"] is not None or f["estimate"] is not None)]
        if mine:
            panels.append(_panel(unit, mine, study, margin=getattr(question, "margin", None)))
    if not panels:
        return None
    told = ["question", "analyte", "readout", "scale", "unit", "estimate", "lower", "upper", "p_adjusted", "verdict"]
    data = pl.DataFrame([{key: finding[key] for key in told} for finding in findings], infer_schema_length=None)
    caption = (
        f"Every answer at one look, each with its {words.percent(findings[0]['level'])} interval. The dashed line says neither "
        "way. Filled: supported or equivalent; hollow: not resolved. A triangle marks an interval that goes on."
        + (" Grey: the range declared too small to matter." if getattr(question, "margin", None) else "")
    )
    key = (
        Key("circle", COLOURS[1], "supported or equivalent"),
        Key("circle", INK, "not resolved", hollow=True),
    )
    return Figure(name, caption, (("", tuple(panels)),), data, key)


_TITLES = {
    "log2": "difference (fold)",
    "probability": "probability of the higher value",
    "correlation": "correlation",
}


def _panel(unit: str, findings: Sequence[Finding], study: Study, *, margin: float | None) -> Panel:
    folds = words.is_log2(unit)
    even = 0.5 if unit == "probability" else 0.0
    ends = [end for f in findings for end in finite(f["estimate"], f["lower"], f["upper"])]
    domain = {"probability": [0.0, 1.0], "correlation": [-1.0, 1.0]}.get(
        unit, extent([even, *ends, *((-margin, margin) if margin else ())], around=0.05)
    )
    title = _TITLES.get("log2" if folds else unit, unit)
    axis = log2_axis(domain, title, most=7) if folds else {"title": title, "tickCount": 5}
    x = quantitative("x", domain, {**axis, "grid": False, "minExtent": 0})
    names = [
        target_of(finding, study) + (f" and {short_scale(finding, study)}" if finding["scale"] else "")
        for finding in findings
    ]
    y = quantitative("y", [len(names) - 0.5, -0.5], {**named_axis(names), "labelLimit": 320})
    layers: list[Spec] = []
    if folds and margin is not None:
        band = [{"x": max(-margin, domain[0]), "b": min(margin, domain[1])}]
        layers.append(layer({"type": "rect", "color": HAIR, "opacity": 0.75}, band, x=x, x2={"field": "b"}))
    layers += [layer({"type": "rule", "color": FAINT, "strokeDash": [3, 3]}, [{"x": even}], x=x)]
    for position, finding in enumerate(findings):
        layers += _row(position, finding, domain, x, y)
    alt = "; ".join(_said(name, finding) for name, finding in zip(names, findings, strict=True))
    return Panel(
        "", f"Estimates with intervals. {alt}.", {"width": _WIDTH, "height": _ROW * len(names), "layer": layers}
    )


def _row(position: int, finding: Finding, domain: Sequence[float], x: Spec, y: Spec) -> list[Spec]:
    firm = finding["verdict"] in ("supported", "equivalent")
    colour = COLOURS[1] if firm else INK
    lower, upper, estimate = finding["lower"], finding["upper"], finding["estimate"]
    layers = []
    if lower is not None and upper is not None:
        low, high = max(lower, domain[0]), min(upper, domain[1])
        bar = [{"x": rounded(low), "b": rounded(high), "y": position}]
        layers.append(layer({"type": "rule", "color": colour, "strokeWidth": 1.6}, bar, x=x, x2={"field": "b"}, y=y))
        for cut, at, shape in (
            (lower < domain[0], low, "triangle-left"),
            (upper > domain[1], high, "triangle-right"),
        ):
            if cut:
                mark = {"type": "point", "shape": shape, "filled": True, "color": colour, "size": 36, "opacity": 1}
                layers.append(layer(mark, [{"x": rounded(at), "y": position}], x=x, y=y))
    if finite(estimate):
        dot = {"type": "point", "shape": "circle", "filled": True, "fill": colour if firm else "white",
               "stroke": colour, "strokeWidth": 1.5, "size": 42, "opacity": 1}  # fmt: skip
        layers.append(layer(dot, [{"x": rounded(estimate), "y": position}], x=x, y=y))
    return layers


def _said(name: str, finding: Finding) -> str:
    ends = words.interval(
        finding["lower"], finding["upper"], say=lambda value: words.amount(value, finding["unit"])
    )  # fmt: skip
    return f"{name} {words.amount(finding['estimate'], finding['unit'])} ({ends}), {finding['verdict']}"
