"""How many more donors: from their spread alone, never fewer than planned, on the record."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from exvivo import record, store
from exvivo.cli import main
from exvivo.compare import responses
from exvivo.plan.next import Wanted, needed_of
from exvivo.plan.next.sizes import MOST, Planned, proportioned
from exvivo.plan.next.spread import blinded_spread
from exvivo.simulate import ModelStudy
from exvivo.simulate.design import records
from exvivo.simulate.population import Tables, data_model, draw
from exvivo.study import AssumedEffect, AssumedSpread, Assumptions, Study
from exvivo.tell.planned.needed import Needed, NextLook, Target, headline, in_all

ASSUMED = Assumptions(
    effects=(AssumedEffect(fold=2, group="FM", stimulus="ATP", analytes=("TNF",)),),
    spreads=(AssumedSpread(response=0.65, well=0.2),),
)


@dataclass(frozen=True)
class Measured:
    """A study of which some donors are measured: as it is planned, and RESPONSES of those."""

    study: Study
    responses: pl.DataFrame

    def needs(self, wanted: Wanted | None = None) -> tuple[Needed, ...]:
        return needed_of(self.study, self.responses, wanted or Wanted())


def planned(n: tuple[int, int] = (14, 10)) -> Study:
    study = records(ModelStudy())
    groups = tuple(replace(g, n=each) for g, each in zip(study.groups, n, strict=True))
    return replace(study, groups=groups, assumptions=ASSUMED)


@pytest.fixture(scope="module")
def measured() -> Measured:
    """14 and 10 donors of a study that plans 40 and 30."""
    model = data_model(planned())
    drawn = draw(model, 1, rng=np.random.default_rng(5))
    tables = Tables.of(model)
    study = tables.study(drawn, 0)
    numbers = responses(tables.quantities(drawn, 0), study=study)
    groups = tuple(replace(g, n=n) for g, n in zip(study.groups, (40, 30), strict=True))
    return Measured(replace(study, groups=groups), numbers)


@pytest.mark.parametrize("plates", [1, 3])
@pytest.mark.parametrize("difference", [0.0, 0.7])
def test_the_spread_is_that_within_groups(plates: int, difference: float) -> None:
    """Over 2,000 studies the mean of the variance is the true one, within four standard errors."""
    rng, studies, n = np.random.default_rng(2), 2000, 24
    first = np.arange(n) % 12 < 7
    names = [str(i) for i in np.arange(n) // 12 % plates] if plates > 1 else ["P"] * n
    shifts = rng.normal(0, 2, (studies, plates))[
        :, np.array(names, dtype="U1").view(np.int32) % plates
    ]
    values = rng.normal(0, 0.7, (studies, n)) + difference * first + shifts
    spreads = [blinded_spread(each, names, difference=difference, share=7 / 12) for each in values]
    variances = np.array([each.sd**2 for each in spreads])
    error = variances.std() / np.sqrt(studies)
    assert abs(variances.mean() - 0.7**2) < 4 * error
    assert np.mean([each.lower < 0.7 < each.upper for each in spreads]) > 0.93


def test_without_the_correction_the_difference_would_be_spread() -> None:
    values = np.array([0.0, 0.1, -0.1, 0.05, 2.0, 2.1, 1.9, 2.05])
    naive = blinded_spread(values, ["P"] * 8, difference=0.0, share=0.5)
    right = blinded_spread(values, ["P"] * 8, difference=2.0, share=0.5)
    assert naive.sd > 1 and np.isnan(right.sd) | (right.sd < 0.2)


def test_who_is_of_which_group_changes_nothing(measured: Measured) -> None:
    """Groups dealt out anew among the donors: the very same answer."""
    rng, donors = np.random.default_rng(3), measured.study.donors
    dealt = donors.with_columns(group=pl.Series(rng.permutation(donors["group"].to_numpy())))
    numbers = measured.responses.drop("group").join(
        dealt.select("donor", "group"), on="donor", how="left", maintain_order="left"
    )
    other = Measured(
        replace(measured.study, donors=dealt), numbers.select(measured.responses.columns)
    )
    assert not dealt["group"].equals(donors["group"])
    for wanted in (Wanted(), Wanted(target="width")):
        assert other.needs(wanted) == measured.needs(wanted)


def test_no_number_hangs_on_the_mean_of_a_group_that_is_measured(measured: Measured) -> None:
    """All donors moved by the same amount: the same answer."""
    moved = measured.responses.with_columns(pl.col("value") + 1.5)
    again = Measured(measured.study, moved).needs()
    for before, after in zip(measured.needs(), again, strict=True):
        assert after.sd == pytest.approx(before.sd)
        assert after.needed == before.needed


def test_every_question_is_told_or_named(measured: Measured) -> None:
    answers = measured.needs()
    assert {each.question for each in answers} == {q.id for q in measured.study.questions}
    told = [each for each in answers if not each.why]
    assert {each.why for each in answers} <= {"", "kind"}
    for each in told:
        assert each.needed is not None and each.measured == 24
        assert each.sd_lower < each.sd < each.sd_upper
        assert all(n >= p for (_, n), (_, p) in zip(each.needed, each.planned, strict=True))


def test_the_questions_that_count_can_be_named(measured: Measured) -> None:
    (name, *_) = (question.id for question in measured.study.questions)
    assert {each.question for each in measured.needs(Wanted(questions=(name,)))} == {name}


@pytest.mark.parametrize("target", ["power", "width"])
def test_the_planned_spread_needs_the_planned_donors(target: Target) -> None:
    plan = Planned((14, 10), 1.0, 0.05)
    goal = plan.reached(target, plan.donors, 0.7)
    assert plan.enough(target, goal, 0.7) == (14, 10)
    assert plan.enough(target, goal, 0.35) == (14, 10), "never fewer"
    sizes = plan.enough(target, goal, 1.4)
    assert sizes is not None and 3.6 < sum(sizes) / 24 < 4.1, "twice the spread: four times as many"
    reached = plan.reached(target, sizes, 1.4)
    fewer = plan.reached(target, proportioned((14, 10), sum(sizes) - 1), 1.4)
    assert (reached >= goal > fewer) if target == "power" else (reached <= goal < fewer)


def test_one_group_is_counted_by_its_own_mean() -> None:
    plan = Planned((12,), 0.8, 0.05)
    goal = plan.reached("power", (12,), 0.7)
    sizes = plan.enough("power", goal, 1.4)
    assert sizes is not None and len(sizes) == 1 and 40 < sizes[0] < 50


def test_more_than_can_be_asked_for_is_said_as_such() -> None:
    assert Planned((14, 10), 0.01, 0.05).enough("power", 0.8, 1.0) is None
    assert Planned((14, 10), 0.01, 0.05).enough("power", 0.8, 0.0) == (14, 10)


def test_few_donors_bounds_and_no_effect_are_told(measured: Measured) -> None:
    few = measured.responses.filter(pl.col("donor").is_in(measured.study.donors["donor"][:5]))
    assert {each.why for each in Measured(measured.study, few).needs()} == {"few", "kind"}
    unseen = pl.int_range(pl.len()) % 3 == 0
    bounds = measured.responses.with_columns(
        value=pl.when(~unseen).then("value"),
        censor=pl.when(unseen).then(pl.lit("left")).otherwise("censor"),
        upper=pl.when(unseen).then("value").otherwise("upper"),
    )
    whys = {each.why for each in Measured(measured.study, bounds).needs()}
    assert "bounds" in whys
    nothing = replace(ASSUMED, effects=(AssumedEffect(fold=1, group="FM", stimulus="ATP"),))
    study = replace(measured.study, assumptions=nothing)
    whys = {e.why for e in Measured(study, measured.responses).needs(Wanted(target="power"))}
    assert whys == {"no_effect", "kind"}
    assert {e.target for e in Measured(study, measured.responses).needs()} == {"width"}


def test_a_spread_smaller_than_the_assumed_difference_is_told(measured: Measured) -> None:
    large = replace(ASSUMED, effects=(AssumedEffect(fold=64, group="FM", stimulus="ATP"),))
    study = replace(measured.study, assumptions=large)
    assert {each.why for each in Measured(study, measured.responses).needs()} == {"spread", "kind"}


def test_the_headline_says_what_is_to_be_done(measured: Measured) -> None:
    (one, *_) = (each for each in measured.needs() if not each.why)

    def said(each: Needed) -> str:
        return headline(
            NextLook(24, one.planned, (each,), 1, "", None, in_all(one.planned, [each]))
        )

    assert said(replace(one, needed=one.planned)).endswith("the plan stands: 46 donors to come.")
    more = said(replace(one, needed=(("FM", 50), ("HC", 36))))
    assert "86 are needed in all, 62 more than are measured and 16 more than planned" in more
    assert f"more than {MOST}" in said(replace(one, needed=None))
    assert "cannot be told yet" in said(replace(one, why="few"))


STUDY = """exvivo: 1
title: an invented study
groups: [{id: A, name: group A, n: 20}, {id: B, name: group B, n: 20}]
analytes: [{id: TNF}]
assays: [{id: protein, kind: results}]
plates: [{id: P0, assay: protein, layout: plates/P0.csv, file: raw/P0.csv}]
questions: [{id: q, ask: difference, groups: [A, B], assays: [protein], analytes: [TNF]}]
plan: {wells: 1}
assumptions: {effects: [{fold: 2, group: A}], spreads: [{level: 0.5}]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    values = 2 ** np.random.default_rng(1).normal(6, 1.5, 12)
    lines = [f"D{i:02d}" for i in range(12)]
    tables = {
        "study.yaml": STUDY,
        "donors.csv": "donor,group\n"
        + "".join(f"{n},{'AB'[i % 2]}\n" for i, n in enumerate(lines)),
        "plates/P0.csv": "well,role,donor\n" + "".join(f"{n},sample,{n}\n" for n in lines),
        "raw/P0.csv": "well,TNF\n"
        + "".join(f"{n},{value:.3f}\n" for n, value in zip(lines, values, strict=True)),
    }
    for name, text in tables.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_look_stands_on_the_record_and_names_nobody(folder: Path) -> None:
    record.lock(folder)
    result = CliRunner().invoke(main, ["plan", "next", str(folder), "--who", "B. Kim"])
    assert result.exit_code == 0, result.output
    assert "12 of 40 planned donors are measured" in result.output
    assert "Nothing is locked" not in result.output
    row = store.entries(folder)[-1]
    assert (row.kind, row.says("who"), row.facts["donors"]) == ("next", "B. Kim", 12)
    assert row.facts["needed"] > 40 and row.hash in result.output.replace("\n", "")
    assert store.last_decision(folder) == store.entries(folder)[0].hash, "no input of the results"
    history = CliRunner().invoke(main, ["history", str(folder)]).output
    assert "spread of donors looked at without groups; measured: 12" in history
    assert store.examine(folder).changes == ()


def test_a_look_as_json(folder: Path) -> None:
    arguments = ["plan", "next", str(folder), "--json", "--half-width", "1.2"]
    result = CliRunner().invoke(main, arguments)
    answer = json.loads(result.output)
    assert answer["measured"] == 12 and answer["answers"][0]["target"] == "width"
    assert answer["needed"] == answer["answers"][0]["in_all"] > 40
    assert "mean" not in result.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--power", "80", "--half-width", "1.5"], "not both"),
        (["--power", "101"], "write a power such as 0.8"),
        (["--half-width", "0.5"], "write a fold above 1"),
        (["--question", "p"], "no question p"),
    ],
)
def test_what_cannot_be_asked_is_refused(folder: Path, arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(main, ["plan", "next", str(folder), *arguments])
    assert result.exit_code == 2 and words in result.output
    assert not store.entries(folder)


def test_no_planned_number_is_refused(folder: Path) -> None:
    path = folder / "study.yaml"
    path.write_text(STUDY.replace(", n: 20", "", 1))
    result = CliRunner().invoke(main, ["plan", "next", str(folder)])
    assert result.exit_code == 2 and "no planned number of donors" in result.output
    assert not store.entries(folder)
