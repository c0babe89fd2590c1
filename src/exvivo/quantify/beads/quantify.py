"""A bead array, from the events of its tubes to concentrations: the door of this folder."""

from __future__ import annotations

from functools import partial

import numpy as np
import polars as pl

from exvivo.cache import Cache, Frames
from exvivo.errors import Mistake, StudyError
from exvivo.figures import Figure, figure, figures_from
from exvivo.quantify.beads.events import Events, events_of, scatter_places
from exvivo.quantify.beads.gated import gated_figures
from exvivo.quantify.beads.panel import Panel, panel_of
from exvivo.quantify.beads.populations import Populations, find_populations
from exvivo.quantify.beads.signal import FEWEST, signals
from exvivo.quantify.concentrations import concentrations
from exvivo.quantify.fitted import bead_counts, fitted_row, wells_without_beads
from exvivo.study.exclusions import analytes_left_out
from exvivo.study.records import Beads, Study
from exvivo.tables import ASSAYS, LAYOUT

METHOD = "median reporter of a bead population"
POPULATION_METHOD = (
    "populations of the pooled plate: sizes of beads by scatter first where letters are sizes, "
    "peaks of the classifier distribution (of two classifiers: of their map, named by how evenly "
    "they lie on the positions of the panel), normal mixture with posterior above 0.95 and "
    "distance below 3 standard deviations; unlabelled particles told by their scatter, two beads "
    "at once by area and height"
)
_OF_READINGS = ("analyte", "beads", "value", "censor", "lower", "upper", "x", "y")
"""Columns of WELLS that belong to one channel of a tube."""


_OF_EVENTS = ("source", "plate", "well", "channel", "kind", "y")
"""Columns of WELLS that tell the beads of a plate; whose the samples are does not."""


