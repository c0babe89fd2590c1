"""Tables of results whose numbers contradict the scale they are taken on, or leave it open.

Numbers do not say what they are. Where amounts could be logarithms, or were divided by their own
control, the study has to say so: with another scale than the true one every fold is wrong, and
nothing later would show it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from math import log2

import polars as pl

from exvivo.errors import Mistake
from exvivo.study import Limit, Results, Study
from exvivo.study.entry import Mistakes
from exvivo.study.result_units import LOG2_OF_BASE, RISE, UnitKind, unit_kind
from exvivo.words import counted, listed, shortened

FEWEST_DONORS = 3
"""Donors with one and the same result from which it is no accident."""
LARGEST_LOG2 = 64.0
"""log2 of more than any amount: 2 to the power of 64 molecules are 30 micromoles."""
LARGEST_LOGGED = 40.0
"""Logarithms of results are not larger: 2 to the power of 40 is above every signal in use."""
WIDEST_LOGGED = 20.0
"""Logarithms of one analyte lie within so many fold of one another, where none is near zero."""
LEAST_SPREAD = 0.3
"""log2: amounts differ by more between donors of one condition (standard deviation, 1.2-fold). Of
logarithms around 8 that differ by 1, the logarithms differ by 0.18.
"""
_FEWEST_RESULTS = 6
_OFTEN = 0.25
"""Part of the results of a condition: a smallest value of so many of them is no measurement."""
_ROUNDING = 0.005
"""How far from 1 (or 100 %) a mean of rounded replicates may lie, as a part of it."""
_CONDITION = ("stimulus", "dose", "time")
_CELL = ("cell_type", *_CONDITION, "visit")
_MEANS = {"arithmetic": pl.col("value").mean(), "geometric": pl.col("value").log().mean().exp()}
"""The means of a donor's wells that may be what they were divided by."""


@dataclass(frozen=True)
class _Series:
    """The samples of one analyte of an assay, over all its plates: rows of READINGS with what the
    layout says of them, `kind` that of the unit (none for amounts).
    """

    assay: Results
    analyte: str
    rows: pl.DataFrame
    kind: UnitKind | None

    @property
    def given(self) -> pl.DataFrame:
        """The rows whose result is a number."""
        return self.rows.drop_nulls("value")

    @property
    def base(self) -> float | None:
        """The log2 that one unit of the declared logarithm is; none of amounts."""
        return LOG2_OF_BASE.get(self.assay.scale) if self.assay.scale else None

    @property
    def limit(self) -> Limit:
        """What the laboratory states."""
        return self.assay.limits.get(self.analyte, Limit())

    def mistake(self, finding: str, expected: str, cure: str) -> Mistake:
        """A mistake of these results, with the files they are in and their name there."""
        files = self.rows["source"].unique(maintain_order=True).to_list()
        columns = listed(self.rows["channel"].unique(maintain_order=True))
        where = f"{shortened(files, 3)}, {columns}"
        return Mistake(where, f"{self.analyte} of assay {self.assay.id}: {finding}", expected, cure)


def scale_mistakes(readings: pl.DataFrame, study: Study) -> Mistakes:
    """The tables of results whose own numbers contradict their scale or do not tell it.

    `readings` are those of all files. Where a unit asks already, the numbers do not ask again.
    """
    for assay in study.assays:
        if isinstance(assay, Results):
            every = list(_series(readings, study, assay))
            for look in (_of_one_condition, _too_large, _below_zero):
                yield from chain.from_iterable(map(look, every))
            yield from _like_logarithms(assay, every)


def _series(readings: pl.DataFrame, study: Study, assay: Results) -> Iterator[_Series]:
    """The samples of each analyte of an assay."""
    plates = [plate.id for plate in study.plates if plate.assay == assay.id]
    placed = study.layout.filter(role="sample").select("plate", "well", "donor", *_CELL)
    own = readings.filter(pl.col("plate").is_in(plates))
    samples = own.join(placed, on=["plate", "well"], maintain_order="left").with_columns(
        analyte=pl.col("channel").replace(assay.channels)
    )
    kind = unit_kind(assay.unit)
    for (analyte,), rows in samples.group_by(["analyte"], maintain_order=True):
        yield _Series(assay, str(analyte), rows, kind)


# What one condition shows and no other.


def _of_one_condition(series: _Series) -> Mistakes:
    """The first of the mistakes that one condition shows: they are one and the same numbers."""
    mistakes = chain(_divided(series), _constant(series), _limits(series))
    yield from [mistake for mistake in [next(mistakes, None)] if mistake is not None]


