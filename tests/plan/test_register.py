"""Answers for a registry: from a lock that holds, with nothing made up and no donor named."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from every_question import every_question

from exvivo import record, store
from exvivo.cli import main
from exvivo.errors import StudyError
from exvivo.plan.register import FOLDER, register
from exvivo.tell.planned.registration import YOURS

PLANNED = """
assumptions:
  effects: [{stimulus: ATP, fold: 3}, {stimulus: ATP, group: FM, analytes: [TNF], fold: 1.2}]
  spreads: [{response: 0.65, well: 0.2, source: a pilot of 8 donors}]
  dropouts: 0.1
"""


def write_study(folder: Path) -> Path:
    """A study that asks every kind of question, before its instrument files are there."""
    every_question().write(folder)
    for file in (folder / "raw").glob("*.csv"):
        if file.name not in ("profiles.csv", "references.csv"):
            file.unlink()
    path = folder / "study.yaml"
    text = path.read_text("utf-8").replace("fibromyalgia}", "fibromyalgia, n: 8}")
    text = text.replace("healthy people}", "healthy people, n: 7}")
    text = text.replace("seed: 1}", "seed: 1, wells: 2, stopping: when 8 and 7 are measured}")
    path.write_text(text + PLANNED, "utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_study(tmp_path / "study")


def refusal(folder: Path) -> str:
    with pytest.raises(StudyError) as error:
        register(folder, ["osf"])
    assert not (folder / FOLDER).exists()
    return str(error.value)


def test_the_answers_are_those_of_the_lock(folder: Path) -> None:
    lock = record.lock(folder, looks=(10, 15))
    result = CliRunner().invoke(main, ["plan", "register", str(folder), "--json"])
    assert result.exit_code == 0, result.output
    answers = json.loads(result.output)
    assert {each["lock"]["hash"] for each in answers.values()} == {lock.hash}
    page = (folder / FOLDER / "aspredicted.md").read_text("utf-8")
    for words in (
        f"row 1 of its record, {lock.recorded[:10]}",
        lock.hash,
        "before any run on record here, with 2 files of expression data in the folder",
        "Some: see below.",
        "8 people with fibromyalgia and 7 healthy people: 15 donors",
        "No more donors are taken in when 8 and 7 are measured.",
        "looked at with 10 and 15 donors",
        "2 wells",
        "TNF under extracellular ATP in people with fibromyalgia: 1.2-fold (assumed).",
        "SD (log2) between donors' responses 0.65, between wells 0.2 (a pilot of 8 donors).",
        "Expected to be lost: 10 % of donors.",
        "Welch's t interval",
        "pain, visual analogue scale",
        "No line of exclusions.csv",
    ):
        assert words.lower() in page.lower(), words
    assert page.count(YOURS) == 2, "the lead, and who is not taken into the study"
    assert not re.search(r"\b(FM|HC)\d", page), "no donor"


def test_both_registries_answer_every_part(folder: Path) -> None:
    record.lock(folder)
    short, long = register(folder, ["aspredicted", "osf"])
    assert (len(short.sections), len(long.sections)) == (10, 20)
    for each in (short, long):
        assert all(section.paragraphs for section in each.sections)
        text = each.page.read_text("utf-8")
        assert all(
            f"`{question.id}`" in text for question in record.standing(folder).study.questions
        )


def test_nothing_is_registered_without_a_lock(folder: Path) -> None:
    assert "nothing is locked" in refusal(folder)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("margin: 1}", "margin: 2, margin_reason: usual}", "`more`: changed since: margin 1 → 2"),
        ("n: 8}", "n: 9}", "The planned sample size changed since: groups.FM.n: 8 → 9"),
        ("fold: 1.2", "fold: 2", "effects.2.fold: 1.2 → 2"),
        ("id: levels", "id: at_rest", "`at_rest` came later"),
        ("highest: 100", "highest: 10", "scales.VAS.highest: 100 → 10"),
    ],
)
def test_a_broken_lock_is_refused_with_what_broke_it(
    folder: Path, before: str, after: str, words: str
) -> None:
    record.lock(folder)
    path = folder / "study.yaml"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")
    assert words in refusal(folder)


def test_a_study_that_is_locked_again_is_registered_from_that_lock(folder: Path) -> None:
    record.lock(folder)
    path = folder / "study.yaml"
    path.write_text(path.read_text("utf-8").replace("n: 8}", "n: 9}"), "utf-8")
    record.lock(folder)
    assert register(folder, ["osf"])[0].lock.row == 2


def test_what_was_measured_before_the_lock_is_said(tmp_path: Path) -> None:
    folder = every_question().write(tmp_path / "study")
    record.lock(folder)
    answers = register(folder, ["aspredicted"])[0].sections[0].paragraphs
    assert answers[0].startswith("Some")
    assert "with 2 instrument files and 2 files of expression data in the folder" in answers[1]


def test_what_plan_writes_is_no_file_of_the_study(folder: Path) -> None:
    first = record.lock(folder)
    register(folder, ["osf"])
    again = record.lock(folder)
    assert (again.instrument_files, again.other_files) == (
        first.instrument_files,
        first.other_files,
    )
    (folder / "notes.txt").write_text("seen by a lock")
    assert record.lock(folder).other_files == first.other_files + 1
    assert store.examine(folder).changes == ()


def test_an_earlier_lock_that_held_something_else_is_named(folder: Path) -> None:
    record.lock(folder)
    path = folder / "study.yaml"
    text = path.read_text("utf-8")
    assert "wells: 2" in text
    path.write_text(text.replace("wells: 2", "wells: 3, cultures: 1"), "utf-8")
    shown = CliRunner().invoke(main, ["lock", str(folder)]).output
    assert "An earlier lock stands on record." in shown and "2 → 3" in shown
    assert "1 culture of each" in shown
    (one, _) = register(folder, ["aspredicted", "osf"])
    page = one.page.read_text("utf-8")
    assert page.count("An earlier lock stands on record.") == 1 and "2 → 3" in page
    again = json.loads(CliRunner().invoke(main, ["lock", str(folder), "--json"]).output)
    assert [each["changed"] for each in again["earlier"]] == [["size"], []]