def quantify_beads(
    wells: pl.DataFrame, *, study: Study, assay: Beads, cache: Cache | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Concentrations of a bead array: the events of all its plates to QUANTITIES and ASSAYS.

    wells: WELLS rows of kind `bead_events`, one per tube and channel (`assay.classifier`,
    `assay.reporter`, `assay.scatter`), `y` the events. Panel positions are ranks of brightness on
    one classifier, places on a map of two (`labeling`); the panel must name every bead of the
    mixture. Known amounts
    come from `nominals` of `study.layout` where an analyte has one, else from `nominal` of the row;
    role `blank` is an amount of zero.

    QUANTITIES: one row per sample tube and analyte, log2 of the concentration in the undiluted
    sample. Its sd holds bead sampling and replicate noise; the error of the plate's curve is
    shared. Readings beyond the curve's limits are censored. A tube with fewer than 20 beads of a
    kind yields no quantity for that analyte: nothing was measured, and a bound would claim
    otherwise. It is named in the figures of the population's ASSAYS row (`beads_in`), and so is
    a tube of which far fewer events are beads than in the others (`gated_in`). ASSAYS: a
    `population` and a `curve` row per plate and analyte.

    Raises `StudyError`: panel and populations that do not match, tubes without a channel, tubes
    whose bead pattern is shifted against their plate, standards without amounts, plates with too
    few standards.
    """
    panel_of(assay)
    own = wells.filter(assay=assay.id, kind="bead_events")
    plates = _plates(own, assay, cache or Cache())
    read, populations = (pl.concat(frames) for frames in zip(*plates, strict=True))
    tubes = own.filter(channel=assay.reporter)
    out = analytes_left_out(study.exclusions)
    known = _with_wells(read, tubes, study)
    readings = known.join(out, on=["plate", "well", "analyte"], how="anti", maintain_order="left")
    quantities, rows = concentrations(readings, study=study, assay=assay, method=METHOD)
    return quantities, pl.concat([populations, ASSAYS.frame(rows)])


def _plates(wells: pl.DataFrame, assay: Beads, cache: Cache) -> list[Frames]:
    """The `signals` and populations of every plate, or the mistakes of all plates at once."""
    plates: list[Frames] = []
    mistakes: list[Mistake] = []
    for plate in wells["plate"].unique().sort():
        events = wells.filter(plate=plate).select(_OF_EVENTS)
        arguments = (repr(assay), plate, events)
        make = partial(_of_plate, events, plate, assay)
        try:
            plates.append(cache.frames("populations", arguments, make))
        except StudyError as error:
            mistakes += error.mistakes
    if not mistakes and not plates:
        files, cure = "FCS files of its plates", "name them in the layouts"
        mistakes = [Mistake(f"assay {assay.id}", "no bead events", files, cure)]
    if mistakes:
        raise StudyError(mistakes)
    return plates


def _of_plate(wells: pl.DataFrame, plate: str, assay: Beads) -> Frames:
    """The rows of `signals` of one plate, and the ASSAYS of its populations."""
    panel = panel_of(assay)
    events = events_of(wells, plate=plate, assay=assay)
    populations = find_populations(events, panel)
    read = signals(events, populations, panel)
    rows = _population_rows(events, populations, read, panel, assay)
    return read, ASSAYS.frame(rows)


def _with_wells(read: pl.DataFrame, tubes: pl.DataFrame, study: Study) -> pl.DataFrame:
    """The medians with what the layout says of their tubes, and the known amount of each
    analyte.
    """
    tube, analyte = ["plate", "well"], ["plate", "well", "analyte"]
    wells = read.join(tubes.drop(_OF_READINGS), on=tube, how="left", maintain_order="left")
    own = _own_amounts(study)
    placed = wells.join(own, on=analyte, how="left", maintain_order="left")
    return placed.with_columns(nominal=pl.coalesce("own", "nominal")).drop("own")


def _own_amounts(study: Study) -> pl.DataFrame:
    """Known amounts that differ between analytes: plate, well, analyte, own."""
    layout = study.layout if study.layout.columns else LAYOUT.frame()
    given = layout.filter(pl.col("nominals").list.len() > 0)
    own = given.select("plate", "well", "nominals").explode("nominals").unnest("nominals")
    return own.rename({"name": "analyte", "value": "own"})


def _population_rows(
    events: Events, populations: Populations, read: pl.DataFrame, panel: Panel, assay: Beads
) -> list[dict[str, object]]:
    rows = []
    gated = list(gated_figures(events, populations))
    for i, analyte in enumerate(panel.analytes):
        counts = read.filter(analyte=analyte)
        row = fitted_row(
            assay,
            analyte=analyte,
            plate=events.plate,
            kind="population",
            method=POPULATION_METHOD,
            unit="asinh of the classifier",
            parameters=[*_places(populations, i, assay), *_steps(populations, assay)],
            covariance=populations.covariance[i].ravel().tolist(),
            figures=[*_figures(populations, i, counts), *gated],
        )
        rows.append(row)
    return rows


def _places(populations: Populations, i: int, assay: Beads) -> list[Figure]:
    """Where a population lies by classifier and, where letters are sizes, by size; and what makes
    the size of scatter.
    """
    centre, sd = populations.centre[i], np.sqrt(np.diagonal(populations.covariance[i]))
    places: list[Figure] = []
    for axis, channel in enumerate(assay.classifier):
        place = {"centre": centre[axis], "spread": sd[axis], "cofactor": populations.cofactor[axis]}
        places += figures_from(place, of=channel)
    if populations.size.size:
        places += figures_from({"centre": centre[-1], "spread": sd[-1]}, of="size")
        weights = zip(scatter_places(assay.scatter), populations.size, strict=False)
        places += [figure("weight", weight, of=channel) for channel, weight in weights]
    return places


def _steps(populations: Populations, assay: Beads) -> list[Figure]:
    """How letters and numbers run along the two classifiers, where the beads tell."""
    if populations.naming is None:
        return []
    letter = populations.naming.convention.letter
    channels = assay.classifier[letter], assay.classifier[1 - letter]
    named = zip(("letter_step", "number_step"), populations.naming.steps, channels, strict=True)
    return [figure(name, step, of=channel) for name, step, channel in named if np.isfinite(step)]


def _figures(populations: Populations, i: int, read: pl.DataFrame) -> list[Figure]:
    """Of one population; `read`: its rows of `signals`."""
    quality = {
        "clarity": populations.ratio[i],
        "assigned_of_plate": np.mean(populations.label >= 0),
        "largest_drift": np.abs(populations.drift).max(),
    }
    if populations.naming is not None:
        quality["steps_off"] = populations.naming.each[i]
    few = read.filter(pl.col("beads") < FEWEST)
    return bead_counts(read["beads"].to_numpy()) + figures_from(quality) + wells_without_beads(few)
