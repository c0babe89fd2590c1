"""Specificity, change and effect: contrasts within donors, against SciPy on the contrasts made by
hand.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from compare_tables import group, in_words, quantities, quantity, responses, study, undetected
from lengths import studies
from scipy import stats

from exvivo.compare import compare
from exvivo.compare import responses as responses_of
from exvivo.compare.asks import contrast
from exvivo.compare.sample import Sample
from exvivo.study import CellType, Change, Effect, Question, Specificity, Stimulus
from exvivo.tables import CLINIC

ONLY_TNF = Specificity(
    id="only",
    ask="specificity",
    groups=("FM", "HC"),
    assays=("p",),
    analytes=("TNF",),
    against=("IL6",),
    stimulus="ATP",
)
YEAR = Change(
    id="year",
    ask="change",
    within="FM",
    assays=("p",),
    analytes=("TNF",),
    visits=("1", "2"),
    stimulus="ATP",
)
BLOCKED = Effect(
    id="blocked",
    ask="effect",
    within="FM",
    assays=("p",),
    analytes=("TNF",),
    stimulus="ATP",
    blocked="ATP_X",
)
ARMS = (
    Stimulus(id="none", name="nothing", control=True),
    Stimulus(id="ATP", name="ATP"),
    Stimulus(id="ATP_X", name="ATP with antagonist"),
)


def asked(rows: list[dict[str, Any]], *questions: Question, **changes: Any) -> list[dict[str, Any]]:
    of = study(*questions, **changes)
    found = compare(responses(rows), CLINIC.frame(), study=of, rng=np.random.default_rng(1))
    return in_words(found, of).filter(pl.col("part") != "robustness").rows(named=True)


def close(row: dict[str, Any], *numbers: Any) -> None:
    """Estimate, both ends of the interval and p are these numbers."""
    assert (row["estimate"], row["lower"], row["upper"], row["p"]) == pytest.approx(
        numbers, rel=1e-9
    )


def test_specificity_is_welch_on_the_donors_contrasts() -> None:
    rng = np.random.default_rng(3)
    tnf, il6 = (
        [rng.normal(1.5, 1, 14), rng.normal(0, 1, 10)],
        [rng.normal(0.2, 1, 14), rng.normal(0, 1, 10)],
    )
    rows = [
        row
        for analyte, both in (("TNF", tnf), ("IL6", il6))
        for letters, values in zip(("FM", "HC"), both, strict=True)
        for row in group(letters, values, analyte=analyte)
    ]
    answer, asked_side, held_side = asked(rows, ONLY_TNF)
    x, y = tnf[0] - il6[0], tnf[1] - il6[1]
    found = stats.ttest_ind(x, y, equal_var=False)
    low, high = found.confidence_interval(0.95)
    close(answer, x.mean() - y.mean(), low, high, found.pvalue)
    assert asked_side["estimate"] == pytest.approx(tnf[0].mean() - tnf[1].mean())
    assert held_side["estimate"] == pytest.approx(il6[0].mean() - il6[1].mean())


def test_a_pattern_of_significance_is_not_specificity() -> None:
    """TNF differs clearly and IL-6 just fails to: the contrast is open, and the word does not
    stand.
    """
    rng = np.random.default_rng(8)
    noise = {name: [rng.normal(0, 1, n) for n in (14, 10)] for name in ("TNF", "IL6")}
    rows = [
        row
        for analyte, shift in (("TNF", 1.2), ("IL6", 0.8))
        for letters, values, add in zip(("FM", "HC"), noise[analyte], (shift, 0.0), strict=True)
        for row in group(letters, values - values.mean() + add, analyte=analyte)
    ]
    answer, *_ = asked(rows, ONLY_TNF)
    assert answer["verdict"] == "not resolved"
    assert answer["lower"] < 0 < answer["upper"]
    assert "is specific to it" not in answer["sentence"]
    assert "is not resolved" in answer["sentence"]


def test_specificity_of_cells_uses_the_donors_who_gave_both() -> None:
    rng = np.random.default_rng(4)
    kinds = (CellType(id="iMG", name="iMG"), CellType(id="mono", name="monocytes"))
    cells = Specificity(
        id="cells",
        ask="specificity",
        groups=("FM", "HC"),
        assays=("p",),
        analytes=("TNF",),
        cell_type="iMG",
        against_cell_type="mono",
        stimulus="ATP",
    )
    values = {
        (c, g): rng.normal(c == "iMG" and g == "FM", 0.5, n)
        for c in ("iMG", "mono")
        for g, n in (("FM", 9), ("HC", 8))
    }
    rows = [row for (c, g), v in values.items() for row in group(g, v, cell_type=c)]
    rows = [row for row in rows if (row["donor"], row["cell_type"]) != ("FM00", "mono")]
    answer, *_ = asked(rows, cells, cell_types=kinds)
    x = (values["iMG", "FM"] - values["mono", "FM"])[1:]
    y = values["iMG", "HC"] - values["mono", "HC"]
    found = stats.ttest_ind(x, y, equal_var=False)
    close(answer, x.mean() - y.mean(), *found.confidence_interval(0.95), found.pvalue)
    assert [count["n"] for count in answer["n"]] == [8, 8]
    assert "monocytes of the same donors" in answer["sentence"]


def test_change_is_the_paired_t_test_and_says_who_was_lost() -> None:
    rng = np.random.default_rng(5)
    before, after = rng.normal(0, 1, 12), rng.normal(0.8, 1, 12)
    rows = (
        group("FM", before, visit="1")
        + group("FM", after, visit="2")[:-2]
        + group("HC", before, visit="1")
    )
    (answer,) = asked(rows, YEAR)
    found = stats.ttest_rel(after[:-2], before[:-2])
    close(answer, np.mean(after[:-2] - before[:-2]), *found.confidence_interval(0.95), found.pvalue)
    assert answer["warnings"] == ["2 of 12 donors of the first visit have no result at the last"]


def test_an_unknown_visit_is_a_reason() -> None:
    (answer,) = asked(group("FM", np.arange(6.0)), YEAR)
    assert answer["verdict"] == "not estimable"
    assert answer["reason"] == "there is no result at visit 2 to answer it with"


def test_effect_pairs_the_two_arms_and_needs_no_control() -> None:
    """Where unstimulated wells are undetected, the arms still compare: the control takes no
    part.
    """
    rng = np.random.default_rng(6)
    rows, folds = [], []
    for i in range(8):
        alone, blocked = rng.normal(5, 1), rng.normal(4, 1)
        folds.append(blocked - alone)
        rows += [
            quantity(f"FM{i}", "ATP", alone),
            quantity(f"FM{i}", "ATP_X", blocked),
            quantity(f"FM{i}", "none", None, censor="left", upper=1.0),
        ]
    of = study(BLOCKED, stimuli=ARMS)
    made = responses_of(quantities(*rows), study=of)
    assert set(made["estimand"]) == {"level", "response", "effect"}
    findings = compare(made, CLINIC.frame(), study=of, rng=np.random.default_rng(1))
    answer, _ = in_words(findings, of).rows(named=True)
    found = stats.ttest_1samp(folds, 0.0)
    close(answer, np.mean(folds), *found.confidence_interval(0.95), found.pvalue)
    assert answer["sentence"].startswith(
        ("In cultures of patients", "Whether ATP with antagonist instead of ATP")
    )


def test_bounds_of_a_contrast_are_bounds() -> None:
    rng = np.random.default_rng(7)
    rows = group("FM", rng.normal(2, 1, 14)) + group("HC", rng.normal(0, 1, 10))
    rows += group("FM", rng.normal(0, 1, 12), analyte="IL6") + group(
        "HC", rng.normal(0, 1, 10), analyte="IL6"
    )
    rows += [undetected(f"FM{i}", -1.0, analyte="IL6") for i in (12, 13)]
    answer, *_ = asked(rows, ONLY_TNF)
    assert answer["method"].startswith("normal likelihood")
    assert answer["n"][0]["undetected"] == 2
    assert answer["lower"] < answer["estimate"] < answer["upper"]
    many = [undetected(f"FM{i:02}", -1.0, analyte="IL6") for i in range(9)]
    rest = [
        row
        for row in rows
        if row["analyte"] == "TNF" or row["donor"][:2] == "HC" or int(row["donor"][2:]) > 8
    ]
    answer, *_ = asked(rest + many, ONLY_TNF)
    assert answer["reason"] == "patients: more than half of the donors are known only by bounds"


@pytest.mark.parametrize("question", [ONLY_TNF, YEAR, BLOCKED])
@pytest.mark.parametrize("donors", [0, 1, 2])
def test_too_few_donors_are_a_reason(question: Question, donors: int) -> None:
    rows = group("FM", np.arange(float(donors))) + group("HC", np.arange(5.0))
    rows += [row | {"analyte": "IL6"} for row in rows] + [row | {"visit": "2"} for row in rows]
    rows += [row | {"estimand": "effect", "stimulus": "ATP_X"} for row in rows]
    answers = [row for row in asked(rows, question, stimuli=ARMS) if row["part"] == "answer"]
    assert [row["verdict"] for row in answers] == ["not estimable"]
    assert answers[0]["reason"]
    assert not any(word in answers[0]["sentence"] for word in ("nan", "None"))


@pytest.mark.calibration
def test_the_contrast_covers_its_truth() -> None:
    """Studies with two analytes that share their donors, 14 v 10: the share of intervals that hold
    the true contrast.
    """
    rng, number = np.random.default_rng(11), studies(400, 65)
    held = 0
    for _ in range(number):
        person = {"FM": rng.normal(0, 1, 14), "HC": rng.normal(0, 1, 10)}
        rows = [
            row
            for analyte, shift in (("TNF", 0.7), ("IL6", 0.2))
            for letters, base in person.items()
            for row in group(
                letters,
                base + rng.normal(0, 0.5, len(base)) + (letters == "FM") * shift,
                analyte=analyte,
            )
        ]
        answer, *_ = asked(rows, ONLY_TNF)
        held += answer["lower"] <= 0.5 <= answer["upper"]
    assert abs(held / number - 0.95) < 3 * (0.95 * 0.05 / number) ** 0.5


def test_a_lower_response_that_stands_out_is_specific_and_one_that_does_not_is_relative() -> None:
    rng = np.random.default_rng(21)
    base = {a: (rng.normal(0, 0.4, 14), rng.normal(0, 0.4, 10)) for a in ("TNF", "IL6")}

    def rows(tnf: float, il6: float) -> list[dict[str, Any]]:
        return [
            row
            for a, shift in (("TNF", tnf), ("IL6", il6))
            for letters, values, add in zip(("FM", "HC"), base[a], (shift, 0.0), strict=True)
            for row in group(letters, values - values.mean() + add, analyte=a)
        ]

    specific, *_ = asked(rows(-2.0, 0.0), ONLY_TNF)
    assert specific["verdict"] == "supported"
    assert "is specific to it: larger than in IL-6" in specific["sentence"]
    relative, *_ = asked(rows(0.0, -2.0), ONLY_TNF)
    assert relative["verdict"] == "supported"
    assert "is specific to it" not in relative["sentence"]
    assert (
        "Relative to IL-6, the TNF protein response to ATP is higher in patients"
        in relative["sentence"]
    )


def test_sides_of_other_visits_and_groups_on_plates_of_their_own_are_reasons() -> None:
    rng = np.random.default_rng(22)
    tnf = group("FM", rng.normal(size=8), visit="1") + group("HC", rng.normal(size=7), visit="1")
    il6 = [row | {"analyte": "IL6", "visit": "2"} for row in tnf]
    answer, *_ = asked(tnf + il6, ONLY_TNF)
    assert answer["reason"] == "the two sides were first measured at different visits (1, 2)"
    apart = [row | {"plates": ["P1" if row["group"] == "FM" else "P2"]} for row in tnf]
    other = [row | {"analyte": "IL6", "value": float(rng.normal())} for row in apart]
    answer, *_ = asked(apart + other, ONLY_TNF)
    assert answer["reason"] == "group confounded with plate: no plate holds donors of both groups"


def test_levels_of_visits_on_plates_of_their_own_do_not_change() -> None:
    rng = np.random.default_rng(23)
    levels = Change(
        id="year", ask="change", within="FM", assays=("p",), analytes=("TNF",), visits=("1", "2")
    )
    rows = [
        row | {"estimand": "level", "stimulus": None, "plates": [f"P{visit}"]}
        for visit in ("1", "2")
        for row in group("FM", rng.normal(float(visit), 0.3, 8), visit=visit)
    ]
    (answer,) = asked(rows, levels)
    assert answer["reason"].startswith("no plate holds both sides")
    tied = [
        row | {"shared": [{"key": f"plate:p:{row['plates'][0]}:TNF", "loading": 0.1}]}
        for row in rows
    ]
    (answer,) = asked(tied, levels)
    assert answer["reason"] is None


def test_groups_that_are_each_constant_are_a_reason() -> None:
    rows = [
        row | {"analyte": a}
        for a in ("TNF", "IL6")
        for row in group("FM", [2.0] * 6) + group("HC", [1.0] * 5)
    ]
    answer, *_ = asked(rows, ONLY_TNF)
    assert answer["reason"] == "the donors of each group all have the same result"


def test_a_limit_at_the_first_visit_is_a_floor_under_the_change_and_at_the_last_a_ceiling() -> None:
    """A result below 0 then and at 2 now has risen by more than 2; the other way it fell by more.
    Both ends come from the other end of what is taken off.
    """
    rng = np.random.default_rng(31)
    first, last = rng.normal(0, 0.3, 10), rng.normal(2, 0.3, 10)

    def rows(hidden_at: str) -> list[dict[str, Any]]:
        made = []
        for visit, values in (("1", first), ("2", last)):
            made += [row | {"visit": visit} for row in group("FM", values)]
        return [
            undetected(row["donor"], 4.0 if hidden_at == "2" else -2.0, visit=hidden_at)
            if row["visit"] == hidden_at and row["donor"] == "FM00"
            else row
            for row in made
        ]

    without = float(np.mean((last - first)[1:]))
    (risen, *_), (fallen, *_) = asked(rows("1"), YEAR), asked(rows("2"), YEAR)
    # Below -2 at first: up by more than 3.7, far above the rest. Below 4 at last: says little.
    assert risen["estimate"] > without + 0.1
    assert fallen["estimate"] == pytest.approx(without, abs=0.2)
    assert fallen["lower"] <= without <= fallen["upper"]


def test_both_ends_of_a_difference_of_bounds() -> None:
    known = replace(_sample(["A", "B"]), lower=np.array([1.0, 5.0]), upper=np.array([2.0, 5.0]))
    other = replace(_sample(["A", "B"]), lower=np.array([0.5, -np.inf]), upper=np.array([0.7, 3.0]))
    between = contrast.minus(known, other)
    assert between.lower.tolist() == pytest.approx([0.3, 2.0])
    assert between.upper.tolist() == pytest.approx([1.5, np.inf])
    doubled = contrast.weighted([known, other], np.array([2.0, -1.0]))
    assert doubled.lower.tolist() == pytest.approx([1.3, 7.0])
    assert doubled.upper.tolist() == pytest.approx([3.5, np.inf])


def _sample(donors: list[str]) -> Sample:
    """Donors of one group of whom nothing is known yet."""
    n = len(donors)
    return Sample(
        donors=tuple(donors),
        groups=np.array(["FM"] * n),
        lower=np.zeros(n),
        upper=np.zeros(n),
        sd=np.full(n, 0.1),
        shared=({},) * n,
        plates=(("P1",),) * n,
        visit="1",
        readout="protein",
        cell_type="iMG",
    )
