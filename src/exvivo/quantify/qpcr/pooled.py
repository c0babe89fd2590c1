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

The standard deviations were set on the dilution series of Untergasser et al. and of QuantStudio
instruments, study by study, and checked on those of Vermeulen et al., whose curves show more than
they are trusted for (`benchmarks.qpcr.efficiency`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats
from exvivo.quantify.qpcr.growth import CurveFit

USUAL = 1.92
STUDY_SD, TARGET_SD = 0.05, 0.04
INSTRUMENT_SD, MODEL_SD = 0.06, 0.03
MOST, LEAST = 2.0, 1.8
"""A cycle can double, not more; a working assay does not do much less."""


@dataclass(frozen=True, slots=True)
class Believed:
    """An efficiency with its standard deviation, and the part of it (`common`) that is one error of
    all efficiencies read from the curves of an assay.
    """

    value: float
    sd: float
    common: float


def believed(fits: Mapping[str, CurveFit]) -> dict[str, Believed]:
    """What to believe of the efficiency of each target that has a fit, by the model above.

    >>> one = believed({"TNF": CurveFit(1.96, 0.01, 30)})["TNF"]
    >>> round(one.value, 2), round(one.sd, 2), one.common
    (1.94, 0.05, 0.0)
    """
    told = {target: fit for target, fit in fits.items() if np.isfinite(fit.fitted)}
    if not told:
        return {}
    fitted, sd = (np.array([getattr(f, name) for f in told.values()]) for name in ("fitted", "sd"))
    mean, covariance = _given_fits(fitted, sd)
    common = _common_sd(covariance)
    values = zip(mean.tolist(), np.sqrt(np.diag(covariance)).tolist(), strict=True)
    return {t: Believed(*value, common) for t, value in zip(told, values, strict=True)}


def _given_fits(fitted: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance of the efficiencies given their fits."""
    target = TARGET_SD**2 + np.maximum(LEAST - fitted, 0.0) ** 2
    error = MODEL_SD**2 + sd**2 + np.maximum(fitted - MOST, 0.0) ** 2
    true = STUDY_SD**2 + np.diag(target)
    seen = true + INSTRUMENT_SD**2 + np.diag(error)
    gain = np.linalg.solve(seen, true).T
    return USUAL + gain @ (fitted - USUAL), true - gain @ true


def _common_sd(covariance: Floats) -> float:
    """What efficiencies err by together: the root of the mean covariance between them."""
    n = len(covariance)
    between = (covariance.sum() - np.trace(covariance)) / max(n * (n - 1), 1)
    return float(np.sqrt(np.clip(between, 0.0, np.diag(covariance).min())))
