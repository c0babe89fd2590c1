"""How two things go together: a cloud that rises or falls, the narrower the closer they are.

Model. The cloud is where most of a normal distribution of two standard normal variables with the
estimated correlation r lies: x^2 - 2 r x y + y^2 <= 1 - r^2. It keeps its width and height
whatever r is, and narrows along its slope by sqrt(1 - |r|). No person is drawn.
"""

from __future__ import annotations

import math

from exvivo.findings import Finding
from exvivo.tell.article.pictures import paint
from exvivo.tell.language import Language

_LEFT, _WIDE, _HIGH = 24.0, 250.0, 92.0
_CLOSEST = 0.97
"""The largest correlation that is drawn: a closer one would be a line."""
_RINGS = (1.0, 0.72, 0.44)


def drawn(finding: Finding, across: str, upright: str, colour: str) -> str:
    """The cloud of a coefficient; `across` and `upright` are what is told by its two directions."""
    upper = paint.wrapped(upright, paint.WIDTH - 30, paint.SMALL)
    top = paint.high(upper) + 8
    centre = (_LEFT + _WIDE / 2, top + _HIGH / 2)
    bottom = top + _HIGH
    lower = paint.wrapped(across, paint.WIDTH - 30, paint.SMALL)
    parts = [
        paint.written(upper, (_LEFT - 14, 2)),
        paint.arrow((_LEFT - 8, bottom), (_LEFT - 8, top)),
        paint.arrow((_LEFT - 8, bottom), (_LEFT + _WIDE + 8, bottom)),
        paint.written(lower, (_LEFT + _WIDE + 8, bottom + 5), align="right"),
    ]
    bottom += paint.high(lower) + 8
    r = finding.estimate or 0.0
    parts += [_ring(r, centre, size, colour) for size in _RINGS]
    return paint.svg_of(parts, paint.WIDTH, bottom)


def _ring(r: float, centre: paint.Point, size: float, colour: str) -> str:
    return f'<path d="{_path(r, centre, size)}" fill="{colour}" fill-opacity="0.3"/>'


def _path(r: float, centre: paint.Point, size: float) -> str:
    """The outline of a cloud of a correlation, as an ellipse through its points."""
    r = max(-_CLOSEST, min(_CLOSEST, r))
    long, short = math.sqrt((1 + r) / 2), math.sqrt((1 - r) / 2)
    turns = [2 * math.pi * step / 48 for step in range(48)]
    points = [
        (
            long * math.cos(turn) - short * math.sin(turn),
            long * math.cos(turn) + short * math.sin(turn),
        )
        for turn in turns
    ]
    placed = (
        f"{centre[0] + x * size * (_WIDE / 2 - 6):.1f},{centre[1] - y * size * (_HIGH / 2 - 4):.1f}"
        for x, y in points
    )
    return "M" + "L".join(placed) + "z"


def alt_of(finding: Finding, across: str, upright: str, language: Language) -> str:
    """The picture as a sentence."""
    if (finding.estimate or 0.0) > 0:
        return language.tell(
            "Picture: a cloud that rises from left to right, with “{first}” upwards and “{second}” "
            "to the right.",
            first=upright,
            second=across,
        )
    return language.tell(
        "Picture: a cloud that falls from left to right, with “{first}” upwards and “{second}” to "
        "the right.",
        first=upright,
        second=across,
    )
