"""An immunoassay, from the readings of its plates to concentrations: the door of this folder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.figures import figure, figures_from
from exvivo.quantify.concentrations import concentrations
from exvivo.quantify.results import quantify_results
from exvivo.study import Immunoassay, Results, Study
from exvivo.tables import ASSAYS, QUANTITIES

FEWEST = 20
"""Beads of one kind a well must hold for a median over its beads to be used."""
_NOT_USED = ("net_mfi", "concentration")


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
    mine = wells.filter(pl.col("analyte").is_not_null() & (pl.col("role") != "empty"))
    if assay.result == "vendor":
        return _vendor(mine, study, assay)
    _refuse_nothing(mine, wells, assay)
    parts = [_signals(part, assay) for part in mine.partition_by("plate", maintain_order=True)]
    readings = (
        pl.concat(parts) if parts else mine.with_columns(reading=pl.col("value"), se=pl.lit(0.0))
    )
    _refuse_two_channels(readings, assay)
    made, rows = concentrations(
        readings, study=study, assay=assay, method=_METHODS[readings["kind"][0]]
    )
    counts = _counted(readings, assay) if assay.result == "curve" else []
    return QUANTITIES.complete(made), ASSAYS.frame([*counts, *rows])


_METHODS = {
    "mfi": "median fluorescence of the beads as the instrument gives it, nothing subtracted",
    "bead_events": "median fluorescence of the beads of a region",
    "signal": "signal of the well",
}


def _refuse_nothing(mine: pl.DataFrame, wells: pl.DataFrame, assay: Immunoassay) -> None:
    """A file none of whose channels is an analyte of the study."""
    if mine.filter(pl.col("kind").is_in(list(_METHODS))).is_empty():
        named = wells["channel"].unique(maintain_order=True).to_list()
        raise StudyError(
            Mistake(
                f"assay {assay.id}",
                f"no channel that is an analyte of the study; its files name: {', '.join(named[:12])}",
                "at least one",
                "name the channels of the file under `channels`: {NAME IN THE FILE: analyte}",
            )
        )


def _vendor(
    wells: pl.DataFrame, study: Study, assay: Immunoassay
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The concentrations of the instrument's software; they are of the undiluted sample already."""
    results = wells.filter(kind="concentration").with_columns(dilution=pl.lit(1.0))
    if results.is_empty():
        raise StudyError(
            Mistake(
                f"assay {assay.id}",
                "no concentrations in its files",
                "those of the instrument's software (`result: vendor`)",
                "export them as well, or write `result: curve`",
            )
        )
    named = Results(id=assay.id, kind="results", readout=assay.readout, unit=assay.unit)
    quantities, assays = quantify_results(results, study=study, assay=named)
    return quantities.with_columns(
        method=pl.lit("concentration as the instrument's software gives it")
    ), assays


def _signals(wells: pl.DataFrame, assay: Immunoassay) -> pl.DataFrame:
    """The wells with their `reading` and `se`: medians of beads, or the named reading of a plate
    reader less another.
    """
    events = wells.filter(kind="bead_events")
    if events.height:
        return _medians(events)
    beads = wells.filter(kind="mfi")
    if beads.height:
        return beads.with_columns(reading=pl.col("value"), se=pl.lit(0.0))
    signals = wells.filter(kind="signal")
    blocks = signals["block"].unique(maintain_order=True).to_list()
    wanted = assay.signal or (blocks[0] if len(blocks) == 1 else "")
    mistakes = [] if wanted in blocks else [_unnamed("signal", wanted, blocks, assay)]
    if assay.minus and assay.minus not in blocks:
        mistakes.append(_unnamed("minus", assay.minus, blocks, assay))
    if mistakes:
        raise StudyError(mistakes)
    chosen = signals.filter(block=wanted).with_columns(reading=pl.col("value"), se=pl.lit(0.0))
    if not assay.minus:
        return chosen
    key = ["plate", "well", "analyte"]
    other = signals.filter(block=assay.minus).select(*key, pl.col("value").alias("taken_off"))
    return chosen.join(other, on=key, how="left", maintain_order="left").with_columns(
        reading=pl.col("reading") - pl.col("taken_off")
    )


