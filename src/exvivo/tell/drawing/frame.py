"""The axes of a plot: line, ticks, labels, title and grid, and how far they reach beyond it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from exvivo.tell.drawing.scales import Lines, Scale, Spec, ticks_of
from exvivo.tell.drawing.shapes import Reach
from exvivo.tell.drawing.text import line_height, px, shortened_to, width_of, words

_PADDING = 2.0
"""Pixels between a tick and its label, where an axis does not say it."""
_LIMIT = 180.0
"""The widest label in pixels, where an axis does not say it."""
_HALF = 0.5
"""Thin lines lie between two rows of pixels, so that they are sharp."""
Label = tuple[float, Lines]
"""A label and where it stands along its axis, in pixels."""


@dataclass(frozen=True, slots=True)
class Side:
    """One axis as SVG, its grid apart, since marks lie between the two."""

    svg: str
    grid: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class _Look:
    """How an axis is drawn: its own words, then those of the style."""

    own: Spec
    style: Spec
    scale: Scale

    def of(self, name: str, otherwise: object = None) -> object:
        """A property of the axis."""
        return self.own.get(name, self.style.get(name, otherwise))

    def number(self, name: str, otherwise: float = 0.0) -> float:
        """A property that is a number."""
        value = self.of(name, otherwise)
        return float(value) if isinstance(value, int | float) else otherwise

    @property
    def upright(self) -> bool:
        """Whether it is the axis at the left."""
        return self.scale.upright

    @property
    def size(self) -> float:
        """The font size of labels."""
        return self.number("labelFontSize")

    @property
    def tick(self) -> float:
        """The length of ticks."""
        return self.number("tickSize") if self.of("ticks", True) else 0.0

    @property
    def gap(self) -> float:
        """From the plot to the labels."""
        return self.tick + self.number("labelPadding", _PADDING)

    @property
    def turned(self) -> bool:
        """Whether labels are slanted."""
        return bool(self.number("labelAngle"))

    @property
    def turn(self) -> float:
        """By how much labels are slanted, in radians."""
        return math.radians(abs(self.number("labelAngle")))

    @property
    def title(self) -> list[str]:
        """The title, line by line."""
        title = self.own.get("title")
        return [] if not title else [title] if isinstance(title, str) else list(title)


def side(channel: Spec, scale: Scale, style: Spec, across: float) -> Side:
    """The axis of a channel; `across`: the size of the plot in the other direction."""
    look = _Look(channel["axis"], style, scale)
    ticks = [(scale.place(value), lines) for value, lines in ticks_of(channel, scale.length)]
    limit = min(look.number("labelLimit", _LIMIT), _room(look, [at for at, _ in ticks]))
    cut = [(at, _cut(lines, limit, look.size)) for at, lines in ticks]
    shown = cut if look.of("labelOverlap") is False else _apart(cut, look)
    depth = _depth(shown, look)
    parts = (
        _line(look, across),
        _tick_marks([at for at, _ in ticks], look, across),
        _labels(shown, look, across),
        _title(look, depth, across),
    )
    grid = _grid([at for at, _ in ticks], look, across)
    return Side("".join(parts), grid, _reach(shown, look, depth))


def _room(look: _Look, places: Sequence[float]) -> float:
    """The room for each name below a plot: a name is cut where it would meet the next, never left
    out. Numbers are left out (`_apart`).
    """
    is_named = not look.of("ticks", True) and "labelOverlap" not in look.own
    if look.upright or look.turned or not is_named or len(places) < 2:
        return math.inf
    return min(after - before for before, after in pairwise(places)) - _PADDING


def _cut(lines: Lines, limit: float, size: float) -> Lines:
    return tuple(shortened_to(line, limit, size) for line in lines)


def _apart(labels: Sequence[Label], look: _Look) -> list[Label]:
    """The labels, or every second of them (fourth ...) where they would touch."""
    shown = [label for label in labels if label[1]]
    while len(shown) > 1 and any(_touch(*pair, look) for pair in pairwise(shown)):
        shown = shown[::2]
    return shown


def _touch(first: Label, second: Label, look: _Look) -> bool:
    room = abs(second[0] - first[0])
    if look.upright:
        return room < (_high(first[1], look) + _high(second[1], look)) / 2 - 2
    return room < (_widest(first[1], look.size) + _widest(second[1], look.size)) / 2


def _widest(lines: Sequence[str], size: float) -> float:
    return max((width_of(line, size) for line in lines), default=0.0)


def _depth(labels: Sequence[Label], look: _Look) -> float:
    """How far ticks and labels go from the plot, within the least and the most that is asked."""
    depths = [look.gap + _extent(lines, look) for _, lines in labels if lines]
    most = look.number("maxExtent", math.inf)
    return max(look.number("minExtent"), min(max(look.tick, *depths, 0.0), most))


def _extent(lines: Lines, look: _Look) -> float:
    """How far a label goes from its beginning away from the plot."""
    turn = look.turn
    wide, high = _widest(lines, look.size), _high(lines, look)
    return wide if look.upright else wide * math.sin(turn) + high * math.cos(turn)


def _high(lines: Lines, look: _Look) -> float:
    return len(lines) * line_height(look.size)


def _reach(labels: Sequence[Label], look: _Look, depth: float) -> Reach:
    """How far an axis goes beyond its plot to each side: its labels and title at both ends too."""
    if look.title:
        depth += look.number("titlePadding") + len(look.title) * line_height(look.size)
    before, after = _ends(labels, look)
    length = look.scale.length
    over = max(0.0, (_widest(look.title, look.number("titleFontSize")) - length) / 2)
    before, after = max(before, over), max(after, over)
    if look.upright:
        return depth, before, 0.0, after
    if look.of("orient") == "top":
        return before, depth, after, 0.0
    return before, 0.0, after, depth


def _ends(labels: Sequence[Label], look: _Look) -> tuple[float, float]:
    """How far labels go beyond both ends of the axis."""
    before, after, length = 0.0, 0.0, look.scale.length
    for at, lines in labels:
        half = _half(lines, look)
        ahead = _widest(lines, look.size) * 0.8 if look.turned else half
        before = max(before, ahead - at)
        after = max(after, at + half - length)
    return before, after


def _half(lines: Lines, look: _Look) -> float:
    """Half of a label along its axis."""
    if look.upright or look.turned:
        return _high(lines, look) / 2
    return _widest(lines, look.size) / 2


def _edge(look: _Look, across: float) -> tuple[float, float]:
    """Where the axis lies from its plot's origin, and which way is out."""
    if look.upright:
        return 0.0, -1.0
    return (0.0, -1.0) if look.of("orient") == "top" else (across, 1.0)


