"""A study's own design simulated: right methods lie in their band, wrong ones are named, and what
was simulated before is not simulated again.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare_tables import MORE, RELATED, clinic, quantities, quantity, response, responses, study
from every_question import every_question
from scipy import stats

from exvivo.compare import Kept, compare
from exvivo.compare.answers import _evidence
from exvivo.compare.asks import association, difference
from exvivo.compare.calibrated import findings as calibrated
from exvivo.compare.calibrated.asked import _wells_of, trial_of
from exvivo.compare.calibrated.draws import NORMAL, SKEWED, levels_of, lognormal
from exvivo.compare.calibrated.findings import band
from exvivo.compare.calibrated.kept import FILE
from exvivo.compare.calibrated.trials import reproduces
from exvivo.compare.design import Held
from exvivo.compare.methods import regression
from exvivo.compare.responses import responses as responses_of
from exvivo.compare.sides import Sides
from exvivo.findings import Finding, findings_of, rows_of
from exvivo.gather import gather
from exvivo.quantify import quantify
from exvivo.run import _simulated_before as simulated_before
from exvivo.run import run
from exvivo.study import Plan, Study
from exvivo.tables import CLINIC, FINDINGS
from exvivo.tell import worded

WARNING = "outside_simulated_band"
CALIBRATED = Plan(permutations=0, calibrate=True)


def rows(first: int, second: int, *, seed: int = 1) -> list[dict[str, Any]]:
    """Two groups on two plates, four of five donors of the first and one of five of the second on
    the first plate.
    """
    rng = np.random.default_rng(seed)
    made = []
    for letters, n, share in (("FM", first, 0.8), ("HC", second, 0.2)):
        for i, value in enumerate(rng.normal(0.0, 0.7, n)):
            plate = "P1" if i < round(share * n) else "P2"
            made.append(response(f"{letters}{i:02}", float(value), plates=[plate]))
    return made


def answered(
    made: list[dict[str, Any]], of: Study, kept: Kept | None = None, scores: Any = None
) -> list[Finding]:
    frame = compare(
        responses(made),
        CLINIC.frame() if scores is None else clinic(scores),
        study=of,
        rng=np.random.default_rng(1),
        kept=kept,
    )
    return findings_of(frame)


def shares(findings: list[Finding]) -> dict[str, Finding]:
    return {f.estimand.code: f for f in findings if f.estimand.code.startswith("simulated")}


def test_a_method_that_is_right_lies_in_its_band() -> None:
    findings = answered(rows(14, 10), study(MORE, plan=CALIBRATED))
    answer = findings[0]
    assert answer.method.id == "least_squares" and not answer.warns(WARNING)
    of = shares(findings)
    error, coverage = of["simulated_error"], of["simulated_coverage"]
    for share in (error.estimate, error.estimand.facts["skewed"], error.estimand.facts["apart"]):
        assert 0.032 < float(share) < 0.069  # type: ignore[arg-type]
    assert error.lower < 0.05 < error.upper  # type: ignore[operator]
    assert coverage.lower < 0.95 < coverage.upper  # type: ignore[operator]
    assert error.estimand.facts["studies"] == 1000


def test_a_donor_whose_result_says_nothing_is_not_drawn() -> None:
    open_ends = {"censor": "interval", "lower": -np.inf, "upper": np.inf, "plates": ["P1"]}
    nothing = response("FM99", None, sd=None, **open_ends)
    findings = answered([*rows(14, 10), nothing], study(MORE, plan=CALIBRATED))
    alone = answered(rows(14, 10), study(MORE, plan=CALIBRATED))
    drawn = [shares(each)["simulated_error"].estimate for each in (findings, alone)]
    assert drawn[0] is not None and drawn[0] == drawn[1]


def test_ten_times_the_degrees_of_freedom_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    right = regression._df
    monkeypatch.setattr(regression, "_df", lambda *given: 10 * right(*given))
    (answer, *_) = answered(rows(5, 5), study(MORE, plan=CALIBRATED))
    (warning,) = (caveat for caveat in answer.warnings if caveat.code == WARNING)
    assert warning.facts["studies"] == 4000
    assert abs(float(warning.facts["share"]) - float(warning.facts["promised"])) > 0.02  # type: ignore[arg-type]


def test_plates_that_are_not_held_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is drawn does not follow what the answer says that it holds."""

    def nothing(sample: Any, asked: Any = None) -> Held:
        return Held(np.empty((len(sample.donors), 0)))

    monkeypatch.setattr("exvivo.compare.sides.held", nothing)
    (answer, *rest) = answered(rows(14, 10), study(MORE, plan=CALIBRATED))
    assert answer.method.id == "welch"
    (warning,) = (caveat for caveat in answer.warnings if caveat.code == WARNING)
    assert (warning.facts["what"], warning.facts["setting"]) == ("error", "apart")
    assert float(warning.facts["share"]) > 0.15  # type: ignore[arg-type]
    words = worded(FINDINGS.frame(rows_of([answer, *rest])), study(MORE)).row(0, named=True)
    (of_warning,) = (line for line in words["warning_words"] if "simulated" in line)
    assert of_warning.startswith("in 4000 simulated studies of this very design with plates")
    assert "its method is wrong in" in words["sentence"]


