"""Finished results whose own numbers betray how they were made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb, log2
from statistics import stdev

import polars as pl

from exvivo.flag.look import Fit, Flags, Look, counted, flag, listed
from exvivo.flagged import Flag, Scope
from exvivo.study import Results
from exvivo.study.result_units import LARGEST_LOGGED, SHARE, may_be_logarithms, unit_kind

_COARSE = 2.0
"""A group that shows this many times as many different values as another was written or measured
differently.
"""
_FEWEST = 10
"""Results a group must have before its numbers are compared with another's."""
_CLOSE = 0.6
"""log2, standard deviation of all results; logarithms around 2.4 that differ by 1 have more."""
_LARGEST_SHARE = 0.25
"""Above this part of the largest share, folds of a share and of its odds differ by a third."""


def probable_limits(fit: Fit) -> Flags:
    """Zeros and repeated smallest values, taken for undetected; a question to whoever knows the
    assay.
    """
    if "probable_limit" in fit.values:
        yield flag(
            "quantities",
            fit.place,
            what=(
                f"{' and '.join(_suspicious(fit.values))} among {fit['n']:.0f} results: "
                f"{_taken(fit)}"
            ),
            why=(
                "laboratories write undetected samples as zero or as the limit itself; as "
                "measurements they would mislead"
            ),
            cure=(
                f"is {_limit(fit)} the detection limit? Ask the laboratory and declare it under "
                "`limits`"
            ),
        )


def _taken(fit: Fit) -> str:
    """What the results that look like undetected ones were taken for."""
    limited = "probable_limit" in fit.values
    return f"taken as undetected below {_limit(fit)}" if limited else "they have no result"


def _limit(fit: Fit) -> str:
    return f"{fit['probable_limit']:g} {fit.row['unit']}"


def _suspicious(values: dict[str, float]) -> Iterator[str]:
    """The results that look like undetected ones, in words."""
    if values.get("zeros"):
        yield counted(values["zeros"], "zero", "zeros")
    if values.get("negatives"):
        yield f"{values['negatives']:.0f} below zero"
    repeated = values.get("repeated_smallest", 0)
    if repeated > 1:
        yield f"{repeated:.0f} times the smallest value {values['smallest']:g}"


def results_below_zero(fit: Fit) -> Flags:
    """Negative results: no sample holds less than nothing."""
    if fit.get("negatives"):
        results = counted(fit["negatives"], "result", "results")
        yield flag(
            "quantities",
            fit.place,
            what=f"{results} below zero among {fit['n']:.0f}: {_taken(fit)}",
            why=(
                "a blank was subtracted, or a curve was read beyond its end: such a number says "
                "`undetected`, and not how low"
            ),
            cure=(
                "ask the laboratory for the detection limit and declare it under `limits`, or "
                "write `<` and the limit"
            ),
        )


def smallest_of_one_condition(fit: Fit) -> Flags:
    """A smallest value that only one condition repeats: a limit or a result, which the numbers do
    not tell; it stays a result.
    """
    if "smallest_of_one_condition" in fit.values:
        times = f"{fit['smallest_of_one_condition']:.0f} times {fit['smallest']:g}"
        yield flag(
            "quantities",
            fit.place,
            what=f"{times}, the smallest of {fit['n']:.0f} results, in one condition only",
            why=(
                "it may be a limit of detection or a rounded result; no limit is inferred from "
                "what other conditions do not show"
            ),
            cure="if it is the limit, write `<` before it, or declare it under `limits`",
        )


def scale_left_open(look: Look) -> Flags:
    """Tables without a scale whose numbers are as small and as close together as logarithms."""
    for assay in look.assays_of(Results):
        if assay.scale is None and unit_kind(assay.unit) is None:
            rows = _results(look, assay)
            by_analyte = rows.partition_by("analyte", maintain_order=True)
            analytes = [own["analyte"][0] for own in by_analyte if _may_be(own)]
            if analytes and max(rows["value"]) <= LARGEST_LOGGED:
                yield _scale_asked(assay, analytes, rows)


