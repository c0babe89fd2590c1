"""A study folder is read as written, and every mistake in it comes back with its line and its cure."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from exvivo.errors import StudyError
from exvivo.study import load
from exvivo.study.layout import plain_well
from exvivo.study.schema import json_schema

STUDY = """\
exvivo: 1
title: A study
groups:
  - {id: patient, name: people with X}
  - {id: NO, name: healthy people}
stimuli:
  - {id: none, name: unstimulated, control: true}
  - {id: ATP, name: ATP, dose: 1 mM}
analytes: [{id: TNF}, {id: IL6, name: IL-6}]
assays:
  - {id: mrna, kind: qpcr, references: [RPLP0]}
plates:
  - {id: Q1, assay: mrna, file: raw/Q1.rdml, layout: plates/Q1.csv}
  - {id: Q2, assay: mrna, file: raw/Q2.rdml, layout: plates/Q2.csv}
scales:
  - {id: VAS, name: pain, lowest: 0, highest: 100, higher_is: worse}
questions:
  - id: more_tnf
    ask: difference
    groups: [patient, NO]
    assays: [mrna]
    analytes: [TNF]
    stimulus: ATP
"""
LAYOUT = (
    "well,role,donor,stimulus\nA01,sample,0071,none\nA02,sample,0071,ATP\nB1,sample,NO1,none\nB2,sample,NO1,ATP\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plates").mkdir()
    (tmp_path / "raw").mkdir()
    (tmp_path / "study.yaml").write_text(STUDY)
    (tmp_path / "donors.csv").write_text("donor,group,age\n0071,patient,48\nNO1,NO,50\n")
    for plate in ("Q1", "Q2"):
        (tmp_path / "plates" / f"{plate}.csv").write_text(LAYOUT)
        (tmp_path / "raw" / f"{plate}.rdml").write_bytes(b"")
    return tmp_path


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(StudyError) as caught:
        load(folder)
    return [str(mistake) for mistake in caught.value.mistakes]


def change(folder: Path, old: str, new: str, file: str = "study.yaml") -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))


def test_names_stay_as_they_are_written(folder: Path) -> None:
    study = load(folder)
    assert study.donors["donor"].to_list() == ["0071", "NO1"]
    assert [group.id for group in study.groups] == ["patient", "NO"]
    assert study.control_stimulus() == "none"
    assert study.name_of("IL6") == "IL-6" and study.name_of("TNF") == "TNF"


def test_the_layout_knows_whose_well_it_is(folder: Path) -> None:
    first = load(folder).layout.row(1, named=True)
    assert (first["well"], first["donor"], first["group"], first["stimulus"], first["dose"]) == (
        "A2", "0071", "patient", "ATP", "1 mM",
    )  # fmt: skip
    assert first["visit"] == "1" and first["dilution"] == 1.0 and first["line"] == "plates/Q1.csv:3"


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "cure"),
    [
        ("study.yaml", "title:", "titel:", "study.yaml:2", "did you mean `title`"),
        ("study.yaml", "kind: qpcr", "kind: pcr", "study.yaml:11", "did you mean `qpcr`"),
        ("study.yaml", "higher_is: worse", "higher_is: bad", "study.yaml:16", "choose one of them"),
        ("study.yaml", "highest: 100", "highest: 100 mm", "study.yaml:16", "without a unit"),
        ("study.yaml", "lowest: 0", "lowest: 200", "study.yaml:16", "swap or correct"),
        ("study.yaml", "references: [RPLP0]", "references: []", "study.yaml:11", "name the targets"),
        ("study.yaml", "control: true", "control: yes", "study.yaml:7", "true or false"),
        ("study.yaml", "analytes: [TNF]", "analytes: [TFN]", "study.yaml:22", "correct the name"),
        ("study.yaml", "stimulus: ATP", "stimulus: none", "study.yaml:23", "unstimulated level"),
        ("study.yaml", "[patient, NO]", "[patient, patient]", "study.yaml:20", "[first, second]"),
        ("study.yaml", "assay: mrna", "assay: rna", "study.yaml:13", "correct the name"),
        ("study.yaml", "title: A study", "title: [A study", "study.yaml:3", "missing colon, quote or bracket"),
        ("study.yaml", "title: A study", "title: A\ntitle: B", "study.yaml:3", "remove one of the two"),
        ("donors.csv", "NO1,NO", "NO1,no", "donors.csv:3", "correct the group"),
        ("donors.csv", "NO1,NO,50", "0071,NO,50", "donors.csv:3", "remove one line"),
        ("donors.csv", "NO1,NO,50", "NO1,NO", "donors.csv:3", "separator"),
        ("plates/Q1.csv", "A01,sample,0071", "A01,sample,71", "plates/Q1.csv:2", "add the donor to donors.csv"),
        ("plates/Q1.csv", "A02", "A1", "plates/Q1.csv:3", "correct the well"),
        ("plates/Q1.csv", "0071,ATP", "0071,LPS", "plates/Q1.csv:3", "declare it in study.yaml"),
        ("plates/Q1.csv", "0071,ATP", "0071,", "plates/Q1.csv:3", "fill the column"),
        ("plates/Q1.csv", "A02,sample", "A02,smaple", "plates/Q1.csv:3", "correct the role"),
        ("plates/Q1.csv", "stimulus", "stimulant", "plates/Q1.csv:1", "rename it"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_line_and_its_cure(
    folder: Path, file: str, old: str, new: str, place: str, cure: str
) -> None:
    change(folder, old, new, file)
    assert any(text.startswith(place) and cure in text for text in mistakes(folder)), mistakes(folder)


def test_all_mistakes_come_at_once(folder: Path) -> None:
    change(folder, "NO1,NO", "NO1,no", "donors.csv")
    change(folder, "A02", "A1", "plates/Q1.csv")
    change(folder, "B2,sample", "B2,sampl", "plates/Q2.csv")
    change(folder, "analytes: [TNF]", "analytes: [TFN]")
    assert len(mistakes(folder)) == 4


def test_groups_never_on_one_plate_are_refused(folder: Path) -> None:
    (folder / "plates" / "Q1.csv").write_text("well,role,donor,stimulus\nA1,sample,0071,none\nA2,sample,0071,ATP\n")
    (folder / "plates" / "Q2.csv").write_text("well,role,donor,stimulus\nA1,sample,NO1,none\nA2,sample,NO1,ATP\n")
    (found,) = mistakes(folder)
    assert "every plate holds one group only (plate Q1: patient; plate Q2: NO)" in found


def test_a_missing_study_file_says_how_to_get_one(tmp_path: Path) -> None:
    assert "exvivo new" in mistakes(tmp_path)[0]


def test_the_schema_accepts_the_study_and_refuses_a_slip() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    plain = YAML(typ="safe", pure=True).load(STUDY.replace("{id: NO,", "{id: 'NO',").replace("NO]", "'NO']"))
    jsonschema.validate(plain, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain | {"titel": "x"}, schema)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(STUDY) - 1), st.integers(0, 30), st.text(max_size=8))
def test_a_mangled_study_is_a_study_error_or_a_study(folder: Path, start: int, length: int, text: str) -> None:
    mangled = STUDY[:start] + text + STUDY[start + length :]
    (folder / "study.yaml").write_text(mangled, encoding="utf-8", errors="replace")
    try:
        load(folder)
    except StudyError as error:
        assert all(m.where and m.cure for m in error.mistakes)


@pytest.mark.parametrize(("written", "plain"), [("a01", "A1"), ("H12", "H12"), ("p024", "P24"), ("CT001", "CT001")])
def test_wells_have_one_spelling(written: str, plain: str) -> None:
    assert plain_well(written) == plain
