"""The outlines of the shapes of points, as paths round their middle."""

from __future__ import annotations

import math
import re
from functools import cache

from exvivo.errors import Bug
from exvivo.tell.drawing.text import px

_TALL = math.sqrt(3) / 2
_ARM = 1 / 2.5
"""Half the width of an arm of a cross, in radii."""
_OUTLINES = {
    "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
    "diamond": ((-1, 0), (0, -1), (1, 0), (0, 1)),
    "triangle-up": ((0, -_TALL), (-1, _TALL), (1, _TALL)),
    "triangle-down": ((0, _TALL), (-1, -_TALL), (1, -_TALL)),
    "triangle-right": ((_TALL, 0), (-_TALL, -1), (-_TALL, 1)),
    "triangle-left": ((-_TALL, 0), (_TALL, -1), (_TALL, 1)),
    "cross": (
        (-1, -_ARM),
        (-_ARM, -_ARM),
        (-_ARM, -1),
        (_ARM, -1),
        (_ARM, -_ARM),
        (1, -_ARM),
        (1, _ARM),
        (_ARM, _ARM),
        (_ARM, 1),
        (-_ARM, 1),
        (-_ARM, _ARM),
        (-1, _ARM),
    ),
}
"""Corners of closed shapes for a radius of 1."""
_POINT = re.compile(r"([ML])(-?[\d.]+)[ ,]?(-?[\d.]+)")
_STROKES = {"stroke": "M-1,0L1,0"}


def radius_of(size: float) -> float:
    """The radius of a shape of `size` square pixels of its square."""
    return math.sqrt(size) / 2


@cache
def outline(shape: str, size: float) -> str:
    """The path of a shape but a circle, moved on from its middle: what follows `M x,y` of that."""
    radius = radius_of(size)
    if shape in _OUTLINES:
        return _relative([(radius * x, radius * y) for x, y in _OUTLINES[shape]]) + "z"
    path = _STROKES.get(shape, shape)
    corners = [(c, radius * float(x), radius * float(y)) for c, x, y in _POINT.findall(path)]
    if not corners:
        raise Bug(f"{shape!r} is no shape of a point")
    return _strokes(corners)


def _relative(corners: list[tuple[float, float]]) -> str:
    """A path through corners, each told from the one before."""
    return _strokes([("L" if count else "M", x, y) for count, (x, y) in enumerate(corners)])


def _strokes(corners: list[tuple[str, float, float]]) -> str:
    """A path through corners, `M` where the pen is lifted, each told from the one before."""
    parts, before = [], (0.0, 0.0)
    for letter, x, y in corners:
        parts.append(f"{letter.lower()}{px(x - before[0])},{px(y - before[1])}")
        before = (x, y)
    return "".join(parts)
