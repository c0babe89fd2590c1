"""Readings of an assay with standards to Quantities: concentrations off the curve of their plate,
or the signal itself.

Serves every such assay: bead arrays, Luminex, ELISA. A reading is a row of WELLS with `reading`
(its number), `se` (its sampling standard error, 0 where none is known) and `analyte`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import polars as pl

from exvivo.arrays import Ints
from exvivo.errors import Mistake, StudyError
from exvivo.findings import On
from exvivo.quantify.beyond import Side, at_their_bounds, beyond, signal_bounds, with_bounds
from exvivo.quantify.blanks import concentrations_over_blanks, signals_over_blanks
from exvivo.quantify.controls import SAMPLE, control_rows, plate_errors
from exvivo.quantify.curve import (
    LEVELS_FOR_4PL,
    Curves,
    calibrate,
    curve_rows,
    read_off,
    shared_errors,
)
from exvivo.quantify.curve.noise import noise_of_replicates
from exvivo.quantify.dilutions import refutations, unrefuted, without_refuted
from exvivo.quantify.standard_checks import (
    CURVE,
    amounts_apart,
    falling,
    flat_curves,
    mark_flat,
    place_of,
    series_of,
)
from exvivo.study import Beads, Immunoassay, Study
from exvivo.tables import QUANTITIES

CURVE_METHOD = "read off the calibration curve of its plate"
SIGNAL_METHOD = "the signal itself, without a curve"
_REPLICATE = [*SAMPLE, "role", "control", "nominal", "dilution"]
_DILUTION = [*SAMPLE, "dilution"]

Assay = Beads | Immunoassay


def concentrations(
    readings: pl.DataFrame, *, study: Study, assay: Assay, method: str
) -> tuple[pl.DataFrame, list[dict[str, object]]]:
    """QUANTITIES of the sample wells, and the ASSAYS rows of their curves and controls.

    With `assay.result` "curve" the signal's quantities come as well (`on` is `signal`): they show
    what an answer owes to the curve and its limits. `method` begins the method
    of every quantity. Raises `StudyError` for standards without amounts and plates with too few of
    them.
    """
    readings = with_bounds(readings)
    wells = _with_readings(readings)
    if assay.result == "signal":
        _refuse_other_dilutions(wells, study)
        return _signals(readings, wells, assay, "amount", method), []
    standards = _standards(readings, study, assay)
    curves, flat = calibrate(standards), flat_curves(series_of(standards))
    unknowns = pl.col("role").is_in(["sample", "spike", "qc", "calibrator"])
    rising = readings.filter(unknowns).join(flat, on=CURVE, how="anti", maintain_order="left")
    read = _read_with_bounds(rising, curves, assay)
    read = concentrations_over_blanks(read, wells, curves)
    errors = plate_errors(read)
    refuted = refutations(read.filter(pl.col("role") == "sample"))
    read = without_refuted(read, refuted)
    samples, replaced = _best_dilutions(read.filter(pl.col("role") == "sample"))
    rows = curve_rows(curves, assay=assay.id, readout=assay.readout, unit=assay.unit)
    mark_flat(rows, flat)
    rows += control_rows(read, errors, replaced, refuted, assay=assay)
    quantities = _with_plate_errors(samples, errors, assay).with_columns(
        assay=pl.lit(assay.id),
        on=pl.lit("amount"),
        readout=pl.lit(assay.readout),
        unit=pl.lit(assay.unit),
        method=pl.lit(f"{method}, {CURVE_METHOD}"),
    )
    rest = unrefuted(readings, refuted)
    noisy = wells if rest.height == readings.height else _with_readings(rest)
    beside = _signals(rest, noisy, assay, "signal", method)
    return pl.concat([QUANTITIES.complete(quantities), beside]), rows


def _standards(readings: pl.DataFrame, study: Study, assay: Assay) -> pl.DataFrame:
    """The wells a curve is fitted to, with their known amounts. Raises `StudyError` naming what a
    curve lacks.
    """
    nominal = pl.when(pl.col("role") == "blank").then(0.0).otherwise("nominal")
    standards = readings.filter(pl.col("role").is_in(["standard", "blank"])).with_columns(
        nominal=nominal, se=pl.col("se").fill_null(0.0)
    )
    usable = standards.drop_nulls(["nominal", "reading"])
    series = series_of(usable)
    mistakes = [
        *_lacking_amounts(standards, study),
        *falling(series, study),
        *amounts_apart(usable, study),
        *_too_few(readings, series, study, assay),
    ]
    if mistakes:
        raise StudyError(mistakes)
    return usable.select("plate", "analyte", "well", "nominal", "reading", "se")


def _lacking_amounts(standards: pl.DataFrame, study: Study) -> Iterator[Mistake]:
    for plate, well, analytes in _without_amount(standards):
        yield Mistake(
            f"{place_of(study, plate)}, well {well}",
            f"a standard without a known amount of {', '.join(analytes)}",
            "an amount for every analyte",
            "fill `nominal`, or `nominal:ANALYTE` where amounts differ",
        )


def _without_amount(standards: pl.DataFrame) -> list[tuple[str, str, list[str]]]:
    """Plate, well and analytes of the standards whose amount is not known."""
    lacking = standards.filter(pl.col("nominal").is_null())
    return lacking.group_by("plate", "well", maintain_order=True).agg("analyte").rows()


def _too_few(
    readings: pl.DataFrame, series: pl.DataFrame, study: Study, assay: Assay
) -> Iterator[Mistake]:
    """Plates and analytes without standards enough for a curve."""
    key = ["plate", "analyte"]
    wanted = readings.select(key).unique(maintain_order=True)
    placed = wanted.join(series, on=key, how="left", maintain_order="left")
    short = placed.filter(pl.col("levels").fill_null(0) < LEVELS_FOR_4PL)
    for plate, analyte, levels in short.select(*key, "levels").iter_rows():
        yield Mistake(
            f"{place_of(study, plate)}, {analyte}",
            f"{levels or 0} different amounts in its standards and blanks",
            f"at least {LEVELS_FOR_4PL}, on every plate of assay {assay.id}",
            "give the wells of the standards the role `standard` and their amount in `nominal`; "
            "without standards, write `result: signal` in the assay",
        )


def _with_readings(readings: pl.DataFrame) -> pl.DataFrame:
    """The wells whose reading is a number, with their `noise_sd`."""
    wells = readings.drop_nulls("reading").with_columns(pl.col("se").fill_null(0.0))
    return wells.with_columns(_noise_sd(wells))


def _read_with_bounds(readings: pl.DataFrame, curves: Curves, assay: Assay) -> pl.DataFrame:
    """The wells that say anything of their amount, those whose signal is only a bound among
    them.
    """
    sides: tuple[Side, Side] = ("left", "right")
    bounds = [beyond(_read(at_their_bounds(readings, side), curves, assay), side) for side in sides]
    numbers = _read(_with_readings(readings), curves, assay)
    return pl.concat([numbers, *bounds], how="diagonal")


def _read(wells: pl.DataFrame, curves: Curves, assay: Assay) -> pl.DataFrame:
    """The wells with `value`, `sd`, `censor`, `lower`, `upper` and `shared` as QUANTITIES wants
    them.
    """
    which = curves.index(wells["plate"], wells["analyte"])
    reads = read_off(curves, which, *wells.select("reading", "se", "dilution").to_numpy().T)
    shared = shared_errors(curves, which, reads, assay=assay.id)
    columns = {"value": reads.value, "sd": reads.sd, "lower": reads.lower, "upper": reads.upper}
    return wells.with_columns(
        pl.Series("censor", reads.censor.astype(object), dtype=pl.String),
        *(pl.Series(name, values).fill_nan(None) for name, values in columns.items()),
        pl.Series("shared", shared, dtype=QUANTITIES.schema["shared"]),
    )


def _best_dilutions(samples: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of samples at several dilutions, the wells inside the limits of the curve; and the wells that
    gave way to them.

    A dilution gives way as a whole where any of its wells is off the scale and another dilution is
    inside with all of them: taking single wells would keep those that happened to read low. Where
    no dilution lies inside, all stay.
    """
    gives_way = _gives_way()
    return samples.filter(~gives_way), samples.filter(gives_way)


