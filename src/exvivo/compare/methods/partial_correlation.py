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

from exvivo.arrays import Bools, Floats
from exvivo.compare.estimate import Estimate, Estimates, NotEstimable
from exvivo.compare.methods.correlation import Coefficient, correlations
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
    rests = partials(x, y, covariates, held, alpha=alpha, method=method)
    if np.isnan(rests.estimate):
        raise NotEstimable(Caveat("covariates_explain_all"))
    return rests.one


def partials(
    x: Floats,
    y: Floats,
    covariates: Floats,
    held: Floats | None = None,
    *,
    alpha: float,
    method: Coefficient = "pearson",
) -> Estimates:
    """The same of many studies (studies, donors) with the same covariates; NaN where these explain
    a side wholly.
    """
    donors = x.shape[-1]
    design = np.column_stack([np.ones(donors), covariates])
    if method == "spearman":
        x, y = midranks(x), midranks(y)
        ranks = (midranks(column) for column in design[:, 1:].T)
        design = np.column_stack([design[:, 0], *ranks])
    if held is not None:
        design = np.column_stack([design, held])
    columns = design.shape[1] - 1
    if np.linalg.matrix_rank(design) <= columns or donors - 2 - columns < 2:
        many = {"covariates": columns, "donors": donors}
        raise NotEstimable(Caveat("covariates_not_separable", many))
    rests = [least_squares_rest(side, design) for side in (x, y)]
    explained = _explained(x, rests[0]) | _explained(y, rests[1])
    return correlations(*rests, alpha=alpha, method=method, adjusted=columns).where(~explained)


def _explained(values: Floats, rest: Floats) -> Bools:
    """Whether nothing is left of values (studies, donors) after least squares."""
    return np.asarray((rest**2).sum(axis=-1) <= 1e-20 * (values**2).sum(axis=-1))
