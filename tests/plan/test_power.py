"""The power of a planned study: what is simulated agrees with what is exact, what has no answer is
counted as such, and a plan that was ended goes on.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from exvivo.cli import main
from exvivo.compare.many import ManyAnswers
from exvivo.plan.power import Axes, Wishes, power_of
from exvivo.plan.power.answering import answers_of, one_by_one
from exvivo.plan.power.figures import coverage, gained, mean, share
from exvivo.plan.power.folder import planned_point, planned_study
from exvivo.plan.power.models import model_of
from exvivo.plan.power.shown import Answer
from exvivo.plan.power.tally import added_up, tallied
from exvivo.simulate.population import draw
from exvivo.study import AssumedLevel, Study
from exvivo.tell.planned.records import Figured, PowerTable
from exvivo.units import LOG2_FOLD

STUDY = """\
exvivo: 1
title: Planned
groups:
  - {id: FM, name: people with fibromyalgia, n: 14}
  - {id: HC, name: healthy people, n: 10}
cell_types: [{id: iMG, name: induced microglia-like cells}]
stimuli:
  - {id: none, name: unstimulated, control: true}
  - {id: ATP, name: extracellular ATP}
analytes: [{id: TNF}]
assays: [{id: protein, kind: immunoassay}]
scales: [{id: VAS, lowest: 0, highest: 100, higher_is: worse, name: pain}]
questions:
  - {id: more, ask: difference, groups: [FM, HC], assays: [protein], analytes: [TNF],
     stimulus: ATP, margin: 2, margin_reason: as an example}
  - {id: pain, ask: association, method: pearson, within: FM, assays: [protein], analytes: [TNF],
     scales: [VAS], stimulus: ATP}
assumptions:
  scores: [{scale: VAS, group: FM, mean: 50, sd: 14, correlation: {TNF: 0.6}}]
plan: {wells: 3}
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("planned")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    return planned_study(folder)


@pytest.fixture(scope="module")
def table(study: Study) -> PowerTable:
    """A grid of unequal groups and variances with dropouts."""
    axes = Axes(donors="14v10,7v12", plates="1", fold="1.6", spread_ratio="1.7", dropouts="0.1")
    return power_of(study, Wishes(axes=axes, studies=800, seed=5, buys=False, anyway=True))


def apart(figure: Figured) -> float:
    """How many Monte-Carlo errors lie between simulated and exact."""
    assert figure.exact is not None and figure.error
    return abs(figure.value - figure.exact) / figure.error


def test_simulated_and_exact_agree_at_every_point(table: PowerTable) -> None:
    assert len(table.outlooks) == 4
    for one in table.outlooks:
        figures = [one.alone, one.half_width, *one.verdicts.values(), *one.at_zero.values()]
        figures += [one.exaggeration, one.wrong_sign]
        assert max(map(apart, figures)) < 3, (one.question, one.size)
        total = sum(chance.exact or 0.0 for chance in one.verdicts.values())
        assert total == pytest.approx(1, abs=1e-6)
        assert abs(one.coverage.value - 0.95) < 4 * (one.coverage.error or 0.0)


def test_plates_that_are_held_are_exact_too(study: Study) -> None:
    """As many plates as the wells need, where nobody states them; a column of plates is held."""
    table = power_of(study, Wishes(axes=Axes(fold="1.6"), studies=800, buys=False))
    assert table.sizes[0].plates == 2
    assert any(one.source == "as many as the wells need" for one in table.assumed)
    for one in table.outlooks:
        figures = [one.alone, one.half_width, *one.verdicts.values(), *one.at_zero.values()]
        assert max(map(apart, figures)) < 3, one.question


def test_a_fold_is_a_fold(table: PowerTable) -> None:
    """1.6-fold is log2 1.6, whatever the donors spread by."""
    assert table.outlooks[0].truth == pytest.approx(math.log2(1.6))


def test_what_is_bought_has_the_people_of_the_plan(study: Study) -> None:
    """Twice the wells changes few answers: the error of the gain is that of those few."""
    table = power_of(study, Wishes(axes=Axes(fold="1.6"), studies=200))
    for one in table.purchases:
        apart_ = math.hypot(one.before.error or 0.0, one.after.error or 0.0)
        same = one.change != "donors"
        assert (one.gain.error or 1.0) < (0.6 if same else 1.01) * apart_, one.change
        assert one.gain.value == pytest.approx(one.after.value - one.before.value, abs=0.01)


def test_few_claims_say_nothing_of_claims(study: Study) -> None:
    """Of one claim in a hundred studies nobody can say how far it exaggerates."""
    row = {"supported": 19, "wrong": 1, "truth": 0.5, "claimed": 19.0, "claimed_squares": 19.0}
    few = Answer(row, study.questions[0], model_of(study, planned_point(study)))
    few.__dict__.update(tests=2, exact=None)
    assert math.isnan(few.wrong_sign().value) and math.isnan(few.exaggeration().value)
    unknown = Answer({**row, "supported": 90, "truth": math.nan}, few.question, few.model)
    unknown.__dict__.update(tests=2, exact=None)
    assert math.isnan(unknown.wrong_sign().value)
    assert math.isnan(coverage({"truth": math.nan, "covered": 0, "answered": 90}).value)
    enough = Answer({**row, "supported": 20}, few.question, few.model)
    enough.__dict__.update(tests=2, exact=None)
    assert enough.wrong_sign().value == 0.05


