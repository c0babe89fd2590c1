"""Readings of samples to concentrations with their errors, or to bounds where the curve does not
measure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats
from exvivo.quantify.curve.calibrate import Curves
from exvivo.quantify.curve.logistic import dose_of, inverse_slopes, response
from exvivo.quantify.curve.noise import normal_equivalent


@dataclass(frozen=True, slots=True)
class Reads:
    """Concentrations read off curves, on log2 scale: value and own sd (NaN when censored), bounds,
    and the loading of each of the curve's five shared errors (wells, 5).
    """

    censor: np.ndarray
    value: Floats
    sd: Floats
    lower: Floats
    upper: Floats
    loading: Floats


def read_off(
    curves: Curves, which: np.ndarray, reading: Floats, sampling: Floats, dilution: Floats
) -> Reads:
    """Concentrations in the undiluted samples. All arrays (wells,); `which` from `Curves.index`.

    Decided on the reading: below the response at the LoD `left` (upper bound: LoD), from there to
    the LLOQ `interval` (LoD to LLOQ), above the ULOQ `right` (lower bound: ULOQ), between LLOQ and
    ULOQ `none`, a value. All times the dilution. The own sd holds the response noise of a well
    (bead sampling and what replicates differ by, widened where few degrees of freedom tell it), the
    loadings the error of the curve.
    """
    theta = curves.theta[which]
    bounds = np.stack([curves.lod, curves.lower, curves.upper], axis=1)[which]
    edges = response(theta, bounds)
    times = np.log2(dilution)
    read = dose_of(theta, reading[:, None])[:, 0]
    no_range = bounds[:, 1] >= bounds[:, 2]
    left = (reading < edges[:, 0]) | np.isneginf(read)
    right = (reading > edges[:, 2]) | np.isposinf(read) | (no_range & (reading >= edges[:, 2]))
    censor = np.select(
        [left, right, (reading < edges[:, 1]) | no_range], ["left", "right", "interval"], "none"
    )
    inside = censor == "none"
    log_dose = np.where(inside, read, np.log(bounds[:, 2]))
    log_bounds = np.log2(bounds) + times[:, None]
    _, by_theta = inverse_slopes(theta, log_dose[:, None])
    loading = np.einsum("wi,wij->wj", by_theta[:, 0], curves.root[which]) / np.log(2)
    above = np.where(np.isin(censor, ["right", "interval"]), log_bounds[:, 0], np.nan)
    return Reads(
        censor,
        np.where(inside, log_dose / np.log(2) + times, np.nan),
        np.where(inside, _own_sd(curves, which, reading, sampling, log_dose), np.nan),
        np.where(censor == "right", log_bounds[:, 2], above),
        np.where(
            censor == "left",
            log_bounds[:, 0],
            np.where(censor == "interval", log_bounds[:, 1], np.nan),
        ),
        np.where(inside[:, None], loading, 0.0),
    )


def _own_sd(
    curves: Curves, which: np.ndarray, reading: Floats, sampling: Floats, log_dose: Floats
) -> Floats:
    """The response noise of a well along the slope of its curve, on the log2 scale.

    A noise known from few degrees of freedom is written larger, so that 1.96 of it hold 95 % as
    Student's t would. Taking the width between the doses of the reading's own limits instead was
    tried on simulated plates and covered too much (97 %).
    """
    noise = curves.noise.at(which)
    sd = noise.sd(reading, sampling) * normal_equivalent(noise.freedom(reading, sampling))
    by_reading, _ = inverse_slopes(curves.theta[which], log_dose[:, None])
    return np.asarray(np.abs(by_reading[:, 0]) * sd / np.log(2))
