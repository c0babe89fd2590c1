"""Signals that are known only by a bound: too high for the reader (OVER, >4.0), or too low.

A signal above s is an amount above what s reads as, on a curve that rises; where s itself lies
above the range, above its upper end. Where s lies below what a curve detects it says nothing. The
other side is the same, upside down.
"""

from __future__ import annotations

from typing import Literal

import polars as pl

Side = Literal["left", "right"]
_OTHER: dict[Side, Side] = {"left": "right", "right": "left"}
_BOUND: dict[Side, str] = {"left": "upper", "right": "lower"}


def with_bounds(readings: pl.DataFrame) -> pl.DataFrame:
    """The readings with `censor`, `lower` and `upper`; those of beads have none."""
    if "censor" in readings.columns:
        return readings
    none = pl.lit(None, dtype=pl.Float64)
    return readings.with_columns(censor=pl.lit("none"), lower=none, upper=none)


def at_their_bounds(readings: pl.DataFrame, side: Side) -> pl.DataFrame:
    """The wells whose signal is known only by a bound on one side, with that bound as `reading`."""
    bound = _BOUND[side]
    bounded = readings.filter(pl.col("reading").is_null(), pl.col("censor") == side)
    return bounded.with_columns(reading=pl.col(bound), se=pl.lit(0.0)).drop_nulls("reading")


def beyond(read: pl.DataFrame, side: Side) -> pl.DataFrame:
    """What such wells say of the amount, from what their bounds read as: all that lies on the
    other side of a limit says nothing and is left out.
    """
    bound = _BOUND[side]
    none = pl.lit(None, dtype=pl.Float64)
    telling = read.filter(pl.col("censor") != _OTHER[side])
    limits = telling.with_columns(pl.coalesce("value", bound).alias(bound))
    return limits.with_columns(
        none.alias(_BOUND[_OTHER[side]]),
        value=none,
        sd=none,
        censor=pl.lit(side),
        shared=pl.lit([], dtype=read.schema["shared"]),
    ).drop_nulls(bound)


def signal_bounds(readings: pl.DataFrame) -> pl.DataFrame:
    """Such wells on log2 scale of the signal itself, with `value`, `sd`, `censor` and bounds."""
    sides: tuple[Side, Side] = ("left", "right")
    every = pl.concat([at_their_bounds(readings, side) for side in sides])
    positive = every.filter(pl.col("reading") > 0)
    none = pl.lit(None, dtype=pl.Float64)
    ends = [
        pl.when(pl.col("censor") == side).then(pl.col("reading").log(2)).alias(_BOUND[side])
        for side in sides
    ]
    return positive.with_columns(*ends, value=none, sd=none)
