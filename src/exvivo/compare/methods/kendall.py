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
    from scipy.special import ndtr

    n = len(low_x)
    if n < 3:
        raise ValueError(f"{n} donors have no rank correlation")
    x, y = (
        settled(low[:, None], high[:, None], low, high)
        for low, high in ((low_x, high_x), (low_y, high_y))
    )
    squares = [float((scores**2).sum()) for scores in (x, y)]
    if not all(squares):
        return Tau(0.0, 0.0, 1.0)
    total = float((x * y).sum())
    # Daniels' variance: products of the summed squares of the rows, and of all scores.
    rows = [float((scores.sum(axis=1) ** 2).sum()) for scores in (x, y)]
    triples = (rows[0] - squares[0]) * (rows[1] - squares[1]) / (n * (n - 1) * (n - 2))
    variance = 4 * triples + 2 * squares[0] * squares[1] / (n * (n - 1))
    z = total / variance**0.5
    return Tau(total / (squares[0] * squares[1]) ** 0.5, z, 2 * float(ndtr(-abs(z))))
