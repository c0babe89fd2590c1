"""A text that is handed out and holds the id or a day of a person is a mistake, with its line and
its cure; a word that may stand for anything else is none.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from every_question import every_question
from test_summary import declared

from exvivo.errors import StudyError
from exvivo.gather import gather
from exvivo.study.load import read_study_file
from exvivo.study.records import Study
from exvivo.study.summary_people import people_mistakes
from exvivo.study.summary_records import PlainWord, Summary
from exvivo.study.written_days import written_days

FIRST = date(2025, 3, 1)


def found(folder: Path, text: str, *donors: str, day: str = "", clinic: str = "") -> list[str]:
    """What is found in a text of the German summary, of a study with some donors."""
    declared(folder, "")
    study, entry = read_study_file(folder)
    people = {"donor": list(donors), "drawn": [day] * len(donors)}
    whole = with_people(study, people, Summary(chosen={"de": text}))
    texts = {"clinic.csv": clinic.encode()} if clinic else {}
    return [each.found for each in people_mistakes(whole, entry, texts)]


def with_people(study: Study, people: dict[str, list[str]], summary: Summary) -> Study:
    return replace(study, donors=pl.DataFrame(people), summary=summary)


@pytest.mark.parametrize(
    ("text", "donor"),
    [
        ("FM01 kam zuerst.", "FM01"),
        ("Zuerst kam (fm01).", "FM01"),
        ("最初はFM01です。", "FM01"),
        ("最初はＦＭ０１です。", "FM01"),
        ("Zuerst kam FM 01.", "FM-01"),
        ("Zuerst kam FM01_1.", "FM01"),
        ("Zuerst kam P1.", "P1"),
        ("Zuerst kam Rosa.", "Rosa"),
    ],
)
def test_an_id_is_found_as_a_whole_word(tmp_path: Path, text: str, donor: str) -> None:
    (mistake,) = found(tmp_path, text, donor, "X9")
    assert mistake.startswith(f"{donor}, the id of a donor or culture")


@pytest.mark.parametrize(
    ("text", "donor"),
    [
        ("Es kamen FM010 und XFM01.", "FM01"),
        ("Antrag 12 von 2024.", "12"),
        ("Antrag 12 von 2024.", "2024"),
        ("Gruppe A kam zuerst.", "A"),
        ("One has withdrawn. 1 more moved.", "withdrawn-1"),
        ("Wir fragten die FM.", "FM"),
        ("TNF und IL6 wurden gemessen.", "IL6"),
        ("All people with pain.", "people"),
        ("Die rosa Proben.", "Rosa"),
    ],
)
def test_a_word_that_may_be_another_is_none(tmp_path: Path, text: str, donor: str) -> None:
    assert not found(tmp_path, text, donor)


DAYS = (
    *("2025-03-01", "2025/3/1", "01.03.2025", "1. 3. 2025", "1/3/2025", "3/1/2025", "1.3.25"),
    *("20250301", "1 March 2025", "March 1, 2025", "Mar 1st, 2025", "1st of March, 2025"),
    *("1. März 2025", "1er mars 2025", "1 de marzo de 2025", "1-MAR-2025", "2025年3月1日"),
)


@pytest.mark.parametrize("text", DAYS)
def test_a_day_is_found_in_any_usual_writing(tmp_path: Path, text: str) -> None:
    assert FIRST in written_days(f"Am {text} begann es.")
    (mistake,) = found(tmp_path, f"Am {text} begann es.", "X9", day="2025-03-01")
    assert mistake.startswith("2025-03-01, a day that donors.csv holds")
    (mistake,) = found(tmp_path, "Am 1. März 2025.", "X9", day=text)
    assert mistake.startswith("2025-03-01")


@pytest.mark.parametrize(
    "text",
    ["März 2025", "2. März 2025", "Nr. 03/2025", "1,117/2025", "+49 30 2025 301", "31.02.25"],
)
def test_what_is_no_day_of_a_person_is_none(tmp_path: Path, text: str) -> None:
    assert not found(tmp_path, f"Es war {text}.", "X9", day="2025-03-01")


def test_a_day_of_the_scores_is_found(tmp_path: Path) -> None:
    clinic = "donor;asked;VAS\nX9;01.03.2025;7\n"
    (mistake,) = found(tmp_path, "Am 1. März 2025.", "X9", clinic=clinic)
    assert "a day that clinic.csv holds" in mistake


def test_every_text_is_looked_at(tmp_path: Path) -> None:
    declared(tmp_path, "")
    study, entry = read_study_file(tmp_path)
    word = PlainWord(id="FM", name={"en": "X9"}, meaning={"ja": "X9です。"})
    summary = Summary(why={"en": "X9"}, more={"fr": "X9"}, words=(word,))
    people = with_people(study, {"donor": ["X9"]}, summary)
    assert len(list(people_mistakes(people, entry, {}))) == 4


def test_check_says_where_and_how(tmp_path: Path) -> None:
    study = every_question()
    study.summary = 'summary:\n  harm: {en: "FM01 fainted."}\n'
    study.write(tmp_path)
    lines = (tmp_path / "study.yaml").read_text(encoding="utf-8").splitlines()
    with pytest.raises(StudyError) as error:
        gather(tmp_path)
    (mistake,) = error.value.mistakes
    at = next(n for n, line in enumerate(lines, 1) if "fainted" in line)
    assert mistake.where.startswith(f"study.yaml:{at}")
    assert "FM01" in mistake.found and "take it out" in mistake.cure
