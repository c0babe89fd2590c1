"""All answers of a question at one look: a row for each analyte (and scale), its estimate with its
interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import polars as pl

from exvivo.findings import Finding
from exvivo.study import Difference, Question, Specificity, Study
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
from exvivo.tell.figures.marks import shortened
from exvivo.tell.names import briefly_about
from exvivo.units import COEFFICIENT, PROBABILITY, Unit

_WIDTH, _ROW = 300, 19


def figure(
    question: Question,
    findings: Sequence[Finding],
    *,
    study: Study,
    name: str,
    contrasts: Sequence[Finding] = (),
) -> Figure | None:
    """A panel per unit (folds, probabilities, correlations); nothing where nothing could be
    estimated.

    `contrasts` are answers of questions of specificity; they stand below the folds, set apart.
    """
    panels = []
    for unit in dict.fromkeys(finding.unit for finding in findings):
        mine = [f for f in findings if f.unit == unit and has_place(f)]
        if mine:
            rows = [(briefly_about(f, study), f) for f in mine]
            apart = [
                (f"contrast: {contrast_name(f, study)}", f)
                for f in contrasts
                if f.unit == unit and has_place(f)
            ]
            panels.append(panel(unit, rows, apart, margin=getattr(question, "margin", None)))
    if not panels:
        return None
    told = [
        "question",
        "analyte",
        "readout",
        "scale",
        "unit",
        "estimate",
        "lower",
        "upper",
        "p_adjusted",
        "verdict",
    ]
    every = [*findings, *contrasts]
    data = pl.DataFrame(
        [{key: finding.row()[key] for key in told} for finding in every], infer_schema_length=None
    )
    caption = (
        f"Every answer at one look, each with its {words.percent(findings[0].level)} interval. {READ}"
        + (
            " Grey: the range declared too small to matter."
            if getattr(question, "margin", None)
            else ""
        )
        + (f" {CONTRASTS}" if contrasts else "")
    )
    return Figure(name, caption, (("", tuple(panels)),), data, KEY)


READ = (
    "The dashed line says neither way. Filled: supported or equivalent; hollow: not resolved. A triangle marks an interval that "
    "goes on."
)
CONTRASTS = (
    "Below the rule: how many times larger one difference is than the mean of others within the same donors. Only this says "
    "whether it stands out; one interval that excludes 1 beside one that does not says nothing of the kind."
)
KEY = (
    Key("circle", COLOURS[1], "supported or equivalent"),
    Key("circle", INK, "not resolved", hollow=True),
)


def _axis_title(unit: Unit) -> str:
    match unit.reading:
        case "fold":
            return "difference (fold)"
        case "points":
            return "difference in score (points)"
        case "probability":
            return "probability of the higher value"
        case "odds" | "share" | "coefficient" | "amount":
            return unit.words
    assert_never(unit.reading)


def has_place(finding: Finding) -> bool:
    """Whether a finding has an estimate or an interval that can be drawn."""
    return finding.lower is not None or finding.estimate is not None


def contrasts_of(
    question: Question, findings: Sequence[Finding], asked: Sequence[Finding], *, study: Study
) -> list[Finding]:
    """The answers of questions of specificity about the groups, stimulus and cells of a question of
    difference.

    `findings` are the question's own answers, `asked` are all findings.
    """
    if not isinstance(question, Difference):
        return []
    same = [
        other.id
        for other in study.questions
        if isinstance(other, Specificity)
        and (other.groups, other.stimulus) == (question.groups, question.stimulus)
    ]
    cells = {finding.cell_type for finding in findings}
    return [f for f in asked if f.question in same and f.part == "answer" and f.cell_type in cells]


def contrast_name(finding: Finding, study: Study) -> str:
    """What a contrast holds against what: `TNF mRNA against the mean of the others`."""
    question = next(q for q in study.questions if q.id == finding.question)
    target = f"{shortened(study.name_of(str(finding.analyte)), 16)} {finding.readout}"
    if not isinstance(question, Specificity):
        return target
    others = [name for name in question.against if name != finding.analyte]
    named = (
        "the mean of the others"
        if len(others) > 1
        else shortened(study.name_of(others[0]), 16)
        if others
        else ""
    )
    cells = (
        shortened(study.name_of(question.against_cell_type), 24)
        if question.against_cell_type
        else ""
    )
    return f"{target} against {' in '.join(part for part in (named, cells) if part)}"


def panel(
    unit: Unit,
    rows: Sequence[tuple[str, Finding]],
    apart: Sequence[tuple[str, Finding]] = (),
    *,
    margin: float | None = None,
    title: str = "",
) -> Panel:
    """Named findings of one unit, a row each; those `apart` below them, under a rule."""
    every = [*rows, *apart]
    ends = [end for _, f in every for end in finite(f.estimate, f.lower, f.upper)]
    around = extent([unit.null, *ends, *((-margin, margin) if margin else ())], around=0.05)
    domain = {PROBABILITY: [0.0, 1.0], COEFFICIENT: [-1.0, 1.0]}.get(unit, around)
    axis_title = _axis_title(unit)
    axis = (
        log2_axis(domain, axis_title, most=7)
        if unit.log2
        else {"title": axis_title, "tickCount": 5}
    )
    x = quantitative("x", domain, {**axis, "grid": False, "minExtent": 0})
    names = [name.replace("|", "/") for name, _ in every]
    y = quantitative("y", [len(names) - 0.5, -0.5], {**named_axis(names), "labelLimit": 340})
    layers: list[Spec] = []
    if unit.log2 and margin is not None:
        band = [
            {
                "x": max(-margin, domain[0]),
                "b": min(margin, domain[1]),
                "y": -0.5,
                "d": len(rows) - 0.5,
            }
        ]
        rect = {"type": "rect", "color": HAIR, "opacity": 0.75}
        layers.append(layer(rect, band, x=x, x2={"field": "b"}, y=y, y2={"field": "d"}))
    layers += [
        layer({"type": "rule", "color": FAINT, "strokeDash": [3, 3]}, [{"x": unit.null}], x=x)
    ]
    if rows and apart:
        layers.append(
            layer({"type": "rule", "color": FAINT, "strokeWidth": 1}, [{"y": len(rows) - 0.5}], y=y)
        )
    for position, (_, finding) in enumerate(every):
        layers += _row(position, finding, domain, x, y)
    alt = "; ".join(_said(name, finding) for name, finding in every)
    return Panel(
        title,
        f"Estimates with intervals. {alt}.",
        {"width": _WIDTH, "height": _ROW * len(names), "layer": layers},
    )


def _row(position: int, finding: Finding, domain: Sequence[float], x: Spec, y: Spec) -> list[Spec]:
    firm = finding.verdict in ("supported", "equivalent")
    colour = COLOURS[1] if firm else INK
    lower, upper, estimate = finding.lower, finding.upper, finding.estimate
    layers = []
    if lower is not None and upper is not None:
        low, high = max(lower, domain[0]), min(upper, domain[1])
        bar = [{"x": rounded(low), "b": rounded(high), "y": position}]
        layers.append(
            layer(
                {"type": "rule", "color": colour, "strokeWidth": 1.6},
                bar,
                x=x,
                x2={"field": "b"},
                y=y,
            )
        )
        for cut, at, shape in (
            (lower < domain[0], low, "triangle-left"),
            (upper > domain[1], high, "triangle-right"),
        ):
            if cut:
                mark = {
                    "type": "point",
                    "shape": shape,
                    "filled": True,
                    "color": colour,
                    "size": 36,
                    "opacity": 1,
                }
                layers.append(layer(mark, [{"x": rounded(at), "y": position}], x=x, y=y))
    if finite(estimate):
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
        layers.append(layer(dot, [{"x": rounded(estimate), "y": position}], x=x, y=y))
    return layers


def _said(name: str, finding: Finding) -> str:
    unit = finding.unit
    ends = words.interval(finding.lower, finding.upper, say=lambda end: words.amount(end, unit))
    verdict = f", {finding.verdict}" if finding.verdict else ""
    return f"{name} {words.amount(finding.estimate, unit)} ({ends}){verdict}"
