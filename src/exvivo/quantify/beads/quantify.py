"""A bead array, from the events of its tubes to concentrations: the door of this folder."""

from __future__ import annotations

import numpy as np
import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.quantify.beads.events import Events, events_of
from exvivo.quantify.beads.panel import Panel, panel_of
from exvivo.quantify.beads.populations import Populations, find_populations
from exvivo.quantify.beads.signal import FEWEST, signals
from exvivo.quantify.curve import LEVELS_FOR_4PL, Curves, calibrate, curve_rows, read_off, shared_errors
from exvivo.study.records import Beads, Study
from exvivo.tables import ASSAYS, QUANTITIES

METHOD = "median reporter of a bead population, read off the calibration curve of its plate"
POPULATION_METHOD = (
    "populations of the pooled plate: peaks of the classifier distribution, normal mixture with posterior above 0.95 "
    "and distance below 3 standard deviations, single beads by scatter"
)


def quantify_beads(wells: pl.DataFrame, *, study: Study, assay: Beads) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Concentrations of a bead array: the events of all its plates to QUANTITIES and ASSAYS.

    wells: WELLS rows of kind `bead_events`, one per tube and channel (`assay.classifier`, `assay.reporter`,
    `assay.scatter`), `y` the events. Panel positions are ranks among the beads present: letters in order of
    brightness on the first classifier, numbers within a letter in order of brightness on the second; the panel must
    name every bead of the mixture. Known amounts come from `nominals` of `study.layout` where an analyte has one, else
    from `nominal` of the row; role `blank` is an amount of zero.

    QUANTITIES: one row per sample tube and analyte, log2 of the concentration in the undiluted sample. Its sd holds
    bead sampling and replicate noise; the error of the plate's curve is shared. Readings beyond the curve's limits are
    censored. A tube with fewer than 20 beads of a kind yields no quantity for that analyte: nothing was measured, and
    a bound would claim otherwise. It is named in the figures of the population's ASSAYS row (`beads_in:WELL`).
    ASSAYS: a `population` and a `curve` row per plate and analyte.

    Raises `StudyError`: panel and populations that do not match, tubes without a channel, tubes whose bead pattern is
    shifted against their plate, standards without amounts, plates with too few standards.
    """
    panel = panel_of(assay)
    plates = wells.filter(assay=assay.id, kind="bead_events")["plate"].unique().sort().to_list()
    if not plates:
        raise StudyError(
            Mistake(f"assay {assay.id}", "no bead events", "FCS files of its plates", "name them in the layouts")
        )
    events, populations = _all_plates(wells.filter(assay=assay.id), plates, panel, assay)
    read = pl.concat([signals(e, p, panel) for e, p in zip(events, populations, strict=True)])
    tubes = pl.concat([e.tubes for e in events])
    curves = calibrate(_standards(read, tubes, study, assay))
    rows = _population_rows(events, populations, read, panel, assay)
    rows += curve_rows(curves, assay=assay.id, readout=assay.readout, unit=assay.unit)
    return _quantities(read, tubes, curves, assay), ASSAYS.frame(rows)


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


def _standards(read: pl.DataFrame, tubes: pl.DataFrame, study: Study, assay: Beads) -> pl.DataFrame:
    """The wells a curve is fitted to, with their known amounts. Raises `StudyError` naming what a curve lacks."""
    known = tubes.filter(pl.col("role").is_in(["standard", "blank"])).select("plate", "well", "role", "nominal")
    own = _own_amounts(study)
    standards = (
        read.join(known, on=["plate", "well"])
        .join(own, on=["plate", "well", "analyte"], how="left")
        .with_columns(
            nominal=pl.when(role="blank").then(0.0).otherwise(pl.coalesce("own", "nominal")),
            se=pl.col("se").fill_null(0),
        )
    )
    mistakes = _lacking_amounts(standards, study)
    usable = standards.drop_nulls(["nominal", "reading"])
    levels = usable.group_by("plate", "analyte", maintain_order=True).agg(
        pl.col("nominal").n_unique().alias("levels")
    )
    wanted = (
        read.select("plate", "analyte").unique(maintain_order=True).join(levels, on=["plate", "analyte"], how="left")
    )
    layouts = {plate.id: plate.layout for plate in study.plates}
    poor = wanted.filter(pl.col("levels").fill_null(0) < LEVELS_FOR_4PL)
    mistakes += [
        Mistake(
            f"{layouts.get(plate, 'layout')}, plate {plate}, {analyte}",
            f"{levels or 0} different amounts in its standards and blanks",
            f"at least {LEVELS_FOR_4PL}, on every plate of assay {assay.id}",
            "give the wells of the standards the role `standard` and their amount in `nominal`",
        )
        for plate, analyte, levels in poor.iter_rows()
    ]
    if mistakes:
        raise StudyError(mistakes)
    return usable.select("plate", "analyte", "well", "nominal", "reading", "se")


def _own_amounts(study: Study) -> pl.DataFrame:
    """Known amounts that differ between analytes: plate, well, analyte, own."""
    empty = pl.DataFrame(schema={"plate": pl.String, "well": pl.String, "analyte": pl.String, "own": pl.Float64})
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


def _lacking_amounts(standards: pl.DataFrame, study: Study) -> list[Mistake]:
    layouts = {plate.id: plate.layout for plate in study.plates}
    lacking = standards.filter(pl.col("nominal").is_null()).group_by("plate", "well", maintain_order=True)
    return [
        Mistake(
            f"{layouts.get(plate, 'layout')}, plate {plate}, well {well}",
            f"a standard without a known amount of {', '.join(analytes)}",
            "an amount for every analyte",
            "fill `nominal`, or `nominal:ANALYTE` where amounts differ",
        )
        for plate, well, analytes in lacking.agg("analyte").iter_rows()
    ]


def _quantities(read: pl.DataFrame, tubes: pl.DataFrame, curves: Curves, assay: Beads) -> pl.DataFrame:
    carried = [c for c in QUANTITIES.schema if c in tubes.columns and c not in ("value", "censor", "lower", "upper")]
    carried = [c for c in carried if c not in ("analyte", "unit", "assay", "readout")]
    samples = read.drop_nulls("reading").join(
        tubes.filter(role="sample").select(*carried, "dilution"), on=["plate", "well"], maintain_order="left"
    )
    if samples.is_empty():
        return QUANTITIES.frame()
    which = curves.index(samples["plate"], samples["analyte"])
    reads = read_off(curves, which, *(samples[c].to_numpy() for c in ("reading", "se", "dilution")))
    frame = samples.with_columns(
        pl.lit(assay.id).alias("assay"),
        pl.lit(assay.readout).alias("readout"),
        pl.lit(assay.unit).alias("unit"),
        pl.lit(METHOD).alias("method"),
        pl.Series("censor", reads.censor.astype(object), dtype=pl.String),
        *(pl.Series(c, getattr(reads, c)).fill_nan(None) for c in ("value", "sd", "lower", "upper")),
        pl.Series("shared", shared_errors(curves, which, reads, assay=assay.id), dtype=QUANTITIES.schema["shared"]),
    )
    return QUANTITIES.complete(frame)


def _population_rows(
    events: list[Events], populations: list[Populations], read: pl.DataFrame, panel: Panel, assay: Beads
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
            "figures": _bead_figures(tubes, found, i, read.filter(plate=tubes.plate, analyte=analyte)),
            "points": [],
        }
        for tubes, found in zip(events, populations, strict=True)
        for i, analyte in enumerate(panel.analytes)
    ]


def _centres(found: Populations, i: int, assay: Beads) -> list[dict[str, object]]:
    sd = np.sqrt(np.diagonal(found.covariance[i]))
    return [
        {"name": f"{what}:{channel}", "value": float(values[a])}
        for a, channel in enumerate(assay.classifier)
        for what, values in (("centre", found.centre[i]), ("sd", sd), ("cofactor", found.cofactor))
    ]


def _bead_figures(tubes: Events, found: Populations, i: int, read: pl.DataFrame) -> list[dict[str, object]]:
    beads = read["beads"].to_numpy()
    few = read.filter(pl.col("beads") < FEWEST)
    figures = {
        "tubes": len(beads),
        "beads_median": np.median(beads),
        "beads_least": beads.min(),
        "clarity": found.ratio[i],
        "assigned_of_plate": np.mean(found.label >= 0),
        "largest_drift": np.abs(found.drift).max(),
        "wells_without_beads": few.height,
        **{f"beads_in:{well}": n for well, n in few.select("well", "beads").iter_rows()},
    }
    return [{"name": name, "value": float(value)} for name, value in figures.items()]
