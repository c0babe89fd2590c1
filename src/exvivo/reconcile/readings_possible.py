"""Readings that no instrument gives: more light absorbed than a reader can see, a decimal point
lost, Cq after the last cycle, fluorescence below zero.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats
from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.study import Immunoassay, Qpcr, Results, Study
from exvivo.words import shortened

_LOWEST_OD, _HIGHEST_OD = -0.5, 6.0
"""Absorbance beyond which no reader reads: 6 OD let one in a million photons through."""
_MOST = 0.2
"""The part of a plate that may be beyond it: more, and it is another unit (milli-OD)."""
_FEWEST = 8
"""Readings of a plate under which it has no range."""
_TENFOLD, _FAR = 10.0, 30.0
"""How far above all others a reading without its decimal point lies: a signal, a result."""
_SHOWN = 6


def impossible_readings(held: Held) -> Iterator[Flag]:
    """Wells with a reading that cannot be, or that lost its decimal point."""
    kinds = {assay.id: assay for assay in held.study.assays}
    used = held.wells.filter(pl.col("role") != "empty", pl.col("exclude").is_null())
    used = used.drop_nulls("value")
    for (assay, _, kind, _), rows in used.group_by(
        ["assay", "plate", "kind", "channel"], maintain_order=True
    ):
        match kinds[str(assay)]:
            case Immunoassay() if kind in ("signal", "mfi"):
                yield from _of_signals(rows, str(kind))
            case Qpcr() if kind == "cq":
                yield from _of_cycles(rows, held.study, str(assay))
            case Results():
                yield from _of_results(rows)


def _of_signals(rows: pl.DataFrame, kind: str) -> Iterator[Flag]:
    values = rows["value"].to_numpy()
    lost = _lost_points(values, _TENFOLD)
    if lost.any():
        yield _flag(
            rows,
            lost,
            "stop",
            "far above every other reading of the plate and without their decimals: a decimal "
            "point was lost",
        )
    below = _far_below_zero(values)
    if kind == "signal" and not _is_absorbance(rows, values) and below.any():
        yield _flag(
            rows, below, "look", "far below zero, where taking off a blank leaves about zero"
        )
    if kind == "mfi" and (values < 0).any():
        yield _flag(rows, values < 0, "look", "below zero, as after a background was taken off")
    elif _is_absorbance(rows, values):
        beyond = ((values > _HIGHEST_OD) | (values < _LOWEST_OD)) & ~lost
        if beyond.any():
            yield _flag(
                rows,
                beyond,
                "stop",
                f"beyond what a reader of absorbance gives ({_LOWEST_OD:g} to {_HIGHEST_OD:g} OD)",
            )


def _is_absorbance(rows: pl.DataFrame, values: Floats) -> bool:
    """Whether signals are in OD: the file says so, and most of them can be (else milli-OD)."""
    inside = ((values <= _HIGHEST_OD) & (values >= _LOWEST_OD)).mean()
    return rows["unit"][0] == "OD" and bool(inside >= 1 - _MOST)


def _far_below_zero(values: Floats) -> Bools:
    """Few negative signals of more than a tenth of the largest."""
    below: Bools = values < -values.max() / _TENFOLD
    return below & bool(below.mean() <= _MOST) & bool(values.max() > 0)


def _lost_points(values: Floats, far: float) -> Bools:
    """Whole numbers far above all others, which have decimals, and that lie among them with the
    point put back.
    """
    none = np.zeros(values.shape, dtype=np.bool_)
    decimals = _decimals(values)
    usual = int(np.median(decimals))
    if values.size < _FEWEST or usual < 2:
        return none
    whole = (decimals == 0) & (values > 0)
    rest = values[~whole]
    if rest.size < (1 - _MOST) * values.size:
        return none
    back = values / 10.0**usual
    among = (back >= rest.min()) & (back <= rest.max())
    lost: Bools = whole & (values >= far * rest.max()) & among
    return lost


def _decimals(values: Floats) -> Floats:
    """How many decimals each number is written with, up to 4."""
    decimals = np.full(values.shape, 4.0)
    for count in range(3, -1, -1):
        scaled = values * 10.0**count
        decimals[np.abs(scaled - np.rint(scaled)) <= 1e-6 * np.maximum(1.0, np.abs(scaled))] = count
    return decimals


def _of_results(rows: pl.DataFrame) -> Iterator[Flag]:
    lost = _lost_points(rows["value"].to_numpy(), _FAR)
    if lost.any():
        yield _flag(
            rows,
            lost,
            "look",
            "far above every other result and without their decimals, as if a decimal point was "
            "lost",
        )


def _of_cycles(rows: pl.DataFrame, study: Study, assay: str) -> Iterator[Flag]:
    values = rows["value"].to_numpy()
    record = study.assay(assay)
    cycles = record.cycles if isinstance(record, Qpcr) else None
    last = float(cycles or 60)
    beyond = (values > last + 1) | (values < 1)
    if beyond.any():
        yield _flag(rows, beyond, "stop", f"outside the run, which has cycles 1 to {last:g}")


def _flag(rows: pl.DataFrame, which: Bools, severity: str, what: str) -> Flag:
    own = rows.filter(pl.Series(which))
    named = [f"{well} {value:.6g}" for well, value in own.select("well", "value").iter_rows()]
    assay, plate = own["assay"][0], own["plate"][0]
    analytes = own["analyte"].drop_nulls().unique(maintain_order=True).to_list()
    donors = own.filter(role="sample")["donor"].drop_nulls().unique(maintain_order=True).to_list()
    only_samples = own.filter(pl.col("role") == "sample").height == own.height
    return Flag(
        table="wells",
        row=f"plate {plate}: {shortened(named, _SHOWN)}",
        severity="stop" if severity == "stop" else "look",
        what=f"{shortened(named, _SHOWN)}: {what}",
        why="one such number carries a mean, a correlation or a curve with it",
        cure=(
            "look the well up in the instrument's own file; correct it, or exclude the well with "
            "the reason"
        ),
        place=str(plate),
        evidence=tuple(named),
        scope=Scope(
            assays=(assay,),
            analytes=tuple(analytes),
            plates=(plate,),
            donors=tuple(donors) if only_samples else (),
        ),
    )
