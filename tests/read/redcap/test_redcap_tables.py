"""What a REDCap project hands to a study: donors without identifiers, and answers."""

from __future__ import annotations

import csv
import importlib.util
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from redcap_project import (
    FIELDS,
    NAMES,
    RECORDS,
    Row,
    export_text,
    fields_of,
    line,
    rows,
    write_project,
)

from exvivo.cli import main
from exvivo.draft import Handed, draft_people
from exvivo.errors import Mistake, StudyError
from exvivo.gather import Gathered, gather
from exvivo.tables import ANSWERS
from exvivo.tell.cohort import cohort_of

CODES = "-99, Refused | UNK, Unknown"
DATA = "redcap/data.csv"
SYNTHETIC = ("data_raw.csv", "data_label.csv", "data_raw_semicolon_bom.csv")


def answered(folder: Path) -> Path:
    """A draft whose questions are answered as proposed."""
    study = folder / "study.yaml"
    study.write_text(study.read_text().partition("\n# What the files do not tell")[0])
    return folder


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The small project as a study that checks clean."""
    dictionary, export, events = write_project(tmp_path / "project")
    draft_people(tmp_path / "study", Handed(dictionary, export, events, CODES))
    return answered(tmp_path / "study")


def change(study: Path, before: str, after: str) -> None:
    file = study / "study.yaml"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


def exported(study: Path, edit: Callable[[list[Row]], object]) -> None:
    """Another export in the place of the first."""
    made = rows()
    edit(made)
    (study / DATA).write_text(export_text(made), encoding="utf-8")


def mistakes_of(study: Path) -> Sequence[Mistake]:
    with pytest.raises(StudyError) as caught:
        gather(study)
    return caught.value.mistakes


def numbers(gathered: Gathered) -> str:
    """CLINIC as text, without the name and hash of the file."""
    return gathered.clinic.drop("source", "sha256").write_csv()


def score(gathered: Gathered, donor: str, visit: str, scale: str) -> tuple[float | None, str]:
    row = gathered.clinic.filter(donor=donor, visit=visit, scale=scale)
    return row["score"].item(), row["state"].item()


def test_donors_are_told_without_anything_that_names_them(study: Path) -> None:
    gathered = gather(study)
    donors = gathered.study.donors
    assert donors.columns == ["donor", "group", "age", "sex", "menopause", "meds"]
    assert donors.rows() == [
        ("0071", "pain", "45", "Female", "yes", "none"),
        ("0072", "pain", "44", "Male", "", "none"),
        ("0073", "healthy", "43", "Female", "yes", "SNRI"),
        ("0074", "healthy", "42", "Male", "", "SNRI"),
    ]
    everything = f"{gathered.texts}{gathered.ignored}{gathered.answers.rows()}"
    born = [row["dob"] for row in rows() if row["dob"]]
    assert len(born) == len(RECORDS)
    assert not [each for each in (*NAMES.values(), *born) if each in everything]


def test_the_export_is_no_text_of_the_record(study: Path) -> None:
    gathered = gather(study)
    assert DATA not in gathered.texts
    assert b"0071,pain,45" in gathered.texts["donors.csv"]


def test_both_traps_of_the_boxes_are_missing_and_not_0(study: Path) -> None:
    gathered = gather(study)
    assert score(gathered, "0072", "1", "WPI") == (None, "missing")  # never opened: boxes are 0
    assert score(gathered, "0073", "1", "WPI") == (None, "missing")  # the box of a code is ticked
    assert score(gathered, "0072", "2", "WPI") == (4.0, "scored")
    codes = gathered.answers.filter(donor="0073", visit="1", item="neck")["code"]
    assert codes.to_list() == ["UNK"]


def test_codes_repeats_and_places_of_answers(study: Path) -> None:
    gathered = gather(study)
    assert score(gathered, "0071", "1", "VAS") == (None, "missing")
    assert score(gathered, "0071", "2", "VAS") == (1.0, "scored")
    assert score(gathered, "0073", "1", "NRS") == (4.0, "scored")  # the mean of 2 and 6
    assert gathered.clinic.filter(scale="NRS", visit="2").is_empty()  # asked at the first only
    (refused,) = gathered.answers.filter(donor="0071", visit="1", column="pain_vas").to_dicts()
    assert refused["place"] == f"{DATA}:2 column pain_vas"
    assert (refused["answer"], refused["code"]) == (None, "-99")
    assert set(ANSWERS.schema) == set(gathered.answers.columns)


def test_which_row_counts_is_as_declared(study: Path) -> None:
    change(study, "{form: diary, use: mean}", "{form: diary, use: last}")
    assert score(gather(study), "0073", "1", "NRS") == (6.0, "scored")


def test_raw_label_and_semicolon_exports_give_the_same(study: Path) -> None:
    first = gather(study)
    made = rows()
    for text in (export_text(made, labels=True), "\ufeff" + export_text(made, separator=";")):
        (study / DATA).write_text(text, encoding="utf-8")
        other = gather(study)
        assert numbers(other) == numbers(first)
        assert other.texts["donors.csv"] == first.texts["donors.csv"]
        assert other.answers.drop("sha256").equals(first.answers.drop("sha256"))


def test_hidden_answers_are_not_applicable(tmp_path: Path) -> None:
    asked = fields_of("pain_vas")
    hidden = line(*asked[:2], *asked[3:6], branching="[intake_arm_1][study_group] = '1'")
    fields = [hidden if each[0] == "pain_vas" else each for each in FIELDS]
    made = rows()
    for row in made:
        if row["record_id"] in RECORDS[2:]:
            row["pain_vas"] = ""
    dictionary, export, events = write_project(tmp_path / "project", fields=fields, made=made)
    draft_people(tmp_path / "study", Handed(dictionary, export, events, CODES))
    gathered = gather(answered(tmp_path / "study"))
    assert score(gathered, "0073", "1", "VAS") == (None, "not applicable")
    assert score(gathered, "0072", "1", "VAS") == (10.0, "scored")


def test_a_form_that_asks_others_and_was_never_opened_is_not_applicable(tmp_path: Path) -> None:
    of_patients = "[intake_arm_1][study_group] = '1'"
    gad = [each for each in FIELDS if each[0].startswith("gad7")]
    fields = [
        line(*each[:2], *each[3:6], branching=of_patients) if each in gad else each
        for each in FIELDS
        if each[0] != "gad_calc"
    ]
    made = rows()
    for row in made:
        if row["record_id"] in RECORDS[2:] and row.get("gad_complete"):
            row |= dict.fromkeys((each[0] for each in gad), "")
            row["gad_complete"] = "0"
    dictionary, export, events = write_project(tmp_path / "project", fields=fields, made=made)
    draft_people(tmp_path / "study", Handed(dictionary, export, events, CODES))
    gathered = gather(answered(tmp_path / "study"))
    assert score(gathered, "0073", "1", "GAD7") == (None, "not applicable")
    assert score(gathered, "0072", "1", "GAD7")[1] == "scored"


def test_what_a_person_was_never_asked_is_not_missing_in_the_first_table(study: Path) -> None:
    gathered = gather(study)
    men = gathered.study.donors.filter(sex="Male")["donor"].to_list()
    assert men and gathered.study.not_asked == {(man, "menopause") for man in men}
    table = cohort_of(gathered.study, gathered.clinic)
    assert table is not None
    groups = next(row.groups for row in table.rows if row.id == "menopause")
    assert sum(each.not_applicable for each in groups) == len(men)
    assert sum(each.known + each.missing for each in groups) == len(RECORDS) - len(men)


def test_medication_of_a_form_that_was_never_opened_is_not_none(tmp_path: Path) -> None:
    asked = fields_of("meds")
    moved = line(asked[0], "acr", *asked[3:6])
    fields = [moved if each is asked else each for each in FIELDS]
    made = rows()
    later = next(row for row in made[4:] if row["redcap_event_name"] == "later_arm_1")
    later["meds___1"] = "1"  # the form of the intake was never opened: its boxes are 0
    dictionary, export, events = write_project(tmp_path / "project", fields=fields, made=made)
    draft_people(tmp_path / "study", Handed(dictionary, export, events, CODES))
    donors = gather(answered(tmp_path / "study")).study.donors
    assert donors.filter(donor="0072")["meds"].item() == "opioid"


def test_a_field_that_is_not_there_or_an_identifier_is_said_with_its_line(study: Path) -> None:
    change(study, "items: [pain_vas]", "items: [pain_vsa]")
    change(study, "field: sex", "field: first_name")
    told = [(each.where, each.found) for each in mistakes_of(study)]
    lines = (study / "study.yaml").read_text().splitlines()
    vas = next(n for n, text in enumerate(lines, start=1) if "pain_vsa" in text)
    sex = next(n for n, text in enumerate(lines, start=1) if "first_name}" in text)
    assert [where for where, _ in told] == [f"study.yaml:{vas}", f"study.yaml:{sex}"]
    assert "did you mean `pain_vas`?" in told[0][1]
    assert "marked Identifier" in told[1][1]


def test_two_events_of_one_visit_are_asked_about(study: Path) -> None:
    change(study, "later_arm_1: 2", "later_arm_1: 1")
    (first, *_) = mistakes_of(study)
    assert first.where.startswith(f"{DATA}:")
    assert "which are both visit 1" in first.found


def test_an_event_without_a_visit_is_not_read_and_said(study: Path) -> None:
    change(study, "{intake_arm_1: 1, later_arm_1: 2}", "{intake_arm_1: 1}")
    gathered = gather(study)
    assert gathered.clinic["visit"].unique().to_list() == ["1"]
    assert any("later_arm_1" in what for _, what, _ in gathered.ignored)


def test_a_text_in_a_field_of_numbers_is_a_mistake(study: Path) -> None:
    change(study, "items: [pain_vas]", "items: [visit_date]")
    found = {mistake.where for mistake in mistakes_of(study)}
    assert f"{DATA}:2 column visit_date" in found


def test_donors_csv_may_list_people_who_are_not_in_redcap(study: Path) -> None:
    (study / "donors.csv").write_text("donor,group,age,smokes\nH1,healthy,40,no\n")
    donors = gather(study).study.donors
    assert donors["donor"].to_list() == [*RECORDS, "H1"]
    assert donors.filter(donor="H1")["smokes"].item() == "no"
    (study / "donors.csv").write_text("donor,group\n0071,healthy\n")
    (twice,) = mistakes_of(study)
    assert twice.where.startswith("donors.csv:2")


def test_donors_are_named_by_the_links_table(study: Path) -> None:
    names = {record: f"P{at}" for at, record in enumerate(RECORDS)}
    links = "record,donor\n" + "".join(f"{r},{d}\n" for r, d in names.items())
    (study / "redcap/links.csv").write_text(links)
    change(study, "  group: study_group", "  links: redcap/links.csv\n  group: study_group")
    gathered = gather(study)
    assert gathered.study.donors["donor"].to_list() == list(names.values())
    assert set(gathered.clinic["donor"]) == set(names.values())
    assert "redcap/links.csv" not in gathered.texts
    assert not [record for record in RECORDS if record in f"{gathered.texts}"]
    (study / "redcap/links.csv").write_text(links.replace("0074,P3\n", ""))
    (lacking,) = mistakes_of(study)
    assert "links table" in lacking.found


def test_a_group_that_nobody_gave_leaves_the_others(study: Path) -> None:
    exported(study, lambda made: made[0].update(study_group=""))
    (mistake,) = mistakes_of(study)
    assert mistake.where == f"{DATA}:2 column study_group"


def test_without_a_field_of_groups_everybody_is_of_the_only_one(study: Path) -> None:
    change(study, "  group: study_group\n  groups: {1: pain, 2: healthy}\n", "")
    (mistake,) = mistakes_of(study)
    assert "no `group`" in mistake.found
    change(study, "  - {id: healthy, name: Healthy people}\n", "")
    assert set(gather(study).study.donors["group"]) == {"pain"}


def test_a_study_of_people_alone_runs(study: Path) -> None:
    for command in ("check", "run"):
        ran = CliRunner().invoke(main, [command, str(study)])
        assert ran.exit_code == 0, ran.output
    assert (
        "Nothing to fix: 4 donors, 0 plates"
        in CliRunner().invoke(main, ["check", str(study)]).output
    )
    report = (study / "results/report.html").read_text()
    assert not [name for name in NAMES.values() if name in report]
    told = (study / "results/summary.md").read_text("utf-8")
    assert "2 groups are too small to be told of here." in told


@pytest.fixture(scope="module")
def model(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The synthetic project as a study that checks clean, and the folder of its files."""
    source = shared_data / "redcap/exvivo_synthetic"
    folder = tmp_path_factory.mktemp("model") / "study"
    codes = str(source / "missing_data_codes.txt")
    files = ("dictionary.csv", "data_raw.csv", "events.csv")
    dictionary, data, events = (source / name for name in files)
    drafted = draft_people(folder, Handed(dictionary, data, events, codes))
    assert len(drafted.study.open) <= 10
    return answered(folder), source


