"""Is the difference between two groups smaller than a margin that was declared to matter?

Two one-sided tests (Schuirmann 1987, doi 10.1007/BF01068419) with the standard error s and the
degrees of freedom of the answer: that the difference d lies above minus the margin δ, and that it
lies below it,

    t_above = (δ + d) / s,   t_below = (δ - d) / s

Both must hold; then the 1 - 2 alpha interval lies inside.

When not to use: with 14 and 10 donors and no difference at all, a margin of half a standard
deviation is reached in 2 studies of 1,000 and one of a whole standard deviation in half of them.
Not reaching the margin says nothing; it is "not resolved". The margin has to be declared before the
results.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats


@dataclass(frozen=True)
class Equivalence:
    """The difference, its 1 - 2 alpha interval, and the p values of both one-sided tests and of
    equivalence (their larger).

    Each is an array over the leading axes of the groups. `p_above` is of "above minus the margin",
    `p_below` of "below it".
    """

    estimate: Floats
    lower: Floats
    upper: Floats
    p_above: Floats
    p_below: Floats
    p: Floats


def tost(
    estimate: Floats | float,
    error: Floats | float,
    df: Floats | float,
    *,
    margin: float,
    alpha: float,
) -> Equivalence:
    """Equivalence of estimates with their standard errors and degrees of freedom within `margin`,
    in their unit; many at once.

    Raises ValueError where the margin is not positive.
    """
    from scipy.special import stdtr, stdtrit

    if not margin > 0:
        raise ValueError(f"a margin of {margin} leaves nothing to be equivalent within")
    above, below = (stdtr(df, -(margin + sign * estimate) / error) for sign in (1, -1))
    half_width = stdtrit(df, 1 - alpha) * error
    return Equivalence(
        estimate=np.asarray(estimate),
        lower=estimate - half_width,
        upper=estimate + half_width,
        p_above=above,
        p_below=below,
        p=np.maximum(above, below),
    )


def power(error: float, df: float, *, margin: float, alpha: float = 0.05) -> float:
    """The chance that both tests hold where there is no difference, at this standard error and
    these degrees of freedom: about 2 P - 1.

    It is the share of studies that could have claimed equivalence; not the power of the result that
    was seen.
    """
    from scipy.special import stdtr, stdtrit

    room = margin / error - float(stdtrit(df, 1 - alpha))
    return max(2 * float(stdtr(df, room)) - 1, 0.0)
