"""What blanks leave of signals that no curve is read from: a signal that is not clearly above them
is a bound.

With the mean m of n blanks of a plate and analyte, noise s of a well (of blanks: at least what
these differ by), and t = 1.645, the one-sided 95 % quantile of a normal (Currie 1968, doi
10.1021/ac60259a007),

    not clearly above:  signal <= m + t sqrt(s_blank^2 (1 + 1/n) + s_well^2)                    (1)
    bound:  the larger of the signal and  m + t s_blank sqrt(1 + 1/n)                           (2)

Where a curve is read, its limit of detection does this (`curve.limits`): blanks are its dose zero.
"""

from __future__ import annotations

import polars as pl

from exvivo.tables import NEAR_CONTROL

ONE_SIDED = 1.645
_KEY = ["plate", "analyte"]


def bounded_by_blanks(signals: pl.DataFrame, wells: pl.DataFrame) -> pl.DataFrame:
    """The `signals` (`reading`, `noise_sd`, `value`, `sd`, `censor`, `upper`) with those not
    clearly above the blanks among `wells` as bounds, and `near_control` of these.
    """
    joined = signals.join(_limits(wells), on=_KEY, how="left", maintain_order="left")
    reading, lowest, within = pl.col("reading"), pl.col("blank_limit"), pl.col("blank_error")
    clear = pl.col("shows") + ONE_SIDED * (within**2 + pl.col("noise_sd") ** 2).sqrt()
    bounded = ((lowest > 0) & (reading <= clear)).fill_null(False)
    bound = pl.max_horizontal(reading, lowest).log(2)
    known = [pl.when(~bounded).then(name).alias(name) for name in ("value", "sd")]
    near = pl.struct(
        role=pl.lit("blank"),
        bears=pl.lit("bound"),
        shows="shows",
        share=pl.lit(None, dtype=pl.Float64),
        wells="blanks",
        amplified="blanks",
    )
    return joined.with_columns(
        *known,
        censor=pl.when(bounded).then(pl.lit("left")).otherwise("censor"),
        upper=pl.when(bounded).then(bound).otherwise("upper"),
        near_control=pl.when(bounded).then(near).cast(NEAR_CONTROL),
    )


def _limits(wells: pl.DataFrame) -> pl.DataFrame:
    """By plate and analyte the mean of the blanks (`shows`), how many there are, the error of one
    more (`blank_error`), and what bounds a signal (`blank_limit`), equation (2).
    """
    reading = pl.col("reading")
    noise = pl.max_horizontal(pl.col("noise_sd").mean(), reading.std().fill_null(0.0))
    error = noise * (1 + 1 / pl.len()).sqrt()
    blanks = wells.filter(role="blank").group_by(_KEY, maintain_order=True)
    return blanks.agg(
        shows=reading.mean(),
        blanks=pl.len().cast(pl.Float64),
        blank_error=error,
        blank_limit=reading.mean() + ONE_SIDED * error,
    )
