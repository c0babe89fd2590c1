from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from compare_tables import MORE, response, responses, study, undetected
from hypothesis import given
from hypothesis import strategies as st

from exvivo.arrays import Bools, Floats
from exvivo.compare import compare
from exvivo.compare.judge.families import Regressed, corrected
from exvivo.compare.judge.holm import holm
from exvivo.compare.judge.maxt import max_t
from exvivo.compare.judge.verdicts import judged
from exvivo.findings import Estimand, Finding
from exvivo.study import Analyte, Plan
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


def test_a_family_of_detected_differences_is_corrected_by_drawing_donors() -> None:
    """Five related analytes of 9 v 9 donors: the adjusted p are those of max T on the donors' own
    values, and below Holm's.
    """
    rng = np.random.default_rng(5)
    names = ("A", "B", "C", "D", "E")
    person = rng.normal(0, 1, 18)
    values = {
        a: person + rng.normal(0, 0.2, 18) + (np.arange(18) < 9) * (1.6 if a == "A" else 0.2)
        for a in names
    }
    rows = [
        response(f"{'FM' if i < 9 else 'HC'}{i:02}", float(values[a][i]), analyte=a)
        for a in names
        for i in range(18)
    ]
    question = replace(MORE, analytes=names)
    of = study(question, analytes=tuple(Analyte(id=a) for a in names))
    answers = compare(responses(rows), CLINIC.frame(), study=of, rng=np.random.default_rng(1))
    answers = answers.filter(part="answer")
    table = np.stack([values[a] for a in names], axis=1)
    expected = max_t(
        table, np.arange(18) < 9, number=of.plan.permutations, seed=of.plan.seed
    ).adjusted
    raw = answers["p"].to_numpy()
    assert answers["p_adjusted"].to_numpy() == pytest.approx(np.maximum(expected, raw))
    assert (answers["p_adjusted"].to_numpy() >= raw).all()
    assert answers["p_adjusted"].to_numpy()[1:].max() < max(
        holm(raw.tolist())[1:]
    )  # related analytes cost less


def family(rng: np.random.Generator, *sizes: int, spread: float = 1.0) -> list[dict[str, Any]]:
    """Two analytes of two groups."""
    return [
        response(f"{g}{i:02}", float(rng.normal(0, sd)), analyte=a)
        for a in ("TNF", "IL6")
        for g, n, sd in zip(("FM", "HC"), sizes, (1.0, spread), strict=True)
        for i in range(n)
    ]


def adjusted_of(rows: list[dict[str, Any]]) -> tuple[list[float], list[float]]:
    """The corrected p values of a family of two, and Holm's."""
    question = replace(MORE, analytes=("TNF", "IL6"))
    found = compare(
        responses(rows), CLINIC.frame(), study=study(question), rng=np.random.default_rng(1)
    )
    answers = found.filter(part="answer")
    return answers["p_adjusted"].to_list(), holm(answers["p"].to_list())


def test_a_family_with_an_undetected_donor_or_few_donors_or_shared_errors_is_holms() -> None:
    few = family(np.random.default_rng(6), 9, 4)
    rows = family(np.random.default_rng(6), 9, 8)
    hidden = [undetected("FM00", 0.0), *rows[1:]]
    shared = [row | {"shared": [{"key": row["group"], "loading": 0.6}]} for row in rows]
    for some in (few, hidden, shared):
        adjusted, by_holm = adjusted_of(some)
        assert adjusted == pytest.approx(by_holm)


@pytest.mark.parametrize("spread", [0.3, 1.0, 3.0])
def test_unlike_spread_is_no_gate(spread: float) -> None:
    """What the results look like does not choose the correction."""
    adjusted, by_holm = adjusted_of(family(np.random.default_rng(7), 14, 10, spread=spread))
    assert adjusted != pytest.approx(by_holm)


def table_of(values: Floats, first: Bools, names: list[str], held: Floats) -> Regressed:
    return Regressed(tuple(names), values, first, held)


def test_what_is_held_of_each_answer_and_who_is_missing_reach_the_correction() -> None:
    rng = np.random.default_rng(8)
    names = [f"D{i:02}" for i in range(24)]
    first, held, other = np.arange(24) < 14, rng.normal(size=(24, 2)), rng.normal(size=(24, 1))
    values = rng.normal(size=(24, 2))
    fewer = np.arange(24) % 7 != 0
    tables = [
        table_of(values[:, 0], first, names, held),
        table_of(values[fewer, 1], first[fewer], list(np.array(names)[fewer]), other[fewer]),
    ]
    answers = [replace(finding(0.1, 2.0, 0.0), analyte=a) for a in ("TNF", "IL6")]
    plan = Plan(permutations=499)
    p = corrected(answers, tables, screen=False, plan=plan)
    gone = values.copy()
    gone[~fewer, 1] = np.nan
    each = np.zeros((2, 24, 2))
    each[0], each[1, :, :1] = held, other
    expected = max_t(gone, first, each, number=499, seed=plan.seed).adjusted
    assert p == pytest.approx(expected.tolist())


def test_an_answer_without_numbers_or_a_donor_on_two_sides_makes_a_family_holms() -> None:
    rng = np.random.default_rng(9)
    names, first, held = [f"D{i}" for i in range(20)], np.arange(20) < 10, np.empty((20, 0))
    table = table_of(rng.normal(size=20), first, names, held)
    answers = [replace(finding(0.1, 2.0, p), analyte=a) for a, p in (("TNF", 0.01), ("IL6", 0.04))]
    plan = Plan(permutations=99)
    for other in (None, replace(table, first=~first)):
        p = corrected(answers, [table, other], screen=False, plan=plan)
        assert p == pytest.approx([0.02, 0.04])
    none_drawn = corrected(answers, [table, table], screen=False, plan=Plan(permutations=0))
    assert none_drawn == pytest.approx([0.02, 0.04])


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
