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

from exvivo.study import Limit, Results, Study
from exvivo.tables import ASSAYS, QUANTITIES, check

REPEATS = 3
"""A smallest value given this often is taken for a limit of detection."""
ENOUGH = 5
"""Degrees of freedom from which a pooled replicate standard deviation is believed."""
_SAMPLE = ("donor", "visit", "cell_type", "culture", "stimulus", "dose", "time")
_METHOD = "finished results as delivered"


@dataclass(frozen=True, slots=True)
class Bottom:
    """The lower end of an analyte on one plate: `limit` in its unit, and whether it was `inferred`
    from the numbers.
    """

    limit: float | None
    inferred: bool
    repeats: bool


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
    made, rows = [QUANTITIES.frame()], []
    for (plate, analyte), mine in samples.sort("plate", "analyte", "well").group_by(
        ["plate", "analyte"], maintain_order=True
    ):
        limit = assay.limits.get(str(analyte), Limit())
        bottom = find_bottom(mine, limit)
        quantities = _quantities(mine, bottom, assay)
        made.append(quantities)
        rows.append(
            _assay_row(mine, bottom, limit, quantities, assay)
            | {"plate": plate, "analyte": analyte}
        )
    return check(QUANTITIES, pl.concat(made)), ASSAYS.frame(rows)


def find_bottom(results: pl.DataFrame, stated: Limit) -> Bottom:
    """The lower limit of one analyte on one plate: the laboratory's, else the file's `<` marks,
    else inferred.

    Inferred is the smallest positive result, if it was given to three or more samples or if there
    are zeros below it.
    """
    if stated.lower is not None:
        return Bottom(stated.lower, False, False)
    marked = results.filter((pl.col("censor") == "left") & (pl.col("upper") > 0))["upper"]
    if len(marked):
        return Bottom(float(marked.to_numpy().max()), False, False)
    value = results["value"].drop_nulls()
    positive = value.filter(value > 0)
    if positive.is_empty():
        return Bottom(None, False, False)
    smallest = float(positive.to_numpy().min())
    repeats = int((positive == smallest).sum()) >= REPEATS
    inferred = repeats or len(positive) < len(value)
    return Bottom(smallest if inferred else None, inferred, repeats)


def _quantities(results: pl.DataFrame, bottom: Bottom, assay: Results) -> pl.DataFrame:
    nothing = pl.lit(None, dtype=pl.Float64)
    hidden = pl.col("value") <= 0
    if bottom.repeats:
        hidden = hidden | (pl.col("value") == bottom.limit)
    below = hidden.fill_null(False) | (
        (pl.col("censor") == "left") & (pl.col("upper") <= 0)
    ).fill_null(False)
    raised = {name: (pl.col(name) * pl.col("dilution")) for name in ("value", "lower", "upper")}
    placed = results.with_columns(
        value=pl.when(~below).then(_log2(raised["value"])),
        lower=pl.when(~below).then(_log2(raised["lower"])),
        upper=pl.when(below)
        .then(_log2(pl.lit(bottom.limit, dtype=pl.Float64) * pl.col("dilution")))
        .otherwise(_log2(raised["upper"])),
        censor=pl.when(below).then(pl.lit("left")).otherwise("censor"),
    )
    open_below = (pl.col("censor") == "interval") & pl.col("lower").is_null()
    known = placed.with_columns(
        censor=pl.when(open_below).then(pl.lit("left")).otherwise("censor")
    ).filter(pl.coalesce("value", "lower", "upper").is_not_null())
    sd = _replicate_sd(known)
    frame = known.with_columns(
        sd=nothing if sd is None else pl.when(pl.col("value").is_not_null()).then(pl.lit(sd)),
        shared=pl.lit([], dtype=QUANTITIES.schema["shared"]),
        method=pl.lit(_METHOD),
        on=pl.lit("amount"),
    )
    return QUANTITIES.complete(frame)


def _log2(number: pl.Expr) -> pl.Expr:
    return pl.when(number > 0).then(number.log(2))


def _replicate_sd(known: pl.DataFrame) -> float | None:
    """Pooled standard deviation of replicates of one sample, in log2; None where there are too
    few.
    """
    pooled = (
        known.filter(pl.col("value").is_not_null())
        .group_by(*_SAMPLE, maintain_order=True)
        .agg(
            squares=((pl.col("value") - pl.col("value").mean()) ** 2).sum(),
            df=pl.len().cast(pl.Int64) - 1,
        )
        .sort(*_SAMPLE)
    )
    df = int(pooled["df"].sum())
    return math.sqrt(float(pooled["squares"].to_numpy().sum()) / df) if df >= ENOUGH else None


def _assay_row(
    results: pl.DataFrame, bottom: Bottom, stated: Limit, made: pl.DataFrame, assay: Results
) -> dict[str, object]:
    figures = {**_look(results, ""), "left_out": float(results.height - made.height)}
    figures["undetected"] = float((made["censor"] == "left").sum())
    if bottom.inferred and bottom.limit is not None:
        figures["probable_limit"] = bottom.limit
    for (group,), rows in results.sort("group").group_by(["group"], maintain_order=True):
        if group is not None:
            figures |= _look(rows, f":{group}")
    return {
        "assay": assay.id,
        "readout": assay.readout,
        "kind": "population",
        "key": None,
        "method": _METHOD,
        "unit": results["unit"][0],
        "parameters": [],
        "covariance": [],
        "lower": bottom.limit,
        "upper": stated.upper,
        "figures": [{"name": name, "value": number} for name, number in figures.items()],
        "points": [],
    }


def _look(results: pl.DataFrame, suffix: str) -> dict[str, float]:
    """How the numbers themselves look: how many, how many different, zeros, negatives, and how
    often the smallest one repeats.
    """
    value = results["value"].drop_nulls()
    positive = value.filter(value > 0)
    figures = {
        f"n{suffix}": float(len(value)),
        f"distinct{suffix}": float(value.n_unique()),
        f"zeros{suffix}": float((value == 0).sum()),
        f"negatives{suffix}": float((value < 0).sum()),
    }
    if len(positive):
        smallest = float(positive.to_numpy().min())
        figures |= {
            f"smallest{suffix}": smallest,
            f"repeated_smallest{suffix}": float((positive == smallest).sum()),
            f"largest_tie{suffix}": float(positive.value_counts(sort=True)["count"][0]),
        }
    return figures
