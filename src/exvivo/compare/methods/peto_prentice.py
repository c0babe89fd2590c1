"""Groups compared and described where part of the results are undetected, by the methods of
survival turned around.

A result below its limit is one whose time, counted down from the highest value, was not reached. So
the log rank family tests groups (Harrington and Fleming 1982, doi 10.1093/biomet/69.3.553; `weight`
1 is Peto's and Prentice's Wilcoxon test, as NADA's `cendiff` has it, 0 the log rank test), and
Kaplan and Meier's curve gives the median where it is detected at all (Helsel 2012, ISBN
978-0-470-47988-9). Limits may differ from plate to plate.

When not to use: where limits depend on the group (its plates, its dilution) the censoring is
informative; means of such curves stop at the lowest detected value and are not for estimates. For a
shift with its interval take `ranks`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from exvivo.arrays import Bools, Floats


@dataclass(frozen=True)
class Test:
    """A chi-squared statistic with its degrees of freedom and p value."""

    chi2: float
    freedom: int
    p: float


@dataclass(frozen=True)
class Steps:
    """Kaplan and Meier's distribution of results from the highest down.

    `values` (k,) are the distinct detected results in falling order, `below` (k,) the estimated
    share of results under each; `median` is the smallest result that half lie at or below, None
    where half or more lie below every detected one.
    """

    values: Floats
    below: Floats
    median: float | None


def between_groups(
    lower: Floats, upper: Floats, groups: npt.NDArray[np.generic], *, weight: float = 1.0
) -> Test:
    """Whether groups (results,) have one distribution; results between `lower` and `upper`, equal
    where detected.

    A result with `lower` of minus infinity is undetected, `upper` its limit. Each distinct detected
    value counts the share of results estimated to lie below its predecessor, to the power of
    `weight`. Raises ValueError for other bounds or one group.
    """
    from scipy.special import chdtrc

    detected = _detected(lower, upper)
    names, at = np.unique(groups, return_inverse=True)
    if len(names) < 2 or not detected.any():
        raise ValueError("a test needs two groups and a detected result")
    member = (at[:, None] == np.arange(len(names))).astype(np.float64)
    values, hits, risk = _counts(upper, detected)
    each = (upper[:, None] <= values).astype(np.float64).T @ member
    found = ((upper[:, None] == values) & detected[:, None]).astype(np.float64).T @ member
    share = np.concatenate([[1.0], np.cumprod(1 - hits / risk)[:-1]]) ** weight
    excess = (share[:, None] * (found - hits[:, None] * each / risk[:, None])).sum(axis=0)
    spread = share**2 * hits * (risk - hits) / (risk**2 * np.maximum(risk - 1, 1))
    variance = np.diag((spread * risk) @ each) - (each * spread[:, None]).T @ each
    free = slice(0, len(names) - 1)  # what is left of one group follows from the others
    chi2 = float(excess[free] @ np.linalg.pinv(variance[free, free], hermitian=True) @ excess[free])
    return Test(chi2, len(names) - 1, float(chdtrc(len(names) - 1, chi2)))


def steps(lower: Floats, upper: Floats) -> Steps:
    """The distribution of results between `lower` and `upper` (results,), as `between_groups` takes
    them.
    """
    detected = _detected(lower, upper)
    values, hits, risk = _counts(upper, detected)
    below = np.asarray(np.cumprod(1 - hits / risk), dtype=np.float64)
    under = np.flatnonzero(below < 0.5 - 1e-12)
    return Steps(values, below, float(values[under[0]]) if len(under) else None)


def _detected(lower: Floats, upper: Floats) -> Bools:
    detected = lower == upper
    if not np.all(detected | (np.isneginf(lower) & np.isfinite(upper))):
        raise ValueError(
            "results must be detected or lie below a limit; other bounds have no place here"
        )
    return np.asarray(detected)


def _counts(upper: Floats, detected: Bools) -> tuple[Floats, Floats, Floats]:
    """The distinct detected values from the highest down, how many results are each, and how many
    may lie at or below it.
    """
    values = np.unique(upper[detected])[::-1]
    hits = (upper[detected][:, None] == values).sum(axis=0).astype(np.float64)
    return values, hits, (upper[:, None] <= values).sum(axis=0).astype(np.float64)
