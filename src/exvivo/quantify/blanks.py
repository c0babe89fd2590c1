"""What blanks leave of a signal or of a concentration: one that is not clearly above them is a
bound.

With the mean m of n blanks of a plate and analyte, noise s of a well (of blanks: at least what
these differ by), and t = 1.645, the one-sided 95 % quantile of a normal (Currie 1968, doi
10.1021/ac60259a007),

    not clearly above:  signal <= m + t sqrt(s_blank^2 (1 + 1/n) + s_well^2)                    (1)
    bound:  the larger of the signal and  m + t s_blank sqrt(1 + 1/n)                           (2)

Where a curve is read, blanks are its dose zero and its limit of detection does this
(`curve.limits`), but for blanks that the curve itself detects: a matrix that holds the analyte, or
a blank well that does. Where more than half of a plate's blanks read above the limit of detection,
these bound what the curve reads as well.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.quantify.curve import Curves
from exvivo.quantify.curve.logistic import dose_of, response
from exvivo.tables import NEAR_CONTROL, SHARED

ONE_SIDED = 1.645
_KEY = ["plate", "analyte"]
_HALF = 0.5


def signals_over_blanks(signals: pl.DataFrame, wells: pl.DataFrame) -> pl.DataFrame:
    """The `signals` (`reading`, `noise_sd`, `value`, `sd`, `censor`, `upper`; log2) with those not
    clearly above the blanks among `wells` as bounds, and `near_control` of these.
    """
    joined = _beside(signals, wells.filter(role="blank"))
    return _bounded(joined, pl.max_horizontal("reading", "blank_limit").log(2))


def concentrations_over_blanks(
    read: pl.DataFrame, wells: pl.DataFrame, curves: Curves
) -> pl.DataFrame:
    """The same of concentrations `read` off curves, with `shared` and `dilution`, beside those
    blanks that their curve detects.
    """
    joined = _beside(read, _detected_blanks(wells, curves))
    at_limit = _read_off(joined, "blank_limit", curves)
    own = _read_off(joined, "reading", curves)
    highest = np.fmax(at_limit, own) + np.log2(joined["dilution"].to_numpy())
    samples = pl.col("role") == "sample"
    finite = np.where(np.isfinite(highest), highest, np.nan)
    with_bound = joined.with_columns(at=pl.Series(finite).fill_nan(None))
    return _bounded(with_bound, pl.when(samples).then("at")).with_columns(
        lower=pl.when(pl.col("near_control").is_null()).then("lower"),
        shared=pl.when(pl.col("near_control").is_null())
        .then("shared")
        .otherwise(pl.lit([], dtype=SHARED)),
    )


def _detected_blanks(wells: pl.DataFrame, curves: Curves) -> pl.DataFrame:
    """The blanks that read above the limit of detection of their curve, where more than half of the
    plate's do: one of two may be the one that is off.
    """
    blanks = wells.filter(role="blank")
    which = curves.index(blanks["plate"], blanks["analyte"])
    detected = response(curves.theta[which], curves.lod[which, None])[:, 0]
    high = blanks.with_columns(high=pl.col("reading") > pl.Series(detected))
    return high.filter(pl.col("high"), pl.col("high").mean().over(_KEY) > _HALF)


def _read_off(rows: pl.DataFrame, name: str, curves: Curves) -> Floats:
    """log2 of the amount at which the curve of each row reads what stands in a column (rows,); NaN
    where nothing does.
    """
    which = curves.index(rows["plate"], rows["analyte"])
    readings = rows[name].fill_null(np.nan).to_numpy()
    return np.asarray(dose_of(curves.theta[which], readings[:, None])[:, 0] / np.log(2))


def _beside(rows: pl.DataFrame, blanks: pl.DataFrame) -> pl.DataFrame:
    """The rows with the blanks of their plate and analyte: their mean (`shows`), how many there are
    (`blanks`), the error of one more (`blank_error`), and equation (2) (`blank_limit`).
    """
    reading = pl.col("reading")
    noise = pl.max_horizontal(pl.col("noise_sd").mean(), reading.std().fill_null(0.0))
    error = noise * (1 + 1 / pl.len()).sqrt()
    limits = blanks.group_by(_KEY, maintain_order=True).agg(
        shows=reading.mean(),
        blanks=pl.len().cast(pl.Float64),
        blank_error=error,
        blank_limit=reading.mean() + ONE_SIDED * error,
    )
    return rows.join(limits, on=_KEY, how="left", maintain_order="left")


def _bounded(joined: pl.DataFrame, bound: pl.Expr) -> pl.DataFrame:
    """The rows of `_beside`, those that equation (1) holds of bounded from above, where a bound can
    be given.
    """
    error = (pl.col("blank_error") ** 2 + pl.col("noise_sd") ** 2).sqrt()
    near = pl.col("reading") <= pl.col("shows") + ONE_SIDED * error
    bounded = (near & (pl.col("blank_limit") > 0) & bound.is_not_null()).fill_null(False)
    known = [pl.when(~bounded).then(name).alias(name) for name in ("value", "sd")]
    return joined.with_columns(
        *known,
        censor=pl.when(bounded).then(pl.lit("left")).otherwise("censor"),
        upper=pl.when(bounded).then(bound).otherwise("upper"),
        near_control=pl.when(bounded).then(_near()).cast(NEAR_CONTROL),
    )


def _near() -> pl.Expr:
    """The blanks as `near_control` has them."""
    return pl.struct(
        role=pl.lit("blank"),
        bears=pl.lit("bound"),
        shows="shows",
        share=pl.lit(None, dtype=pl.Float64),
        wells="blanks",
        amplified="blanks",
    )
