"""Negative controls as an empirical null: against brute force, and in studies with an error that
moves everything.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from compare_tables import MORE, group, in_words, responses, study
from scipy import optimize, stats

from exvivo.arrays import Floats
from exvivo.compare import compare
from exvivo.compare.judge.negative_controls import FEWEST, empirical_null, with_calibrated
from exvivo.findings import Count, Estimand, Finding
from exvivo.methods import EMPIRICAL_NULL, WELCH
from exvivo.study import Analyte, Study
from exvivo.tables import CLINIC
from exvivo.units import LOG2_FOLD

CONTROLS = tuple(f"C{i}" for i in range(FEWEST))


def test_the_null_solves_paule_and_mandels_equation() -> None:
    rng = np.random.default_rng(1)
    errors = rng.uniform(0.1, 0.4, 9)
    estimates = 0.5 + rng.normal(0, 0.4, 9) + rng.normal(0, errors)

    def excess(between: float) -> float:
        weights = 1 / (errors**2 + between)
        mean = np.average(estimates, weights=weights)
        return float((weights * (estimates - mean) ** 2).sum()) - 8

    null = empirical_null(estimates, errors)
    between = optimize.brentq(excess, 0, 10)
    weights = 1 / (errors**2 + between)
    assert null.sd == pytest.approx(between**0.5)
    assert null.mean == pytest.approx(np.average(estimates, weights=weights))
    assert null.variance == pytest.approx(between + 1 / weights.sum())


def test_controls_that_agree_have_no_error_beyond_their_own() -> None:
    errors = np.full(6, 0.3)
    null = empirical_null(np.array([0.01, -0.02, 0.0, 0.03, -0.01, 0.02]), errors)
    assert null.sd == 0
    assert null.variance == pytest.approx(0.3**2 / 6)


def of_study(*controls: str) -> Study:
    told = replace(MORE, id="controls", analytes=controls, negative_control=True)
    analytes = tuple(Analyte(id=a) for a in ("TNF", *CONTROLS))
    return study(MORE, *([told] if controls else []), analytes=analytes)


def rows(rng: np.random.Generator, moved: float, truth: float = 0.0) -> list[dict[str, Any]]:
    """14 v 10 donors: an error with mean and standard deviation `moved` on everything."""
    made = []
    for analyte in ("TNF", *CONTROLS):
        shift = rng.normal(moved, moved) + (truth if analyte == "TNF" else 0.0)
        made += group("FM", rng.normal(shift, 0.5, 14), analyte=analyte)
        made += group("HC", rng.normal(0, 0.5, 10), analyte=analyte)
    return made


def calibrated(made: list[dict[str, Any]], of: Study) -> pl.DataFrame:
    found = compare(responses(made), CLINIC.frame(), study=of, rng=np.random.default_rng(1))
    return found.filter(method=EMPIRICAL_NULL.id)


def test_each_answer_but_the_controls_has_its_calibrated_one_beside_it() -> None:
    made = rows(np.random.default_rng(2), 0.5, truth=2.0)
    of = of_study(*CONTROLS)
    (row,) = calibrated(made, of).rows(named=True)
    assert (row["question"], row["part"], row["verdict"]) == (MORE.id, "beside", None)
    found = compare(responses(made), CLINIC.frame(), study=of, rng=np.random.default_rng(1))
    answers = found.filter(part="answer")
    errors = (answers["upper"] - answers["lower"]).to_numpy() / 2
    tests = [
        stats.ttest_ind(
            *(pl.DataFrame(made).filter(analyte=a, group=g)["value"] for g in ("FM", "HC")),
            equal_var=False,
        )
        for a in answers["analyte"]
    ]
    errors = np.array([b / t.statistic for b, t in zip(answers["estimate"], tests, strict=True)])
    null = empirical_null(answers["estimate"].to_numpy()[1:], errors[1:])
    variance = errors[0] ** 2 + null.variance
    shown = null.variance + float((errors[1:] ** 2).mean())
    df = variance**2 / (errors[0] ** 4 / tests[0].df + shown**2 / (FEWEST - 1))
    half = stats.t.ppf(0.975, df) * variance**0.5
    assert row["estimate"] == pytest.approx(answers["estimate"][0] - null.mean)
    assert row["upper"] - row["estimate"] == pytest.approx(half, rel=1e-6)
    assert row["p"] == pytest.approx(
        2 * stats.t.sf(abs(row["estimate"]) / variance**0.5, df), rel=1e-6
    )
    words = in_words(calibrated(made, of), of)["estimand"][0]
    assert f"{FEWEST} negative controls" in words


def test_fewer_controls_or_others_give_no_null() -> None:
    made = rows(np.random.default_rng(3), 0.5)
    assert calibrated(made, of_study(*CONTROLS[1:])).is_empty()
    assert calibrated(made, of_study()).is_empty()
    of = of_study(*CONTROLS)
    swapped = replace(MORE, groups=("HC", "FM"))
    assert calibrated(made, replace(of, questions=(swapped, of.questions[1]))).is_empty()


def answers_of(ends: Floats, p: Floats) -> list[Finding]:
    """An answer and those of its negative controls; `ends` (2, answers)."""
    answers = []
    for analyte, lower, upper, its_p in zip(("TNF", *CONTROLS), *ends, p, strict=True):
        blank = Finding(
            question=MORE.id if analyte == "TNF" else "controls",
            ask=MORE.ask,
            family=MORE.id,
            assay="p",
            readout="protein",
            analyte=analyte,
            level=0.95,
            unit=LOG2_FOLD,
            n=(Count("FM", 14), Count("HC", 10)),
            estimand=Estimand("difference_in_mean"),
            method=WELCH,
            estimate=(lower + upper) / 2,
            lower=lower,
            upper=upper,
            p=its_p,
        )
        answers.append(blank)
    return answers


@pytest.mark.parametrize("moved", [0.0, 0.2, 0.5])
def test_an_error_on_everything_is_no_claim_any_more(moved: float) -> None:
    """Null studies whose handling moves every analyte, more or less; tests of SciPy."""
    rng, of, studies = np.random.default_rng(4), of_study(*CONTROLS), 300
    shift = rng.normal(moved, moved, (studies, FEWEST + 1, 1))
    x, y = (rng.normal(0, 0.5, (studies, FEWEST + 1, n)) for n in (14, 10))
    test = stats.ttest_ind(x + shift, y, equal_var=False, axis=2)
    interval = test.confidence_interval(0.95)
    ends = np.stack([interval.low, interval.high], axis=1)
    claimed = 0
    for its_ends, p in zip(ends, test.pvalue, strict=True):
        _, beside, *_ = with_calibrated(answers_of(its_ends, p), of)
        claimed += (beside.p or 0.0) <= 0.05
    assert (np.mean(test.pvalue[:, 0] <= 0.05) > 0.2) == (moved > 0)
    assert claimed / studies <= 0.05 + 2.58 * (0.05 * 0.95 / studies) ** 0.5
