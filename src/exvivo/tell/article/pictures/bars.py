"""Two bars that overlap as two sides of an answer do, or a dot for each person where people agreed
to be drawn so. No axis: `less` stands at the left, `more` at the right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exvivo.tell.article.pictures import paint
from exvivo.tell.article.pictures.sides import Side, Sides
from exvivo.tell.article.pictures.spread import Spread, spread_of
from exvivo.tell.article.records import Certainty
from exvivo.tell.drawing.text import width_of
from exvivo.tell.figures.groups import spread as apart
from exvivo.tell.language import Language

_LEFT, _RIGHT = 6.0, paint.WIDTH - 6.0
_NAMES = 136.0
"""Pixels for the names of several answers."""
_BAR, _DOTS, _DOT = 13.0, 30.0, 3.2
_MOST = 6
"""Pairs of bars in a picture; more are counted below it."""
_APART, _MOSTLY = 0.05, 0.67
"""Overlaps below and from which bars are said to be apart, or to overlap for the most part."""
_SOLID = 0.75
_FADING = (0.45, 0.3, 0.15)
"""How a bar fades to the side on which results could not be measured."""


Pieces = Iterator[tuple[str, float]]
"""Pieces of a picture, each with its lower end."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Both sides of an answer with their bars; `named` is what the answer is about."""

    sides: Sides
    against: Spread
    asked: Spread
    named: str

    @property
    def read(self) -> tuple[Spread, Spread]:
        """Both bars in the order in which their sides are read."""
        both = self.against, self.asked
        return both if self.sides.in_time else (self.asked, self.against)

    @property
    def reach(self) -> tuple[float, float]:
        """From the lowest to the highest end of both bars."""
        return min(bar.low for bar in self.read), max(bar.high for bar in self.read)

    @property
    def overlap(self) -> float:
        """The share of the shorter bar that lies beside the other."""
        first, second = self.read
        common = min(first.high, second.high) - max(first.low, second.low)
        shorter = min(bar.high - bar.low for bar in self.read)
        return max(common, 0.0) / shorter


