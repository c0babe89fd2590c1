"""A study folder is read as written, and every mistake in it comes back with its line and its
cure.
"""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from exvivo.errors import StudyError
from exvivo.study import ASSAYS, QUESTIONS, Ask, Assay, AssayKind, Question, load
from exvivo.study.layout import plain_well
from exvivo.study.nodes import record_fields
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
LAYOUT = "well,role,donor,stimulus\nA01,sample,0071,none\nA02,sample,0071,ATP\nB1,sample,NO1,none\nB2,sample,NO1,ATP\n"


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
        "A2",
        "0071",
        "patient",
        "ATP",
        "1 mM",
    )
    assert (
        first["visit"] == "1" and first["dilution"] is None and first["line"] == "plates/Q1.csv:3"
    )


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "cure"),
    [
        ("study.yaml", "title:", "titel:", "study.yaml:2", "did you mean `title`"),
        ("study.yaml", "kind: qpcr", "kind: pcr", "study.yaml:11", "did you mean `qpcr`"),
        ("study.yaml", "higher_is: worse", "higher_is: bad", "study.yaml:16", "choose one of them"),
        ("study.yaml", "highest: 100", "highest: 100 mm", "study.yaml:16", "without a unit"),
        ("study.yaml", "lowest: 0", "lowest: 200", "study.yaml:16", "swap or correct"),
        (
            "study.yaml",
            "references: [RPLP0]",
            "references: []",
            "study.yaml:11",
            "name the targets",
        ),
        ("study.yaml", "control: true", "control: yes", "study.yaml:7", "true or false"),
        ("study.yaml", "analytes: [TNF]", "analytes: [TFN]", "study.yaml:22", "correct the name"),
        ("study.yaml", "stimulus: ATP", "stimulus: none", "study.yaml:23", "unstimulated level"),
        ("study.yaml", "[patient, NO]", "[patient, patient]", "study.yaml:20", "[first, second]"),
        ("study.yaml", "assay: mrna", "assay: rna", "study.yaml:13", "correct the name"),
        (
            "study.yaml",
            "title: A study",
            "title: [A study",
            "study.yaml:3",
            "missing colon, quote or bracket",
        ),
        (
            "study.yaml",
            "title: A study",
            "title: A\ntitle: B",
            "study.yaml:3",
            "remove one of the two",
        ),
        ("donors.csv", "NO1,NO", "NO1,no", "donors.csv:3", "correct the group"),
        ("donors.csv", "NO1,NO,50", "0071,NO,50", "donors.csv:3", "remove one line"),
        ("donors.csv", "NO1,NO,50", "NO1,NO", "donors.csv:3", "separator"),
        (
            "plates/Q1.csv",
            "A01,sample,0071",
            "A01,sample,71",
            "plates/Q1.csv:2",
            "add the donor to donors.csv",
        ),
        ("plates/Q1.csv", "A02", "A1", "plates/Q1.csv:3", "correct the well"),
        ("plates/Q1.csv", "0071,ATP", "0071,LPS", "plates/Q1.csv:3", "declare it in study.yaml"),
        ("plates/Q1.csv", "0071,ATP", "0071,", "plates/Q1.csv:3", "fill the column"),
        ("plates/Q1.csv", "A02,sample", "A02,smaple", "plates/Q1.csv:3", "correct the role"),
        ("plates/Q1.csv", "stimulus", "stimulant", "plates/Q1.csv:1", "rename it"),
        ("plates/Q1.csv", "A01,sample,0071", "A01,sample,#71", "plates/Q1.csv:2", "is a comment"),
        ("study.yaml", "raw/Q2.rdml", "./raw/Q1.rdml", "./raw/Q1.rdml", "a copied line"),
        ("study.yaml", "title: A study", "title:", "study.yaml:2", "give a value"),
        (
            "study.yaml",
            "title: A study",
            'title: "A study',
            "study.yaml:2",
            "missing colon, quote or bracket",
        ),
        ("study.yaml", "{id: Q1,", "{id: '',", "study.yaml:13", "respell the id"),
        ("study.yaml", "raw/Q2.rdml", "/raw/Q2.rdml", "study.yaml:14", "write `file: raw/Q2.rdml`"),
        ("study.yaml", "{id: Q1,", "{id: Q/1,", "study.yaml:13", "respell the id"),
        ("study.yaml", "{id: Q1,", "{id: " + 61 * "Q" + ",", "study.yaml:13", "respell the id"),
        (
            "study.yaml",
            "analytes: [TNF]",
            "analytes: []",
            "study.yaml:22",
            "name the analytes asked",
        ),
        (
            "study.yaml",
            "analytes: [TNF]",
            "analytes: [TNF, TNF]",
            "study.yaml:22",
            "remove the others",
        ),
        (
            "study.yaml",
            "assays: [mrna]",
            "assays: [mrna, mrna]",
            "study.yaml:21",
            "remove the others",
        ),
        (
            "study.yaml",
            "title: A study",
            "title: A\nplan: {seed: -1}",
            "study.yaml:3",
            "1 is usual",
        ),
        (
            "study.yaml",
            "title: A study",
            "title: A\nplan: {permutations: -1}",
            "study.yaml:3",
            "9999 is usual",
        ),
        (
            "study.yaml",
            "title: A study",
            "title: A\nplan: {declared: yesterday}",
            "study.yaml:3",
            "written down",
        ),
        (
            "study.yaml",
            "title: A study",
            "title: A\nplan: {declared: 2026-13-45}",
            "study.yaml:3",
            "written down",
        ),
    ],
)
def test_a_mistake_names_its_line_and_its_cure(
    folder: Path, file: str, old: str, new: str, place: str, cure: str
) -> None:
    change(folder, old, new, file)
    assert any(text.startswith(place) and cure in text for text in mistakes(folder)), mistakes(
        folder
    )