def _gives_way() -> pl.Expr:
    several = pl.col("dilution").n_unique().over(SAMPLE) > 1
    whole = (pl.col("censor") == "none").all().over(_DILUTION)
    return (several & ~whole & whole.any().over(SAMPLE)).fill_null(False)


def _with_plate_errors(samples: pl.DataFrame, errors: pl.DataFrame, assay: Assay) -> pl.DataFrame:
    """Each known value shares what its plate does to its analyte, as far as controls on several
    plates show it.
    """
    if errors.is_empty():
        return samples
    placed = samples.join(errors, on="analyte", how="left", maintain_order="left")
    rows = placed.select("shared", "censor", "plate", "analyte", "loading").iter_rows()
    shared = [
        [*own, {"key": f"plate:{assay.id}:{plate}:{analyte}", "loading": loading}]
        if censor == "none" and loading
        else own
        for own, censor, plate, analyte, loading in rows
    ]
    return samples.with_columns(pl.Series("shared", shared, dtype=QUANTITIES.schema["shared"]))


def _refuse_other_dilutions(wells: pl.DataFrame, study: Study) -> None:
    """Samples that were measured at another dilution only: their signals compare with nobody's."""
    samples = wells.filter(pl.col("role") == "sample")
    usual = _usual_dilution(samples)
    lacking = samples.filter(~(pl.col("dilution") == usual).any().over(SAMPLE))
    at_others = lacking.group_by("plate", maintain_order=True).agg(
        pl.col("well").unique(maintain_order=True)
    )
    mistakes = [
        Mistake(
            place_of(study, plate),
            f"samples measured at other dilutions only: {', '.join(names)}",
            f"signals at one dilution ({usual:g}, which most samples have): without a curve "
            "dilutions do not compare",
            "measure them at that dilution, or read concentrations off a curve (`result: curve`)",
        )
        for plate, names in at_others.iter_rows()
    ]
    if mistakes:
        raise StudyError(mistakes)


