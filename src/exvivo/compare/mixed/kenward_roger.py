"""Standard errors and degrees of freedom of the fixed effects of a mixed model.

With V = sum_j theta_j A_j + known terms and Phi = (X'V^-1 X)^-1, the fixed effects are beta = Phi
X'V^-1 y with covariance Phi. The matrices P_j = -X'V^-1 A_j V^-1 X and Q_jk = X'V^-1 A_j V^-1 A_k
V^-1 X say how they depend on theta, and W is the covariance of theta.

**Kenward and Roger** (1997, doi 10.2307/2533558) enlarge Phi by what estimating theta costs::

    Phi_A = Phi + 2 Phi {sum_jk W_jk (Q_jk - P_j Phi P_k)} Phi

and take the degrees of freedom of one contrast c from the expected information W^-1 of theta::

    df = 2 (c'Phi c)^2 / sum_jk W_jk (c'Phi P_j Phi c) (c'Phi P_k Phi c)

Variances and covariances enter V linearly, so the second derivatives of their formula vanish; known
terms of V do not change it. Every parameter takes part, also one estimated as zero, as in pbkrtest
(Halekoh and Hojsgaard 2014, doi 10.18637/jss.v059.i09).

**Satterthwaite** (Giesbrecht and Burns 1985, doi 10.2307/2530862; lmerTest, doi
10.18637/jss.v082.i13) leaves the covariance as it is and takes the observed information in the
factors, where a variance of zero has no slope and drops out.

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

DfMethod = Literal["kenward-roger", "satterthwaite"]
"""How the degrees of freedom are found."""
_MOST_DF = 1e12
"""Degrees of freedom that are as good as infinite."""


@dataclass(frozen=True)
class Fixed:
    """The fixed effects of B studies: `beta` (B, p), their `covariance` (B, p, p), and `adjusted`
    by Kenward and Roger.

    `derivative` (B, j, p, p) is the derivative of the covariance by each variance parameter, -Phi
    P_j Phi; `expected` and `observed` (B, j, j) are the covariances of the variance parameters by
    either information.
    """

    beta: Floats
    covariance: Floats
    adjusted: Floats
    derivative: Floats
    expected: Floats
    observed: Floats


@dataclass(frozen=True)
class Contrasts:
    """Contrasts of fixed effects in B studies, each (B, contrasts): with `level` intervals and
    two-sided p values; `df` are the degrees of freedom.
    """

    estimate: Floats
    error: Floats
    df: Floats
    lower: Floats
    upper: Floats
    p: Floats


def fixed_effects(of: Pieces, least: Minimum) -> Fixed:
    """The fixed effects at the minimum, in the columns that were fitted."""
    gram = of.products.gram
    border, n = _border_taken_out(of)
    # Phi and beta, from X'V^-1 [X, y] = N' gram [X, y].
    covariance, _ = inverse_and_log(n.mT @ gram[:, :, : of.structure.fixed])
    beta = (covariance @ (n.mT @ gram[:, :, -1:]))[:, :, 0]
    # X'V^-1 A_j V^-1 X = N'H_j N
    slope = n.mT[:, None] @ of.products.h @ n[:, None]
    expected = np.asarray(np.linalg.pinv(of.expected, hermitian=True), dtype=np.float64)
    added = covariance @ (_second(of, border, n, expected) - _first(slope, covariance, expected))
    added = added @ covariance
    return Fixed(
        beta=beta,
        covariance=covariance,
        adjusted=covariance + 2 * (0.5 * (added + added.mT)),
        derivative=covariance[:, None] @ slope @ covariance[:, None],
        expected=expected,
        observed=_observed(of, least),
    )


def _border_taken_out(of: Pieces) -> tuple[Floats, Floats]:
    """What takes the border out: M (B, f, f) with V^-1 = S - S F M F'S, and N (B, f, p) with V^-1 X
    = S F N.
    """
    gram, p = of.products.gram, of.structure.fixed
    inner = of.factor.mT @ gram[:, p:-1, p:-1] @ of.factor + np.eye(of.factor.shape[1])
    border = np.zeros_like(gram)
    border[:, p:-1, p:-1] = of.factor @ inverse_and_log(inner)[0] @ of.factor.mT
    n = -border @ gram[:, :, :p]
    n[:, np.arange(p), np.arange(p)] += 1.0
    return border, n


def _second(of: Pieces, border: Floats, n: Floats, expected: Floats) -> Floats:
    """sum_jk W_jk Q_jk (B, p, p): X'V^-1 A_j V^-1 A_k V^-1 X = N'(Q_jk - H_j M H_k) N."""
    h = of.products.h
    middle = np.einsum("bjk,bjkfg->bfg", expected, of.products.q)
    mean_h = np.einsum("bjk,bkfg->bjfg", expected, h)
    middle = middle - np.einsum("bjfg,bgh,bjhi->bfi", mean_h, border, h, optimize=True)
    return np.asarray(n.mT @ middle @ n)


def _first(slope: Floats, covariance: Floats, expected: Floats) -> Floats:
    """sum_jk W_jk P_j Phi P_k (B, p, p); `slope` (B, j, p, p) are the -P_j."""
    mean_slope = np.einsum("bjk,bkpq->bjpq", expected, slope)
    first = np.einsum("bjpq,bqr,bjrs->bps", mean_slope, covariance, slope, optimize=True)
    return np.asarray(first)


def _observed(of: Pieces, least: Minimum) -> Floats:
    """The covariance of theta (B, j, j) by the observed information in the factors, J H^-1 J'."""
    by = of.structure.by_factors(least.factors)
    inverse = np.linalg.pinv(least.hessian, rcond=1e-9, hermitian=True)
    return by @ inverse @ by.mT


def contrasts(
    fixed: Fixed, weights: npt.ArrayLike, *, level: float = 0.95, by: DfMethod = "kenward-roger"
) -> Contrasts:
    """Contrasts `weights` (contrasts, p) of the fixed effects of each study, with standard errors
    and degrees of freedom.

    For a single contrast Kenward and Roger's scale is exactly 1 and their degrees of freedom are 2
    / A1.
    """
    from scipy.special import stdtr, stdtrit

    c = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    kenward_roger = by == "kenward-roger"
    df = _df(fixed, c, fixed.expected if kenward_roger else fixed.observed)
    variance = _quadratic(c, fixed.adjusted if kenward_roger else fixed.covariance)
    estimate, error = fixed.beta @ c.T, np.sqrt(variance)
    half_width = stdtrit(df, 0.5 + level / 2) * error
    p = 2 * stdtr(df, -np.abs(estimate) / error)
    return Contrasts(estimate, error, df, estimate - half_width, estimate + half_width, p)


def _quadratic(c: Floats, matrices: Floats) -> Floats:
    """The products c'M c of each contrast and study (B, contrasts)."""
    return np.asarray(np.einsum("cp,bpq,cq->bc", c, matrices, c))


def _df(fixed: Fixed, c: Floats, theta_covariance: Floats) -> Floats:
    """Degrees of freedom (B, contrasts): 2 (variance)^2 / variance of the variance."""
    slope = np.einsum("cp,bjpq,cq->bcj", c, fixed.derivative, c)
    varies = np.einsum("bcj,bjk,bck->bc", slope, theta_covariance, slope)
    with np.errstate(divide="ignore"):
        df = 2 * _quadratic(c, fixed.covariance) ** 2 / varies
    return np.asarray(np.minimum(df, _MOST_DF))
