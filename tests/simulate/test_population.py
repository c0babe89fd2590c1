"""The data model of a planned study: what is drawn is what was assumed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from exvivo.errors import StudyError
from exvivo.simulate import ModelStudy
from exvivo.simulate.design import records
from exvivo.simulate.population import Changes, DataModel, data_model, draw, truths
from exvivo.study import (
    Agreement,
    AssumedEffect,
    AssumedScore,
    AssumedShare,
    AssumedSpread,
    Assumptions,
    Study,
)
from exvivo.study.assumptions import Shape

STUDIES = 800


def planned(assumptions: Assumptions | None = None) -> Study:
    """The model study with 14 and 10 planned donors."""
    study = records(ModelStudy())
    groups = tuple(replace(g, n=n) for g, n in zip(study.groups, (14, 10), strict=True))
    return replace(study, groups=groups, assumptions=assumptions or Assumptions())


def tnf(model: DataModel) -> tuple[int, int]:
    """The places of TNF protein, unstimulated and stimulated."""
    own = [i for i, s in enumerate(model.series) if (s.analyte, s.assay) == ("TNF", "protein")]
    return own[0], own[1]


TWICE = Assumptions(
    effects=(AssumedEffect(fold=2, group="FM", stimulus="ATP", analytes=("TNF",)),),
    spreads=(AssumedSpread(groups=("HC",), response=0.3), AssumedSpread(well=0.3, culture=0.2)),
    scores=(AssumedScore(scale="VAS", group="FM", mean=50, sd=12, correlation={"TNF": 0.6}),),
    dropouts=0.2,
)


@pytest.mark.parametrize("shape", ["normal", "skewed", "heavy"])
def test_what_is_drawn_is_what_was_assumed(shape: Shape) -> None:
    """Means, spreads, errors of wells and correlations, within five standard errors."""
    model = data_model(planned(replace(TWICE, donors=shape)), cultures=2, wells=3)
    drawn = draw(model, STUDIES, rng=np.random.default_rng(3))
    rest, stimulated = tnf(model)
    response = drawn.means[..., stimulated] - drawn.means[..., rest]
    patients, controls = response[:, :14], response[:, 14:]
    error = (0.2**2 + 0.3**2 / 3) / 2
    assert patients.mean() - controls.mean() == pytest.approx(1.0, abs=0.05)
    tolerance = 0.15 if shape == "heavy" else 0.06
    assert patients.var() == pytest.approx(0.65**2 + 2 * error, rel=tolerance)
    assert controls.var() == pytest.approx(0.3**2 + 2 * error, rel=tolerance)
    wells = drawn.values[..., rest, :, :]
    assert wells.std(axis=-1, ddof=1).mean() == pytest.approx(0.3 * 0.886, rel=0.02)
    assert 1 - drawn.present.mean() == pytest.approx(0.2, abs=0.02)
    r = np.corrcoef(patients.ravel(), drawn.scores[:, :14, 0].ravel())[0, 1]
    expected = 0.6 * 0.65 / np.sqrt(0.65**2 + 2 * error)
    assert r == pytest.approx(expected, abs=0.05)


def test_means_of_wells_are_drawn_alike_with_and_without_them() -> None:
    model = data_model(planned(TWICE), cultures=2, wells=3)
    whole, short = (
        draw(model, STUDIES, rng=np.random.default_rng(5), wells=wells) for wells in (True, False)
    )
    assert short.values.shape[3:] == (1, 1) and whole.values.shape[3:] == (2, 3)
    rest, stimulated = tnf(model)
    spreads = [(one.means[..., stimulated] - one.means[..., rest]).std() for one in (whole, short)]
    assert spreads[0] == pytest.approx(spreads[1], rel=0.02)


def test_the_field_is_the_default_and_says_where_it_is_from() -> None:
    """0.36 standard deviations of 0.65 are a fold of 1.176."""
    model = data_model(planned())
    by_answer = {(t.question, t.assay, t.analyte): t.value for t in truths(model)}
    assert by_answer["more_tnf", "protein", "TNF"] == pytest.approx(0.36 * 0.65)
    assert by_answer["other_cytokines", "protein", "IL1B"] == 0.0
    prior = next(s for s in model.sources if s.what == "effect" and "TNF" in s.of)
    assert prior.assumed and "keab146" in prior.source


def test_where_nothing_is_true_every_truth_is_nothing() -> None:
    model = data_model(planned(TWICE), changes=Changes(null=True))
    assert all(abs(one.value) < 1e-12 for one in truths(model))
    changed = data_model(planned(TWICE), changes=Changes(fold=4.0))
    assert {round(t.value, 6) for t in truths(changed) if not t.scale} == {2.0}


def test_a_medication_moves_those_who_take_it() -> None:
    assumptions = Assumptions(
        effects=(AssumedEffect(fold=0.5, column="pregabalin", value="yes", stimulus="ATP"),),
        shares=(AssumedShare(column="pregabalin", value="yes", shares={"FM": 0.5, "HC": 0.0}),),
    )
    model = data_model(planned(assumptions))
    drawn = draw(model, STUDIES, rng=np.random.default_rng(1))
    rest, stimulated = tnf(model)
    response = drawn.means[..., stimulated] - drawn.means[..., rest]
    exposed = drawn.exposed[..., 0]
    assert not exposed[:, 14:].any() and exposed[:, :14].mean() == pytest.approx(0.5, abs=0.02)
    own = response[:, :14]
    assert own[exposed[:, :14]].mean() - own[~exposed[:, :14]].mean() == pytest.approx(-1, abs=0.05)


@pytest.mark.parametrize(
    ("assumptions", "cure"),
    [
        (Assumptions(agreement=Agreement(analytes=-0.5)), "write -0.25 or more"),
        (
            Assumptions(
                agreement=Agreement(scores=0.0),
                scores=tuple(
                    AssumedScore(scale=s, group="FM", mean=10, sd=3, correlation={"TNF": 0.9})
                    for s in ("VAS", "HADS_A")
                ),
            ),
            "multiply them by 0.7",
        ),
    ],
)
def test_correlations_that_no_people_can_have(assumptions: Assumptions, cure: str) -> None:
    """The second: r² + r² must not exceed 1 where the scores are unrelated."""
    with pytest.raises(StudyError) as caught:
        data_model(planned(assumptions))
    assert cure in caught.value.mistakes[0].cure


def test_donors_that_nobody_planned_are_asked_for() -> None:
    study = planned()
    unplanned = replace(study, groups=tuple(replace(g, n=None) for g in study.groups))
    with pytest.raises(StudyError) as caught:
        data_model(unplanned)
    assert len(caught.value.mistakes) == 2
    assert data_model(unplanned, donors={"FM": 5, "HC": 4}).donors == (5, 4)


def test_every_number_says_who_states_it() -> None:
    """With a source, without one, typed for this plan, or nobody: a prior of the field."""
    assumptions = Assumptions(
        effects=(
            AssumedEffect(fold=2.0, group="FM", analytes=("TNF",), stimulus="ATP", source="pilot"),
            AssumedEffect(fold=3.0, stimulus="ATP"),
        ),
        spreads=(AssumedSpread(response=0.5),),
        dropouts=0.1,
    )
    model = data_model(planned(assumptions), wells=5, changes=Changes(well_sd=0.1))
    origins = {(s.what, s.of): s.origin for s in model.sources}
    assert origins["effect", "FM, TNF, ATP"] == "stated"
    assert origins["effect", "ATP"] == origins["response", ""] == "unsourced"
    assert origins["dropouts", ""] == "unsourced" and origins["agreement", "analytes"] == "prior"
    by_name = {s.what: s.origin for s in model.sources}
    assert by_name["well"] == by_name["wells"] == "typed" and by_name["level"] == "prior"
    assert {"score_mean", "score_sd"} <= set(by_name)
