"""The efficiency read from curves beside the one of a dilution series on the same plate.

Every target takes part whose dilution series has four amounts over at least 1.2 decades and pins
the efficiency to a standard deviation of .05. Its curves are taken as those of samples: amounts
serve the dilution efficiency alone, which is that of a standard curve through the instrument's Cq
where the file has them all, else through exvivo's own. Its error is that of the slope and that of
pipetting, 3 % (CV) for each step of a series, the steps adding up. An interval of 95 % covers where
the two efficiencies lie within 1.96 of both errors together.

What a set needs (`--set FOLDER`): instrument files with amplification curves, and amounts from one
of these, the first there is:

- a table beside the file, by commas or tabs, of the file's own name (`Q1.csv` beside `Q1.rdml`) or
  called `amounts` or `layout`: `amount` (or `nominal`), and which wells have it by `sample` (as the
  file names it), `well`, `target`, `file`, `run`, as far as needed (a column that is not there or a
  blank stands for all), and `series` for amounts of one target that were diluted apart;
- in RDML, the `quantity` of the samples of type `std`;
- wells that the file calls standards and whose sample's name ends with the amount (`Std_5K`).

The window of the fit was chosen on Untergasser; the standard deviations of the model were set on
Untergasser and the Applied Biosystems instruments, run by run, and rounded up. Vermeulen took part
in neither, a `--set` takes part in nothing. Targets of one run share an error, so runs, not
targets, are what coverage is counted in: where one run has most targets, it is all or nothing.
Where a run has four targets or more, each is also asked with the dilution series of the others
known, which tell what curves are worth there, and its own hidden.

On the same series LinRegPCR of rdmlpython 1.7.2 was off by (RMSE) .056 on Untergasser, .050 on
Vermeulen and .177 on Applied Biosystems; exvivo 0.1.0 by .058, .021 and .138, its 95 % intervals
covering 83, 100 and 50 %.
"""

from __future__ import annotations

import csv
import math
import re
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import polars as pl

from benchmarks.qpcr.published import LEFT_OUT, SHARED
from benchmarks.row import Row

STEP_CV = 0.03
LEAST_DECADES, FEWEST_AMOUNTS, LARGEST_SD = 1.2, 4, 0.05
CONSTANT = 1.90
ENOUGH = 40
"""Targets whose coverage by their own run's standards is held against a bar: of fewer, two that
miss by a hair are more than 8 %.
"""
QPCR, UNDETERMINED = SHARED / "qpcr", SHARED / "qpcr_undetermined"
Amount = tuple[float, str]
"""The amount of a well (NaN: none) and the name of its series."""
Amounts = Callable[[dict[str, Any]], Amount]
"""Both of a row of readings."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A target's efficiency from curves, from its curves and the dilution series of the other
    targets of its run (`beside`), and from dilution, each with its standard deviation.
    """

    run: str
    target: str
    curves: float
    curves_sd: float
    beside: float
    beside_sd: float
    dilution: float
    dilution_sd: float


def rows(*, sets: Sequence[Path] = ()) -> list[Row]:
    """Coverage and error set by set, beside the constant."""
    held = {
        "Untergasser": _untergasser(),
        "Vermeulen": _vermeulen(),
        "Applied Biosystems": _applied_biosystems(),
    }
    found = [row for name, compared in held.items() for row in _rows(name, compared)]
    found += _rows("all held", [each for every in held.values() for each in every])
    return found + [row for folder in sets for row in _rows(folder.name, of_folder(folder))]


def _rows(name: str, compared: Sequence[Compared]) -> list[Row]:
    if not compared:
        return [Row(what=f"{name}: targets with a dilution series", value=0, unit="targets")]
    judged = [each for each in compared if each.beside != each.curves]
    found = _of_way(f"{name}: E from curves", compared, "curves", ">= 92")
    words = f"{name}: E from curves and other targets' standards"
    bar = ">= 92" if len(judged) >= ENOUGH else ""
    return found + (_of_way(words, judged, "beside", bar) if judged else [])


