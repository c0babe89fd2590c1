"""Results that a file leaves blank although something was measured: on which side they lie, told by
what stands beside them.

A program writes NaN, *** or nothing where it has no number, and that happens most where the signal
lies beyond the curve: to leave such wells out takes the highest responders out of a study. What was
measured in the same well beside the blank (`beside`: its median, its signal at another wavelength)
orders it among the wells that have a result. It lies above where none of those with a number or a
`<` reaches it, or where those with a `>` do not all exceed it; below, the other way round. Where
neither or both hold, a person is asked; so it is about a median that is blank although beads were
counted, or though nothing says that they were not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.words import counted, shortened

FEWEST_BEADS = 20.0
"""Fewer beads than this, and nothing was measured."""
_PLACE = ["plate", "well", "analyte"]
_UNKNOWN = pl.col("lower").is_infinite() & pl.col("upper").is_infinite()
"""Readings whose cell says that something was read, and no number (NaN)."""
_BLANK = (pl.col("value").is_null() & (pl.col("censor") == "none")) | _UNKNOWN.fill_null(False)
_UNDILUTED = pl.col("vendor_dilution").fill_null(1.0)


@dataclass(frozen=True)
class _Known:
    """What was measured beside the results of one plate and analyte: those below a bound, with a
    number, and above a bound.
    """

    left: Sequence[float]
    none: Sequence[float]
    right: Sequence[float]

    def side(self, beside: float) -> str | None:
        """`left` or `right`, where the blank with this beside it lies; None where that is open."""
        above = beside > max([*self.left, *self.none], default=math.inf)
        above |= bool(self.right) and max(self.left, default=-math.inf) < beside
        above &= beside >= min(self.right, default=-math.inf)
        below = beside < min([*self.none, *self.right], default=-math.inf)
        below |= bool(self.left) and beside < min(self.right, default=math.inf)
        below &= beside <= max(self.left, default=math.inf)
        if above == below:
            return None
        return "right" if above else "left"


def told_results(results: pl.DataFrame, wells: pl.DataFrame) -> pl.DataFrame:
    """The instrument's `results` (kind `concentration`) with a bound where a blank is told by the
    signal of its well. Raises `StudyError` that asks about the samples it does not tell.

    A bound is that of the other results on its side, else the outermost standard, else the
    outermost number, times the dilution. Analytes without any number or bound on a plate are left
    as they are: the program gave nothing.
    """
    beside = _signal_beside(wells)
    placed = results.join(beside, on=_PLACE, how="left", maintain_order="left")
    parts = placed.partition_by("plate", "analyte", maintain_order=True)
    standards = wells.filter(pl.col("role") == "standard", pl.col("nominal") > 0)
    told = [_told(part, _ends(part, standards)) for part in parts]
    _ask(told, "a signal")
    return pl.concat(told).select(results.columns) if told else results


def told_signals(chosen: pl.DataFrame, wells: pl.DataFrame) -> pl.DataFrame:
    """The signals of a plate that results are read from, with a bound where a blank is told by
    another reading of its well. Raises `StudyError` that asks about the samples it does not tell.
    """
    others = _readings_beside(chosen, wells)
    placed = chosen.join(others, on=_PLACE, how="left", maintain_order="left")
    told = []
    for part in placed.partition_by("plate", "analyte", maintain_order=True):
        read = part["value"].drop_nulls()
        ends = (float(read.to_numpy().min()), float(read.to_numpy().max())) if len(read) else None
        told.append(_told(part, ends))
    _ask(told, "another reading")
    return pl.concat(told).select(chosen.columns) if told else chosen


# What stands beside.


def _signal_beside(wells: pl.DataFrame) -> pl.DataFrame:
    """The signal of every well and analyte: its median, else its net median, else its signal."""
    ordered = [wells.filter(kind=kind) for kind in ("mfi", "net_mfi", "signal")]
    signals = pl.concat(ordered).drop_nulls("value").unique(_PLACE, keep="first")
    return signals.select(*_PLACE, beside="value")


def _readings_beside(chosen: pl.DataFrame, wells: pl.DataFrame) -> pl.DataFrame:
    """The first other reading of each well and analyte that has a value where a chosen one has
    none.
    """
    blank = chosen.filter(_BLANK).select(_PLACE)
    own = chosen.select("kind", "block").unique()
    numbers = wells.with_columns(value=pl.coalesce("value", "lower", "upper"))
    others = numbers.join(own, on=["kind", "block"], how="anti").drop_nulls("value")
    useful = others.join(blank, on=_PLACE, how="semi")
    first = useful.select("kind", "block").unique(maintain_order=True).head(1)
    return others.join(first, on=["kind", "block"], how="semi").select(*_PLACE, beside="value")


def _ends(results: pl.DataFrame, standards: pl.DataFrame) -> tuple[float, float] | None:
    """The bounds of one plate and analyte below and above its results, of an undiluted sample;
    None where nothing gives one.
    """
    of_one = results.with_columns(
        (pl.col(name) / _UNDILUTED).alias(name) for name in ("value", "lower", "upper")
    )
    own = standards.join(results.select("plate", "analyte").unique(), on=["plate", "analyte"])
    numbers = of_one["value"].drop_nulls().to_list()
    low = _first(of_one["upper"], own["nominal"], [x for x in numbers if x > 0], largest_of=1)
    high = _first(of_one["lower"], own["nominal"], numbers, largest_of=2)
    return None if low is None or high is None or not numbers else (low, high)


def _first(
    bounds: pl.Series, amounts: pl.Series, numbers: Sequence[float], *, largest_of: int
) -> float | None:
    """The safest of the bounds, else the outermost amount, else the outermost number."""
    stated, known = bounds.drop_nulls().to_list(), amounts.drop_nulls().to_list()
    safest, outermost = (max, min) if largest_of == 1 else (min, max)
    if stated:
        return float(safest(stated))
    values = known or numbers
    return float(outermost(values)) if values else None


# Telling.


def _told(part: pl.DataFrame, ends: tuple[float, float] | None) -> pl.DataFrame:
    """The rows of one plate and analyte, blanks among them with their bounds; `asked` marks the
    samples that nothing tells.
    """
    measured = _BLANK & (pl.col("beads").fill_null(FEWEST_BEADS) >= FEWEST_BEADS)
    open_ = measured & pl.col("beside").is_not_null() & (pl.lit(ends is not None))
    known = _known(part)
    side = [
        known.side(beside) if is_open else None
        for beside, is_open in part.select("beside", open_).iter_rows()
    ]
    low, high = ends or (math.nan, math.nan)
    of_results = part["kind"][0] == "concentration"
    times = _UNDILUTED if of_results else pl.lit(1.0)
    unknown = _UNKNOWN.fill_null(False)
    without_median = measured & (pl.col("kind") == "mfi")
    open_or_unknown = open_ | unknown | without_median
    asked = (pl.col("role") == "sample") & pl.col("side").is_null() & open_or_unknown
    sided = part.with_columns(pl.Series("side", side, dtype=pl.String))
    emptied = sided.with_columns(
        pl.when(unknown).then(None).otherwise(name).alias(name) for name in ("lower", "upper")
    ).with_columns(censor=pl.when(unknown).then(pl.lit("none")).otherwise("censor"))
    marked = emptied.with_columns(sided.select(asked=asked))
    return marked.with_columns(
        censor=pl.coalesce("side", "censor"),
        upper=pl.when(pl.col("side") == "left").then(low * times).otherwise("upper"),
        lower=pl.when(pl.col("side") == "right").then(high * times).otherwise("lower"),
    )


def _known(part: pl.DataFrame) -> _Known:
    placed = part.filter(~_BLANK).drop_nulls("beside")
    sides = (placed.filter(censor=side)["beside"].to_list() for side in ("left", "none", "right"))
    return _Known(*sides)


def _ask(told: Sequence[pl.DataFrame], beside: str) -> None:
    """Raises `StudyError` with a question for every plate and analyte that has open blanks."""
    mistakes = [mistake for part in told for mistake in _questions(part, beside)]
    if mistakes:
        raise StudyError(mistakes)


def _questions(part: pl.DataFrame, beside: str) -> Iterator[Mistake]:
    asked = part.filter("asked")
    if asked.is_empty():
        return
    source, plate, analyte = asked.select("source", "plate", "analyte").row(0)
    wells = counted(asked.height, "sample well", "sample wells")
    among = f", with {beside} among those of wells that have one"
    yield Mistake(
        f"{source}, plate {plate}",
        f"no number of {analyte} in {wells} ({shortened(asked['well'].to_list())})"
        f"{among if asked['beside'].is_not_null().any() else ''}",
        "a number, or the side on which the result lies: wells without one are often the highest",
        "look at them in the instrument's program and write `>` or `<` and the limit into the "
        "cells, or `missing` where nothing was measured",
    )
