"""Answers of questionnaires held against themselves: reverse items, totals, codes, times in bed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from questionnaire_forms import GAP, answers_of, key_named, study_with

from exvivo.arrays import Floats
from exvivo.flagged import Flag, coded
from exvivo.quantify.scores import scored
from exvivo.reconcile import RULES, Held
from exvivo.reconcile.codes_in_range import (
    piles,
    piles_of_people,
    upper_tail,
    values_that_may_be_codes,
)
from exvivo.reconcile.reverse_items import (
    Fit,
    fit_of,
    reverse_items_against_the_others,
)
from exvivo.reconcile.time_in_bed import hardly_possible_times_in_bed
from exvivo.reconcile.totals import totals_against_their_items, totals_over_answered_items
from exvivo.study.answered_forms import answered_forms
from exvivo.study.clinic_records import Scale
from exvivo.study.scoring import ScoringKey
from exvivo.tables import ANSWERS

OWN = (
    values_that_may_be_codes,
    reverse_items_against_the_others,
    totals_against_their_items,
    totals_over_answered_items,
    hardly_possible_times_in_bed,
)
HADS = key_named("HADS")
REVERSE = [int(item) - 1 for item in HADS.reverse_items]


def flags_of(answers: pl.DataFrame, *keys: ScoringKey, **form: object) -> dict[str, Flag]:
    """What a study of these answers leaves in doubt, by the code of the rule."""
    study = study_with(*keys, **form)  # type: ignore[arg-type]
    clinic = scored(answers, study=study)
    return by_code(Held(study=study, answers=answers, clinic=clinic))


def by_code(held: Held) -> dict[str, Flag]:
    """What the rules of questionnaires raise, by their code."""
    return {flag.code: flag for rule in OWN for flag in coded(rule(held), rule.__name__)}


def test_the_rules_are_asked() -> None:
    assert set(OWN) <= set(RULES)


def people(n: int, seed: int, *, floor: float = 0.4) -> Floats:
    """HADS of n people, patients and controls, in points; few reach the upper answers."""
    rng = np.random.default_rng(seed)
    anxiety = rng.normal(size=n) - (rng.random(n) < 0.4)
    depression = 0.6 * anxiety + 0.8 * rng.normal(size=n)
    factors = np.where(np.arange(14) % 2 == 0, anxiety[:, None], depression[:, None])
    liability = 0.6 * factors + 0.8 * rng.normal(size=(n, 14))
    return np.digitize(liability, [floor, floor + 0.7, floor + 1.4]).astype(float)


def turned(answers: Floats) -> Floats:
    """The same with the reverse items the other way round."""
    other = answers.copy()
    other[:, REVERSE] = 3 - other[:, REVERSE]
    return other


def fit_under(declared: str, answers: Floats) -> Fit:
    study = study_with(HADS, coding=declared)
    (forms,) = answered_forms(answers_of(HADS, np.zeros((1, 14))), study)
    fit = fit_of(replace(forms, answers=answers))
    assert fit is not None
    return fit


@pytest.mark.parametrize("floor", [-0.7, 0.4, 0.9])
def test_the_sign_tells_whether_items_were_reversed_under_either_coding(floor: float) -> None:
    wrong = 0
    for seed in range(20):
        points = people(14, seed, floor=floor)
        wrong += fit_under("points", points).evidence < 0
        wrong += fit_under("agreement", points).evidence > 0
        assert fit_under("agreement", turned(points)) == fit_under("points", points)
    assert wrong <= 2


def test_items_that_nobody_answers_above_the_least_are_told_by_their_levels() -> None:
    """Where everybody is at the end of all items, no correlation tells anything."""
    least = np.zeros((14, 14))
    assert fit_under("points", least).evidence == pytest.approx(0.7)
    assert fit_under("points", turned(least)).evidence == pytest.approx(-0.7)


def test_the_flag_says_what_the_data_show_under_each_coding_and_names_the_other() -> None:
    answers = answers_of(HADS, turned(people(24, 3)))
    flag = flags_of(answers, HADS, coding="points")["reverse_items_against_the_others"]
    assert flag.severity == "look"
    assert "under `points`" in flag.what
    assert "under `agreement`" in flag.what
    assert "coding: agreement" in flag.cure
    assert flag.scope is not None
    assert flag.scope.scales == ("HADS_A", "HADS_D")


def test_few_forms_and_a_key_without_reverse_items_say_nothing() -> None:
    assert flags_of(answers_of(HADS, turned(people(9, 1))), HADS, coding="points") == {}
    phq = key_named("PHQ-9")
    assert flags_of(answers_of(phq, people(30, 1)[:, :9]), phq) == {}


# Ready totals beside items.

FORM = [1, 0, 2, 1, 3, 2, 1, 0, 2, 1, 0, 3, 2, 1]
OPEN = [1, GAP, 2, 1, 3, 2, 1, 0, GAP, 1, 0, 3, 2, 1]
TOTALS = {"HADS_A": "a", "HADS_D": "d"}


def with_totals(forms: Sequence[Sequence[float]], **totals: Sequence[float]) -> dict[str, Flag]:
    answers = answers_of(HADS, forms, totals)
    return flags_of(answers, HADS, coding="points", totals=TOTALS)


def test_totals_that_agree_as_far_as_their_decimals_go_pass() -> None:
    assert with_totals([FORM, FORM], HADS_A=[11, GAP], HADS_D=[8, 8]) == {}
    assert with_totals([OPEN, OPEN], HADS_A=[10.5, 10.5], HADS_D=[9.3, 9.33]) == {}


def test_a_total_of_another_number_is_a_contradiction_with_its_line() -> None:
    flags = with_totals([FORM, FORM], HADS_A=[11, 12], HADS_D=[8, 8])
    flag = flags.pop("totals_against_their_items")
    assert flags == {}
    assert flag.severity == "stop"
    assert "clinic.csv:3 column HADS_A: 12 for donor P2, its items give 11" in flag.what
    assert flag.scope is not None
    assert (flag.scope.scales, flag.scope.donors) == (("HADS_A",), ("P2",))


def test_totals_that_all_agree_under_another_coding_name_it() -> None:
    points = people(12, 5)
    totals = {"HADS_A": points[:, 0::2].sum(axis=1).tolist()}
    answers = answers_of(HADS, turned(points), totals)
    flags = flags_of(answers, HADS, coding="points", totals={"HADS_A": "a"})
    assert "agree under `coding: agreement`" in flags["totals_against_their_items"].cure


def test_a_total_of_the_answered_items_is_told_as_such_and_does_not_count() -> None:
    answers = answers_of(HADS, [OPEN], {"HADS_A": [9], "HADS_D": [8]})
    flags = flags_of(answers, HADS, coding="points", totals=TOTALS)
    assert set(flags) == {"totals_over_answered_items"}
    study = study_with(HADS, coding="points", totals=TOTALS)
    assert scored(answers, study=study)["score"].to_list() == pytest.approx([10.5, 28 / 3])


def test_a_sum_of_answered_items_is_no_score_of_a_scale_without_proration() -> None:
    phq = key_named("PHQ-9")
    answers = answers_of(phq, [[1, 2, 0, GAP, 1, 0, 2, 0, 0]] * 3, {"PHQ9": [6, 7, 10]})
    study = study_with(phq, totals={"PHQ9": "t"})
    clinic = scored(answers, study=study)
    # 6 is the sum of eight answers, 7 lies within what the gap allows, 10 does not.
    assert clinic["score"].to_list() == [None, None, None]
    assert flags_of(answers, phq, totals={"PHQ9": "t"}).keys() == {
        "totals_over_answered_items",
        "totals_against_their_items",
    }
    allowed = answers_of(phq, [[1, 2, 0, GAP, 1, 0, 2, 0, 0]], {"PHQ9": [8]})
    row = scored(allowed, study=study).row(0, named=True)
    assert (row["score"], row["state"], row["missing_items"]) == (8, "given", 1)
    assert (row["lowest"], row["highest"]) == (6, 9)


def test_a_zero_that_a_program_made_of_an_empty_form_is_missing() -> None:
    flags = with_totals([[GAP] * 14] * 2, HADS_A=[0, 5], HADS_D=[GAP, GAP])
    assert set(flags) == {"totals_over_answered_items"}


# Codes for no answer.

VAS = Scale(id="VAS", name="pain", lowest=0, highest=100, higher_is="worse")


def totals_of(scale: Scale, values: Sequence[float]) -> dict[str, Flag]:
    rows = [
        {
            "source": "clinic.csv",
            "sha256": "0",
            "place": f"clinic.csv:{i + 2} column {scale.id}",
            "column": scale.id,
            "donor": f"P{i}",
            "visit": "1",
            "group": "FM",
            "scale": scale.id,
            "answer": value,
            "state": "given",
        }
        for i, value in enumerate(values)
    ]
    answers = ANSWERS.frame(rows)
    study = study_with(scales=(scale,))
    held = Held(study=study, answers=answers, clinic=scored(answers, study=study))
    return by_code(held)


SPREAD = [12, 31, 55, 47, 8, 62, 71, 39, 44, 66, 23, 58, 70, 35, 51, 64, 28, 49]


def test_values_that_pile_up_at_a_code_are_asked_about() -> None:
    flag = totals_of(VAS, [*SPREAD, 99, 99, 99])["values_that_may_be_codes"]
    assert "99 in 3 of 21" in flag.what
    assert "values_that_may_be_codes" not in totals_of(VAS, [*SPREAD, 99, 99])


def test_honest_ceilings_and_modes_are_not_asked_about() -> None:
    assert list(piles(np.array([100.0] * 9 + [99] * 4 + [97, 98, 96]), 100)) == []
    assert list(piles(np.repeat([8.0, 9.0, 10.0], [6, 9, 4]), 10)) == []
    rng = np.random.default_rng(4)
    asked = sum(
        bool(list(piles(np.clip(np.rint(rng.normal(mean, 15, 40)), 0, 100), 100)))
        for mean in rng.uniform(30, 95, 150)
    )
    assert asked <= 1


def test_people_are_counted_not_their_answers() -> None:
    one = np.full((20, 21), 3.0)
    one[0] = 9.0
    assert list(piles_of_people(one, 10)) == []
    many = np.full((20, 21), 3.0)
    many[:14, 4] = 9.0
    assert [pile.code for pile in piles_of_people(many, 10)] == [9.0]


def test_the_chance_is_the_exact_binomial() -> None:
    assert upper_tail(2, 3, 0.5) == pytest.approx(0.5)
    assert upper_tail(0, 5, 0.2) == pytest.approx(1.0)
    assert upper_tail(4, 5, 1 / 6) == pytest.approx(26 / 7776)


# Times in bed.


def test_a_bedtime_half_a_day_off_is_told() -> None:
    psqi = key_named("PSQI")
    rest = [1] * 14
    forms = [
        [23, 10, 7, 7, *rest],
        [11, 10, 7, 7, *rest],
        [23, 10, 7, 9, *rest],
        [7, 10, 7, 7, *rest],
    ]
    flag = flags_of(answers_of(psqi, forms), psqi)["hardly_possible_times_in_bed"]
    assert flag.severity == "look"
    assert flag.evidence == (
        "donor P2 to bed at 11:00 and up at 7:00, 20 h in bed",
        "donor P3 to bed at 23:00 and up at 7:00, 8 h in bed, 9 h asleep",
        "donor P4 to bed at 7:00 and up at 7:00, nobody knows how long, 7 h asleep",
    )
