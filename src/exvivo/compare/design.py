"""One design for every answer: which terms are held, what matters, and what is left to compare.

A term (a plate, a batch, a site, each with the stimulus) is held as columns beside the asked one,
never as a variance: then a constant added to all of a plate, to values and bounds alike, changes
nothing, and no answer trusts a variance of plates that two plates cannot show. What matters is told
by the layout alone: the weights that the answer gives to donors are not orthogonal to the columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.compare.methods.regression import COLLINEAR, separates
from exvivo.compare.sample import Sample
from exvivo.compare.terms import Term
from exvivo.findings import Caveat, CaveatCode

FEWEST = 3
"""Donors a group must have before anything is estimated."""
FEWEST_SCORED = 5
"""Donors with a result and a score before a coefficient is estimated."""
SAME_RESULT = 1e-9
"""Results that lie no further apart (log2) are the same: what differs is rounding."""
_DONORS_EACH = 2
"""Donors a level must have on average for its term to be shared: where nearly every donor has a
level of its own, the term is part of what differs between donors.
"""
_SPARED = 0.5
"""The share of degrees of freedom that a term which does not matter must leave."""


def too_few(code: CaveatCode, groups: Sequence[str], donors: Sequence[int]) -> Caveat | None:
    """The first group with fewer donors than anything is estimated from."""
    for group, n in zip(groups, donors, strict=True):
        if n < FEWEST:
            return Caveat(code, {"group": group, "n": n, "needed": FEWEST})
    return None


def sides_of(sample: Sample, groups: tuple[str, ...]) -> Iterator[Sample]:
    """The donors of each of some groups."""
    return (sample.of(group) for group in groups)


@dataclass(frozen=True)
class Held:
    """What is held beside the asked column of some donors.

    `columns` (donors, k) are independent of one another and of a constant; `terms` names what they
    hold. `strata` (donors,) numbers the donors that have the same levels of all terms; None where a
    result rests on several levels of one.
    """

    columns: Floats
    terms: tuple[str, ...] = ()
    strata: Ints | None = None

    @property
    def nothing(self) -> bool:
        """Whether nothing is held."""
        return not self.columns.shape[1]

    def beside(self, covariates: Floats) -> Floats:
        """What is held with further columns (donors, m)."""
        return _independent(np.column_stack([self.columns, covariates]))


def held(sample: Sample, asked: Floats | None = None) -> Held:
    """The terms of the design that the donors of a sample share, beside the asked column
    (donors,); of a mean or a coefficient of all of them: no column.

    Terms that do not matter are held as long as they leave half of the degrees of freedom.
    """
    donors = len(sample.donors)
    shared = [term for term in sample.terms if _is_shared(term, donors)]
    columns, terms = np.empty((donors, 0)), []
    for term in sorted(shared, key=lambda term: not matters(term, asked)):
        wider = _independent(np.column_stack([columns, term.weights]))
        spared = donors - 2 - wider.shape[1] >= _SPARED * (donors - 2)
        if spared or matters(term, asked):
            columns = wider
            terms.append(term)
    names = tuple(term.id for term in sample.terms if term in terms and _spread(term) > 0)
    return Held(columns, names, _strata(terms, donors))


def _is_shared(term: Term, donors: int) -> bool:
    """Whether donors have the levels of a term in common."""
    return len(term.levels) * _DONORS_EACH <= donors


def _spread(term: Term) -> float:
    """How far the donors' weights differ: 0 where every donor has the same levels."""
    return float(np.ptp(term.weights, axis=0).max(initial=0.0))


def matters(term: Term, asked: Floats | None) -> bool:
    """Whether an answer about a column (donors,) would move with a term."""
    if asked is None or not len(asked):
        return False
    centred = asked - asked.mean()
    moved = centred @ term.weights
    sizes = np.linalg.norm(centred) * np.linalg.norm(term.weights, axis=0)
    return bool(np.any(np.abs(moved) > COLLINEAR * sizes))


def _independent(columns: Floats) -> Floats:
    """An orthonormal basis (donors, k) of what columns span beside a constant."""
    if not columns.size:
        return columns[:, :0]
    centred = columns - columns.mean(axis=0)
    basis, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    return np.asarray(basis[:, sizes > COLLINEAR * max(float(sizes[0]), 1.0)])


def _strata(terms: Sequence[Term], donors: int) -> Ints | None:
    """Donors with the same levels of all terms, as numbers; None where one has parts of levels."""
    weights = np.column_stack([np.zeros((donors, 1)), *(term.weights for term in terms)]).round(9)
    if not np.isin(weights, (0.0, 1.0)).all():
        return None
    _, stratum = np.unique(weights, axis=0, return_inverse=True)
    return np.asarray(stratum.reshape(-1), dtype=np.intp)


def confounded(
    sample: Sample, asked: Floats, design: Held, *, sides: bool = False
) -> Caveat | None:
    """Why the asked column cannot be told from what is held; None if it can.

    The reason names the first term that alone says the column, else all that do together.
    """
    if not separates(asked, design.columns):
        return None
    alone = (
        term.id
        for term in sample.terms
        if term.id in design.terms and separates(asked, _independent(term.weights))
    )
    first = next(alone, None)
    names = design.terms if first is None else (first,)
    return Caveat("confounded_with_design", {"terms": names, "sides": sides})


def alone_in_design(design: Held) -> tuple[Caveat, ...]:
    """A warning of donors who are alone on a level of what is held: nobody shares it, so they say
    nothing of the answer.
    """
    leverage = 1 / max(len(design.columns), 1) + (design.columns**2).sum(axis=1)
    alone = int((leverage > 1 - COLLINEAR).sum())
    return (Caveat("alone_in_design", {"n": alone, "terms": design.terms}),) if alone else ()


def _of_one_side(sample: Sample) -> list[Term]:
    """The terms that a contrast within donors does not cancel: what they weigh in it differs from
    nothing and adds up to nothing.
    """
    return [
        term
        for term in sample.terms
        if np.abs(term.weights).max(initial=0.0) > COLLINEAR
        and np.abs(term.weights.sum(axis=1)).max() <= COLLINEAR
    ]


def held_of_mean(sample: Sample) -> Floats:
    """The columns that are held beside the mean contrast of some donors (donors, k), independent of
    one another: where both sides of a contrast were not measured on one plate.
    """
    terms = _of_one_side(sample)
    if not terms:
        return np.empty((len(sample.donors), 0))
    weights = np.column_stack([term.weights for term in terms])
    basis, sizes, _ = np.linalg.svd(weights, full_matrices=False)
    return np.asarray(basis[:, sizes > COLLINEAR * max(float(sizes[0]), 1.0)])


def terms_of_mean(sample: Sample) -> tuple[str, ...]:
    """The names of the terms of `held_of_mean`."""
    return tuple(term.id for term in _of_one_side(sample))
