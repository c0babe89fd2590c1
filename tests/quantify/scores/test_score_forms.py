"""Scores of forms against other programs, worked examples, brute force and laws."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from questionnaire_forms import GAP, example_table, form_of, key_named

from exvivo.arrays import Floats
from exvivo.catalog.scales import scale_files
from exvivo.errors import Bug
from exvivo.quantify.scores import Scored, score_forms
from exvivo.study.scoring import Coding, Item, Items, Score, ScoringKey

HERE = Path(__file__).parent


def oracle(name: str, items: int) -> tuple[Floats, Floats]:
    """The answers and the scores of an oracle table; NaN where a cell is empty."""
    text = gzip.decompress((HERE / f"{name}.csv.gz").read_bytes()).decode()
    _, *rows = csv.reader(io.StringIO(text))
    table = np.array([[float(cell) if cell else GAP for cell in row] for row in rows])
    return table[:, :items], table[:, items:]


def column(made: Scored, key: ScoringKey, score: str) -> int:
    del made
    return [each.id for each in key.scores].index(score)


def scores_of(key: ScoringKey, answers: Floats, *scores: str, coding: str = "") -> Floats:
    made = score_forms(key, answers, coding=coding)
    return made.scores[:, [column(made, key, score) for score in scores]]


@pytest.mark.parametrize("stem", sorted(scale_files()))
def test_every_worked_example_of_the_catalog_comes_out(stem: str) -> None:
    key = key_named(stem)
    for example in key.examples:
        form, table = form_of(example, key), example_table(example, key)
        made = score_forms(key, np.array([form]), coding=example.coding, table=table)
        for score, expected in example.scores.items():
            own = made.scores[0, column(made, key, score)]
            if score in made.profiles:
                assert made.profiles[score] == [expected]
            elif expected == "-":
                assert np.isnan(own), (score, own)
            else:
                assert own == pytest.approx(float(expected), abs=1e-9), score


def test_hads_is_that_of_biopsykit_in_agreement_and_as_points() -> None:
    key = key_named("HADS")
    answers, expected = oracle("hads", 14)
    made = scores_of(key, answers, "HADS_A", "HADS_D", coding="agreement")
    np.testing.assert_array_equal(made, expected[:, :2])
    points = answers.copy()
    reverse = [int(item) - 1 for item in key.reverse_items]
    points[:, reverse] = 3 - points[:, reverse]
    np.testing.assert_array_equal(scores_of(key, points, "HADS_A", "HADS_D"), expected[:, :2])
    assert (scores_of(key, answers, "HADS_D") != expected[:, [1]]).mean() > 0.8


def test_phq9_is_that_of_biopsykit() -> None:
    answers, expected = oracle("phq9", 9)
    np.testing.assert_array_equal(scores_of(key_named("PHQ-9"), answers, "PHQ9"), expected)


def test_psqi_is_that_of_biopsykit_but_at_exactly_six_hours_and_rounded_shares() -> None:
    """BioPsyKit takes 6 h for less than 6, and rounds the share of the time in bed."""
    key = key_named("PSQI")
    answers, expected = oracle("psqi", 18)
    names = [name for score in key.scores for name in score.of]
    made = scores_of(key, answers, *names)
    hours, in_bed = answers[:, 3], (answers[:, 2] - answers[:, 0]) % 24
    share = 100 * hours / in_bed
    rounded = np.rint(share) != np.floor(share)
    unlike = [0, 1, 4, 5, 6]
    np.testing.assert_array_equal(made[:, unlike], expected[:, unlike])
    np.testing.assert_array_equal(made[hours != 6, 2], expected[hours != 6, 2])
    assert set(made[hours == 6, 2]) == {1.0}
    assert set(expected[hours == 6, 2]) == {2.0}
    np.testing.assert_array_equal(made[~rounded, 3], expected[~rounded, 3])
    assert (made[:, 3] != expected[:, 3]).mean() < 0.1


def test_rand36_is_that_of_the_reference_with_gaps_and_without() -> None:
    key = key_named("RAND-36")
    answers, expected = oracle("rand36", 36)
    assert np.isnan(answers).any(axis=1).sum() > 140
    made = scores_of(key, answers, *(score.id for score in key.scores))
    np.testing.assert_allclose(made, expected, rtol=0, atol=1e-12)


# What gaps allow.

SMALL = ScoringKey(
    id="SMALL",
    name="",
    licence="",
    sources=(),
    items=(
        Items(ids=("a", "b"), lowest=0, highest=2),
        Items(ids=("c",), lowest=1, highest=3, points=(10.0, 0.0, 5.0)),
        Items(ids=("d",), lowest=0, highest=1),
    ),
    codings=(Coding(id="points", meaning=""), Coding(id="turned", meaning="", reversed=("b",))),
    scores=(
        Score(
            id="S",
            name="",
            rule="sum",
            items=("a", "b", "c"),
            at_least=2,
            divide=2,
            lowest=0,
            highest=7,
            higher_is="worse",
        ),
        Score(
            id="M",
            name="",
            rule="mean",
            items=("a", "c", "d"),
            at_least=1,
            lowest=0,
            highest=5,
            higher_is="worse",
        ),
        Score(
            id="R",
            name="",
            rule="regions",
            groups=(("a", "b"), ("c",), ("d",)),
            lowest=0,
            highest=3,
            higher_is="worse",
        ),
        Score(
            id="T",
            name="",
            rule="sum of scores",
            of=("S", "M"),
            lowest=0,
            highest=12,
            higher_is="worse",
        ),
        Score(
            id="P",
            name="",
            rule="profile",
            items=("a", "b"),
            lowest=0,
            highest=2,
            higher_is="worse",
        ),
    ),
)
"""Sums, means, regions and sums of scores over items that differ, one of them falling."""


def completions(key: ScoringKey, form: Floats) -> Floats:
    """Every form that a form with gaps may have been."""
    every = [
        [value] if not np.isnan(value) else np.arange(item.lowest, item.highest + 1).tolist()
        for value, item in zip(form.tolist(), key.every_item, strict=True)
    ]
    return np.array(list(product(*every)))


@pytest.mark.parametrize("coding", ["points", "turned"])
def test_bounds_are_the_least_and_the_most_of_all_completions(coding: str) -> None:
    answers = np.array(list(product([GAP, 0, 1, 2], [GAP, 0, 2], [GAP, 1, 2, 3], [GAP, 0, 1])))
    made = score_forms(SMALL, answers, coding=coding)
    for form, lowest, highest in zip(answers, made.lowest, made.highest, strict=True):
        whole = score_forms(SMALL, completions(SMALL, form), coding=coding).scores[:, :4]
        np.testing.assert_allclose(lowest[:4], whole.min(axis=0))
        np.testing.assert_allclose(highest[:4], whole.max(axis=0))


def test_bounds_of_the_criteria_decide_a_form_as_all_completions_do() -> None:
    key = key_named("ACR 2016")
    rng = np.random.default_rng(5)
    most = [item.highest if item.id != "months" else 12 for item in key.every_item]
    answers = np.floor(rng.random((60, len(most))) * (np.array(most) + 1))
    answers[:, :19] = rng.random((60, 19)) < rng.random((60, 1))
    for form in answers:
        form[rng.choice(len(most) - 1, 6, replace=False)] = GAP
    made = score_forms(key, answers)
    place = column(made, key, "ACR2016")
    decided = 0
    for i, form in enumerate(answers):
        whole = score_forms(key, completions(key, form)).scores[:, place]
        assert (made.lowest[i, place], made.highest[i, place]) == (whole.min(), whole.max())
        undecided = whole.min() < whole.max()
        assert np.isnan(made.scores[i, place]) == undecided
        decided += not undecided
    assert 5 < decided < 55


def test_bounds_of_the_sleep_index_hold_every_completion_and_are_reached() -> None:
    key = key_named("PSQI")
    answers, _ = oracle("psqi", 18)
    rng = np.random.default_rng(6)
    total = column(score_forms(key, answers[:1]), key, "PSQI")
    for form in answers[:40]:
        gaps = rng.choice(18, 2, replace=False)
        open_form = form.copy()
        open_form[gaps] = GAP
        bounds = score_forms(key, open_form[None])
        grids = [grid_of(key.every_item[gap]) for gap in gaps]
        filled = np.repeat(form[None], len(grids[0]) * len(grids[1]), axis=0)
        filled[:, gaps] = list(product(*grids))
        whole = score_forms(key, filled).scores[:, total]
        assert np.nanmin(whole) == bounds.lowest[0, total]
        assert np.nanmax(whole) == bounds.highest[0, total]


def grid_of(item: Item) -> list[float]:
    """Answers that reach every class of an item."""
    if item.kind == "choice":
        return [float(each) for each in np.arange(item.lowest, item.highest + 1)]
    return [float(each) for each in np.linspace(item.lowest, min(item.highest, 120), 49)]


def test_one_gap_more_never_narrows_the_bounds() -> None:
    rng = np.random.default_rng(7)
    for name in ("FIQR", "HADS", "RAND-36", "ACR 2016", "PSQI", "BPI"):
        key = key_named(name)
        low, high = (np.array([getattr(i, end) for i in key.every_item]) for end in ENDS)
        answers = np.rint(low + rng.random((20, low.size)) * (np.minimum(high, 23) - low))
        before = score_forms(key, answers)
        for item in rng.permutation(low.size):
            answers[:, item] = GAP
            after = score_forms(key, answers)
            narrower = (after.lowest > before.lowest) | (after.highest < before.highest)
            assert not narrower.any(), name
            known = ~np.isnan(after.scores) & (after.missing == 0)
            np.testing.assert_array_equal(after.scores[known], after.lowest[known])
            before = after


ENDS = ("lowest", "highest")


# Laws.


def test_the_order_of_items_and_of_forms_changes_no_score() -> None:
    key = key_named("HADS")
    answers, _ = oracle("hads", 14)
    answers[::7, 3] = GAP
    order = np.random.default_rng(8).permutation(14)
    ids = [key.every_item[i].id for i in order]
    turned = replace(key, items=tuple(Items(ids=(name,), lowest=0, highest=3) for name in ids))
    plain, other = score_forms(key, answers), score_forms(turned, answers[::-1][:, order])
    np.testing.assert_array_equal(plain.scores, other.scores[::-1])
    np.testing.assert_array_equal(plain.highest, other.highest[::-1])


def test_boxes_counted_from_one_give_the_same_scores_in_their_coding() -> None:
    key = key_named("HADS")
    counted = replace(key, codings=(*key.codings, Coding(id="boxes", meaning="", shift=1)))
    answers, _ = oracle("hads", 14)
    answers[::5, 2] = GAP
    expected = score_forms(key, answers)
    np.testing.assert_array_equal(
        score_forms(counted, answers + 1, coding="boxes").scores, expected.scores
    )


def test_a_code_of_the_authors_for_no_answer_is_a_gap() -> None:
    key = key_named("EQ-5D-5L")
    made = score_forms(key, np.array([[2, 1, 9, 4, 2, 80], [2, 1, GAP, 4, 2, 999]], dtype=float))
    profile = next(score.id for score in key.scores if score.rule == "profile")
    assert made.profiles[profile] == ["21942", "21942"]
    assert made.missing[:, column(made, key, profile)].tolist() == [1, 1]


@pytest.mark.parametrize(("item", "answer"), [(0, 4.0), (3, -1.0)])
def test_an_answer_outside_its_item_never_becomes_a_score(item: int, answer: float) -> None:
    form = np.zeros((1, 14))
    form[0, item] = answer
    with pytest.raises(Bug):
        score_forms(key_named("HADS"), form)


def test_a_table_takes_no_sum_with_a_gap_and_bounds_it() -> None:
    key = key_named("PROMIS Global Mental Health")
    raw, score = (each for each in key.scores if each.rule in ("sum", "table"))
    from exvivo.study.score_tables import ScoreTable

    table = ScoreTable(sums={float(r): (20.0 + 2.5 * r, 4.0) for r in range(4, 21)})
    answers = np.array([[1, 2, 3, 4], [1, 2, GAP, 4]], dtype=float)
    made = score_forms(key, answers, table=table)
    place = column(made, key, score.id)
    assert made.scores[0, place] == 45.0
    assert made.standard_errors[0, place] == 4.0
    assert np.isnan(made.scores[1, place])
    assert np.isnan(made.standard_errors[1, place])
    assert (made.lowest[1, place], made.highest[1, place]) == (40.0, 50.0)
    assert np.isnan(score_forms(key, answers).scores[0, place])
    assert raw.id != score.id


def test_an_index_of_a_profile_with_a_gap_lies_between_those_it_may_be() -> None:
    from exvivo.study.score_tables import ScoreTable

    key = key_named("EQ-5D-3L")
    score = next(each for each in key.scores if each.rule == "table")
    levels = ["".join(each) for each in product("123", repeat=5)]
    index = {
        each: (1 - 0.1 * sum(map(int, each)) + 0.03 * (each[2] == "2"), GAP) for each in levels
    }
    answers = np.array([[1, 1, GAP, 1, 1, 50], [1, 1, 2, 1, 1, 50]], dtype=float)
    made = score_forms(key, answers, table=ScoreTable(profiles=index))
    place = column(made, key, score.id)
    assert np.isnan(made.scores[0, place])
    assert made.lowest[0, place] == pytest.approx(index["11311"][0])
    assert made.highest[0, place] == pytest.approx(index["11111"][0])
    assert made.scores[1, place] == pytest.approx(index["11211"][0])
