"""Samples whose dilutions contradict one another, each by its name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import polars as pl

from exvivo.figures import Figure
from exvivo.flag.look import Fit, Flags, Look, flag, listed

_NAME = ("visit", "cell_type", "culture", "stimulus", "dose", "time")
"""What names a sample beside its donor, where samples differ in it."""


def samples_with_a_hook(look: Look) -> Flags:
    """Samples whose thick dilutions are refuted by thinner ones, one flag a sample."""
    for fit in look.fits("control"):
        refuted = fit.named("refuted")
        if refuted:
            yield from _of_assay(look, fit, refuted)


def _of_assay(look: Look, fit: Fit, refuted: Sequence[Figure]) -> Flags:
    own = look.wells.filter(assay=fit.row["assay"], analyte=fit.row["analyte"])
    wells = _places(own, refuted).unique(["plate", "well"], maintain_order=True)
    name = ["plate", "donor", *_telling(own)]
    bounds = _places(own, fit.named("refuted_to_bound")).select(name).unique()
    for key, rows in wells.group_by(name, maintain_order=True):
        plate, *names = map(str, filter(None, key))
        is_bound = bounds.join(rows, on=name, how="inner", nulls_equal=True).height > 0
        yield flag(
            "quantities",
            f"{fit.row['assay']} {fit.row['analyte']}, plate {plate}: {' '.join(names)}",
            scope=replace(
                fit.scope, plates=(plate,), donors=tuple(rows["donor"].drop_nulls().unique())
            ),
            what=f"{_what(rows)}; {_result(is_bound)}",
            why=(
                "diluting adds nothing: so much analyte that the signal falls again (a hook), or "
                "something in the sample that hides it"
            ),
            cure=(
                "measure it at thinner dilutions until two agree; samples of this analyte that "
                "were measured at one dilution only may hide the same"
            ),
        )


def _telling(wells: pl.DataFrame) -> list[str]:
    """What samples of these wells differ in, beside their donors."""
    samples = wells.filter(role="sample")
    return [column for column in _NAME if samples[column].n_unique() > 1]


def _places(wells: pl.DataFrame, figures: Sequence[Figure]) -> pl.DataFrame:
    """The wells that figures belong to, with their values."""
    places = [(each["plate"], each["of"], each["value"]) for each in figures]
    schema = {"plate": pl.String, "well": pl.String, "rise": pl.Float64}
    table = pl.DataFrame(places, schema=schema, orient="row")
    return wells.join(table, on=["plate", "well"], how="inner", maintain_order="left")


def _what(rows: pl.DataFrame) -> str:
    """Which dilutions read too low, and by how much."""
    return listed(_lower(rows))


def _lower(rows: pl.DataFrame) -> Iterator[str]:
    parts = rows.sort("dilution").group_by("dilution", maintain_order=True)
    for (dilution,), part in parts:
        fold = 2 ** float(part["rise"].to_list()[0])
        wells = part["well"].unique(maintain_order=True)
        yield f"1:{dilution:g} ({listed(wells)}) reads {fold:.3g} times lower than thinner ones"


def _result(is_bound: bool) -> str:
    if is_bound:
        return "no dilution is known to read right: what is left is a lower bound"
    return "its result is that of the thinner dilutions"
