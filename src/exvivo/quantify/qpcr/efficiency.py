"""The efficiency of a target: copies after a cycle per copy before it, with the error all its wells
share.

In the order of trust: a standard curve, the laboratory's own value, the growth of the target's own
curves, and last the study's default, which is wide and flagged.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.quantify.qpcr.growth import CurveFit
from exvivo.quantify.qpcr.pooled import Believed, believed
from exvivo.quantify.qpcr.standards import StandardCurve, reversed_standards, standard_curve
from exvivo.study import Qpcr

STANDARDS = (
    "standard curve, weighted regression of Cq on log10 of the nominal amount "
    "(doi 10.1093/nar/29.9.e45)"
)
GIVEN = "as given in study.yaml"
GROWTH = (
    "growth shared by the target's curves, slowed in proportion to the product "
    "(doi 10.1093/nar/gnh177), drawn towards what is usual (doi 10.1080/01621459.1975.10479864)"
)
DEFAULT = "the default of the study: not measured for this target"
_UNIT = "copies per copy and cycle"


@dataclass(frozen=True, slots=True)
class Fitted:
    """A target's efficiency: `value` and `sd` (no unit), where from, and its quality figures.
    `common` is the part of `sd` that is one error of all targets read from curves.

    A standard curve also has its `slope` (cycles per tenfold) and, on each plate, its Cq at a
    nominal amount of 1 (`levels`, with the standard deviation `level_sd`).
    """

    target: str
    value: float
    sd: float
    method: str
    figures: dict[str, float]
    unit: str = _UNIT
    levels: dict[str, float] = field(default_factory=dict)
    slope: float = math.nan
    level_sd: float = math.nan
    common: float = 0.0


def fit_efficiencies(
    reactions: pl.DataFrame, assay: Qpcr, *, growth: Mapping[str, CurveFit]
) -> dict[str, Fitted]:
    """The efficiency of every target among the reactions, by target name. Raises `StudyError` for
    reversed standards.

    `growth` is what `read_cq` saw in the curves of each target.
    """
    curves = _standard_curves(reactions, copies=assay.standards == "copies")
    measured = {target: _from_standards(target, curve) for target, curve in curves.items()}
    known = {target: (fit.value, fit.sd) for target, fit in measured.items()}
    of_curves = believed(growth, known)
    return {
        target: measured.get(target)
        or _given(target, assay)
        or _from_growth(target, growth.get(target), of_curves.get(target))
        or _default(target, assay)
        for target in sorted(reactions["target"].unique())
    }


def _standard_curves(reactions: pl.DataFrame, *, copies: bool) -> dict[str, StandardCurve]:
    """The standard curve of each target that has one. Raises `StudyError` for reversed ones."""
    curves, mistakes = dict[str, StandardCurve](), list[Mistake]()
    of_standards = reactions.filter(pl.col("nominal") > 0, role="standard")
    for target in sorted(of_standards["target"].unique()):
        curve = standard_curve(of_standards.filter(target=target), copies=copies)
        if curve and curve.slope >= 0:
            mistakes.append(reversed_standards(target, curve))
        elif curve:
            curves[target] = curve
    if mistakes:
        raise StudyError(mistakes)
    return curves


def _from_standards(target: str, curve: StandardCurve) -> Fitted:
    """E = 10^(-1 / slope), its standard deviation by the delta method: E ln(10) / slope^2 times
    that of the slope.
    """
    value = 10 ** (-1 / curve.slope)
    return Fitted(
        target,
        value,
        sd=value * math.log(10) / curve.slope**2 * curve.slope_sd,
        method=STANDARDS,
        figures=_marks(**curve.figures()),
        unit="log10 of the nominal amount",
        levels=curve.levels,
        slope=curve.slope,
        level_sd=curve.level_sd,
    )


def _given(target: str, assay: Qpcr) -> Fitted | None:
    given = assay.efficiency.get(target)
    if given is None:
        return None
    return Fitted(target, given.value, given.sd, GIVEN, _marks(given=1.0))


def _from_growth(target: str, fit: CurveFit | None, told: Believed | None) -> Fitted | None:
    if fit is None or told is None:
        return None
    figures = _marks(
        curves=float(fit.curves), curve_fit=fit.fitted, curve_fit_sd=fit.sd, common_sd=told.common
    )
    return Fitted(target, told.value, told.sd, GROWTH, figures, common=told.common)


def _default(target: str, assay: Qpcr) -> Fitted:
    stated = assay.default_efficiency
    return Fitted(target, stated.value, stated.sd, DEFAULT, _marks(defaulted=1.0))


def _marks(**figures: float) -> dict[str, float]:
    """The figures, with where an efficiency comes from first."""
    return {"given": 0.0, "defaulted": 0.0, **figures}
