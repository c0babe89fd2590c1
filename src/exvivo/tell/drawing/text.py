"""Words and numbers in a drawing: how wide a text is, and how a coordinate is written."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Sequence

FONT = (
    "Arial, Helvetica, 'Liberation Sans', 'Hiragino Sans', 'Yu Gothic', Meiryo, "
    "'Noto Sans CJK JP', 'Noto Sans JP', IPAPGothic, sans-serif"
)
"""Fonts of one width: what is measured here is true of the first that a reader's machine has. Those
from Hiragino Sans on are for Japanese, which the first have not.
"""
_THOUSANDTHS = {
    "ijl": 222,
    " !,./:;I[\\]ft|": 278,
    "()-r`{}": 333,
    "Jcksvxyz": 500,
    "FTZ": 611,
    "+<=>~÷×": 584,
    "−±": 584,
    "&ABEKPSVXY": 667,
    "CDHNRUw": 722,
    "GOQ": 778,
    "Mm": 833,
    "%": 889,
    "W": 944,
    "@…": 1000,
}
"""Advance widths of Helvetica and Arial, in thousandths of the font size."""
_WIDTHS = {letter: width for letters, width in _THOUSANDTHS.items() for letter in letters}
_USUAL, _WIDE = 556, 1000
"""Digits and most small letters; the letters that Unicode calls wide, as those of Japanese."""
_FIRST_WIDE = "\u1100"
_DESCENT, _MIDDLE = 0.21, 0.3
"""How far below its baseline a text ends, and how far above it lies its middle, in font sizes."""
_ASCENT = 0.79
Anchor = tuple[str, float]
"""How a text is anchored, and the share of its width that lies left of the anchor."""
ANCHORS: dict[str, Anchor] = {"left": ("", 0.0), "center": ("middle", 0.5), "right": ("end", 1.0)}
_DOWN = {"top": _ASCENT, "middle": _MIDDLE, "bottom": -_DESCENT, "alphabetic": 0.0}
"""From the place of a text to its baseline, in font sizes."""


def width_of(text: str, size: float) -> float:
    """The width of a text in pixels at a font size.

    >>> round(width_of("0.25", 10), 2)
    19.46
    >>> width_of("痛み", 10)
    20.0
    """
    return sum(map(_width, text)) * size / 1000


def _width(letter: str) -> int:
    """The width of a letter, in thousandths of the font size."""
    if (known := _WIDTHS.get(letter)) is not None:
        return known
    if letter < _FIRST_WIDE:
        return _USUAL
    return _WIDE if unicodedata.east_asian_width(letter) in "WF" else _USUAL


def shortened_to(text: str, room: float, size: float) -> str:
    """A text cut with an ellipsis where it is wider than its room in pixels."""
    if width_of(text, size) <= room:
        return text
    cut = text
    while cut and width_of(cut + "…", size) > room:
        cut = cut[:-1]
    return cut.rstrip() + "…"


def escaped(text: str) -> str:
    """A text that can add no markup to a drawing."""
    return html.escape(text, quote=True)


def px(value: float) -> str:
    """A coordinate: tenths of a pixel are more than a screen shows.

    >>> px(3.04), px(-0.01), px(12.25)
    ('3', '0', '12.2')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def line_height(size: float) -> float:
    """From one line of a text to the next."""
    return size + 2


def words(
    lines: Sequence[str],
    x: float,
    y: float,
    *,
    size: float,
    align: str = "center",
    baseline: str = "alphabetic",
    more: str = "",
) -> str:
    """A text element of one line or several at a place; `more` are further attributes."""
    anchor = ANCHORS[align][0]
    start = y + _DOWN[baseline] * size
    anchored = f' text-anchor="{anchor}"' if anchor else ""
    opening = f'<text x="{px(x)}" y="{px(start)}" font-size="{px(size)}"{anchored}{more}>'
    if len(lines) == 1:
        return f"{opening}{escaped(lines[0])}</text>"
    spans = [
        f'<tspan x="{px(x)}" y="{px(start + count * line_height(size))}">{escaped(line)}</tspan>'
        for count, line in enumerate(lines)
    ]
    return f"{opening}{''.join(spans)}</text>"
