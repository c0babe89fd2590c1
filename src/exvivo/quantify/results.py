"""Finished results (concentrations or MFI) as they were delivered, on log2 scale, with disguised
limits recognised.

A table of results often hides its undetected samples: as zeros, or as one smallest value given to
all of them. Neither is a measurement. Where neither study.yaml nor the file states a limit, both
are taken as undetected below the smallest positive value of the analyte on that plate, and the
figures say so, for a person to confirm.

The limit is sought over all samples of a plate together, not within each group: the same number
must not be a result in one group and a limit in another. What each group would have shown alone
stands in the figures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

from exvivo.figures import Figure, figures_from
from exvivo.quantify.fitted import fitted_row
from exvivo.study import Limit, Results, Study
from exvivo.tables import ASSAYS, QUANTITIES, check

REPEATS = 3
"""A smallest value given this often is taken for a limit of detection."""
FEWEST_DF = 5
"""Degrees of freedom from which a pooled replicate standard deviation is believed."""
_SAMPLE = ("donor", "visit", "cell_type", "culture", "stimulus", "dose", "time")
_METHOD = "finished results as delivered"


@dataclass(frozen=True, slots=True)
class Bottom:
    """The lower end of an analyte on one plate: `limit` in its unit, and whether it was `inferred`
    from the numbers.
    """

    limit: float | None
    inferred: bool = False
    repeats: bool = False

    @property
    def highest_hidden(self) -> float | None:
        """Up to here a result is no measurement."""
        return self.limit if self.repeats else 0.0


def quantify_results(
    wells: pl.DataFrame, *, study: Study, assay: Results
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """QUANTITIES and ASSAYS of one assay of finished results from its WELLS (rows of other assays
    must not be there).

    A value is log2(result x dilution). Zeros, negative numbers and an often repeated smallest value
    are left-censored, never values. `sd` comes from replicates of one sample where there are enough
    of them, else it is empty. Samples without a result, and zeros on a plate where nothing positive
    shows a limit, have no quantity; the figures count them.
    """
    samples = wells.filter((pl.col("role") == "sample") & pl.col("analyte").is_not_null())
    ordered = samples.sort("plate", "analyte", "well")
    quantities, rows = [QUANTITIES.frame()], []
    for _, results in ordered.group_by(["plate", "analyte"], maintain_order=True):
        stated = assay.limits.get(results["analyte"][0], Limit())
        bottom = find_bottom(results, stated)
        quantities.append(_quantities(results, bottom))
        rows.append(_assay_row(results, bottom, stated, quantities[-1], assay))
    return check(QUANTITIES, pl.concat(quantities)), ASSAYS.frame(rows)


def find_bottom(results: pl.DataFrame, stated: Limit) -> Bottom:
    """The lower limit of one analyte on one plate: the laboratory's, else the file's `<` marks,
    else inferred.

    Inferred is the smallest positive result, if it was given to three or more samples or if there
    are zeros below it.
    """
    if stated.lower is not None:
        return Bottom(stated.lower)
    marked = _highest_mark(results)
    return _inferred_bottom(results["value"].drop_nulls()) if marked is None else Bottom(marked)


def _highest_mark(results: pl.DataFrame) -> float | None:
    """The highest `<` mark of the file."""
    marked = results.filter(pl.col("upper") > 0, censor="left")["upper"]
    return float(marked.to_numpy().max()) if len(marked) else None


def _inferred_bottom(value: pl.Series) -> Bottom:
    positive = value.filter(value > 0)
    if positive.is_empty():
        return Bottom(None)
    smallest = float(positive.to_numpy().min())
    repeats = int((positive == smallest).sum()) >= REPEATS
    inferred = repeats or len(positive) < len(value)
    return Bottom(smallest if inferred else None, inferred, repeats)


def _quantities(results: pl.DataFrame, bottom: Bottom) -> pl.DataFrame:
    placed = _on_log2(results, _undetected(bottom), bottom.limit)
    present = placed.filter(pl.coalesce("value", "lower", "upper").is_not_null())
    frame = _with_replicate_sd(present).with_columns(
        on=pl.lit("amount"),
        shared=pl.lit([], dtype=QUANTITIES.schema["shared"]),
        method=pl.lit(_METHOD),
    )
    return QUANTITIES.complete(frame)


def _with_replicate_sd(quantities: pl.DataFrame) -> pl.DataFrame:
    sd = pl.lit(_replicate_sd(quantities), dtype=pl.Float64)
    return quantities.with_columns(sd=pl.when(pl.col("value").is_not_null()).then(sd))


def _undetected(bottom: Bottom) -> pl.Expr:
    """Results that are no measurement: not positive, or the smallest value that is given often."""
    hidden = pl.col("value") <= bottom.highest_hidden
    marked = (pl.col("censor") == "left") & (pl.col("upper") <= 0)
    return (hidden | marked).fill_null(False)


def _on_log2(results: pl.DataFrame, undetected: pl.Expr, limit: float | None) -> pl.DataFrame:
    """Value, bounds and censoring on log2 scale, of the undiluted sample. An interval without a
    lower end is left-censored.
    """
    value, lower, upper = (_log2(pl.col(name)) for name in ("value", "lower", "upper"))
    below = _log2(pl.lit(limit, dtype=pl.Float64))
    placed = results.with_columns(
        value=pl.when(~undetected).then(value),
        lower=pl.when(~undetected).then(lower),
        upper=pl.when(undetected).then(below).otherwise(upper),
        censor=pl.when(undetected).then(pl.lit("left")).otherwise("censor"),
    )
    open_below = (pl.col("censor") == "interval") & pl.col("lower").is_null()
    censor = pl.when(open_below).then(pl.lit("left")).otherwise("censor")
    return placed.with_columns(censor=censor)


def _log2(amount: pl.Expr) -> pl.Expr:
    """log2 of an amount in the undiluted sample; empty where it is not positive."""
    undiluted = amount * pl.col("dilution")
    return pl.when(undiluted > 0).then(undiluted.log(2))


def _replicate_sd(quantities: pl.DataFrame) -> float | None:
    """Pooled standard deviation of replicates of one sample, in log2; None where there are too
    few.
    """
    off = pl.col("value") - pl.col("value").mean()
    valued = quantities.filter(pl.col("value").is_not_null())
    samples = valued.group_by(*_SAMPLE, maintain_order=True).agg(
        squares=(off**2).sum(), df=pl.len().cast(pl.Int64) - 1
    )
    df = int(samples["df"].sum())
    if df < FEWEST_DF:
        return None
    return math.sqrt(float(samples.sort(*_SAMPLE)["squares"].to_numpy().sum()) / df)


def _assay_row(
    results: pl.DataFrame, bottom: Bottom, stated: Limit, quantities: pl.DataFrame, assay: Results
) -> dict[str, object]:
    return fitted_row(
        assay,
        plate=results["plate"][0],
        analyte=results["analyte"][0],
        kind="population",
        method=_METHOD,
        unit=results["unit"][0],
        lower=bottom.limit,
        upper=stated.upper,
        figures=_figures(results, bottom, quantities),
    )


def _figures(results: pl.DataFrame, bottom: Bottom, quantities: pl.DataFrame) -> list[Figure]:
    counts = _look(results) | {
        "left_out": float(results.height - quantities.height),
        "undetected": float((quantities["censor"] == "left").sum()),
    }
    if bottom.inferred and bottom.limit is not None:
        counts["probable_limit"] = bottom.limit
    figures = figures_from(counts)
    for (group,), rows in results.sort("group").group_by(["group"], maintain_order=True):
        if group is not None:
            figures += figures_from(_look(rows), of=str(group))
    return figures


def _look(results: pl.DataFrame) -> dict[str, float]:
    """How the numbers themselves look: how many, how many different, zeros, negatives, and how
    often the smallest one repeats.
    """
    value = results["value"].drop_nulls()
    positive = value.filter(value > 0)
    figures = {
        "n": float(len(value)),
        "distinct": float(value.n_unique()),
        "zeros": float((value == 0).sum()),
        "negatives": float((value < 0).sum()),
    }
    if len(positive):
        figures["smallest"] = smallest = float(positive.to_numpy().min())
        figures["repeated_smallest"] = float((positive == smallest).sum())
        figures["largest_tie"] = float(positive.value_counts(sort=True)["count"][0])
    return figures