def test_the_model_project_in_three_exports_is_one(model: tuple[Path, Path]) -> None:
    study, source = model
    made = []
    for name in SYNTHETIC:
        shutil.copy(source / name, study / DATA)
        gathered = gather(study)
        assert gathered.flags == ()
        made.append((numbers(gathered), gathered.texts["donors.csv"]))
    assert made[0] == made[1] == made[2]
    assert score(gathered, "0003", "2", "WPI") == (None, "missing")
    assert score(gathered, "0004", "1", "WPI") == (None, "missing")


def test_the_20_planted_mistakes_are_20(model: tuple[Path, Path]) -> None:
    study, source = model
    shutil.copy(source / "data_raw_20_mistakes.csv", study / DATA)
    told = mistakes_of(study)
    shutil.copy(source / "data_raw.csv", study / DATA)
    planted = list(csv.DictReader((source / "the_20_mistakes.csv").read_text().splitlines()))
    lines = [mistake.where.removeprefix(f"{DATA}:").partition(" ")[0] for mistake in told]
    assert sorted(lines, key=int) == sorted((row["line"] for row in planted), key=int)


def test_scores_of_the_model_project_are_those_of_the_reference(model: tuple[Path, Path]) -> None:
    """Held against scores made of the very cells of the export by another program."""
    study, source = model
    reference = _reference(source.parent / "scales_reference.py")
    shutil.copy(source / "data_raw.csv", study / DATA)
    clinic = {
        (row["donor"], row["visit"], row["scale"]): row["score"]
        for row in gather(study).clinic.iter_rows(named=True)
    }
    compared = 0
    for row in csv.DictReader((source / "data_raw.csv").read_text().splitlines()):
        if row["redcap_repeat_instrument"]:
            continue
        at = (row["record_id"], "1" if row["redcap_event_name"][0] == "e" else "2")
        hads = reference.hads(_cells(row, "hads", 14))
        rand = reference.rand36(_cells(row, "rand", 36))
        expected = {"HADS_A": hads["anxiety"], "HADS_D": hads["depression"]}
        expected |= {f"RAND_{name}": value for name, value in rand.items()}
        if row["fiqr1"]:
            expected["FIQR"] = reference.fiqr(_cells(row, "fiqr", 21))["total"]
        for scale, value in expected.items():
            if (*at, scale) in clinic:
                assert clinic[(*at, scale)] == pytest.approx(value), (at, scale)
                compared += 1
    assert compared > 48 * 10


def _cells(row: dict[str, str], stem: str, count: int) -> list[int | None]:
    cells = [row[f"{stem}{number}"] for number in range(1, count + 1)]
    return [int(cell) if cell.isdigit() else None for cell in cells]


def _reference(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("scales_reference", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_frame_without_answers_is_a_table(study: Path) -> None:
    exported(study, lambda made: made.__delitem__(slice(1, None)))
    gathered = gather(study)
    assert isinstance(gathered.answers, pl.DataFrame)
    assert set(gathered.answers["donor"]) == {"0071"}
