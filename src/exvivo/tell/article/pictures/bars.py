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

_LEFT, _RIGHT = 10.0, paint.WIDTH - 10.0
_BAR, _DOTS, _DOT = 14.0, 30.0, 3.2
_MOST = 4
"""Pairs of bars in a picture; more are counted below it."""
_APART, _MOSTLY = 0.05, 0.67
"""Overlaps below and from which bars are said to be apart, or to overlap for the most part."""
_SOLID = 0.75
_FADING = (0.45, 0.3, 0.15)
"""How a bar fades to the side on which results could not be measured."""


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


def drawn(pairs: Sequence[Pair], language: Language, *, people: bool = False) -> str:
    """The picture of one pair, or of several below one another."""
    parts: list[str] = []
    top = 2.0
    if len(pairs) > 1:
        for side in pairs[0].sides.read:
            parts.append(_name(side, top))
            top += paint.high([side.name]) + 2
    for pair in pairs[:_MOST]:
        lines = list(_row(pair, top, titled=len(pairs) > 1, people=people))
        parts += [svg for svg, _ in lines]
        top = max(bottom for _, bottom in lines) + 6
    parts += _ends(top, language)
    top += paint.high([""]) + 4
    if len(pairs) > _MOST:
        more = language.count("{n} more is alike.", "{n} more are alike.", len(pairs) - _MOST)
        parts.append(paint.written([more], (_LEFT, top), colour=paint.MUTED))
        top += paint.high([more])
    return paint.svg_of(parts, paint.WIDTH, top)


def _name(side: Side, top: float) -> str:
    """The sign of a side with its name."""
    sign = paint.mark(side.shape, (_LEFT + 5, top + 7), fill=side.colour)
    return sign + paint.written([side.name], (_LEFT + 16, top))


def _row(pair: Pair, top: float, *, titled: bool, people: bool) -> Iterator[tuple[str, float]]:
    """A pair with its title, or with the names of its sides; each piece with its lower end."""
    if titled:
        yield paint.written([pair.named], (_LEFT, top), bold=True), top
        top += paint.high([pair.named]) + 1
    for side, bar in zip(pair.sides.read, pair.read, strict=True):
        if not titled:
            lines = paint.wrapped(side.name, _RIGHT - _LEFT, paint.SIZE)
            yield paint.written(lines, (_LEFT, top), size=paint.SIZE), top
            top += paint.high(lines, paint.SIZE) + 1
        if people:
            yield _dots(side, pair, top), top + _DOTS
            top += _DOTS
        else:
            yield _bar(side, bar, pair, top), top + _BAR
            top += _BAR + (2 if titled else 6)


def _place(value: float, ends: tuple[float, float]) -> float:
    """Where a value lies across, in whole pixels: finer places would tell more than is seen."""
    low, high = ends
    room = (high - low) * 0.06
    share = (value - low + room) / (high - low + 2 * room)
    return float(round(_LEFT + 8 + share * (_RIGHT - _LEFT - 16)))


def _bar(side: Side, bar: Spread, pair: Pair, top: float) -> str:
    left, right = _place(bar.low, pair.reach), _place(bar.high, pair.reach)
    middle = _place(bar.mean, pair.reach)
    third = (right - left) / 3
    solid = (left + third * bar.fades_low, right - third * bar.fades_high)
    parts = [paint.bar(*solid, top, _BAR, fill=side.colour, opacity=_SOLID)]
    slices = len(_FADING)
    for number, opacity in enumerate(_FADING):
        wide = third / slices
        if bar.fades_low:
            end = solid[0] - number * wide
            parts.append(_slice(end - wide, wide, top, side.colour, opacity))
        if bar.fades_high:
            parts.append(_slice(solid[1] + number * wide, wide, top, side.colour, opacity))
    parts.append(paint.mark(side.shape, (middle, top + _BAR / 2), fill="#fff"))
    return "".join(parts)


def _slice(left: float, wide: float, top: float, colour: str, opacity: float) -> str:
    size = f'width="{wide:.1f}" height="{_BAR:g}"'
    return f'<rect x="{left:.1f}" y="{top:.1f}" {size} fill="{colour}" fill-opacity="{opacity:g}"/>'


def _dots(side: Side, pair: Pair, top: float) -> str:
    """A dot for each person, at its place among those of both sides; hollow where only a bound is
    known. They stand in the order of their values: nothing tells whose they are.
    """
    both = [*pair.sides.asked.results, *pair.sides.against.results]
    places = [result.place for result in both if result.place is not None]
    ends = (min(places), max(places))
    own = sorted((each.place, each.bounded) for each in side.results if each.place is not None)
    aside = apart([value for value, _ in own], domain=ends)
    dots = (
        _one_dot(_place(value, ends), top + _DOTS / 2 + step * 36, side, hollow=hollow)
        for (value, hollow), step in zip(own, aside, strict=True)
    )
    return "".join(dots)


def _one_dot(x: float, y: float, side: Side, *, hollow: bool) -> str:
    fill = "#fff" if hollow else side.colour
    return paint.mark(side.shape, (x, y), fill=fill, stroke=side.colour, area=4 * _DOT**2)


def _ends(top: float, language: Language) -> list[str]:
    """What lies to the left and to the right."""
    middle = top + 8
    less, more = language.tell("less"), language.tell("more")
    start = _LEFT + width_of(less, paint.SMALL)
    end = _RIGHT - width_of(more, paint.SMALL)
    return [
        paint.written([less], (_LEFT, top), colour=paint.MUTED),
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