def _may_be(rows: pl.DataFrame) -> bool:
    """Whether results lie close together, as the logarithms of results twofold apart do."""
    values = rows["value"].to_list()
    return may_be_logarithms(values) and stdev(map(log2, values)) < _CLOSE


def _scale_asked(assay: Results, analytes: Sequence[str], rows: pl.DataFrame) -> Flag:
    low, high = min(rows["value"]), max(rows["value"])
    return flag(
        "wells",
        f"{assay.id} {listed(analytes)}",
        scope=Scope(assays=(assay.id,)),
        what=f"results from {low:g} to {high:g}, as small as logarithms; no `scale`",
        why="they are taken as amounts; if they are logarithms, every fold is wrong",
        cure=f"write `scale: linear` in the assay {assay.id}, or `log2`, `log10` or `ln`",
    )


def _results(look: Look, assay: Results) -> pl.DataFrame:
    """The results of an assay's samples that are numbers."""
    samples = look.wells.filter(assay=assay.id, role="sample")
    return samples.drop_nulls(["analyte", "value"])


def shares_as_amounts(look: Look) -> Flags:
    """Shares that are declared linear: their folds stop meaning anything near the whole."""
    for assay in look.assays_of(Results):
        high = max(_results(look, assay)["value"], default=0.0)
        whole = 100.0 if high > 1 else 1.0
        if unit_kind(assay.unit) == SHARE and not assay.logged and high > _LARGEST_SHARE * whole:
            yield flag(
                "wells",
                assay.id,
                scope=Scope(assays=(assay.id,)),
                what=f"shares of up to {high:g} {assay.unit} are compared by their ratio",
                why=(
                    "a share cannot pass the whole: 90 and 95 % are 1.06-fold apart, what is left "
                    "2-fold; and equal effects on cells give unequal folds"
                ),
                cure="compare amounts instead, or read the folds as those of the share alone",
            )


def groups_written_differently(look: Look) -> Flags:
    """Groups whose numbers repeat far more than another's would among as many: other runs, rounding
    or scales.
    """
    results = [assay.id for assay in look.assays_of(Results)]
    logged = [assay.id for assay in look.assays_of(Results) if assay.logged]
    rows = look.wells.filter(
        pl.col("assay").is_in(results),
        (pl.col("value") > 0) | pl.col("assay").is_in(logged),
        role="sample",
    ).drop_nulls(["analyte", "group", "value"])
    for (assay, analyte), values in rows.group_by(["assay", "analyte"], maintain_order=True):
        among, distinct = _different_values(values)
        if max(distinct.values(), default=0.0) >= _COARSE * min(distinct.values(), default=1.0):
            numbers = (f"{look.study.name_of(g)}: {number:.0f}" for g, number in distinct.items())
            yield flag(
                "wells",
                f"{assay} {analyte}",
                scope=Scope(assays=(str(assay),), analytes=(str(analyte),)),
                what=f"different values among {among} results: {'; '.join(numbers)}",
                why=(
                    "numbers of one assay repeat alike in every group; these suggest other runs, "
                    "rounding or limits"
                ),
                cure=(
                    "ask whether the groups were measured together; if not, group and run cannot "
                    "be separated"
                ),
            )


def _different_values(rows: pl.DataFrame) -> tuple[int, dict[str, float]]:
    """How many different values as many results of each group show, and among how many; of groups
    with results enough.
    """
    counts = {
        str(group): values["value"].value_counts()["count"].to_list()
        for (group,), values in rows.group_by(["group"], maintain_order=True)
        if values.height >= _FEWEST
    }
    among = min(map(sum, counts.values()), default=0)
    return among, {group: rarefied(of_group, among) for group, of_group in counts.items()}


def rarefied(counts: Sequence[int], among: int) -> float:
    """How many different values `among` results drawn from these would show on average (Hurlbert
    1971, doi 10.2307/1934145).

    `counts` says how often each value occurs.

    >>> rarefied([1, 1, 1, 1], 2), rarefied([4], 2)
    (2.0, 1.0)
    """
    total = sum(counts)
    return sum(1 - comb(total - count, among) / comb(total, among) for count in counts)
