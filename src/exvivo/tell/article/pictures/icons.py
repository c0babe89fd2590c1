"""The signs of the steps: a tube, a dish with cells, a drop that is added, what is measured, groups
side by side. Each is drawn round its middle, 48 pixels wide.
"""

from __future__ import annotations

from collections.abc import Sequence

from exvivo.tell.article.pictures.paint import FAINT, INK, MUTED, PALE, mark

_LINE = f'fill="none" stroke="{INK}" stroke-width="1.8" stroke-linecap="round"'
_CELL = f'fill="{PALE}" stroke="{INK}" stroke-width="1.4"'


def person() -> str:
    """People who gave samples."""
    head = f'<circle cx="-9" cy="-11" r="6" {_CELL}/>'
    body = f'<path d="M-20,16v-7c0,-8 5,-12 11,-12s11,4 11,12v7z" {_CELL}/>'
    tube = f'<path d="M9,-16h11M11,-16v26a4,4 0 0 0 8,0v-26" {_LINE}/>'
    filled = f'<path d="M11.900,-2v12a3.100,3.100 0 0 0 6.200,0v-12z" fill="{MUTED}"/>'
    return head + body + filled + tube


def cells() -> str:
    """Cells in a dish."""
    dish = f'<path d="M-22,-6v14a6,6 0 0 0 6,6h32a6,6 0 0 0 6,-6v-14" {_LINE}/>'
    places = ((-11, 5), (1, 7), (12, 4))
    each = "".join(
        f'<circle cx="{x}" cy="{y}" r="5.500" {_CELL}/>'
        f'<circle cx="{x}" cy="{y}" r="1.800" fill="{INK}"/>'
        for x, y in places
    )
    return dish + each


def added() -> str:
    """Something is dropped onto cells, and nothing beside it."""
    drop = f'<path d="M-11,-18c5,7 7,10 7,13a7,7 0 0 1 -14,0c0,-3 2,-6 7,-13z" fill="{MUTED}"/>'
    dishes = "".join(
        f'<path d="M{x},8v5a3,3 0 0 0 3,3h12a3,3 0 0 0 3,-3v-5" {_LINE}/>' for x in (-20, 3)
    )
    dashes = f'stroke="{FAINT}" stroke-width="1.6" stroke-dasharray="3 2.500"'
    none = f'<circle cx="12" cy="-6" r="7" fill="none" {dashes}/>'
    return drop + dishes + none


def measured(readouts: Sequence[str]) -> str:
    """What is read, by the ids of the catalog: a strand for messages of genes, grains for proteins,
    else the hand of a meter.
    """
    kinds = [kind for kind in ("mRNA", "protein") if kind in readouts]
    if not kinds:
        return _GAUGE
    places = (0,) if len(kinds) == 1 else (-12, 12)
    signs = {"mRNA": _STRAND, "protein": _GRAINS}
    return "".join(
        f'<g transform="translate({x},0)">{signs[kind]}</g>'
        for x, kind in zip(places, kinds, strict=True)
    )


_STRAND = (
    f'<path d="M-9,-14c8,4 10,8 0,13s-8,10 0,15" {_LINE}/>'
    f'<path d="M-3,-9h6M-1,0h6M-5,8h6" stroke="{MUTED}" stroke-width="1.6"/>'
)
_GRAINS = "".join(
    f'<circle cx="{x}" cy="{y}" r="{r}" {_CELL}/>'
    for x, y, r in ((-5, -7, 6), (6, -3, 5), (-2, 7, 7), (8, 9, 4))
)
_GAUGE = (
    f'<path d="M-18,8a18,18 0 0 1 36,0" {_LINE}/><path d="M0,8L9,-5" {_LINE}/>'
    f'<circle cx="0" cy="8" r="2.500" fill="{INK}"/>'
)


def scores() -> str:
    """Answers on a questionnaire."""
    sheet = f'<path d="M-13,-17h26v34h-26z" {_CELL}/>'
    lines = f'<path d="M-3,-9h11M-3,0h11M-3,9h11" stroke="{MUTED}" stroke-width="1.6"/>'
    ticks = (
        f'<path d="M-10,-9l2,2 3,-4M-10,0l2,2 3,-4M-10,9l2,2 3,-4" {_LINE.replace("1.8", "1.3")}/>'
    )
    return sheet + lines + ticks


def compared(styles: Sequence[tuple[str, str]]) -> str:
    """Groups side by side, each with its colour and its sign."""
    shown = styles[:3]
    wide = 40 / max(len(shown), 1)
    return "".join(
        mark(shape, (-20 + wide * (place + 0.5), 0), fill=colour, area=150)
        for place, (colour, shape) in enumerate(shown)
    )