RESULTS = """\
exvivo: 1
title: Plasma
groups: [{id: a, name: a}, {id: b, name: b}]
analytes: [{id: TNF}]
assays:
  - {id: plasma, kind: results}
plates:
  - {id: P, assay: plasma, file: raw/r.csv, layout: plates/P.csv}
  - {id: R, assay: plasma, file: raw/r.csv, layout: plates/R.csv}
"""


@pytest.fixture
def plasma(tmp_path: Path) -> Path:
    (tmp_path / "plates").mkdir()
    (tmp_path / "raw").mkdir()
    (tmp_path / "study.yaml").write_text(RESULTS)
    (tmp_path / "donors.csv").write_text("donor,group\nd1,a\nd2,b\n")
    (tmp_path / "plates" / "P.csv").write_text("well,role,donor,dilution\ns1,sample,d1,4\n")
    (tmp_path / "plates" / "R.csv").write_text("well,role,donor,dilution\ns2,sample,d2,1\n")
    (tmp_path / "raw" / "r.csv").write_text("well,TNF\n")
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "cure"),
    [
        ("plates/R.csv", "s2", "s1", "raw/r.csv", "a copied line"),
        (
            "study.yaml",
            "kind: results",
            "kind: results, value: mfi",
            "plates/P.csv:2",
            "leave the dilution out",
        ),
        (
            "study.yaml",
            "kind: results",
            "kind: results, analyte: what",
            "study.yaml:6",
            "add `result: ...`",
        ),
        (
            "study.yaml",
            "kind: results",
            "kind: results, result: pg",
            "study.yaml:6",
            "add `analyte: ...`",
        ),
        (
            "study.yaml",
            "kind: results",
            "kind: results, limits: {TNF: {lower: 0}}",
            "study.yaml:6",
            "correct the limits",
        ),
        (
            "study.yaml",
            "kind: results",
            "kind: results, limits: {TNF: {lower: 5, upper: 3}}",
            "study.yaml:6",
            "correct the limits",
        ),
    ],
)
def test_mistakes_of_a_table_of_results(
    plasma: Path, file: str, old: str, new: str, place: str, cure: str
) -> None:
    assert load(plasma).assay("plasma").unit == "pg/mL"  # type: ignore[union-attr]
    change(plasma, old, new, file)
    (found,) = mistakes(plasma)
    assert found.startswith(place) and cure in found


