"""The range in which an answer may lie, between its two sides: what is drawn where the data fit
more than one answer, and where no bars can be drawn. A grey bar with a question mark on it is never
an answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exvivo.findings import Finding
from exvivo.tell.article.certainty import certainty_words
from exvivo.tell.article.pictures import paint
from exvivo.tell.article.pictures.sides import Sides
from exvivo.tell.article.records import Certainty
from exvivo.tell.drawing.text import width_of
from exvivo.tell.language import Language

_LEFT, _RIGHT = 6.0, paint.WIDTH - 6.0
_NAMES = 136.0
"""Pixels for the names of several answers, which stand at the left of their bars."""
_BAR, _ROW = 13.0, 21.0
_MOST = 8
"""Answers in a picture; more are counted below it."""
_LEAST = 1.0
"""The shortest reach of a scale, in the unit of the answer: two-fold."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where bars stand: from `left` to the edge, how far that reaches to either side in the unit of
    the answer, and how they are painted.
    """

    left: float
    reach: float
    certainty: Certainty
    margin: float | None

    @property
    def middle(self) -> float:
        """Where both sides are the same."""
        return (self.left + _RIGHT) / 2

    @property
    def room(self) -> float:
        """The width for the name of a side."""
        return (_RIGHT - self.left) / 2 - 4

    def place(self, value: float) -> float:
        """Where a value lies across, in whole pixels; what reaches further ends at the edge."""
        half = self.middle - self.left - 8
        return float(round(self.middle + max(-1.0, min(1.0, value / self.reach)) * half))


def drawn(
    findings: Sequence[Finding],
    names: Sequence[str],
    sides: Sides,
    certainty: Certainty,
    language: Language,
    *,
    margin: float | None = None,
) -> str:
    """The ranges of one answer, or of several below one another, each beside its name; `margin` is
    the difference up to which both sides count as the same.
    """
    left = _LEFT + _NAMES if len(findings) > 1 else _LEFT
    scale = _Scale(left, _reach(findings, margin), certainty, margin)
    parts, top = _head(findings[0], sides, scale, language)
    for finding, name in list(zip(findings, names, strict=True))[:_MOST]:
        lines = paint.wrapped(name, _NAMES, paint.SMALL) if left > _LEFT else []
        high = max(_ROW, paint.high(lines) + 3)
        at = (_LEFT, top + (high - paint.high(lines)) / 2)
        parts += [paint.written(lines, at)] if lines else []
        parts += _range(finding, scale, top, high)
        top += high
    top += 2
    parts.append(_below_the_middle(findings[0], scale, top, language))
    for words, at in _foot(findings, scale, top, language):
        parts.append(paint.written([words], at))
        top = at[1]
    return paint.svg_of(parts, paint.WIDTH, top + paint.high([""]) + 2)


def _head(
    finding: Finding, sides: Sides, scale: _Scale, language: Language
) -> tuple[list[str], float]:
    """What it means that a bar lies at the left, or at the right; and where that ends."""
    over = paint.wrapped(_over(finding, language), scale.room, paint.SMALL)
    over = [line for line in over if line]
    left = [*over, *paint.wrapped(sides.against.name, scale.room, paint.SMALL)]
    right = [*over, *paint.wrapped(sides.asked.name, scale.room, paint.SMALL)]
    across = 2 + max(paint.high(left), paint.high(right)) + 7
    ends = [
        paint.written(left, (scale.left, 2)),
        paint.written(right, (_RIGHT, 2), align="right"),
        paint.arrow((scale.middle - 8, across), (scale.left, across)),
        paint.arrow((scale.middle + 8, across), (_RIGHT, across)),
    ]
    return ends, across + 6


def _over(finding: Finding, language: Language) -> str:
    """What stands over the names of both sides; nothing where these say it themselves."""
    if finding.scale is not None:
        return ""
    match finding.ask:
        case "difference":
            return language.tell("higher in:")
        case "change" | "effect" | "treatment":
            # Translators: a visit, or what cells were given, stands below it.
            return language.tell("higher here:")
        case "specificity":
            return language.tell("larger difference:")
        case _:
            return language.tell("more like:")


def _reach(findings: Sequence[Finding], margin: float | None) -> float:
    """How far the scale of a picture reaches to either side."""
    if findings[0].unit.reading == "coefficient" and findings[0].scale is not None:
        return 1.0
    ends = [abs(end - each.null) for each in findings for end in _ends(each)]
    known = [end for end in ends if math.isfinite(end)]
    least = 0.5 if findings[0].unit.reading in ("probability", "coefficient") else _LEAST
    return max([least, 1.5 * (margin or 0.0), *known]) * 1.05


def _ends(finding: Finding) -> tuple[float, float]:
    """Between what the answer lies; everything where nothing is known."""
    low = -math.inf if finding.lower is None else finding.lower
    high = math.inf if finding.upper is None else finding.upper
    return low, high


def _range(finding: Finding, scale: _Scale, top: float, high: float) -> Iterator[str]:
    """The bar from the lowest to the highest value that fits, over the line in the middle."""
    start, end = (scale.place(end - finding.null) for end in _ends(finding))
    above = top + (high - _BAR) / 2
    if scale.certainty == "same" and scale.margin is not None:
        ends = scale.place(-scale.margin), scale.place(scale.margin)
        yield paint.bar(*ends, above - 4, _BAR + 8, fill=paint.PALE)
    yield paint.line((scale.middle, top), (scale.middle, top + high))
    if scale.certainty != "cannot_tell":
        yield paint.bar(start, end, above, _BAR, fill=paint.INK, opacity=0.75)
        return
    yield paint.bar(start, end, above, _BAR, fill=paint.PALE, dashed=True)
    yield from _hatched(start, end, above)
    yield paint.question_mark(((start + end) / 2, above + _BAR / 2))


def _hatched(low: float, high: float, top: float) -> Iterator[str]:
    """Slanted strokes: a bar that is no answer looks so without colours too."""
    places = range(int(low) + 9, int(high) - 9, 9)
    yield from (paint.line((x, top + _BAR - 2), (x + 7, top + 2), width=0.8) for x in places)


def _middle_words(finding: Finding, scale: _Scale, language: Language) -> str:
    """What the line in the middle means."""
    if scale.certainty == "same":
        return language.tell("much the same")
    linked = finding.scale is not None and finding.ask != "mediation"
    return language.tell("no link") if linked else language.tell("the same")


def _below_the_middle(finding: Finding, scale: _Scale, top: float, language: Language) -> str:
    words = _middle_words(finding, scale, language)
    return paint.written([words], (scale.middle, top), align="center", colour=paint.MUTED)


def _foot(
    findings: Sequence[Finding], scale: _Scale, top: float, language: Language
) -> Iterator[tuple[str, paint.Point]]:
    """How many answers are not drawn, and that they are open: beside the words of the middle where
    there is room for it, else below.
    """
    lines = []
    if len(findings) > _MOST:
        n = len(findings) - _MOST
        lines.append(language.count("and {n} more", "and {n} more", n))
    if scale.certainty == "cannot_tell":
        lines.append(certainty_words(scale.certainty, language))
    middle = width_of(_middle_words(findings[0], scale, language), paint.SMALL) / 2
    room = scale.middle - middle - _LEFT - 8
    for words in lines:
        if words != lines[0] or width_of(words, paint.SMALL) > 0.9 * room:
            top += paint.high([words])
        yield words, (_LEFT, top)


def alt_of(sides: Sides, certainty: Certainty, finding: Finding, language: Language) -> str:
    """The picture as a sentence."""
    against, asked = sides.against.name, sides.asked.name
    if certainty == "cannot_tell":
        return language.tell(
            "Picture: a grey bar with a question mark, between “{first}” and “{second}”. The truth "
            "may lie anywhere along it.",
            first=against,
            second=asked,
        )
    if certainty == "same":
        return language.tell(
            "Picture: a short bar in the middle between “{first}” and “{second}”.",
            first=against,
            second=asked,
        )
    to_asked = (finding.estimate or 0.0) > finding.null
    return language.tell(
        "Picture: a bar on the side of “{name}”.", name=asked if to_asked else against
    )
