"""The standard curve of a target: weighted regression of Cq on log10 of the nominal amount.

Cq_i = level of its plate + slope * log10(nominal_i) + error: one slope for all plates, one level
for each (Pfaffl 2001, doi 10.1093/nar/29.9.e45). The variance of the error is a constant and a part
in proportion to 1 / nominal, since few copies scatter more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.arrays import Floats, Ints
from exvivo.errors import Mistake
from exvivo.words import signed

FEWEST_LEVELS = 3
FEWEST_POINTS = 5
FEWEST_DF = 4.0
"""Degrees of freedom between replicates from which their scatter is believed."""
_USUAL, _LEAST_SD = 1.93, 0.06
"""An efficiency to weigh with, and the least error of a Cq beside counting, in cycles."""
_LEAST_CONSTANT = 0.05
"""The constant part of the variance, as a share of the other, where none is estimated."""


@dataclass(frozen=True, slots=True)
class StandardCurve:
    """The line through the standards: `slope` (cycles per tenfold), on each plate the Cq at a
    nominal amount of 1 (`levels`), and their standard deviations.

    `x` (log10 nominal), `y` (Cq), `level` (that of its plate) and `residual` are of each standard
    with a Cq, (n,); `undetected` counts those without.
    """

    slope: float
    slope_sd: float
    levels: dict[str, float]
    level_sd: float
    x: Floats
    y: Floats
    level: Floats
    residual: Floats
    df: int
    undetected: int

    def figures(self) -> dict[str, float]:
        """The quality figures of the curve, by name."""
        squares = float(self.residual @ self.residual)
        on_one_plate = self.y - self.level
        spread = on_one_plate - on_one_plate.mean()
        return {
            "slope": self.slope,
            "slope_sd": self.slope_sd,
            "intercept": float(np.mean(list(self.levels.values()))),
            "r2": float(1 - squares / (spread @ spread)),
            "standards": float(self.x.size),
            "standards_undetected": float(self.undetected),
            "decades": float(np.ptp(self.x)),
            "residual_sd": float(np.sqrt(squares / self.df)),
        }


def standard_curve(standards: pl.DataFrame, *, copies: bool) -> StandardCurve | None:
    """The line through the standards of one target (reactions with a nominal amount); none where
    they are too few. `copies`: nominal amounts are copies in the well.
    """
    detected = standards.drop_nulls("cq")
    plates = detected["plate"].unique().sort().to_list()
    x, y = np.log10(detected["nominal"].to_numpy()), detected["cq"].to_numpy()
    df = x.size - 1 - len(plates)
    if not _can_fit(x, df):
        return None
    plate: Ints = np.searchsorted(plates, detected["plate"].to_numpy())
    design = np.column_stack([x, plate[:, None] == np.arange(len(plates))]).astype(np.float64)
    coefficients, variance = _weighted_fit(design, y, _weights(detected, copies=copies))
    sd = _wider(df) * np.sqrt(variance)
    levels = coefficients[1:]
    return StandardCurve(
        slope=float(coefficients[0]),
        slope_sd=float(sd[0]),
        levels=dict(zip(plates, levels.tolist(), strict=True)),
        level_sd=float(sd[1:].max()),
        x=x,
        y=y,
        level=levels[plate],
        residual=y - design @ coefficients,
        df=df,
        undetected=standards.height - detected.height,
    )


def _can_fit(x: Floats, df: int) -> bool:
    """Levels, points and degrees of freedom are enough for a line."""
    levels = np.unique(x).size
    return levels >= FEWEST_LEVELS and x.size >= FEWEST_POINTS and df >= FEWEST_LEVELS - 1


def _wider(df: int) -> float:
    """The standard deviation of Student's t: the error of the error, since a t is used as a normal
    with its standard deviation.
    """
    return float(np.sqrt(df / (df - 2)) if df > 2 else np.sqrt(3.0))


def _weighted_fit(design: Floats, y: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Weighted least squares, weights known up to a common scale: coefficients and their
    variances, s^2 diag((X'WX)^-1).
    """
    root = np.sqrt(weight)
    coefficients = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[0]
    residual = (y - design @ coefficients) * root
    scale = residual @ residual / (len(y) - design.shape[1])
    covariance = scale * np.linalg.inv(design.T @ (design * weight[:, None]))
    return np.asarray(coefficients), np.diag(covariance)


def _weights(detected: pl.DataFrame, *, copies: bool) -> Floats:
    """One over the variance of a Cq: a constant and a part in proportion to 1/nominal.

    Both are estimated from the variances between the replicates of each level, each weighted by its
    degrees of freedom.
    """
    replicates = detected.select(
        df=pl.len().over("plate", "nominal").cast(pl.Float64) - 1,
        variance=pl.col("cq").var().over("plate", "nominal").fill_null(0.0),
    )
    df, variance = replicates["df"].to_numpy(), replicates["variance"].to_numpy()
    share = df / (df + 1)  # of its level's degrees of freedom, for each well
    few = 1 / detected["nominal"].to_numpy()
    if copies:
        return 1 / _variance_of_counting(share, variance, few)
    return 1 / _variance_of_scatter(share, variance, few / few.max())


def _variance_of_counting(share: Floats, variance: Floats, few: Floats) -> Floats:
    """Where nominal amounts are copies: the second part is that of counting, 1 / (N ln(E)^2), and
    only the constant is estimated.
    """
    counting = few / np.log(_USUAL) ** 2
    df = share.sum()
    rest = float(share @ (variance - counting) / df) if df >= FEWEST_DF else 0.0
    return np.asarray(max(rest, _LEAST_SD**2) + counting)


def _variance_of_scatter(share: Floats, variance: Floats, few: Floats) -> Floats:
    """Both parts by least squares of the replicates' variances on 1 / nominal; 1 for all where
    replicates are too few or show no increase.
    """
    if share.sum() < FEWEST_DF:
        return np.ones_like(few)
    normal = np.array([[share.sum(), share @ few], [share @ few, share @ few**2]])
    moments = np.array([share @ variance, share @ (few * variance)])
    constant, part = np.linalg.lstsq(normal, moments, rcond=None)[0]
    if part <= 0:
        return np.ones_like(few)
    return np.asarray((constant if constant > 0 else _LEAST_CONSTANT * part) + part * few)


def reversed_standards(target: str, curve: StandardCurve) -> Mistake:
    """The mistake of standards whose Cq rises with their amount."""
    return Mistake(
        f"target {target}, standards on plate {', '.join(curve.levels)}",
        f"the Cq rises with the nominal amount ({signed(curve.slope)} cycles per tenfold)",
        "about -3.3 cycles per tenfold: more copies cross earlier",
        "look whether the `nominal` column of the layout runs the wrong way",
    )