def _divided(series: _Series) -> Mistakes:
    """A condition that is 1 or 100 (or 0, of logarithms and changes) in every donor."""
    cells = _cells(series)
    for one in _ones(series):
        same = cells.filter(pl.any_horizontal(_is(one, mean, series.base) for mean in _MEANS))
        if one == series.limit.lower or not 0 < same.height < cells.height:
            continue
        cell = same.row(0, named=True)
        every = "in every well" if cell["lowest"] == cell["highest"] else "on average in each donor"
        yield series.mistake(
            f"{one:g} {every} of {_condition(cell)} ({cell['donors']} donors): already divided by "
            "its control",
            "the numbers before they were divided, in every condition: how far donors differ in "
            "the control is a part of each comparison",
            "put the undivided numbers into the table, or, where they are lost, take the control "
            f"and `stimuli` out of the study and ask for levels. If {one:g} is a limit: write `<` "
            "before it",
        )


def _cells(series: _Series) -> pl.DataFrame:
    """Each cell type, condition and visit that has donors enough and no bounds: its lowest and
    highest result, and the range of its donors' means.
    """
    donors = series.rows.group_by(*_CELL, "donor", maintain_order=True).agg(
        pl.col("value").min().alias("lowest"),
        pl.col("value").max().alias("highest"),
        *(mean.alias(name) for name, mean in _MEANS.items()),
        bounds=(pl.col("censor") != "none").sum(),
    )
    ends = [pl.col(name).min().name.suffix("_low") for name in _MEANS]
    ends += [pl.col(name).max().name.suffix("_high") for name in _MEANS]
    cells = donors.drop_nulls("lowest").group_by(*_CELL, maintain_order=True)
    return cells.agg(
        pl.col("lowest").min(),
        pl.col("highest").max(),
        pl.col("bounds").sum(),
        *ends,
        donors=pl.col("donor").n_unique(),
    ).filter(pl.col("donors") >= FEWEST_DONORS, bounds=0)


def _ones(series: _Series) -> tuple[float, ...]:
    """What a control is after it was divided by itself, on the scale of the table: 1 or 100, and 0
    where the unit is that of a share or change.
    """
    if series.base is not None:
        return 0.0, log2(100) / series.base
    return (1.0, 100.0) if series.kind is None else (1.0, 100.0, 0.0)


def _is(one: float, mean: str, base: float | None) -> pl.Expr:
    """Whether the means of all donors of a cell are `one`, but for rounding."""
    off = _ROUNDING * (one or 1.0) if base is None else log2(1 + _ROUNDING) / base
    return (pl.col(f"{mean}_low") >= one - off) & (pl.col(f"{mean}_high") <= one + off)


def _condition(cell: dict[str, str | None]) -> str:
    """A condition as the layout names it."""
    names = [name for name in map(cell.get, (*_CONDITION, "cell_type")) if name]
    return f"`{' '.join(names) or cell['visit']}`"


def _constant(series: _Series) -> Mistakes:
    """A condition whose donors all have one number that no other condition shows."""
    conditions = _cells(series).filter(pl.col("lowest") == pl.col("highest"))
    for cell in conditions.iter_rows(named=True):
        number = cell["lowest"]
        others = series.given.filter(value=number).select(_CONDITION).n_unique() > 1
        stated = number in (series.limit.lower, series.limit.upper)
        nothing = number == 0 and series.base is None
        if others or stated or nothing or _conditions(series) < 2:
            continue
        yield series.mistake(
            f"{number:g} in every well of {_condition(cell)} ({cell['donors']} donors), and in no "
            "other condition",
            "results, which differ from donor to donor",
            f"if {number:g} is a limit, write `<{number:g}` or `>{number:g}` or declare it under "
            "`limits` of the assay; if the results were divided by this condition, put the "
            "undivided numbers into the table",
        )


def _conditions(series: _Series) -> int:
    return series.rows.select(_CONDITION).n_unique()


