"""A drawing as an element of a page or of a figure: an image with its words."""

from __future__ import annotations

from exvivo.tell.drawing.shapes import Drawing
from exvivo.tell.drawing.text import FONT, escaped, px

_LEFT, _RIGHT, _TOP, _BOTTOM = 2.0, 8.0, 4.0, 4.0
"""Room round a drawing: another font may be a little wider."""


def _size_of(drawing: Drawing) -> tuple[float, float]:
    """Width and height of the element of a drawing, in pixels."""
    return drawing.width + _LEFT + _RIGHT, drawing.height + _TOP + _BOTTOM


def element(drawing: Drawing, *, alt: str) -> str:
    """The SVG element of a drawing: image role, with `alt` as its label."""
    width, height = _size_of(drawing)
    size = f'width="{px(width)}" height="{px(height)}"'
    origin = f"{px(-drawing.left - _LEFT)} {px(-drawing.top - _TOP)}"
    return (
        f'<svg role="img" aria-label="{escaped(alt)}" {size} '
        f'viewBox="{origin} {px(width)} {px(height)}" font-family="{FONT}">{drawing.svg}</svg>'
    )
