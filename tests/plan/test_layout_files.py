"""A layout as files: what a study, an instrument and a person take of it."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from laid_studies import SHORT, donors, laid, model_study

import exvivo
from exvivo.cli import main
from exvivo.errors import StudyError
from exvivo.plan.layout import (
    PlannedLayout,
    Wishes,
    maps_of,
    planned_files,
    planned_layout,
    take_layout,
)
from exvivo.plan.layout.people import table_of_people
from exvivo.plan.layout.planned import laid_out
from exvivo.study import Plate

STUDY = """\
exvivo: 1
title: A planned study  # of ours
groups:
  - {id: RA, name: people with arthritis, n: 5}
  - {id: HC, name: healthy people, n: 4}
stimuli:
  - {id: none, name: unstimulated, control: true}
  - {id: LPS, name: LPS}
analytes: [{id: TNF}]
assays:
  - {id: elisa, kind: immunoassay, analyte: TNF, standards: {S1: 1000, S2: 100}}
questions:
  - {id: q, ask: difference, groups: [RA, HC], assays: [elisa], analytes: [TNF], stimulus: LPS}
plan: {wells: 2}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "study.yaml").write_text(STUDY)
    return tmp_path


def planned(folder: Path, **wished: object) -> PlannedLayout:
    return planned_layout(folder, Wishes(**wished), search=SHORT)  # type: ignore[arg-type]


def named(folder: Path, **wished: object) -> PlannedLayout:
    """The same, once its donors have names in donors.csv."""
    people = table_of_people(planned(folder, **wished), folder)
    assert people is not None
    (folder / people[0]).write_bytes(people[1])
    return planned(folder, **wished)


def cures(folder: Path, **wished: object) -> str:
    with pytest.raises(StudyError) as raised:
        planned(folder, **wished)
    return "; ".join(f"{mistake.found}: {mistake.cure}" for mistake in raised.value.mistakes)


def table(files: dict[str, bytes], name: str) -> pl.DataFrame:
    return pl.read_csv(io.BytesIO(files[name]), infer_schema=False)


def test_what_is_taken_is_the_layout_that_the_study_reads(folder: Path) -> None:
    wished = {"bridge": True, "controls": {"low": 20.0}, "plates": 2}
    layout = named(folder, **wished)
    assert take_layout(layout, folder)[-1] == "study.yaml"
    text = (folder / "study.yaml").read_text()
    assert text.startswith(STUDY.splitlines()[0]) and "# of ours" in text
    (folder / "raw").mkdir()
    for plate in ("elisa_1", "elisa_2"):
        (folder / f"raw/{plate}.csv").write_text("well,signal\n")
    read = exvivo.load(folder).layout
    assert read["plate"].unique().sort().to_list() == ["elisa_1", "elisa_2"]
    samples = read.filter(role="sample")
    assert samples.height == 9 * 2 * 2
    assert set(samples["group"]) == {"RA", "HC"}
    counts = read.group_by("plate", "role", maintain_order=True).len().sort("plate", "role")
    per_plate = dict(counts.filter(plate="elisa_1").select("role", "len").iter_rows())
    assert (per_plate["standard"], per_plate["blank"]) == (4, 2)
    assert (per_plate["calibrator"], per_plate["qc"]) == (2, 2)
    assert read.filter(role="qc")["nominal"].unique().to_list() == [20.0]


def test_made_up_donors_are_not_taken_until_donors_csv_has_them(folder: Path) -> None:
    (folder / "donors.csv").write_text("# ours\ndonor;group;sex\nRA02;RA;f")
    command = ["plan", "layout", str(folder), "--take"]
    refused = CliRunner().invoke(main, command)
    assert refused.exit_code == 2 and not (folder / "plates").exists()
    assert "8 donors have made-up names (RA01, RA03, " in refused.output
    table = folder / "planned/layout/donors.csv"
    assert table.read_text().startswith("# ours\ndonor;group;sex\nRA02;RA;f\nRA01;RA;\n")
    layout = {path.name: path.read_bytes() for path in (folder / "planned/layout/plates").iterdir()}
    (folder / "donors.csv").write_bytes(table.read_bytes())
    assert CliRunner().invoke(main, command).exit_code == 0
    assert {path.name: path.read_bytes() for path in (folder / "plates").iterdir()} == layout
    assert "RA03" not in CliRunner().invoke(main, ["check", str(folder)]).output


