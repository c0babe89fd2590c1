from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from compare_tables import MORE, response, responses, study, undetected
from hypothesis import given
from hypothesis import strategies as st

from exvivo.compare import compare
from exvivo.compare.judge.holm import holm
from exvivo.compare.judge.maxt import max_t
from exvivo.compare.judge.verdicts import judged
from exvivo.findings import Estimand, Finding
from exvivo.study import Analyte
from exvivo.tables import CLINIC
from exvivo.units import LOG2_FOLD, PROBABILITY, Unit


def test_holm_is_that_of_r() -> None:
    """R: p.adjust(c(.012, .2, .35, .6, .04), "holm")."""
    assert holm([0.012, 0.2, 0.35, 0.6, 0.04]) == pytest.approx([0.06, 0.6, 0.7, 0.7, 0.16])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_keeps_the_order_and_lies_between_p_and_bonferroni(p: list[float]) -> None:
    adjusted = holm(p)
    for one, other in zip(p, adjusted, strict=True):
        assert one <= other <= min(1.0, one * len(p)) + 1e-12
    ranked = sorted(zip(p, adjusted, strict=True))
    assert [a for _, a in ranked] == sorted(adjusted)


def test_a_family_of_detected_differences_is_corrected_by_rearranging_donors() -> None:
    """Five related analytes of 9 v 9 donors: the adjusted p are those of max T on the donors' own
    values, and below Holm's.
    """
    rng = np.random.default_rng(5)
    names = ("A", "B", "C", "D", "E")
    person = rng.normal(0, 1, 18)
    values = {
        a: person + rng.normal(0, 0.4, 18) + (np.arange(18) < 9) * (1.6 if a == "A" else 0.2)
        for a in names
    }
    rows = [
        response(f"{'FM' if i < 9 else 'HC'}{i:02}", float(values[a][i]), analyte=a)
        for a in names
        for i in range(18)
    ]
    question = replace(MORE, analytes=names)
    of = study(question, analytes=tuple(Analyte(id=a) for a in names))
    found = compare(responses(rows), CLINIC.frame(), study=of, rng=np.random.default_rng(1)).filter(
        part="answer"
    )
    table = np.stack([values[a] for a in names], axis=1)
    expected = max_t(
        table, np.arange(18) < 9, number=of.plan.permutations, seed=of.plan.seed
    ).adjusted
    raw = found["p"].to_numpy()
    assert found["p_adjusted"].to_numpy() == pytest.approx(np.maximum(expected, raw))
    assert (found["p_adjusted"].to_numpy() >= raw).all()
    assert found["p_adjusted"].to_numpy()[1:].max() < max(
        holm(raw.tolist())[1:]
    )  # related analytes cost less


def test_a_family_with_an_undetected_donor_or_few_rearrangements_is_holms() -> None:
    rng = np.random.default_rng(6)
    rows = [
        response(f"{g}{i:02}", float(rng.normal(g == "FM")), analyte=a)
        for a in ("TNF", "IL6")
        for g, n in (("FM", 9), ("HC", 8))
        for i in range(n)
    ]
    few = [row for row in rows if int(row["donor"][2:]) < 3]
    hidden = [undetected("FM00", 0.0), *rows[1:]]
    for some in (few, hidden):
        question = replace(MORE, analytes=("TNF", "IL6"))
        found = compare(
            responses(some), CLINIC.frame(), study=study(question), rng=np.random.default_rng(1)
        )
        answers = found.filter(part="answer")
        assert answers["p_adjusted"].to_list() == pytest.approx(holm(answers["p"].to_list()))


def test_groups_of_unlike_spread_or_shared_errors_are_holms() -> None:
    """Rearranging donors fails its level where a smaller group is the wider one, and knows nothing
    of errors donors share.
    """
    rng = np.random.default_rng(7)

    def rows(spread: float, shared: float) -> list[dict[str, object]]:
        return [
            response(
                f"{g}{i:02}",
                float(rng.normal(0, sd)),
                analyte=a,
                shared=[{"key": f"plate:{g}", "loading": shared}] if shared else [],
            )
            for a in ("TNF", "IL6")
            for g, n, sd in (("FM", 14, 1.0), ("HC", 10, spread))
            for i in range(n)
        ]

    question = replace(MORE, analytes=("TNF", "IL6"))
    for some in (rows(3.0, 0.0), rows(1.0, 0.6)):
        found = compare(
            responses(some), CLINIC.frame(), study=study(question), rng=np.random.default_rng(1)
        )
        answers = found.filter(part="answer")
        assert answers["p_adjusted"].to_list() == pytest.approx(holm(answers["p"].to_list()))


@pytest.mark.parametrize(
    ("lower", "upper", "unit", "verdict"),
    [
        (-0.9, 0.9, LOG2_FOLD, "equivalent"),
        (-0.9, 1.1, LOG2_FOLD, "not resolved"),
        (-1.1, 0.9, LOG2_FOLD, "not resolved"),
        (-1.1, 1.1, LOG2_FOLD, "not resolved"),
        (-1.0, 0.9, LOG2_FOLD, "not resolved"),
        (-0.9, 1.0, LOG2_FOLD, "not resolved"),
        (-0.9, 0.9, PROBABILITY, "not resolved"),
    ],
)
def test_equivalent_needs_both_ends_of_the_interval_inside_the_margin_of_a_fold(
    lower: float, upper: float, unit: Unit, verdict: str
) -> None:
    answer = finding(lower, upper, 0.6)
    question = replace(MORE, margin=1.0)
    assert judged([replace(answer, unit=unit)], study=study(question))[0].verdict == verdict
    assert judged([answer], study=study(MORE))[0].verdict == "not resolved"  # no margin, no claim


@pytest.mark.parametrize(
    ("lower", "upper", "p", "verdict"),
    [
        (0.1, 2.0, 0.01, "supported"),
        (-2.0, -0.1, 0.05, "supported"),
        (-0.1, 2.0, 0.01, "not resolved"),
        (0.1, 2.0, 0.06, "not resolved"),
    ],
)
def test_supported_needs_both_the_interval_and_the_p_value(
    lower: float, upper: float, p: float, verdict: str
) -> None:
    assert judged([finding(lower, upper, p)], study=study(MORE))[0].verdict == verdict


def test_a_supported_answer_of_a_family_needs_the_corrected_p_value() -> None:
    answers = [finding(0.1, 2.0, 0.03), replace(finding(0.1, 2.0, 0.04), analyte="IL6")]
    corrected = judged(answers, study=study(replace(MORE, analytes=("TNF", "IL6"))))
    assert [answer.p_adjusted for answer in corrected] == pytest.approx([0.06, 0.06])
    assert {answer.verdict for answer in corrected} == {"not resolved"}


def finding(lower: float, upper: float, p: float) -> Finding:
    """An answer to `MORE` with that interval and p value."""
    return Finding(
        question=MORE.id,
        ask=MORE.ask,
        family=MORE.id,
        assay="p",
        readout="protein",
        analyte="TNF",
        level=0.95,
        unit=LOG2_FOLD,
        n=(),
        estimand=Estimand("difference_in_mean"),
        estimate=(lower + upper) / 2,
        lower=lower,
        upper=upper,
        p=p,
    )
