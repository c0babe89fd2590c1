"""Calls and Cq beside the instrument's own, and on simulated wells that hold nothing.

Instruments: every workbook of the shared folder, and every file of the folders asked for, that has
curves with the instrument's Cq beside them. One deposit has wells of 10^9 copies without a Cq: they
grow from cycle 3 on, and are counted apart, as early curves.

The wells that hold nothing share neither code nor shapes with the package: noise over a line, an
approach to saturation, or steps, of several sizes, with the base left in or taken off, on plates
where all, most or few wells are such.

Version 0.1.0 on the same workbooks: 5 of 84 undetermined wells with a Cq below 15, 63 % undetected,
31 % neither; 899 of 900 detected wells detected; the replicates of targets that do not level
scattered 1.7 times as much as by the instrument's Cq (geometric mean of nine).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.qpcr.published import SHARED
from benchmarks.row import Row

Numbers = np.ndarray[Any, np.dtype[np.float64]]
FOLDERS = ("qpcr_undetermined", "qpcr/design_and_analysis", "qpcr/quantstudio_xlsx")
EARLY = SHARED / "qpcr" / "untergasser" / "large_DNA_dilutions.rdml"
READ = (".xlsx", ".xls", ".txt", ".csv", ".rdml")
EMPTY = 2000
SEED = 20261129
_SAMPLE = ["sample", "vendor_nominal"]
_THOUSANDS = pl.when(pl.col("sample").str.contains(r"\d[kK]")).then(1000.0).otherwise(1.0)
_NAMED = pl.col("sample").str.extract(r"(\d+)[kK]?$").cast(pl.Float64) * _THOUSANDS
_AMOUNT = pl.coalesce("vendor_nominal", _NAMED)
"""The amount of a standard, if need be from its name, such as Std_20K."""


def rows(*, sets: Sequence[Path] = ()) -> list[Row]:
    """What was measured; `sets` are folders whose files are measured in the same way."""
    found = _beside_instrument([SHARED / folder for folder in FOLDERS], "workbooks at hand")
    for folder in sets:
        found += _beside_instrument([folder], folder.name)
    return found + _early() + _empty()


def reactions_of(path: Path, **given: Any) -> pl.DataFrame:
    """The reactions of a file as the package calls them, the instrument's Cq beside; empty where
    the file has no curves or is refused.
    """
    from exvivo.errors import ExvivoError
    from exvivo.quantify.qpcr.cq import read_cq
    from exvivo.read import read_plate
    from exvivo.study import Qpcr
    from exvivo.tables import WELLS

    assay = Qpcr(id="mrna", kind="qpcr", references=("none",))
    try:
        read = read_plate(path, source=path.name, plate=path.name, assay=assay, **given).readings
    except ExvivoError:
        return pl.DataFrame()
    curves = read.filter(kind="amplification")
    if curves.is_empty():
        return pl.DataFrame()
    wells = WELLS.complete(
        read.join(curves.select("well", "channel"), on=["well", "channel"], how="semi")
        .drop("vendor_role", "vendor_nominal", "vendor_dilution", "sample")
        .with_columns(
            role=pl.lit("sample"),
            assay=pl.lit("mrna"),
            readout=pl.lit("mRNA"),
            dilution=pl.lit(1.0),
        )
    )
    named = read.group_by("well", "channel").agg(
        pl.col("sample", "vendor_nominal", "vendor_role").drop_nulls().first()
    )
    own = Qpcr(id="mrna", kind="qpcr", references=(curves["channel"][0],))
    called = read_cq(wells, own).reactions.drop("sample")
    return called.join(named, left_on=["well", "target"], right_on=["well", "channel"])


def _beside_instrument(folders: Sequence[Path], name: str) -> list[Row]:
    files = sorted(path for folder in folders for path in folder.rglob("*"))
    read = [reactions_of(path) for path in files if path.suffix.lower() in READ]
    read = [one for one in read if one.height]
    if not read:
        return []
    reactions = pl.concat(read, how="diagonal_relaxed")
    return _calls(reactions, name) + _thresholds(reactions, name)


def _calls(reactions: pl.DataFrame, name: str) -> list[Row]:
    """What became of the wells that the instrument calls undetermined, and of those it detects."""
    undetermined, detected = reactions.filter("vendor_late"), reactions.drop_nulls("vendor")
    seen, late = pl.col("cq").is_not_null(), pl.col("late")
    early = undetermined.filter(pl.col("cq") < 15).height
    counts = [
        ("undetermined by the instrument", undetermined.height, "wells", ""),
        ("of these with a Cq below 15", early, "wells", "<= 0"),
        ("of these undetected", _share(undetermined, late), "share", ">= 0.97"),
        ("detected by the instrument", detected.height, "wells", ""),
        ("of these with a Cq", _share(detected, seen), "share", ">= 0.997"),
        ("neither with a Cq nor undetected", reactions.filter(~seen & ~late).height, "wells", ""),
    ]
    return [
        Row(what=f"{name}: {what}", value=value, unit=unit, bar=bar)
        for what, value, unit, bar in counts
        if not math.isnan(value)
    ]


def _share(rows: pl.DataFrame, which: pl.Expr) -> float:
    return rows.filter(which).height / rows.height if rows.height else math.nan


def _thresholds(reactions: pl.DataFrame, name: str) -> list[Row]:
    """Targets that take a threshold: the scatter of their replicates beside that of the
    instrument's Cq, how the two Cq run apart, and the efficiency that standards give by both.
    """
    ratios, slopes, found = [], [], []
    for (plate, target), wells in reactions.group_by("plate", "target", maintain_order=True):
        both = wells.filter(pl.col("vendor") < 35, way="threshold").drop_nulls("cq")
        ours, theirs = (_within(both, column) for column in ("cq", "vendor"))
        if both.height < 8 or not ours or not theirs:
            continue
        ratios.append(math.log(ours / theirs))
        slopes.append(_slope(both))
        found.append(_row(f"{name}: replicate SD, {plate} {target}", ours, "cycles", peer=theirs))
        found += _efficiencies(both, f"{name}: E of standards, {plate} {target}")
    if ratios:
        found.append(
            _row(
                f"{name}: replicate SD over the instrument's, geometric mean of {len(ratios)}",
                math.exp(float(np.mean(ratios))),
                bar="<= 1.02",
            )
        )
        steepest = max(map(abs, slopes))
        found.append(
            _row(f"{name}: own less instrument's Cq, steepest slope", steepest, bar="<= 0.04")
        )
    return found


def _row(what: str, value: float, unit: str = "", bar: str = "", peer: float | None = None) -> Row:
    return Row(what=what, value=value, unit=unit, bar=bar, peer=peer)


def _within(wells: pl.DataFrame, column: str) -> float:
    """The pooled standard deviation of replicates (same sample and amount), cycles; 0 where they
    are too few.
    """
    groups = wells.group_by(_SAMPLE).agg(pl.col(column).var(), df=pl.len() - 1).drop_nulls(column)
    df = int(groups["df"].sum())
    return math.sqrt((groups[column] * groups["df"]).sum() / df) if df >= 4 else 0.0


def _slope(both: pl.DataFrame) -> float:
    """How the difference of the two Cq changes per cycle; 0 over less than a cycle and a half."""
    vendor, own = both["vendor"].to_numpy(), both["cq"].to_numpy()
    return float(np.polyfit(vendor, own - vendor, 1)[0]) if np.ptp(vendor) > 1.5 else 0.0


def _efficiencies(both: pl.DataFrame, what: str) -> list[Row]:
    standards = (
        both.filter(vendor_role="standard").with_columns(amount=_AMOUNT).drop_nulls("amount")
    )
    if standards["amount"].n_unique() < 3:
        return []
    amount = np.log10(standards["amount"].to_numpy())
    own, vendor = (
        10 ** (-1 / np.polyfit(amount, standards[column].to_numpy(), 1)[0])
        for column in ("cq", "vendor")
    )
    return [_row(what, float(own), peer=float(vendor))]


def _early() -> list[Row]:
    """Wells of 10^9 copies, of which the deposit has no Cq."""
    reactions = reactions_of(EARLY, run="P10 - DNA Dilutions")
    early = reactions.filter(pl.col("sample").str.contains("10e9"), "vendor_late")
    missed = early.filter("late").height
    return [
        _row("early curves (10^9 copies, Cq 3 to 5)", early.height, "wells"),
        _row("of these with a Cq", early["cq"].count(), "wells"),
        _row("of these called undetected", missed, "wells", bar="<= 0"),
    ]


def _empty() -> list[Row]:
    """The share of simulated empty wells that are called, and of those neither called nor not."""
    from exvivo.quantify.qpcr.curves import call_curves

    found = []
    for kind in DRIFTS:
        rng = np.random.default_rng(SEED)
        called, unreadable = 0, 0
        for curves, empty in _plates(kind, rng):
            calls = call_curves(
                np.arange(1.0, curves.shape[1] + 1), curves, np.zeros(len(curves), dtype=np.int64)
            )
            called += int(calls.amplified[empty].sum())
            unreadable += int((~calls.readable[empty]).sum())
        what = f"{EMPTY} empty wells, {kind} drift:"
        found.append(_row(f"{what} called", called / EMPTY, "share", bar="<= 0.005"))
        found.append(_row(f"{what} unreadable", unreadable / EMPTY, "share", bar="<= 0.005"))
    return found


def _plates(kind: str, rng: np.random.Generator) -> list[tuple[Numbers, Any]]:
    """Twenty plates of a hundred empty wells, beside which none, few or many wells hold target:
    curves, and which are empty.
    """
    plates = []
    for number in range(20):
        base = (0.0, 1.0)[number % 2]
        noise, size = 10 ** rng.uniform(-3.5, -2.3), 10 ** rng.uniform(-2, -0.7)
        empty = DRIFTS[kind](rng, 100, 40) * size
        whole = _whole(rng, (0, 0, 12, 150)[number % 4], 40)
        curves = base + np.concatenate([empty, whole])
        curves += noise * rng.normal(size=curves.shape)
        plates.append((curves, np.arange(len(curves)) < 100))
    return plates


def _whole(rng: np.random.Generator, wells: int, cycles: int) -> Numbers:
    """Wells with target, of plateau one: a Gompertz curve."""
    middle, rate = rng.uniform(18, 34, (wells, 1)), rng.uniform(0.25, 0.45, (wells, 1))
    height = rng.uniform(0.8, 1.2, (wells, 1))
    return np.asarray(height * np.exp(-np.exp(-rate * (np.arange(cycles) - middle))))


def _linear(rng: np.random.Generator, wells: int, cycles: int) -> Numbers:
    return rng.normal(size=(wells, 1)) * np.arange(cycles) / cycles


def _saturating(rng: np.random.Generator, wells: int, cycles: int) -> Numbers:
    time = np.arange(cycles) / rng.uniform(1, 25, (wells, 1))
    return np.asarray(rng.normal(size=(wells, 1)) * (1 - np.exp(-time)))


def _stepped(rng: np.random.Generator, wells: int, cycles: int) -> Numbers:
    steps = [
        rng.normal(size=(wells, 1)) * (np.arange(cycles) >= rng.integers(1, cycles, (wells, 1)))
        for _ in range(2)
    ]
    total: Numbers = np.sum(steps, axis=0)
    return total


DRIFTS = {"linear": _linear, "saturating": _saturating, "stepped": _stepped}
