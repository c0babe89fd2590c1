"""Programmes that cells share by what was done to them, not by their kind.

What stimulation, or culture, does to a cell may be larger than what tells two kinds of cells apart.
Where conditions are declared and a kind of reference cell is there in two of them, the direction of
the genes from one to the other is taken out of every profile, and the answer must stand without it.

Where nothing is declared, a programme may show itself. Cells of the kind of F that share with N
what N has beyond T lie at F + (N - T), the fourth corner of a parallelogram. With x the cells'
profile, each less its mean over genes,

    b = (x - N)·(F - T) / (F - T)·(F - T)

is 0 where the cells are at N and 1 where they are at that corner; it is 1/2 where T is of neither
kind, and all kinds are equally far apart. Above 0.4 that the cells are nearer to N than to F may be
the programme's doing. What the cells' platform adds to every gene at random changes b by little
where genes are many (measured, docs/methods/identity.md). When not to use: it cannot tell which
side of the parallelogram is the kind and which the programme, so it says that either may decide;
and with two classes there is no third.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.likeness.profiles import Profiles
from exvivo.compare.likeness.record import Likeness
from exvivo.findings import Caveat, Estimand, Facts, Finding
from exvivo.methods import WITHOUT_PROGRAMME
from exvivo.units import SIMILARITY

_TOWARDS_CORNER = 0.4
"""The share of the way to the fourth corner above which a programme may decide."""


@dataclass(frozen=True)
class _Claim:
    """That the cells resemble the class `nearer` more than `farther`, and the conditions that are
    declared of the cells and of both.
    """

    nearer: str
    farther: str
    cells: str
    of_nearer: str
    of_farther: str

    @property
    def alike(self) -> bool:
        """Whether all three are in one condition, as far as declared."""
        return self.cells == self.of_nearer == self.of_farther

    @property
    def declared(self) -> str:
        """The condition to name: of the cells, or else of a class."""
        return self.cells or self.of_nearer or self.of_farther


def programme(
    likeness: Likeness, name: str, estimate: float
) -> tuple[tuple[Caveat, ...], list[Finding]]:
    """What a shared programme says against the contrast with one other class: what keeps it from
    being supported, and the contrast without a declared programme beside it.

    `estimate` is the similarity to the asked class less that to the class `name`. Nothing stands
    against a likeness in spite of a programme: that of cells in the condition of the farther class.
    Where that is none, nobody may have declared what was done to the cells, and it is held against
    the direction of the nearer class's condition.
    One by the programme, of cells in the condition of the nearer class alone, is never supported: a
    programme is not the same in every kind, and its direction takes out only what is.
    """
    claim = _claim(likeness, name, nearer_is_like=estimate > 0)
    if claim.alike:
        return tuple(_undeclared(likeness, claim)), []
    if claim.cells and claim.cells == claim.of_farther:
        return (), []
    directions = _directions(likeness, claim)
    if directions is None:
        return (_not_taken_out(likeness, claim),), []
    finding = _without(likeness, name, claim, directions)
    holds = finding.estimate is not None and finding.estimate * estimate > 0
    if claim.cells == claim.of_nearer:
        return (_not_taken_out(likeness, claim),), [finding]
    return () if holds else (_not_taken_out(likeness, claim),), [finding]


def _claim(likeness: Likeness, name: str, *, nearer_is_like: bool) -> _Claim:
    """What the sign of the contrast says."""
    sides = (likeness.question.like, name) if nearer_is_like else (name, likeness.question.like)
    conditions = (likeness.profiles.condition_of(side) for side in sides)
    return _Claim(*sides, _condition_of_cells(likeness), *conditions)


def _condition_of_cells(likeness: Likeness) -> str:
    """What was done to the cultured cells, as it is declared of their samples or of all."""
    cultured, _ = likeness.profiles.whole
    return cultured.people[0].condition or likeness.question.condition


def _shared(claim: _Claim, condition: str, beyond: str = "") -> Caveat:
    """That the nearer class and the cells share a programme: declared, or shown by a third
    class.
    """
    facts: Facts = {
        "cell": claim.nearer,
        "against": claim.farther,
        "condition": condition,
        "of": claim.nearer if beyond else "",
        "beyond": beyond,
    }
    return Caveat("shared_programme", facts)


def _not_taken_out(likeness: Likeness, claim: _Claim) -> Caveat:
    """That conditions differ, and what that does is not taken out."""
    if claim.cells and claim.cells == claim.of_nearer:
        return _shared(claim, claim.cells)
    of_class = claim.nearer if claim.of_nearer else claim.farther
    whose = str(likeness.question.cell_type) if claim.cells else of_class
    return Caveat("programme_without_reference", {"whose": whose, "condition": claim.declared})


def _directions(likeness: Likeness, claim: _Claim) -> list[Floats] | None:
    """Weights (people,) of the reference samples that make the way from the cells' condition to
    each other one; None where one is not there.
    """
    others = dict.fromkeys((claim.of_nearer, claim.of_farther))
    weights = likeness.weights.mean(axis=0)
    found = [_way(likeness.profiles, weights, claim.cells, one) for one in others]
    ways = [way for one, way in zip(others, found, strict=True) if one != claim.cells]
    return None if any(way is None for way in ways) else [way for way in ways if way is not None]


def _way(profiles: Profiles, weights: Floats, start: str, end: str) -> Floats | None:
    """The mean, over the kinds of reference cells that are there in both conditions, of the class
    in one less the class in the other.
    """
    starts, ends = _kinds_in(profiles, start), _kinds_in(profiles, end)
    both = [kind for kind in starts if kind in ends]
    if not both:
        return None
    ways = [weights[ends[kind]] - weights[starts[kind]] for kind in both]
    return np.asarray(np.mean(ways, axis=0))


def _kinds_in(profiles: Profiles, condition: str) -> dict[str, int]:
    """The kinds of reference cells that are there in a condition, and the place of their class."""
    kinds = _kinds(profiles)
    return {
        kinds[name]: place
        for place, name in enumerate(profiles.names)
        if profiles.condition_of(name) == condition
    }


def _kinds(profiles: Profiles) -> dict[str, str]:
    """The kind of cell of every class."""
    people = zip(profiles.classes, profiles.people, strict=True)
    return {name: person.cell for name, person in people}


def _without(likeness: Likeness, name: str, claim: _Claim, directions: Iterable[Floats]) -> Finding:
    """The contrast with one other class after the directions were taken out of every profile."""
    gram = likeness.gram
    for direction in directions:
        gram = gram.without(direction)
    clean = replace(likeness, gram=gram)
    left = clean.estimated(clean.slopes(name))
    facts: Facts = {
        "like": likeness.question.like,
        "against": name,
        "condition": claim.declared,
    }
    blank = replace(
        likeness.beside(name),
        unit=SIMILARITY,
        method=WITHOUT_PROGRAMME,
        estimand=Estimand("without_programme", facts),
    )
    if left.estimate is None or not np.isfinite(left.estimate):
        return blank
    return replace(blank, estimate=left.estimate, lower=left.lower, upper=left.upper, p=left.p)


def _undeclared(likeness: Likeness, claim: _Claim) -> list[Caveat]:
    """The third class that shows a programme most, where one does. Classes of the kind of either
    side in a declared condition show none: what they differ in from it is known.
    """
    kinds = _kinds(likeness.profiles)
    sides = {kinds[claim.nearer], kinds[claim.farther]}
    third = [name for name in likeness.profiles.names if kinds[name] not in sides]
    if not third:
        return []
    to_corner = towards_corner(likeness, claim.nearer, claim.farther, third)
    most = int(np.argmax(to_corner))
    return [_shared(claim, "", third[most])] if to_corner[most] > _TOWARDS_CORNER else []


def towards_corner(likeness: Likeness, nearer: str, farther: str, third: Iterable[str]) -> Floats:
    """How far the cells lie on the way from the class `nearer` to the corner that it makes with
    `farther` and each third class (third,): b, the mean over donors; 0 where `farther` and the
    third class are the same.
    """
    weights, place = likeness.weights, likeness.place
    cells = np.matmul(weights, likeness.gram.across[..., None])[..., 0]
    classes = weights @ likeness.gram.references @ np.swapaxes(weights, 1, 2)
    n, f = place(nearer), place(farther)
    t = [place(name) for name in third]
    along = cells[:, [f]] - cells[:, t] - classes[:, n, [f]] + classes[:, n, t]
    size = classes[:, [f], f] - 2 * classes[:, f, t] + np.diagonal(classes, axis1=1, axis2=2)[:, t]
    some = size > likeness.gram.least
    return np.asarray(np.where(some, along / np.where(some, size, 1.0), 0.0).mean(axis=0))