def test_without_the_key_nothing_is_simulated() -> None:
    findings = answered(rows(6, 6), study(MORE))
    assert not shares(findings)


def test_what_is_kept_is_not_simulated_again(monkeypatch: pytest.MonkeyPatch) -> None:
    made, of, kept = rows(6, 6), study(MORE, plan=CALIBRATED), Kept()
    first = answered(made, of, kept)
    fresh = Kept()
    assert answered(made, of, fresh) == first
    assert fresh.text() == kept.text()

    def never(*given: Any) -> Any:
        raise AssertionError("simulated again")

    monkeypatch.setattr(calibrated, "trial_of", never)
    again = Kept.of(kept.text())
    assert answered(made, of, again) == first
    assert again.text() == kept.text()
    changed = [row | {"value": row["value"] + 0.001 * i} for i, row in enumerate(made)]
    with pytest.raises(AssertionError, match="simulated again"):
        answered(changed, of, Kept.of(kept.text()))
    assert Kept.of("no json").last == Kept.of("[1]").last == {}


def test_an_association_is_drawn_with_the_scores_that_were_given() -> None:
    made = rows(12, 4)
    rng = np.random.default_rng(3)
    scores = {row["donor"]: float(np.round(rng.uniform(0, 10))) for row in made}
    findings = answered(made, study(RELATED, plan=CALIBRATED), scores=scores)
    of = shares(findings)
    assert of["simulated_error"].lower < 0.05  # type: ignore[operator]
    assert of["simulated_coverage"].upper > 0.95  # type: ignore[operator]
    assert not findings[0].warns(WARNING)


def test_a_coefficient_with_undetected_results_is_drawn_by_wells() -> None:
    rng = np.random.default_rng(9)
    scores: dict[str, float | None] = {f"FM{i:02}": float(i % 7) for i in range(14)}
    wells = []
    for donor in scores:
        level = rng.normal(5, 1)
        for value in level + rng.normal(0, 0.1, 2):
            bound = {"censor": "left", "upper": 4.5, "value": None, "sd": None}
            wells.append(quantity(donor, "none", float(value)) | (bound if value < 4.5 else {}))
    asked = replace(RELATED, stimulus="")
    of, table = study(asked, plan=CALIBRATED), quantities(*wells)
    evidence = _evidence(
        responses_of(table, study=of), clinic(scores), of, np.random.default_rng(1), table, None
    )
    answer = association.ask(asked, evidence)[0]
    assert answer.method.id == "spearman" and answer.n[0].undetected > 2
    trial = trial_of(asked, answer, evidence)
    assert reproduces(trial, (answer.lower, answer.upper, answer.p))
    nothing = trial.answers(0.0, NORMAL, 300, np.random.default_rng(2))
    related = trial.answers(0.6, NORMAL, 300, np.random.default_rng(3))
    assert band(nothing.claims(0.05), 300)[0] < 0.05
    assert band(related.covers(), 300)[1] > 0.95
    assert 0.45 < related.truth < 0.6


