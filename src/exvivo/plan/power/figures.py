"""Counts of simulated studies as figures, each with its Monte-Carlo error.

A share x / n has the error √((x + 1) (n - x + 1) / (n + 2)² / (n + 3)), the standard deviation of
the share after x of n with a flat prior: it is never 0, so that none of 1,000 studies does not pass
for never. A mean has the error sd / √n.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from exvivo.arrays import Bools
from exvivo.findings import Verdict
from exvivo.plan.power.tally import VERDICTS


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a plan: simulated, with its Monte-Carlo standard error; exact, where a formula
    gives it. NaN where there is none.
    """

    value: float
    error: float | None = None
    exact: float | None = None

    @property
    def best(self) -> float:
        """The exact number where there is one."""
        return self.value if self.exact is None else self.exact

    @property
    def apart(self) -> float:
        """How many Monte-Carlo errors lie between both; NaN where there is one alone."""
        if self.exact is None or not self.error:
            return math.nan
        return abs(self.value - self.exact) / self.error


def share(count: int, of: int) -> Figure:
    """A share of studies; NaN where there are none.

    >>> share(25, 100)
    Figure(value=0.25, error=0.04294..., exact=None)
    """
    if not of:
        return Figure(math.nan)
    error = math.sqrt((count + 1) * (of - count + 1) / (of + 3)) / (of + 2)
    return Figure(count / of, error)


def mean(total: float, squares: float, n: int) -> Figure:
    """The mean of numbers by their sum and sum of squares; NaN where there are none, and without an
    error for one.
    """
    if n < 1:
        return Figure(math.nan)
    variance = max(squares / n - (total / n) ** 2, 0.0)
    return Figure(total / n, math.sqrt(variance / (n - 1)) if n > 1 else None)


def times(figure: Figure, factor: float) -> Figure:
    """A figure and its error times a number."""
    error = None if figure.error is None else abs(factor) * figure.error
    exact = None if figure.exact is None else factor * figure.exact
    return Figure(factor * figure.value, error, exact)


def gained(before: Row, after: Row, verdict: str) -> Figure:
    """By how much a verdict is given more often in the same studies with one thing changed. With b
    studies of n that have it then only, c that have it before only, and a flat prior

        p = (b + 1) / (n + 3),  q = (c + 1) / (n + 3),  error = √((p + q - (p - q)²) / (n + 4)),

    the standard deviation of the difference of both shares (Dirichlet's): never 0.
    """
    first, second = (_in_studies(row[f"{verdict}_in"]) for row in (before, after))
    n, more, less = before["studies"], int((second & ~first).sum()), int((first & ~second).sum())
    p, q = (more + 1) / (n + 3), (less + 1) / (n + 3)
    return Figure((more - less) / n, math.sqrt((p + q - (p - q) ** 2) / (n + 4)))


def _in_studies(bits: str) -> Bools:
    return np.unpackbits(np.frombuffer(bytes.fromhex(bits), np.uint8)).astype(np.bool_)


def difference(before: Figure, after: Figure) -> Figure:
    """By how much a share of other studies is larger."""
    errors = (before.error or 0.0, after.error or 0.0)
    return Figure(after.value - before.value, math.hypot(*errors))


Row = Mapping[str, Any]
"""A row of the tallies."""


def power(row: Row) -> Figure:
    """The share of answered studies that are supported."""
    return share(row["supported"], row["answered"])


def alone(row: Row) -> Figure:
    """The share of answered studies that claim without the correction over their family."""
    return share(row["alone"], row["answered"])


def alone_equivalent(row: Row) -> Figure:
    """The share of answered studies that are equivalent without the correction of their family."""
    return share(row["alone_equivalent"], row["answered"])


def wrong_sign(row: Row) -> Figure:
    """The share of supported answers that point the wrong way."""
    return share(row["wrong"], row["supported"])


def exaggeration(row: Row) -> Figure:
    """How many times too large supported estimates are; NaN where nothing is true."""
    if not row["truth"] or math.isnan(row["truth"]):
        return Figure(math.nan)
    claimed = mean(row["claimed"], row["claimed_squares"], row["supported"])
    return times(claimed, 1 / abs(row["truth"]))


def half_width(row: Row) -> Figure:
    """The mean half width of the interval, in the unit of the answer."""
    return mean(row["half_width"], row["half_width_squares"], row["answered"])


def coverage(row: Row) -> Figure:
    """The share of intervals that hold the truth; NaN where none is known."""
    if math.isnan(row["truth"]):
        return Figure(math.nan)
    return share(row["covered"], row["answered"])


def family_error(row: Row) -> Figure:
    """The share of studies in which the family of the answer claims anything."""
    return share(row["family_claims"], row["studies"])


def verdicts(row: Row) -> dict[Verdict, Figure]:
    """The chance of each verdict, of all studies."""
    counts = [row["supported"], row["equivalent"], row["not_resolved"]]
    counts.append(row["studies"] - row["answered"])
    return {name: share(n, row["studies"]) for name, n in zip(VERDICTS, counts, strict=True)}