def _of_way(name: str, compared: Sequence[Compared], way: str, bar: str) -> list[Row]:
    """Coverage, error, bias, stated standard deviation and correlation of one way."""
    value, sd, dilution, dilution_sd = (
        np.array([getattr(each, column) for each in compared])
        for column in (way, f"{way}_sd", "dilution", "dilution_sd")
    )
    covered = np.abs(value - dilution) <= 1.96 * np.hypot(sd, dilution_sd)
    runs = len({each.run for each in compared})
    words = f"{name}, {len(compared)} targets, {runs} runs"
    constant = f"RMSE (peer: constant {CONSTANT:.2f})"
    return [
        Row(what=f"{words}: covered", value=100 * float(covered.mean()), unit="%", bar=bar),
        Row(
            what=f"{words}: {constant}",
            value=_rms(value - dilution),
            unit="",
            bar="<= 0.065",
            peer=_rms(CONSTANT - dilution),
        ),
        Row(what=f"{words}: bias", value=float(np.mean(value - dilution)), unit=""),
        Row(what=f"{words}: mean stated SD", value=float(sd.mean()), unit=""),
        *_correlation(words, value, dilution),
    ]


def _rms(errors: Any) -> float:
    return float(np.sqrt(np.mean(np.square(errors))))


def _correlation(words: str, x: Any, y: Any) -> list[Row]:
    if len(x) < 3:
        return []
    return [Row(what=f"{words}: correlation", value=float(np.corrcoef(x, y)[0, 1]), unit="")]


def compare(path: Path, amounts: Amounts, *, run: str = "", left_out: str = "") -> list[Compared]:
    """Every target of a run whose dilution series is good enough."""
    from exvivo.quantify.qpcr.cq import read_cq
    from exvivo.quantify.qpcr.pooled import believed
    from exvivo.read import read_plate
    from exvivo.study import Qpcr
    from exvivo.tables import WELLS

    assay = Qpcr(id="mrna", kind="qpcr", references=())
    read = read_plate(path, source=path.name, plate="P", assay=assay, run=run).readings
    if left_out:
        read = read.filter(~pl.col("channel").str.contains(left_out))
    curves = read.filter(pl.col("kind") == "amplification")
    if curves.is_empty():
        return []
    wells = read.join(curves, on=["well", "channel"], how="semi").with_columns(
        assay=pl.lit("mrna"), readout=pl.lit("mRNA"), role=pl.lit("sample"), dilution=pl.lit(1.0)
    )
    called = read_cq(WELLS.complete(wells), assay)
    of_curves = believed(called.growth)
    named = [amounts({**row, "run": run}) for row in curves.iter_rows(named=True)]
    given = curves.select("well", target="channel").with_columns(
        nominal=pl.Series([amount for amount, _ in named], dtype=pl.Float64),
        series=pl.Series([series for _, series in named], dtype=pl.String),
    )
    diluted = called.reactions.drop("nominal").join(given, on=["well", "target"], how="inner")
    truths = {
        str(target): truth
        for (target,), its in diluted.group_by("target", maintain_order=True)
        if str(target) in of_curves and (truth := dilution_efficiency(its))
    }
    found = []
    for target, truth in truths.items():
        others = {other: known for other, known in truths.items() if other != target}
        alone, beside = of_curves[target], believed(called.growth, others)[target]
        told = alone.value, alone.sd, beside.value, beside.sd
        found.append(Compared(f"{path.name} {run}".strip(), target, *told, *truth))
    return found


