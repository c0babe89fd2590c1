"""Contrasts of several estimates from the same donors, with the spread that leaving out one donor
at a time shows.

With θ_a the estimate of analyte a (a difference between groups, or the mean of one), θ_a(-d) the
same without donor d, weights w and c = Σ_a w_a θ_a,

    v_g = f_g / n_g Σ_{d in g} (c - c(-d))²,   s² = Σ_g v_g + σ²,   df = s⁴ / Σ_g (v_g² / f_g),

f_g the degrees of freedom of group g: n_g - 1, or its donors less their leverages where columns are
held. σ is known and shared by the donors. Donors are independent, analytes of a donor are not: that
is in c(-d). For means of values it is Welch's interval on each donor's own contrast exactly, and
where results have bounds or columns are held it is the delete-one jackknife (Tukey 1958; Efron and
Stein 1981, doi 10.1214/aos/1176345462) with Satterthwaite's degrees of freedom.

When not to use: with estimates that jump when one donor goes (medians, ranks); with fewer than
three donors in a group.
"""

from __future__ import annotations

import math

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.compare.estimate import Estimate, NotEstimable
from exvivo.compare.methods.intervals import student
from exvivo.compare.methods.regression import NO_BEST_ESTIMATE


def jackknife_contrast(
    estimates: Floats,
    without: Floats,
    groups: Ints,
    weights: Floats,
    *,
    alpha: float,
    shared: float = 0.0,
    df: Floats | None = None,
) -> Estimate:
    """The weighted sum of some estimates with interval and p value.

    estimates (analytes,); without (donors, analytes): each without that donor; groups (donors,): 0
    and up; weights (analytes,), as 1 and -1/3 for one against the mean of three. `shared` is the
    standard deviation of the contrast by errors that donors share; `df` (groups,) the degrees of
    freedom of each group, n - 1 if left out. Raises NotEstimable where an estimate is missing.
    """
    contrast, moved = float(weights @ estimates), without @ weights
    if not (math.isfinite(contrast) and np.isfinite(moved).all()):
        raise NotEstimable(NO_BEST_ESTIMATE)
    donors = np.bincount(groups)
    degrees = np.asarray(donors - 1.0) if df is None else df
    parts = degrees / donors * np.bincount(groups, np.square(moved - contrast))
    variance = float(parts.sum()) + shared**2
    whole = variance**2 / max(float((parts**2 / degrees).sum()), 1e-300)
    return student(contrast, variance**0.5, whole, alpha=alpha)
