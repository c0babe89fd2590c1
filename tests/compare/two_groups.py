"""Two groups of donors given as two arrays, as the tests of methods have them."""

from __future__ import annotations

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.compare.estimate import Estimate
from exvivo.compare.methods import regression
from exvivo.compare.methods.ranks import TwoGroups
from exvivo.compare.methods.regression import Fit


def together(x: Floats, y: Floats) -> tuple[Floats, Floats, Bools]:
    """The results of both groups, the column that is asked about, and who is in the first."""
    first = np.arange(len(x) + len(y)) < len(x)
    return np.concatenate([x, y]), first.astype(np.float64), first


def fitted(x: Floats, y: Floats, *, alpha: float = 0.05, shared: float = 0.0) -> Fit:
    """The difference of two groups with nothing held."""
    both, asked, first = together(x, y)
    held = np.empty((len(both), 0))
    return regression.coefficient(both, asked, held, first, alpha=alpha, shared=shared)


def welch(x: Floats, y: Floats, *, alpha: float = 0.05, shared: float = 0.0) -> Estimate:
    """The same as an estimate: Welch's interval."""
    return fitted(x, y, alpha=alpha, shared=shared).estimate


def hedges_g(x: Floats, y: Floats) -> float:
    """The difference of two groups in pooled standard deviations."""
    both, asked, first = together(x, y)
    weights = regression.weights_of(asked, np.empty((len(both), 0)), first)
    return regression.hedges_g(weights, both)


def ranked(low_x: Floats, high_x: Floats, low_y: Floats, high_y: Floats) -> TwoGroups:
    """Two groups of bounded results in one stratum."""
    low, _, first = together(low_x, low_y)
    return TwoGroups(low, np.concatenate([high_x, high_y]), first, np.zeros(len(low), np.intp))
