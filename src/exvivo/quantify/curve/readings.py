"""Readings of samples to concentrations with their errors, or to bounds where the curve does not
measure.

In log dose x, with y the reading, its noise sd and the errors of the curve's theta independent,
dx = dy / f' - (df/dtheta) dtheta / f' (see `logistic.inverse_slopes`): the first part is the own
error of a well, the second is shared by all wells of its curve. All results are times 1 / log 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats, Ints, Texts
from exvivo.quantify.curve.calibrate import Curves
from exvivo.quantify.curve.logistic import dose_of, inverse_slopes, response
from exvivo.quantify.curve.noise import normal_equivalent

_LN2 = np.log(2)


@dataclass(frozen=True, slots=True)
class Reads:
    """Concentrations read off curves, on log2 scale: value and own sd (NaN when censored), bounds,
    and the loading of each of the curve's five shared errors (wells, 5).
    """

    censor: Texts
    value: Floats
    sd: Floats
    lower: Floats
    upper: Floats
    loading: Floats


def read_off(
    curves: Curves, which: Ints, reading: Floats, sampling: Floats, dilution: Floats
) -> Reads:
    """Concentrations in the undiluted samples. All arrays (wells,); `which` from `Curves.index`.

    Decided on the reading: below the response at the LoD `left` (upper bound: LoD), from there to
    the LLOQ `interval` (LoD to LLOQ), above the ULOQ `right` (lower bound: ULOQ), between LLOQ and
    ULOQ `none`, a value. All times the dilution. The own sd holds the response noise of a well
    (bead sampling and what replicates differ by, widened where few degrees of freedom tell it), the
    loadings the error of the curve.
    """
    theta, times = curves.theta[which], np.log2(dilution)
    bounds = np.stack([curves.lod, curves.lower, curves.upper], axis=1)[which]
    log_dose = dose_of(theta, reading[:, None])[:, 0]
    censor = _censoring(theta, bounds, reading, log_dose)
    inside = censor == "none"
    log_dose = np.where(inside, log_dose, np.log(bounds[:, 2]))  # finite everywhere
    by_reading, by_theta = inverse_slopes(theta, log_dose[:, None])
    own_sd = np.abs(by_reading[:, 0]) * _sd(curves, which, reading, sampling) / _LN2
    loading = np.einsum("wi,wij->wj", by_theta[:, 0], curves.root[which]) / _LN2
    lower, upper = _bounds(censor, np.log2(bounds) + times[:, None])
    return Reads(
        censor=censor,
        value=np.where(inside, log_dose / _LN2 + times, np.nan),
        sd=np.where(inside, own_sd, np.nan),
        lower=lower,
        upper=upper,
        loading=np.where(inside[:, None], loading, 0.0),
    )


def _censoring(theta: Floats, bounds: Floats, reading: Floats, log_dose: Floats) -> Texts:
    """How each reading is known (wells,); bounds (wells, 3): LoD, LLOQ and ULOQ."""
    lod, lower, upper = response(theta, bounds).T
    no_range = bounds[:, 1] >= bounds[:, 2]
    below = (reading < lod) | np.isneginf(log_dose)
    right = (reading > upper) | np.isposinf(log_dose) | (no_range & (reading >= upper))
    kinds = [below, right, (reading < lower) | no_range]
    return np.select(kinds, ["left", "right", "interval"], "none")


def _bounds(censor: Texts, limits: Floats) -> tuple[Floats, Floats]:
    """Lower and upper bounds (wells,), NaN where there is none; limits (wells, 3), on the scale of
    the result.
    """
    lod, lower, upper = limits.T
    left, right, between = (censor == kind for kind in ("left", "right", "interval"))
    above = np.select([right, between], [upper, lod], np.nan)
    return above, np.select([left, between], [lod, lower], np.nan)


def _sd(curves: Curves, which: Ints, reading: Floats, sampling: Floats) -> Floats:
    """The response noise of a well (wells,).

    A noise known from few degrees of freedom is written larger, so that 1.96 of it hold 95 % as
    Student's t would. Taking the width between the doses of the reading's own limits instead was
    tried on simulated plates and covered too much (97 %).
    """
    noise = curves.noise.at(which)
    df = noise.df(reading, sampling)
    return np.asarray(noise.sd(reading, sampling) * normal_equivalent(df))
