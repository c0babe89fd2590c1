"""What a supported answer is worth: against simulated studies and the figures of the sources."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from compare_tables import MORE, RELATED, clinic, group, in_words, responses, study
from scipy import stats

from exvivo.compare import compare
from exvivo.compare.judge.standard_error import located
from exvivo.compare.judge.worth import (
    claims,
    detectable,
    replication,
    with_worth,
    worth_of,
)
from exvivo.findings import Count, Estimand, Finding
from exvivo.methods import DESIGN_ANALYSIS, NEXT_STUDY, SPEARMAN, SUPERIORITY, WELCH
from exvivo.tables import CLINIC
from exvivo.units import COEFFICIENT, LOG2_FOLD, PROBABILITY, SHARE, Unit

NORMAL = 1e6


@pytest.mark.parametrize(
    ("truth", "error", "power", "wrong", "exaggeration"),
    [(0.1, 3.28, 0.05, 0.46, 77), (2.0, 8.1, 0.06, 0.24, 9.5)],
)
def test_claims_are_those_of_gelman_and_carlin(
    truth: float, error: float, power: float, wrong: float, exaggeration: float
) -> None:
    """Their examples: beauty and sex ratio, menstrual cycle (pages 643 to 646)."""
    of = claims(truth, error, NORMAL, alpha=0.05)
    assert of.power == pytest.approx(power, abs=0.005)
    assert of.wrong_sign == pytest.approx(wrong, abs=0.01)
    assert of.exaggeration == pytest.approx(exaggeration, rel=0.03)


@pytest.mark.parametrize("df", [4.0, 18.0, NORMAL])
@pytest.mark.parametrize("effect", [0.5, 2.0, 4.0])
def test_claims_are_those_of_simulated_studies(df: float, effect: float) -> None:
    rng = np.random.default_rng(1)
    estimates = effect + rng.standard_t(df, 400_000)
    claimed = estimates[np.abs(estimates) > stats.t.ppf(0.975, df)]
    of = claims(effect, 1.0, df, alpha=0.05)
    assert of.power == pytest.approx(len(claimed) / len(estimates), abs=0.003)
    assert of.wrong_sign == pytest.approx(np.mean(claimed < 0), abs=0.01)
    assert of.exaggeration == pytest.approx(np.abs(claimed).mean() / effect, rel=0.02)


@pytest.mark.parametrize("df", [6.0, 20.0, NORMAL])
def test_what_is_detectable_is_claimed_in_80_percent(df: float) -> None:
    of = claims(detectable(0.3, df, alpha=0.05), 0.3, df, alpha=0.05)
    assert of.power == pytest.approx(0.8, abs=0.001)


def test_real_studies_of_the_detectable_size_find_it() -> None:
    """14 v 10 donors of SD 0.8, their own tests: Student's T about the truth is near enough."""
    rng = np.random.default_rng(2)
    error = 0.8 * (1 / 14 + 1 / 10) ** 0.5
    truth = detectable(error, 22, alpha=0.05)
    x = truth + rng.normal(0, 0.8, (20_000, 14))
    p = stats.ttest_ind(x, rng.normal(0, 0.8, (20_000, 10)), axis=1).pvalue
    assert np.mean(p <= 0.05) == pytest.approx(0.8, abs=0.015)


def test_at_the_edge_a_next_study_is_a_coin_and_never_sure() -> None:
    """Goodman 1992: p = 0.05 is claimed again in half of the cases."""
    assert replication(stats.norm.ppf(0.975), NORMAL, alpha=0.05) == pytest.approx(0.5, abs=1e-5)
    at = [replication(t, 20, alpha=0.05) for t in (2.1, 3.0, 4.0, 6.0)]
    assert at == sorted(at)
    assert at[-1] < 1
    assert replication(3.0, 20, alpha=0.05, times=2) > replication(3.0, 20, alpha=0.05)


@pytest.mark.parametrize("times", [1, 2])
def test_next_studies_come_as_often_as_the_flat_prior_says(times: int) -> None:
    """Truths from a prior that is all but flat; of those whose first estimate lies near t = 3."""
    rng = np.random.default_rng(3)
    truths = rng.uniform(-40, 40, 4_000_000)
    near = np.abs(truths + rng.normal(size=truths.size) - 3.0) < 0.05
    following = truths[near] + rng.normal(0, times**-0.5, int(near.sum()))
    again = np.mean(following > stats.norm.ppf(0.975) / times**0.5)
    expected = replication(3.0, NORMAL, alpha=0.05, times=times)
    assert expected == pytest.approx(again, abs=4 * (0.25 / near.sum()) ** 0.5)