def test_many_coefficients_are_those_of_each_set() -> None:
    rng = np.random.default_rng(4)
    asked, first = (np.arange(15) < 9).astype(float), np.arange(15) < 9
    weights = regression.weights_of(asked, rng.normal(size=(15, 2)), first)
    sets = rng.normal(size=(5, 15))
    fits = regression.coefficients_of(weights, sets, shared=0.02)
    for row, slope, error, df in zip(sets, fits.slopes, fits.errors, fits.df, strict=True):
        one = regression.coefficient_of(weights, row, alpha=0.05, shared=0.02)
        assert (one.slope, one.error, one.df) == pytest.approx((slope, error, df))


def test_skewed_donors_have_the_moments_of_normal_ones() -> None:
    drawn = lognormal(np.random.default_rng(5).normal(size=2_000_000))
    assert drawn.mean() == pytest.approx(0.0, abs=0.004)
    assert drawn.std() == pytest.approx(1.0, abs=0.01)
    assert stats.skew(drawn) == pytest.approx(1.75, abs=0.1)


def test_the_spread_of_levels_is_found_again() -> None:
    rng = np.random.default_rng(6)
    plates = np.eye(4)[np.arange(24) % 4]
    asked = (np.arange(24) < 12).astype(float)[:, None]
    squares = []
    for _ in range(2000):
        y = plates @ rng.normal(0, 0.8, 4) + rng.normal(0, 1.2, 24)
        squares.append(levels_of(plates, asked, y, 1.2**2).sd ** 2)
    # Estimates below 0 are cut off, which lifts the mean a little.
    assert np.mean(squares) == pytest.approx(0.64, abs=0.1)


def test_the_band_is_that_of_clopper_and_pearson() -> None:
    for count, studies in ((0, 40), (3, 40), (40, 40), (61, 1000)):
        whole = stats.binomtest(count, studies).proportion_ci(0.99, method="exact")
        assert band(count, studies) == pytest.approx((whole.low, whole.high))


