"""How the estimates of findings are drawn: with their intervals beside donors, and as rows below
one another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from exvivo.findings import Finding
from exvivo.tell import words
from exvivo.tell.figures import marks
from exvivo.tell.figures.axes import quantitative
from exvivo.tell.figures.chart import (
    COLOURS,
    INK,
    Findings,
    Layers,
    Numbers,
    Spec,
    cell,
    extent,
    finite,
    rounded,
)
from exvivo.tell.figures.donors import Results
from exvivo.tell.figures.shapes import Plane, dot, point, rule


def is_firm(finding: Finding) -> bool:
    """Whether a finding says more than that it is not resolved: its dot is filled."""
    return finding.verdict in ("supported", "equivalent")


def ends_of(findings: Findings) -> list[float]:
    """All estimates and ends of intervals that are numbers."""
    ends: list[float] = []
    for finding in findings:
        ends += finite(finding.estimate, finding.lower, finding.upper)
    return ends


def difference_domain(findings: Findings, margin: float | None = None) -> list[float]:
    """The range of all estimates and intervals that are folds, with no difference and the margin
    inside (log2).
    """
    ends = ends_of([finding for finding in findings if finding.unit.log2])
    return extent([0.0, *ends, *margin_ends(margin)])


def margin_ends(margin: float | None) -> list[float]:
    """Both ends of the range declared too small to matter, where there is one."""
    return [] if margin is None else [-margin, margin]


def estimate_layers(
    finding: Finding, position: float, plane: Plane, *, note_position: float | None = None
) -> list[Spec]:
    """The estimate of a finding with its interval and its number; filled where it is supported or
    equivalent.

    `note_position`: where words stand that there is none, away from donors.
    """
    layers = list(_interval(finding, position, plane))
    estimate = finding.estimate
    if estimate is not None and math.isfinite(estimate):
        return [*layers, *_estimate(finding, estimate, position, plane)]
    lines = ["not", "estimable"] if finding.verdict == "not estimable" else ["no", "estimate"]
    across = position if note_position is None else note_position
    return [*layers, marks.text_layer(lines, across, _wider_half(finding, plane), plane)]


def _wider_half(finding: Finding, plane: Plane) -> float:
    """The middle of the wider part of the axis, above or below the line that says neither way."""
    low, high = plane.domain
    return (finding.null + (high if high - finding.null >= finding.null - low else low)) / 2


def _interval(finding: Finding, position: float, plane: Plane) -> Layers:
    """The interval as far as the axis goes, with a triangle at each end that goes on."""
    if finding.lower is None or finding.upper is None:
        return
    low, high = plane.domain
    bar = {
        "x": position,
        "y": rounded(max(finding.lower, low)),
        "b": rounded(min(finding.upper, high)),
    }
    yield plane.upright(rule(INK, 1.8), [bar])
    for end, edge, shape in (
        (finding.lower, low, "triangle-down"),
        (finding.upper, high, "triangle-up"),
    ):
        if not low <= end <= high:
            yield plane.layer(point(shape, INK, 46), [{"x": position, "y": edge}])


def _estimate(finding: Finding, estimate: float, position: float, plane: Plane) -> Layers:
    """The dot and its number, which steps aside where it would stand on the even line."""
    values = [{"x": position, "y": rounded(estimate)}]
    mark = dot(INK, 52, firm=is_firm(finding), stroke=1.6)
    yield plane.layer(mark | {"color": INK}, values)
    low, high = plane.domain
    near = abs(estimate) < 0.07 * (high - low) and finding.unit.log2
    number = {
        "type": "text",
        "text": words.amount(estimate, finding.unit) + "×" * finding.unit.log2,
        "align": "left",
        "dx": 9,
        "dy": (-8 if estimate >= 0 else 8) if near else 0,
        "fontSize": 12,
        "color": INK,
    }
    yield plane.layer(number, values)


def beside(
    finding: Finding,
    results: Results,
    look: marks.Look,
    channel: Spec,
    *,
    margin: float | None = None,
) -> Spec:
    """The cell beside the donors: the difference of each, and the estimate with its interval, on an
    upright channel of its own.
    """
    position = 0.5 if results else 0.0
    plane = Plane(quantitative("x", [-0.4, position + 0.85], None), channel)
    note_position = position + (0.35 if results else 0.22)
    layers = [
        *marks.margin_layers(plane, margin),
        plane.even(),
        *marks.column(0.0, results, look, plane),
        *estimate_layers(finding, position, plane, note_position=note_position),
    ]
    return cell(round(marks.UNIT * (position + 1.25)), marks.HEIGHT, layers)


@dataclass(frozen=True, slots=True)
class RowLook:
    """How an estimate is drawn in a row: bar and outline (pixels), dot (square pixels)."""

    bar: float = 1.6
    stroke: float = 1.5
    size: float = 42


def row_layers(
    finding: Finding,
    position: int,
    plane: Plane,
    *,
    firm: bool,
    limits: Numbers = (-math.inf, math.inf),
    arrows: bool = False,
    look: RowLook = RowLook(),
) -> Layers:
    """An estimate in a row of its own, in colour where it is `firm`; its interval as far as the
    limits, with `arrows` where it goes on.
    """
    colour = COLOURS[1] if firm else INK
    if finding.lower is not None and finding.upper is not None:
        low, high = max(finding.lower, limits[0]), min(finding.upper, limits[1])
        if len(finite(low, high)) == 2:
            bar = {"x": rounded(low), "b": rounded(high), "y": position}
            yield plane.along(rule(colour, look.bar), [bar])
        if arrows and finding.lower < low:
            yield _arrow("triangle-left", colour, low, position, plane)
        if arrows and finding.upper > high:
            yield _arrow("triangle-right", colour, high, position, plane)
    if finite(finding.estimate):
        mark = dot(colour, look.size, firm=firm, stroke=look.stroke)
        yield plane.layer(mark, [{"x": rounded(finding.estimate), "y": position}])


def _arrow(shape: str, colour: str, end: float, position: int, plane: Plane) -> Spec:
    return plane.layer(point(shape, colour, 36), [{"x": rounded(end), "y": position}])
