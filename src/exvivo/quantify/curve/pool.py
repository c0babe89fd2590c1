"""What the other plates say of a plate's curve: an empirical-Bayes prior on theta for analytes with
three or more plates.

For plate p of an analyte, in several dimensions,

    estimate_p = theta_p + error,      error normal with covariance V_p of the fit             (1)
    theta_p = middle + deviation,      variance B of each coordinate between plates            (2)

with a deviation of Student's t (4 degrees of freedom): a plate far off counts with a weight below
1. A plate whose standards are damaged borrows; one whose standards are good hardly moves. Fitted by
EM; a random-effects model as of DerSimonian and Laird 1986, doi:10.1016/0197-2456(86)90046-2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.quantify.curve.fit import Prior

ENOUGH_PLATES = 3
_TAILS = 4.0
_USUAL_SD = np.array([0.2, 0.2, 0.2, 0.1, 0.2])
"""Usual sd between plates of A (as a share of it), log(B-A), log C, log D, log F: counts as
`_USUAL_WEIGHT` plates, so that three plates that happen to agree are not taken for one.
"""
_USUAL_WEIGHT = 2.0
_ROUNDS = 40


def prior_of_plates(
    theta: Floats, covariance: Floats, free: Ints, analyte: Ints
) -> tuple[Prior, Ints]:
    """A prior for each curve from the other plates of its analyte, and how many plates were pooled
    (0: none) (curves,).

    theta (curves, 5), covariance (curves, 5, 5), free (curves,) 4 or 5, analyte (curves,). Curves
    with `pooled` 0 have a prior without precision. A curve's own standards are not in its prior.
    """
    centre, precision = theta.copy(), np.zeros_like(theta)
    pooled = np.zeros(len(theta), dtype=np.int64)
    for one in np.unique(analyte):
        plates = np.flatnonzero(analyte == one)
        if plates.size < ENOUGH_PLATES:
            continue
        moving = np.arange(int(free[plates[0]]))
        here = np.ix_(plates, moving)
        model = _between_plates(theta[here], covariance[np.ix_(plates, moving, moving)])
        centre[here], variance = model.without_each()
        precision[here], pooled[plates] = 1.0 / variance, plates.size
    return Prior(centre, precision), pooled


@dataclass(frozen=True, slots=True)
class _Model:
    """Equation (2), fitted: the estimates (plates, free), the variance B between plates (free,),
    and the precision with which each plate speaks of the middle (plates, free, free).
    """

    estimates: Floats
    between: Floats
    precision: Floats

    def without_each(self) -> tuple[Floats, Floats]:
        """For each plate the middle of the others and the variance of a new plate round it, by
        coordinate (plates, free).
        """
        variance = np.linalg.inv(self.precision.sum(axis=0) - self.precision)
        own = np.einsum("pij,pj->pi", self.precision, self.estimates)
        others = np.einsum("pij,pj->i", self.precision, self.estimates) - own
        middle = np.einsum("pij,pj->pi", variance, others)
        return middle, self.between + np.diagonal(variance, axis1=1, axis2=2)


def _between_plates(estimates: Floats, own: Floats) -> _Model:
    """EM of the model of this module; own (plates, free, free): V_p of equation (1)."""
    plates, free = estimates.shape
    usual = _usual_variance(estimates)
    between, weight = usual.copy(), np.ones(plates)
    for _ in range(_ROUNDS):
        # The middle, given B and the weights: generalised least squares.
        inverse = np.linalg.inv(own + np.diag(between))
        precision = weight[:, None, None] * inverse
        weighed = np.einsum("pij,pj->i", precision, estimates)
        off = estimates - np.linalg.solve(precision.sum(axis=0), weighed)
        # Weights of Student's t, from the distance of each plate by Mahalanobis.
        pull = np.einsum("pij,pj->pi", inverse, off)
        weight = (_TAILS + free) / (_TAILS + np.einsum("pi,pi->p", off, pull))
        # B: expected squares of the deviations, B pull, and what is not known of them.
        unknown = between - np.square(between) * np.diagonal(inverse, axis1=1, axis2=2)
        squares = weight[:, None] * np.square(between * pull) + unknown
        between = (squares.sum(axis=0) + _USUAL_WEIGHT * usual) / (plates + _USUAL_WEIGHT)
    return _Model(estimates, between, precision)


def _usual_variance(estimates: Floats) -> Floats:
    """`_USUAL_SD` squared, that of A in its unit (free,)."""
    sd = _USUAL_SD[: estimates.shape[1]].copy()
    sd[0] *= np.abs(np.median(estimates[:, 0]))
    return np.asarray(np.maximum(np.square(sd), 1e-12))
