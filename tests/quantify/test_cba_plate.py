"""A real plate of BD CBA beads, and an invented one, the whole way: the right names, and standards
that read back.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import exvivo
from exvivo.arrays import Floats
from exvivo.errors import UserMistake
from exvivo.simulate.fcs_file import write_fcs

FLEX = "BD CBA human soluble protein flex set"
WELLS = ("A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "B1", "B2")
CUTS = {
    "IL4": ((8_000, 16_000), (120_000, 260_000)),
    "IL5": ((17_000, 32_000), (80_000, 200_000)),
    "IL13": ((17_000, 32_000), (7_000, 17_000)),
    "IL1B": ((3_500, 6_500), (55_000, 110_000)),
    "TNF": ((3_500, 8_000), (22_000, 54_000)),
}
"""Boxes in the red and the near infrared, drawn by hand round the populations."""
POSITIONS = {"IL4": "A5", "IL5": "A6", "IL13": "E6", "IL1B": "B4", "TNF": "C4"}
CHANNELS = ("FSC-A", "SSC-A", "CBA Red-A", "CBA NIR-A", "PE-A")


def tube(folder: Path, number: int) -> Floats:
    """The events of a real tube in the order of `CHANNELS`, by flowio alone."""
    from flowio import FlowData

    (path,) = (folder / "beads/cba_flex_facsverse").glob(f"Standard_{number}_*.fcs")
    data = FlowData(str(path))
    names = [str(channel["pnn"]) for channel in data.channels.values()]
    return np.asarray(data.as_array()[:, [names.index(channel) for channel in CHANNELS]])


def in_box(events: Floats, analyte: str) -> np.ndarray:
    (left, right), (low, high) = CUTS[analyte]
    red, infrared = events[:, 2], events[:, 3]
    return (red > left) & (red < right) & (infrared > low) & (infrared < high)


def write_study(
    to: Path, files: list[str], *, assay: str, analytes: tuple[str, ...] = tuple(CUTS)
) -> Path:
    """A study of one plate: the blank, and nine standards doubling up to 2500."""
    (to / "plates").mkdir(parents=True)
    lines = ["well,role,nominal,file"]
    for i, (well, file) in enumerate(zip(WELLS, files, strict=True)):
        role, nominal = ("standard", 2500 / 2 ** (9 - i)) if i else ("blank", "")
        lines.append(f"{well},{role},{nominal},{file}")
    (to / "plates/P1.csv").write_text("\n".join(lines) + "\n")
    (to / "donors.csv").write_text("donor,group\nD1,a\nD2,b\n")
    panel = ", ".join(f"{analyte}: {POSITIONS[analyte]}" for analyte in analytes)
    (to / "study.yaml").write_text(
        "exvivo: 1\ntitle: a plate\ngroups: [{id: a, name: a}, {id: b, name: b}]\n"
        f"analytes: [{', '.join(f'{{id: {analyte}}}' for analyte in analytes)}]\n"
        f"assays: [{{id: protein, kind: beads, reporter: PE-A, scatter: [FSC-A, SSC-A], "
        f"panel: {{{panel}}}, {assay}}}]\n"
        "plates: [{id: P1, assay: protein, layout: plates/P1.csv}]\n"
    )
    return to


def real_study(to: Path, folder: Path, *, assay: str) -> Path:
    (to / "raw").mkdir(parents=True)
    files = []
    for number in range(1, 11):
        (path,) = (folder / "beads/cba_flex_facsverse").glob(f"Standard_{number}_*.fcs")
        shutil.copyfile(path, to / "raw" / path.name)
        files.append(f"raw/{path.name}")
    return write_study(to, files, assay=assay)


def curves(result: exvivo.Result) -> pl.DataFrame:
    """analyte, x (pg/mL), y (signal) and fitted of every standard."""
    rows = pl.read_parquet(result.report.parent / "tables/assays.parquet").filter(kind="curve")
    return rows.select("analyte", "points").explode("points").unnest("points")


@pytest.mark.parametrize("channels", ["CBA NIR-A, CBA Red-A", "CBA Red-A, CBA NIR-A"])
def test_a_real_plate_has_the_right_names_and_its_standards_read_back(
    shared_data: Path, tmp_path: Path, channels: str
) -> None:
    made = real_study(tmp_path / "s", shared_data, assay=f"kit: {FLEX}, classifier: [{channels}]")
    result = exvivo.run(made)
    points = curves(result)
    assert points.height == 50
    for i, number in enumerate(range(1, 11)):
        events = tube(shared_data, number)
        nominal = 2500 / 2 ** (9 - i) if i else 0.0
        for analyte in CUTS:
            own = np.median(events[in_box(events, analyte), 4])
            (signal,) = points.filter((pl.col("x") - nominal).abs() < 1e-6, analyte=analyte)[
                "y"
            ].to_list()
            assert signal == pytest.approx(own, rel=0.03), (analyte, number)
    standards = points.filter(pl.col("x") > 0)
    assert (standards["fitted"] / standards["x"] - 1).abs().max() < 0.12  # type: ignore[operator]
    flags = pl.read_parquet(result.report.parent / "tables/flags.parquet")
    second = flags.filter(pl.col("what").str.contains("second of `classifier`"))
    assert second.height == (1 if channels.startswith("CBA Red") else 0)
    assert not flags["what"].str.contains("the layout says blank").any()
    steps = pl.read_parquet(result.report.parent / "tables/assays.parquet")
    fitted = steps.filter(kind="population", analyte="TNF")["parameters"][0].to_list()
    named = {figure["name"]: (figure["of"], figure["value"]) for figure in fitted}
    assert named["letter_step"] == ("CBA NIR-A", pytest.approx(-0.30, abs=0.03))
    assert named["number_step"] == ("CBA Red-A", pytest.approx(0.33, abs=0.02))


def subset(to: Path, folder: Path, analytes: tuple[str, ...], *, assay: str) -> Path:
    """The real tubes with only some of their beads."""
    (to / "raw").mkdir(parents=True)
    files = []
    for number in range(1, 11):
        events = tube(folder, number)
        kept = np.logical_or.reduce([in_box(events, analyte) for analyte in analytes])
        name = f"raw/Tube_{number:03}.fcs"
        write_fcs(
            to / name, events[kept].astype(np.float32), channels=CHANNELS, well="A1", sample="x"
        )
        files.append(name)
    return write_study(to, files, assay=assay, analytes=analytes)


def test_beads_that_fit_two_ways_are_refused_and_stated_ones_are_taken(
    shared_data: Path, tmp_path: Path
) -> None:
    """A5, B4 and E6 of the real plate; every file says well A1, which is then no well."""
    few = ("IL4", "IL1B", "IL13")
    unstated = subset(tmp_path / "u", shared_data, few, assay="classifier: [CBA Red-A, CBA NIR-A]")
    with pytest.raises(UserMistake, match=r"fit two ways: \(1\) letters.*; \(2\) letters"):
        exvivo.run(unstated)
    stated = subset(
        tmp_path / "s",
        shared_data,
        few,
        assay="classifier: [CBA NIR-A, CBA Red-A], directions: [falling, rising]",
    )
    blank = curves(exvivo.run(stated)).filter(x=0.0)
    signals = dict(blank.select("analyte", "y").iter_rows())
    own = {a: np.median(tube(shared_data, 1)[in_box(tube(shared_data, 1), a), 4]) for a in few}
    assert signals == pytest.approx(own, rel=0.03)


def test_letters_are_the_near_infrared_whatever_the_order_of_the_channels(
    shared_data: Path, tmp_path: Path
) -> None:
    fault = shared_data / "faults/immunoassay/01_cba_letter_is_nir"
    if not fault.is_dir():
        pytest.skip(f"the fault is not here ({fault})")
    made = shutil.copytree(fault, tmp_path / "s", copy_function=shutil.copyfile)
    blank = curves(exvivo.run(made)).filter(x=0.0)
    signals = dict(blank.group_by("analyte").agg(pl.col("y").mean()).iter_rows())
    assert signals == pytest.approx({"IL6": 100.0, "IL1B": 200.0, "TNF": 400.0}, rel=0.03)
