"""Standard errors and degrees of freedom of the fixed effects of a mixed model.

**Kenward and Roger** (1997, doi 10.2307/2533558) enlarge the covariance of the fixed effects by
what estimating the variances costs, and take the degrees of freedom of one contrast from the
expected information of the variances. Variances and covariances enter V linearly, so the second
derivatives of their formula vanish; known terms of V do not change it. Every parameter takes part,
also one estimated as zero, as in pbkrtest (Halekoh and Hojsgaard 2014, doi 10.18637/jss.v059.i09).

**Satterthwaite** (Giesbrecht and Burns 1985, doi 10.2307/2530862; lmerTest, doi
10.18637/jss.v082.i13) leaves the covariance as it is and takes the observed information in the
triangular factors, where a variance of zero has no slope and drops out.

When not to use: with fewer than about five donors a group neither is trusted here more than an
exact permutation; where an effect varies only between plates, its degrees of freedom are those of
the plates, and both say so by being few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from exvivo.arrays import Floats
from exvivo.compare.mixed.newton import Minimum
from exvivo.compare.mixed.reml import Pieces, inverse_and_log

Freedom = Literal["kenward-roger", "satterthwaite"]


@dataclass(frozen=True)
class Fixed:
    """The fixed effects of B studies: `beta` (B, p), their `covariance` (B, p, p), and `adjusted`
    by Kenward and Roger.

    `bend` (B, j, p, p) is the derivative of the covariance by each variance parameter; `expected`
    and `observed` (B, j, j) are the covariances of the variance parameters by either information.
    """

    beta: Floats
    covariance: Floats
    adjusted: Floats
    bend: Floats
    expected: Floats
    observed: Floats


@dataclass(frozen=True)
class Contrasts:
    """Contrasts of fixed effects in B studies, each (B, contrasts): with `level` intervals and
    two-sided p values.
    """

    estimate: Floats
    error: Floats
    freedom: Floats
    lower: Floats
    upper: Floats
    p: Floats


def fixed_effects(of: Pieces, least: Minimum) -> Fixed:
    """The fixed effects at the minimum, in the columns that were fitted."""
    s = of.structure
    p, m = s.fixed, len(s.known)
    inner = of.factor.swapaxes(1, 2) @ of.gram[:, p:-1, p:-1] @ of.factor + np.eye(m)
    border = np.zeros_like(of.gram)
    border[:, p:-1, p:-1] = of.factor @ inverse_and_log(inner)[0] @ of.factor.swapaxes(1, 2)
    n = -border @ of.gram[:, :, :p]
    n[:, np.arange(p), np.arange(p)] += 1.0
    turned = n.swapaxes(1, 2)
    covariance, _ = inverse_and_log(turned @ of.gram[:, :, :p])
    beta = (covariance @ (turned @ of.gram[:, :, -1:]))[:, :, 0]
    slope = turned[:, None] @ of.h @ n[:, None]
    expected = np.asarray(np.linalg.pinv(of.expected, hermitian=True), dtype=np.float64)
    mean_slope = np.einsum("bjk,bkpq->bjpq", expected, slope)
    middle = np.einsum("bjk,bjkfg->bfg", expected, of.q)
    mean_h = np.einsum("bjk,bkfg->bjfg", expected, of.h)
    middle = middle - np.einsum("bjfg,bgh,bjhi->bfi", mean_h, border, of.h, optimize=True)
    less = np.einsum("bjpq,bqr,bjrs->bps", mean_slope, covariance, slope, optimize=True)
    added = covariance @ (turned @ middle @ n - less) @ covariance
    added = 0.5 * (added + added.swapaxes(1, 2))
    by = np.einsum("jkl,bl->bjk", s.turn, least.root)
    observed = by @ np.linalg.pinv(least.hessian, rcond=1e-9, hermitian=True) @ by.swapaxes(1, 2)
    bend = covariance[:, None] @ slope @ covariance[:, None]
    return Fixed(beta, covariance, covariance + 2 * added, bend, expected, observed)


def contrasts(
    fixed: Fixed, weights: npt.ArrayLike, *, level: float = 0.95, by: Freedom = "kenward-roger"
) -> Contrasts:
    """Contrasts `weights` (contrasts, p) of the fixed effects of each study, with standard errors
    and degrees of freedom.

    For a single contrast Kenward and Roger's scale is exactly 1 and their degrees of freedom are 2
    / A1.
    """
    from scipy.special import stdtr, stdtrit

    c = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    plain = np.einsum("cp,bpq,cq->bc", c, fixed.covariance, c)
    by_parameter = np.einsum("cp,bjpq,cq->bcj", c, fixed.bend, c)
    information = fixed.expected if by == "kenward-roger" else fixed.observed
    wobble = np.einsum("bcj,bjk,bck->bc", by_parameter, information, by_parameter)
    with np.errstate(divide="ignore"):
        freedom = np.minimum(2 * plain**2 / wobble, 1e12)
    variance = np.einsum("cp,bpq,cq->bc", c, fixed.adjusted, c) if by == "kenward-roger" else plain
    estimate, error = fixed.beta @ c.T, np.sqrt(variance)
    reach = stdtrit(freedom, 0.5 + level / 2) * error
    p = 2 * stdtr(freedom, -np.abs(estimate) / error)
    return Contrasts(estimate, error, freedom, estimate - reach, estimate + reach, p)
