"""Calibration curves: the optimum and its cost, the coverage of intervals, and a real plate beside
its vendor's own fit.

The plate (doi 10.1371/journal.pone.0187901, s001) has 30 cytokines and 17 standard wells (Standard1
twice, Standard2 to 16 once): 510 standard readings; two blanks, which are fitted but not counted.
The rules of the fit were fixed on simulated plates and on two other data sets before this plate was
measured. The coverage generator shares no code with the product.
"""

from __future__ import annotations

import csv
import dataclasses
import os
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy import optimize

from benchmarks.row import Row

SHARED = Path(os.environ.get("EXVIVO_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
PLATE = SHARED / "luminex" / "xponent31_stimulated_30plex.csv"
NOMINAL = PLATE.with_name("xponent31_stimulated_30plex_expected.csv")
DRC = SHARED / "reference" / "drc_3.0-1_params.csv"
FIVE = ("TNFa", "IL1B", "IL6", "IL8", "IL10")
FITS, RANDOM_STARTS, COMPARED, REPEATS = 1000, 20, 60, 5
NOISE = ((0.03, 2.0), (0.06, 4.0), (0.10, 6.0), (0.15, 8.0))
POSITIONS = (20.0, 200.0, 1500.0)
SERIES = (0.0, 5.0, 15.0, 45.0, 135.0, 405.0, 1215.0, 3645.0)
PLATES, ANALYTES, SAMPLES = 80, 5, 6
Numbers = np.ndarray[Any, np.dtype[np.float64]]


def rows() -> list[Row]:
    """What was measured, against its bars."""
    if not PLATE.exists():
        raise SystemExit(
            f"the plate is not here: {PLATE} (set EXVIVO_SHARED_DATA to the folder of real data)"
        )
    readings, vendor = _plate_read()
    standards = _standards(readings)
    fits = [*_fits(standards), *_beside_drc(standards)]
    return [*_vendor(readings, vendor), *_recovered(readings, standards), *fits, *_coverage()]


def _plate_read() -> tuple[pl.DataFrame, pl.DataFrame]:
    """The plate as the product reads it: READINGS, and what the vendor's software says beside
    them.
    """
    from exvivo.read import read_plate
    from exvivo.study import Immunoassay

    read = read_plate(
        PLATE, source=PLATE.name, plate="P", assay=Immunoassay(id="protein", kind="immunoassay")
    )
    return read.readings, read.vendor


def _vendor(readings: pl.DataFrame, vendor: pl.DataFrame) -> list[Row]:
    """Every result of the vendor's software again, from its coefficients: y = A + B / (1 +
    (x/C)^D)^F on Net MFI.
    """
    said = vendor.filter(pl.col("block") == "Analysis Coefficients").select(
        "channel", pl.col("row").str.replace("Coefficient ", ""), pl.col("text").cast(pl.Float64)
    )
    both = (
        readings.filter(kind="concentration")
        .join(
            readings.filter(kind="net_mfi").select("well", "channel", net="value"),
            on=["well", "channel"],
        )
        .join(said.pivot("row", index="channel", values="text"), on="channel")
    )
    numbers = both.filter(pl.col("value").is_finite())
    a, b, c, d, f, net = (numbers[name].to_numpy() for name in ("A", "B", "C", "D", "F", "net"))
    with np.errstate(invalid="ignore"):
        ours = (
            c
            * ((b / (net - a)) ** (1 / f) - 1) ** (1 / d)
            * numbers["vendor_dilution"].fill_null(1.0).to_numpy()
        )
    close = int((np.abs(ours / numbers["value"].to_numpy() - 1) <= 0.01).sum())
    marks = both["censor"].to_list()
    return [
        Row(
            what="vendor's results found again from its coefficients within 1 %",
            value=close,
            unit="of 2,580",
            bar=">= 2580",
        ),
        Row(what="vendor's results that are numbers", value=numbers.height, unit="wells"),
        Row(
            what="vendor's results marked <, read as below",
            value=marks.count("left"),
            unit="wells",
            bar=">= 208",
        ),
        Row(
            what="vendor's results marked >, read as above",
            value=marks.count("right"),
            unit="wells",
            bar=">= 32",
        ),
    ]


def _standards(readings: pl.DataFrame) -> pl.DataFrame:
    """Standards and blanks of the plate as `calibrate` takes them: unsubtracted medians.

    Amounts come from the list beside the file: in the file itself 30 of them, of Standard5 to
    Standard8, have lost their decimal points, and the reader leaves those empty.
    """
    amounts = pl.read_csv(NOMINAL).select("sample", "analyte", nominal="ec")
    known = readings.filter(
        pl.col("kind") == "mfi", pl.col("vendor_role").is_in(["standard", "blank"])
    )
    return known.join(
        amounts,
        left_on=["sample", "channel"],
        right_on=["sample", "analyte"],
        maintain_order="left",
    ).select(
        "plate", "well", "sample", "nominal", analyte="channel", reading="value", se=pl.lit(0.0)
    )


def _recovered(readings: pl.DataFrame, standards: pl.DataFrame) -> list[Row]:
    """Standards read back off the product's curves within 80 to 120 %; the vendor's own by its
    percent recovery.
    """
    from exvivo.quantify.curve import calibrate, curve_rows

    before = time.process_time()
    curves = calibrate(standards)
    seconds = time.process_time() - before
    ours: dict[str, list[float]] = {}
    for row in curve_rows(curves, assay="a", readout="protein", unit="pg/mL"):
        points: Any = row["points"]
        ours[str(row["analyte"])] = [(p["fitted"] or np.nan) / p["x"] for p in points if p["x"] > 0]
    theirs = _vendor_recovery(readings, standards)
    named = {"all 30 cytokines": tuple(ours), "TNF-a, IL-1b, IL-6, IL-8, IL-10": FIVE}
    bars = {"all 30 cytokines": ">= 389", "TNF-a, IL-1b, IL-6, IL-8, IL-10": ">= 71"}
    found = []
    for name, analytes in named.items():
        mine, peer = (sum(_good(by[a]) for a in analytes) for by in (ours, theirs))
        total = sum(len(ours[a]) for a in analytes)
        found.append(
            Row(
                what=f"standards within 80-120 %, {name}",
                value=mine,
                unit=f"of {total}",
                bar=bars[name],
                peer=peer,
            )
        )
        defined = sum(int(np.isfinite(ours[a]).sum()) for a in analytes)
        found.append(
            Row(
                what=f"standards the curve gives a dose for, {name}",
                value=defined,
                unit=f"of {total}",
            )
        )
    return [
        *found,
        Row(
            what="levels in the working ranges of 30 curves",
            value=float(curves.limits.in_range.sum()),
            unit="of 480",
        ),
        Row(
            what="curves that pass what M10 asks of one",
            value=float(curves.limits.m10.sum()),
            unit="of 30",
        ),
        Row(what="CPU seconds to calibrate the plate", value=seconds, unit="s"),
    ]


def _good(ratios: list[float]) -> int:
    with np.errstate(invalid="ignore"):
        return int((np.abs(np.array(ratios) - 1) <= 0.2).sum())


def _vendor_recovery(readings: pl.DataFrame, standards: pl.DataFrame) -> dict[str, list[float]]:
    """Result over nominal of the standards; what is marked or missing does not count as found."""
    said = readings.filter(kind="concentration").select("well", analyte="channel", result="value")
    both = standards.filter(pl.col("nominal") > 0).join(
        said, on=["well", "analyte"], maintain_order="left"
    )
    ratios = both.with_columns(ratio=(pl.col("result") / pl.col("nominal")).fill_null(float("nan")))
    return {
        str(name): mine["ratio"].to_list()
        for (name,), mine in ratios.group_by(["analyte"], maintain_order=True)
    }


def _fits(standards: pl.DataFrame) -> list[Row]:
    """1,000 five-parameter fits of resampled IL-6 standards (log10 signal), and of simulated curves
    (weighted signal).
    """
    from exvivo.quantify.curve import fit_curves

    sets = {"IL-6 resamples": _resamples(standards), "simulated curves": _simulated()}
    found = []
    for name, (dose, reading, sd) in sets.items():
        spent = []
        for _ in range(REPEATS):
            before = time.process_time()
            fits = fit_curves(dose, reading, sd, robust=False, steadied=False)
            spent.append(time.process_time() - before)
        before = time.process_time()
        _scipy(dose, reading, sd)
        peer = time.process_time() - before
        excess = _excess(dose, reading, sd, fits.loss)
        found += [
            Row(
                what=f"CPU seconds of 1,000 fits, {name}",
                value=min(spent),
                unit="s",
                peer=peer,
            ),
            Row(
                what=f"times as fast as scipy curve_fit, {name}",
                value=peer / min(spent),
                unit="x",
                bar=">= 10",
            ),
            Row(
                what=f"worst squares over best of 20 random starts, {name}",
                value=float(excess.max()),
                unit="relative",
                bar="<= 1e-06",
            ),
            Row(
                what=f"least squares over best of 20 random starts, {name}",
                value=float(excess.min()),
                unit="relative",
            ),
        ]
    return found


def _resamples(plate: pl.DataFrame) -> tuple[Numbers, Numbers, Numbers]:
    """Residuals of the least-squares fit put back on it in random order, with replacement."""
    standards = plate.filter(pl.col("analyte") == "IL6", pl.col("nominal") > 0)
    dose, log = standards["nominal"].to_numpy(), np.log10(standards["reading"].to_numpy())
    best = _best_of_random(dose, log, np.ones(dose.size), np.random.default_rng(3))[0]
    fitted = logistic(dose, *best)
    rng = np.random.default_rng(20261125)
    drawn = fitted + rng.choice(log - fitted, (FITS, dose.size))
    return np.tile(dose, (FITS, 1)), drawn, np.ones((FITS, dose.size))


def _simulated() -> tuple[Numbers, Numbers, Numbers]:
    rng = np.random.default_rng(7)
    dose = np.tile(np.repeat(SERIES, 2), (FITS, 1))
    truth = [_truth(rng) for _ in range(FITS)]
    mean = np.array(
        [
            logistic(d, t[0], np.log(t[1] - t[0]), *np.log(t[2:]))
            for d, t in zip(dose, truth, strict=True)
        ]
    )
    sd = np.hypot(4.0, 0.06 * mean)
    return dose, mean + sd * rng.standard_normal(mean.shape), sd


def _truth(rng: np.random.Generator) -> tuple[float, ...]:
    middle = float(np.exp(rng.uniform(np.log(800), np.log(3000))))
    return (
        rng.uniform(20, 80),
        rng.uniform(15e3, 60e3),
        middle,
        rng.uniform(0.9, 1.5),
        rng.uniform(0.7, 1.3),
    )


def logistic(
    x: Numbers, a: float, log_span: float, log_c: float, log_d: float, log_f: float
) -> Numbers:
    """The curve as its formula stands, without the product's code."""
    with np.errstate(divide="ignore", over="ignore"):
        part: Numbers = 1.0 + np.exp(-np.exp(log_d) * (np.log(x) - log_c))
        return np.asarray(a + np.exp(log_span) * part ** -np.exp(log_f))


def _guess(dose: Numbers, reading: Numbers) -> list[float]:
    known = np.log(dose[dose > 0])
    return [
        float(reading.min()),
        float(np.log(np.ptp(reading))),
        float(known.min() + 0.65 * np.ptp(known)),
        0.0,
        0.0,
    ]


def _scipy(dose: Numbers, reading: Numbers, sd: Numbers) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for d, y, s in zip(dose, reading, sd, strict=True):
            try:
                optimize.curve_fit(logistic, d, y, p0=_guess(d, y), sigma=s)
            except RuntimeError:
                continue


def _excess(dose: Numbers, reading: Numbers, sd: Numbers, loss: Numbers) -> Numbers:
    """Our squares over the best of random starts less one, for the first `COMPARED` curves."""
    rng = np.random.default_rng(1)
    best = np.array([_best_of_random(dose[i], reading[i], sd[i], rng)[1] for i in range(COMPARED)])
    return np.asarray(loss[:COMPARED] / best - 1.0)


def _best_of_random(
    dose: Numbers, reading: Numbers, sd: Numbers, rng: np.random.Generator
) -> tuple[Numbers, float]:
    """The best of 20 runs of MINPACK from random starts: parameters and squares."""
    ends = []
    for _ in range(RANDOM_STARTS):
        start = np.array(_guess(dose, reading)) + rng.normal(
            0, [0.1 * np.ptp(reading), 0.3, 1.5, 0.5, 0.5]
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                end = optimize.least_squares(
                    lambda p: (logistic(dose, *p) - reading) / sd,
                    start,
                    method="lm",
                    xtol=1e-13,
                    ftol=1e-13,
                )
            except ValueError:  # a start from which the curve overflows
                continue
        ends.append((2.0 * end.cost, end.x))
    cost, x = min(ends, key=lambda pair: pair[0])
    return x, float(cost)


def _beside_drc(plate: pl.DataFrame) -> list[Row]:
    """Midpoints (EC50) of drc 3.0-1 on log10 signal beside ours: those of four parameters must
    agree, five differ.
    """
    from exvivo.quantify.curve import fit_curves

    standards = plate.filter(pl.col("nominal") > 0)
    found = []
    with DRC.open(encoding="utf-8") as file:
        lines = [line for line in csv.DictReader(file) if line["lab"].endswith("log10MFI")]
    for line in lines:
        analyte, form, _ = line["lab"].split()
        one = standards.filter(analyte=analyte)
        if one.is_empty():
            continue
        free = 4 if form == "LL.4" else 5
        dose, log = one["nominal"].to_numpy()[None], np.log10(one["reading"].to_numpy())[None]
        fits = fit_curves(dose, log, np.ones_like(log), free=free, robust=False, steadied=False)
        squares = float(line["sigma"]) ** 2 * (dose.size - free)
        found += [
            Row(
                what=f"midpoint of {analyte}, {form}",
                value=float(np.exp(fits.theta[0, 2])),
                unit="pg/mL",
                peer=float(line["e"]),
            ),
            Row(
                what=f"squares over those of drc, {analyte}, {form}",
                value=float(fits.loss[0] / squares),
                unit="",
                bar="<= 1.000001",
            ),
        ]
    return found


def _coverage() -> list[Row]:
    """How often 95 % intervals hold the truth, by noise and position: of all wells (one without a
    dose is a miss), and of those given a value on a curve whose range holds the truth.
    """
    found = []
    for cv, s0 in NOISE:
        counts = _covered(np.random.default_rng(round(1000 * cv)), cv, s0)
        for position, (all_in, wells, given_in, given) in zip(POSITIONS, counts, strict=True):
            name = f"noise {cv:.0%}, {position:g} pg/mL"
            low, high = (
                Row(what=f"coverage, {name}", value=all_in / wells, unit="", bar=">= 0.93"),
                "<= 0.97",
            )
            found += [low, dataclasses.replace(low, what=f"coverage, {name}, not above", bar=high)]
            if given > 200:
                found.append(
                    Row(
                        what=f"coverage of values in range, {name}",
                        value=given_in / given,
                        unit=f"n {given:.0f}",
                    )
                )
    return found


def _covered(rng: np.random.Generator, cv: float, s0: float) -> Numbers:
    """Of each position: intervals that hold the truth, all, and both again for values whose range
    holds the truth.
    """
    from exvivo.quantify.curve import calibrate, read_off

    counts = np.zeros((len(POSITIONS), 4))
    for _ in range(PLATES):
        truths = [_truth(rng) for _ in range(ANALYTES)]
        curves = calibrate(_plate(rng, truths, cv, s0))
        open_limits = dataclasses.replace(
            curves.limits,
            lod=np.full(ANALYTES, 1e-9),
            lower=np.full(ANALYTES, 1e-9),
            upper=np.full(ANALYTES, 1e9),
        )
        which = np.repeat(np.arange(ANALYTES), SAMPLES)
        for i, position in enumerate(POSITIONS):
            mean = np.array([_signal(position, truths[k]) for k in which])
            reading = mean + np.hypot(s0, cv * mean) * rng.standard_normal(mean.size)
            nothing, one = np.zeros(mean.size), np.ones(mean.size)
            free = read_off(
                dataclasses.replace(curves, limits=open_limits), which, reading, nothing, one
            )
            sd = np.sqrt(np.square(free.sd) + np.square(free.loading).sum(axis=1))
            inside = (
                np.abs(free.value - np.log2(position)) <= 1.96 * sd
            )  # false where the reading has no dose
            given = read_off(curves, which, reading, nothing, one).censor == "none"
            given &= (curves.lower[which] <= position) & (position <= curves.upper[which])
            counts[i] += [inside.sum(), inside.size, (inside & given).sum(), given.sum()]
    return counts


def _signal(dose: float, truth: tuple[float, ...]) -> float:
    a, b, c, d, f = truth
    return a + (b - a) / (1.0 + (dose / c) ** -d) ** f if dose > 0 else a


def _plate(
    rng: np.random.Generator, truths: list[tuple[float, ...]], cv: float, s0: float
) -> pl.DataFrame:
    made = []
    for k, truth in enumerate(truths):
        for level, dose in enumerate(SERIES):
            for replicate in "ab":
                mean = _signal(dose, truth)
                reading = mean + np.hypot(s0, cv * mean) * rng.standard_normal()
                made.append(("P", f"A{k}", f"{level}{replicate}", dose, reading, 0.0))
    return pl.DataFrame(
        made, schema=["plate", "analyte", "well", "nominal", "reading", "se"], orient="row"
    )
