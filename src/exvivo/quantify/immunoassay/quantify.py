"""An immunoassay, from the readings of its plates to concentrations: the door of this folder."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.quantify.beads.signal import medians_of_groups
from exvivo.quantify.concentrations import concentrations
from exvivo.quantify.controls import METHOD, figures_of_refuted
from exvivo.quantify.dilutions import refutations, without_refuted
from exvivo.quantify.fitted import bead_counts, fitted_row, wells_without_beads
from exvivo.quantify.immunoassay.absorbance import impossible_densities
from exvivo.quantify.immunoassay.blanks import told_results, told_signals
from exvivo.quantify.results import quantify_results
from exvivo.study import Immunoassay, Results, Study
from exvivo.tables import ASSAYS, QUANTITIES

_METHODS = {
    "bead_events": "median fluorescence of the beads of a region",
    "mfi": "median fluorescence of the beads as the instrument gives it, nothing subtracted",
    "signal": "signal of the well",
}
"""The readings that are used, the first of a plate before the others. `net_mfi` and `concentration`
are not: they are what the instrument's software made of them.
"""
_NAME_CHANNELS = "name the channels of the file under `channels`: {NAME IN THE FILE: analyte}"


def quantify_immunoassay(
    wells: pl.DataFrame, *, study: Study, assay: Immunoassay
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """QUANTITIES and ASSAYS of one immunoassay from its WELLS.

    `assay.result`: "curve" reads the unsubtracted signal off the standards of its plate; "vendor"
    takes the instrument software's concentrations (of the undiluted sample) with their < and >
    marks; "signal" takes the signal itself. Raises `StudyError`: standards without amounts, plates
    with too few of them, several readings and none named as the signal, two channels of one
    analyte, a file without what was asked for.
    """
    named = wells.filter(pl.col("analyte").is_not_null() & (pl.col("role") != "empty"))
    if assay.result == "vendor":
        return _vendor(named, study, assay)
    _refuse_nothing(named, wells, assay)
    plates = named.partition_by("plate", maintain_order=True)
    readings = pl.concat([_readings(plate, assay) for plate in plates])
    _refuse(impossible_densities(readings, study))
    _refuse_two_channels(readings, assay)
    quantities, rows = concentrations(
        readings, study=study, assay=assay, method=_METHODS[readings["kind"][0]]
    )
    counts = _bead_rows(readings, assay) if assay.result == "curve" else []
    return QUANTITIES.complete(quantities), ASSAYS.frame([*counts, *rows])


def _refuse(mistakes: Iterable[Mistake]) -> None:
    every = list(mistakes)
    if every:
        raise StudyError(every)


def _refuse_nothing(named: pl.DataFrame, wells: pl.DataFrame, assay: Immunoassay) -> None:
    """A file none of whose channels is an analyte of the study."""
    if set(named["kind"]).isdisjoint(_METHODS):
        channels = wells["channel"].unique(maintain_order=True).to_list()
        raise StudyError(_no_analyte(channels[:12], assay))


def _no_analyte(channels: list[str], assay: Immunoassay) -> Mistake:
    named = f"no channel that is an analyte of the study; its files name: {', '.join(channels)}"
    return Mistake(f"assay {assay.id}", named, "at least one", _NAME_CHANNELS)


def _vendor(
    wells: pl.DataFrame, study: Study, assay: Immunoassay
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The concentrations of the instrument's software; they are of the undiluted sample already."""
    given = wells.filter(kind="concentration")
    results = told_results(given, wells).with_columns(dilution=pl.lit(1.0))
    if results.is_empty():
        raise StudyError(
            Mistake(
                f"assay {assay.id}",
                "no concentrations in its files",
                "those of the instrument's software (`result: vendor`)",
                "export them as well, or write `result: curve`",
            )
        )
    delivered = Results(id=assay.id, kind="results", readout=assay.readout, unit=assay.unit)
    quantities, assays = quantify_results(results, study=study, assay=delivered)
    place = ["plate", "well", "analyte"]
    dilutions = given.unique(place, maintain_order=True).select(*place, "dilution")
    diluted = quantities.join(dilutions, on=place, how="left", maintain_order="left")
    refuted = refutations(diluted)
    kept = without_refuted(diluted, refuted).drop("dilution")
    method = pl.lit("concentration as the instrument's software gives it")
    rows = ASSAYS.frame(_refuted_rows(refuted, assay))
    return kept.with_columns(method=method), pl.concat([assays, rows])