def pair_of(sides: Sides, named: str, certainty: Certainty) -> Pair | None:
    """The bars of an answer; None where a side has too few people, and where the bars would say the
    contrary of the answer, which holds more of the design than they do.
    """
    against, asked = spread_of(sides.against.results), spread_of(sides.asked.results)
    if against is None or asked is None:
        return None
    over = asked.mean - against.mean
    if (certainty == "higher" and over <= 0) or (certainty == "lower" and over >= 0):
        return None
    return Pair(sides, against, asked, named)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where the values of an answer stand: from `left` to the edge, with room at both ends."""

    left: float
    low: float
    high: float

    def place(self, value: float) -> float:
        """Where a value lies across, in whole pixels: finer places would tell more than is seen."""
        room = (self.high - self.low) * 0.06 or 1.0
        share = (value - self.low + room) / (self.high - self.low + 2 * room)
        return float(round(self.left + share * (_RIGHT - self.left)))


def drawn(pairs: Sequence[Pair], language: Language, *, people: bool = False) -> str:
    """The picture of one pair, or of several below one another with their names at the left."""
    parts: list[str] = []
    left, top = _LEFT, 2.0
    if len(pairs) > 1:
        left = _LEFT + _NAMES
        for side in pairs[0].sides.read:
            parts.append(_key(side, top))
            top += paint.high([side.name]) + 2
    for pair in pairs[:_MOST]:
        rows = _named_rows if len(pairs) > 1 else _rows
        pieces = list(rows(pair, left, top, people=people))
        parts += [svg for svg, _ in pieces]
        top = max(bottom for _, bottom in pieces) + 6
    parts += _ends(left, top, language)
    top += paint.high([""]) + 4
    if len(pairs) > _MOST:
        more = language.count("and {n} more", "and {n} more", len(pairs) - _MOST)
        parts.append(paint.written([more], (_LEFT, top), colour=paint.MUTED))
        top += paint.high([more])
    return paint.svg_of(parts, paint.WIDTH, top)


def _key(side: Side, top: float) -> str:
    """The sign of a side with its name."""
    sign = paint.mark(side.shape, (_LEFT + 5, top + 7), fill=side.colour)
    return sign + paint.written([side.name], (_LEFT + 16, top))


def _rows(pair: Pair, left: float, top: float, *, people: bool) -> Pieces:
    """Each side below its name."""
    for side, bar in zip(pair.sides.read, pair.read, strict=True):
        lines = paint.wrapped(side.name, _RIGHT - _LEFT, paint.SIZE)
        yield paint.written(lines, (_LEFT, top), size=paint.SIZE), top
        top += paint.high(lines, paint.SIZE) + 1
        svg, height = _side(side, bar, pair, (left, top), people=people)
        yield svg, top + height
        top += height + 4


def _named_rows(pair: Pair, left: float, top: float, *, people: bool) -> Pieces:
    """Both sides below one another, beside what the answer is about."""
    lines = paint.wrapped(pair.named, _NAMES, paint.SMALL)
    start = top + max(0.0, (2 * _BAR - paint.high(lines)) / 2)
    yield paint.written(lines, (_LEFT, start)), start + paint.high(lines)
    for side, bar in zip(pair.sides.read, pair.read, strict=True):
        svg, height = _side(side, bar, pair, (left, top), people=people)
        yield svg, top + height
        top += height + 1


def _side(
    side: Side, bar: Spread, pair: Pair, at: tuple[float, float], *, people: bool
) -> tuple[str, float]:
    """The bar of a side, or its dots, and how high that is."""
    if people:
        return _dots(side, pair, *at), _DOTS
    return _bar(side, bar, _Scale(at[0], *pair.reach), at[1]), _BAR


def _bar(side: Side, bar: Spread, scale: _Scale, top: float) -> str:
    left, right = scale.place(bar.low), scale.place(bar.high)
    third = (right - left) / 3
    solid = (left + third * bar.fades_low, right - third * bar.fades_high)
    parts = [paint.bar(*solid, top, _BAR, fill=side.colour, opacity=_SOLID)]
    wide = third / len(_FADING)
    for number, opacity in enumerate(_FADING, 1):
        if bar.fades_low:
            parts.append(_slice(solid[0] - number * wide, wide, top, side.colour, opacity))
        if bar.fades_high:
            parts.append(_slice(solid[1] + (number - 1) * wide, wide, top, side.colour, opacity))
    parts.append(paint.mark(side.shape, (scale.place(bar.mean), top + _BAR / 2), fill="#fff"))
    return "".join(parts)


def _slice(left: float, wide: float, top: float, colour: str, opacity: float) -> str:
    size = f'width="{wide:.1f}" height="{_BAR:g}"'
    return f'<rect x="{left:.1f}" y="{top:.1f}" {size} fill="{colour}" fill-opacity="{opacity:g}"/>'


def _dots(side: Side, pair: Pair, left: float, top: float) -> str:
    """A dot for each person, at its place among those of both sides; hollow where only a bound is
    known. They stand in the order of their values: nothing tells whose they are.
    """
    both = [*pair.sides.asked.results, *pair.sides.against.results]
    places = [result.place for result in both if result.place is not None]
    scale = _Scale(left, min(places), max(places))
    own = sorted((each.place, each.bounded) for each in side.results if each.place is not None)
    aside = apart([value for value, _ in own], domain=(scale.low, scale.high))
    dots = (
        _one_dot(scale.place(value), top + _DOTS / 2 + step * 36, side, hollow=hollow)
        for (value, hollow), step in zip(own, aside, strict=True)
    )
    return "".join(dots)


def _one_dot(x: float, y: float, side: Side, *, hollow: bool) -> str:
    fill = "#fff" if hollow else side.colour
    return paint.mark(side.shape, (x, y), fill=fill, stroke=side.colour, area=4 * _DOT**2)


def _ends(left: float, top: float, language: Language) -> list[str]:
    """What lies to the left and to the right."""
    middle = top + 8
    less, more = language.tell("less"), language.tell("more")
    start = left + width_of(less, paint.SMALL)
    end = _RIGHT - width_of(more, paint.SMALL)
    return [
        paint.written([less], (left, top), colour=paint.MUTED),
        paint.arrow((start + 8, middle), (end - 8, middle)),
        paint.written([more], (_RIGHT, top), align="right", colour=paint.MUTED),
    ]


def alt_of(pairs: Sequence[Pair], language: Language, *, people: bool) -> str:
    """The picture as a sentence."""
    names = language.listed(pair.named for pair in pairs[:_MOST])
    first, second = (side.name for side in pairs[0].sides.read)
    if people:
        return language.tell(
            "Picture: a dot for each person, in a row for “{first}” and a row for “{second}”.",
            first=first,
            second=second,
        )
    if len(pairs) > 1:
        return language.tell(
            "Picture: for each of {names}, a bar for “{first}” and a bar for “{second}”.",
            names=names,
            first=first,
            second=second,
        )
    return _overlap(pairs[0].overlap, language, first, second)


def _overlap(share: float, language: Language, first: str, second: str) -> str:
    """How two bars lie, as a sentence."""
    if share < _APART:
        return language.tell(
            "Picture: a bar for “{first}” and a bar for “{second}”, apart from each other.",
            first=first,
            second=second,
        )
    if share < _MOSTLY:
        return language.tell(
            "Picture: a bar for “{first}” and a bar for “{second}”, which overlap in part.",
            first=first,
            second=second,
        )
    return language.tell(
        "Picture: a bar for “{first}” and a bar for “{second}”, which overlap for the most part.",
        first=first,
        second=second,
    )
