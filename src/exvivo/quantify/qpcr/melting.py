"""Melting curves: how many products a target has, and whether its wells agree.

The negative slope of fluorescence over temperature, smoothed over seven readings (Savitzky and
Golay 1964, doi 10.1021/ac60214a047), has a peak where a product melts. Smaller peaks than a fifth
of the highest are not counted.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.quantify.qpcr.derivatives import HALF, parabola_vertex

FEWEST_READINGS, FEWEST_WELLS = 15, 3
SMALLER = 0.2
"""A peak this share of the highest, and this far from it, is a second product."""
APART = 2.0
"""Degrees two peaks lie apart, and a well's peak from that of its target, before they are different
products.
"""
_NOISE_FACTOR = 6.0
"""A peak is higher than this many times the noise of the slope."""
_TO_SD = 1.4826
"""From a median absolute deviation to the standard deviation of a normal."""
_SLOPE_WEIGHTS = np.arange(-HALF, HALF + 1.0) / 28.0
"""The slope of the line through seven readings: their weights sum to 28 in squares."""


def melting(wells: pl.DataFrame) -> dict[str, dict[str, float]]:
    """Figures by target: `melt_wells`, `melt_temperature` (the middle one), wells with
    `melt_several` peaks or `melt_other`.

    Only sample and standard wells enter, and only targets with at least three melting curves.
    """
    melted = wells.filter(pl.col("role").is_in(["sample", "standard"]), kind="melt")
    figures: dict[str, dict[str, float]] = {}
    for (target,), rows in melted.group_by(["channel"], maintain_order=True):
        curves = rows.select("x", "y").iter_rows()
        peaks = [melting_peaks(np.array(x), np.array(y)) for x, y in curves]
        melting_wells = [temperatures for temperatures in peaks if temperatures]
        if len(melting_wells) >= FEWEST_WELLS:
            figures[str(target)] = _figures(melting_wells)
    return figures


def highest_peaks(wells: pl.DataFrame) -> pl.DataFrame:
    """Where each well's highest peak lies: `plate`, `channel`, `well` and `melt` (degrees
    Celsius); wells without a melting curve or a peak are left out.
    """
    rows = []
    melted = wells.filter(kind="melt").select("plate", "channel", "well", "x", "y")
    for plate, channel, well, x, y in melted.iter_rows():
        rows += [(plate, channel, well, at) for at in melting_peaks(np.array(x), np.array(y))[:1]]
    frame = pl.DataFrame(rows, schema=_PEAKS, orient="row")
    return frame.unique(["plate", "channel", "well"], keep="first", maintain_order=True)


_PEAKS = {
    "plate": pl.String,
    "channel": pl.String,
    "well": pl.String,
    "melt": pl.Float64,
}


def _figures(peaks: list[list[float]]) -> dict[str, float]:
    highest = np.array([temperatures[0] for temperatures in peaks])
    middle = float(np.median(highest))
    return {
        "melt_wells": len(peaks),
        "melt_temperature": middle,
        "melt_several": sum(len(temperatures) > 1 for temperatures in peaks),
        "melt_other": (np.abs(highest - middle) > APART).sum(),
    }


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
    step = even[1] - even[0]
    melted = _melted(np.interp(even, temperature, fluorescence), step)
    peaks: list[float] = []
    for i in _tall_peaks(melted):
        temperature_of_peak = float(even[HALF + i] + _vertex(melted, i) * step)
        if all(abs(temperature_of_peak - peak) > APART for peak in peaks):
            peaks.append(temperature_of_peak)
    return peaks


def _melted(reading: Floats, step: float) -> Floats:
    """The negative slope of the readings per degree, its median taken off; `HALF` readings fewer at
    either end.
    """
    slope = -np.correlate(reading, _SLOPE_WEIGHTS / step, mode="valid")
    return slope - np.median(slope)


def _tall_peaks(melted: Floats) -> list[int]:
    """The places of the peaks that stand out, highest first."""
    middle = melted[1:-1]
    inner = np.flatnonzero((middle > melted[:-2]) & (middle >= melted[2:])) + 1
    noise = _TO_SD * float(np.median(np.abs(melted)))
    least = max(SMALLER * melted[inner].max(initial=0.0), _NOISE_FACTOR * noise)
    tall = inner[melted[inner] > least]
    return [int(i) for i in tall[np.argsort(-melted[tall])]]


def _vertex(melted: Floats, i: int) -> float:
    return float(parabola_vertex(*melted[i - 1 : i + 2]))
