"""What it costs to look at results while they grow, and how to pay for it beforehand.

A statistic that is standard normal at each look, looked at when shares t_1 < ... < t_K of the
information are in, behaves as a Brownian motion S at times t: Z_k = S(t_k) / sqrt(t_k), with
independent normal increments of variance t_k - t_(k-1). The chance to pass bounds |Z_k| > b_k at
one look at least follows by recursive integration over the part of S that passed none before
(Armitage, McPherson and Rowe 1969, doi 10.2307/2343787):

    g_1(x) = phi(x / sqrt(t_1)) / sqrt(t_1)
    g_k(y) = integral of g_(k-1)(x) phi((y - x) / s) / s over |x| < b_(k-1) sqrt(t_(k-1)),
             s = sqrt(t_k - t_(k-1))

Looks that were declared spend the error alpha as their information comes in (Lan and DeMets 1983,
doi 10.1093/biomet/70.3.659), by the function that resembles O'Brien and Fleming's bounds, on each
side

    spent(t) = 2 (1 - Phi(z / sqrt(t))),  z the upper alpha / 4 point.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats

_NODES = 256
"""Points of Gauss and Legendre between two bounds; 128 give the same eight digits."""
_LARGEST = 9.0
"""A bound that no look passes: the chance beyond is 2e-19."""


@dataclass(frozen=True)
class _Inside:
    """S at a look, as far as it passed no bound before: points, weights times density, time."""

    points: Floats
    mass: Floats
    time: float


def error_of_looks(donors: Sequence[int], *, alpha: float) -> float:
    """The chance of at least one false claim by two-sided tests at level `alpha` each, looked at
    with so many donors, one number after the other.

    >>> round(error_of_looks([12, 24], alpha=0.05), 3)
    0.083
    """
    from scipy.special import ndtri

    bound = -float(ndtri(alpha / 2))
    times = [n / donors[-1] for n in donors]
    return crossed(times, [bound] * len(times))


def crossed(times: Sequence[float], bounds: Sequence[float]) -> float:
    """The chance that a standard normal statistic passes a bound, on either side, at one look at
    least. `times` are shares of the information, growing.
    """
    inside, passed = None, 0.0
    for time, bound in zip(times, bounds, strict=True):
        passed += _passes(inside, time, bound)
        inside = _after(inside, time, bound)
    return passed


def nominal_level(looks: Sequence[int], donors: int, *, alpha: float) -> float:
    """The two-sided level of the tests and intervals at a look with so many donors, where `looks`
    were declared (donors in all, growing): over all looks together a false claim has a chance of
    `alpha`.

    Looks with fewer donors are taken as made. With more donors than the last look declares, the
    error of that look is spent on this one.

    >>> round(nominal_level([12, 18, 24], 24, alpha=0.05), 4)
    0.044
    """
    from scipy.special import ndtr

    made = [look for look in looks if look < donors and look != looks[-1]]
    bounds = spending_bounds([*made, donors], max(looks), alpha=alpha)
    return float(2 * ndtr(-bounds[-1]))


def spending_bounds(donors: Sequence[int], most: int, *, alpha: float) -> list[float]:
    """The bounds of |Z| at looks with so many donors, of `most` in the end, that spend `alpha`.

    >>> [round(bound, 2) for bound in spending_bounds([1, 2, 3, 4, 5], 5, alpha=0.05)]
    [4.88, 3.36, 2.68, 2.29, 2.03]
    """
    scale = max(most, donors[-1])
    times = [n / scale for n in donors]
    # More donors than were declared: all is spent at the last look, at its own information.
    shares = [min(1.0, n / most) for n in donors]
    inside, bounds, before = None, list[float](), 0.0
    for time, share in zip(times, shares, strict=True):
        spent = spent_by(share, alpha)
        bounds.append(_bound(inside, time, spent - before))
        inside, before = _after(inside, time, bounds[-1]), spent
    return bounds


def spent_by(share: float, alpha: float) -> float:
    """The part of `alpha`, of both sides, that may be spent once a share of the information is in.

    >>> round(spent_by(1.0, 0.05), 12)
    0.05
    """
    from scipy.special import ndtr, ndtri

    return float(4 * ndtr(ndtri(alpha / 4) / np.sqrt(share)))


def _bound(inside: _Inside | None, time: float, chance: float) -> float:
    """The bound that is passed with a given chance."""
    if _passes(inside, time, _LARGEST) >= chance:
        return _LARGEST
    return _root(lambda bound: _passes(inside, time, bound) - chance)


def _root(falling: Callable[[float], float]) -> float:
    from scipy.optimize import brentq

    return float(brentq(falling, 0.0, _LARGEST, xtol=1e-12))


def _passes(inside: _Inside | None, time: float, bound: float) -> float:
    """The chance to pass a bound at this look, having passed none before."""
    from scipy.special import ndtr

    end = bound * np.sqrt(time)
    if inside is None:
        return float(2 * ndtr(-bound))
    step = np.sqrt(time - inside.time)
    beyond = ndtr((-end - inside.points) / step) + ndtr((inside.points - end) / step)
    return float(inside.mass @ beyond)


def _after(inside: _Inside | None, time: float, bound: float) -> _Inside:
    """What is left of S inside a bound."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    end = bound * np.sqrt(time)
    points = end * nodes
    if inside is None:
        density = _normal(points, np.sqrt(time))
    else:
        step = np.sqrt(time - inside.time)
        density = _normal(points[:, None] - inside.points[None, :], step) @ inside.mass
    return _Inside(points, end * weights * density, time)


def _normal(x: Floats, sd: float) -> Floats:
    density: Floats = np.exp(-0.5 * (x / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
    return density
