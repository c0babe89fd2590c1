"""From the specification of a panel to its drawing: an SVG, without a browser.

Figures are written in a small part of Vega-Lite: plots of layered marks on linear and logarithmic
axes, beside or below one another. That part is drawn here in a millisecond a panel. Vega draws the
same places: a test holds every panel against it.
"""

from exvivo.tell.drawing.element import element
from exvivo.tell.drawing.plots import drawing_of
from exvivo.tell.drawing.shapes import Drawing
from exvivo.tell.drawing.sheet import Cell, Entry, Sheet, sheet_svg
from exvivo.tell.drawing.signs import sign

__all__ = [
    "Cell",
    "Drawing",
    "Entry",
    "Sheet",
    "drawing_of",
    "element",
    "sheet_svg",
    "sign",
]