def _usual_dilution(samples: pl.DataFrame) -> float:
    """The dilution that most samples have (of several, the smallest): signals of different
    dilutions do not compare.
    """
    counts = samples.unique(_DILUTION)["dilution"].value_counts()
    ordered = counts.sort("count", "dilution", descending=[True, False])
    return float((*ordered["dilution"], 1.0)[0])


def _signals(
    readings: pl.DataFrame, wells: pl.DataFrame, assay: Assay, on: On, method: str
) -> pl.DataFrame:
    """log2 of the signal of `wells` (the readings that are numbers), at the dilution most samples
    have. A signal that the reader gives as a bound stays one, and one that is not positive lies
    below the smallest that is. Where signals are all there is, one that is not clearly above the
    blanks is a bound at these (beside a curve it stays: its limit of detection does this).
    """
    least = pl.col("reading").filter(pl.col("reading") > 0).min().over("plate", "analyte")
    noisy = wells.with_columns(least=least.log(2))
    samples = noisy.filter((pl.col("role") == "sample") & pl.col("least").is_not_null())
    on_log2 = _on_log2(samples)
    if on == "amount":
        on_log2 = signals_over_blanks(on_log2, noisy)
    bounds = signal_bounds(readings.filter(pl.col("role") == "sample"))
    placed = pl.concat([on_log2, bounds], how="diagonal")
    usual = _usual_dilution(placed)
    signals = placed.filter(pl.col("dilution") == usual).with_columns(
        assay=pl.lit(assay.id),
        on=pl.lit(on),
        readout=pl.lit(f"{assay.readout} signal" if on == "signal" else assay.readout),
        unit=pl.lit("signal"),
        method=pl.lit(f"{method}, {SIGNAL_METHOD}"),
        shared=pl.lit([], dtype=QUANTITIES.schema["shared"]),
    )
    return QUANTITIES.complete(signals)


def _noise_sd(wells: pl.DataFrame) -> pl.Series:
    """The response noise of each well (`noise_sd`), from wells that hold the same."""
    reading, se = wells.select("reading", "se").to_numpy().T
    noise = noise_of_replicates(_replicate_of(wells), reading, se)
    return pl.Series("noise_sd", noise.sd(reading, se))


def _replicate_of(wells: pl.DataFrame) -> Ints:
    """A number for each well (from 0), the same for wells that hold the same."""
    rank = wells.select(pl.struct(_REPLICATE).rank("dense"))
    return np.asarray(rank.to_series().to_numpy() - 1)


def _on_log2(wells: pl.DataFrame) -> pl.DataFrame:
    """Signals with `value`, `sd`, `censor` and bounds, on log2 scale."""
    positive, reading = pl.col("reading") > 0, pl.col("reading")
    sd = pl.col("noise_sd") / reading / math.log(2)
    return wells.with_columns(
        value=pl.when(positive).then(reading.log(2)),
        sd=pl.when(positive).then(sd),
        censor=pl.when(positive).then(pl.lit("none")).otherwise(pl.lit("left")),
        lower=pl.lit(None, dtype=pl.Float64),
        upper=pl.when(~positive).then("least"),
    )