def dilution_efficiency(reactions: pl.DataFrame) -> tuple[float, float] | None:
    """The efficiency of a target's dilution series with its standard deviation; None where they
    pin it too little.
    """
    from exvivo.quantify.qpcr.standards import standard_curve

    standards = reactions.with_columns(pl.col("nominal").fill_nan(None), plate="series").filter(
        pl.col("nominal") > 0
    )
    whole = standards.drop_nulls("cq")
    if whole["vendor"].null_count() == 0:
        standards = standards.with_columns(cq="vendor")
    spans = (
        whole.group_by("series")
        .agg(
            amounts=pl.col("nominal").n_unique(),
            decades=pl.col("nominal").log10().max() - pl.col("nominal").log10().min(),
        )
        .filter(pl.col("amounts") >= FEWEST_AMOUNTS, pl.col("decades") >= LEAST_DECADES)
    )
    standards = standards.join(spans, on="series", how="semi")
    curve = standard_curve(standards, copies=False) if standards.height else None
    if curve is None or curve.slope >= 0:
        return None
    value = 10 ** (-1 / curve.slope)
    slope_sd = math.hypot(curve.slope_sd, abs(curve.slope) * pipetting(standards))
    sd = value * math.log(10) / curve.slope**2 * slope_sd
    return (value, sd) if sd <= LARGEST_SD else None


def pipetting(standards: pl.DataFrame) -> float:
    """The relative error of a slope by the steps of its dilution series.

    Amounts are made one from the other, so the log10 amount of step i is off by the sum of i
    errors of STEP_CV / ln 10. The slope of the true amounts x' on the nominal x is
    sum (x - mean) (x' - mean) / sum (x - mean)^2, its standard deviation that of the linear sum.
    Series prepared apart are averaged by what they tell.
    """
    parts = []
    for _, its in standards.group_by("series"):
        x = np.sort(np.log10(its["nominal"].unique().to_numpy()))[::-1]
        weight = (x - x.mean()) / np.square(x - x.mean()).sum()
        later = weight[::-1].cumsum()[::-1][1:]  # an error of step i is in every later amount
        parts.append((np.square(x - x.mean()).sum(), STEP_CV / math.log(10) * _norm(later)))
    tells, errors = np.array(parts).T
    return float(_norm(tells * errors) / tells.sum())


def _norm(values: Any) -> float:
    return float(np.sqrt(np.square(values).sum()))


def _by_name(*patterns: str) -> Amounts:
    """Amounts told by the sample's name: groups `amount` (or `power` of ten) and `series`."""

    def amount(row: dict[str, Any]) -> Amount:
        for pattern in patterns:
            match = re.search(pattern, row["sample"] or "")
            if match:
                groups = match.groupdict()
                power = groups.get("power")
                value = 10.0 ** int(power) if power else _number(groups["amount"])
                return value, groups.get("series") or "one"
        return math.nan, "none"

    return amount


def _number(words: str) -> float:
    """5000 of `5K` and of `5000.0`."""
    return float(words[:-1]) * 1000 if words[-1] in "kK" else float(words)


def _vermeulen() -> list[Compared]:
    path = QPCR / "vermeulen" / "standards_150000_to_15.rdml"
    return compare(path, _by_name(r"STD_(?P<amount>\d+)$"), left_out=LEFT_OUT)


def _untergasser() -> list[Compared]:
    dilutions = _by_name(
        r"^(?P<series>Dil 1:10|Dil BSG|Freeze)[ -]+10e(?P<power>\d+)$",
        r"^(?P<series>genomic DNA|gDNA) (?P<amount>[\d.]+)ng",
    )
    folder, found = QPCR / "untergasser", []
    for name in ("large_DNA_dilutions.rdml", "volume_machine.rdml"):
        for run in runs_of(folder / name):
            found += compare(folder / name, dilutions, run=run)
    return found + compare(QPCR / "damaged" / "shifted_baseline.rdml", dilutions, left_out=" X$")


def _applied_biosystems() -> list[Compared]:
    names = (
        QPCR / "design_and_analysis" / "QS7_standard_curve.xlsx",
        QPCR / "design_and_analysis" / "QS3_relative_quantification.xlsx",
        UNDETERMINED / "QS1_standard_curve.xlsx",
        UNDETERMINED / "QS7Pro_relative_standard_curve.xlsx",
        QPCR / "rdml_vendors" / "stepone_std.rdml",
    )
    return [each for path in names for each in compare(path, _of_standards)]


_LAST_NUMBER = re.compile(r"([\d.]+[kK]?)$")