def test_fluorescence_is_not_in_picograms(plasma: Path) -> None:
    change(plasma, "kind: results", "kind: results, value: mfi")
    change(plasma, "d1,4", "d1,1", "plates/P.csv")
    assert load(plasma).assay("plasma").unit == "MFI"  # type: ignore[union-attr]


@pytest.mark.parametrize("field", ["file", "curves", "melt"])
def test_no_file_of_a_plate_is_named_from_the_root_of_this_computer(
    folder: Path, field: str
) -> None:
    """Also where the file is there: on another computer it is not."""
    (folder / "raw" / "there.csv").write_bytes(b"")
    named = f"file: {folder}/raw/there.csv"
    if field != "file":
        named = f"file: raw/Q2.rdml, {field}: {folder}/raw/there.csv"
    change(folder, "file: raw/Q2.rdml", named)
    (found,) = mistakes(folder)
    assert "a path from the root of this computer" in found
    assert f"put the file into raw/ and write `{field}: raw/there.csv`" in found


def test_no_file_of_a_well_is_named_from_the_root_of_this_computer(folder: Path) -> None:
    change(folder, ", file: raw/Q1.rdml", "")
    lines = LAYOUT.splitlines()
    files = ["file", *(f"{folder}/raw/{name}.fcs" for name in "abcd")]
    text = "\n".join(f"{line},{file}" for line, file in zip(lines, files, strict=True))
    (folder / "plates" / "Q1.csv").write_text(text)
    for name in "abcd":
        (folder / "raw" / f"{name}.fcs").write_bytes(b"")
    (found,) = mistakes(folder)
    assert found.startswith("plates/Q1.csv:2")
    assert "a path from the root of this computer" in found


def test_a_file_of_one_well_serves_one_well(folder: Path) -> None:
    change(folder, ", file: raw/Q1.rdml", "")
    lines = LAYOUT.splitlines()
    files = ["file", "raw/a.fcs", "raw/b.fcs", "raw/a.fcs", "raw/c.fcs"]
    text = "\n".join(f"{line},{file}" for line, file in zip(lines, files, strict=True))
    (folder / "plates" / "Q1.csv").write_text(text)
    for name in "abc":
        (folder / "raw" / f"{name}.fcs").write_bytes(b"")
    (found,) = mistakes(folder)
    assert (
        found.startswith("plates/Q1.csv:4")
        and "raw/a.fcs for well A1 of plate Q1 (plates/Q1.csv:2)" in found
    )


def test_two_runs_of_one_file_are_two_plates(folder: Path) -> None:
    change(folder, "raw/Q2.rdml", "raw/Q1.rdml, run: second")
    assert "a copied line" in mistakes(folder)[0]
    change(folder, "raw/Q1.rdml,", "raw/Q1.rdml, run: first,")
    assert load(folder).plates[1].run == "second"


def test_rows_of_a_plate_nobody_declared_are_one_mistake(folder: Path) -> None:
    lines = LAYOUT.splitlines()
    plates = ["plate", "Q1", "Q1", "q1", "q1"]
    (folder / "plates" / "Q1.csv").write_text(
        "\n".join(f"{p},{line}" for p, line in zip(plates, lines, strict=True))
    )
    (found,) = mistakes(folder)
    assert found.startswith(
        "plates/Q1.csv:4\n  found     plate q1 (did you mean `Q1`?), in 2 lines"
    )


@pytest.mark.parametrize("second", ["MORE_TNF", "more-tnf", "more_tnf_overview", "CON"])
def test_questions_of_nearly_one_name_are_two(folder: Path, second: str) -> None:
    """Their files are told apart by the report (tests/tell/test_paths.py)."""
    with (folder / "study.yaml").open("a") as handle:
        handle.write(
            f"  - "
            f"{{id: {second}, ask: difference, groups: [patient, NO], assays: [mrna], analytes: [IL6], stimulus: ATP}}\n"
        )
    asked = [question.id for question in load(folder).questions]
    assert asked[0] == "more_tnf" and asked[-1] == second


