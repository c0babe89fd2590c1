"""Finished results (concentrations or MFI) as they were delivered, on log2 scale, with disguised
limits recognised.

A table of amounts gives log2(result); one of logarithms to a declared base b (`scale`) gives
result x log2(b), which is the same quantity. Dilution adds log2(dilution) to either.

A table of results often hides its undetected samples: as zeros (of amounts), or as one smallest
value given to all of them. Neither is a measurement. Where neither study.yaml nor the file states a
limit, both are taken as undetected below the smallest positive value of the analyte on that plate,
and the figures say so, for a person to confirm. A smallest value that only one of several
conditions shows is no limit: it may be what the others were divided by, so it stays a result.

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
from exvivo.study.result_units import LOG2_OF_BASE, DataScale
from exvivo.table import check
from exvivo.tables import ASSAYS, QUANTITIES

REPEATS = 3
"""A smallest value given this often is taken for a limit of detection."""
FEWEST_DF = 5
"""Degrees of freedom from which a pooled replicate standard deviation is believed."""
_CONDITIONS = pl.struct("stimulus", "dose", "time").n_unique()
_SAMPLE = ("donor", "visit", "cell_type", "culture", "stimulus", "dose", "time")
_METHOD = "finished results as delivered"


@dataclass(frozen=True, slots=True)
class Bottom:
    """The lower end of an analyte on one plate: `limit` in the unit of the table, whether it was
    `inferred` from the numbers, and whether results equal to it are undetected (`repeats`).

    `of_one_condition` counts the repeats of a smallest value that is no limit.
    """

    limit: float | None
    inferred: bool = False
    repeats: bool = False
    of_one_condition: int = 0


def quantify_results(
    wells: pl.DataFrame, *, study: Study, assay: Results
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """QUANTITIES and ASSAYS of one assay of finished results from its WELLS (rows of other assays
    must not be there).

    A value is log2(result x dilution). Of amounts, zeros and negative numbers are left-censored,
    never values; so is an often repeated smallest value of any table, if several conditions show
    it. `sd` comes from replicates of one sample where there are enough of them, else it is empty.
    Samples without a result, and zeros on a plate where nothing positive shows a limit, have no
    quantity; the figures count them.
    """
    samples = wells.filter((pl.col("role") == "sample") & pl.col("analyte").is_not_null())
    ordered = _with_conditions(samples).sort("plate", "analyte", "well")
    quantities, rows = [QUANTITIES.frame()], []
    for _, results in ordered.group_by(["plate", "analyte"], maintain_order=True):
        stated = assay.limits.get(results["analyte"][0], Limit())
        bottom = find_bottom(results, stated, logged=assay.logged)
        quantities.append(_quantities(results, bottom, assay))
        rows.append(_assay_row(results, bottom, stated, quantities[-1], assay))
    return check(QUANTITIES, pl.concat(quantities)), ASSAYS.frame(rows)


def _with_conditions(samples: pl.DataFrame) -> pl.DataFrame:
    """The samples with `may_be_limit`: the analyte was measured in one condition only, or its value
    is that of several.
    """
    one, several = _CONDITIONS.over("analyte") == 1, _CONDITIONS.over("analyte", "value") > 1
    return samples.with_columns(may_be_limit=one | several)


def find_bottom(results: pl.DataFrame, stated: Limit, *, logged: bool = False) -> Bottom:
    """The lower limit of one analyte on one plate: the laboratory's, else the file's `<` marks,
    else inferred.

    Results equal to the laboratory's limit are undetected if they are three or more. Inferred is
    the smallest positive result (of logarithms the smallest), if it was given to three or more
    samples of several conditions (or of the only one), or if there are zeros below it.
    """
    if stated.lower is not None:
        return Bottom(stated.lower, repeats=_repeated(results["value"], stated.lower) >= REPEATS)
    marks = _amounts(results.filter(censor="left"), "upper", logged)["upper"].to_list()
    return Bottom(max(marks)) if marks else _inferred_bottom(results, logged)


def _amounts(results: pl.DataFrame, column: str, logged: bool) -> pl.DataFrame:
    """The rows whose number may be an amount: above zero, or any logarithm."""
    return results.drop_nulls(column) if logged else results.filter(pl.col(column) > 0)


def _inferred_bottom(results: pl.DataFrame, logged: bool) -> Bottom:
    amounts = _amounts(results, "value", logged)
    if amounts.is_empty():
        return Bottom(None)
    smallest = min(amounts["value"])
    lowest = amounts.filter(value=smallest)
    often, shared = lowest.height >= REPEATS, bool(lowest["may_be_limit"][0])
    inferred = (often and shared) or amounts.height < results["value"].count()
    alone = lowest.height if often and not shared else 0
    return Bottom(smallest if inferred else None, inferred, often and shared, alone)


def _repeated(values: pl.Series, value: float) -> int:
    return int((values == value).sum())


def _quantities(results: pl.DataFrame, bottom: Bottom, assay: Results) -> pl.DataFrame:
    placed = _on_log2(results, _undetected(bottom, assay), bottom.limit, assay.scale or "linear")
    present = placed.filter(pl.coalesce("value", "lower", "upper").is_not_null())
    frame = _with_replicate_sd(present).with_columns(
        on=pl.lit("amount"),
        unit=pl.lit(assay.amount_unit) if assay.logged else "unit",
        shared=pl.lit([], dtype=QUANTITIES.schema["shared"]),
        method=pl.lit(_METHOD),
    )
    return QUANTITIES.complete(frame)


def _with_replicate_sd(quantities: pl.DataFrame) -> pl.DataFrame:
    sd = pl.lit(_replicate_sd(quantities), dtype=pl.Float64)
    return quantities.with_columns(sd=pl.when(pl.col("value").is_not_null()).then(sd))


def _undetected(bottom: Bottom, assay: Results) -> pl.Expr:
    """Results that are no measurement: the limit itself where it is given often, and what is not
    positive among amounts.
    """
    value, hidden = pl.col("value"), pl.lit(False)
    if bottom.repeats:
        hidden |= value <= pl.lit(bottom.limit)
    if not assay.logged:
        hidden |= value <= 0
        hidden |= (pl.col("censor") == "left") & (pl.col("upper") <= 0)
    return hidden.fill_null(False)


def _on_log2(
    results: pl.DataFrame, undetected: pl.Expr, limit: float | None, scale: DataScale
) -> pl.DataFrame:
    """Value, bounds and censoring on log2 scale, of the undiluted sample. An interval without a
    lower end is left-censored.
    """
    value, lower, upper = (_log2(pl.col(name), scale) for name in ("value", "lower", "upper"))
    below = _log2(pl.lit(limit, dtype=pl.Float64), scale)
    placed = results.with_columns(
        value=pl.when(~undetected).then(value),
        lower=pl.when(~undetected).then(lower),
        upper=pl.when(undetected).then(below).otherwise(upper),
        censor=pl.when(undetected).then(pl.lit("left")).otherwise("censor"),
    )
    open_below = (pl.col("censor") == "interval") & pl.col("lower").is_null()
    censor = pl.when(open_below).then(pl.lit("left")).otherwise("censor")
    return placed.with_columns(censor=censor)


def _log2(number: pl.Expr, scale: DataScale) -> pl.Expr:
    """log2 of the amount in the undiluted sample: of a logarithm to base b, number x log2(b) +
    log2(dilution); of an amount, log2(number x dilution), empty where it is not positive.
    """
    if scale == "linear":
        undiluted = number * pl.col("dilution")
        return pl.when(undiluted > 0).then(undiluted.log(2))
    return number * LOG2_OF_BASE[scale] + pl.col("dilution").log(2)


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
        figures=_figures(results, bottom, quantities, logged=assay.logged),
    )


def _figures(
    results: pl.DataFrame, bottom: Bottom, quantities: pl.DataFrame, *, logged: bool
) -> list[Figure]:
    counts = _look(results, logged) | {
        "left_out": float(results.height - quantities.height),
        "undetected": float((quantities["censor"] == "left").sum()),
    }
    if bottom.inferred and bottom.limit is not None:
        counts["probable_limit"] = bottom.limit
    if bottom.of_one_condition:
        counts["smallest_of_one_condition"] = float(bottom.of_one_condition)
    figures = figures_from(counts)
    for (group,), rows in results.sort("group").group_by(["group"], maintain_order=True):
        if group is not None:
            figures += figures_from(_look(rows, logged), of=str(group))
    return figures


def _look(results: pl.DataFrame, logged: bool) -> dict[str, float]:
    """How the numbers themselves look: how many, how many different, how often the smallest one
    repeats; of amounts also zeros and negatives, which are smaller than any result.
    """
    value = results["value"].drop_nulls()
    figures = {"n": float(len(value)), "distinct": float(value.n_unique())}
    if not logged:
        figures["zeros"] = float((value == 0).sum())
        figures["negatives"] = float((value < 0).sum())
    results_of = value if logged else value.filter(value > 0)
    if len(results_of):
        figures["smallest"] = smallest = float(results_of.to_numpy().min())
        figures["repeated_smallest"] = float(_repeated(results_of, smallest))
        figures["largest_tie"] = float(results_of.value_counts(sort=True)["count"][0])
    return figures
