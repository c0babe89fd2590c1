"""Dilutions that cannot be, and dilutions that go with the group."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.study import Immunoassay, Results
from exvivo.words import listed, shortened

_FEWEST = 3
"""Donors of a group from which it is no accident that all were diluted alike."""


def dilutions_below_one(held: Held) -> Iterator[Flag]:
    """Wells diluted less than once: 0.5 written for 1:2."""
    below = held.wells.filter(pl.col("dilution") < 1, pl.col("role") != "empty")
    for (assay, plate), rows in below.group_by(["assay", "plate"], maintain_order=True):
        wells = rows["well"].unique(maintain_order=True).to_list()
        values = [f"{value:g}" for value in rows["dilution"].unique(maintain_order=True)]
        donors = rows["donor"].drop_nulls().unique(maintain_order=True).to_list()
        turned = 1 / rows["dilution"][0] if rows["dilution"][0] else 0.0
        yield Flag(
            table="wells",
            row=f"plate {plate}: {shortened(wells)}",
            severity="stop",
            what=f"dilution {listed(values)} in {shortened(wells)}: less than undiluted",
            why="concentrations are multiplied by it: written as a part they come out too low",
            cure=(
                f"write how many times the sample was diluted ({turned:g} for {values[0]}); where "
                "it was concentrated, leave the dilution out and correct the results"
            ),
            place=str(plate),
            evidence=(*values, *wells),
            scope=Scope(assays=(str(assay),), plates=(str(plate),), donors=tuple(donors)),
        )


def dilutions_by_group(held: Held) -> Iterator[Flag]:
    """Assays, or plates, whose dilutions differ between groups, and never within them."""
    diluted = [assay.id for assay in held.study.assays if isinstance(assay, Immunoassay | Results)]
    samples = held.wells.filter(
        pl.col("assay").is_in(diluted), pl.col("exclude").is_null(), role="sample"
    )
    samples = samples.drop_nulls(["donor", "group"])
    for (assay,), rows in samples.group_by(["assay"], maintain_order=True):
        flags = list(_of_some(str(assay), rows, "", held))
        for (plate,), own in rows.group_by(["plate"], maintain_order=True):
            flags += _of_some(str(assay), own, str(plate), held) if not flags else ()
        yield from flags


def _of_some(assay: str, rows: pl.DataFrame, plate: str, held: Held) -> Iterator[Flag]:
    """The flag of the first stimulus of an assay, or of a plate of it, whose dilutions do."""
    for (stimulus,), own in rows.group_by(["stimulus"], maintain_order=True):
        by_group = _dilutions(own)
        if by_group:
            yield _by_group(assay, plate, stimulus, by_group, held)
            return


def _dilutions(rows: pl.DataFrame) -> dict[str, tuple[float, ...]]:
    """The dilutions of each group, where no two groups share one and each has donors enough."""
    groups = rows.group_by("group", maintain_order=True).agg(
        pl.col("dilution").unique().sort(), pl.col("donor").n_unique()
    )
    groups = groups.filter(pl.col("donor") >= _FEWEST)
    sets = {str(g): tuple(d) for g, d in groups.select("group", "dilution").iter_rows()}
    every = [value for dilutions in sets.values() for value in dilutions]
    return sets if len(sets) > 1 and len(every) == len(set(every)) else {}


def _by_group(
    assay: str, plate: str, stimulus: object, sets: dict[str, tuple[float, ...]], held: Held
) -> Flag:
    named = [
        f"{held.study.name_of(group)} {listed(f'1:{d:g}' for d in own)}"
        for group, own in sets.items()
    ]
    where = f" with {stimulus}" if stimulus else ""
    on_plate = f" on plate {plate}" if plate else ""
    return Flag(
        table="wells",
        row=f"{assay}{on_plate}",
        severity="look",
        what=f"dilutions go with the group{where}{on_plate}: {'; '.join(named)}",
        why=(
            "a wrong dilution, or a sample that does not dilute evenly, is then a difference of "
            "groups"
        ),
        cure="check the layouts; measure some samples of each group at one dilution",
        place=plate or assay,
        evidence=tuple(named),
        scope=Scope(assays=(assay,), plates=(plate,) if plate else ()),
    )