def test_ids_may_be_in_any_language(folder: Path) -> None:
    change(folder, "id: more_tnf", "id: Größe 2.1-β")
    assert load(folder).questions[0].id == "Größe 2.1-β"


def test_deep_nesting_is_a_mistake(folder: Path) -> None:
    (folder / "study.yaml").write_text("a: " + "[" * 3000 + "]" * 3000)
    assert "lists inside lists" in mistakes(folder)[0]


def test_an_alias_inside_its_own_anchor_is_a_mistake(folder: Path) -> None:
    change(folder, "groups: [patient, NO]", "groups: &a [*a]")
    assert mistakes(folder)


def test_folded_text_is_its_words(folder: Path) -> None:
    change(folder, "title: A study", "title: >-\n  A study\n  of two lines")
    assert load(folder).title == "A study of two lines"


def test_every_kind_has_its_record() -> None:
    """The registries hold each member of the unions under the word that study.yaml uses."""
    for registry, union, words in ((QUESTIONS, Question, Ask), (ASSAYS, Assay, AssayKind)):
        assert tuple(registry) == get_args(words)
        assert set(registry.values()) == set(get_args(union))
        for word, record in registry.items():
            kind: type = record
            tag = "ask" if registry is QUESTIONS else "kind"
            assert get_args(record_fields(kind)[tag][0]) == (word,)


TABLE = "donor,group\n0071,patient\nNO1,NO\n"


@pytest.mark.parametrize(
    "raw",
    [
        TABLE.replace("\n", "\r").encode(),
        TABLE.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + TABLE.encode(),
        TABLE.encode("utf-16"),
        TABLE.replace(",", ";").encode(),
        b"sep=;\r\n" + TABLE.replace(",", ";").encode(),
        b'# the "donors\n' + TABLE.replace("0071", '"0071"').encode(),
    ],
)
def test_tables_are_read_as_spreadsheets_write_them(folder: Path, raw: bytes) -> None:
    (folder / "donors.csv").write_bytes(raw)
    assert load(folder).donors["donor"].to_list() == ["0071", "NO1"]


@pytest.mark.parametrize(
    ("raw", "place", "found"),
    [
        (TABLE.encode() + b'"NO2,NO\nx,NO\n', "donors.csv:4", "a double quote that is not closed"),
        (TABLE.encode() + b'"NO2"x,NO\n', "donors.csv:4", "a slip"),
        (TABLE.encode() + b"NO2\nNO3\nNO4,NO\n", "donors.csv:4", "1 cell (also in line 5)"),
        (TABLE.encode() + b"a" * 200_000 + b",NO\n", "donors.csv:4", "field larger"),
        (TABLE.encode() + b"\0\0", "donors.csv", "not text"),
        (b"PK\x03\x04" + bytes(60), "donors.csv", "an Excel workbook"),
        (TABLE.replace(",", "|").encode(), "donors.csv:1", "cells separated by `|`"),
        (b"", "donors.csv", "an empty file"),
        (b"donor,group\n", "donors.csv", "no donor"),
    ],
)
def test_a_table_that_is_none_is_a_mistake(
    folder: Path, raw: bytes, place: str, found: str
) -> None:
    (folder / "donors.csv").write_bytes(raw)
    told = [text for text in mistakes(folder) if text.startswith(place + "\n")]
    assert told and found in told[0]


