"""Groups compared where part of the results are undetected: left-censored results flipped to
right-censored ones.

A result below its limit is one whose time, counted down from the highest value, was not reached. So
the log rank family tests groups (Harrington and Fleming 1982, doi 10.1093/biomet/69.3.553; `weight`
1 is Peto's and Prentice's Wilcoxon test, as NADA's `cendiff` has it, 0 the log rank test; Helsel
2012, ISBN 978-0-470-47988-9). Limits may differ from plate to plate.

When not to use: where limits depend on the group (its plates, its dilution) the censoring is
informative. For a shift with its interval take `ranks`.
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
    df: int
    p: float


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
    excess, variance = _excess(*_counts(upper, detected, member), weight)
    # The excess of the last group follows from that of the others.
    df = len(names) - 1
    inverse = np.linalg.pinv(variance[:df, :df], hermitian=True)
    chi2 = float(excess[:df] @ inverse @ excess[:df])
    return Test(chi2, df, float(chdtrc(df, chi2)))


def _excess(observed: Floats, at_risk: Floats, weight: float) -> tuple[Floats, Floats]:
    """Each group's weighted sum of results beyond those expected at each value, and its
    covariance.
    """
    hits, risk = observed.sum(axis=1), at_risk.sum(axis=1)
    share = np.concatenate([[1.0], np.cumprod(1 - hits / risk)[:-1]]) ** weight
    expected = hits[:, None] * at_risk / risk[:, None]
    excess = (share[:, None] * (observed - expected)).sum(axis=0)
    # Hypergeometric at each value.
    spread = share**2 * hits * (risk - hits) / (risk**2 * np.maximum(risk - 1, 1))
    return excess, np.diag((spread * risk) @ at_risk) - (at_risk * spread[:, None]).T @ at_risk


def _detected(lower: Floats, upper: Floats) -> Bools:
    """Which results are detected. Raises ValueError for bounds of another kind."""
    detected = lower == upper
    if not np.all(detected | (np.isneginf(lower) & np.isfinite(upper))):
        raise ValueError(
            "results must be detected or lie below a limit; other bounds have no place here"
        )
    return np.asarray(detected)


def _counts(upper: Floats, detected: Bools, member: Floats) -> tuple[Floats, Floats]:
    """At each distinct detected value from the highest down, by group (values, groups): results
    that are the value, and results that may lie at or below it.
    """
    values = np.unique(upper[detected])[::-1]
    hits = ((upper[:, None] == values) & detected[:, None]).astype(np.float64)
    at_risk = (upper[:, None] <= values).astype(np.float64)
    return hits.T @ member, at_risk.T @ member
