"""How much of a difference goes along with something else: a bar for the whole, a part of it
filled. What is not known of the part is hatched, and no part is filled where there is no answer.
"""

from __future__ import annotations

from exvivo.findings import Finding
from exvivo.tell.article.certainty import certainty_words
from exvivo.tell.article.pictures import paint
from exvivo.tell.article.records import Certainty
from exvivo.tell.language import Language

_LEFT, _RIGHT = 10.0, paint.WIDTH - 10.0
_BAR = 22.0


def drawn(
    finding: Finding, whole: float, names: tuple[str, str], certainty: Certainty, language: Language
) -> str:
    """The bar of a whole difference; `names` are the score and what goes along with it."""
    scale, along = names
    title = language.tell("Difference of the groups: {scale}", scale=scale)
    above = paint.wrapped(title, 280, paint.SMALL)
    top = 2 + paint.high(above) + 3
    foot = language.tell("What may go along: {name}", name=along)
    below = paint.wrapped(foot, 280, paint.SMALL)
    parts = [
        paint.written(above, (_LEFT, 2)),
        *_bars(finding, whole, top, open_=certainty == "cannot_tell"),
        paint.written(below, (_LEFT, top + _BAR + 4), colour=paint.MUTED),
    ]
    bottom = top + _BAR + 8 + paint.high(below)
    if certainty != "cannot_tell":
        return paint.svg_of(parts, paint.WIDTH, bottom)
    words = [certainty_words(certainty, language)]
    parts.append(paint.written(words, (_LEFT, bottom - 2)))
    return paint.svg_of(parts, paint.WIDTH, bottom + paint.high(words))


def _bars(finding: Finding, whole: float, top: float, *, open_: bool) -> list[str]:
    """The whole, the part that goes along where there is an answer, and the range of that part."""
    low, high = (_place(end, whole) for end in (finding.lower, finding.upper))
    part = _place(finding.estimate, whole)
    middle = top + _BAR / 2
    filled = paint.bar(_LEFT, part, top, _BAR, fill=paint.INK, opacity=0.75)
    return [
        paint.bar(_LEFT, _RIGHT, top, _BAR, fill=paint.PALE),
        "" if open_ else filled,
        paint.bar(low, high, middle - 4, 8, fill="#fff", dashed=True),
        paint.question_mark(((low + high) / 2, middle)) if open_ else "",
    ]


def _place(value: float | None, whole: float) -> float:
    """Where a part of the whole ends, in whole pixels; beyond the bar nothing is drawn."""
    share = (value or 0.0) / whole if whole else 0.0
    return float(round(_LEFT + max(0.0, min(1.0, share)) * (_RIGHT - _LEFT)))


def alt_of(names: tuple[str, str], certainty: Certainty, language: Language) -> str:
    """The picture as a sentence."""
    scale, along = names
    if certainty == "cannot_tell":
        return language.tell(
            "Picture: a grey bar with a question mark. How much of it goes along with {name} is "
            "not known.",
            name=along,
        )
    return language.tell(
        "Picture: a bar for the difference in {scale}. The filled part goes along with {name}.",
        scale=scale,
        name=along,
    )