def test_a_layout_that_is_there_is_never_overwritten(folder: Path) -> None:
    take_layout(named(folder), folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(StudyError, match="may have been pipetted"):
        take_layout(planned(folder, seed=2), folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_the_command_writes_the_plan_and_nothing_else(folder: Path) -> None:
    done = CliRunner().invoke(main, ["plan", "layout", str(folder), "--json", "--plate", "tubes"])
    assert done.exit_code == 0, done.output
    assert (folder / "study.yaml").read_text() == STUDY
    assert {path.name for path in folder.iterdir()} == {"study.yaml", "planned"}
    content = json.loads(done.output)
    assert all((folder / path).is_file() for path in content["files"])
    assert (folder / "planned/layout/maps.pdf").read_bytes().startswith(b"%PDF")


def test_donors_of_the_study_come_first_and_others_get_names(folder: Path) -> None:
    (folder / "donors.csv").write_text("donor,group,sex\nRA02,RA,f\nanna,HC,m\n")
    people = table(planned_files(planned(folder, balance=("sex",))), "places.csv")
    is_made_up = dict(people.select("donor", "made_up").iter_rows())
    assert is_made_up["RA02"] == is_made_up["anna"] == "no"
    assert [name for name, told in is_made_up.items() if told == "yes"] == [
        *("RA01", "RA03", "RA04", "RA05"),
        *("HC01", "HC02", "HC03"),
    ]


def test_nobody_and_no_standards_are_refused(folder: Path) -> None:
    (folder / "study.yaml").write_text(STUDY.replace(", n: 4", ""))
    assert "`n: 14`" in cures(folder)
    (folder / "study.yaml").write_text(STUDY.replace(", standards: {S1: 1000, S2: 100}", ""))
    assert "--standards 0" in cures(folder)
    planned(folder, standards=0)
    planned(folder, amounts=(1000.0, 10.0))
    assert "did you mean `elisa`" in cures(folder, assays=("elis",))


def test_instruments_get_a_name_a_sample() -> None:
    files = planned_files(laid(6, 5))
    rows = table(files, "samples/mrna_1.csv")
    assert rows.columns == ["Well", "Sample Name", "Task", "Quantity"]
    assert rows["Sample Name"].value_counts()["count"].unique().to_list() == [3]
    assert set(rows["Task"]) == {"UNKNOWN"}
    layout = table(files, "plates/mrna_1.csv")
    assert layout.columns == ["well", "role", "donor", "stimulus", "replicate"]


def test_each_target_has_a_plate_of_the_same_map() -> None:
    files = planned_files(laid(6, 5, each_target=True))
    names = {name for name in files if name.startswith("plates/")}
    targets = ("TNF", "IL1B", "IL6", "CXCL8", "IL10", "RPLP0", "UBC")
    assert names == {f"plates/mrna_1_{target}.csv" for target in targets}
    first, other = (table(files, f"plates/mrna_1_{name}.csv") for name in ("TNF", "UBC"))
    assert set(first["target"]) == {"TNF"} and set(other["target"]) == {"UBC"}
    assert first.drop("target").equals(other.drop("target"))
    assert files["plates.yaml"].decode().count("raw/mrna_1_") == 7
    declared = Plate(id="Q1", assay="mrna", layout="plates/Q1.csv", file="raw/Q1.rdml")
    study = dataclasses.replace(model_study(), plates=(declared,))
    with pytest.raises(StudyError, match="take the plates of mrna out"):
        laid_out(study, donors(6, 5), Wishes(each_target=True), search=SHORT)


def test_maps_show_every_well() -> None:
    layout = laid(6, 5, days=2, forbidden=("A1",), bridge=True)
    maps = maps_of(layout)
    kinds = [well.kind for plate in maps.plates for well in plate.wells]
    assert kinds.count("sample") == 11 * 2 * 3
    assert (kinds.count("bridge"), kinds.count("forbidden")) == (3, 1)
    assert {each.about for each in maps.protected} == {"more_tnf", "other_cytokines", "response"}
    assert {each.assay for each in maps.protected} == {""}
    after = [b.after for b in maps.balance if b.what == "stimulus"]
    assert after == [33, 33]
