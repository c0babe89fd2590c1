"""Numbers that one condition shows in every donor, or over and over, and no other condition does.

They are what the others were divided by, or a limit. Neither is a result, and nothing in the
numbers tells which of the two it is.
"""

from __future__ import annotations

from itertools import chain, islice
from math import log2
from typing import Any

import polars as pl

from exvivo.errors import Mistake
from exvivo.reconcile.series import CELL, CONDITION, Series, condition_of
from exvivo.study.entry import Mistakes

FEWEST_DONORS = 3
"""Donors with one and the same result from which it is no accident."""
NEARLY_ALL = 0.9
"""Part of the donors of a condition: one of them may be mistyped."""
OFTEN = 0.25
"""Part of the results of a condition: a smallest value of so many of them is no measurement."""
ROUNDING = 0.005
"""How far from 1 (or 100 %) a mean of rounded replicates may lie, as a part of it."""
_AMOUNT = pl.col("amount")
_MEANS = {
    "arithmetic": _AMOUNT.mean(),
    "geometric": _AMOUNT.log().mean().exp(),
    "median": _AMOUNT.median(),
}
"""What a donor's wells may have been divided by: one of the means of the control wells."""
_UNDIVIDED = "put the undivided numbers into the table"

Row = dict[str, Any]


def of_one_condition(series: Series) -> Mistakes:
    """The first mistake that one condition of a series shows: all are of the same numbers."""
    return islice(chain(_divided(series), _constant(series), _limits(series)), 1)


# Divided by a control.


def _divided(series: Series) -> Mistakes:
    """A condition that is 1 or 100 (of shares and changes, 0) in its donors."""
    every = series.rows.select(CELL).n_unique()
    for one in _ones(series):
        same = _cells(series, one).filter(pl.col("near") >= NEARLY_ALL)
        number = _in_table(one, series)
        if number != series.limit.lower and 0 < same.height < every:
            yield _already_divided(series, number, same.row(0, named=True))


def _ones(series: Series) -> tuple[float, ...]:
    """What a control is after it was divided by itself."""
    may_be_change = series.base is None and series.kind is not None
    return (1.0, 100.0, 0.0) if may_be_change else (1.0, 100.0)


def _in_table(amount: float, series: Series) -> float:
    """An amount on the scale of the table."""
    return amount if series.base is None else log2(amount) / series.base


def _cells(series: Series, one: float = 1.0) -> pl.DataFrame:
    """Each cell type, condition and visit that has donors enough and no bounds: its lowest and
    highest result, and the part of its donors of whom a mean is `one`, but for rounding.
    """
    off = ROUNDING * (one or 1.0)
    near = pl.max_horizontal((pl.col(mean) - one).abs().le(off).mean() for mean in _MEANS)
    cells = (
        _donors(series)
        .group_by(CELL, maintain_order=True)
        .agg(
            near.alias("near"),
            pl.col("lowest").min(),
            pl.col("highest").max(),
            pl.col("bounded").any(),
            donors=pl.len(),
        )
    )
    return cells.filter(~pl.col("bounded"), pl.col("donors") >= FEWEST_DONORS)


def _donors(series: Series) -> pl.DataFrame:
    """The means, and the lowest and highest result, of each donor's wells of a cell."""
    wells = series.rows.group_by(*CELL, "donor", maintain_order=True)
    return wells.agg(
        *(mean.alias(name) for name, mean in _MEANS.items()),
        pl.col("value").min().alias("lowest"),
        pl.col("value").max().alias("highest"),
        bounded=(pl.col("censor") != "none").any(),
    )


def _already_divided(series: Series, number: float, cell: Row) -> Mistake:
    whole = cell["lowest"] == cell["highest"]
    every = "in every well" if whole else "on average in the donors"
    return series.mistake(
        f"{number:g} {every} of {condition_of(cell)} ({cell['donors']} donors): already divided by "
        "its control",
        "the numbers before they were divided, in every condition: how far donors differ in the "
        "control is a part of each comparison",
        f"{_UNDIVIDED}, or, where they are lost, take the control and `stimuli` out of the study "
        f"and ask for levels. If {number:g} is a limit: write `<` before it",
    )


# One number, and no other.


def _constant(series: Series) -> Mistakes:
    """A condition whose donors all have one number that no other condition shows."""
    limits = (series.limit.lower, series.limit.upper)
    same = _cells(series).filter(pl.col("lowest") == pl.col("highest"))
    for cell in same.iter_rows(named=True):
        number = cell["lowest"]
        if number not in limits and _is_of_one_condition(series, number):
            yield _one_number(series, number, cell)


def _is_of_one_condition(series: Series, number: float) -> bool:
    """Whether only one of several conditions shows a number. Zeros among amounts say that there was
    nothing; they are asked about as undetected results.
    """
    nothing = series.base is None and number <= 0
    return not nothing and series.conditions > 1 and series.showing(number) == 1


def _one_number(series: Series, number: float, cell: Row) -> Mistake:
    return series.mistake(
        f"{number:g} in every well of {condition_of(cell)} ({cell['donors']} donors), and in no "
        "other condition",
        "results, which differ from donor to donor",
        f"if {number:g} is a limit, write `<{number:g}` or `>{number:g}`, or declare it under "
        f"`limits` of the assay; if the results were divided by this condition, {_UNDIVIDED}",
    )


# A smallest number given often.


def _limits(series: Series) -> Mistakes:
    """The smallest result of a plate, given to many wells of one condition and to no other."""
    if series.limit.lower is None:
        for rows in series.rows.partition_by("plate", maintain_order=True):
            lowest = _lowest(rows, series)
            if _often(lowest, rows) and _is_of_one_condition(series, lowest["value"][0]):
                yield _no_limit(series, lowest)


def _lowest(rows: pl.DataFrame, series: Series) -> pl.DataFrame:
    """The wells that have the smallest result, zeros and less left out among amounts."""
    results = rows if series.base is not None else rows.filter(pl.col("value") > 0)
    return results.filter(pl.col("value") == pl.col("value").min())


def _often(lowest: pl.DataFrame, rows: pl.DataFrame) -> bool:
    """Whether the smallest value is of many wells of its condition, and of more than any other
    value is: rounding gives ties everywhere. Where bounds are marked, numbers are no bounds.
    """
    if lowest.height < FEWEST_DONORS or "left" in rows["censor"]:
        return False
    condition = rows.join(lowest.select(CONDITION).unique(), on=CONDITION, nulls_equal=True)
    larger = rows.filter(pl.col("value") > lowest["value"][0])["value"]
    ties = larger.value_counts()["count"].to_list()
    return lowest.height >= OFTEN * condition.height and lowest.height > max(ties, default=0)


def _no_limit(series: Series, lowest: pl.DataFrame) -> Mistake:
    first = lowest.row(0, named=True)
    number = f"{first['value']:g}"
    return series.mistake(
        f"the smallest result {number}, {lowest.height} times in {condition_of(first)} on plate "
        f"{first['plate']}, and in no other condition",
        "a limit that is stated, or results that differ",
        f"if {number} is the limit, write `limits: {{{series.analyte}: {{lower: {number}}}}}` in "
        "the assay; if it was measured, the laboratory's own limit there; if the results were "
        f"divided by this condition, {_UNDIVIDED}",
    )
