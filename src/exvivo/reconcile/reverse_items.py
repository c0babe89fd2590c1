"""Were the reverse items of a questionnaire reversed already? The answers tell.

Counted the right way round, every item of a score rises with the others; counted the wrong way
round, the reverse items fall as the others rise. Told by

    r + sign(d) max(|d| - 0.3, 0),    d = |1 - a - b| - |a - b|

with r the mean correlation of the reverse items with the others, and a and b the mean of both kinds
as a part of the range. d counts where nearly everybody is at one end of the items: correlations say
little there, but both kinds are then at one end if they are counted alike. It is exactly minus
itself where the reverse items are turned round, so one sign is as good as the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats
from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.study.answered_forms import AnsweredForms, answered_forms
from exvivo.study.coded import least_and_most
from exvivo.study.scoring import Coding, ScoringKey
from exvivo.words import listed

_FEWEST = 10
"""Forms under which the signs of correlations are chance."""
_TINY = 1e-9
_LEVELS = 0.3
"""How much better one way must fit the levels of the items, as a part of their range, to count."""


@dataclass(frozen=True)
class Fit:
    """How the reverse items go with the others: their mean correlation, and the mean of both kinds
    as a part of the range.
    """

    correlation: float
    reverse: float
    others: float

    @property
    def evidence(self) -> float:
        """Positive where they are counted the right way round."""
        apart = abs(self.reverse - self.others)
        turned = abs(1 - self.reverse - self.others)
        level = turned - apart
        return float(self.correlation + np.sign(level) * max(abs(level) - _LEVELS, 0.0))


def reverse_items_against_the_others(held: Held) -> Iterator[Flag]:
    """Questionnaires whose reverse items go against their other items."""
    for forms in held.once("answered forms", lambda: answered_forms(held.answers, held.study)):
        fit = fit_of(forms)
        if fit is not None and fit.evidence < 0:
            yield _flag(forms, fit)


def fit_of(forms: AnsweredForms) -> Fit | None:
    """How the reverse items of some forms go with the others; None where too few people answered
    them.
    """
    reverse, others = _items(forms.key)
    if not reverse or not others:
        return None
    points = _parts_of_range(forms)
    answered = ~np.isnan(points[:, [*reverse, *others]])
    points = points[answered.mean(axis=1) > 0.5]
    is_answered = ~np.isnan(points[:, [*reverse, *others]]).all(axis=0)
    if len(points) < _FEWEST or not is_answered.all():
        return None
    correlations = _correlations(points[:, reverse], points[:, others])
    known = correlations[~np.isnan(correlations)]
    levels = [float(np.nanmean(points[:, columns])) for columns in (reverse, others)]
    return Fit(float(known.mean()) if known.size else 0.0, *levels)


def _items(key: ScoringKey) -> tuple[list[int], list[int]]:
    """The columns of the reverse items, and of those that are in one score with any of them."""
    names = [item.id for item in key.every_item]
    reverse = set(key.reverse_items)
    scores = [set(score.items) for score in key.scores]
    together = set().union(*(items for items in scores if items & reverse))
    columns = [i for i, name in enumerate(names) if name in reverse]
    return columns, [i for i, name in enumerate(names) if name in together - reverse]


def _parts_of_range(forms: AnsweredForms) -> Floats:
    """The points of answers as parts of the range of their item, 0 to 1."""
    ends = np.array([least_and_most(item) for item in forms.key.every_item])
    parts: Floats = (forms.points - ends[:, 0]) / np.maximum(ends[:, 1] - ends[:, 0], 1e-12)
    return parts


def _correlations(x: Floats, y: Floats) -> Floats:
    """The correlations of the columns of x with those of y, each over those who answered both; NaN
    where one of the two never differs among them.
    """
    a, b = (np.nan_to_num(each - np.nanmean(each, axis=0)) for each in (x, y))
    in_a, in_b = ((~np.isnan(each)).astype(np.float64) for each in (x, y))
    n = np.maximum(in_a.T @ in_b, 1.0)
    sum_a, sum_b = a.T @ in_b, in_a.T @ b
    shared = a.T @ b - sum_a * sum_b / n
    own_a = (a**2).T @ in_b - sum_a**2 / n
    own_b = in_a.T @ b**2 - sum_b**2 / n
    differs = (own_a > _TINY) & (own_b > _TINY) & (n >= 3)
    scale = np.sqrt(np.where(differs, own_a * own_b, np.nan))
    correlations: Floats = shared / scale
    return correlations


def _flag(forms: AnsweredForms, fit: Fit) -> Flag:
    key, declared, other = forms.key, forms.coding, other_coding(forms)
    items = listed(key.reverse_items)
    people = len(forms.rows)
    as_declared = f" under `{declared.id}`" if declared.id else ""
    as_other = f" under `{other.id}`" if other else " turned round"
    scales = tuple(each.id for each in key.scores if set(each.items) & set(key.reverse_items))
    return Flag(
        table="clinic",
        row=key.id,
        severity="look",
        what=(
            f"the reverse items {items} of {key.id} go against the others in {people} forms: mean "
            f"correlation {fit.correlation:.2f}{as_declared}, {-fit.correlation:.2f}{as_other}; "
            f"their mean is {fit.reverse:.0%} of the range, that of the others {fit.others:.0%}"
        ),
        why="items counted the wrong way round look like this, and spoil the score of everybody",
        cure=_cure(key, other),
        place=key.id,
        evidence=(f"{people}", f"{fit.correlation:.3f}", f"{fit.reverse:.3f}", f"{fit.others:.3f}"),
        scope=Scope(scales=scales),
    )


def _cure(key: ScoringKey, other: Coding | None) -> str:
    form = "compare one form on paper with its line"
    if other is not None:
        return f"{form}; write `coding: {other.id}` for {key.id} if it is: {other.meaning}"
    return f"{form}; if these items were reversed already, undo it, or enter totals"


def other_coding(forms: AnsweredForms) -> Coding | None:
    """The coding of the key that counts the reverse items the other way round."""
    declared, reverse = forms.coding, set(forms.key.reverse_items)
    for each in forms.key.codings:
        differs = set(each.reversed) ^ set(declared.reversed)
        if differs == reverse and each.shift == declared.shift:
            return each
    return None
