"""What the other plates say of a plate's curve: an empirical-Bayes prior on theta for analytes with
three or more plates.

theta of a plate is taken as Student's t (4 degrees of freedom) round the analyte's mean over
plates, with a variance of each coordinate between plates. A plate whose standards are damaged
borrows; one whose standards are good hardly moves. Source of the model: DerSimonian and Laird 1986,
doi:10.1016/0197-2456(86)90046-2, in several dimensions, by EM.
"""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Floats
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
    theta: Floats, covariance: Floats, free: np.ndarray, analyte: np.ndarray
) -> tuple[Prior, np.ndarray]:
    """A prior for each curve from the other plates of its analyte, and how many plates were pooled
    (0: none) (curves,).

    theta (curves, 5), covariance (curves, 5, 5), free (curves,) 4 or 5, analyte (curves,). Curves
    with `pooled` 0 have a prior without precision. A curve's own standards are not in its prior.
    """
    centre, precision = theta.copy(), np.zeros_like(theta)
    pooled = np.zeros(len(theta), dtype=np.int64)
    for one in np.unique(analyte):
        mine = np.flatnonzero(analyte == one)
        if mine.size < ENOUGH_PLATES:
            continue
        moving = np.arange(int(free[mine[0]]))
        own = covariance[np.ix_(mine, moving, moving)]
        middle, variance = _of_the_others(theta[np.ix_(mine, moving)], own)
        centre[np.ix_(mine, moving)], precision[np.ix_(mine, moving)] = middle, 1.0 / variance
        pooled[mine] = mine.size
    return Prior(centre, precision), pooled


def _of_the_others(theta: Floats, own: Floats) -> tuple[Floats, Floats]:
    """For each plate the mean of the others and the variance of a new plate round it, by coordinate
    (plates, free).
    """
    plates, free = theta.shape
    usual = np.square(
        _USUAL_SD[:free] * np.append(np.abs(np.median(theta[:, 0])), np.ones(free - 1))
    )
    usual = np.maximum(usual, 1e-12)
    between, weight = usual.copy(), np.ones(plates)
    for _ in range(_ROUNDS):
        inverse = np.linalg.inv(own + np.diag(between))
        share = weight[:, None, None] * inverse
        middle = np.linalg.solve(share.sum(axis=0), np.einsum("pij,pj->i", share, theta))
        off = theta - middle
        drawn = np.einsum("pij,pj->pi", inverse, off)
        weight = (_TAILS + free) / (_TAILS + np.einsum("pi,pi->p", off, drawn))
        kept = between - np.square(between) * inverse[:, range(free), range(free)]
        second = weight[:, None] * np.square(between * drawn) + kept
        between = (second.sum(axis=0) + _USUAL_WEIGHT * usual) / (plates + _USUAL_WEIGHT)
    others = share.sum(axis=0) - share
    spread = np.linalg.inv(others)
    rest = np.einsum("pij,pj->i", share, theta) - np.einsum("pij,pj->pi", share, theta)
    return np.einsum("pij,pj->pi", spread, rest), between + spread[:, range(free), range(free)]
