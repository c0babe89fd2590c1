"""Readings of an assay with standards to Quantities: concentrations off the curve of their plate,
or the signal itself.

Serves every such assay: bead arrays, Luminex, ELISA. A reading is a row of WELLS with `reading`
(its number), `se` (its sampling standard error, 0 where none is known) and `analyte`.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.findings import On
from exvivo.quantify.controls import control_rows, plate_errors
from exvivo.quantify.curve import (
    LEVELS_FOR_4PL,
    Curves,
    calibrate,
    curve_rows,
    read_off,
    shared_errors,
)
from exvivo.quantify.curve.noise import noise_of_replicates
from exvivo.study import Beads, Immunoassay, Study
from exvivo.tables import QUANTITIES

CURVE_METHOD = "read off the calibration curve of its plate"
SIGNAL_METHOD = "the signal itself, without a curve"
_SAMPLE = ["plate", "analyte", "donor", "visit", "cell_type", "culture", "stimulus", "dose", "time"]
_REPLICATE = [*_SAMPLE, "role", "control", "nominal", "dilution"]

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
    known = readings.drop_nulls("reading").with_columns(pl.col("se").fill_null(0.0))
    if assay.result == "signal":
        _refuse_other_dilutions(known, study)
        return _signals(known, assay, "amount", method), []
    curves = calibrate(_standards(readings, study, assay))
    read = _read(
        known.filter(pl.col("role").is_in(["sample", "spike", "qc", "calibrator"])), curves, assay
    )
    errors = plate_errors(read)
    samples, outside = _best_dilutions(read.filter(pl.col("role") == "sample"))
    rows = curve_rows(curves, assay=assay.id, readout=assay.readout, unit=assay.unit)
    rows += control_rows(read, errors, outside, assay=assay)
    made = _with_plate_errors(samples, errors, assay).with_columns(
        pl.lit(assay.id).alias("assay"),
        pl.lit("amount").alias("on"),
        pl.lit(assay.readout).alias("readout"),
        pl.lit(assay.unit).alias("unit"),
        pl.lit(f"{method}, {CURVE_METHOD}").alias("method"),
    )
    return pl.concat([QUANTITIES.complete(made), _signals(known, assay, "signal", method)]), rows


def _standards(readings: pl.DataFrame, study: Study, assay: Assay) -> pl.DataFrame:
    """The wells a curve is fitted to, with their known amounts. Raises `StudyError` naming what a
    curve lacks.
    """
    standards = readings.filter(pl.col("role").is_in(["standard", "blank"])).with_columns(
        nominal=pl.when(pl.col("role") == "blank").then(0.0).otherwise("nominal"),
        se=pl.col("se").fill_null(0.0),
    )
    mistakes = [*_lacking_amounts(standards, study), *_falling(standards, study)]
    usable = standards.drop_nulls(["nominal", "reading"])
    key = ["plate", "analyte"]
    levels = usable.group_by(key, maintain_order=True).agg(
        pl.col("nominal").n_unique().alias("levels")
    )
    wanted = (
        readings.select(key)
        .unique(maintain_order=True)
        .join(levels, on=key, how="left", maintain_order="left")
    )
    layouts = {plate.id: plate.layout for plate in study.plates}
    mistakes += [
        Mistake(
            f"{layouts.get(plate, 'layout')}, plate {plate}, {analyte}",
            f"{levels or 0} different amounts in its standards and blanks",
            f"at least {LEVELS_FOR_4PL}, on every plate of assay {assay.id}",
            "give the wells of the standards the role `standard` and their amount in `nominal`; without standards, write "
            "`result: signal` in the assay",
        )
        for plate, analyte, levels in wanted.filter(
            pl.col("levels").fill_null(0) < LEVELS_FOR_4PL
        ).iter_rows()
    ]
    if mistakes:
        raise StudyError(mistakes)
    return usable.select("plate", "analyte", "well", "nominal", "reading", "se")


def _falling(standards: pl.DataFrame, study: Study) -> list[Mistake]:
    """Standards whose signal falls as the amount rises, as in a competitive assay."""
    layouts = {plate.id: plate.layout for plate in study.plates}
    usable = standards.drop_nulls(["nominal", "reading"])
    trend = usable.group_by("plate", "analyte", maintain_order=True).agg(
        pl.corr("nominal", "reading", method="spearman").alias("rho"),
        pl.col("nominal").n_unique().alias("levels"),
    )
    return [
        Mistake(
            f"{layouts.get(plate, 'layout')}, plate {plate}, {analyte}",
            "standards whose signal falls as their amount rises",
            "a signal that rises with the amount; competitive assays are not read",
            "check the amounts of the standards: an order written backwards looks like this",
        )
        for plate, analyte in trend.filter(
            (pl.col("rho") < -0.5) & (pl.col("levels") >= LEVELS_FOR_4PL)
        )
        .select("plate", "analyte")
        .iter_rows()
    ]


def _lacking_amounts(standards: pl.DataFrame, study: Study) -> list[Mistake]:
    layouts = {plate.id: plate.layout for plate in study.plates}
    lacking = standards.filter(pl.col("nominal").is_null()).group_by(
        "plate", "well", maintain_order=True
    )
    return [
        Mistake(
            f"{layouts.get(plate, 'layout')}, plate {plate}, well {well}",
            f"a standard without a known amount of {', '.join(analytes)}",
            "an amount for every analyte",
            "fill `nominal`, or `nominal:ANALYTE` where amounts differ",
        )
        for plate, well, analytes in lacking.agg("analyte").iter_rows()
    ]


def _read(known: pl.DataFrame, curves: Curves, assay: Assay) -> pl.DataFrame:
    """The wells with `value`, `sd`, `censor`, `lower`, `upper` and `shared` as QUANTITIES wants
    them.
    """
    which = curves.index(known["plate"], known["analyte"])
    if not known.height:
        empty = {
            name: QUANTITIES.schema[name]
            for name in ("value", "sd", "censor", "lower", "upper", "shared")
        }
        return known.drop([n for n in empty if n in known.columns]).with_columns(
            pl.lit(None, dtype=kind).alias(name) for name, kind in empty.items()
        )
    reads = read_off(
        curves, which, *(known[name].to_numpy() for name in ("reading", "se", "dilution"))
    )
    return known.with_columns(
        pl.Series("censor", reads.censor.astype(object), dtype=pl.String),
        *(
            pl.Series(name, getattr(reads, name)).fill_nan(None)
            for name in ("value", "sd", "lower", "upper")
        ),
        pl.Series(
            "shared",
            shared_errors(curves, which, reads, assay=assay.id),
            dtype=QUANTITIES.schema["shared"],
        ),
    )


def _best_dilutions(samples: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of samples at several dilutions, the wells inside the limits of the curve; and the wells that
    gave way to them.

    A dilution gives way as a whole where any of its wells is off the scale and another dilution is
    inside with all of them: taking single wells would keep those that happened to read low. Where
    no dilution lies inside, all stay.
    """
    several = pl.col("dilution").n_unique().over(_SAMPLE) > 1
    whole = (pl.col("censor") == "none").all().over([*_SAMPLE, "dilution"])
    gives_way = (several & ~whole & whole.any().over(_SAMPLE)).fill_null(False)
    return samples.filter(~gives_way), samples.filter(gives_way)


