"""Do a result and a score rise together, by pairs of donors: Kendall's tau-b, which takes results
known only by bounds.

A pair of donors whose bounds leave their order open counts as tied (Brown, Hollander and Korwar
1974; Akritas, Murphy and LaValley 1995, doi 10.1080/01621459.1995.10476499, for environmental and
astronomical detection limits). Without bounds it is the usual coefficient, and the p value that of
the normal approximation with ties, as R's `cor.test(method = "kendall")` gives it.

When not to use: with fewer than about ten donors the normal approximation is rough (permute
instead); limits that depend on the score leave the order open for some scores more than for others.
"""

from __future__ import annotations

from dataclasses import dataclass

from exvivo.arrays import Floats
from exvivo.compare.methods.intervals import normal_p
from exvivo.compare.methods.ranks import settled


@dataclass(frozen=True)
class Tau:
    """Kendall's tau-b, its standardised sum `z` over all pairs and the two-sided p value; tau 0 and
    p 1 where nothing differs.
    """

    tau: float
    z: float
    p: float


def kendall(low_x: Floats, high_x: Floats, low_y: Floats, high_y: Floats) -> Tau:
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
    return Tau(total / squares**0.5, z, normal_p(z))


def _variance(x: Floats, y: Floats) -> float:
    """Daniels' variance: products of the summed squares of the rows, and of all scores."""
    n = len(x)
    (a, rows_a), (b, rows_b) = (_squares(scores) for scores in (x, y))
    triples = (rows_a - a) * (rows_b - b) / (n * (n - 1) * (n - 2))
    return 4 * triples + 2 * a * b / (n * (n - 1))


def _squares(scores: Floats) -> tuple[float, float]:
    """The sum of the squares of all scores, and of the squared sums of their rows."""
    return float((scores**2).sum()), float((scores.sum(axis=1) ** 2).sum())
