"""Many analytes looked through for candidates: p values that bound the share of false ones among
those picked.

When not to use: for claims. A declared family of questions is corrected by Holm or by max T, which
bound the chance of any false claim; a pick from a screen is a reason to declare a question in the
next study.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exvivo.compare.judge.holm import in_order_given


def false_discovery(p: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's adjusted p values, in the order given (1995, doi
    10.1111/j.2517-6161.1995.tb02031.x).

    They hold for independent tests and those that rise together.

    >>> false_discovery([0.01, 0.04, 0.03])
    [0.03, 0.04, 0.04]
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(-values, kind="stable")
    raised = np.minimum.accumulate(values[order] * len(values) / np.arange(len(values), 0, -1))
    return in_order_given(raised, order)
