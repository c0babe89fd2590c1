"""Many studies answered at once: the numbers and verdicts that `compare` gives of each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from many_studies import (
    ASSUMED,
    BLOCKED,
    HELD,
    LEVELS,
    MORE,
    ONLY_IMG,
    ONLY_TNF,
    PAIN,
    PAIN_ALL,
    PAIN_HELD,
    PAIN_R,
    TAKES,
    THROUGH,
    UNDER,
    YEAR,
    YEAR_PAIN,
    compared,
    drawn_of,
    many_of,
    planned,
)

from exvivo.compare.many import ManyAnswers, answers_of_many
from exvivo.compare.many.alike import alike
from exvivo.study import Plan, Question
from exvivo.tables import VERDICTS

NUMBERS = ("estimate", "lower", "upper", "p", "p_adjusted")
LOST = replace(ASSUMED, dropouts=0.25)
ONE_FAMILY = (replace(MORE, family="f"), replace(UNDER, family="f"), replace(HELD, family="f"))


def about(answer: ManyAnswers) -> tuple[str, ...]:
    return answer.question, answer.assay, answer.analyte, answer.scale


@pytest.mark.parametrize(
    ("questions", "changes", "plates"),
    [
        pytest.param((MORE, LEVELS, UNDER), {}, 1, id="differences"),
        pytest.param((MORE, UNDER), {"assumptions": LOST}, 2, id="plates and lost donors"),
        pytest.param((MORE,), {"donors": (6, 4)}, 1, id="too few for max T"),
        pytest.param((MORE,), {"donors": (3, 3), "assumptions": LOST}, 1, id="too few donors"),
        pytest.param(ONE_FAMILY, {}, 1, id="a family that Holm corrects"),
        pytest.param((HELD, TAKES), {"assumptions": LOST}, 2, id="columns of donors.csv"),
        pytest.param((PAIN, PAIN_R, PAIN_HELD), {}, 1, id="coefficients"),
        pytest.param((PAIN_ALL, PAIN_R), {"assumptions": LOST}, 2, id="coefficients beside plates"),
        pytest.param((ONLY_TNF, ONLY_IMG), {"assumptions": LOST}, 2, id="contrasts"),
        pytest.param((YEAR, BLOCKED), {"assumptions": LOST}, 1, id="within donors"),
        pytest.param((YEAR_PAIN, THROUGH), {"assumptions": LOST}, 2, id="study by study"),
    ],
)
def test_every_kind_of_question_is_answered_as_compare_answers_it(
    questions: tuple[Question, ...], changes: dict[str, Any], plates: int
) -> None:
    studies = 2 if changes.get("assumptions") is LOST else 1
    drawn = drawn_of(planned(*questions, **changes), studies, plates=plates)
    answers = answers_of_many(many_of(drawn))
    for number in range(studies):
        rows = compared(drawn, number).rows(named=True)
        assert [about(answer) for answer in answers] == [
            (row["question"], row["assay"], row["analyte"], row["scale"] or "") for row in rows
        ]
        for row, answer in zip(rows, answers, strict=True):
            given = [np.nan if row[name] is None else row[name] for name in NUMBERS]
            ours = [getattr(answer, name)[number] for name in NUMBERS]
            np.testing.assert_allclose(
                ours, given, rtol=1e-9, atol=1e-9, err_msg=str(about(answer))
            )
            assert VERDICTS[answer.verdict[number]] == row["verdict"]


def test_some_verdict_of_each_kind_is_among_them() -> None:
    """The cases above would prove nothing if all studies said the same."""
    drawn = drawn_of(planned(MORE, donors=(14, 10)), 300, plates=1)
    answers = answers_of_many(many_of(drawn))
    verdicts = {VERDICTS[v] for answer in answers for v in answer.verdict.tolist()}
    assert verdicts == {"supported", "equivalent", "not resolved"}


@pytest.mark.parametrize("plates", [1, 2])
def test_p_values_that_decide_nothing_may_be_left_out(plates: int) -> None:
    many = many_of(drawn_of(planned(MORE), 60, plates=plates))
    whole, deciding = (answers_of_many(many, corrected=way) for way in ("all", "deciding"))
    left = np.isnan([answer.p_adjusted for answer in deciding])
    assert 0 < left.mean() < 1
    for one, other in zip(whole, deciding, strict=True):
        np.testing.assert_array_equal(one.verdict, other.verdict)
        given = ~np.isnan(other.p_adjusted)
        np.testing.assert_array_equal(one.p_adjusted[given], other.p_adjusted[given])


def test_of_several_cultures_the_mixed_model_gives_the_numbers_of_donors_means() -> None:
    drawn = drawn_of(planned(replace(MORE, analytes=("TNF", "IL6"))), 1, cultures=2)
    rows, answers = compared(drawn, 0), answers_of_many(many_of(drawn))
    assert set(rows["method"]) == {"mixed_wells"}
    for name in NUMBERS:
        ours = [getattr(answer, name)[0] for answer in answers]
        np.testing.assert_allclose(ours, rows[name].to_list(), atol=1e-9)


def test_max_t_of_answers_from_different_donors_is_made_study_by_study() -> None:
    """Two differences of one family, the second of groups turned round."""
    turned = replace(MORE, id="turned", groups=("HC", "FM"), analytes=("TNF",))
    family = [replace(one, family="f") for one in (replace(MORE, analytes=("IL6",)), turned)]
    drawn = drawn_of(planned(*family), 1)
    answers = answers_of_many(many_of(drawn))
    given = compared(drawn, 0)["p_adjusted"].to_list()
    np.testing.assert_allclose([answer.p_adjusted[0] for answer in answers], given, atol=1e-9)


def test_without_permutations_holm_corrects() -> None:
    study = planned(MORE, plan=Plan(permutations=0))
    answers = answers_of_many(many_of(drawn_of(study, 50)))
    p = np.stack([answer.p for answer in answers])
    np.testing.assert_allclose(
        np.min([answer.p_adjusted for answer in answers], axis=0), np.minimum(3 * p.min(axis=0), 1)
    )


def test_a_column_that_nobody_fills_in_gives_no_answer() -> None:
    many = many_of(drawn_of(planned(HELD, TAKES), 3))
    many = replace(many, columns={}, study=replace(many.study, donors=many.study.donors.clear()))
    answers = answers_of_many(many)
    assert {VERDICTS[v] for answer in answers for v in answer.verdict} == {"not estimable"}
    assert np.isnan([answer.p for answer in answers]).all()


def test_studies_that_are_alike_have_as_many_donors_of_each_kind() -> None:
    rng = np.random.default_rng(4)
    kinds, present = np.array([1, 0, 1, 0, 0, 2]), rng.random((40, 6)) > 0.3
    levels = rng.integers(0, 2, (40, 6, 1))
    patterns = list(alike(kinds, present, levels))
    assert sorted(study for one in patterns for study in one.studies.tolist()) == list(range(40))
    for one in patterns:
        for study, donors in zip(one.studies, one.donors, strict=True):
            assert set(donors.tolist()) == set(np.flatnonzero(present[study]).tolist())
            np.testing.assert_array_equal(kinds[donors], kinds[one.rows])
            np.testing.assert_array_equal(levels[study, donors], one.levels)
        assert len(set(one.rows.tolist())) == len(one.rows)
