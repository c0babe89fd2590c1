"""Melting curves: how many products a target has, and whether its wells agree.

The negative slope of fluorescence over temperature, smoothed over seven readings (Savitzky and
Golay 1964, doi 10.1021/ac60214a047), has a peak where a product melts. Smaller peaks than a fifth
of the highest are not counted.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from exvivo.arrays import Floats

FEWEST_READINGS, FEWEST_WELLS = 15, 3
SMALLER = 0.2
"""A peak this share of the highest, and this far from it, is a second product."""
_APART = 2.0
"""Degrees two peaks lie apart, and a well's peak from that of its target, before they are different
products.
"""


def melting(wells: pl.DataFrame) -> dict[str, dict[str, float]]:
    """Figures by target: `melt_wells`, `melt_temperature` (the middle one), wells with
    `melt_several` peaks or `melt_other`.

    Only sample and standard wells enter, and only targets with at least three melting curves.
    """
    melted = wells.filter((pl.col("kind") == "melt") & pl.col("role").is_in(["sample", "standard"]))
    figures: dict[str, dict[str, float]] = {}
    for (target,), rows in melted.group_by(["channel"], maintain_order=True):
        found = [
            melting_peaks(np.array(x), np.array(y)) for x, y in rows.select("x", "y").iter_rows()
        ]
        told = [peaks for peaks in found if peaks]
        if len(told) >= FEWEST_WELLS:
            highest = np.array([peaks[0] for peaks in told])
            middle = float(np.median(highest))
            figures[str(target)] = {
                "melt_wells": float(len(told)),
                "melt_temperature": middle,
                "melt_several": float(sum(len(peaks) > 1 for peaks in told)),
                "melt_other": float((np.abs(highest - middle) > _APART).sum()),
            }
    return figures


def melting_peaks(temperature: Floats, fluorescence: Floats) -> list[float]:
    """The temperatures of the peaks of one melting curve, highest peak first; none where nothing
    melts.

    >>> t = np.arange(60.0, 95.0, 0.5)
    >>> [round(at, 1) for at in melting_peaks(t, 1 / (1 + np.exp((t - 84.2) / 0.8)))]
    [84.2]
    """
    if temperature.size < FEWEST_READINGS:
        return []
    even = np.linspace(temperature[0], temperature[-1], temperature.size)
    reading = np.interp(even, temperature, fluorescence)
    weights = np.arange(-3.0, 4.0) / 28.0 / (even[1] - even[0])
    slope = -np.correlate(reading, weights, mode="valid")
    place = even[3:-3]
    slope = slope - np.median(slope)
    inner = np.flatnonzero((slope[1:-1] > slope[:-2]) & (slope[1:-1] >= slope[2:])) + 1
    noise = 1.4826 * float(np.median(np.abs(slope)))
    tall = [
        int(i)
        for i in inner[np.argsort(-slope[inner])]
        if slope[i] > max(SMALLER * slope[inner].max(), 6 * noise)
    ]
    kept: list[float] = []
    for i in tall:
        left, middle, right = slope[i - 1], slope[i], slope[i + 1]
        at = float(
            place[i]
            + 0.5 * (left - right) / min(left - 2 * middle + right, -1e-300) * (place[1] - place[0])
        )
        if all(abs(at - other) > _APART for other in kept):
            kept.append(at)
    return kept
