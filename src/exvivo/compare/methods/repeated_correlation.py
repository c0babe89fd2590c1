"""Do two measurements move together within donors who were measured several times?

Repeated measures correlation (Bland and Altman 1995, doi 10.1136/bmj.310.6977.446; Bakdash and
Marusich 2017, doi 10.3389/fpsyg.2017.00456): every donor has a level of their own and all have one
slope. What differs between donors is taken out, so it answers another question than a correlation
over donors, and may have the other sign.

When not to use: with two visits it is the correlation of the changes through zero, and a shift of
everybody between visits (a batch, a season) passes for an association; where slopes differ between
donors there is no one slope to report.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from exvivo.arrays import Floats
from exvivo.compare.estimate import Estimate, NotEstimable
from exvivo.compare.methods.correlation import correlation
from exvivo.findings import Caveat


def repeated(x: Floats, y: Floats, donors: npt.NDArray[np.generic], *, alpha: float) -> Estimate:
    """The correlation of x and y within donors, all arrays (results,); results - donors - 1 degrees
    of freedom.

    Raises NotEstimable (a ValueError) where fewer than two degrees of freedom are left (the
    interval needs them) or nothing varies within donors.
    """
    _, at = np.unique(donors, return_inverse=True)
    count = np.bincount(at)
    if len(x) - len(count) - 1 < 2:
        few = {"results": len(x), "donors": len(count)}
        raise NotEstimable(Caveat("nothing_within_donors", few))
    x, y = (values - (np.bincount(at, weights=values) / count)[at] for values in (x, y))
    if not (x @ x > 0 and y @ y > 0):
        raise NotEstimable(Caveat("constant_within_donors"))
    return correlation(x, y, alpha=alpha, method="pearson", adjusted=len(count) - 1)
