"""Tables of results whose numbers contradict the scale they are taken on, or leave it open.

Numbers do not say what they are. Where amounts could be logarithms, or were divided by their own
control, the study has to say so: with another scale than the true one every fold is wrong, and
nothing later would show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import polars as pl

from exvivo.errors import Mistake
from exvivo.reconcile.one_condition import FEWEST_DONORS, of_one_condition
from exvivo.reconcile.series import CELL, Series, series_of
from exvivo.study import Results, Study
from exvivo.study.entry import Mistakes
from exvivo.study.result_units import LARGEST_LOGGED, may_be_logarithms
from exvivo.words import counted

LARGEST_LOG2 = 64.0
"""log2 of more than any amount: 2 to the power of 64 molecules are 30 micromoles."""
LEAST_SPREAD = 0.3
"""log2: amounts differ by more between donors of one condition (standard deviation, 1.2-fold). Of
amounts around 256 that differ 2-fold, the logarithms differ by 0.18.
"""
_SD = pl.col("value").log(2).std().alias("sd")
_DONORS = pl.col("donor").n_unique().alias("donors")


def scale_mistakes(readings: pl.DataFrame, study: Study) -> Mistakes:
    """The tables of results whose own numbers contradict their scale or do not tell it.

    `readings` are those of all files. Where a unit asks already, the numbers do not ask again.
    """
    for assay in study.assays:
        if isinstance(assay, Results):
            every = list(series_of(readings, study, assay))
            for series in every:
                yield from of_one_condition(series)
                yield from _of_series(series)
            if assay.scale is None:
                yield from _like_logarithms(every)


def _of_series(series: Series) -> Mistakes:
    """What a declared scale does not allow, and what asks for one."""
    match series.assay.scale:
        case None:
            yield from _negative(series)
        case "linear":
            yield from _without_ratio(series)
        case "log2" | "log10" | "ln":
            yield from _too_large(series)


def _too_large(series: Series) -> Mistakes:
    """Declared logarithms that no amount has."""
    largest = max(map(abs, series.values), default=0.0) * (series.base or 0.0)
    if largest > LARGEST_LOG2:
        yield _no_logarithms(series, largest)


def _no_logarithms(series: Series, largest: float) -> Mistake:
    return series.mistake(
        f"{_range(series)}, and `scale: {series.assay.scale}`, which contradict one another",
        f"logarithms: 2 to the power of {largest:.0f} is no amount",
        "write `scale: linear` in the assay, or put the logarithms into the table",
    )


def _negative(series: Series) -> Mistakes:
    """Results below zero: no amounts, unless a blank was taken off."""
    if series.kind is None and series.below_zero:
        yield series.mistake(
            f"{_below(series)}; and no `scale`",
            "amounts, which are not below zero, or a declared `scale`",
            f"in the assay {series.assay.id}, write `scale: log2` (or log10, ln) if these are "
            "logarithms, as NPX are; `scale: linear` if a blank was taken off (what is below zero "
            "is then undetected)",
        )


def _without_ratio(series: Series) -> Mistakes:
    """Ratios, shares and changes below zero; a blank that was taken off leaves other units."""
    if series.kind is not None and series.below_zero:
        yield series.mistake(
            f"{_below(series)}, in {series.assay.unit} with `scale: linear`",
            "numbers above zero: others have no ratio",
            series.kind.cure,
        )


def _range(series: Series) -> str:
    values = series.values
    return f"{min(values):g} to {max(values):g} in {len(values)} results"


def _below(series: Series) -> str:
    below = series.below_zero
    results = counted(len(below), "result", "results")
    return f"{results} of {len(series.values)} not above zero, down to {min(below):g}"


# Numbers that may be logarithms.


def _like_logarithms(every: Sequence[Series]) -> Mistakes:
    """A table that may be logarithms: no result is large, and in most of its analytes donors differ
    by less than amounts do.
    """
    measured = [series for series in every if series.kind is None and series.values]
    alike = [series for series in measured if _is_narrow(series)]
    largest = max((max(series.values) for series in measured), default=0.0)
    if largest <= LARGEST_LOGGED and 2 * len(alike) > len(measured):
        yield _ask_scale(alike[0])


def _ask_scale(series: Series) -> Mistake:
    apart = 2 ** (_spread(series) or 0.0)
    return series.mistake(
        f"{_range(series)}, donors of one condition {apart:.2f}-fold apart (standard deviation); "
        "and no `scale`",
        "amounts, which differ by more between donors, or a declared `scale`",
        f"in the assay {series.assay.id}, write `scale: log2` (or log10, ln) if these are "
        "logarithms, `scale: linear` if they are amounts",
    )


def _is_narrow(series: Series) -> bool:
    """Whether results lie as close together as logarithms do."""
    spread = _spread(series) if may_be_logarithms(series.values) else None
    return spread is not None and spread < LEAST_SPREAD


def _spread(series: Series) -> float | None:
    """The median, over conditions, of the standard deviation of log2 of the donors' results."""
    positive = series.given.filter(pl.col("value") > 0)
    cells = positive.group_by(CELL, maintain_order=True).agg(_SD, _DONORS)
    spreads = cells.filter(pl.col("donors") >= FEWEST_DONORS)["sd"].drop_nulls().to_list()
    return median(spreads) if spreads else None