def answer(unit: Unit, *ends: float, **changes: object) -> Finding:
    estimate, lower, upper = ends
    blank = Finding(
        question=MORE.id,
        ask=MORE.ask,
        family=MORE.id,
        assay="p",
        readout="protein",
        analyte="TNF",
        level=0.95,
        unit=unit,
        n=(Count("FM", 14), Count("HC", 10)),
        estimand=Estimand("difference_in_mean"),
        method=WELCH,
        estimate=estimate,
        lower=lower,
        upper=upper,
        p=0.01,
        p_adjusted=0.01,
        verdict="supported",
    )
    return replace(blank, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("df", [9.0, 15.7, 22.0])
@pytest.mark.parametrize("t", [1.0, 2.2, 5.0])
def test_error_and_df_come_back_from_interval_and_p(df: float, t: float) -> None:
    half = 0.25 * stats.t.ppf(0.975, df)
    p = float(2 * stats.t.sf(t, df))
    where = located(answer(LOG2_FOLD, 0.25 * t, 0.25 * t - half, 0.25 * t + half, p=p))
    assert where is not None
    assert where.error == pytest.approx(0.25)
    assert where.df == pytest.approx(df)
    lower = located(answer(LOG2_FOLD, -0.25 * t, -0.25 * t - half, -0.25 * t + half, p=p))
    assert lower == replace(where, estimate=-where.estimate)


def test_coefficients_are_taken_by_fishers_z_and_probabilities_as_log_odds() -> None:
    z = 0.5 * np.log(1.8 / 0.2)
    ends = (float(np.tanh(z + step)) for step in (0.0, -0.7, 0.7))
    rho = located(answer(COEFFICIENT, *ends, method=SPEARMAN))
    assert rho is not None
    assert rho.error == pytest.approx(0.7 / stats.norm.ppf(0.975), rel=1e-5)
    assert rho.in_unit(abs(rho.estimate)) == pytest.approx(0.8)
    below = located(answer(PROBABILITY, 0.2, 0.1, 0.4, method=SUPERIORITY))
    assert below is not None
    assert below.estimate == pytest.approx(np.log(0.25))
    assert below.error == pytest.approx(np.log(4 * 2 / 3) / stats.norm.ppf(0.975), rel=1e-5)
    assert below.in_unit(abs(below.estimate)) == pytest.approx(0.2)


def test_nothing_is_told_of_an_answer_without_a_standard_error() -> None:
    assert not worth_of(answer(LOG2_FOLD, 1.0, 0.5, float("inf")))
    assert not worth_of(replace(answer(LOG2_FOLD, 1.0, 0.5, 1.5), estimate=None))
    assert not worth_of(answer(COEFFICIENT, 1.0, 1.0, 1.0, method=SPEARMAN))


def test_a_supported_answer_has_its_worth_beside_it_and_others_have_not() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(1.2, 0.8, 14), rng.normal(0, 0.8, 10)
    of = study(MORE)

    def rows(shift: float) -> list[dict[str, Any]]:
        found = compare(
            responses(group("FM", x - shift) + group("HC", y)),
            CLINIC.frame(),
            study=of,
            rng=np.random.default_rng(1),
        )
        worth = [DESIGN_ANALYSIS.name, NEXT_STUDY.name]
        return [
            r for r in in_words(found, of).rows(named=True) if any(w in r["method"] for w in worth)
        ]

    assert not rows(1.2)
    smallest, half, again = rows(0.0)
    test = stats.ttest_ind(x, y, equal_var=False)
    error = (x.mean() - y.mean()) / test.statistic
    assert smallest["estimate"] == pytest.approx(detectable(error, test.df, alpha=0.05))
    assert half["estimate"] == pytest.approx((x.mean() - y.mean()) / 2)
    assert again["estimate"] == pytest.approx(replication(test.statistic, test.df, alpha=0.05))
    assert again["unit"] == SHARE.id
    assert {row["part"] for row in (smallest, half, again)} == {"robustness"}
    assert "80 %" in smallest["sentence"]
    assert "times too large" in half["sentence"]
    assert "twice the donors" in again["sentence"]


def test_a_corrected_answer_is_held_to_the_level_that_holm_leaves_it() -> None:
    """The first of five asked together needs a larger effect, and is more exaggerated."""
    first = answer(LOG2_FOLD, 1.0, 0.4, 1.6, p=0.002)
    others = [replace(first, analyte=a, p=0.2, verdict="not resolved") for a in "ABCD"]
    one = with_worth([first])[1:]
    five = [row for row in with_worth([*others[:2], first, *others[2:]]) if row.part != "answer"]
    assert (one[0].estimate or 0) < (five[0].estimate or 0)
    where = located(first)
    assert where is not None
    strict = claims(0.5, where.error, where.df, alpha=0.05 / 5)
    assert five[1].estimand.facts["exaggeration"] == pytest.approx(strict.exaggeration)
    assert strict.exaggeration > claims(0.5, where.error, where.df, alpha=0.05).exaggeration
    assert one[2].estimate == five[2].estimate
    last = [replace(other, p=0.001) for other in others]
    assert [row for row in with_worth([*last, first]) if row.part != "answer"] == one


def test_the_worth_of_a_correlation_is_told_as_one() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=16)
    scores: dict[str, float | None] = {
        f"FM{i:02}": float(50 + 12 * v + rng.normal(0, 3)) for i, v in enumerate(x)
    }
    of = study(RELATED)
    found = compare(
        responses(group("FM", x)), clinic(scores), study=of, rng=np.random.default_rng(1)
    )
    rows = in_words(found.filter(method=DESIGN_ANALYSIS.id), of)
    answer_ = found.filter(part="answer").row(0, named=True)
    assert rows["unit"].to_list() == [COEFFICIENT.id] * 2
    assert 0 < rows["estimate"][0] < 1
    assert np.arctanh(rows["estimate"][1]) == pytest.approx(np.arctanh(answer_["estimate"]) / 2)
