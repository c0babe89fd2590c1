"""Samples whose dilutions contradict one another: a hook, or something in the sample that hides the
analyte.

Diluting adds nothing to a sample. Where a thin dilution shows more of the undiluted sample than a
thicker one can (log2 amounts low_k and high_j, k the thinner),

    low_k - high_j > z sqrt(v_j + v_k + |l_k - l_j|^2 + 2 s^2)                                  (1)

the thicker one is refuted: v are the variances of the two means, l the errors of the curve that
both share, s the error of preparing a dilution. A thin dilution above the range refutes by the
bound that it gives.

A signal with a hook rises with the amount and then falls. So the thinnest dilution that is left is
known to lie on the rising side only where a thicker one has the larger signal, which is, on one
curve, the larger amount in the well (log2 amount less log2 dilution):

    low_j - log2 d_j > amount_k - log2 d_k + z sqrt(v_j + v_k)                                  (2)

Else its amount is a lower bound: it may lie on the falling side itself.

Source: Hoofnagle and Wener 2009, doi:10.1016/j.jim.2009.06.003 (the hook effect).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import polars as pl

from exvivo.quantify.controls import SAMPLE

DILUTION_SD = 0.15
"""The error of preparing a dilution, log2: 10 %, as two steps of 7 % make it."""
_AT_BOUND_SD = math.log2(1.25)
"""The error of a well at a limit of quantification, where limits allow a CV of 25 %."""
_Z = 2.58
"""Standard deviations: once in a hundred by chance, for one pair of dilutions."""
_BELOW = 1.645
"""Standard deviations by which a lower bound lies under the value that it is made of: 95 %."""
_WELL = ["plate", "well", "analyte"]
_MARKS = {
    **dict.fromkeys(_WELL, pl.String),
    "rise": pl.Float64,
    "bound": pl.Float64,
}


@dataclass(frozen=True)
class _Dilution:
    """The wells of one sample at one dilution: the log2 of the amount in the undiluted sample is at
    least `low`, and at most `high` by the wells that are not above the range (infinite: open), with
    the variance of that mean and the mean loadings of shared errors. `has_value`: all its wells
    have one.
    """

    dilution: float
    wells: Sequence[Mapping[str, object]]
    low: float
    high: float
    variance: float
    loadings: Mapping[str, float]
    has_value: bool

    @property
    def in_well(self) -> float:
        """The log2 amount in the well itself that its signal shows at least."""
        return self.low - math.log2(self.dilution)

    def curve_variance(self, other: _Dilution) -> float:
        """What the shared errors of their curve add to the difference of the two."""
        keys = self.loadings.keys() | other.loadings.keys()
        off = (self.loadings.get(key, 0.0) - other.loadings.get(key, 0.0) for key in sorted(keys))
        return math.fsum(each**2 for each in off)


def refutations(samples: pl.DataFrame) -> pl.DataFrame:
    """The sample wells that a thinner dilution of the same sample contradicts: plate, well,
    analyte, `rise` (log2, how much more the thinner one shows) and, of wells that stay only as a
    lower bound, `bound` (log2; `rise` is empty there).

    `samples` have `value`, `sd`, `censor`, `lower`, `upper` and `shared` as QUANTITIES.
    """
    several = samples.filter(pl.col("dilution").n_unique().over(SAMPLE) > 1)
    parts = several.partition_by(SAMPLE, maintain_order=True)
    marks = list(chain.from_iterable(_of_sample(_dilutions(part)) for part in parts))
    return pl.DataFrame(marks, schema=_MARKS, orient="row")


def without_refuted(samples: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """The samples without their refuted wells; what stays as a lower bound is one."""
    marked = samples.join(
        marks, on=_WELL, how="left", maintain_order="left", nulls_equal=True, suffix="_mark"
    )
    kept = marked.filter(pl.col("rise").is_null())
    bound = pl.col("bound").is_not_null()
    none = pl.lit(None, dtype=pl.Float64)
    return kept.with_columns(
        value=pl.when(~bound).then("value").otherwise(none),
        sd=pl.when(~bound).then("sd").otherwise(none),
        lower=pl.when(bound).then("bound").otherwise("lower"),
        censor=pl.when(bound).then(pl.lit("right")).otherwise("censor"),
        shared=pl.when(bound).then(pl.lit([], dtype=samples.schema["shared"])).otherwise("shared"),
    ).select(samples.columns)


def unrefuted(readings: pl.DataFrame, marks: pl.DataFrame) -> pl.DataFrame:
    """The readings without those of refuted wells: behind a hook a signal orders nothing."""
    refuted = marks.filter(pl.col("rise").is_not_null())
    return readings.join(refuted, on=_WELL, how="anti", maintain_order="left")


def _dilutions(sample: pl.DataFrame) -> list[_Dilution]:
    """The dilutions of one sample, the thickest first."""
    parts = sample.sort("dilution", maintain_order=True).partition_by(
        "dilution", maintain_order=True
    )
    return [_dilution(part.to_dicts()) for part in parts]


def _dilution(wells: Sequence[Mapping[str, object]]) -> _Dilution:
    lows = [_end(well, "lower", -math.inf) for well in wells]
    highs = [end for well in wells if (end := _end(well, "upper", math.inf)) < math.inf]
    sds = [_number(well["sd"], _AT_BOUND_SD) for well in wells]
    return _Dilution(
        dilution=_number(wells[0]["dilution"], 1.0),
        wells=wells,
        low=_mean(lows),
        high=_mean(highs) if highs else math.inf,
        variance=math.fsum(sd**2 for sd in sds) / len(wells) ** 2,
        loadings=_loadings(wells),
        has_value=all(well["value"] is not None for well in wells),
    )


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _number(cell: object, otherwise: float) -> float:
    return float(cell) if isinstance(cell, int | float) else otherwise


def _end(well: Mapping[str, object], bound: str, open_end: float) -> float:
    """One end of what a well says: its value, else its bound."""
    return _number(well["value"], _number(well[bound], open_end))


def _loadings(wells: Sequence[Mapping[str, object]]) -> dict[str, float]:
    """The mean loading of each shared error over wells."""
    sums: dict[str, float] = {}
    for well in wells:
        shared = well["shared"]
        for error in shared if isinstance(shared, list) else ():
            sums[error["key"]] = sums.get(error["key"], 0.0) + error["loading"] / len(wells)
    return sums


def _of_sample(dilutions: Sequence[_Dilution]) -> Iterator[tuple[object, ...]]:
    """Rows of marks: the wells that are refuted, and those that stay as a bound."""
    rises = [_rise(each, dilutions[place + 1 :]) for place, each in enumerate(dilutions)]
    if not any(rises):
        return
    left = [each for each, rise in zip(dilutions, rises, strict=True) if not rise]
    for each, rise in zip(dilutions, rises, strict=True):
        for well in each.wells if rise else ():
            yield (*_place(well), rise, None)
    if not any(_rising(each, dilutions) for each in left):
        yield from chain.from_iterable(_bounds(each) for each in left if each.has_value)


def _place(well: Mapping[str, object]) -> Iterator[object]:
    return (well[name] for name in _WELL)


def _rise(thick: _Dilution, thinner: Sequence[_Dilution]) -> float:
    """By how much (log2) thinner dilutions show more than a thick one can, equation (1); 0 where
    errors may explain it.
    """
    rises = (thin.low - thick.high for thin in thinner if _refutes(thin, thick))
    return max(rises, default=0.0)


def _refutes(thin: _Dilution, thick: _Dilution) -> bool:
    errors = thin.variance + thick.variance + thin.curve_variance(thick) + 2 * DILUTION_SD**2
    return thin.low - thick.high > _Z * math.sqrt(errors)


def _rising(thin: _Dilution, dilutions: Sequence[_Dilution]) -> bool:
    """Whether a dilution is known to lie where the signal rises, equation (2): a thicker one has
    the larger signal.
    """
    return any(
        thick.in_well - thin.in_well > _Z * math.sqrt(thick.variance + thin.variance)
        for thick in dilutions
        if thin.has_value and thick.dilution < thin.dilution
    )


def _bounds(left: _Dilution) -> Iterator[tuple[object, ...]]:
    """The wells of a dilution as lower bounds."""
    sd = math.hypot(math.sqrt(left.variance), DILUTION_SD)
    for well in left.wells:
        yield (*_place(well), None, _number(well["value"], left.low) - _BELOW * sd)