def _of_standards(row: dict[str, Any]) -> Amount:
    """The number at the end of a standard's name."""
    match = _LAST_NUMBER.search(row["sample"] or "")
    if row["vendor_role"] != "standard" or match is None:
        return math.nan, "none"
    return _number(match[1]), "one"


def runs_of(path: Path) -> list[str]:
    """The runs of an RDML file as exvivo names them; one without a name for other files."""
    root = _xml(path)
    if root is None:
        return [""]
    pairs = [
        (experiment.get("id", ""), run.get("id", ""))
        for experiment in root.iterfind("{*}experiment")
        for run in experiment.iterfind("{*}run")
    ]
    ids = [run for _, run in pairs]
    if len(pairs) < 2:
        return [""]
    return [run if ids.count(run) == 1 else f"{of} / {run}" for of, run in pairs]


def _xml(path: Path) -> ElementTree.Element | None:
    if path.suffix.lower() not in (".rdml", ".rdm"):
        return None
    if not zipfile.is_zipfile(path):
        return ElementTree.parse(path).getroot()
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith((".xml", ".rdml")))
        return ElementTree.fromstring(archive.read(name))


def of_folder(folder: Path) -> list[Compared]:
    """Every target of the files of a folder that has a dilution series; files without curves and
    files that exvivo refuses are named on standard error.
    """
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and not _table(path)]
    return [each for path in files for run in runs_of(path) for each in _of_file(path, run)]


def _of_file(path: Path, run: str) -> list[Compared]:
    from exvivo.errors import ExvivoError

    try:
        compared = compare(path, _amounts_beside(path, run), run=run)
    except ExvivoError as error:
        print(f"{path.name} {run}: not read: {str(error).splitlines()[0]}", file=sys.stderr)
        return []
    if not compared:
        print(f"{path.name} {run}: no curves with a dilution series", file=sys.stderr)
    return compared


def _amounts_beside(path: Path, run: str) -> Amounts:
    beside = (path.parent / f"{stem}.{end}" for stem in _stems(path) for end in ("tsv", "csv"))
    lines = next((lines for other in beside if (lines := _table(other))), None)
    if lines:
        return _of_table(lines, path.name, run)
    quantities = dict(_quantities(path))
    if quantities:
        return lambda row: (quantities.get(row["sample"], math.nan), "one")
    return _of_standards


def _stems(path: Path) -> tuple[str, ...]:
    return path.stem, "amounts", "layout"


def _table(path: Path) -> list[dict[str, str]]:
    """The lines of a table of amounts; none where the file is not there or is no such table."""
    if path.suffix not in (".tsv", ".csv") or not path.exists():
        return []
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    separator = "\t" if lines and "\t" in lines[0] else ","
    rows = list(csv.DictReader(lines, delimiter=separator))
    named = [row | {"amount": row.get("amount") or row.get("nominal") or ""} for row in rows]
    return [row for row in named if row["amount"]]


def _of_table(lines: Sequence[dict[str, str]], file: str, run: str) -> Amounts:
    its = [line for line in lines if _fits(line, {"file": file, "run": run}, ("file", "run"))]

    def amount(row: dict[str, Any]) -> Amount:
        row = {**row, "target": row["channel"]}
        for line in its:
            if _fits(line, row, ("sample", "well", "target")):
                return float(line["amount"]), line.get("series") or "one"
        return math.nan, "none"

    return amount


def _fits(line: dict[str, str], row: dict[str, Any], columns: Sequence[str]) -> bool:
    return all(not line.get(name) or line[name] == row[name] for name in columns)


def _quantities(path: Path) -> Iterator[tuple[str, float]]:
    """The amounts of an RDML file's standards, by the id of the sample."""
    root = _xml(path)
    for sample in () if root is None else root.iterfind("{*}sample"):
        value = sample.find("{*}quantity/{*}value")
        kinds = [kind.text for kind in sample.iterfind("{*}type")]
        if value is not None and value.text and "std" in kinds:
            yield sample.get("id", ""), float(value.text)
