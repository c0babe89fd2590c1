"""The efficiency of a target: copies after a cycle per copy before it, with the error all its wells
share.

In the order of trust: a standard curve, the laboratory's own value, the growth of the target's own
curves, and last the study's default, which is wide and flagged.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.errors import Mistake, StudyError
from exvivo.quantify.qpcr.growth import believed
from exvivo.study import Qpcr

PFAFFL = "doi 10.1093/nar/29.9.e45"
GROWTH = "growth shared by the target's curves, slowed in proportion to the product (doi 10.1093/nar/gnh177), at most doubling"
FEWEST_LEVELS = 3
FEWEST_POINTS = 5
FEWEST_DF = 4.0
"""Degrees of freedom between replicates from which their scatter is believed."""
_USUAL, _LEAST_SD = 1.93, 0.06
"""An efficiency to weigh with, and the least error of a Cq beside counting, in cycles."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A target's efficiency: `value` and `sd` (no unit), where from, and its quality figures.

    A standard curve also has its `slope` (cycles per tenfold) and, on each plate, its Cq at a
    nominal amount of 1 (`levels`, with the standard deviation `level_sd`).
    """

    target: str
    value: float
    sd: float
    method: str
    unit: str
    figures: dict[str, float]
    levels: dict[str, float]
    slope: float = math.nan
    level_sd: float = math.nan


def fit_efficiencies(
    reactions: pl.DataFrame, assay: Qpcr, *, growth: Mapping[str, tuple[float, int]]
) -> dict[str, Fitted]:
    """The efficiency of every target among the reactions, by target name. Raises `StudyError` for
    reversed standards.

    `growth` is what `read_cq` saw in the curves of each target.
    """
    fitted: dict[str, Fitted] = {}
    mistakes: list[Mistake] = []
    for target in sorted(reactions["target"].unique()):
        standards = reactions.filter(
            (pl.col("target") == target) & (pl.col("role") == "standard") & (pl.col("nominal") > 0)
        )
        try:
            fitted[target] = (
                _standard_curve(target, standards, assay)
                or _given(target, assay)
                or _from_growth(target, *growth.get(target, (math.nan, 0)))
                or _default(target, assay)
            )
        except StudyError as error:
            mistakes += error.mistakes
    if mistakes:
        raise StudyError(mistakes)
    return fitted


_UNIT = "copies per copy and cycle"


def _given(target: str, assay: Qpcr) -> Fitted | None:
    given = assay.efficiency.get(target)
    if given is None:
        return None
    return Fitted(
        target, given.value, given.sd, "as given in study.yaml", _UNIT, _marks(given=1.0), {}
    )


def _from_growth(target: str, fitted: float, curves: int) -> Fitted | None:
    if math.isnan(fitted):
        return None
    value, sd = believed(fitted)
    return Fitted(
        target, value, sd, GROWTH, _UNIT, _marks(curves=float(curves), curve_fit=fitted), {}
    )


def _default(target: str, assay: Qpcr) -> Fitted:
    stated = assay.default_efficiency
    method = "the default of the study: not measured for this target"
    return Fitted(target, stated.value, stated.sd, method, _UNIT, _marks(defaulted=1.0), {})


def _marks(**of: float) -> dict[str, float]:
    """Where an efficiency comes from, as figures."""
    return {"given": 0.0, "defaulted": 0.0, **of}


def _standard_curve(target: str, standards: pl.DataFrame, assay: Qpcr) -> Fitted | None:
    """Cq on log10 nominal, one slope and a level per plate, if there are points enough; E =
    10^(-1/slope).
    """
    read = standards.filter(pl.col("cq").is_not_null())
    plates = read["plate"].unique().sort().to_list()
    x, y = np.log10(read["nominal"].to_numpy()), read["cq"].to_numpy()
    if (
        np.unique(x).size < FEWEST_LEVELS
        or x.size < FEWEST_POINTS
        or x.size - len(plates) < FEWEST_LEVELS
    ):
        return None
    plate = np.searchsorted(plates, read["plate"].to_numpy())
    design = np.column_stack([x, plate[:, None] == np.arange(len(plates))]).astype(np.float64)
    weight = _weights(read, copies=assay.standards == "copies")
    coefficients, covariance = _weighted_fit(design, y, weight)
    df = x.size - 1 - len(plates)
    wider = (
        np.sqrt(df / (df - 2)) if df > 2 else np.sqrt(3.0)
    )  # the error of the error: a t is used as a normal with its sd
    slope, sd_slope = float(coefficients[0]), float(wider * np.sqrt(covariance[0, 0]))
    if slope >= 0:
        raise StudyError(_reversed(target, plates, slope))
    value = 10 ** (-1 / slope)
    sd = value * np.log(10) / slope**2 * sd_slope
    levels = (plate[:, None] == np.arange(len(plates))) @ coefficients[1:]
    spread, residual = (y - levels) - (y - levels).mean(), y - design @ coefficients
    figures = {
        **_marks(),
        "slope": slope,
        "slope_sd": sd_slope,
        "intercept": float(coefficients[1:].mean()),
        "r2": float(1 - residual @ residual / (spread @ spread)),
        "standards": float(x.size),
        "standards_undetected": float(standards.height - x.size),
        "decades": float(np.ptp(x)),
        "residual_sd": float(np.sqrt(residual @ residual / df)),
    }
    method = f"standard curve, weighted regression of Cq on log10 of the nominal amount ({PFAFFL})"
    ones = dict(zip(plates, map(float, coefficients[1:]), strict=True))
    level_sd = float(wider * np.sqrt(np.diag(covariance)[1:].max()))
    return Fitted(
        target,
        float(value),
        float(sd),
        method,
        "log10 of the nominal amount",
        figures,
        ones,
        slope,
        level_sd,
    )


def _weights(read: pl.DataFrame, *, copies: bool) -> Floats:
    """One over the variance of a Cq: a constant and a part in proportion to 1/nominal (few copies
    scatter more).

    Where nominal amounts are copies the second part is that of counting, 1 / (N ln(E)^2), and only
    the constant is estimated; else both are, from the replicates of each level, and where those
    show no increase all weights are one.
    """
    level = read.select(
        df=pl.len().over("plate", "nominal").cast(pl.Float64) - 1,
        variance=pl.col("cq").var().over("plate", "nominal").fill_null(0.0),
    )
    df, variance, few = (
        level["df"].to_numpy(),
        level["variance"].to_numpy(),
        1 / read["nominal"].to_numpy(),
    )
    share = df / (df + 1)
    if copies:
        counting = few / np.log(_USUAL) ** 2
        rest = (
            float(share @ (variance - counting) / share.sum()) if share.sum() >= FEWEST_DF else 0.0
        )
        return np.asarray(1 / (max(rest, _LEAST_SD**2) + counting))
    few = few / few.max()
    if share.sum() < FEWEST_DF:
        return np.ones_like(few)
    normal = np.array([[share.sum(), share @ few], [share @ few, share @ few**2]])
    constant, part = np.linalg.lstsq(
        normal, np.array([share @ variance, share @ (few * variance)]), rcond=None
    )[0]
    if part <= 0 or constant <= 0:
        constant, part = (1.0, 0.0) if part <= 0 else (0.05 * part, part)
    return np.asarray(1 / (constant + part * few))


def _weighted_fit(design: Floats, y: Floats, weight: Floats) -> tuple[Floats, Floats]:
    root = np.sqrt(weight)
    coefficients = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]
    residual = (y - design @ coefficients) * root
    scale = residual @ residual / (len(y) - design.shape[1])
    covariance = scale * np.linalg.inv(design.T @ (design * weight[:, None]))
    return np.asarray(coefficients, dtype=np.float64), np.asarray(covariance, dtype=np.float64)


def _reversed(target: str, plates: list[str], slope: float) -> Mistake:
    return Mistake(
        f"target {target}, standards on plate {', '.join(plates)}",
        f"the Cq rises with the nominal amount ({slope:+.2f} cycles per tenfold)",
        "about -3.3 cycles per tenfold: more copies cross earlier",
        "look whether the `nominal` column of the layout runs the wrong way",
    )
