"""Equivalence: an interval inside the margin, after correction over the family, with a margin that
has its reason.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from compare_tables import MORE, group, in_words, responses, study
from scipy import stats

from exvivo.compare import compare
from exvivo.compare.judge.equivalence import equivalence_p, equivalent
from exvivo.compare.judge.verdicts import judged
from exvivo.findings import Count, Estimand, Finding
from exvivo.methods import WELCH
from exvivo.study import Analyte
from exvivo.tables import CLINIC
from exvivo.units import LOG2_FOLD, PROBABILITY


def answer(estimate: float, half: float, df: float, analyte: str = "TNF") -> Finding:
    """An answer with Student's interval of 95 %, of 14 and 10 donors."""
    error = half / stats.t.ppf(0.975, df)
    return Finding(
        question=MORE.id,
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
        estimate=estimate,
        lower=estimate - half,
        upper=estimate + half,
        p=float(2 * stats.t.sf(abs(estimate) / error, df)),
    )


@pytest.mark.parametrize("estimate", [0.3, -0.2, 0.01])
@pytest.mark.parametrize("df", [11.0, 17.3, 21.5])
def test_p_is_that_of_two_one_sided_tests(estimate: float, df: float) -> None:
    half = 0.5
    error = half / stats.t.ppf(0.975, df)
    expected = stats.t.sf((1 - abs(estimate)) / error, df)
    assert equivalence_p(answer(estimate, half, df), 1.0) == pytest.approx(expected, rel=1e-6)


def test_p_of_welchs_answer_is_scipys_one_sided_tests() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(0.1, 0.5, 14), rng.normal(0, 0.6, 10)
    rows = group("FM", x) + group("HC", y)
    question = replace(MORE, margin=1.0)
    of = study(question)
    found = compare(responses(rows), CLINIC.frame(), study=of, rng=np.random.default_rng(1))
    row = found.filter(part="answer").row(0, named=True)
    above = stats.ttest_ind(x + 1.0, y, equal_var=False, alternative="greater").pvalue
    below = stats.ttest_ind(x - 1.0, y, equal_var=False, alternative="less").pvalue
    assert equivalence_p(Finding.of_row(row), 1.0) == pytest.approx(max(above, below), rel=1e-6)


def test_one_answer_is_equivalent_where_its_interval_lies_inside() -> None:
    for half in (0.5, 0.69, 0.71, 0.9):
        places = equivalent([answer(0.3, half, 20)], {MORE.id: 1.0}, alpha=0.05)
        assert places == ({0} if 0.3 + half < 1 else set())


def test_five_answers_just_inside_are_too_many_for_one_level() -> None:
    """Each has p 0.02 and an interval inside; by Holm the smallest must be at most 0.01."""
    just = answer(0.3, 0.65, 20)
    assert 0.01 < equivalence_p(just, 1.0) < 0.025
    clear = answer(0.0, 0.4, 20)
    question = replace(MORE, margin=1.0, analytes=tuple("ABCDE"))
    of = study(question, analytes=tuple(Analyte(id=a) for a in "ABCDE"))
    five = [replace(just, analyte=a) for a in "ABCDE"]
    verdicts = judged(five, study=of)
    assert {v.verdict for v in verdicts} == {"not resolved"}
    assert all(v.warns("equivalence_not_corrected") for v in verdicts)
    four_clear = [*(replace(clear, analyte=a) for a in "ABCD"), replace(just, analyte="E")]
    assert {v.verdict for v in judged(four_clear, study=of)} == {"equivalent"}
    apart = [replace(one, family=one.analyte) for one in five]
    assert {v.verdict for v in judged(apart, study=of)} == {"equivalent"}


def test_any_false_equivalence_of_a_family_comes_as_often_as_the_level_says() -> None:
    """Eight differences that are each as large as the margin: each alone in 2.5 % of studies."""
    rng = np.random.default_rng(2)
    df, error, studies = 22, 0.2, 500
    alone = together = 0
    for _ in range(studies):
        spread = error * np.sqrt(rng.chisquare(df, 8) / df)
        halves = stats.t.ppf(0.975, df) * spread
        estimates = 1.0 + rng.normal(0, error, 8)
        answers = [answer(b, h, df) for b, h in zip(estimates, halves, strict=True)]
        alone += any(a.lower > -1 and a.upper < 1 for a in answers if a.lower and a.upper)
        together += bool(equivalent(answers, {MORE.id: 1.0}, alpha=0.05))
    assert alone / studies > 0.12
    assert together / studies <= 0.05 + 2.58 * (0.05 * 0.95 / studies) ** 0.5


def test_what_is_no_fold_or_has_no_margin_is_never_equivalent() -> None:
    clear = answer(0.0, 0.2, 20)
    assert not equivalent([replace(clear, unit=PROBABILITY)], {MORE.id: 1.0}, alpha=0.05)
    assert not equivalent([clear], {}, alpha=0.05)
    open_end = replace(clear, upper=float("inf"))
    assert equivalence_p(open_end, 1.0) == 1.0
    no_best = replace(clear, estimate=None)
    assert equivalence_p(no_best, 1.0) == pytest.approx(0.025)


def test_a_large_margin_needs_its_reason() -> None:
    rng = np.random.default_rng(3)
    rows = group("FM", rng.normal(0, 0.5, 14)) + group("HC", rng.normal(0, 0.5, 10))

    def of(margin: float, reason: str) -> dict[str, Any]:
        asked = study(replace(MORE, margin=margin, margin_reason=reason))
        found = compare(responses(rows), CLINIC.frame(), study=asked, rng=np.random.default_rng(1))
        return in_words(found, asked).filter(part="answer").row(0, named=True)

    assert of(1.99, "")["verdict"] == "equivalent"
    for margin in (2.0, 6.0):
        withheld = of(margin, " ")
        assert withheld["verdict"] == "not resolved"
        (warning,) = withheld["warnings"]
        assert "margin_reason" in warning
        assert f"{2**margin:.3g}-fold" in warning
        assert of(margin, "the assay varies as much from day to day")["verdict"] == "equivalent"
