"""Pieces of SVG that all pictures of a summary are made of: words in lines, bars, marks. Plain
numbers and words go in, markup comes out; every word of a study is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from exvivo.tell.drawing.symbols import outline, radius_of
from exvivo.tell.drawing.text import FONT, line_height, px, width_of, words

WIDTH = 300.0
"""Pixels across the picture of an answer: what a phone shows at its own size."""
SIZE, SMALL = 13.0, 12.0
INK, MUTED, FAINT, PALE = "#1f2428", "#55606a", "#9aa3ab", "#e4e8eb"
_WIDE = "\u3000-\u30ff\u3400-\u9fff\uff00-\uffef"
_NEVER_FIRST = "、。：，．）」』】ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々！？"
_PIECES = re.compile(rf"[{_WIDE}][{_NEVER_FIRST}]*|[^ {_WIDE}]+[{_NEVER_FIRST}]* *| +")
"""What a line may not be broken in: a word with the space behind it, or one sign of a language that
writes without spaces with the marks that may not begin a line.
"""
_SURE = 0.88
"""The share of a room that words may fill: where a machine has no Arial its font is wider."""
Point = tuple[float, float]


def wrapped(text: str, room: float, size: float) -> list[str]:
    r"""A text in lines that fit a width in pixels.

    >>> wrapped("people with fibromyalgia", 100, 12)
    ['people with', 'fibromyalgia']
    >>> wrapped("plus chez\u00a0: la", 50, 12)
    ['plus', 'chez\xa0:', 'la']
    """
    lines = [""]
    for piece in _PIECES.findall(text):
        if lines[-1] and width_of((lines[-1] + piece).rstrip(), size) > room * _SURE:
            lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines]


def written(
    lines: Sequence[str],
    at: Point,
    *,
    size: float = SMALL,
    align: str = "left",
    colour: str = INK,
    bold: bool = False,
) -> str:
    """Lines of words whose upper edge stands at a place."""
    more = f' fill="{colour}"' + ' font-weight="600"' * bold
    return words(lines, *at, size=size, align=align, baseline="top", more=more)


def high(lines: Sequence[str], size: float = SMALL) -> float:
    """The height of lines of words."""
    return len(lines) * line_height(size)


def bar(
    left: float,
    right: float,
    top: float,
    height: float,
    *,
    fill: str,
    opacity: float = 1.0,
    dashed: bool = False,
) -> str:
    """A bar with round ends; a dashed one is an outline on white."""
    paint = f'fill="{fill}"' if opacity == 1 else f'fill="{fill}" fill-opacity="{opacity:g}"'
    if dashed:
        paint += f' stroke="{MUTED}" stroke-width="1.2" stroke-dasharray="4 3"'
    size = f'width="{px(max(right - left, 2))}" height="{px(height)}" rx="{px(height / 2)}"'
    return f'<rect x="{px(left)}" y="{px(top)}" {size} {paint}/>'


def line(start: Point, end: Point, *, colour: str = FAINT, width: float = 1.2) -> str:
    """A straight line."""
    path = f"M{px(start[0])},{px(start[1])}L{px(end[0])},{px(end[1])}"
    return f'<path d="{path}" stroke="{colour}" stroke-width="{width:g}" fill="none"/>'


def arrow(start: Point, end: Point, *, colour: str = MUTED) -> str:
    """A line along an axis with a head at its end."""
    across, down = end[0] - start[0], end[1] - start[1]
    reach = max(abs(across), abs(down)) or 1.0
    along = (across / reach * 6, down / reach * 6)
    path = "".join(_wing(end, along, side) for side in (0.6, -0.6))
    head = f'<path d="{path}" stroke="{colour}" stroke-width="1.2" fill="none"/>'
    return line(start, end, colour=colour) + head


def _wing(end: Point, along: Point, side: float) -> str:
    """One of the two strokes of the head of an arrow."""
    x = end[0] - along[0] + side * along[1]
    y = end[1] - along[1] - side * along[0]
    return f"M{px(x)},{px(y)}L{px(end[0])},{px(end[1])}"


def mark(shape: str, at: Point, *, fill: str, stroke: str = INK, area: float = 70.0) -> str:
    """The sign of a group at a place."""
    paint = f'fill="{fill}" stroke="{stroke}" stroke-width="1.2"'
    x, y = at
    if shape == "circle":
        return f'<circle cx="{px(x)}" cy="{px(y)}" r="{px(radius_of(area))}" {paint}/>'
    return f'<path d="M{px(x)},{px(y)}{outline(shape, area)}" {paint}/>'


def question_mark(at: Point) -> str:
    """A question mark in a white disc: nobody can take what it stands on for an answer."""
    disc = f'<circle cx="{px(at[0])}" cy="{px(at[1])}" r="10" fill="#fff" stroke="{MUTED}"/>'
    more = f' fill="{INK}" font-weight="700"'
    return disc + words(["?"], *at, size=15, align="center", baseline="middle", more=more)


def svg_of(parts: Iterable[str], width: float, height: float, *, named: str = "") -> str:
    """A whole picture. It is hidden from readers of screens, which are told its sentence."""
    box = f'width="{px(width)}" height="{px(height)}" viewBox="0 0 {px(width)} {px(height)}"'
    of_class = f' class="{named}"' if named else ""
    return (
        f'<svg aria-hidden="true" focusable="false"{of_class} {box} font-family="{FONT}">'
        f"{''.join(parts)}</svg>"
    )
