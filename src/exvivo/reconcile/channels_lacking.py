"""Wells that lack a target or analyte which wells like them on the same plate have: a file that
lists its wells analyte by analyte, or line by line, may have lost some of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.study import Immunoassay, Qpcr
from exvivo.words import shortened

Channels = frozenset[str]
_NONE: Channels = frozenset()


def wells_that_lack_a_channel(held: Held) -> Iterator[Flag]:
    """Wells of immunoassays and of qPCR with several targets a well."""
    for assay in held.study.assays:
        if isinstance(assay, Immunoassay | Qpcr):
            own = held.wells.filter(assay=assay.id)
            for (plate,), rows in own.group_by(["plate"], maintain_order=True):
                yield from _of_plate(assay.id, str(plate), rows)


def _of_plate(assay: str, plate: str, rows: pl.DataFrame) -> Iterator[Flag]:
    held = rows.group_by("well", maintain_order=True).agg(pl.col("channel").unique())
    wells = {well: frozenset(channels) for well, channels in held.iter_rows()}
    by_lack: dict[Channels, list[str]] = {}
    for well, channels in lacking(wells).items():
        by_lack.setdefault(channels, []).append(well)
    for channels, names in by_lack.items():
        yield _lack(assay, plate, sorted(channels), rows.filter(pl.col("well").is_in(names)), rows)


def lacking(wells: Mapping[str, Channels]) -> dict[str, Channels]:
    """The wells whose channels are some, but not all, of those that other wells have, and what they
    lack of the most frequent of these.

    >>> lacking({"A1": frozenset({"TNF", "IL6"}), "A2": frozenset({"TNF"})})
    {'A2': frozenset({'IL6'})}
    """
    sets = Counter(wells.values())
    lack = {own: _fuller(own, sets) - own for own in sets}
    return {well: lack[own] for well, own in wells.items() if lack[own]}


def _fuller(own: Channels, sets: Mapping[Channels, int]) -> Channels:
    """The most frequent set of channels that holds another, and more."""
    fuller: Iterable[Channels] = (other for other in sets if own < other)
    return max(fuller, key=lambda other: (sets[other], sorted(other)), default=_NONE)


def _lack(
    assay: str, plate: str, channels: list[str], rows: pl.DataFrame, of_plate: pl.DataFrame
) -> Flag:
    wells = rows["well"].unique(maintain_order=True).to_list()
    named = of_plate.filter(pl.col("channel").is_in(channels))["analyte"].drop_nulls()
    donors = rows["donor"]
    known = () if donors.null_count() else tuple(donors.unique(maintain_order=True))
    many = "well has" if len(wells) == 1 else "wells have"
    return Flag(
        table="wells",
        row=f"plate {plate}: {shortened(wells)}",
        severity="look",
        place=plate,
        evidence=(*channels, *wells),
        scope=Scope(
            assays=(assay,),
            plates=(plate,),
            analytes=tuple(named.unique(maintain_order=True)),
            donors=known,
        ),
        what=f"{len(wells)} {many} no reading of {shortened(channels)}, which other wells have",
        why="the file may have lost lines; a well that failed is not missing at random",
        cure="compare the file with the instrument's own; export it again where lines are lost",
    )
