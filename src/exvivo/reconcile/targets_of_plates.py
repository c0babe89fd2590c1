"""Analytes that some plates of an assay hold, and another plate only under a name that the study
does not know: the donors of that plate would leave the answer.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.study import Assay, Immunoassay, Qpcr, Results
from exvivo.words import listed, shortened


def targets_of_other_plates(held: Held) -> Iterator[Flag]:
    """Plates without an analyte of their assay's other plates, with a target of their own that
    stands for none, and with donors whom no plate of the assay measured it in.
    """
    for assay in held.study.assays:
        if isinstance(assay, Qpcr | Immunoassay | Results):
            samples = held.wells.filter(assay=assay.id, role="sample").drop_nulls("donor")
            for plate in samples.partition_by("plate", maintain_order=True):
                yield from _of_plate(assay, plate, samples)


def _of_plate(assay: Assay, plate: pl.DataFrame, samples: pl.DataFrame) -> Iterator[Flag]:
    strange = sorted(_unknown(assay, plate) - _unknown(assay, _others(plate, samples)))
    if not strange:
        return
    for analyte, rows in _by_analyte(samples):
        lost = sorted(set(plate["donor"]) - set(rows["donor"]))
        if lost and rows.height and analyte not in set(plate["analyte"]):
            yield _flag(assay.id, str(plate["plate"][0]), analyte, strange, lost)


def _others(plate: pl.DataFrame, samples: pl.DataFrame) -> pl.DataFrame:
    return samples.filter(pl.col("plate") != plate["plate"][0])


def _by_analyte(samples: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    for (analyte,), rows in samples.drop_nulls("analyte").group_by(
        ["analyte"], maintain_order=True
    ):
        yield str(analyte), rows


def _unknown(assay: Assay, wells: pl.DataFrame) -> set[str]:
    """The targets of wells that stand for no analyte and are no reference."""
    references = assay.references if isinstance(assay, Qpcr) else ()
    unnamed = wells.filter(pl.col("analyte").is_null())["channel"]
    return {*unnamed} - {*references, ""}


def _flag(assay: str, plate: str, analyte: str, strange: list[str], lost: list[str]) -> Flag:
    return Flag(
        table="wells",
        row=f"{assay} {analyte}: plate {plate}",
        severity="look",
        what=(
            f"plate {plate} has no {analyte}, which other plates have, but {listed(strange)}, "
            f"which the study does not name: {shortened(lost)} have no {analyte}"
        ),
        why="a target written otherwise on one plate takes its donors out of the answer",
        cure=f"if it is {analyte}, map it to it in the assay (`targets` or `channels`)",
        place=plate,
        evidence=(analyte, *strange, *lost),
        scope=Scope(assays=(assay,), analytes=(analyte,)),
    )
