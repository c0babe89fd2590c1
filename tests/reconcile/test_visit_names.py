"""Visits: an order that is given or asked for, one name in all tables, and a day that is no name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from every_question import EveryQuestion, every_question

from exvivo.errors import Mistake, UserMistake
from exvivo.gather import gather
from exvivo.study.visits import is_plain, ordered, visit_spelling

MORE = """
  - {id: more, ask: difference, groups: [FM, HC], assays: [secreted], analytes: [TNF],
     stimulus: ATP, cell_type: iMG}
"""
PAIN = """
  - {id: pain, ask: association, within: FM, assays: [secreted], analytes: [TNF],
     scales: [VAS], stimulus: ATP, cell_type: iMG}
"""
YEAR = """
  - {id: year, ask: change, within: FM, assays: [secreted], analytes: [TNF], visits: [a, b],
     cell_type: iMG, stimulus: ATP}
"""


@pytest.mark.parametrize(
    "visits",
    [
        ["1", "2", "10"],
        ["2026-02-02", "2026-04-27"],
        ["v1", "v2", "v10"],
        ["month0", "month6", "month12"],
        ["T0", "T1"],
        ["week 0", "week 12"],
        ["-1", "0.5", "3"],
    ],
)
def test_plain_names_give_their_order(visits: list[str]) -> None:
    assert is_plain(visits)
    assert ordered(visits[::-1]) == visits


@pytest.mark.parametrize(
    "visits",
    [["intake", "follow_up"], ["02.02.2026", "27.04.2026"], ["1", "baseline"], ["v1", "w2"]],
)
def test_other_names_do_not_and_the_study_gives_it(visits: list[str]) -> None:
    assert not is_plain(visits)
    assert ordered(visits[::-1], visits) == ordered(visits, visits) == visits


def test_spellings_of_one_visit() -> None:
    assert len({visit_spelling(v) for v in ("1", "01", "1.0", "v1", "V1", "Visit 1")}) == 1
    assert len({visit_spelling(v) for v in ("1", "2", "month1", "intake", "T1")}) == 5


def renamed(
    study: EveryQuestion,
    layouts: Callable[[str], str] = str,
    clinic: Callable[[str], str] = str,
) -> EveryQuestion:
    """The study with other names for visits in its layouts and in its clinic."""
    for rows in study.layouts.values():
        for row in rows:
            row["visit"] = layouts(row["visit"])
    for row in study.clinic:
        row["visit"] = clinic(row["visit"])
    return study


def mistakes(study: EveryQuestion, folder: Path, more: str = "") -> list[Mistake]:
    """What is to be fixed in a study; nothing where it is read."""
    study.write(folder)
    path = folder / "study.yaml"
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    try:
        gather(folder)
    except UserMistake as error:
        return list(error.mistakes)
    return []


def asked(questions: str) -> EveryQuestion:
    study = every_question()
    study.questions = questions
    return study


WORDS = {"1": "intake", "2": "follow_up"}.__getitem__
DATES = {"1": "02.02.2026", "2": "27.04.2026"}.__getitem__


def test_an_order_is_asked_for_where_an_answer_takes_the_first_visit(tmp_path: Path) -> None:
    (mistake,) = mistakes(renamed(asked(MORE), WORDS, WORDS), tmp_path / "asked")
    assert "no order of them; more would take the first" in mistake.found
    assert "`visits: [" in mistake.cure
    given = "visits: [intake, follow_up]\n"
    assert mistakes(renamed(asked(MORE), WORDS, WORDS), tmp_path / "given", given) == []


def test_a_change_names_its_own_order_and_may_not_contradict_the_plain_one(tmp_path: Path) -> None:
    words = YEAR.replace("a, b", "intake, follow_up")
    assert mistakes(renamed(asked(words), WORDS, WORDS), tmp_path / "words") == []
    (mistake,) = mistakes(asked(YEAR.replace("a, b", "2, 1")), tmp_path / "reversed")
    assert (mistake.found, mistake.expected) == ("visits 2, 1", "their order in time: 1, 2")
    against = "visits: [follow_up, intake]\n"
    (mistake,) = mistakes(renamed(asked(words), WORDS, WORDS), tmp_path / "against", against)
    assert mistake.expected == "their order in time: follow_up, intake"


def test_visits_that_are_not_declared_are_named_with_what_was_meant(tmp_path: Path) -> None:
    study = renamed(asked(MORE), WORDS, WORDS)
    first, second = mistakes(study, tmp_path, "visits: [intake, follow-up-1, followup]\n")
    assert "in the layouts the visits follow_up, which `visits` does not name" in first.found
    assert "in clinic.csv the visits follow_up" in second.found
    assert "did you mean `followup` for `follow_up`?" in first.cure


@pytest.mark.parametrize("names", [DATES, {"1": "46055", "2": "46139"}.__getitem__, WORDS])
def test_scores_at_other_visits_than_the_cells_are_told_with_the_cause(
    names: Callable[[str], str], tmp_path: Path
) -> None:
    (mistake,) = mistakes(renamed(asked(PAIN), clinic=names), tmp_path / "association")
    assert "no score at visit `1`, the one of the cells; clinic.csv has scores at" in mistake.found
    assert "pain would be left without an answer" in mistake.found
    kinds = {"46055": "the number by which Excel keeps 2026-02-02", "02.02.2026": "a date"}
    assert kinds.get(names("1"), "") in mistake.found


def test_scores_that_no_question_takes_may_be_of_any_visit(tmp_path: Path) -> None:
    assert mistakes(renamed(asked(MORE), clinic=DATES), tmp_path) == []


def test_one_visit_in_two_spellings_is_asked_about(tmp_path: Path) -> None:
    first, second = mistakes(renamed(asked(PAIN), clinic="v{}".format), tmp_path / "v")
    assert "`v1` (clinic.csv, column `visit`)" in first.found
    assert "`v2`" in second.found
    zero = {"1": "v0", "2": "v1"}.__getitem__
    (mistake,) = mistakes(renamed(asked(PAIN), clinic=zero), tmp_path / "from zero")
    assert "no score at visit `1`" in mistake.found
    study = asked(PAIN)
    study.clinic[0]["visit"] = "01"
    (mistake,) = mistakes(study, tmp_path / "zero")
    assert "`01`" in mistake.found


def test_days_of_their_own_are_no_names_of_visits(tmp_path: Path) -> None:
    study = asked(MORE)
    for rows in study.layouts.values():
        for row in rows:
            row["visit"] = f"2026-0{row['visit']}-{int(row['donor'][2:]) + 10}"
    (mistake,) = mistakes(study, tmp_path / "own")
    assert "visits named by the day" in mistake.found
    shared = renamed(asked(MORE), "2026-0{}-11".format, "2026-0{}-11".format)
    assert mistakes(shared, tmp_path / "shared") == []


def test_none_is_no_score_and_missing_words_are(tmp_path: Path) -> None:
    study = asked(PAIN)
    study.clinic[0]["VAS"] = "none"
    (mistake,) = mistakes(study, tmp_path / "none")
    assert "none" in mistake.found
    study.clinic[0]["VAS"] = "-99"
    assert mistakes(study, tmp_path / "declared", "missing: [-99]\n") == []
    assert len(mistakes(study, tmp_path / "undeclared")) == 1