def test_gains_are_counted_study_by_study() -> None:
    """Of eight studies two gain it and one loses it."""
    before = {"studies": 8, "supported_in": "c0"}
    after = {"studies": 8, "supported_in": "b0"}
    gain = gained(before, after, "supported")
    assert gain.value == 1 / 8 and gain.error == pytest.approx(0.1928, abs=1e-3)


def test_no_answer_is_no_answer_without_a_claim(study: Study) -> None:
    """Two of four studies have no answer: power is 1 of 2, never 1 of 4; and nothing is 0 of 0."""
    numbers = np.array([1.0, 0.1, np.nan, np.nan])
    answers = ManyAnswers(
        question="more",
        family="more",
        assay="a",
        analyte="TNF",
        scale="",
        unit=LOG2_FOLD,
        estimate=numbers,
        lower=numbers - 0.5,
        upper=numbers + 0.5,
        p=np.array([0.001, 0.7, np.nan, np.nan]),
        p_adjusted=np.array([0.001, 0.7, np.nan, np.nan]),
        verdict=np.array([0, 2, 3, 3]),
    )
    truth = {("more", "a", "TNF", ""): 0.5}
    part = tallied([answers], truth, study=study, size=0, zero=False)
    (row,) = added_up(pl.concat([part, part])).iter_rows(named=True)
    assert (row["studies"], row["answered"], row["supported"], row["not_resolved"]) == (8, 4, 2, 2)
    assert row["alone_equivalent"] == 2  # 0.1 ± 0.5 lies inside the margin of 2.
    assert row["alone"] == 2 and row["wrong"] == 0 and row["covered"] == 4
    assert share(row["supported"], row["answered"]).value == 0.5
    assert mean(row["half_width"], row["half_width_squares"], row["answered"]).value == 0.5
    assert math.isnan(share(0, 0).value)
    assert (share(0, 1000).error or 0) > 0


def test_studies_that_lose_too_many_donors_are_not_estimable(study: Study) -> None:
    """Of 4 v 4 donors of whom 40 % are lost most studies are left with fewer than three."""
    axes = Axes(donors="5v4", dropouts="0.4")
    wishes = Wishes(axes=axes, studies=400, buys=False, anyway=True)
    more = power_of(study, wishes).outlooks[0]
    assert more.verdicts["not estimable"].value > 0.5
    assert apart(more.verdicts["not estimable"]) < 3 and apart(more.alone) < 3


def test_results_below_a_limit_are_answered_one_by_one(study: Study) -> None:
    """Three studies, the second with a well below the limit: the others are answered at once, with
    the same numbers as one by one.
    """
    levels = (AssumedLevel(amount=32, lower=1e-6),)
    limited = replace(study, assumptions=replace(study.assumptions, levels=levels))
    drawn = draw(model_of(limited, planned_point(limited)), 3, rng=np.random.default_rng(1))
    drawn.values[1, 0, 0] = -30.0
    for slow, fast in zip(one_by_one(drawn), answers_of(drawn), strict=True):
        assert (slow.question, slow.family, slow.unit) == (fast.question, fast.family, fast.unit)
        np.testing.assert_allclose(slow.estimate, fast.estimate, atol=1e-9)
        np.testing.assert_array_equal(slow.verdict, fast.verdict)


def test_the_command_writes_its_files(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    asked = ["plan", "power", str(tmp_path), "--studies", "60", "--json"]
    printed = json.loads(CliRunner().invoke(main, asked, catch_exceptions=False).stdout)
    folder = tmp_path / "planned" / "power"
    text = (folder / "power.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0].startswith("donors,cultures,wells,plates,dropouts,fold")
    assert text.count("14v10,") == 2 and (folder / "report.html").is_file()
    assert len(list((folder / "parts").glob("*.parquet"))) == 2 + len(printed["purchases"]) / 2
    bought = {one["change"]: one for one in printed["purchases"] if one["question"] == "more"}
    assert (bought["donors"]["donors"], bought["donors"]["samples"]) == (24, 144)
    assert bought["wells"]["student_after"] > bought["wells"]["student_before"]


def test_a_plan_that_was_ended_goes_on_with_the_same_numbers(study: Study, tmp_path: Path) -> None:
    """What is kept is taken: a part of other numbers shows; a lost part is made again."""
    wishes = Wishes(studies=60, buys=False)
    first = power_of(study, wishes, folder=tmp_path)
    parts = sorted(tmp_path.glob("*.parquet"))
    times = [part.stat().st_mtime_ns for part in parts]
    parts[0].unlink()
    again = power_of(study, wishes, folder=tmp_path)
    assert again.outlooks == first.outlooks
    assert [part.stat().st_mtime_ns for part in parts][1:] == times[1:]
    other = power_of(study, replace(wishes, seed=2), folder=tmp_path)
    assert other.outlooks != first.outlooks


def test_the_command_refuses_what_no_study_can_show(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    asked = ["plan", "power", str(tmp_path), "--donors", "3v3", "--ranks", "--json"]
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 2 and not (tmp_path / "planned").exists()
    cures = [mistake["cure"] for mistake in json.loads(result.stdout)["mistakes"]]
    assert {cure.split(" (")[0] for cure in cures} == {"--donors 5v4"}