def test_what_may_not_be_read_is_not_called_absent(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    whole = os.open

    def refuse(path: Path, flags: int) -> int:
        if path.name in ("donors.csv", "Q1.rdml"):
            raise PermissionError(13, "Permission denied", str(path))
        return whole(path, flags)

    monkeypatch.setattr(os, "open", refuse)
    told = mistakes(folder)
    assert len(told) == 2 and all(
        "may not be read" in text and "the right to read it" in text for text in told
    )


def test_a_folder_in_place_of_a_table_is_named(folder: Path) -> None:
    (folder / "donors.csv").unlink()
    (folder / "donors.csv").mkdir()
    assert "a folder, not a file" in mistakes(folder)[0]


def test_all_mistakes_come_at_once(folder: Path) -> None:
    change(folder, "NO1,NO", "NO1,no", "donors.csv")
    change(folder, "A02", "A1", "plates/Q1.csv")
    change(folder, "B2,sample", "B2,sampl", "plates/Q2.csv")
    change(folder, "analytes: [TNF]", "analytes: [TFN]")
    assert len(mistakes(folder)) == 4


def test_groups_never_on_one_plate_are_refused(folder: Path) -> None:
    (folder / "donors.csv").write_text("donor,group\n0071,patient\n0072,patient\nNO1,NO\n")
    plate = "well,role,donor,stimulus\nA1,sample,{0},none\nA2,sample,{0},ATP\n"
    (folder / "plates" / "Q1.csv").write_text(
        plate.format("0071") + "A3,sample,0072,none\nA4,sample,0072,ATP\n"
    )
    (folder / "plates" / "Q2.csv").write_text(plate.format("NO1"))
    (found,) = mistakes(folder)
    assert "every plate holds one group only (plate Q1: patient; plate Q2: NO)" in found
    (folder / "plates" / "Q1.csv").write_text(plate.format("0071"))
    assert (
        load(folder).layout.height == 4
    )  # one donor a plate: groups differ in plates no more than donors do


def test_a_missing_study_file_says_how_to_get_one(tmp_path: Path) -> None:
    assert "exvivo new" in mistakes(tmp_path)[0]


def test_the_schema_accepts_the_study_and_refuses_a_slip() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    plain = YAML(typ="safe", pure=True).load(
        STUDY.replace("{id: NO,", "{id: 'NO',").replace("NO]", "'NO']")
    )
    jsonschema.validate(plain, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain | {"titel": "x"}, schema)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, len(STUDY) - 1), st.integers(0, 30), st.text(max_size=8))
def test_a_mangled_study_is_a_study_error_or_a_study(
    folder: Path, start: int, length: int, text: str
) -> None:
    mangled = STUDY[:start] + text + STUDY[start + length :]
    (folder / "study.yaml").write_text(mangled, encoding="utf-8", errors="replace")
    try:
        load(folder)
    except StudyError as error:
        assert all(m.where and m.cure for m in error.mistakes)


@pytest.mark.parametrize(
    ("written", "plain"), [("a01", "A1"), ("H12", "H12"), ("p024", "P24"), ("CT001", "CT001")]
)
def test_wells_have_one_spelling(written: str, plain: str) -> None:
    assert plain_well(written) == plain


def test_several_doses_or_times_of_one_stimulus_are_refused_where_a_question_names_it(
    folder: Path,
) -> None:
    change(folder, "stimulus\n", "stimulus,dose,time\n", "plates/Q1.csv")
    for well, said in (
        ("none\nA02", "none,,\nA02"),
        ("0071,ATP", "0071,ATP,1 mM,4 h"),
        ("NO1,none", "NO1,none,,"),
        ("NO1,ATP", "NO1,ATP,3 mM,24 h"),
    ):
        change(folder, well, said, "plates/Q1.csv")
    (found,) = mistakes(folder)
    assert "the stimulus `ATP` at several doses or times (1 mM 4 h; 3 mM 24 h; 1 mM)" in found
    assert "declare each dose and time as a stimulus of its own" in found


def test_a_question_of_a_study_without_stimuli_is_checked_quietly(plasma: Path) -> None:
    """Warnings are errors in the tests: a condition that is not there is compared with nothing."""
    question = "{id: q, ask: difference, groups: [a, b], assays: [plasma], analytes: [TNF]}"
    with (plasma / "study.yaml").open("a") as handle:
        handle.write(f"questions: [{question}]\n")
    assert load(plasma).questions[0].id == "q"


def test_a_question_about_a_stimulus_no_sample_was_given_is_refused(folder: Path) -> None:
    for plate in ("Q1", "Q2"):
        (folder / "plates" / f"{plate}.csv").write_text(LAYOUT.replace(",ATP", ",none"))
    found = " ".join(mistakes(folder))
    assert (
        "no sample with stimulus `ATP` on a plate of assay `mrna`; its samples have: none" in found
    )
