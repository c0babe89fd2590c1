"""One plate exported twice is told by its numbers; two plates that were measured are not."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from twin_plates import DONORS, Cq, cqs, layout, study, table

from exvivo.errors import UserMistake
from exvivo.gather import gather
from exvivo.read import read_plate
from exvivo.reconcile import plates_exported_twice
from exvivo.study import Immunoassay, Plate, Qpcr, Study
from exvivo.tables import LAYOUT

QPCR = Qpcr(id="assay", kind="qpcr", references=("REF",), cycles=40, cq="vendor")
ELISA = Immunoassay(id="assay", kind="immunoassay", unit="pg/mL", analyte="TNF")


def told(folder: Path) -> str:
    with pytest.raises(UserMistake) as caught:
        gather(folder)
    return str(caught.value)


def other(wells: Cq) -> Cq:
    """Another plate of the same samples: Cq that differ by a standard deviation of 0.2."""
    noise = iter(np.random.default_rng(3).normal(0, 0.2, len(wells)))
    return {w: (t, cq + next(noise)) for w, (t, cq) in wells.items()}


def test_one_plate_as_csv_and_as_txt_is_a_stop(tmp_path: Path) -> None:
    text = told(study(tmp_path, {"a.csv": table(cqs()), "b.txt": table(cqs(), "\t")}))
    assert "raw/b.txt (plate Q2)" in text and "raw/a.csv (plate Q1) in 12 of the 12" in text
    assert "A1 (26.013)" in text and "take plate Q2 out of study.yaml" in text


@pytest.mark.parametrize("digits", [2, 1])
def test_a_file_that_rounds_is_the_same_plate(tmp_path: Path, digits: int) -> None:
    rounded = table(cqs(), "\t", digits=digits)
    assert "in 12 of the 12" in told(study(tmp_path, {"a.csv": table(cqs()), "b.txt": rounded}))


def test_names_of_targets_may_be_written_otherwise(tmp_path: Path) -> None:
    again = table(cqs(target="Tnf"), "\t")
    assert "in 12 of the 12" in told(study(tmp_path, {"a.csv": table(cqs()), "b.txt": again}))


def test_one_target_that_is_the_same_is_enough(tmp_path: Path) -> None:
    """The threshold of one target was changed between the exports, in wells of both plates."""
    first: Cq = {f"B{i}": ("TNF", 25.031 + 0.217 * i) for i in range(1, 9)} | {
        f"C{i}": ("REF", 18.031 + 0.117 * i) for i in range(1, 13)
    }
    second: Cq = {w: (t, cq + 0.4 if t == "REF" else cq) for w, (t, cq) in first.items()}
    wells = "well,role,donor\n" + "".join(f"{w},sample,a0\n" for w in first)
    files = {"a.csv": table(first), "b.txt": table(second, "\t")}
    text = told(study(tmp_path, files, layouts={"Q1": wells, "Q2": wells}))
    assert "in 8 of the 8 wells" in text and "B1 (25.248)" in text


def test_seven_wells_are_not_enough_and_empty_wells_do_not_count(tmp_path: Path) -> None:
    few = dict(list(cqs().items())[:7])
    files = {"a.csv": table(few), "b.txt": table(few, "\t")}
    assert gather(study(tmp_path / "few", files)).wells.height == 14
    empty = layout(
        (f"{d}1" for d in DONORS), {f"A{i}": "empty" for i in range(1, 13)} | {"A2": "sample"}
    )
    files = {"a.csv": table(cqs()), "b.txt": table(cqs(), "\t")}
    assert gather(study(tmp_path / "empty", files, layouts={"Q2": empty})).wells.height == 24


@pytest.mark.parametrize("digits", [3, 2, 1])
def test_two_plates_that_were_measured_are_two(tmp_path: Path, digits: int) -> None:
    files = {
        "a.csv": table(cqs(), digits=digits),
        "b.txt": table(other(cqs()), "\t", digits=digits),
    }
    assert gather(study(tmp_path, files)).wells.height == 24


def frame(plates: dict[str, list[tuple[str, float]]], kind: str = "cq") -> pl.DataFrame:
    rows = [
        dict(plate=p, source=f"raw/{p}", kind=kind, well=w, channel="TNF", value=value, y=None)
        for p, wells in plates.items()
        for w, value in wells
    ]
    return pl.DataFrame(rows, schema_overrides={"y": pl.List(pl.Float64)})


def of_plates(readings: pl.DataFrame, assay: Qpcr | Immunoassay = QPCR) -> list[str]:
    plates = list(dict.fromkeys(readings["plate"]))
    cells = readings.select("plate", "well").unique(maintain_order=True)
    rows = [
        dict(line="x", plate=p, well=w, role="sample", nominals=[]) for p, w in cells.iter_rows()
    ]
    planned = Study(
        exvivo=1,
        title="",
        groups=(),
        analytes=(),
        assays=(assay,),
        plates=tuple(Plate(id=plate, assay=assay.id, layout="x") for plate in plates),
        layout=LAYOUT.frame(rows),
    )
    return [mistake.where for mistake in plates_exported_twice(readings, planned)]


@pytest.mark.parametrize("digits", [1, 2])
def test_simulated_plates_of_one_set_of_samples_are_never_one(digits: int) -> None:
    """40 sets of eight plates, 1,120 pairs: technical replicates with a standard deviation of 0.14
    cycles, the best that laboratories reach, from 8 to 48 wells.
    """
    rng = np.random.default_rng(11)
    for _ in range(40):
        n = int(rng.integers(8, 49))
        true = rng.normal(26, 2, n)
        plates = {
            f"P{p}": [
                (f"W{i}", float(v))
                for i, v in enumerate(np.round(true + rng.normal(0, 0.14, n), digits))
            ]
            for p in range(8)
        }
        assert of_plates(frame(plates)) == []


def test_signals_of_a_plate_read_once(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    od = [(f"W{i}", float(v)) for i, v in enumerate(np.round(rng.uniform(0.05, 3, 24), 4))]
    again = [(w, round(v, 3)) for w, v in od]
    for kind in ("signal", "mfi", "net_mfi"):
        assert of_plates(frame({"P1": od, "P2": again}, kind), ELISA) == ["raw/P2 (plate P2)"]
    low = [(f"W{i}", 0.051) for i in range(40)]
    assert of_plates(frame({"P1": low, "P2": low}, "signal"), ELISA) == []
    noisy = [(w, round(v * float(np.exp(rng.normal(0, 0.05))), 3)) for w, v in od]
    assert of_plates(frame({"P1": od, "P2": noisy}, "signal"), ELISA) == []


def test_real_plates_are_never_one(shared_data: Path) -> None:
    """Every plate of a kind against every other, by their wells alone."""
    folder = shared_data / "luminex/multiplate"
    plates = [
        read_plate(path, source=path.name, plate=path.name, assay=ELISA).readings
        for path in sorted(folder.rglob("*.csv"))
        if b"xPONENT" in path.read_bytes()[:2000]
    ]
    assert len(plates) > 1
    assert of_plates(pl.concat(plates), ELISA) == []


def test_a_real_workbook_beside_its_own_table_is_one(shared_data: Path) -> None:
    """Of a QuantStudio workbook somebody types the results, with two decimals, into a csv."""
    name = "qpcr/design_and_analysis/QS3_relative_quantification.xlsx"
    read = read_plate(shared_data / name, source="a.xlsx", plate="P1", assay=QPCR).readings
    cq = read.filter(kind="cq", censor="none")
    rounded = cq.with_columns(pl.col("value").round(2), plate=pl.lit("P2"), source=pl.lit("b.csv"))
    assert of_plates(pl.concat([read, rounded])) == ["b.csv (plate P2)"]
    curves = read.filter(kind="amplification")
    y = pl.col("y").list.eval(pl.element().round(3))
    again = curves.with_columns(y, plate=pl.lit("P2"), source=pl.lit("b.txt"))
    assert of_plates(pl.concat([curves, again])) == ["b.txt (plate P2)"]


def test_the_planted_fault(shared_data: Path) -> None:
    assert "in 12 of the 12 wells" in told(shared_data / "faults/qpcr/C2")
    rows = csv.DictReader(io.StringIO((shared_data / "faults/qpcr/C2/raw/C2_a.csv").read_text()))
    assert len(list(rows)) == 12


def test_curves_without_noise_are_of_no_measurement() -> None:
    """Replicates with one number to the last decimal are simulated: that says nothing of plates."""
    wells = [(f"W{i}", 10.125 + i // 3) for i in range(48)]
    both = frame({"P1": wells, "P2": wells}, "amplification")
    assert of_plates(both) == []
    apart = frame({"P1": wells[::2], "P2": wells[::2]}, "amplification")
    assert of_plates(apart) == ["raw/P2 (plate P2)"]
