"""Is a result related to a score at fixed values of other things about the donors?

The partial correlation: the covariates are taken out of both sides by least squares, and the
residuals are correlated; its p value is that of the coefficient in the regression of one side on
the other and the covariates (Fisher 1924; interval by Fisher's z with a degree of freedom less for
each covariate). For Spearman's coefficient ranks are taken first.

When not to use: a covariate that lies on the way from the result to the score, or that both of them
cause, brings bias in; with fewer than ten donors for each covariate the adjustment is mostly noise.
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.estimate import Estimate, NotEstimable
from exvivo.compare.methods.correlation import Coefficient, correlation
from exvivo.compare.methods.ranks import midranks
from exvivo.compare.methods.regression import least_squares_rest
from exvivo.findings import Caveat


def partial(
    x: Floats,
    y: Floats,
    covariates: Floats,
    held: Floats | None = None,
    *,
    alpha: float,
    method: Coefficient = "pearson",
) -> Estimate:
    """The correlation of x and y (donors,) adjusted for `covariates` (donors, columns) and for the
    columns `held` of a design, which are never ranked; a constant is added to them.

    Raises NotEstimable (a ValueError) where covariates cannot be told apart, leave fewer than two
    degrees of freedom or explain a side wholly.
    """
    design = np.column_stack([np.ones(len(x)), covariates])
    if method == "spearman":
        x, y = midranks(x), midranks(y)
        ranks = (midranks(column) for column in design[:, 1:].T)
        design = np.column_stack([design[:, 0], *ranks])
    if held is not None:
        design = np.column_stack([design, held])
    columns = design.shape[1] - 1
    if np.linalg.matrix_rank(design) <= columns or len(x) - 2 - columns < 2:
        many = {"covariates": columns, "donors": len(x)}
        raise NotEstimable(Caveat("covariates_not_separable", many))
    rest_x, rest_y = _unexplained(x, design), _unexplained(y, design)
    return correlation(rest_x, rest_y, alpha=alpha, method=method, adjusted=columns)


def _unexplained(values: Floats, design: Floats) -> Floats:
    """The residuals of least squares. Raises NotEstimable where there are none."""
    rest = least_squares_rest(values, design)
    if rest @ rest <= 1e-20 * (values @ values):
        raise NotEstimable(Caveat("covariates_explain_all"))
    return rest
