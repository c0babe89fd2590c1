"""A whole figure as one SVG that stands by itself: panels in named rows, with their titles, and the
key below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from exvivo.tell.drawing.signs import SIZE
from exvivo.tell.drawing.text import FONT, escaped, line_height, px, width_of, words

WIDTH = 980
"""Pixels across a page."""
GAP, ROW_GAP = 16.0, 40.0
"""Pixels between panels, and between rows that stand beside one another."""
BESIDE = 2
"""The most panels of a row that may have another row beside it."""
_BODY, _SMALL = 13.0, 12.0
"""Font sizes of titles and of all other words."""
_INK, _MUTED = "#1f2428", "#55606a"
_EDGE = 8.0
_ENTRY = 19.0
"""From one line of the key to the next."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A panel that is drawn: its element, its size, and the words above it."""

    element: str
    width: float
    height: float
    title: str
    subtitle: str

    @property
    def whole(self) -> float:
        """The width with the words above it."""
        texts = (width_of(self.title, _BODY) * 1.08, width_of(self.subtitle, _SMALL))
        return max(self.width, *texts)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the key: its sign and what it stands for."""

    sign: str
    label: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A figure: its words for those who hear it, rows of panels with their names, what it is drawn
    from (a hash), its key, and a note at its foot.
    """

    caption: str
    rows: Sequence[tuple[str, Sequence[Cell]]]
    drawn_from: str
    key: Sequence[Entry] = field(default=())
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Placed:
    """A piece of SVG, and the right and the lower end of what it covers."""

    svg: str
    right: float
    bottom: float


Pieces = Iterator[_Placed]


def sheet_svg(sheet: Sheet) -> str:
    """The figure as the text of an SVG file, on white."""
    placed = list(_panels(sheet))
    bottom = max((piece.bottom for piece in placed), default=0.0)
    placed += _key(sheet.key, bottom + 6)
    if sheet.note:
        down = max(piece.bottom for piece in placed) + line_height(_SMALL)
        placed.append(_text(sheet.note, 0.0, down, size=_SMALL, colour=_MUTED))
    width = max(piece.right for piece in placed) + 2 * _EDGE
    height = max(piece.bottom for piece in placed) + 2 * _EDGE
    box = f'width="{px(width)}" height="{px(height)}" viewBox="0 0 {px(width)} {px(height)}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} font-family="{FONT}" '
        f'data-drawn-from="{sheet.drawn_from}">'
        f"<title>{escaped(sheet.caption)}</title>"
        f'<path fill="#fff" d="M0,0H{px(width)}V{px(height)}H0z"/>'
        f'<g transform="translate({px(_EDGE)},{px(_EDGE)})">'
        f"{''.join(piece.svg for piece in placed)}</g></svg>\n"
    )


def lines_of(rows: Sequence[tuple[str, Sequence[Cell]]]) -> list[list[tuple[str, list[Cell]]]]:
    """Rows of panels as they stand on a page: in lines, each with the parts of rows in it.

    Rows of few panels stand beside one another, others by themselves, and what is wider than the
    page goes on in a further line.
    """
    lines: list[list[tuple[str, list[Cell]]]] = []
    room = 0.0
    for name, cells in rows:
        beside = bool(lines) and len(cells) <= BESIDE and _width(cells) <= room
        if not beside:
            lines.append([])
            room = float(WIDTH)
        for part in _parts(cells, room):
            if lines[-1] and not beside:
                lines.append([])
            lines[-1].append((name, part))
            beside, name = False, ""
        used = sum(_width(part) + ROW_GAP for _, part in lines[-1])
        room = WIDTH - used if len(cells) <= BESIDE else 0.0
    return lines


def _width(cells: Sequence[Cell]) -> float:
    return sum(cell.whole for cell in cells) + GAP * (len(cells) - 1)


def _parts(cells: Sequence[Cell], room: float) -> Iterator[list[Cell]]:
    """The panels of a row, as many in each part as fit side by side."""
    part: list[Cell] = []
    for cell in cells:
        if part and _width([*part, cell]) > room:
            yield part
            part = []
        part.append(cell)
    yield part


def _panels(sheet: Sheet) -> Pieces:
    down = 0.0
    for line in lines_of(sheet.rows):
        placed = list(_line(line, down, named=len(sheet.rows) > 1))
        yield from placed
        down = max(piece.bottom for piece in placed) + 10


def _line(line: Sequence[tuple[str, Sequence[Cell]]], down: float, *, named: bool) -> Pieces:
    """The parts of rows that stand in one line, each below its name."""
    across = 0.0
    top = down + line_height(_BODY) * (named and any(name for name, _ in line))
    for name, cells in line:
        if named and name:
            yield _text(name, across, down, size=_BODY, colour=_MUTED, bold=True)
        for cell in cells:
            yield _panel(cell, across, top, row=name)
            across += cell.whole + GAP
        across += ROW_GAP - GAP


def _panel(cell: Cell, across: float, top: float, *, row: str) -> _Placed:
    """A panel below its title."""
    parts = []
    if cell.title:
        parts.append(_text(cell.title, across, top, size=_BODY, colour=_INK, bold=True).svg)
        top += line_height(_BODY) + 1
    if cell.subtitle and cell.subtitle != row:
        parts.append(_text(cell.subtitle, across, top, size=_SMALL, colour=_MUTED).svg)
        top += line_height(_SMALL) + 1
    parts.append(f'<g transform="translate({px(across)},{px(top)})">{cell.element}</g>')
    return _Placed("".join(parts), across + cell.whole, top + cell.height)


def _text(
    text: str, x: float, y: float, *, size: float, colour: str, bold: bool = False
) -> _Placed:
    """Words whose upper left corner stands at a place."""
    more = f' fill="{colour}"' + ' font-weight="600"' * bold
    svg = words([text], x, y, size=size, align="left", baseline="top", more=more)
    return _Placed(svg, x + width_of(text, size) * (1.08 if bold else 1.0), y + line_height(size))


def _key(entries: Sequence[Entry], down: float) -> Pieces:
    """The entries side by side, in as many lines as they need."""
    across = 0.0
    for entry in entries:
        wide = SIZE + 6 + width_of(entry.label, _SMALL)
        if across and across + wide > WIDTH:
            across, down = 0.0, down + _ENTRY
        label = _text(entry.label, across + SIZE + 6, down + 0.5, size=_SMALL, colour=_INK)
        moved = f'<g transform="translate({px(across)},{px(down)})">{entry.sign}</g>'
        yield _Placed(moved + label.svg, label.right, down + _ENTRY)
        across += wide + 18
