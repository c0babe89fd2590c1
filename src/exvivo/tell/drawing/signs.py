"""The signs of a key: the shapes of points, fourteen pixels high."""

from __future__ import annotations

SIZE = 14
_SIGNS = {
    "circle": '<circle cx="7" cy="7" r="4"/>',
    "diamond": '<path d="M7 2 11 7 7 12 3 7Z"/>',
    "square": '<rect x="3.5" y="3.5" width="7" height="7"/>',
    "cross": '<path d="M5.5 2h3v3.5H12v3H8.500V12h-3V8.500H2v-3h3.500Z"/>',
    "triangle-up": '<path d="M7 3 11.500 11h-9Z"/>',
    "triangle-down": '<path d="M7 11 11.500 3h-9Z"/>',
    "triangle-right": '<path d="M11.500 7 3.500 2.500v9Z"/>',
    "triangle-left": '<path d="M2.500 7 10.500 2.500v9Z"/>',
    "times": '<path d="M3.500 3.500l7 7M10.500 3.500l-7 7"/>',
    "stroke": '<path d="M1 7h12"/>',
    "dashes": '<path d="M1 7h5M8.500 7h4.500"/>',
}


def sign(shape: str, colour: str, *, hollow: bool) -> str:
    """A shape as SVG, filled or as a line."""
    return f"<g {_paint(shape, colour, hollow)}>{_SIGNS[shape]}</g>"


def _paint(shape: str, colour: str, hollow: bool) -> str:
    if hollow or shape in ("stroke", "dashes"):
        return f'fill="none" stroke="{colour}" stroke-width="1.6"'
    return f'fill="{colour}"'
