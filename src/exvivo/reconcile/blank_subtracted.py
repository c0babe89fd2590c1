"""Plates whose blanks were taken off beside plates whose blanks were not."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

import polars as pl

from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.study import Immunoassay
from exvivo.words import listed

_TAKEN_OFF = 0.2
"""The part of the other plates' blank that is left where it was taken off."""
_CLEAR = 3.0
"""How many times blanks lie further apart than they scatter."""


def blanks_taken_off_some_plates(held: Held) -> Iterator[Flag]:
    """Plates of one assay and analyte of which some have blanks about zero, and others not."""
    assays = [assay.id for assay in held.study.assays if isinstance(assay, Immunoassay)]
    blanks = _blanks(held.wells.filter(pl.col("assay").is_in(assays)))
    for (assay, analyte, _), plates in blanks.group_by(
        ["assay", "analyte", "kind"], maintain_order=True
    ):
        off, on = _taken_off(plates)
        if off.height and on.height:
            yield _flag(str(assay), str(analyte), off, on)


def _blanks(wells: pl.DataFrame) -> pl.DataFrame:
    """The mean and spread of the blanks of each plate."""
    is_blank = (pl.col("role") == "blank") | (
        (pl.col("role") == "standard") & (pl.col("nominal") == 0)
    )
    used = wells.filter(
        is_blank, pl.col("kind").is_in(["signal", "mfi"]), pl.col("exclude").is_null()
    )
    return (
        used.drop_nulls(["value", "analyte"])
        .unique(["plate", "well", "analyte", "kind"], keep="first", maintain_order=True)
        .group_by("assay", "analyte", "kind", "plate", maintain_order=True)
        .agg(blank=pl.col("value").mean(), spread=pl.col("value").std().fill_null(0.0))
    )


def _taken_off(plates: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The plates whose blanks are about zero, and those whose blanks are not."""
    highest = max(plates["blank"])
    usual = (
        median(blank for blank in plates["blank"] if blank > _TAKEN_OFF * highest)
        if highest > 0
        else 0.0
    )
    is_off = pl.col("blank") <= _TAKEN_OFF * usual
    off, on = plates.filter(is_off), plates.filter(~is_off)
    scatter = max(median(plates["spread"]), 0.0)
    clear = (
        bool(off.height) and min(on["blank"], default=0.0) - max(off["blank"]) > _CLEAR * scatter
    )
    return (off, on) if clear else (off.clear(), on)


def _flag(assay: str, analyte: str, off: pl.DataFrame, on: pl.DataFrame) -> Flag:
    zero, above = (
        listed(
            f"{plate} ({blank:.3g})" for plate, blank in part.select("plate", "blank").iter_rows()
        )
        for part in (off, on)
    )
    return Flag(
        table="wells",
        row=f"{assay} {analyte}: plates {listed(off['plate'])}",
        severity="look",
        what=f"blanks of plate {zero} are about zero, those of plate {above} are not",
        why=(
            "a blank was taken off some plates and not off others: signals, and what counts as "
            "undetected, do not compare"
        ),
        cure="export the raw signals of every plate; blanks are taken account of here",
        place=assay,
        evidence=(analyte, zero, above),
        scope=Scope(assays=(assay,), analytes=(analyte,)),
    )
