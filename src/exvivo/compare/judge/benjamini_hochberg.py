"""Many analytes looked through for candidates: p values that bound the share of false ones among
those picked.

When not to use: for claims. A declared family of questions is corrected by Holm or by max T, which
bound the chance of any false claim; a pick from a screen is a reason to declare a question in the
next study.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exvivo.arrays import Floats
from exvivo.compare.judge.holm import in_order_given


def false_discovery(p: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's adjusted p values, in the order given (1995, doi
    10.1111/j.2517-6161.1995.tb02031.x).

    They hold for independent tests and those that rise together.

    >>> false_discovery([0.01, 0.04, 0.03])
    [0.03, 0.04, 0.04]
    """
    return [float(adjusted) for adjusted in false_discovery_of(np.asarray(p, dtype=np.float64))]


def false_discovery_of(p: Floats) -> Floats:
    """The same along the last axis of many screens; a p value that is NaN takes no part."""
    given = ~np.isnan(p)
    tests = np.count_nonzero(given, axis=-1)[..., None]
    order = np.argsort(np.where(given, -p, np.inf), axis=-1, kind="stable")
    left = np.maximum(tests - np.arange(p.shape[-1]), 1)
    ordered = np.take_along_axis(p, order, axis=-1) * tests / left
    adjusted = in_order_given(np.fmin.accumulate(ordered, axis=-1), order)
    return np.where(given, adjusted, np.nan)