def _limits(series: _Series) -> Mistakes:
    """The smallest result of a plate, given to many wells of one condition and to no other: a
    limit, or what the others were divided by.
    """
    if series.limit.lower is not None or _conditions(series) < 2:
        return
    amounts = series.given if series.base is not None else series.given.filter(pl.col("value") > 0)
    for (plate,), rows in amounts.group_by(["plate"], maintain_order=True):
        marked = series.rows.filter(plate=plate, censor="left").height
        smallest = rows.filter(pl.col("value") == pl.col("value").min())
        ties = rows.filter(pl.col("value") > pl.col("value").min())["value"].value_counts()["count"]
        condition = smallest.row(0, named=True)
        among = rows.join(smallest.select(_CONDITION).unique(), on=_CONDITION, nulls_equal=True)
        number, wells = condition["value"], smallest.height
        often = wells >= max(FEWEST_DONORS, _OFTEN * among.height, 1 + (ties.max() or 0))
        everywhere = series.given.filter(value=number).select(_CONDITION).n_unique() > 1
        if marked or everywhere or not often:
            continue
        yield series.mistake(
            f"the smallest result {number:g} {wells} times in {_condition(condition)} on plate "
            f"{plate}, and in no other condition",
            "a detection limit that is stated, or results that differ",
            f"if {number:g} is the limit, write `limits: {{{series.analyte}: {{lower: "
            f"{number:g}}}}}` in the assay; if it was measured, the laboratory's own limit; if the "
            "results were divided by this condition, put the undivided numbers into the table",
        )


# What the scale allows.


def _too_large(series: _Series) -> Mistakes:
    """Declared logarithms that no amount has."""
    if series.base is None:
        return
    values = series.given["value"]
    largest = max(values.abs(), default=0.0) * series.base
    if largest > LARGEST_LOG2:
        yield series.mistake(
            f"results from {min(values):g} to {max(values):g}, and `scale: {series.assay.scale}`, "
            "which contradict one another",
            f"logarithms: 2 to the power of {largest:.0f} is no amount",
            "write `scale: linear` in the assay, or put the logarithms into the table",
        )


def _below_zero(series: _Series) -> Mistakes:
    """Results below zero: no amounts, unless a blank was taken off."""
    if series.base is not None or (series.assay.scale is None and series.kind is not None):
        return
    least = 0.0 if series.kind == RISE else -1e-300
    below = series.given.filter(pl.col("value") <= least)["value"]
    if below.is_empty() or (series.assay.scale == "linear" and series.kind is None):
        return
    results = counted(len(below), "result", "results")
    finding = f"{results} of {series.given.height} not above zero, down to {min(below):g}"
    if series.kind is None:
        yield series.mistake(
            f"{finding}; and no `scale`",
            "amounts, which are not below zero, or a declared `scale`",
            f"in the assay {series.assay.id}, write `scale: log2` (or log10, ln) if these are "
            "logarithms, as NPX are; `scale: linear` if a blank was taken off (such results are "
            "then undetected)",
        )
    else:
        yield series.mistake(
            f"{finding}, in {series.assay.unit} with `scale: linear`",
            "numbers above zero: others have no ratio",
            series.kind.cure,
        )


def _like_logarithms(assay: Results, every: list[_Series]) -> Mistakes:
    """A table without a scale that may be logarithms: no result is large, and donors differ by
    less than amounts do, in most of its analytes.
    """
    measured = [series for series in every if series.given.height >= _FEWEST_RESULTS]
    if assay.scale is not None or unit_kind(assay.unit) is not None or not measured:
        return
    largest = max(float(series.given["value"].max()) for series in measured)  # type: ignore[arg-type]
    alike = [series for series in measured if _is_narrow(series)]
    if largest > LARGEST_LOGGED or 2 * len(alike) <= len(measured):
        return
    first = alike[0]
    low, high = min(first.given["value"]), max(first.given["value"])
    yield first.mistake(
        f"{low:g} to {high:g} in {first.given.height} results, donors of one condition "
        f"{2 ** (_spread(first) or 0.0):.2f}-fold apart (standard deviation); and no `scale`",
        "amounts, which differ by more between donors, or a declared `scale`",
        f"in the assay {assay.id}, write `scale: log2` (or log10, ln) if these are logarithms, "
        "`scale: linear` if they are amounts",
    )


def _is_narrow(series: _Series) -> bool:
    """Whether results lie as close together as logarithms do. Whole numbers are counts."""
    values, spread = series.given["value"], _spread(series)
    low, high = min(values), max(values)
    whole = 2 * int((values == values.round()).sum()) >= len(values)
    close = low > 0 and high < WIDEST_LOGGED * low
    return close and not whole and spread is not None and spread < LEAST_SPREAD


def _spread(series: _Series) -> float | None:
    """The median, over conditions, of the standard deviation of log2 of the donors' results."""
    positive = series.given.filter(pl.col("value") > 0)
    cells = positive.group_by(_CELL, maintain_order=True).agg(
        sd=pl.col("value").log(2).std(), donors=pl.col("donor").n_unique()
    )
    median = cells.filter(pl.col("donors") >= FEWEST_DONORS)["sd"].median()
    return None if median is None else float(median)  # type: ignore[arg-type]
