"""How far replicate wells of one sample lie apart: the standard deviation of a single Cq."""

from __future__ import annotations

import math

import polars as pl

ASSUMED = 0.15
"""Standard deviation of a Cq in cycles where a study has too few replicates to tell."""
LEAST = 0.03
"""The least error of a well beside counting, in cycles."""
ENOUGH = 5
"""Degrees of freedom from which a pooled standard deviation is believed."""


def replicate_spread(reactions: pl.DataFrame) -> pl.DataFrame:
    """The pooled replicate standard deviation of each target and plate: `sd_cq`, `observed`, `df`,
    `assumed`.

    Replicates are wells of one sample (or one standard) with the same target on the same plate. A
    plate with fewer than five degrees of freedom takes the target's over all plates; with too few
    there as well, 0.15 cycles are assumed and said to be. `df` counts the degrees of freedom behind
    `sd_cq`. Where the wells' copies are known, what counting explains of the spread is taken off:
    `sd_cq` is then the error of a well beside counting, and `observed` still what replicates differ
    by.
    """
    same = ["plate", "target", "role", "sample", "nominal", "dilution"]
    known = reactions.filter(
        pl.col("cq").is_not_null() & pl.col("role").is_in(["sample", "standard", "qc"])
    )
    squares = known.group_by(same, maintain_order=True).agg(
        squares=((pl.col("cq") - pl.col("cq").mean()) ** 2).sum(),
        df=pl.len().cast(pl.Int64) - 1,
        counted=(pl.col("counting").fill_null(0.0).mean() * (pl.len() - 1)),
    )
    keep = ["squares", "df", "counted"]
    here = squares.group_by("plate", "target", maintain_order=True).agg(pl.col(keep).sum())
    everywhere = squares.group_by("target", maintain_order=True).agg(pl.col(keep).sum())
    placed = (
        reactions.select("plate", "target")
        .unique()
        .sort("plate", "target")
        .join(here, on=["plate", "target"], how="left")
        .join(everywhere, on="target", how="left", suffix="_all")
    )
    own, pooled = pl.col("df") >= ENOUGH, pl.col("df_all") >= ENOUGH
    sd = (
        pl.when(own)
        .then(_beside_counting("squares", "counted", "df"))
        .when(pooled)
        .then(_beside_counting("squares_all", "counted_all", "df_all"))
        .otherwise(pl.lit(ASSUMED))
    )
    df = pl.when(own).then("df").when(pooled).then("df_all").otherwise(0)
    whole = (
        pl.when(own)
        .then((pl.col("squares") / pl.col("df")).sqrt())
        .when(pooled)
        .then((pl.col("squares_all") / pl.col("df_all")).sqrt())
        .otherwise(pl.lit(ASSUMED))
    )
    return placed.select(
        "plate",
        "target",
        sd_cq=sd,
        observed=whole,
        df=df,
        assumed=~(own.fill_null(False) | pooled.fill_null(False)),
    )


def _beside_counting(squares: str, counted: str, df: str) -> pl.Expr:
    """The standard deviation that counting leaves unexplained; never quite nothing."""
    whole = pl.col(squares) / pl.col(df)
    rest = (pl.col(squares) - pl.col(counted)) / pl.col(df)
    least = (
        pl.when(pl.col(counted) > 0)
        .then(pl.min_horizontal(whole / 9, pl.lit(LEAST**2)))
        .otherwise(0.0)
    )
    return pl.max_horizontal(rest, least).sqrt()


def pooled_spread(spread: pl.DataFrame, target: str) -> tuple[float, bool]:
    """The root mean square of what a target's replicates differ by, over its plates, and whether
    any is assumed.
    """
    rows = spread.filter(pl.col("target") == target)
    squares = [sd * sd for sd in rows["observed"]]
    return math.sqrt(sum(squares) / len(squares)), bool(rows["assumed"].any())
