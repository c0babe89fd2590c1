"""The door check lets the right frame through and names every breach of a wrong one."""

from __future__ import annotations

import polars as pl
import pytest

from exvivo.errors import Bug
from exvivo.table import Table, check
from exvivo.tables import ALL, CLINIC, FLAGS, RESPONSES


@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_an_empty_table_passes_and_every_column_says_what_it_means(table: Table) -> None:
    assert check(table, table.frame()).height == 0
    assert all(len(column.meaning) > 5 for column in table.columns)
    assert len({column.name for column in table.columns}) == len(table.columns)


def flag(**change: object) -> dict[str, object]:
    return {
        "name": "a_rule/Q1/e3b0c4",
        "code": "a_rule",
        "place": "Q1",
        "evidence": [],
        "table": "wells",
        "row": "Q1 A1",
        "severity": "look",
        "what": "w",
        "why": "y",
        "cure": "c",
    } | change


def test_a_word_outside_the_vocabulary_is_refused() -> None:
    with pytest.raises(Bug, match=r"severity holds \['bad'\]"):
        FLAGS.frame([flag(severity="bad")])


def test_an_empty_required_cell_is_refused() -> None:
    with pytest.raises(Bug, match="what is empty in 1 rows"):
        FLAGS.frame([flag(what=None)])


def test_missing_unknown_and_wrongly_typed_columns_are_named_at_once() -> None:
    frame = FLAGS.frame([flag()]).drop("why").with_columns(row=pl.lit(1), extra=pl.lit("x"))
    with pytest.raises(Bug, match=r"missing \['why'\], unknown \['extra'\], wrong type \['row'\]"):
        check(FLAGS, frame)


def test_nan_is_not_a_number_anyone_may_hand_over() -> None:
    row = dict(
        source="c",
        sha256="0",
        donor="P1",
        visit="1",
        group="g",
        scale="VAS",
        score=float("nan"),
        higher_is="worse",
    )
    with pytest.raises(Bug, match="score holds NaN"):
        CLINIC.frame([row])


def response(**change: object) -> dict[str, object]:
    row: dict[str, object] = dict(
        estimand="level",
        assay="a",
        on="amount",
        readout="r",
        analyte="TNF",
        visit="1",
        donor="P1",
        group="g",
        value=1.0,
        censor="none",
        shared=[],
        wells=1,
        undetected_wells=0,
        plates=["B1"],
    )
    return row | change


@pytest.mark.parametrize(
    ("change", "breach"),
    [
        ({"censor": "left", "upper": 2.0}, "a censored row has a value"),
        ({"censor": "left", "value": None}, "lacks its upper bound"),
        ({"censor": "right", "value": None}, "lacks its lower bound"),
        ({"censor": "interval", "value": None, "lower": 1.0}, "an interval lacks a bound"),
        ({"censor": "interval", "value": None, "lower": 2.0, "upper": 1.0}, "bounds are crossed"),
    ],
)
def test_undetected_is_bounds_and_never_a_number(change: dict[str, object], breach: str) -> None:
    with pytest.raises(Bug, match=breach):
        RESPONSES.frame([response(**change)])


def test_a_known_value_passes() -> None:
    assert RESPONSES.frame([response()]).height == 1
