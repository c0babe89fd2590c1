"""What is true of a question hangs on what is assumed of it, and on no other question."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from exvivo.simulate import ModelStudy
from exvivo.simulate.design import records
from exvivo.simulate.population import Changes, data_model, truths
from exvivo.study import (
    Association,
    AssumedEffect,
    AssumedScore,
    AssumedShare,
    AssumedSpread,
    Assumptions,
    CellType,
    Change,
    Difference,
    Effect,
    Group,
    Question,
    Specificity,
    Stimulus,
    Study,
)

OF_TNF: dict[str, Any] = {"assays": ("protein",), "analytes": ("TNF",)}
RESPONSE = Difference(
    id="response", ask="difference", groups=("FM", "HC"), stimulus="ATP", cell_type="iMG", **OF_TNF
)
LEVEL = replace(RESPONSE, id="level", stimulus="")
BLOCKED = Effect(
    id="blocked",
    ask="effect",
    within="FM",
    stimulus="ATP",
    blocked="ATPx",
    cell_type="iMG",
    **OF_TNF,
)
PAIN = Association(
    id="pain",
    ask="association",
    within="FM",
    scales=("VAS",),
    method="pearson",
    stimulus="ATP",
    cell_type="iMG",
    **OF_TNF,
)
OF_CELLS = Specificity(
    id="cells",
    ask="specificity",
    groups=("FM", "HC"),
    cell_type="iMG",
    against_cell_type="mono",
    stimulus="ATP",
    **OF_TNF,
)


def study_of(*questions: Question, **assumed: Any) -> Study:
    """The model study with other cells, a blocked arm, and these questions and assumptions."""
    study = records(ModelStudy())
    groups = tuple(replace(g, n=n) for g, n in zip(study.groups, (14, 10), strict=True))
    stimuli = (*study.stimuli, Stimulus(id="ATPx", name="ATP and a blocker"))
    cells = (*study.cell_types, CellType(id="mono", name="monocytes"))
    return replace(
        study,
        groups=groups,
        stimuli=stimuli,
        cell_types=cells,
        questions=questions,
        assumptions=Assumptions(**assumed),
    )


def true(study: Study, **changes: Any) -> dict[str, float]:
    """The truth of each question, log2."""
    model = data_model(study, changes=Changes(**changes))
    return {one.question: round(one.value, 6) for one in truths(model)}


def test_a_fold_is_that_of_every_question_beside_the_others() -> None:
    study = study_of(RESPONSE, LEVEL, OF_CELLS, BLOCKED)
    assert true(study, fold=2.0) == {"response": 1, "level": 1, "cells": 1, "blocked": 1}
    assert true(study, fold=0.5) == {"response": -1, "level": -1, "cells": -1, "blocked": -1}
    assert set(true(study, null=True).values()) == {0}


def test_a_blocker_multiplies_what_the_stimulus_gives_alone() -> None:
    twice = AssumedEffect(fold=2, group="FM", stimulus="ATP")
    half = AssumedEffect(fold=0.5, stimulus="ATPx")
    assert true(study_of(RESPONSE, BLOCKED, effects=(twice, half))) == {
        "response": 1,
        "blocked": -1,
    }
    assert true(study_of(RESPONSE, BLOCKED))["blocked"] == 0


def test_a_fold_leaves_what_nobody_asked_about() -> None:
    """A medication of all patients halves what they show, whatever the fold of the groups."""
    taken = AssumedEffect(fold=0.5, column="drug", value="yes", stimulus="ATP")
    twice = AssumedEffect(fold=2, group="FM", stimulus="ATP")
    other = AssumedEffect(fold=8, group="HC", stimulus="ATP", cell_type="mono")
    shares = (AssumedShare(column="drug", value="yes", shares={"FM": 1.0, "HC": 0.0}),)
    study = study_of(RESPONSE, OF_CELLS, effects=(taken, twice, other), shares=shares)
    assert true(study) == {"response": 0, "cells": 3}
    assert true(study, fold=4.0) == {"response": 1, "cells": 5}


@pytest.mark.parametrize(
    ("question", "spreads", "sd"),
    [
        (RESPONSE, (), 0.65),
        (LEVEL, (), 0.8),
        (RESPONSE, (AssumedSpread(assays=("protein",), response=1.3),), 1.3),
        (RESPONSE, (AssumedSpread(groups=("HC",), response=0.4),), ((0.65**2 + 0.16) / 2) ** 0.5),
    ],
)
def test_the_prior_is_in_the_spread_of_what_is_asked(
    question: Question, spreads: tuple[AssumedSpread, ...], sd: float
) -> None:
    (value,) = true(study_of(question, spreads=spreads)).values()
    assert value == pytest.approx(0.36 * sd, abs=1e-6)


@pytest.mark.parametrize("stimulus", ["", "ATP"])
def test_a_stated_correlation_is_that_of_what_is_asked(stimulus: str) -> None:
    asked = replace(PAIN, stimulus=stimulus)
    score = AssumedScore(scale="VAS", group="FM", mean=60, sd=15, correlation={"TNF": 0.6})
    sure = AssumedSpread(well=0.0)
    study = study_of(asked, scores=(score,), spreads=(sure,))
    assert true(study)["pain"] == pytest.approx(0.6, abs=1e-6)


def test_across_groups_the_truth_is_that_of_all_of_them() -> None:
    """0.6 in 14 patients and nothing in 10 controls of the same spread: 13/22 of it."""
    asked = replace(PAIN, answer="across groups")
    scores = (
        AssumedScore(scale="VAS", group="FM", mean=50, sd=9, correlation={"TNF": 0.6}),
        AssumedScore(scale="VAS", group="HC", mean=50, sd=9),
    )
    study = study_of(asked, scores=scores, spreads=(AssumedSpread(well=0.0),))
    assert true(study)["pain"] == pytest.approx(0.6 * 13 / 22, abs=1e-6)


def test_a_level_under_a_stimulus_is_moved_by_the_response_once() -> None:
    """0.36 of √(0.8² + 0.65²), or what the response beside it has."""
    under = replace(LEVEL, id="under", condition="ATP")
    assert true(study_of(under, RESPONSE), fold=1.5) == true(study_of(RESPONSE, under), fold=1.5)
    assert set(true(study_of(under, RESPONSE), fold=2.0).values()) == {1}
    sd = (0.8**2 + 0.65**2) ** 0.5
    assert true(study_of(under))["under"] == pytest.approx(0.36 * sd, abs=1e-6)


def test_an_adjusted_answer_is_of_the_groups_without_what_they_take() -> None:
    effects = (
        AssumedEffect(fold=0.5, column="drug", value="yes", stimulus="ATP"),
        AssumedEffect(fold=2, group="FM", stimulus="ATP"),
    )
    shares = (AssumedShare(column="drug", value="yes", shares={"FM": 1.0, "HC": 0.0}),)
    adjusted = replace(RESPONSE, id="adjusted", adjust=("drug",), answer="adjusted")
    study = study_of(RESPONSE, adjusted, effects=effects, shares=shares)
    assert true(study) == {"response": 0, "adjusted": 1}


def test_of_a_negative_control_nothing_is_expected() -> None:
    study = study_of(replace(RESPONSE, negative_control=True))
    assert true(study) == {"response": 0} and true(study, fold=2.0) == {"response": 0}


def test_a_prior_is_the_same_fold_whatever_the_grid_makes_of_spreads() -> None:
    planned = true(study_of(RESPONSE))
    assert true(study_of(RESPONSE), response_sd=1.3, second_spread=2.0) == planned


def test_three_groups_and_three_visits_have_the_fold_from_one_to_the_next() -> None:
    groups = (*records(ModelStudy()).groups, Group(id="RA", name="people with arthritis"))
    pairs = (("FM", "HC"), ("HC", "RA"), ("FM", "RA"))
    questions = tuple(replace(RESPONSE, id="".join(pair), groups=pair) for pair in pairs)
    study = replace(study_of(*questions), groups=tuple(replace(g, n=9) for g in groups))
    assert true(study, fold=2.0) == {"FMHC": 1, "HCRA": 1, "FMRA": 2}
    visits = tuple(
        Change(
            id="".join(pair),
            ask="change",
            within="FM",
            visits=pair,
            stimulus="ATP",
            cell_type="iMG",
            **OF_TNF,
        )
        for pair in (("1", "2"), ("2", "3"))
    )
    assert true(study_of(*visits), fold=2.0) == {"12": 1, "23": 1}


def test_cells_that_a_question_need_not_name_are_the_same_cells() -> None:
    study = study_of(RESPONSE, replace(RESPONSE, id="unnamed", cell_type=""))
    one_kind = replace(study, cell_types=study.cell_types[:1])
    assert set(true(one_kind, fold=2.0).values()) == {1}


def test_what_only_some_take_blurs_a_coefficient() -> None:
    asked = PAIN
    study = study_of(
        asked,
        scores=(AssumedScore(scale="VAS", group="FM", mean=50, sd=9, correlation={"TNF": 0.6}),),
        spreads=(AssumedSpread(well=0.0),),
        effects=(AssumedEffect(fold=0.25, column="drug", value="yes", stimulus="ATP"),),
        shares=(AssumedShare(column="drug", value="yes", shares={"FM": 0.5, "HC": 0.0}),),
    )
    expected = 0.6 * 0.65 / (0.65**2 + 1.0) ** 0.5
    assert true(study)["pain"] == pytest.approx(expected, abs=1e-6)
