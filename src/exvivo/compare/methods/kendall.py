"""Do a result and a score rise together, by pairs of donors: Kendall's tau-b, which takes results
known only by bounds.

A pair of donors whose bounds leave their order open counts as tied (Brown, Hollander and Korwar
1974; Akritas, Murphy and LaValley 1995, doi 10.1080/01621459.1995.10476499, for environmental and
astronomical detection limits). Without bounds it is the usual coefficient, and the p value that of
the normal approximation with ties, as R's `cor.test(method = "kendall")` gives it.

The interval is the jackknife's over donors on Fisher's scale (Newson 2005, doi
10.18637/jss.v015.i01), with the coefficients t_i without each donor:

    z = atanh t,   s² = (n - 1) / n Σ (z_i - mean z)²,   tanh(z ± t(n - 1) s)

In 2,000 simulated studies a cell (normal pairs, tau 0, 0.33 and 0.59) it covered, where it says
95 %, 97.5 to 99.3 % with 10 donors, 97.1 to 98.7 % with 14 and 95.2 to 96.2 % with 40; with half of
the results undetected and tied scores 92.4 to 94.0 % with 8 donors and 95.0 to 96.4 % with 10 to
40.

When not to use: with fewer than about ten donors the normal approximation is rough (permute
instead); limits that depend on the score leave the order open for some scores more than for others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.methods.intervals import critical_t, normal_p
from exvivo.compare.methods.ranks import settled

_PERFECT = 1 - 1e-9


@dataclass(frozen=True)
class Tau:
    """Kendall's tau-b, its standardised sum `z` over all pairs and the two-sided p value; tau 0 and
    p 1 where nothing differs. `lower` and `upper` are the ends of its interval, None where it, or
    that without some donor, is perfect or none.
    """

    tau: float
    z: float
    p: float
    lower: float | None = None
    upper: float | None = None


def kendall(low_x: Floats, high_x: Floats, low_y: Floats, high_y: Floats, *, alpha: float) -> Tau:
    """Tau-b of x and y, each between bounds (donors,) that are equal where it is known.

    The variance is that of the sum of products over all orders of y (Daniels 1944, doi
    10.1093/biomet/33.2.129). Raises ValueError with fewer than three donors.
    """
    if len(low_x) < 3:
        raise ValueError(f"{len(low_x)} donors have no rank correlation")
    x, y = (
        settled(low[:, None], high[:, None], low, high)
        for low, high in ((low_x, high_x), (low_y, high_y))
    )
    squares = float((x**2).sum()) * float((y**2).sum())
    if not squares:
        return Tau(0.0, 0.0, 1.0)
    total = float((x * y).sum())
    z = total / _variance(x, y) ** 0.5
    tau = total / squares**0.5
    return Tau(tau, z, normal_p(z), *_ends(tau, _without_each(x, y), alpha))


def _without_each(x: Floats, y: Floats) -> Floats:
    """Tau-b without each donor (donors,), of scores of pairs; NaN where nothing differs."""
    left = (each.sum() - 2 * each.sum(axis=1) for each in (x * y, x**2, y**2))
    products, squares_x, squares_y = left
    with np.errstate(invalid="ignore"):
        return np.asarray(products / np.sqrt(squares_x * squares_y))


def _ends(tau: float, without: Floats, alpha: float) -> tuple[float | None, float | None]:
    """The jackknife interval on Fisher's scale; none where that scale has no place for one of
    the coefficients.
    """
    n, every = len(without), np.append(without, tau)
    if not np.all(np.abs(every) < _PERFECT):
        return None, None
    z = np.arctanh(without)
    spread = ((n - 1) / n * float(((z - z.mean()) ** 2).sum())) ** 0.5
    centre, reach = np.arctanh(tau), critical_t(n - 1, alpha) * spread
    return float(np.tanh(centre - reach)), float(np.tanh(centre + reach))


def _variance(x: Floats, y: Floats) -> float:
    """Daniels' variance: products of the summed squares of the rows, and of all scores."""
    n = len(x)
    (a, rows_a), (b, rows_b) = (_squares(scores) for scores in (x, y))
    triples = (rows_a - a) * (rows_b - b) / (n * (n - 1) * (n - 2))
    return 4 * triples + 2 * a * b / (n * (n - 1))


def _squares(scores: Floats) -> tuple[float, float]:
    """The sum of the squares of all scores, and of the squared sums of their rows."""
    return float((scores**2).sum()), float((scores.sum(axis=1) ** 2).sum())
