"""Questionnaires of a study: their scores are its scales, and every slip of their block is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from exvivo.errors import StudyError
from exvivo.study import load
from exvivo.study.load import read_study_file
from exvivo.study.questionnaires import answer_columns

STUDY = """\
exvivo: 1
title: A study
groups: [{id: FM, name: patients}, {id: HC, name: healthy people}]
analytes: [{id: TNF}]
assays: [{id: mrna, kind: qpcr, references: [RPLP0]}]
plates: [{id: Q1, assay: mrna, file: raw/Q1.rdml, layout: plates/Q1.csv}]
scales:
  - {id: VAS, name: pain, lowest: 0, highest: 100, higher_is: worse, column: pain_now}
questionnaires:
  - {id: HADS, items: ["hads{1-14}"], coding: points, totals: {HADS_A: hads_a}}
questions:
  - id: related
    ask: association
    assays: [mrna]
    analytes: [TNF]
    within: FM
    scales: [VAS, HADS_A]
"""
OWN = """\
id: TIRED
name: tiredness, our own two items
licence: ours
sources: [our own]
items: [{ids: [1-2], lowest: 0, highest: 3}]
scores:
  - {id: TIRED, name: tiredness, rule: sum, items: [1-2], lowest: 0, highest: 6, higher_is: worse}
examples:
  - {answers: [3, 3], scores: {TIRED: 6}, source: by hand}
  - {answers: [0, 0], scores: {TIRED: 0}, source: by hand}
  - {answers: [1, 2], scores: {TIRED: 3}, source: by hand}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("plates", "raw", "scales"):
        (tmp_path / name).mkdir()
    (tmp_path / "study.yaml").write_text(STUDY)
    (tmp_path / "donors.csv").write_text("donor,group\nP1,FM\nC1,HC\n")
    layout = "well,role,donor\nA1,sample,P1\nA2,sample,C1\n"
    (tmp_path / "plates" / "Q1.csv").write_text(layout)
    (tmp_path / "raw" / "Q1.rdml").write_bytes(b"")
    (tmp_path / "scales" / "tired.yaml").write_text(OWN)
    return tmp_path


def change(folder: Path, old: str, new: str, file: str = "study.yaml") -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))


def slips(folder: Path) -> str:
    with pytest.raises(StudyError) as caught:
        load(folder)
    return "\n".join(map(str, caught.value.mistakes))


def test_the_scores_of_a_questionnaire_are_scales(folder: Path) -> None:
    study = load(folder)
    assert [scale.id for scale in study.scales] == ["VAS", "HADS_A", "HADS_D"]
    anxiety = study.scales[1]
    assert (anxiety.lowest, anxiety.highest, anxiety.higher_is) == (0, 21, "worse")
    assert study.name_of("HADS_A") == anxiety.name
    columns = [column.name for column in answer_columns(study)]
    assert columns == ["pain_now", *(f"hads{n}" for n in range(1, 15)), "hads_a"]


def test_a_score_that_nobody_uses_is_no_scale(folder: Path) -> None:
    change(folder, "coding: points,", "coding: points, scores: [HADS_A],")
    assert [scale.id for scale in load(folder).scales] == ["VAS", "HADS_A"]


def test_without_items_a_ready_total_is_a_scale_and_no_coding_is_asked(folder: Path) -> None:
    change(folder, 'items: ["hads{1-14}"], coding: points, ', "")
    assert [scale.id for scale in load(folder).scales] == ["VAS", "HADS_A"]


@pytest.mark.parametrize(
    ("old", "new", "finding", "cure"),
    [
        ("id: HADS,", "id: HADs,", "no questionnaire 'HADs'", "did you mean"),
        ("coding: points, ", "", "no `coding`", "totals differ from way to way"),
        ("coding: points", "coding: boxes", "coding 'boxes'", "correct it"),
        ("hads{1-14}", "hads{1-13}", "13 columns of items", "exvivo scales HADS"),
        ('"hads{1-14}"', '"hads{1-13}", hads1', "the column hads1 for 2 items", "correct"),
        ("{HADS_A: hads_a}", "{HADS_B: hads_a}", "score `HADS_B`", "correct the name"),
        ("id: VAS,", "id: HADS_D,", "scale HADS_D, which HADS gives too", "remove it"),
    ],
)
def test_a_slip_of_the_block_is_told_once(
    folder: Path, old: str, new: str, finding: str, cure: str
) -> None:
    change(folder, old, new)
    if "VAS" in old:
        change(folder, "scales: [VAS, ", "scales: [")
    told = slips(folder)
    assert finding in told and cure in told and "study.yaml:" in told
    if "questionnaire" not in finding:  # Of a questionnaire that is not known no score is known.
        assert told.count("to fix") == 1


def test_a_questionnaire_twice_is_refused(folder: Path) -> None:
    line = '  - {id: HADS, items: ["hads{1-14}"], coding: points, totals: {HADS_A: hads_a}}\n'
    change(folder, line, line + line)
    assert "HADS a second time" in slips(folder)


def test_a_scale_of_ones_own_is_a_file_of_the_study(folder: Path) -> None:
    mine = "  - {id: TIRED, file: scales/tired.yaml, items: [t1, t2]}\n"
    change(folder, "questions:\n", f"{mine}questions:\n")
    assert load(folder).scales[-1].name == "tiredness"
    assert read_study_file(folder)[0].scales[-1].id == "TIRED"
    change(folder, "highest: 3", "highest: three", file="scales/tired.yaml")
    assert "scales/tired.yaml:5" in slips(folder)
    change(folder, "scales/tired.yaml", "../tired.yaml")
    assert "a file of the study folder" in slips(folder)
