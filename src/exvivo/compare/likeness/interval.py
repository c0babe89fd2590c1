"""An interval over donors and over who gave the references, for anything made of similarities.

With f_d what is asked of donor d, a contrast of similarities or Fisher's z of one, and its mean f
over D donors, a function of the class means m_j over n_j givers,

    f ± t sqrt(s² / D + 2 Σ_j v_j / n_j), longer by |b| on the side that f is off to

s² is the variance of f_d. v_j is the variance of what a giver of class j moves f by, to first
order: the slope of f in m_j times what the giver differs from m_j by. Givers of a class of two or
three say little of v_j alone, so it is drawn towards that of the givers of all classes (weight of
two givers), and never below the class's own; a class of one giver has that of the others. The
factor 2 is for another set of references of the same size: the interval is to hold the estimate
that they would give, and holds the truth more often than its level. b is what f is off by because
the noise of small classes makes every similarity smaller and takes part in the centre: it is no
spread, so it lengthens one side. Degrees of freedom are Satterthwaite's. Givers of several classes
add what they move together where that is more, never less. Chosen and measured by simulation
(docs/methods/identity.md).

First-order influence: Efron and Stein 1981, doi 10.1214/aos/1176345462; degrees of freedom:
Satterthwaite 1946, doi 10.2307/3002019; variances drawn together: Smyth 2004, doi
10.2202/1544-6115.1027. When not to use: where no class has two givers the interval is over donors
alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.estimate import Estimate
from exvivo.compare.likeness.gram import Asked, Gram, Products, products_of
from exvivo.compare.methods.intervals import student

_ANOTHER_SET = 2.0
"""Two sets of references of one size differ by twice the variance of one."""
_DRAWN = 2.0
"""Givers that the pooled variance weighs as much as, beside a class's own."""
_LEFT = 0.25
"""The share of a squared length that is left at least, however noisy a class is."""
_INSIDE = 1 - 1e-9
"""The largest similarity that Fisher's z takes."""


@dataclass(frozen=True)
class Givers:
    """Who gave the classes, a unit for each class and giver: `residuals` (units, people), weights
    of the unit's samples less those of its class; `of_class` and `of_giver` (units,) number them.
    `degrees` (classes,): givers less one; `shares` (classes,): the variance of the class mean over
    that of a giver, 1 / n; `noise` (classes,): the squared length by which the class mean is off.
    """

    residuals: Floats
    of_class: Ints
    of_giver: Ints
    degrees: Floats
    shares: Floats
    noise: Floats

    def by_class(self, of_units: Floats) -> Floats:
        """Sums over the units of each class (..., classes)."""
        return np.asarray(of_units @ np.eye(len(self.degrees))[self.of_class])

    def of_one(self, squares: Floats) -> Floats:
        """Variances of a giver of each class (..., classes) from the squares of all units (...,
        units): its own, drawn towards that of all, and never below its own.
        """
        own = self.by_class(squares)
        pooled = squares.sum(axis=-1, keepdims=True) / max(float(self.degrees.sum()), 1.0)
        drawn = (_DRAWN * pooled + own) / (_DRAWN + self.degrees)
        return np.asarray(np.maximum(drawn, own / np.maximum(self.degrees, 1.0)))


def givers_of(gram: Gram, weights: Floats, people: tuple[str, ...]) -> Givers:
    """Who gave the classes; `weights` (donors or 1, classes, people), `people` the givers."""
    mean = weights.mean(axis=0)
    _, codes = np.unique(np.array(people), return_inverse=True)
    givers = _units(mean, np.eye(int(codes.max()) + 1)[codes])
    squares: Floats = ((givers.residuals @ gram.references) * givers.residuals).sum(axis=1)
    return replace(givers, noise=givers.of_one(squares) * givers.shares)


def _units(mean: Floats, marks: Floats) -> Givers:
    """The units of weights (classes, people) and who gave what (people, givers), without noise."""
    each = mean @ marks
    of_class, of_giver = np.nonzero(each)
    units = mean[of_class] * marks.T[of_giver] / each[of_class, of_giver][:, None]
    degrees: Floats = (each > 0).sum(axis=1) - 1.0
    shares: Floats = (each**2).sum(axis=1)
    return Givers(units - mean[of_class], of_class, of_giver, degrees, shares, np.zeros(len(mean)))


@dataclass(frozen=True)
class Slopes:
    """What is asked of every donor: `values` (donors,), by how much each is off for the noise of
    the classes (`shifts`), and how it moves with the classes (donors, classes, people): times the
    weights by which a class mean changes.
    """

    values: Floats
    shifts: Floats
    slopes: Floats

    def of(self, donors: Bools) -> Slopes:
        """The same of some donors."""
        return Slopes(self.values[donors], self.shifts[donors], self.slopes[donors])


