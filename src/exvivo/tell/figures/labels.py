"""Where names stand on a crowded map: near what they name, clear of one another and of the other
marks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LETTER, LINE = 0.6, 1.15
"""Width of a letter and height of a line, in font sizes: a little more than fonts need."""
_CLEAR, _DOUBT = 3.0, 8.0
"""Pixels between a name and its mark; and how near another mark makes a reader doubt whose name it
is.
"""
_RINGS = (0.0, 8.0, 18.0, 30.0, 44.0, 60.0, 80.0)
_TURNS = (0.0, 0.5, 0.25, 0.75, 0.125, 0.875, 0.375, 0.625, 0.0625, 0.9375, 0.4375, 0.5625)
"""Directions of a label from its mark, in turns from the right: right and left read best."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels, from its left and top corner."""

    left: float
    top: float
    right: float
    bottom: float

    def shared(self, other: Box) -> float:
        """The area two boxes share."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return wide * high if wide > 0 and high > 0 else 0.0

    def apart(self, other: Box) -> float:
        """How far two boxes lie from one another; 0 where they touch or share area."""
        wide = max(self.left - other.right, other.left - self.right, 0.0)
        high = max(self.top - other.bottom, other.top - self.bottom, 0.0)
        return math.hypot(wide, high)

    @property
    def area(self) -> float:
        """Width times height."""
        return (self.right - self.left) * (self.bottom - self.top)


@dataclass(frozen=True, slots=True)
class Label:
    """A name where it stands: its middle, its box, and, where it stands far off, a line from its
    mark (x, y) to it (x, y).
    """

    name: str
    x: float
    y: float
    box: Box
    line: tuple[float, float, float, float] | None


def around(names: Sequence[str], marks: Sequence[Box], *, within: Box, size: float) -> list[Label]:
    """A place for the name of every mark, `size` the font size; crowded marks first, each at the
    best place still free.
    """
    crowd = [sum(1 / (40 + mark.apart(other)) for other in marks) for mark in marks]
    placed: dict[int, Label] = {}
    for at in sorted(range(len(names)), key=lambda index: (-crowd[index], index)):
        others = [mark for index, mark in enumerate(marks) if index != at]
        taken = [label.box for label in placed.values()]
        placed[at] = _best(names[at], marks[at], others, taken, within, size)
    return [placed[index] for index in range(len(names))]


def _best(
    name: str, mark: Box, others: Sequence[Box], taken: Sequence[Box], within: Box, size: float
) -> Label:
    """The place of least cost. A place on a ring costs at least the ring's distance, so rings
    beyond the best are not tried.
    """
    best, least = None, math.inf
    for ring in _RINGS:
        if best is not None and least <= ring:
            break
        for label in _on_ring(name, mark, ring, size):
            cost = _cost(label, mark, others, taken, within)
            if cost < least:
                best, least = label, cost
    assert best is not None
    return best


def _on_ring(name: str, mark: Box, ring: float, size: float) -> Iterator[Label]:
    half, tall = len(name) * LETTER * size / 2, LINE * size / 2
    middle = (mark.left + mark.right) / 2, (mark.top + mark.bottom) / 2
    reach = (
        (mark.right - mark.left) / 2 + half + _CLEAR,
        (mark.bottom - mark.top) / 2 + tall + _CLEAR,
    )
    for turn in _TURNS:
        across, down = math.cos(2 * math.pi * turn), -math.sin(2 * math.pi * turn)
        side = max(
            abs(across), abs(down)
        )  # on a rectangle round the mark: no direction meets the mark itself
        x = middle[0] + across / side * (reach[0] + ring)
        y = middle[1] + down / side * (reach[1] + ring)
        box = Box(x - half, y - tall, x + half, y + tall)
        yield Label(name, x, y, box, _line(mark, box) if ring > _RINGS[1] else None)


def _line(mark: Box, box: Box) -> tuple[float, float, float, float]:
    """From the middle of the side of a mark that faces its name, to the nearest point of the name's
    box.
    """
    x, y = (mark.left + mark.right) / 2, (mark.top + mark.bottom) / 2
    if box.left > mark.right or box.right < mark.left:
        x = mark.right if box.left > mark.right else mark.left
    else:
        y = mark.bottom if box.top > mark.bottom else mark.top
    return x, y, min(max(x, box.left), box.right), min(max(y, box.top), box.bottom)


def _crossed(line: tuple[float, float, float, float], boxes: Sequence[Box]) -> int:
    """How many boxes a line runs through."""
    x, y, x2, y2 = line
    steps = [(x + (x2 - x) * at / 12, y + (y2 - y) * at / 12) for at in range(1, 12)]
    return sum(
        any(box.left < a < box.right and box.top < b < box.bottom for a, b in steps)
        for box in boxes
    )


def _cost(
    label: Label, mark: Box, others: Sequence[Box], taken: Sequence[Box], within: Box
) -> float:
    outside = label.box.area - label.box.shared(within)
    over = sum(label.box.shared(box) for box in taken)
    hidden = sum(label.box.shared(box) for box in others)
    doubtful = sum(max(0.0, _DOUBT - label.box.apart(box)) for box in others)
    tight = sum(max(0.0, _CLEAR - label.box.apart(box)) for box in taken)
    crossed = 60 * _crossed(label.line, (*others, *taken)) if label.line else 0
    return (
        crossed
        + 12 * over
        + 12 * outside
        + 4 * hidden
        + 2 * doubtful
        + 2 * tight
        + label.box.apart(mark)
    )
