"""Runs that ended at another cycle than the study states, or earlier than runs do.

An undetected well has its Cq above the last cycle: with a wrong number of cycles its bound is
wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from exvivo.errors import Mistake
from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.study import Qpcr, Study
from exvivo.study.entry import Mistakes

_CYCLE = pl.col("x").list
_FIRST, _LAST = _CYCLE.min().min(), _CYCLE.max().max()
_FEWEST = 30
"""Cycles that a run of a qPCR has at least; usual are 35 to 50."""


def curves_that_end_early(held: Held) -> Iterator[Flag]:
    """Plates whose curves all end before runs do, where the study does not state `cycles`: a table
    with a line a cycle that lost its end has curves that look whole.
    """
    for assay in held.study.assays:
        if isinstance(assay, Qpcr) and assay.cycles is None:
            curves = held.wells.filter(assay=assay.id, kind="amplification")
            ends = curves.filter(_CYCLE.len() > 0).group_by("plate", "source", maintain_order=True)
            for plate, source, last in ends.agg(_LAST).iter_rows():
                if last < _FEWEST:
                    yield _early(assay.id, plate, source, last)


def _early(assay: str, plate: str, source: str, last: float) -> Flag:
    return Flag(
        table="wells",
        row=f"plate {plate}",
        severity="look",
        place=plate,
        evidence=(source, f"{last:g}"),
        scope=Scope(assays=(assay,), plates=(plate,)),
        what=f"the curves in {source} end at cycle {last:g}",
        why="runs have usually 35 to 50 cycles: the file may have lost its last lines",
        cure=f"state the cycles of the run (`cycles:` of the assay {assay}), or export it again",
    )


def contradicted_cycles(readings: pl.DataFrame, study: Study) -> Mistakes:
    """Plates whose amplification curves run to another cycle than `cycles` of their assay.

    `readings` are those of all files that were read. Cycles counted from 0 are one more than the
    last of them.
    """
    curves = readings.filter(kind="amplification").filter(_CYCLE.len() > 0)
    for assay in study.assays:
        if isinstance(assay, Qpcr) and assay.cycles is not None:
            plates = [plate.id for plate in study.plates if plate.assay == assay.id]
            own = curves.filter(pl.col("plate").is_in(plates))
            runs = own.group_by("plate", "source", maintain_order=True).agg(
                cycles=_LAST + (_FIRST == 0)
            )
            for plate, source, cycles in runs.iter_rows():
                if cycles != assay.cycles:
                    yield _contradicted(plate, source, cycles, assay)


def _contradicted(plate: str, source: str, cycles: float, assay: Qpcr) -> Mistake:
    return Mistake(
        source,
        f"curves of {cycles:g} cycles (plate {plate}), where assay {assay.id} of study.yaml states "
        f"`cycles: {assay.cycles}`",
        "one number of cycles: what is undetected is undetected up to the last of them",
        "take `cycles` out of the assay, as the curves tell it; if the run was longer than its "
        "curves, export every cycle",
    )
