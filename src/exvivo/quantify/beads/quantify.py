"""A bead array, from the events of its tubes to concentrations: the door of this folder."""

from __future__ import annotations

import numpy as np
import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.figures import Figure, figure, figures_from
from exvivo.quantify.beads.events import Events, events_of, scatter_places
from exvivo.quantify.beads.panel import Panel, panel_of
from exvivo.quantify.beads.populations import Populations, find_populations
from exvivo.quantify.beads.signal import FEWEST, signals
from exvivo.quantify.concentrations import concentrations
from exvivo.study.records import Beads, Study
from exvivo.tables import ASSAYS

METHOD = "median reporter of a bead population"
POPULATION_METHOD = (
    "populations of the pooled plate: sizes of beads by scatter first where letters are sizes, peaks of the classifier "
    "distribution, normal mixture with posterior above 0.95 and distance below 3 standard deviations; unlabelled particles told by "
    "their scatter, two beads at once by area and height"
)


def quantify_beads(
    wells: pl.DataFrame, *, study: Study, assay: Beads
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Concentrations of a bead array: the events of all its plates to QUANTITIES and ASSAYS.

    wells: WELLS rows of kind `bead_events`, one per tube and channel (`assay.classifier`,
    `assay.reporter`, `assay.scatter`), `y` the events. Panel positions are ranks among the beads
    present: letters in order of brightness on the first classifier, numbers within a letter in
    order of brightness on the second; the panel must name every bead of the mixture. Known amounts
    come from `nominals` of `study.layout` where an analyte has one, else from `nominal` of the row;
    role `blank` is an amount of zero.

    QUANTITIES: one row per sample tube and analyte, log2 of the concentration in the undiluted
    sample. Its sd holds bead sampling and replicate noise; the error of the plate's curve is
    shared. Readings beyond the curve's limits are censored. A tube with fewer than 20 beads of a
    kind yields no quantity for that analyte: nothing was measured, and a bound would claim
    otherwise. It is named in the figures of the population's ASSAYS row (`beads_in`). ASSAYS:
    a `population` and a `curve` row per plate and analyte.

    Raises `StudyError`: panel and populations that do not match, tubes without a channel, tubes
    whose bead pattern is shifted against their plate, standards without amounts, plates with too
    few standards.
    """
    panel = panel_of(assay)
    plates = wells.filter(assay=assay.id, kind="bead_events")["plate"].unique().sort().to_list()
    if not plates:
        raise StudyError(
            Mistake(
                f"assay {assay.id}",
                "no bead events",
                "FCS files of its plates",
                "name them in the layouts",
            )
        )
    events, populations = _all_plates(wells.filter(assay=assay.id), plates, panel, assay)
    read = pl.concat([signals(e, p, panel) for e, p in zip(events, populations, strict=True)])
    tubes = pl.concat([e.tubes for e in events])
    made, rows = concentrations(
        _with_wells(read, tubes, study), study=study, assay=assay, method=METHOD
    )
    return made, ASSAYS.frame([*_population_rows(events, populations, read, panel, assay), *rows])


def _all_plates(
    wells: pl.DataFrame, plates: list[str], panel: Panel, assay: Beads
) -> tuple[list[Events], list[Populations]]:
    """Every plate's populations, or the mistakes of all plates at once."""
    events: list[Events] = []
    populations: list[Populations] = []
    mistakes: list[Mistake] = []
    for plate in plates:
        try:
            events.append(events_of(wells, plate=plate, assay=assay))
            populations.append(find_populations(events[-1], panel))
        except StudyError as error:
            mistakes += error.mistakes
    if mistakes:
        raise StudyError(mistakes)
    return events, populations


def _with_wells(read: pl.DataFrame, tubes: pl.DataFrame, study: Study) -> pl.DataFrame:
    """The medians with what the layout says of their tubes, and the known amount of each
    analyte.
    """
    whose = tubes.drop("analyte", "beads", "value", "censor", "lower", "upper", "x", "y")
    return (
        read.join(whose, on=["plate", "well"], how="left", maintain_order="left")
        .join(
            _own_amounts(study), on=["plate", "well", "analyte"], how="left", maintain_order="left"
        )
        .with_columns(nominal=pl.coalesce("own", "nominal"))
        .drop("own")
    )


def _own_amounts(study: Study) -> pl.DataFrame:
    """Known amounts that differ between analytes: plate, well, analyte, own."""
    empty = pl.DataFrame(
        schema={"plate": pl.String, "well": pl.String, "analyte": pl.String, "own": pl.Float64}
    )
    if study.layout.is_empty() or "nominals" not in study.layout.columns:
        return empty
    given = study.layout.filter(pl.col("nominals").list.len() > 0)
    if given.is_empty():
        return empty
    return (
        given.select("plate", "well", "nominals")
        .explode("nominals")
        .unnest("nominals")
        .select("plate", "well", pl.col("name").alias("analyte"), pl.col("value").alias("own"))
    )


def _population_rows(
    events: list[Events],
    populations: list[Populations],
    read: pl.DataFrame,
    panel: Panel,
    assay: Beads,
) -> list[dict[str, object]]:
    return [
        {
            "assay": assay.id,
            "readout": assay.readout,
            "analyte": analyte,
            "plate": tubes.plate,
            "kind": "population",
            "key": None,
            "method": POPULATION_METHOD,
            "unit": "asinh of the classifier",
            "parameters": _centres(found, i, assay),
            "covariance": found.covariance[i].ravel().tolist(),
            "figures": _bead_figures(
                tubes, found, i, read.filter(plate=tubes.plate, analyte=analyte)
            ),
            "points": [],
        }
        for tubes, found in zip(events, populations, strict=True)
        for i, analyte in enumerate(panel.analytes)
    ]


def _centres(found: Populations, i: int, assay: Beads) -> list[Figure]:
    """Where a population lies by classifier and, where letters are sizes, by size; and what makes
    the size of scatter.
    """
    sd = np.sqrt(np.diagonal(found.covariance[i]))
    places: list[Figure] = []
    for axis, channel in enumerate(assay.classifier):
        place = {"centre": found.centre[i, axis], "spread": sd[axis]}
        places += figures_from(place | {"cofactor": found.cofactor[axis]}, of=channel)
    if found.size.size:
        places += figures_from({"centre": found.centre[i, -1], "spread": sd[-1]}, of="size")
        weights = zip(scatter_places(assay.scatter), found.size, strict=False)
        places += [figure("weight", weight, of=channel) for channel, weight in weights]
    return places


def _bead_figures(tubes: Events, found: Populations, i: int, read: pl.DataFrame) -> list[Figure]:
    beads = read["beads"].to_numpy()
    few = read.filter(pl.col("beads") < FEWEST)
    figures = {
        "tubes": len(beads),
        "beads_median": np.median(beads),
        "beads_least": beads.min(),
        "wells_under_50": (beads < 50).sum(),
        "wells_under_35": (beads < 35).sum(),
        "clarity": found.ratio[i],
        "assigned_of_plate": np.mean(found.label >= 0),
        "largest_drift": np.abs(found.drift).max(),
        "wells_without_beads": few.height,
    }
    return figures_from(figures) + [
        figure("beads_in", n, of=well) for well, n in few.select("well", "beads").iter_rows()
    ]
