"""Standards of two plates whose signals contradict their amounts: one plate in ng, another in pg.

The signals are compared as they were read. Two estimates of how far the amounts lie apart are made,
and the smaller counts: at the middle of each plate's own signals, which a gain does not move, and
at one signal that both plates reach, which the range of their standards does not move.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.study import Immunoassay, Qpcr, Study

_FEWEST = 4
"""Amounts under which standards tell no middle."""
_SIGNALS = ("signal", "mfi", "net_mfi", "cq")
APART, IMPOSSIBLE = np.log2(4.0), np.log2(20.0)
"""Amounts (log2) of one signal further apart than lots and kits honestly differ (2- to 3-fold), and
so far that the amounts cannot both be right.
"""
_WIDER = 2.0
"""How much wider (log2) both are for qPCR: a threshold moves every Cq of a run, two cycles."""


@dataclass(frozen=True)
class _Series:
    """The standards of a plate: log2 amounts, ascending, and the mean signal of each, also
    ascending.
    """

    plate: str
    amounts: Floats
    signals: Floats

    def amount_at(self, signal: float) -> float:
        """The log2 amount whose signal it is."""
        return float(np.interp(signal, self.signals, self.amounts))

    @property
    def middle(self) -> float:
        """The log2 amount at the middle of the signals."""
        return self.amount_at((self.signals[0] + self.signals[-1]) / 2)


def standards_apart(held: Held) -> Iterator[Flag]:
    """Plates of one assay and analyte whose standards give one signal at amounts that no lots
    explain.
    """
    wider = _wider(held.study)
    series = ["assay", "channel", "analyte", "kind"]
    for (assay, channel, *_), rows in _standards(held.wells).group_by(series, maintain_order=True):
        if assay in wider:
            yield from _of_channel(str(assay), str(channel), rows, wider[str(assay)])


def _wider(study: Study) -> dict[str, float]:
    """How much further apart (log2) amounts may be, by assays whose standards are compared."""
    compared = [assay for assay in study.assays if isinstance(assay, Immunoassay | Qpcr)]
    return {assay.id: _WIDER if isinstance(assay, Qpcr) else 0.0 for assay in compared}


def _standards(wells: pl.DataFrame) -> pl.DataFrame:
    """The wells of known amount that have a signal; Cq turned round, so that they rise."""
    signal = pl.when(pl.col("kind") == "cq").then(-pl.col("value")).otherwise("value")
    well = ["plate", "well", "channel", "kind"]
    known = _of_known_amount(wells).drop_nulls("value")
    return known.unique(well, keep="first", maintain_order=True).with_columns(signal=signal)


def _of_known_amount(wells: pl.DataFrame) -> pl.DataFrame:
    return wells.filter(
        pl.col("kind").is_in(_SIGNALS),
        pl.col("exclude").is_null(),
        pl.col("nominal") > 0,
        role="standard",
    )


def _of_channel(assay: str, channel: str, rows: pl.DataFrame, wider: float) -> Iterator[Flag]:
    plates = [_series(part) for part in rows.partition_by("plate", maintain_order=True)]
    curves = [series for series in plates if series is not None]
    pairs = [
        (abs(off), off, pair)
        for pair in combinations(curves, 2)
        if (off := _off(*pair)) is not None
    ]
    if pairs:
        size, off, (first, second) = max(pairs, key=lambda pair: pair[0])
        if size > APART + wider:
            analyte = rows["analyte"][0]
            low, high = (first, second) if off > 0 else (second, first)
            yield _flag(
                assay, analyte or channel, analyte, low, high, size, size > IMPOSSIBLE + wider
            )


def _series(rows: pl.DataFrame) -> _Series | None:
    """The standards of one plate, where they rise."""
    levels = (
        rows.group_by("nominal", maintain_order=True).agg(pl.col("signal").mean()).sort("nominal")
    )
    signals = np.maximum.accumulate(levels["signal"].to_numpy())
    if levels.height < _FEWEST or signals[-1] <= signals[0]:
        return None
    return _Series(rows["plate"][0], np.log2(levels["nominal"].to_numpy()), signals)


def _off(first: _Series, second: _Series) -> float | None:
    """By how much (log2) the amounts of the second lie above those of the first for one signal; the
    smaller of both estimates, 0 where they contradict one another, None without a common signal.
    """
    at_middle = second.middle - first.middle
    signal = _common_signal(first, second)
    if signal is None:
        return None
    at_signal = second.amount_at(signal) - first.amount_at(signal)
    if at_middle * at_signal <= 0:
        return 0.0
    return min(at_middle, at_signal, key=abs)


def _common_signal(first: _Series, second: _Series) -> float | None:
    """The middle of the signals that both plates reach, if there are any."""
    low = max(first.signals[0], second.signals[0])
    high = min(first.signals[-1], second.signals[-1])
    return float(low + high) / 2 if high > low else None


def _flag(
    assay: str,
    name: str,
    analyte: str | None,
    low: _Series,
    high: _Series,
    size: float,
    impossible: bool,
) -> Flag:
    ends = [f"{2**series.middle:.3g} on plate {series.plate}" for series in (low, high)]
    return Flag(
        table="wells",
        row=f"{assay} {name}: plates {low.plate}, {high.plate}",
        severity="stop" if impossible else "look",
        what=(
            f"the standards of {name} reach one signal at amounts {2**size:.3g}-fold apart (middle "
            f"{' and '.join(ends)})"
        ),
        why=(
            "lots and kits differ 2- to 3-fold; further apart, the amounts of one plate are wrong "
            "or in another unit, and all its concentrations with them"
        ),
        cure=(
            "check how the standards of these plates were made, and write all amounts in the unit "
            "of the assay (1 ng/mL is 1000 pg/mL)"
        ),
        place=assay,
        evidence=(name, *ends),
        scope=Scope(
            assays=(assay,), analytes=(analyte,) if analyte else (), plates=(low.plate, high.plate)
        ),
    )
