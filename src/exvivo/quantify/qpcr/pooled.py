"""What the curves of an assay tell of its efficiencies: the fits of all its targets together, drawn
towards what is usual.

Of the targets t of one assay (one study, one instrument, one chemistry):

    E_t   = USUAL + a + u_t    the efficiency; a ~ N(0, STUDY_SD^2), u_t ~ N(0, TARGET_SD^2)
    fit_t = E_t + b + e_t      b ~ N(0, INSTRUMENT_SD^2), e_t ~ N(0, MODEL_SD^2 + sd_t^2)

a is what a laboratory's assays have in common, b what instrument and chemistry do to the bend of
all curves alike, e what one target's curves do beyond it, sd_t what they scatter by. Everything is
normal, so with S the covariance of E and V that of the fits

    E given the fits: mean USUAL + S V^-1 (fit - USUAL), covariance S - S V^-1 S

(empirical Bayes, doi 10.1080/01621459.1975.10479864). A cycle can double, not more: what a fit
exceeds 2 by is its error, and is added to e. Below 1.8 an assay may be a poor one: what is lacking
is added to u, so that the fit counts for more. Both make the error wider, never narrower.

Where standards of the same assay measured at least three targets that have a fit, they tell what
its curves are worth: they are observations of their E_t beside the fits, and MODEL_SD^2 is drawn to
the variance of fit_t - E_t between them, as if it rested on three degrees of freedom before.

The standard deviations were set on the dilution series of Untergasser et al. and of Applied
Biosystems instruments, run by run, and rounded up; Vermeulen et al. checked them
(`benchmarks.qpcr.efficiency`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats
from exvivo.quantify.qpcr.growth import CurveFit

USUAL = 1.92
"""Copies after a cycle per copy before it, of an assay nothing else is known of."""
STUDY_SD, TARGET_SD = 0.05, 0.04
INSTRUMENT_SD, MODEL_SD = 0.06, 0.03
MOST, LEAST = 2.0, 1.8
"""A cycle can double, not more; a working assay does not do much less."""
_FEWEST_MEASURED, _MOST_MEASURED = 3, 2.1
"""Targets with standards from which curves are judged, and what a sound dilution series shows at
most.
"""
_PIPETTING_SD = 0.02
"""What a dilution series errs by beside its Cq: about 3 % a step."""
_DF_BEFORE, _LEAST_MODEL_SD = 3.0, 0.005


@dataclass(frozen=True, slots=True)
class Believed:
    """An efficiency with its standard deviation, and the part of it (`common`) that is one error of
    all efficiencies read from the curves of an assay.
    """

    value: float
    sd: float
    common: float


@dataclass(frozen=True, slots=True)
class _Fits:
    """The fits of the targets and what their scatter leaves them, (n,); `measured` are their
    efficiencies by standards, with `measured_sd`, NaN where there are none to judge curves by.
    """

    fitted: Floats
    sd: Floats
    measured: Floats
    measured_sd: Floats


def believed(
    fits: Mapping[str, CurveFit], measured: Mapping[str, tuple[float, float]] | None = None
) -> dict[str, Believed]:
    """What to believe of the efficiency of each target that has a fit, by the model above.
    `measured` are efficiencies by standards of the same assay, with their standard deviations.

    >>> one = believed({"TNF": CurveFit(1.96, 0.01, 30)})["TNF"]
    >>> round(one.value, 2), round(one.sd, 2), one.common
    (1.94, 0.05, 0.0)
    """
    told = {target: fit for target, fit in fits.items() if np.isfinite(fit.fitted)}
    if not told:
        return {}
    known = np.array([(measured or {}).get(target, (np.nan, np.nan)) for target in told])
    fitted, sd = (np.array([getattr(f, name) for f in told.values()]) for name in ("fitted", "sd"))
    mean, covariance = _given(_Fits(fitted, sd, *_sound(known)))
    asked = np.array([target not in (measured or {}) for target in told])
    common = _common_sd(covariance[np.ix_(asked, asked)])
    values = zip(mean.tolist(), np.sqrt(np.diag(covariance)).tolist(), strict=True)
    return {
        t: Believed(*value, min(common, value[1])) for t, value in zip(told, values, strict=True)
    }


def _sound(known: Floats) -> tuple[Floats, Floats]:
    """Measured efficiencies (n, 2) that curves are judged by, and their standard deviations."""
    sound = (known[:, 0] >= LEAST) & (known[:, 0] <= _MOST_MEASURED)
    used = sound & (sound.sum() >= _FEWEST_MEASURED)
    value, sd = np.where(used, known.T, np.nan)
    return value, np.hypot(sd, _PIPETTING_SD)


def _given(fits: _Fits) -> tuple[Floats, Floats]:
    """Mean and covariance of the efficiencies given their fits and what was measured."""
    fitted = fits.fitted
    target = TARGET_SD**2 + np.maximum(LEAST - fitted, 0.0) ** 2
    error = _model_variance(fits) + fits.sd**2 + np.maximum(fitted - MOST, 0.0) ** 2
    true = STUDY_SD**2 + np.diag(target)
    seen = true + INSTRUMENT_SD**2 + np.diag(error)
    known = np.flatnonzero(np.isfinite(fits.measured))
    between = np.hstack([true, true[:, known]])
    standards = true[np.ix_(known, known)] + np.diag(fits.measured_sd[known] ** 2)
    all_seen = np.block([[seen, true[:, known]], [true[known], standards]])
    gain = np.linalg.solve(all_seen, between.T).T
    observed = np.concatenate([fitted, fits.measured[known]])
    return USUAL + gain @ (observed - USUAL), true - gain @ between.T


def _model_variance(fits: _Fits) -> float:
    """MODEL_SD^2, drawn to the variance of what fits and standards differ by, less what the scatter
    of both explains: the mean of an inverse chi squared, sum of squares / (df - 2).
    """
    known = np.isfinite(fits.measured)
    n = int(known.sum())
    if not n:
        return MODEL_SD**2
    explained = (fits.sd**2 + fits.measured_sd**2)[known].mean()
    apart = float(np.var((fits.fitted - fits.measured)[known], ddof=1) - explained)
    squares = _DF_BEFORE * MODEL_SD**2 + (n - 1) * max(apart, 0.0)
    return max(squares / (_DF_BEFORE + n - 3), _LEAST_MODEL_SD**2)


def _common_sd(covariance: Floats) -> float:
    """What efficiencies err by together: the root of the mean covariance between them."""
    n = len(covariance)
    if n < 2:
        return 0.0
    between = (covariance.sum() - np.trace(covariance)) / (n * (n - 1))
    return float(np.sqrt(np.clip(between, 0.0, np.diag(covariance).min())))