def _unnamed(field: str, wanted: str, blocks: list[str], assay: Immunoassay) -> Mistake:
    found = (
        f"`{field}: {wanted}`"
        if wanted
        else f"{len(blocks)} readings of each well, and none named as the signal"
    )
    return Mistake(
        f"study.yaml, assay {assay.id}",
        found,
        "one of: " + (", ".join(blocks) or "none: its files hold no readings"),
        f"write `{field}: {blocks[0] if blocks else '...'}` in the assay",
    )


def _refuse_two_channels(readings: pl.DataFrame, assay: Immunoassay) -> None:
    twice = (
        readings.group_by("plate", "analyte", maintain_order=True)
        .agg(
            pl.col("channel").unique(maintain_order=True),
            twice=pl.col("well").is_duplicated().any(),
        )
        .filter("twice")
    )
    mistakes = [
        Mistake(
            f"plate {plate}, analyte {analyte}",
            f"several readings of a well, from {', '.join(channels)}",
            "one channel an analyte",
            f"name the right one under `channels` of assay {assay.id}",
        )
        for plate, analyte, channels, _ in twice.iter_rows()
    ]
    if mistakes or readings.is_empty():
        none = Mistake(
            f"assay {assay.id}",
            "no readings of the study's analytes",
            "at least one",
            "name the channels of the file under `channels`: {NAME IN THE FILE: analyte}",
        )
        raise StudyError(mistakes or [none])


@dataclass(frozen=True, slots=True)
class _Median:
    """The median of a list, its standard error from order statistics, and the count behind them."""

    reading: float | None
    se: float | None
    beads: int


def _medians(events: pl.DataFrame) -> pl.DataFrame:
    """Median and standard error over the beads of each region; empty where there are fewer than
    `FEWEST`.
    """
    found = [_median(np.asarray(values, dtype=np.float64)) for values in events["y"]]
    return events.with_columns(
        pl.Series("reading", [m.reading for m in found], dtype=pl.Float64),
        pl.Series("se", [m.se for m in found], dtype=pl.Float64),
        pl.Series("beads", [float(m.beads) for m in found], dtype=pl.Float64),
    )


def _median(values: np.ndarray) -> _Median:
    """The readings at the ranks n/2 +- sqrt(n)/2 enclose a 68 % interval: two standard errors of
    the median apart.
    """
    n = len(values)
    if n < FEWEST:
        return _Median(None, None, n)
    ordered = np.sort(values)
    ranks = np.clip((n - 1) / 2 + np.sqrt(n) / 2 * np.array([-1.0, 0.0, 1.0]), 0, n - 1)
    low, middle, high = np.interp(ranks, np.arange(n), ordered)
    return _Median(float(middle), float((high - low) / 2), n)


def _counted(readings: pl.DataFrame, assay: Immunoassay) -> list[dict[str, object]]:
    """One ASSAYS row (kind `population`) a plate and analyte whose beads were counted."""
    counted = readings.filter(pl.col("beads").is_not_null() & (pl.col("role") != "empty"))
    rows = []
    for (plate, analyte), mine in counted.group_by(["plate", "analyte"], maintain_order=True):
        beads = mine["beads"].to_numpy()
        few = mine.filter(pl.col("reading").is_null())
        figures = {
            "tubes": len(beads),
            "beads_median": float(np.median(beads)),
            "beads_least": float(beads.min()),
            "wells_under_50": float((beads < 50).sum()),
            "wells_under_35": float((beads < 35).sum()),
            "wells_without_beads": few.height,
        }
        counts = few.select("well", "beads").iter_rows()
        rows.append(
            {
                "assay": assay.id,
                "readout": assay.readout,
                "analyte": analyte,
                "plate": plate,
                "kind": "population",
                "key": None,
                "method": "beads counted by the instrument",
                "unit": "beads",
                "parameters": [],
                "covariance": [],
                "figures": [
                    *figures_from(figures),
                    *(figure("beads_in", n, of=well) for well, n in counts),
                ],
                "points": [],
            }
        )
    return rows
