"""ANSWERS -> CLINIC: scores of items, ready totals, gaps, forms that were not asked."""

from __future__ import annotations

import polars as pl
import pytest
from questionnaire_forms import GAP, answers_of, key_named, study_with

from exvivo.errors import Bug
from exvivo.quantify.scores import scored
from exvivo.study.clinic_records import Scale
from exvivo.study.score_tables import ScoreTable
from exvivo.tables import ANSWERS, CLINIC

HADS = key_named("HADS")
STUDY = study_with(HADS, coding="points", totals={"HADS_A": "a"})
FULL = [1, 0, 2, 1, 3, 2, 1, 0, 2, 1, 0, 3, 2, 1]
PART = [1, GAP, 2, 1, GAP, 2, 1, GAP, 2, 1, 0, GAP, 2, 1]
NONE = [GAP] * 14


def rows_of(frame: pl.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    return frame.select("donor", "scale", *columns).rows()


def test_scores_stand_form_by_form_with_gaps_counted_and_bounded() -> None:
    clinic = scored(answers_of(HADS, [FULL, PART]), study=STUDY)
    assert clinic.schema == CLINIC.schema
    assert rows_of(clinic, "score", "lowest", "highest", "missing_items", "state") == [
        ("P1", "HADS_A", 11, None, None, 0, "scored"),
        ("P1", "HADS_D", 8, None, None, 0, "scored"),
        ("P2", "HADS_A", pytest.approx(28 / 3), 8, 11, 1, "scored"),
        ("P2", "HADS_D", 8.75, 5, 14, 3, "scored"),
    ]


def test_a_form_that_was_not_asked_is_not_applicable_and_an_empty_one_missing() -> None:
    clinic = scored(answers_of(HADS, [NONE, NONE], unasked=[1]), study=STUDY)
    assert rows_of(clinic, "score", "missing_items", "state") == [
        ("P1", "HADS_A", None, 7, "missing"),
        ("P1", "HADS_D", None, 7, "missing"),
        ("P2", "HADS_A", None, None, "not applicable"),
        ("P2", "HADS_D", None, None, "not applicable"),
    ]
    assert clinic.filter(donor="P2")["highest"].to_list() == [None, None]


def test_some_items_that_were_not_asked_are_gaps_of_a_form_that_was() -> None:
    answers = answers_of(HADS, [FULL]).with_columns(
        state=pl.when(pl.col("item") == "3").then(pl.lit("not applicable")).otherwise("state"),
        answer=pl.when(pl.col("item") != "3").then("answer"),
    )
    first = scored(answers, study=STUDY).row(0, named=True)
    assert (first["score"], first["missing_items"], first["state"]) == (10.5, 1, "scored")


def test_a_total_stands_where_no_item_was_typed() -> None:
    clinic = scored(answers_of(HADS, [NONE, FULL], {"HADS_A": [7, 11]}), study=STUDY)
    total = clinic.filter(scale="HADS_A")
    assert rows_of(total, "score", "missing_items", "lowest", "state") == [
        ("P1", "HADS_A", 7, None, None, "given"),
        ("P2", "HADS_A", 11, 0, None, "scored"),
    ]


def test_plain_totals_stay_as_they_were_given_in_the_order_of_their_lines() -> None:
    vas = Scale(id="VAS", name="pain", lowest=0, highest=100, higher_is="worse")
    study = study_with(HADS, scales=(vas,), coding="points")
    plain = (
        answers_of(HADS, [FULL, FULL])
        .filter(item="1")
        .with_columns(
            questionnaire=None,
            item=None,
            scale=pl.lit("VAS"),
            answer=pl.Series([51.5, None]),
            state=pl.Series(["given", "missing"]),
        )
    )
    answers = pl.concat([ANSWERS.complete(plain), answers_of(HADS, [FULL, FULL])])
    clinic = scored(answers, study=study)
    assert rows_of(clinic, "score", "missing_items", "state") == [
        ("P1", "VAS", 51.5, None, "given"),
        ("P1", "HADS_A", 11, 0, "scored"),
        ("P1", "HADS_D", 8, 0, "scored"),
        ("P2", "VAS", None, None, "missing"),
        ("P2", "HADS_A", 11, 0, "scored"),
        ("P2", "HADS_D", 8, 0, "scored"),
    ]


def test_the_order_of_lines_and_columns_changes_no_score() -> None:
    answers = answers_of(HADS, [FULL, PART, NONE], visits=["1", "2", "1"])
    keys = ["donor", "visit", "scale"]
    plain = scored(answers, study=STUDY).sort(keys)
    shuffled = scored(answers.sample(fraction=1, shuffle=True, seed=3), study=STUDY).sort(keys)
    assert plain.equals(shuffled)


def test_a_profile_is_kept_as_text_and_an_index_needs_the_table_of_the_user() -> None:
    key = key_named("EQ-5D-5L")
    forms = [[2, 1, 3, 4, 2, 70], [2, 1, 9, 4, 2, 999]]
    index = ScoreTable(profiles={f"21{i}42": (0.5 - 0.1 * i, GAP) for i in range(1, 6)})
    profile, vas, value = (score.id for score in key.scores)
    assert value not in scored(answers_of(key, forms), study=study_with(key))["scale"]
    clinic = scored(answers_of(key, forms), study=study_with(key, tables={key.id: index}))
    assert rows_of(clinic, "profile", "score", "lowest", "highest", "state") == [
        ("P1", profile, "21342", None, None, None, "scored"),
        ("P1", vas, None, 70, None, None, "scored"),
        ("P1", value, None, pytest.approx(0.2), None, None, "scored"),
        ("P2", profile, "21942", None, None, None, "missing"),
        ("P2", vas, None, None, 0, 100, "missing"),
        ("P2", value, None, None, pytest.approx(0.0), pytest.approx(0.4), "missing"),
    ]


def test_a_t_score_carries_its_own_standard_error() -> None:
    key = key_named("PROMIS Global Mental Health")
    table = ScoreTable(sums={float(raw): (20 + raw, 3 + raw / 10) for raw in range(4, 21)})
    study = study_with(key, tables={key.id: table}, coding="points")
    clinic = scored(answers_of(key, [[1, 2, 3, 4]]), study=study)
    t_score = clinic.filter(scale=key.scores[-1].id).row(0, named=True)
    assert (t_score["score"], t_score["standard_error"]) == (30, 4)


def test_an_item_twice_in_one_form_never_becomes_a_score() -> None:
    answers = answers_of(HADS, [FULL])
    with pytest.raises(Bug, match="twice"):
        scored(pl.concat([answers, answers[:1]]), study=STUDY)