def test_uneven_wells_are_simulated_by_one_batch_of_the_mixed_model() -> None:
    rng = np.random.default_rng(8)
    made = []
    for letters, n in (("FM", 9), ("HC", 8)):
        for i in range(n):
            level, rise = rng.normal(5, 1), rng.normal(1, 0.6)
            for stimulus, value in (("none", level), ("ATP", level + rise)):
                for _ in range(1 + int(rng.integers(3))):
                    read = float(value + rng.normal(0, 0.2))
                    made.append(quantity(f"{letters}{i:02}", stimulus, read, plate=f"P{i % 2}"))
    of, table = study(MORE), quantities(*made)
    evidence = _evidence(
        responses_of(table, study=of), CLINIC.frame(), of, np.random.default_rng(1), table, None
    )
    answer = difference.ask(MORE, evidence)[0]
    assert answer.method.id == "mixed_wells"
    trial = trial_of(MORE, answer, evidence)
    assert reproduces(trial, (answer.lower, answer.upper, answer.p))
    nothing = trial.answers(0.0, NORMAL, 400, np.random.default_rng(2))
    low, high = band(nothing.claims(0.05), 400)
    assert low < 0.05 < high
    shifted = trial.answers(1.0, NORMAL, 400, np.random.default_rng(3))
    assert band(shifted.covers(), 400)[1] > 0.95
    assert np.mean((shifted.lower + shifted.upper) / 2) == pytest.approx(1.0, abs=0.06)


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The evidence of a study that asks every kind of question, and its answers."""
    from exvivo.compare.asks import ASKS

    gathered = gather(every_question().write(tmp_path_factory.mktemp("every")))
    of = gathered.study
    quantities, _ = quantify(gathered.wells, study=of)
    made = responses_of(quantities, study=of)
    rng = np.random.default_rng(1)
    evidence = _evidence(made, gathered.clinic, of, rng, quantities, gathered.profiles)
    by_question = [ASKS[question.ask](question, evidence) for question in of.questions]
    return evidence, by_question


def test_every_trial_first_gives_the_answer_that_stands_in_the_report(every: Any) -> None:
    evidence, by_question = every
    simulated = set()
    for question, findings in zip(evidence.study.questions, by_question, strict=True):
        for answer in findings:
            if answer.part != "answer" or answer.p is None or question.ask in UNLIKE:
                continue
            if getattr(question, "scales", ()) and question.ask == "change":
                continue
            trial = trial_of(question, answer, evidence)
            assert reproduces(trial, (answer.lower, answer.upper, answer.p)), question.id
            assert not reproduces(trial, (answer.lower, answer.upper + 0.01, answer.p))
            drawn = trial.answers(0.0, SKEWED, 3, np.random.default_rng(1))
            assert len(drawn.p) == 3
            simulated.add((question.ask, answer.method.id))
    assert {ask for ask, _ in simulated} == {
        "difference",
        "association",
        "specificity",
        "effect",
        "change",
        "treatment",
    }
    assert {"bounded_wells"} <= {method for _, method in simulated}


UNLIKE = ("mediation", "identity")
"""Kinds of questions whose answers are not simulated: each says so."""


def test_an_answer_that_is_not_simulated_says_so(
    every: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrated, "STUDIES", 20)
    monkeypatch.setattr(calibrated, "_SECONDS", 0.0)
    evidence, by_question = every
    done: list[tuple[int, int]] = []
    found = calibrated.with_simulations(by_question, evidence, Kept(), lambda *at: done.append(at))
    reasons = {
        (f.ask, f.reason.facts["cause"])
        for findings in found
        for f in findings
        if f.reason and f.reason.code == "not_simulated"
    }
    assert {("mediation", "method"), ("identity", "method"), ("difference", "time")} <= reasons
    assert done[-1] == (len(done) - 1, len(done))
    for before, after in zip(by_question, found, strict=True):
        assert [f for f in after if f.part == "answer"] == [f for f in before if f.part == "answer"]


def test_drawn_wells_are_undetected_as_often_as_the_study_s(every: Any) -> None:
    evidence, by_question = every
    question = evidence.study.questions[1]
    (answer,) = (f for f in by_question[1] if f.part == "answer" and f.method.id == "bounded_wells")
    sample = evidence.sample(question, answer.assay, answer.analyte).of(*question.groups)
    sides = Sides.of(sample, np.asarray(sample.groups == question.groups[0]))
    wells = _wells_of(sides)
    reads = wells.drawn(answer.estimate, 400, NORMAL, np.random.default_rng(7))
    real = np.array([well.value is None for well in wells.layout.wells])
    low, high = wells.layout.ends(reads)
    assert (low != high).mean() == pytest.approx(real.mean(), abs=0.08)
    values = [well.value for well in wells.layout.wells if well.value is not None]
    assert reads[low == high].mean() == pytest.approx(np.mean(values), abs=0.4)
    again = wells.sample_of(reads[0])
    assert again.donors == sample.donors
    assert np.all(again.lower <= again.upper)


def test_a_run_keeps_what_it_simulated_and_trusts_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrated, "STUDIES", 30)
    monkeypatch.setattr(calibrated, "_SECONDS", 0.0)
    folder = every_question().write(tmp_path / "study")
    text = (folder / "study.yaml").read_text("utf-8")
    planned = text.replace("plan: {permutations: 199,", "plan: {calibrate: true, permutations: 0,")
    assert planned != text
    (folder / "study.yaml").write_text(planned, "utf-8")
    steps: list[str] = []
    result = run(folder, progress=steps.append)
    assert any(step.startswith("simulating studies of this design") for step in steps)
    kept = (folder / "results" / FILE).read_bytes()
    assert b"30 simulated studies of this very design" in result.report.read_bytes()
    asked: list[object] = []

    def watched(*given: Any) -> Any:
        asked.append(given)
        return trial_of(*given)

    monkeypatch.setattr(calibrated, "trial_of", watched)
    monkeypatch.setattr("exvivo.tell.report", lambda *given, **named: None)
    assert run(folder).findings.equals(result.findings)
    assert not asked
    assert (folder / "results" / FILE).read_bytes() == kept
    assert simulated_before(folder).last
    (folder / "results" / FILE).write_bytes(kept.replace(b"30", b"29"))
    assert not simulated_before(folder).last
