"""How far replicate wells of one sample lie apart: the standard deviation of a single Cq."""

from __future__ import annotations

import math

import polars as pl

ASSUMED = 0.15
"""Standard deviation of a Cq in cycles where a study has too few replicates to tell."""
LEAST = 0.03
"""The least error of a well beside counting, in cycles ..."""
_LEAST_DIVISOR = 9
"""... or a third of the standard deviation observed, where that is less: 9 divides the variance."""
FEWEST_DF = 5
"""Degrees of freedom from which a pooled standard deviation is believed."""
VARIANCE_OF_MEAN = (pl.col("sd") ** 2).sum() / pl.len() ** 2
"""The variance of a mean over wells, from the `sd` of each."""
_REPLICATES = ["plate", "target", "role", "sample", "nominal", "dilution"]
"""What replicate wells have in common."""
_SUMS = ("squares", "df", "counted")


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
    squares = _squares(reactions)
    plates = reactions.select("plate", "target").unique().sort("plate", "target")
    for on in (["plate", "target"], ["target"]):
        pooled = squares.group_by(on, maintain_order=True).agg(pl.col(_SUMS).sum())
        plates = plates.join(pooled, on=on, how="left", suffix="_all")
    # Each of the sums: of the plate where it has replicates enough, else of the target, else none.
    own, whole = pl.col("df") >= FEWEST_DF, pl.col("df_all") >= FEWEST_DF
    sums = plates.select(
        "plate",
        "target",
        *(pl.when(own).then(n).when(whole).then(f"{n}_all").alias(n) for n in _SUMS),
    )
    return sums.select(
        "plate",
        "target",
        sd_cq=_beside_counting().fill_null(ASSUMED),
        observed=(pl.col("squares") / pl.col("df")).sqrt().fill_null(ASSUMED),
        df=pl.col("df").fill_null(0),
        assumed=pl.col("df").is_null(),
    )


def _squares(reactions: pl.DataFrame) -> pl.DataFrame:
    """Of each set of replicates: the squares about its mean, their degrees of freedom, and the
    squares that counting alone would give.
    """
    roles = pl.col("role").is_in(["sample", "standard", "qc"])
    cq = pl.col("cq")
    return (
        reactions.filter(roles)
        .drop_nulls("cq")
        .group_by(_REPLICATES, maintain_order=True)
        .agg(
            squares=((cq - cq.mean()) ** 2).sum(),
            df=pl.len().cast(pl.Int64) - 1,
            counted=pl.col("counting").fill_null(0.0).mean() * (pl.len() - 1),
        )
    )


def _beside_counting() -> pl.Expr:
    """The standard deviation that counting leaves unexplained; never quite nothing."""
    squares, counted, df = map(pl.col, ("squares", "counted", "df"))
    least = pl.min_horizontal(squares / df / _LEAST_DIVISOR, pl.lit(LEAST**2))
    rest = pl.max_horizontal((squares - counted) / df, pl.when(counted > 0).then(least))
    return pl.max_horizontal(rest, pl.when(df.is_not_null()).then(0.0)).sqrt()


def pooled_spread(spread: pl.DataFrame, target: str) -> tuple[float, bool]:
    """The root mean square of what a target's replicates differ by, over its plates, and whether
    any is assumed.
    """
    rows = spread.filter(target=target)
    mean_square = sum(sd * sd for sd in rows["observed"]) / rows.height
    return math.sqrt(mean_square), rows["assumed"].any()