def _refuted_rows(refuted: pl.DataFrame, assay: Immunoassay) -> list[dict[str, object]]:
    """One ASSAYS row (kind `control`) for each analyte with dilutions that contradict."""
    return [
        fitted_row(
            assay,
            analyte=str(analyte),
            kind="control",
            method=METHOD,
            unit=assay.unit,
            figures=figures_of_refuted(marks),
        )
        for (analyte,), marks in refuted.group_by(["analyte"], maintain_order=True)
    ]


def _readings(wells: pl.DataFrame, assay: Immunoassay) -> pl.DataFrame:
    """The wells of a plate with their `reading` and `se`: medians of beads, or the named reading of
    a plate reader less another.
    """
    events, mfi = (wells.filter(kind=kind) for kind in ("bead_events", "mfi"))
    if events.height:
        return _medians(events.with_columns(reading=pl.col("value"), se=pl.lit(0.0)))
    return _plain(told_signals(mfi, wells)) if mfi.height else _signals(wells, assay)


def _plain(signals: pl.DataFrame) -> pl.DataFrame:
    return signals.with_columns(reading=pl.col("value"), se=pl.lit(0.0))


def _signals(wells: pl.DataFrame, assay: Immunoassay) -> pl.DataFrame:
    """The named signal of a plate reader, less another where the study says so."""
    signals = wells.filter(kind="signal")
    blocks = signals["block"].unique(maintain_order=True).to_list()
    wanted = assay.signal or (blocks[0] if len(blocks) == 1 else "")
    mistakes = [] if wanted in blocks else [_unnamed("signal", wanted, blocks, assay)]
    if assay.minus and assay.minus not in blocks:
        mistakes.append(_unnamed("minus", assay.minus, blocks, assay))
    if mistakes:
        raise StudyError(mistakes)
    chosen = _plain(told_signals(signals.filter(block=wanted), signals))
    key = ["plate", "well", "analyte"]
    if not assay.minus:
        return chosen
    minus = signals.filter(block=assay.minus).select(*key, pl.col("value").alias("minus"))
    both = chosen.join(minus, on=key, how="left", maintain_order="left")
    less = (pl.col(name) - pl.col("minus") for name in ("reading", "lower", "upper"))
    return both.with_columns(less)


def _unnamed(field: str, wanted: str, blocks: list[str], assay: Immunoassay) -> Mistake:
    several = f"{len(blocks)} readings of each well, and none named as the signal"
    return Mistake(
        f"study.yaml, assay {assay.id}",
        f"`{field}: {wanted}`" if wanted else several,
        "one of: " + (", ".join(blocks) or "none: its files hold no readings"),
        f"write `{field}: {blocks[0] if blocks else '...'}` in the assay",
    )


def _refuse_two_channels(readings: pl.DataFrame, assay: Immunoassay) -> None:
    channels = pl.col("channel").unique(maintain_order=True)
    several = pl.col("well").is_duplicated().any().alias("several")
    analytes = readings.group_by("plate", "analyte", maintain_order=True).agg(channels, several)
    mistakes = [
        Mistake(
            f"plate {plate}, analyte {analyte}",
            f"several readings of a well, from {', '.join(names)}",
            "one channel an analyte",
            f"name the right one under `channels` of assay {assay.id}",
        )
        for plate, analyte, names, _ in analytes.filter("several").iter_rows()
    ]
    if readings.is_empty():
        nothing = "no readings of the study's analytes"
        mistakes = [Mistake(f"assay {assay.id}", nothing, "at least one", _NAME_CHANNELS)]
    if mistakes:
        raise StudyError(mistakes)


def _medians(events: pl.DataFrame) -> pl.DataFrame:
    """Median and standard error over the beads of each region; empty where there are too few."""
    beads = events["y"].list.len().to_numpy()
    values = events["y"].explode().drop_nulls().cast(pl.Float64).to_numpy()
    region = np.repeat(np.arange(events.height), beads)
    medians = medians_of_groups(values, region, events.height)
    return events.with_columns(
        pl.Series("reading", medians.reading).fill_nan(None),
        pl.Series("se", medians.se).fill_nan(None),
        pl.Series("beads", medians.beads.astype(np.float64)),
    )


def _bead_rows(readings: pl.DataFrame, assay: Immunoassay) -> list[dict[str, object]]:
    """One ASSAYS row (kind `population`) a plate and analyte whose beads were counted."""
    counted = readings.filter(pl.col("beads").is_not_null())
    rows = []
    for (plate, analyte), wells in counted.group_by(["plate", "analyte"], maintain_order=True):
        few = wells.filter(pl.col("reading").is_null())
        row = fitted_row(
            assay,
            analyte=analyte,
            plate=plate,
            kind="population",
            method="beads counted by the instrument",
            unit="beads",
            figures=bead_counts(wells["beads"].to_numpy()) + wells_without_beads(few),
        )
        rows.append(row)
    return rows
