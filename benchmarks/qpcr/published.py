"""Curves to Cq, call and shared efficiency on the standards of Vermeulen et al., beside rdmlpython
and eleven published methods.

Measures after Ruijter et al. 2013 (doi 10.1016/j.ymeth.2012.08.011): 63 assays (ALU left out) of 5
dilutions in triplicate, 15 to 150,000 copies. Window and weights of the efficiency were fixed on
simulated curves and on the sets of Untergasser et al. before these data were looked at. The peer is
rdmlpython 1.7.2, if it is installed; numpy's old name `NaN`, which it uses and numpy 2 dropped, is
put back for it.
"""

from __future__ import annotations

import math
import os
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.row import Row

SHARED = Path(os.environ.get("EXVIVO_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
CURVES = SHARED / "qpcr" / "vermeulen" / "standards_150000_to_15.rdml"
PUBLISHED = CURVES.parent / "data_vermeulen_methods_results.tsv"
LEFT_OUT = "ALU"
REPEATS = 5
Numbers = np.ndarray[Any, np.dtype[np.float64]]


def rows() -> list[Row]:
    """What was measured, the peer beside it where there is one."""
    if not CURVES.exists():
        raise SystemExit(
            f"the curves are not here: {CURVES} (set EXVIVO_SHARED_DATA to the folder of real data)"
        )
    target, nominal, cycles, curves = _curves()
    ours, seconds = _ours(cycles, curves, target)
    peer = _peer()
    cost = 1000 * seconds / len(curves)
    found = [
        Row(
            what="CPU seconds per 1,000 curves: Cq, call, shared efficiency",
            value=cost,
            unit="s",
            bar="<= 0.1",
            peer=peer["seconds"] if peer else None,
        ),
    ]
    if peer:
        found.append(
            Row(
                what="times as fast as rdmlpython 1.7.2",
                value=peer["seconds"] / cost,
                unit="x",
                bar=">= 100",
            )
        )
    bars = {
        "bias, median": "<= 1.30",
        "bias, mean": "<= 1.34",
        "mean |1 - slope|": "<= 0.024",
        "lnCV, median": "<= 0.141",
    }
    theirs = measures(peer["log10"], nominal, target) if peer else {}
    mine = measures(ours, nominal, target)
    for name, value in mine.items():
        found.append(
            Row(
                what=f"exvivo: {name}",
                value=value,
                unit=UNITS[name],
                bar=bars.get(name, ""),
                peer=theirs.get(name),
            )
        )
    one = measures(_with_one_efficiency(cycles, curves, target), nominal, target)
    found += [
        Row(
            what=f"one efficiency of 1.90 for every assay: {name}",
            value=one[name],
            unit=UNITS[name],
        )
        for name in bars
    ]
    return found + _published()


UNITS = {
    "bias, median": "fold",
    "bias, mean": "fold",
    "mean |1 - slope|": "",
    "linearity MS, mean": "log10^2",
    "precision MS, mean": "log10^2",
    "detectable fold, median": "fold",
    "detectable fold, mean": "fold",
    "lnCV, median": "",
    "wells without a result": "wells",
}


def _curves() -> tuple[Any, Numbers, Numbers, Numbers]:
    """Targets by number, log10 of the nominal amounts, cycles and curves, in the order of the
    file.
    """
    from exvivo.quantify.qpcr.cq import curve_matrix
    from exvivo.read import read_plate
    from exvivo.study import Qpcr

    assay = Qpcr(id="mrna", kind="qpcr", references=("none",))
    read = read_plate(CURVES, source=CURVES.name, plate="V", assay=assay).readings
    read = read.filter(pl.col("kind") == "amplification", ~pl.col("channel").str.contains(LEFT_OUT))
    nominal = read["sample"].str.extract(r"(\d+)$").cast(pl.Float64).to_numpy()
    names = read["channel"].unique().sort().to_list()
    target = (
        read["channel"].replace_strict(names, range(len(names)), return_dtype=pl.Int64).to_numpy()
    )
    cycles, curves = curve_matrix(read)
    return target, np.log10(nominal), cycles, curves


def _ours(cycles: Numbers, curves: Numbers, target: Any) -> tuple[Numbers, float]:
    """log10 of the starting amounts (up to a constant of the assay), and the least CPU seconds of
    several runs.
    """
    from exvivo.quantify.qpcr.curves import call_curves
    from exvivo.quantify.qpcr.growth import shared_growth
    from exvivo.quantify.qpcr.pooled import believed

    spent = []
    for _ in range(REPEATS):
        before = time.process_time()
        calls = call_curves(cycles, curves, target)
        growth = shared_growth(cycles, curves, calls.cq, calls.noise, target)
        told = believed(growth.by_target(map(str, range(len(growth.fitted)))))
        efficiency = np.array([each.value for each in told.values()])
        amounts = -calls.cq * np.log10(efficiency)[target]
        spent.append(time.process_time() - before)
    return amounts, min(spent)


def _with_one_efficiency(cycles: Numbers, curves: Numbers, target: Any) -> Numbers:
    from exvivo.quantify.qpcr.curves import call_curves

    return -call_curves(cycles, curves, target).cq * math.log10(1.90)


def measures(log10: Numbers, nominal: Numbers, target: Any) -> dict[str, float]:
    """Ruijter's measures over the assays: `log10` amounts against `nominal` (log10), by
    `target`.
    """
    per = [
        _assay(log10[target == number], nominal[target == number]) for number in np.unique(target)
    ]
    folds = np.array([p["bias"] for p in per])
    detect = np.array([p["detect"] for p in per])
    return {
        "bias, median": float(np.median(folds)),
        "bias, mean": float(folds.mean()),
        "mean |1 - slope|": float(np.mean([abs(1 - p["slope"]) for p in per])),
        "linearity MS, mean": float(np.mean([p["linear"] for p in per])),
        "precision MS, mean": float(np.mean([p["precise"] for p in per])),
        "detectable fold, median": float(np.median(detect)),
        "detectable fold, mean": float(detect.mean()),
        "lnCV, median": float(np.median([p["lncv"] for p in per])),
        "wells without a result": float(np.isnan(log10).sum()),
    }


DETECT = 3.939
"""Standard deviations of a log10 amount to the smallest detectable fold: reproduces the published
column.
"""


def _assay(y: Numbers, x: Numbers) -> dict[str, float]:
    kept = np.isfinite(y)
    y, x = y[kept] - np.median(y[kept]), x[kept]
    slope, level = np.polyfit(x, y, 1)
    means = {at: y[x == at].mean() for at in np.unique(x)}
    within = sum(((y[x == at] - mean) ** 2).sum() for at, mean in means.items())
    off = sum((x == at).sum() * (mean - slope * at - level) ** 2 for at, mean in means.items())
    free, levels = len(y) - len(means), len(means)
    low, high = ((10 ** y[x == at]).mean() for at in (min(means), max(means)))
    bias = 10 ** abs(math.log10(high / low) - (max(means) - min(means)))
    precise, rest = within / free, (within + off) / (len(y) - 2)
    return {
        "slope": float(slope),
        "bias": float(bias),
        "precise": float(precise),
        "linear": float(off / (levels - 2)),
        "detect": float(10 ** (DETECT * math.sqrt(rest))),
        "lncv": float(math.sqrt(precise) * math.log(10) / abs(slope)),
    }


def _peer() -> dict[str, Any] | None:
    """The peer, LinRegPCR of rdmlpython, on the same curves: its log10 starting amounts, and CPU
    seconds per 1,000 curves.
    """
    np.NaN = np.nan  # type: ignore[attr-defined]
    try:
        import rdmlpython
    except ImportError:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "older.rdml"
        with zipfile.ZipFile(CURVES) as archive:
            xml = (
                archive.read("rdml_data.xml").decode().replace('version="1.4"', 'version="1.3"', 1)
            )
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("rdml_data.xml", xml)
        runs = [
            run
            for experiment in rdmlpython.Rdml(str(path)).experiments()
            for run in experiment.runs()
        ]
        before = time.process_time()
        tables = [
            run.linRegPCR(
                updateRDML=False,
                excludeNoPlateau=True,
                excludeEfficiency="outlier",
                saveResultsList=True,
            )["resultsList"]
            for run in runs
        ]
        seconds = time.process_time() - before
    lines = [
        dict(zip(head, map(str, line), strict=False)) for head, *rest in tables for line in rest
    ]
    frame = pl.DataFrame(lines)
    return _peer_amounts(frame, seconds)


def _peer_amounts(frame: pl.DataFrame, seconds: float) -> dict[str, Any]:
    """The peer's results in the order of our curves: by target and well."""
    amounts = next(name for name in frame.columns if name.startswith("N0 (mean eff)"))
    values = (
        frame.filter(~pl.col("target").str.contains(LEFT_OUT))[amounts]
        .cast(pl.Float64, strict=False)
        .to_numpy()
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "log10": np.where(values > 0, np.log10(values), np.nan),
            "seconds": 1000 * seconds / frame.height,
        }


def _published() -> list[Row]:
    """The published results of eleven methods on the same assays."""
    sections: dict[str, dict[str, Numbers]] = {}
    for line in PUBLISHED.read_text(encoding="utf-8").splitlines():
        name, *cells = line.split("\t")
        if cells and cells[0] == "AHCY":
            section = sections.setdefault(name, {})
            width = len([cell for cell in cells if cell])
        elif name and cells:
            section[name] = np.array([float(cell) if cell else np.nan for cell in cells[:width]])
    said = []
    for method, ratio in sections["Bias as ratio mean"].items():
        folds = 10 ** np.abs(np.log10(ratio) - 4)
        slope = np.abs(1 - sections["slope = bias"][method])
        values = {
            "bias, median": np.median(folds),
            "bias, mean": folds.mean(),
            "mean |1 - slope|": slope.mean(),
            "linearity MS, mean": sections["Linearity: MS derivation"][method].mean(),
            "precision MS, mean": sections["Reproducibility: MS within"][method].mean(),
            "detectable fold, median": np.median(sections["detectable difference"][method]),
        }
        said += [
            Row(what=f"published, {method}: {name}", value=float(v), unit=UNITS[name])
            for name, v in values.items()
        ]
    return said
