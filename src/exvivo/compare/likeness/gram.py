"""Similarity from inner products: everything that is asked of profiles is a function of the inner
products of their columns, which are made once, however many references are then left out.

A class is a row of weights over the reference samples, and what is compared with the cells is a mix
of classes; each profile less its mean over genes is a column x, G = x'x, and for a donor d

    u = x_d - c,   v = t - c,   s = u'v / sqrt(u'u v'v),

with t the weighted class and c the centre, both sums of columns. The weights of u and of v each add
to 0, so a number added to a gene in every sample, or to a sample in every gene, changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.compare.likeness.profiles import Profiles

_ROUNDING = 1e-13
"""The share of the longest column's squared length below which a squared length is none."""


@dataclass(frozen=True)
class Gram:
    """Inner products over genes: `lengths` (donors,) of every donor with itself, `across` (donors,
    people) with every reference sample, `references` (people, people) of these with one another.
    """

    lengths: Floats
    across: Floats
    references: Floats

    @property
    def least(self) -> float:
        """The squared length from which a profile has any spread."""
        return _ROUNDING * float(max(self.lengths.max(), np.diag(self.references).max()))

    def without(self, direction: Floats) -> Gram:
        """The same after a direction, weights (people,) that add to 0, was taken out of every
        column; unchanged where it has no length.
        """
        along, of_donors = self.references @ direction, self.across @ direction
        size = float(direction @ along)
        if size <= self.least:
            return self
        return Gram(
            self.lengths - of_donors**2 / size,
            self.across - np.outer(of_donors, along) / size,
            self.references - np.outer(along, along) / size,
        )


@dataclass(frozen=True)
class Asked:
    """What donors are compared with: `towards` (asked, classes), each a mix of class means whose
    weights add to 1, and the mix `centre` (classes,) that is taken off everything.
    """

    towards: Floats
    centre: Floats

    @property
    def against_centre(self) -> Floats:
        """What is asked less the centre, in class means."""
        return np.asarray(self.towards - self.centre)


def every_class(classes: int) -> Asked:
    """Each class, centred at the mean of all."""
    return Asked(np.eye(classes), np.full(classes, 1 / classes))


def pair(classes: int, like: int, other: int) -> Asked:
    """Two classes alone, centred at their midpoint."""
    towards = np.eye(classes)[[like, other]]
    return Asked(towards, towards.mean(axis=0))


def without_class(classes: int, left_out: int) -> Asked:
    """Every class, centred at the mean of all but one."""
    kept = np.ones(classes)
    kept[left_out] = 0.0
    return Asked(np.eye(classes), kept / kept.sum())


def gram_of(profiles: Profiles) -> Gram:
    """The inner products of the profiles of one question."""
    columns = np.hstack([profiles.cultured, profiles.references])
    columns = columns - columns.mean(axis=1, keepdims=True)
    columns -= columns.mean(axis=0)
    products, donors = columns.T @ columns, len(profiles.donors)
    lengths = np.diag(products)[:donors].copy()
    return Gram(lengths, products[:donors, donors:], products[donors:, donors:])


def weights_of(profiles: Profiles, kept: Bools | None = None) -> Floats:
    """The weight of every reference sample in every class, for every donor (donors, classes,
    people), or for all of them alike (1, classes, people).

    Who gave a class weighs alike in it, and so do the samples of one giver. A donor's own samples
    take no part in what that donor is compared with as long as others gave the class. `kept`
    (..., people): without the rest, as long as a class has any other; with its leading axes first.
    """
    members = np.array([profiles.of(name) for name in profiles.names])
    everyone = np.ones(len(profiles.people), dtype=np.bool_) if kept is None else kept
    first = _chosen(members, everyone[..., None, None, :])
    if profiles.own.any():
        first = _chosen(first, ~profiles.own[:, None, :])
    return _shared_out(first, profiles.givers)


def _chosen(members: Bools, kept: Bools) -> Bools:
    """The members that are kept, or all of a class none of which is."""
    left = members & kept
    return np.asarray(np.where(left.any(axis=-1, keepdims=True), left, members))


def _shared_out(members: Bools, givers: tuple[str, ...]) -> Floats:
    """Weights that give every giver of a class the same, shared by the giver's samples."""
    same = np.array(givers)[:, None] == np.array(givers)
    each = members / np.maximum(members @ same.astype(np.float64), 1.0)
    return np.asarray(each / each.sum(axis=-1, keepdims=True))


@dataclass(frozen=True)
class Products:
    """What similarities and their slopes are made of, for every donor and everything asked:
    `products` u'v (..., donors, asked), `of_donors` u'u (..., donors), `of_asked` v'v (..., donors
    or 1, asked); and the inner products of every reference sample with u (..., donors, people) and
    with v (..., donors or 1, asked, people).
    """

    products: Floats
    of_donors: Floats
    of_asked: Floats
    people_u: Floats
    people_v: Floats
    least: float

    @property
    def sizes(self) -> Floats:
        """The product of both lengths; NaN where one has none."""
        short = (self.of_donors <= self.least)[..., None] | (self.of_asked <= self.least)
        squared = np.maximum(self.of_donors, 0.0)[..., None] * np.maximum(self.of_asked, 0.0)
        return np.asarray(np.where(short, np.nan, np.sqrt(squared)))

    @property
    def similar(self) -> Floats:
        """Similarities (..., donors, asked); NaN where a profile has no spread."""
        return np.asarray(np.clip(self.products / self.sizes, -1.0, 1.0))


def products_of(gram: Gram, weights: Floats, asked: Asked) -> Products:
    """The inner products of what is asked; `weights` (..., donors or 1, classes, people)."""
    v = asked.against_centre @ weights
    centre = asked.centre @ weights
    people_v, people_c = v @ gram.references, centre @ gram.references
    people_u = gram.across - people_c
    across = (gram.across * centre).sum(axis=-1)
    return Products(
        products=np.matmul(v, people_u[..., None])[..., 0],
        of_donors=gram.lengths - 2 * across + (people_c * centre).sum(axis=-1),
        of_asked=(people_v * v).sum(axis=-1),
        people_u=people_u,
        people_v=people_v,
        least=gram.least,
    )


def similar(gram: Gram, weights: Floats, asked: Asked) -> Floats:
    """Similarity of every donor to everything asked (..., donors, asked)."""
    return products_of(gram, weights, asked).similar


def only(gram: Gram, donors: Bools) -> Gram:
    """The inner products of some of the donors."""
    return replace(gram, lengths=gram.lengths[donors], across=gram.across[donors])
