"""A user's table of scores: what is read of it, and what is to fix."""

from __future__ import annotations

from pathlib import Path

import pytest
from questionnaire_forms import key_named

from exvivo.errors import StudyError
from exvivo.sources import Sources
from exvivo.study.clinic_records import Questionnaire
from exvivo.study.score_tables import read_score_table, table_for

MENTAL, EQ5D = key_named("PROMIS Global Mental Health"), key_named("EQ-5D-3L")


def lines(*, first: int = 4, last: int = 20, score: float = 40.0) -> str:
    rows = "".join(f"{raw},{score + raw / 10},{3.5}\n" for raw in range(first, last + 1))
    return "raw,score,standard_error\n" + rows


def slips(tmp_path: Path, text: str, key: str = "PROMIS Global Mental Health") -> list[str]:
    (tmp_path / "t.csv").write_text(text)
    own = Questionnaire(id=key, table="t.csv")
    _, mistakes = table_for(own, key_named(key), Sources(tmp_path))
    return [f"{m.where} {m.found}" for m in mistakes]


def test_a_table_of_sums_has_scores_and_standard_errors(tmp_path: Path) -> None:
    assert slips(tmp_path, lines()) == []
    table = read_score_table(lines().encode(), file="t.csv")
    assert table.sums[20.0] == (42.0, 3.5)


def test_a_value_set_keeps_profiles_as_text_and_takes_decimal_commas(tmp_path: Path) -> None:
    text = "profile;score\n11111;1\n11112;0,85\n"
    assert slips(tmp_path, text, "EQ-5D-3L") == []
    assert read_score_table(text.encode(), file="t.csv").profiles["11112"][0] == 0.85


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (lines(last=18), "t.csv no line for 19, 20"),
        (lines(score=140), "t.csv others at 4.0, 5.0, 6.0, 7.0, 8.0 and 12 more"),
        ("profile,score\n11111,50\n", "t.csv another sort of table"),
        ("sum,t\n4,20\n", "t.csv:1 the columns sum, t"),
        (lines().replace("\n9,", "\nnine,"), "t.csv:7 no raw sum: 'nine'"),
        (lines() + "4,50,3\n", "t.csv:19 4 again"),
        (lines().replace("40.4", ""), "t.csv:2 ''"),
    ],
)
def test_everything_wrong_with_a_table_is_told(tmp_path: Path, text: str, found: str) -> None:
    assert found in slips(tmp_path, text)


def test_a_table_that_no_score_needs_and_one_that_is_not_there(tmp_path: Path) -> None:
    assert slips(tmp_path, lines(), "PHQ-9") == ["t.csv a table for PHQ-9"]
    own = Questionnaire(id=MENTAL.id, table="absent.csv")
    _, mistakes = table_for(own, MENTAL, Sources(tmp_path))
    assert [m.where for m in mistakes] == ["absent.csv"]


def test_a_table_with_two_first_columns_is_refused() -> None:
    with pytest.raises(StudyError):
        read_score_table(b"raw,profile,score\n4,11111,1\n", file="t.csv")
