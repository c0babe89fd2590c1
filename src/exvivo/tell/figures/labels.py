"""Where names stand on a crowded map: near what they name, clear of one another and of the other
marks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exvivo.tell.figures.chart import Names, Pair

LETTER, LINE = 0.6, 1.15
"""Width of a letter and height of a line, in font sizes: a little more than fonts need."""
_CLEAR, _DOUBT = 3.0, 8.0
"""Pixels between a name and its mark; and how near another mark makes a reader doubt which of them
it names.
"""
_RINGS = (0.0, 8.0, 18.0, 30.0, 44.0, 60.0, 80.0)
_TURNS = (0.0, 0.5, 0.25, 0.75, 0.125, 0.875, 0.375, 0.625, 0.0625, 0.9375, 0.4375, 0.5625)
"""Directions of a label from its mark, in turns from the right: right and left read best."""
_STEPS = 12
"""Steps in which a line is followed to see which boxes it crosses."""
Segment = tuple[float, float, float, float]
"""A line from (x, y) to (x, y)."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels, from its left and top corner."""

    left: float
    top: float
    right: float
    bottom: float

    def shared(self, box: Box) -> float:
        """The area two boxes share."""
        wide = min(self.right, box.right) - max(self.left, box.left)
        high = min(self.bottom, box.bottom) - max(self.top, box.top)
        return wide * high if wide > 0 and high > 0 else 0.0

    def apart(self, box: Box) -> float:
        """How far two boxes lie from one another; 0 where they touch or share area."""
        return math.hypot(
            max(self.left - box.right, box.left - self.right, 0.0),
            max(self.top - box.bottom, box.top - self.bottom, 0.0),
        )

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies inside."""
        return self.left < x < self.right and self.top < y < self.bottom

    @property
    def area(self) -> float:
        """Width times height."""
        return (self.right - self.left) * (self.bottom - self.top)

    @property
    def middle(self) -> Pair:
        """The point in the middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Label:
    """A name where it stands: its middle, its box, and, where it stands far off, a line from its
    mark (x, y) to it (x, y).
    """

    name: str
    x: float
    y: float
    box: Box
    line: Segment | None


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What a name must keep clear of: other marks, names that are placed, and the edge of the
    map.
    """

    marks: Sequence[Box]
    names: Sequence[Box]
    within: Box

    def cost(self, label: Label, mark: Box) -> float:
        """How badly a name stands; the worst is to hide another name or to leave the map."""
        box = label.box
        outside = box.area - box.shared(self.within)
        over_names = sum(box.shared(name) for name in self.names)
        over_marks = sum(box.shared(mark_box) for mark_box in self.marks)
        doubtful = _nearness(box, self.marks, _DOUBT)
        tight = _nearness(box, self.names, _CLEAR)
        crossed = _crossed(label.line, (*self.marks, *self.names)) if label.line else 0
        return (
            60 * crossed
            + 12 * over_names
            + 12 * outside
            + 4 * over_marks
            + 2 * doubtful
            + 2 * tight
            + box.apart(mark)
        )


def _nearness(box: Box, boxes: Sequence[Box], distance: float) -> float:
    """By how much boxes lie nearer than a distance, added up."""
    return sum(max(0.0, distance - box.apart(each)) for each in boxes)


def around(names: Names, marks: Sequence[Box], *, within: Box, size: float) -> list[Label]:
    """A place for the name of every mark, `size` the font size; crowded marks first, each at the
    best place still free.
    """
    crowd = [_crowding(mark, marks) for mark in marks]
    placed: dict[int, Label] = {}
    for index in sorted(range(len(names)), key=lambda index: (-crowd[index], index)):
        neighbours = [*marks[:index], *marks[index + 1 :]]
        taken = [label.box for label in placed.values()]
        surroundings = _Surroundings(neighbours, taken, within)
        placed[index] = _best(names[index], marks[index], surroundings, size)
    return [placed[index] for index in range(len(names))]


def _crowding(mark: Box, marks: Sequence[Box]) -> float:
    """How near other marks are."""
    return sum(1 / (40 + mark.apart(neighbour)) for neighbour in marks)


def _best(name: str, mark: Box, surroundings: _Surroundings, size: float) -> Label:
    """The place of least cost. A place on a ring costs at least the ring's distance, so rings
    beyond the best are not tried.
    """
    best, least = None, math.inf
    for ring in _RINGS:
        if best is not None and least <= ring:
            break
        for label in _on_ring(name, mark, ring, size):
            cost = surroundings.cost(label, mark)
            if cost < least:
                best, least = label, cost
    assert best is not None
    return best


def _on_ring(name: str, mark: Box, ring: float, size: float) -> Iterator[Label]:
    """The name in every direction, at the distance of a ring from its mark."""
    half, tall = len(name) * LETTER * size / 2, LINE * size / 2
    middle_x, middle_y = mark.middle
    wide = (mark.right - mark.left) / 2 + half + _CLEAR + ring
    high = (mark.bottom - mark.top) / 2 + tall + _CLEAR + ring
    for turn in _TURNS:
        across, down = _direction(turn)
        x, y = middle_x + across * wide, middle_y + down * high
        box = Box(x - half, y - tall, x + half, y + tall)
        yield Label(name, x, y, box, _line(mark, box) if ring > _RINGS[1] else None)


def _direction(turn: float) -> Pair:
    """A direction as a point on a square: on a rectangle round the mark no direction meets the mark
    itself.
    """
    across, down = math.cos(2 * math.pi * turn), -math.sin(2 * math.pi * turn)
    side = max(abs(across), abs(down))
    return across / side, down / side


def _line(mark: Box, box: Box) -> Segment:
    """From the middle of the side of a mark that faces its name, to the nearest point of the name's
    box.
    """
    x, y = _facing(mark, box)
    return x, y, min(max(x, box.left), box.right), min(max(y, box.top), box.bottom)


def _facing(mark: Box, box: Box) -> Pair:
    """The middle of the side of a mark that faces a box: a side, else the top or the bottom."""
    x, y = mark.middle
    if box.left > mark.right:
        return mark.right, y
    if box.right < mark.left:
        return mark.left, y
    return x, mark.bottom if box.top > mark.bottom else mark.top


def _crossed(line: Segment, boxes: Sequence[Box]) -> int:
    """How many boxes a line runs through."""
    points = list(_points_along(*line))
    return sum(any(box.holds(*point) for point in points) for box in boxes)


def _points_along(x: float, y: float, x2: float, y2: float) -> Iterator[Pair]:
    for step in range(1, _STEPS):
        yield x + (x2 - x) * step / _STEPS, y + (y2 - y) * step / _STEPS
