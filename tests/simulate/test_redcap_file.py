"""The REDCap project of a virtual study says exactly what its people are, in REDCap's own layout.

Read here with csv alone, so that no reader of ours is both judge and party.
"""

from __future__ import annotations

import csv
import datetime
import io
from pathlib import Path

import numpy as np
import pytest

from exvivo.simulate import VirtualStudy, model_study, write
from exvivo.simulate.redcap_answers import items_of
from exvivo.simulate.redcap_file import DATA, DICTIONARY, LABELS, LINKS, SEMICOLONS, redcap_files

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def virtual() -> VirtualStudy:
    return model_study(rng=np.random.default_rng(7))


@pytest.fixture(scope="module")
def files(virtual: VirtualStudy) -> dict[str, str]:
    return redcap_files(virtual, rng=np.random.default_rng(3))


def rows_of(text: str, delimiter: str = ",") -> Rows:
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def of_event(rows: Rows, event: str) -> dict[str, dict[str, str]]:
    kept = (r for r in rows if r["redcap_event_name"] == event and not r["redcap_repeat_instance"])
    return {row["record_id"]: row for row in kept}


@pytest.mark.parametrize("total", range(22))
def test_items_sum_to_their_score_and_are_answers_of_the_form(total: int) -> None:
    for seed in range(20):
        answers = items_of(total, 7, rng=np.random.default_rng(seed))
        assert answers.sum() == total and answers.min() >= 0 and answers.max() <= 3


def test_items_differ_as_those_of_people_do() -> None:
    answers = np.array([items_of(9, 7, rng=np.random.default_rng(n)) for n in range(200)])
    assert 0.5 < answers.std(axis=1).mean() < 1.1
    assert len({tuple(each) for each in answers.tolist()}) > 150


def test_scores_and_bodies_are_those_of_the_virtual_people(
    virtual: VirtualStudy, files: dict[str, str]
) -> None:
    rows = rows_of(files[DATA])
    enrolled, visited = of_event(rows, "enrolment_arm_1"), of_event(rows, "visit_1_arm_1")
    assert list(enrolled) == list(visited) == virtual.people.donors
    for person, scores in zip(
        virtual.people.table.rows(named=True), virtual.people.scores, strict=True
    ):
        who, answers = enrolled[person["donor"]], visited[person["donor"]]
        odd = sum(int(answers[f"hads{n}"]) for n in range(1, 15, 2))
        even = sum(int(answers[f"hads{n}"]) for n in range(2, 15, 2))
        read = [answers["pain_vas"], odd, even, answers["qol_score"]]
        assert [float(str(each)) for each in read] == scores.tolist()
        assert [answers["hads_a"], answers["hads_d"]] == [str(odd), str(even)]
        height = float(who["height"].replace(",", "."))
        assert f"{float(who['weight']) / height**2:.1f}" == who["bmi"] == person["bmi"]
        born, seen = (datetime.date.fromisoformat(x) for x in (who["dob"], answers["visit_date"]))
        years = seen.year - born.year - ((seen.month, seen.day) < (born.month, born.day))
        assert str(years) == person["age"]
        assert {"1": "FM", "2": "HC"}[who["study_group"]] == person["group"]
        assert {"0": "female", "1": "male"}[who["sex"]] == person["sex"]
        assert (who["menopause"] == "") == (who["sex"] == "1")


def test_the_layout_is_that_of_redcap(files: dict[str, str]) -> None:
    dictionary, rows = list(csv.reader(io.StringIO(files[DICTIONARY]))), rows_of(files[DATA])
    assert {len(line) for line in dictionary} == {18}
    columns = set(rows[0]) - {"record_id"} - {name for name in rows[0] if "redcap_" in name}
    fields = {line[0] for line in dictionary[1:]} - {"record_id"}
    forms = {line[1] for line in dictionary[1:]}
    assert {name.partition("___")[0] for name in columns} == fields | {
        f"{form}_complete" for form in forms
    }
    assert [line[0] for line in dictionary if line[10] == "y"] == ["first_name", "dob"]
    for row in rows:
        is_repeat = bool(row["redcap_repeat_instrument"])
        boxes = {row[name] for name in row if name.startswith("areas___")}
        is_visit = row["redcap_event_name"] == "visit_1_arm_1" and not is_repeat
        assert boxes <= ({"0", "1"} if is_visit else {""})
        assert (row["diary_pain"] != "") == is_repeat == (row["pain_diary_complete"] == "2")


def test_a_form_that_nobody_opened_exports_zeros(files: dict[str, str]) -> None:
    visits = of_event(rows_of(files[DATA]), "visit_1_arm_1").values()
    unopened = [row for row in visits if row["painful_areas_complete"] == "0"]
    assert 0 < len(unopened) < len(visits)
    for row in visits:
        boxes = {row[name] for name in row if name.startswith("areas___")}
        assert (boxes == {"0"}) == (row["painful_areas_complete"] == "0")


def test_the_three_exports_say_the_same(files: dict[str, str]) -> None:
    rows = list(csv.reader(io.StringIO(files[DATA])))
    assert files[SEMICOLONS].startswith("\ufeff")
    other = csv.reader(io.StringIO(files[SEMICOLONS].removeprefix("\ufeff")), delimiter=";")
    assert list(other) == rows
    header, *labels = csv.reader(io.StringIO(files[LABELS]))
    assert len(labels) == len(rows) - 1 and header.count("Complete?") == 6
    at = {name: column for column, name in enumerate(rows[0])}
    pairs = {
        (raw[at["sex"]], words[at["sex"]]) for raw, words in zip(rows[1:], labels, strict=True)
    }
    assert pairs == {("0", "female"), ("1", "male"), ("", "")}
    box = at["areas___1"]
    boxes = {(raw[box], words[box]) for raw, words in zip(rows[1:], labels, strict=True)}
    assert boxes == {("0", "Unchecked"), ("1", "Checked"), ("", "")}


def test_linked_records_have_names_of_their_own(virtual: VirtualStudy) -> None:
    files = redcap_files(virtual, rng=np.random.default_rng(3), linked=True)
    links = {row["record"]: row["donor"] for row in rows_of(files[LINKS])}
    enrolled = of_event(rows_of(files[DATA]), "enrolment_arm_1")
    assert list(links) == list(enrolled) == [f"{n:04d}" for n in range(1, 25)]
    assert sorted(links.values()) == sorted(virtual.people.donors) != list(links.values())
    for record, row in enrolled.items():
        assert (row["study_group"] == "1") == links[record].startswith("FM")


def test_the_folder_has_no_table_of_donors_or_scores(virtual: VirtualStudy, tmp_path: Path) -> None:
    write(virtual, tmp_path / "a", redcap=np.random.default_rng(3))
    names = {p.relative_to(tmp_path / "a").as_posix() for p in (tmp_path / "a").rglob("*.csv")}
    assert {DATA, DICTIONARY, "plates/Q1.csv"} <= names
    assert not {"donors.csv", "clinic.csv"} & names
    assert redcap_files(virtual, rng=np.random.default_rng(3))[DATA] == (
        tmp_path / "a" / DATA
    ).read_text(encoding="utf-8")
