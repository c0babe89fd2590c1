"""Holm's correction of the p values of a family."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exvivo.arrays import Floats, Ints


def holm(p: Sequence[float]) -> list[float]:
    """Holm's adjusted p values, in the order given (Holm 1979, JSTOR 4615733).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    raised = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    return in_order_given(raised, order)


def in_order_given(raised: Floats, order: Ints) -> list[float]:
    """Corrected p values, at most 1, from the order of their size back to the order given."""
    adjusted = np.empty_like(raised)
    adjusted[order] = np.minimum(raised, 1.0)
    return [float(p) for p in adjusted]
