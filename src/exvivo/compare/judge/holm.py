"""Holm's correction of the p values of a family, of one study or of many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exvivo.arrays import Floats, Ints


def holm(p: Sequence[float]) -> list[float]:
    """Holm's adjusted p values, in the order given (Holm 1979, JSTOR 4615733).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    return [float(adjusted) for adjusted in holm_of(np.asarray(p, dtype=np.float64))]


def holm_of(p: Floats) -> Floats:
    """The same along the last axis of many families; a p value that is NaN takes no part."""
    order = np.argsort(p, axis=-1, kind="stable")
    tests = np.count_nonzero(~np.isnan(p), axis=-1)[..., None]
    left = tests - np.arange(p.shape[-1])
    raised = np.maximum.accumulate(np.take_along_axis(p, order, axis=-1) * left, axis=-1)
    return in_order_given(raised, order)


def in_order_given(raised: Floats, order: Ints) -> Floats:
    """Corrected p values, at most 1, from the order of their size back to the order given."""
    adjusted = np.empty_like(raised)
    np.put_along_axis(adjusted, order, np.minimum(raised, 1.0), axis=-1)
    return adjusted
