"""Draws of normals that are known to lie between bounds, right far out in the tails.

By inverting the distribution function in logarithms. Where an interval lies above 0 it is mirrored
first, so that no probability near 1 is ever subtracted. Own code, as `scipy.stats.truncnorm` took
20 times as long for the few hundred wells of a sweep.
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats


def truncated_normal(lower: Floats, upper: Floats, rng: np.random.Generator) -> Floats:
    """One standard normal between each `lower` and `upper` (either may be infinite; lower < upper).

    With Phi the distribution function and U uniform, x = Phi^-1(Phi(lower) + U (Phi(upper) -
    Phi(lower))), all of it in logarithms.

    >>> rng = np.random.default_rng(1)
    >>> float(truncated_normal(np.array([40.0]), np.array([np.inf]), rng)[0]) > 40
    True
    """
    from scipy.special import log_ndtr, ndtri_exp

    mirrored = np.where(np.isinf(lower), upper > np.inf, lower + np.minimum(upper, 1e6) > 0)
    low, high = np.where(mirrored, -upper, lower), np.where(mirrored, -lower, upper)
    top = log_ndtr(high)
    uniform = -rng.standard_exponential(len(low))
    bounded = np.isfinite(low)
    if bounded.any():
        ratio = np.exp(np.minimum(log_ndtr(low[bounded]) - top[bounded], 0.0))
        uniform[bounded] = np.log(ratio + (1 - ratio) * np.exp(uniform[bounded]))
    drawn = np.clip(ndtri_exp(np.minimum(top + uniform, -1e-300)), low, high)
    return np.asarray(np.where(mirrored, -drawn, drawn))


def log_mass(lower: Floats, upper: Floats) -> Floats:
    """The logarithm of the probability that a standard normal lies between (lower < upper).

    >>> bool(np.isclose(np.exp(log_mass(np.array([-1.96]), np.array([1.96]))), 0.95, atol=1e-4)[0])
    True
    """
    from scipy.special import log_ndtr

    above = np.where(np.isinf(lower), upper > np.inf, lower > 0)
    low, high = np.where(above, -upper, lower), np.where(above, -lower, upper)
    top = log_ndtr(high)
    # log(exp(top) - exp(bottom)), with bottom < top.
    step = np.minimum(log_ndtr(low) - top, -1e-300)
    return np.asarray(top + np.log(-np.expm1(step)))
