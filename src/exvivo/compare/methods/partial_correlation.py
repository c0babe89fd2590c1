"""Is a result related to a score when other things about the donors are held?

The partial correlation: both sides are freed of the covariates by least squares, and what is left
is correlated; its p value is that of the coefficient in the regression of one side on the other and
the covariates (Fisher 1924; interval by Fisher's z with a degree of freedom less for each
covariate). For Spearman's coefficient ranks are taken first.

When not to use: a covariate that lies on the way from the result to the score, or that both of them
cause, brings bias in; with fewer than ten donors for each covariate the adjustment is mostly noise.
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.estimate import Estimate
from exvivo.compare.methods.correlation import Method, correlation
from exvivo.compare.methods.ranks import midranks


def partial(
    x: Floats, y: Floats, covariates: Floats, *, alpha: float, method: Method = "pearson"
) -> Estimate:
    """The correlation of x and y (donors,) with `covariates` (donors, columns) held; a constant is
    added to them.

    Raises ValueError where covariates cannot be told apart, leave fewer than two degrees of freedom
    or explain a side wholly.
    """
    held = np.column_stack([np.ones(len(x)), covariates])
    if method == "spearman":
        x, y = midranks(x), midranks(y)
        held = np.column_stack([held[:, 0], *(midranks(column) for column in held[:, 1:].T)])
    columns = held.shape[1] - 1
    if np.linalg.matrix_rank(held) <= columns or len(x) - 2 - columns < 2:
        raise ValueError(f"{columns} covariates cannot be held with {len(x)} donors")
    left = [values - held @ np.linalg.lstsq(held, values, rcond=None)[0] for values in (x, y)]
    if any(
        rest @ rest <= 1e-20 * (values @ values) for rest, values in zip(left, (x, y), strict=True)
    ):
        raise ValueError("the covariates explain one of the two sides wholly")
    return correlation(*left, alpha=alpha, method=method, adjusted=columns)