def _line(look: _Look, across: float) -> str:
    if not look.of("domain", True):
        return ""
    edge, _ = _edge(look, across)
    end = px(look.scale.length + _HALF)
    path = f"M{_HALF},{_HALF}V{end}" if look.upright else f"M{_HALF},{px(edge + _HALF)}H{end}"
    return f'<path fill="none" stroke="{look.of("domainColor")}" d="{path}"/>'


def _tick_marks(places: Sequence[float], look: _Look, across: float) -> str:
    edge, way = _edge(look, across)
    span = (edge, way * look.tick)
    return _strokes(places, look, span, str(look.of("tickColor"))) if look.tick else ""


def _grid(places: Sequence[float], look: _Look, across: float) -> str:
    if not look.of("grid", look.upright) or not look.upright:
        return ""
    return _strokes(places, look, (0.0, across), str(look.of("gridColor")))


def _strokes(places: Sequence[float], look: _Look, span: tuple[float, float], colour: str) -> str:
    """Strokes at places along the axis: where they begin away from it, and how far they go."""
    if not places:
        return ""
    stroke = _across if look.upright else _upright
    lines = (stroke(px(round(at) + _HALF), *map(px, span)) for at in places)
    return f'<path fill="none" stroke="{colour}" d="{"".join(lines)}"/>'


def _across(at: str, start: str, length: str) -> str:
    return f"M{start},{at}h{length}"


def _upright(at: str, start: str, length: str) -> str:
    return f"M{at},{start}v{length}"


def _labels(labels: Sequence[Label], look: _Look, across: float) -> str:
    texts = [_label(at, lines, look, across) for at, lines in labels if lines]
    return f'<g fill="{look.of("labelColor")}">{"".join(texts)}</g>' if texts else ""


def _label(at: float, lines: Lines, look: _Look, across: float) -> str:
    """A label beside, above or below the plot; a slanted one ends below its tick."""
    size = look.size
    if look.upright:
        middle = at - (len(lines) - 1) * line_height(size) / 2
        return words(lines, -look.gap, middle, size=size, align="right", baseline="middle")
    edge, way = _edge(look, across)
    away = edge + way * look.gap
    if look.turned:
        more = f' transform="rotate({look.number("labelAngle"):g} {px(at)} {px(away)})"'
        return words(lines, at, away, size=size, align="right", baseline="top", more=more)
    return words(lines, at, away, size=size, baseline="top" if way > 0 else "bottom")


def _title(look: _Look, depth: float, across: float) -> str:
    """The title along the middle of the axis, beyond its labels."""
    if not look.title:
        return ""
    size, middle = look.number("titleFontSize"), look.scale.length / 2
    edge, way = _edge(look, across)
    away = depth + look.number("titlePadding")
    paint = f' fill="{look.of("titleColor")}"'
    if look.upright:
        further = away + (len(look.title) - 1) * line_height(size)
        turn = f' transform="translate({px(-further)},{px(middle)}) rotate(-90)"'
        return words(look.title, 0, 0, size=size, baseline="bottom", more=paint + turn)
    baseline = "top" if way > 0 else "bottom"
    return words(look.title, middle, edge + way * away, size=size, baseline=baseline, more=paint)