def _with_plate_errors(samples: pl.DataFrame, errors: pl.DataFrame, assay: Assay) -> pl.DataFrame:
    """Each known value shares what its plate does to its analyte, as far as controls on several
    plates show it.
    """
    placed = samples.join(errors, on="analyte", how="left", maintain_order="left")
    shared = [
        [*own, {"key": f"plate:{assay.id}:{plate}:{analyte}", "loading": between}]
        if censor == "none" and between
        else own
        for own, censor, plate, analyte, between in placed.select(
            "shared", "censor", "plate", "analyte", "loading"
        ).iter_rows()
    ]
    return samples.with_columns(pl.Series("shared", shared, dtype=QUANTITIES.schema["shared"]))


def _refuse_other_dilutions(known: pl.DataFrame, study: Study) -> None:
    """Samples that were measured at another dilution only: their signals compare with nobody's."""
    samples = known.filter(pl.col("role") == "sample")
    usual = _usual_dilution(samples)
    lost = samples.filter(~(pl.col("dilution") == usual).any().over(_SAMPLE))
    layouts = {plate.id: plate.layout for plate in study.plates}
    mistakes = [
        Mistake(
            f"{layouts.get(str(plate), 'layout')}, plate {plate}",
            f"samples measured at other dilutions only: {', '.join(rows['well'].unique(maintain_order=True))}",
            f"signals at one dilution ({usual:g}, which most samples have): without a curve dilutions do not compare",
            "measure them at that dilution, or read concentrations off a curve (`result: curve`)",
        )
        for (plate,), rows in lost.group_by(["plate"], maintain_order=True)
    ]
    if mistakes:
        raise StudyError(mistakes)


def _usual_dilution(samples: pl.DataFrame) -> float:
    """The dilution that most samples have (of several, the smallest): signals of different
    dilutions do not compare.
    """
    each = (
        samples.select(*_SAMPLE, "dilution")
        .unique(maintain_order=True)
        .group_by("dilution", maintain_order=True)
        .len()
    )
    return (
        float(each.sort("len", "dilution", descending=[True, False])["dilution"][0])
        if each.height
        else 1.0
    )


def _signals(known: pl.DataFrame, assay: Assay, on: On, method: str) -> pl.DataFrame:
    """log2 of the signal, at the dilution most samples have. Nothing is censored but a signal that
    is not positive: it lies below the smallest that is.
    """
    groups = known.with_columns(pl.struct(_REPLICATE).rank("dense").alias("replicate_of"))
    noise = noise_of_replicates(
        groups["replicate_of"].to_numpy() - 1, known["reading"].to_numpy(), known["se"].to_numpy()
    )
    positive = pl.col("reading") > 0
    signal = (
        known.with_columns(
            pl.Series("spread", noise.sd(known["reading"].to_numpy(), known["se"].to_numpy()))
        )
        .with_columns(
            pl.when(positive).then("reading").min().over("plate", "analyte").log(2).alias("least"),
        )
        .filter((pl.col("role") == "sample") & pl.col("least").is_not_null())
    )
    signal = signal.filter(pl.col("dilution") == _usual_dilution(signal))
    made = signal.with_columns(
        pl.when(positive).then(pl.col("reading").log(2)).alias("value"),
        pl.when(positive).then(pl.col("spread") / pl.col("reading") / float(np.log(2))).alias("sd"),
        pl.when(positive).then(pl.lit("none")).otherwise(pl.lit("left")).alias("censor"),
        pl.lit(None, dtype=pl.Float64).alias("lower"),
        pl.when(~positive).then("least").alias("upper"),
        pl.lit(assay.id).alias("assay"),
        pl.lit(on).alias("on"),
        pl.lit(f"{assay.readout} signal" if on == "signal" else assay.readout).alias("readout"),
        pl.lit("signal").alias("unit"),
        pl.lit(f"{method}, {SIGNAL_METHOD}").alias("method"),
        pl.lit([], dtype=QUANTITIES.schema["shared"]).alias("shared"),
    )
    return QUANTITIES.complete(made)
