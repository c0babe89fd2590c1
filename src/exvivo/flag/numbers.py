"""Finished results whose own numbers betray how they were made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb

import polars as pl

from exvivo.flag.look import Flag, Look, counted, flag, place
from exvivo.study import Results

_COARSE = 2.0
"""A group that shows this many times as many different values as another was written or measured
differently.
"""
_FEWEST = 10
"""Results a group must have before its numbers are compared with another's."""


def probable_limits(look: Look) -> Iterator[Flag]:
    """Zeros and repeated smallest values, taken for undetected; a question to whoever knows the
    assay.
    """
    for row, figures in look.fitted("population"):
        limit = figures.get("probable_limit")
        if limit is None:
            continue
        seen = [counted(figures["zeros"], "zero", "zeros")] if figures.get("zeros") else []
        seen += [f"{figures['negatives']:.0f} below zero"] if figures.get("negatives") else []
        if figures.get("repeated_smallest", 0) > 1:
            seen.append(
                f"{figures['repeated_smallest']:.0f} times the smallest value {figures['smallest']:g}"
            )
        yield flag(
            "quantities",
            place(row),
            what=f"{' and '.join(seen)} among {figures['n']:.0f} results: taken as undetected below {limit:g} {row['unit']}",
            why="laboratories write undetected samples as zero or as the limit itself; as measurements they would mislead",
            cure=f"is {limit:g} {row['unit']} the detection limit? Ask the laboratory and declare it under `limits`",
        )


def results_below_zero(look: Look) -> Iterator[Flag]:
    """Negative results: no sample holds less than nothing."""
    for row, figures in look.fitted("population"):
        if figures.get("negatives"):
            limit = figures.get("probable_limit")
            taken = (
                "they have no result"
                if limit is None
                else f"taken as undetected below {limit:g} {row['unit']}"
            )
            yield flag(
                "quantities",
                place(row),
                what=f"{counted(figures['negatives'], 'result', 'results')} below zero among {figures['n']:.0f}: {taken}",
                why="a blank was subtracted, or a curve was read beyond its end: such a number says `undetected`, and not how low",
                cure="ask the laboratory for the detection limit and declare it under `limits`, or write `<` and the limit",
            )


def groups_written_differently(look: Look) -> Iterator[Flag]:
    """Groups whose numbers repeat far more than another's would among as many: other runs, rounding
    or scales.
    """
    results = [assay.id for assay in look.study.assays if isinstance(assay, Results)]
    rows = look.wells.filter(
        pl.col("assay").is_in(results),
        pl.col("role") == "sample",
        pl.col("value") > 0,
        pl.col("group").is_not_null(),
    ).drop_nulls("analyte")
    for (assay, analyte), mine in rows.group_by(["assay", "analyte"], maintain_order=True):
        counts = {
            str(group): values["value"].value_counts()["count"].to_list()
            for (group,), values in mine.group_by(["group"], maintain_order=True)
            if values.height >= _FEWEST
        }
        if len(counts) < 2:
            continue
        among = min(map(sum, counts.values()))
        distinct = {group: rarefied(found, among) for group, found in counts.items()}
        if max(distinct.values()) < _COARSE * min(distinct.values()):
            continue
        said = "; ".join(
            f"{look.study.name_of(group)}: {number:.0f}" for group, number in distinct.items()
        )
        yield flag(
            "wells",
            f"{assay} {analyte}",
            what=f"different values among {among} results: {said}",
            why="numbers of one assay repeat alike in every group; these suggest other runs, rounding or limits",
            cure="ask whether the groups were measured together; if not, group and run cannot be told apart",
        )


def rarefied(counts: Sequence[int], among: int) -> float:
    """How many different values `among` results drawn from these would show on average (Hurlbert
    1971, doi 10.2307/1934145).

    `counts` says how often each value occurs.

    >>> rarefied([1, 1, 1, 1], 2), rarefied([4], 2)
    (2.0, 1.0)
    """
    total = sum(counts)
    return sum(1 - comb(total - count, among) / comb(total, among) for count in counts)