@dataclass(frozen=True)
class Likenesses:
    """Similarities of every donor to what is asked, ready to be contrasted."""

    asked: Asked
    products: Products
    givers: Givers

    @property
    def similar(self) -> Floats:
        """Similarities (donors, asked)."""
        return self.products.similar

    def contrast(self, weights: Floats) -> Slopes:
        """A weighted sum (asked,) of similarities."""
        return self._slopes(self.similar @ weights, np.ones_like(self.similar) * weights)

    def fishers(self, place: int) -> Slopes:
        """Fisher's z of one similarity."""
        similar = np.clip(self.similar, -_INSIDE, _INSIDE)
        weights = np.eye(similar.shape[1])[place] / (1 - similar**2)
        return self._slopes(np.arctanh(similar[:, place]), weights)

    def _slopes(self, values: Floats, weights: Floats) -> Slopes:
        """Slopes of a sum whose own slope in every similarity is `weights` (donors, asked)."""
        shifts = ((self.similar - self._less_noise()) * weights).sum(axis=1)
        return Slopes(values, shifts, self._by_class(weights))

    def _by_class(self, weights: Floats) -> Floats:
        """The slopes (donors, classes, people)."""
        p, similar = self.products, self.similar
        u = p.people_u[:, None, :]
        scale = p.sizes[..., None]
        toward_u = u / scale - (similar / p.of_asked)[..., None] * p.people_v
        toward_v = p.people_v / scale - (similar / p.of_donors[:, None])[..., None] * u
        along = np.einsum("dt,tj,dtp->djp", weights, self.asked.against_centre, toward_u)
        centre = np.einsum("dt,dtp->dp", weights, toward_v)
        return np.asarray(along - self.asked.centre[:, None] * centre[:, None, :])

    def _less_noise(self) -> Floats:
        """Similarities without what the noise of the class means adds to products and lengths."""
        p, c, t = self.products, self.asked.centre, self.asked.against_centre
        noise = self.givers.noise
        products = p.products + (t * c) @ noise
        of_donors = np.maximum(p.of_donors - c**2 @ noise, _LEFT * p.of_donors)
        of_asked = np.maximum(p.of_asked - t**2 @ noise, _LEFT * p.of_asked)
        return np.asarray(np.clip(products / np.sqrt(of_donors[:, None] * of_asked), -1, 1))


def likenesses(gram: Gram, weights: Floats, asked: Asked, givers: Givers) -> Likenesses:
    """Similarities to what is asked; `weights` (donors or 1, classes, people)."""
    return Likenesses(asked, products_of(gram, weights, asked), givers)


def over_both(slopes: Slopes, givers: Givers, *, alpha: float) -> Estimate:
    """The mean over donors, with the interval over donors and who gave the references and the p
    value of the same pivot.
    """
    centre, shift = float(slopes.values.mean()), float(slopes.shifts.mean())
    error, df = _error(slopes, givers)
    plain = student(centre, error, df, alpha=alpha)
    # What is off towards 0 adds nothing to what speaks against 0.
    toward = max(abs(centre) - max(shift * float(np.sign(centre)), 0.0), 0.0)
    return Estimate(
        centre,
        plain.lower - max(shift, 0.0),
        plain.upper + max(-shift, 0.0),
        student(toward, error, df, alpha=alpha).p,
    )


def _error(slopes: Slopes, givers: Givers) -> tuple[float, float]:
    """The standard error over donors and givers, and its degrees of freedom."""
    n = len(slopes.values)
    of_donors = float(slopes.values.var(ddof=1)) / n
    of_givers, degrees = _of_givers(slopes.slopes.mean(axis=0), givers)
    both, parts = of_donors + of_givers, of_donors**2 / (n - 1) + of_givers**2 / degrees
    return float(np.sqrt(both)), both**2 / max(parts, 1e-300)


def _of_givers(slopes: Floats, givers: Givers) -> tuple[float, float]:
    """The variance of the difference from another set of references, and its degrees of
    freedom.
    """
    if not givers.degrees.any():
        return 0.0, 1.0
    moved = slopes @ givers.residuals.T
    parts = np.diag(givers.of_one(moved**2)) * givers.shares
    total, all_of_them = float(parts.sum()), float(givers.degrees.sum())
    degrees = total**2 / max(float((parts**2 / (_DRAWN + givers.degrees)).sum()), 1e-300)
    together = _together(np.take_along_axis(moved, givers.of_class[None, :], axis=0)[0], givers)
    return _ANOTHER_SET * (total + together), max(1.0, min(degrees, all_of_them))


def _together(moved: Floats, givers: Givers) -> float:
    """What givers of several classes add to the variance; nothing where it would be less."""
    counts = givers.degrees + 1
    scale = givers.shares * np.sqrt(counts / np.maximum(givers.degrees, 1.0))
    each = moved * scale[givers.of_class]
    by_giver = np.bincount(givers.of_giver, each)
    return max(float((by_giver**2).sum() - (each**2).sum()), 0.0)
