"""How much a well's reading varies about the curve: sd^2 = sampling^2 + s0^2 + (cv x reading)^2.

The sampling part (the standard error of a median over beads) is known for each well. s0 and cv are common to all
plates and analytes of an assay and come from the replicates of its standards and blanks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.quantify.curve.logistic import Array

ASSUMED_CV = 0.05
"""The cv used where an assay has fewer than `ENOUGH` replicated standards; the fit's own scatter then scales it."""

ENOUGH = 4


@dataclass(frozen=True, slots=True)
class Noise:
    """s0: sd of a reading near zero, in its unit. cv: relative sd of a high reading. groups: replicates behind it."""

    s0: float
    cv: float
    groups: int

    def sd(self, reading: Array, sampling: Array) -> Array:
        """The standard deviation of a reading with that mean and sampling error (any shape)."""
        return np.sqrt(np.square(sampling) + self.s0**2 + np.square(self.cv * reading))


def noise_of_replicates(group: np.ndarray, reading: Array, sampling: Array) -> Noise:
    """Fit s0 and cv to replicates. group: (wells,) integers, equal for wells that held the same standard.

    Maximum likelihood of the replicate variances (gamma distributed), after replicates whose spread is out of all
    proportion were set aside by a heavy-tailed first fit. Deterministic: a grid, refined four times.
    """
    count = np.bincount(group).astype(np.float64)
    mean: Array = np.bincount(group, reading) / np.maximum(count, 1)
    squares: Array = np.bincount(group, np.square(reading - mean[group])).astype(np.float64)
    sampled: Array = np.bincount(group, np.square(sampling)) / np.maximum(count, 1)
    keep = count > 1
    freedom, mean, squares, sampled = count[keep] - 1.0, mean[keep], squares[keep], sampled[keep]
    scale = float(np.median(np.abs(reading))) if reading.size else 1.0
    if keep.sum() < ENOUGH:
        return Noise(_sampled_near_zero(reading, sampling), ASSUMED_CV, 0)
    s0, cv = _search(freedom, mean, squares, sampled, scale, heavy=4.0)
    variance = sampled + s0**2 + np.square(cv * mean)
    usual = squares <= 16.0 * freedom * variance
    s0, cv = _search(freedom[usual], mean[usual], squares[usual], sampled[usual], scale, heavy=None)
    return Noise(s0, cv, int(usual.sum()))


def _sampled_near_zero(reading: Array, sampling: Array) -> float:
    """The sampling error of the lowest tenth of the readings, for want of replicates: blanks vary at least as much."""
    if not reading.size:
        return 0.0
    lowest = reading <= np.quantile(reading, 0.1)
    return float(np.sqrt(np.mean(np.square(sampling[lowest]))))


def _search(
    freedom: Array, mean: Array, squares: Array, sampled: Array, scale: float, *, heavy: float | None
) -> tuple[float, float]:
    """The s0 and cv with the least minus log likelihood; `heavy` gives the tails of Student's t."""
    log_s0, log_cv = np.log(scale) + np.linspace(-12.0, 1.0, 15), np.linspace(np.log(0.002), np.log(1.0), 15)
    for _ in range(5):
        s0, cv = np.exp(log_s0)[:, None, None], np.exp(log_cv)[None, :, None]
        variance = sampled + s0**2 + np.square(cv * mean)
        ratio = squares / variance
        if heavy is None:
            cost = freedom * np.log(variance) + ratio
        else:
            cost = freedom * np.log(variance) + (heavy + freedom) * np.log1p(ratio / heavy)
        i, j = np.unravel_index(np.argmin(cost.sum(axis=-1)), cost.shape[:2])
        best = log_s0[i], log_cv[j]
        log_s0 = best[0] + np.linspace(-1.2, 1.2, 15) * (log_s0[1] - log_s0[0])
        log_cv = best[1] + np.linspace(-1.2, 1.2, 15) * (log_cv[1] - log_cv[0])
    return float(np.exp(best[0])), float(np.exp(best[1]))
