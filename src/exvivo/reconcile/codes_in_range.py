"""Numbers that may be codes for no answer, inside the range of what they stand in: a 99 on a scale
of 0 to 100 is a score, or nobody's answer. A value that piles up against its neighbours is asked
about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.study.answered_forms import AnsweredForms, answered_forms, items_of_score
from exvivo.study.clinic_records import Scale

CODES = (9.0, 88.0, 99.0, 999.0)
_WIDE = 50
"""Levels from which a scale is fine: neighbours share what is there evenly."""
_NEAR, _NEXT = 5.0, 1.0
"""Neighbours of a value on a fine scale, and on a coarse one."""
_SHARE, _MODE = 1 / 6, 2 / 3
"""How much of what is at a value and its neighbours an honest value may hold: on a fine scale a
sixth, twice an even share; on a coarse one two thirds, as the mode of a narrow distribution.
"""
_CHANCE = 0.005
_FEWEST = 3


@dataclass(frozen=True)
class Pile:
    """A value that piles up: how often it is there, and how often its neighbours are."""

    code: float
    count: int
    neighbours: int
    of: int


def values_that_may_be_codes(held: Held) -> Iterator[Flag]:
    """Scales and questionnaires in which 9, 88, 99 or 999 piles up."""
    for scale in held.study.scales:
        ready = pl.col("item").is_null() & (pl.col("scale") == scale.id)
        totals = held.answers.filter(ready).drop_nulls("answer")["answer"].to_numpy()
        for pile in piles(totals, scale.highest):
            yield _flag(scale.id, pile, "scores", (scale,))
    for forms in held.once("answered forms", lambda: answered_forms(held.answers, held.study)):
        yield from _of_items(forms, held)


def piles(values: Floats, highest: float) -> Iterator[Pile]:
    """The codes that pile up in the numbers of a scale that ends at `highest`."""
    for code in CODES:
        if code >= highest:
            continue
        count = int((values == code).sum())
        near = np.abs(values - code) <= (_NEAR if highest >= _WIDE else _NEXT)
        pile = Pile(code, count, int(near.sum()) - count, values.size)
        # Many at the end of a scale reach the values before it, too.
        beside = max((values == code + step).sum() for step in (-1, 1))
        stands_out = count > max(2 * beside, (values == highest).sum())
        if stands_out and _is_no_chance(pile, highest):
            yield pile


def _is_no_chance(pile: Pile, highest: float) -> bool:
    share = _SHARE if highest >= _WIDE else _MODE
    chance = upper_tail(pile.count, pile.count + pile.neighbours, share)
    return pile.count >= _FEWEST and chance <= _CHANCE


def upper_tail(count: int, n: int, share: float) -> float:
    """The chance of `count` or more of n, each with the probability `share` (exact binomial).

    >>> upper_tail(3, 3, 0.5)
    0.125
    """
    rest = (comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(count, n + 1))
    return float(sum(rest))


def _of_items(forms: AnsweredForms, held: Held) -> Iterator[Flag]:
    """Codes among the answers of a questionnaire: items of one range together, people counted."""
    items = forms.key.every_item
    for highest in sorted({item.highest for item in items if item.kind != "clock"}):
        columns = [i for i, item in enumerate(items) if item.highest == highest]
        names = {items[column].id for column in columns}
        for pile in piles_of_people(forms.answers[:, columns], highest):
            made = [s.id for s in forms.key.scores if items_of_score(forms.key, s.id) & names]
            scales = tuple(scale for scale in held.study.scales if scale.id in made)
            yield _flag(forms.key.id, pile, f"people in answers up to {highest:g}", scales)


def piles_of_people(answers: Floats, highest: float) -> Iterator[Pile]:
    """Codes that pile up among answers (people x items) of one range. The answers of one person go
    together, so people are counted: those who gave the code more often than its neighbours.
    """
    for code in CODES:
        if code >= highest:
            continue
        width = _NEAR if highest >= _WIDE else _NEXT
        own = (answers == code).sum(axis=1)
        near = (np.abs(answers - code) <= width).sum(axis=1) - own
        count = int((own > near).sum())
        pile = Pile(code, count, int(((near > 0) & (near >= own)).sum()), len(answers))
        at_end = int(((answers == highest).sum(axis=1) >= np.maximum(own, 1)).sum())
        if count > at_end and _is_no_chance(pile, highest):
            yield pile


def _flag(name: str, pile: Pile, of: str, scales: tuple[Scale, ...]) -> Flag:
    return Flag(
        table="clinic",
        row=name,
        severity="look",
        what=(
            f"{pile.code:g} in {pile.count} of {pile.of} {of} of {name}, its neighbours in "
            f"{pile.neighbours}"
        ),
        why=f"databases write {pile.code:g} where no answer was given; here it counts as one",
        cure=(
            f"look at the forms; if {pile.code:g} stands for no answer, empty these cells, or give "
            "it as a code for no answer (`missing`)"
        ),
        place=name,
        evidence=(f"{pile.code:g}", f"{pile.count}", f"{pile.neighbours}"),
        scope=Scope(scales=tuple(scale.id for scale in scales)),
    )
