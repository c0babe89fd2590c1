"""Where a group lies: its mean with an interval, or its median where results are undetected; and
how dots are spread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Centre:
    """A group's centre on log2 scale: `mean` with both ends, `median` without, or nothing that can
    be said.
    """

    n: int
    undetected: int
    kind: str
    value: float | None = None
    lower: float | None = None
    upper: float | None = None


def centre(rows: Sequence[dict[str, Any]], *, level: float) -> Centre:
    """The centre of one group's rows of the responses table.

    All known: the mean with its t interval. Some undetected: the median, if bounds leave no doubt
    where it is.
    """
    known = [float(row["value"]) for row in rows if row["censor"] == "none"]
    missing = len(rows) - len(known)
    if missing:
        return Centre(len(rows), missing, "median", _median(rows))
    if len(known) < 2:
        return Centre(len(rows), 0, "mean", known[0] if known else None)
    mean = math.fsum(known) / len(known)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in known) / (len(known) - 1))
    half = _t_quantile(len(known) - 1, level) * spread / math.sqrt(len(known))
    return Centre(len(rows), 0, "mean", mean, mean - half, mean + half)


def _t_quantile(freedom: int, level: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + level) / 2))


def _median(rows: Sequence[dict[str, Any]]) -> float | None:
    """The median where both extreme readings of the undetected agree on it, else nothing."""
    lowest = sorted(_either_end(row, "lower", -math.inf) for row in rows)
    highest = sorted(_either_end(row, "upper", math.inf) for row in rows)
    low, high = (_middle(values) for values in (lowest, highest))
    return low if math.isfinite(low) and low == high else None


def _either_end(row: dict[str, Any], end: str, otherwise: float) -> float:
    if row["censor"] == "none":
        return float(row["value"])
    return otherwise if row[end] is None else float(row[end])


def _middle(values: list[float]) -> float:
    half = len(values) // 2
    if len(values) % 2:
        return values[half]
    low, high = values[half - 1], values[half]
    return (low + high) / 2 if math.isfinite(low) and math.isfinite(high) else math.inf


def spread(
    values: Sequence[float], *, domain: Sequence[float], bins: int = 22, step: float = 0.085
) -> list[float]:
    """Sideways places for dots so that neighbours do not hide one another: a fixed rule, no chance
    in it.
    """
    width = (domain[1] - domain[0]) / bins or 1.0
    taken: dict[int, int] = {}
    places = [0.0] * len(values)
    for index in sorted(range(len(values)), key=lambda at: (values[at], at)):
        row = math.floor((values[index] - domain[0]) / width)
        count = taken.get(row, 0)
        taken[row] = count + 1
        side = 1 if count % 2 else -1
        places[index] = min(max(side * ((count + 1) // 2) * step, -0.28), 0.28)
    return places
