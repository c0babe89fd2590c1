from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from compare_tables import (
    MORE,
    RELATED,
    clinic,
    group,
    in_words,
    response,
    responses,
    study,
    undetected,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from lengths import studies
from scipy import stats

from exvivo.compare import compare
from exvivo.errors import Bug
from exvivo.study import CellType, Group, Plan, Question, Study
from exvivo.tables import CLINIC, FINDINGS, RESPONSES, VERDICTS
from exvivo.units import PROBABILITY

Rows = list[dict[str, Any]]
NOT_SAID = (
    "no effect",
    "no difference",
    "no relation",
    "unrelated",
    "not related",
    "same in",
    "significan",
    "prove",
    "proof",
    "cause",
    "because",
    "due to",
    "leads to",
    "results in",
    "trend",
    "confirm",
    "biomarker",
    "predict",
    "influence",
    "nan",
    "none",
    "inf ",
    "null",
)
"""Words that claim a cause, an absence or more certainty than a finding has; and numbers that are
none.
"""


def asked(
    rows: Rows, scores: pl.DataFrame, *questions: Question, seed: int = 1, **changes: Any
) -> pl.DataFrame:
    of = study(*questions, **changes)
    found = compare(responses(rows), scores, study=of, rng=np.random.default_rng(seed))
    return in_words(found, of)


def answers(found: pl.DataFrame) -> Rows:
    return found.filter(part="answer").rows(named=True)


def people(
    seed: int, *, shift: float = 0.0, rho: float = 0.0, n: int = 14, m: int = 10
) -> tuple[Rows, pl.DataFrame]:
    """Patients and controls with a response, and the patients' scores."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(shift, 1, n), rng.normal(0, 1, m)
    pain = 50 + 10 * (rho * (x - shift) + (1 - rho**2) ** 0.5 * rng.normal(size=n))
    rows = group("FM", x) + group("HC", y)
    return rows, clinic({f"FM{i:02}": float(score) for i, score in enumerate(pain)})


def test_every_question_assay_analyte_and_scale_has_one_answer() -> None:
    rows, scores = people(1)
    rows += [row | {"analyte": "IL6"} for row in rows]
    scores = pl.concat([scores, clinic(dict(scores.select("donor", "score").iter_rows()), "QOL")])
    both = replace(RELATED, analytes=("TNF", "IL6"), scales=("VAS", "QOL"))
    found = asked(rows, scores, replace(MORE, analytes=("TNF", "IL6")), both)
    assert [(f["question"], f["analyte"], f["scale"]) for f in answers(found)] == [
        ("more", "TNF", None),
        ("more", "IL6", None),
        ("related", "TNF", "VAS"),
        ("related", "TNF", "QOL"),
        ("related", "IL6", "VAS"),
        ("related", "IL6", "QOL"),
    ]
    assert set(found["ask"]) == {"difference", "association"}
    assert {f["verdict"] for f in answers(found)} <= set(VERDICTS)
    beside = found.filter(part="beside")
    assert beside["verdict"].null_count() == beside["p_adjusted"].null_count() == beside.height > 0


def test_no_question_no_finding() -> None:
    rows, scores = people(2)
    of = study()
    found = compare(responses(rows), scores, study=of, rng=np.random.default_rng(1))
    assert found.equals(FINDINGS.frame())


def test_tables_that_break_their_rules_are_not_let_in() -> None:
    rows, scores = people(3)
    good = responses(rows)
    with pytest.raises(Bug, match="responses"):
        compare(good.drop("sd"), scores, study=study(MORE), rng=np.random.default_rng(1))
    with pytest.raises(Bug, match="clinic"):
        compare(good, scores.drop("score"), study=study(MORE), rng=np.random.default_rng(1))


def test_the_same_study_gives_the_same_findings_whatever_the_order_of_its_rows() -> None:
    rows, scores = people(4, n=20, m=16)
    questions = (MORE, RELATED)
    once = asked(rows, scores, *questions)
    assert once.equals(asked(rows, scores, *questions))
    rng = np.random.default_rng(4)
    shuffled = [rows[i] for i in rng.permutation(len(rows))]
    assert once.equals(asked(shuffled, scores.sample(fraction=1, shuffle=True, seed=4), *questions))
    first, other = (
        asked(rows, scores, *questions, seed=seed).filter(part="answer") for seed in (1, 2)
    )
    assert first["p_permutation"].to_list() != other["p_permutation"].to_list()
    assert first.drop("p_permutation").equals(other.drop("p_permutation"))


def test_a_finding_does_not_depend_on_what_else_was_asked() -> None:
    rows, scores = people(5)
    alone = asked(rows, scores, RELATED)
    together = asked(rows, scores, MORE, RELATED)
    assert together.filter(question="related").equals(alone)


def test_donors_of_a_group_that_was_not_asked_change_nothing() -> None:
    rows, scores = people(6)
    groups = (*study().groups, Group(id="RA", name="people with arthritis"))
    rng = np.random.default_rng(6)
    third = [response(f"RA{i}", float(v), group="RA") for i, v in enumerate(rng.normal(4, 1, 8))]
    plain, more = (
        asked(rows, scores, MORE, groups=groups),
        asked(rows + third, scores, MORE, groups=groups),
    )
    assert more.equals(plain)


def test_only_the_stimulus_cell_type_and_visit_asked_count() -> None:
    rows, scores = people(7)
    cells = (CellType(id="iMG", name="microglia-like cells"), CellType(id="MO", name="monocytes"))
    here = replace(MORE, cell_type="iMG")
    others = [row | change for row in rows for change in ({"stimulus": "LPS"}, {"cell_type": "MO"})]
    others += [row | {"estimand": "level", "stimulus": None} for row in rows]
    plain = asked(rows, scores, here, cell_types=cells)
    assert asked(rows + others, scores, here, cell_types=cells).equals(plain)
    later = [row | {"visit": "10", "value": 9.0} for row in rows] + [
        row | {"visit": "2"} for row in rows
    ]
    found = answers(asked(later, scores, here, cell_types=cells))[0]
    assert found["estimate"] == pytest.approx(answers(plain)[0]["estimate"])
    assert found["warnings"] == ["several visits were measured; this is visit 2 only"]


def test_scores_of_another_visit_are_not_taken() -> None:
    rows, scores = people(8)
    second = scores.with_columns(pl.lit("2").alias("visit"))
    found = answers(asked(rows, second, RELATED))[0]
    assert found["verdict"] == "not estimable"
    assert found["reason"] == "patients: no donor has both a result and a score"
    later = [row | {"visit": "2"} for row in rows]
    assert (
        answers(asked(later, second, RELATED))[0]["estimate"]
        == answers(asked(rows, scores, RELATED))[0]["estimate"]
    )


def test_scores_not_given_are_left_out() -> None:
    rows, scores = people(9)
    missing = scores.with_columns(
        pl.when(pl.col("donor") == "FM03").then(None).otherwise("score").alias("score")
    )
    found, without = (
        answers(asked(rows, given, RELATED))[0] for given in (missing, scores.filter(donor="FM03"))
    )
    assert found["n"] == [{"group": "FM", "n": 13, "undetected": 0}]
    assert without["verdict"] == "not estimable"
    kept = [row["value"] for row in rows[:14] if row["donor"] != "FM03"]
    expected = stats.spearmanr(kept, missing["score"].drop_nulls())
    assert (found["estimate"], found["p"]) == pytest.approx((expected.statistic, expected.pvalue))


def test_nothing_measured_is_said_so() -> None:
    empty: Rows = []
    found = answers(asked(empty, CLINIC.frame(), MORE, RELATED))
    assert [f["verdict"] for f in found] == ["not estimable"] * 2
    assert [f["reason"] for f in found] == ["there is no result to answer it with"] * 2
    assert {f["p"] for f in found} == {None}
    assert "cannot be estimated: there is no result to answer it with." in found[0]["sentence"]


@pytest.mark.parametrize(
    ("scale", "symptoms", "rho", "warned"),
    [
        ("VAS", "worse", 0.9, False),
        ("VAS", "worse", -0.9, True),
        ("VAS", "better", 0.9, True),
        ("QOL", "worse", 0.9, True),
        ("QOL", "worse", -0.9, False),
        ("QOL", "better", 0.9, False),
        ("VAS", "either", -0.9, False),
    ],
)
def test_a_direction_opposite_to_the_one_expected_is_pointed_out(
    scale: str, symptoms: Any, rho: float, warned: bool
) -> None:
    rows, scores = people(10, rho=rho)
    scores = clinic(dict(scores.select("donor", "score").iter_rows()), scale)
    found = answers(asked(rows, scores, replace(RELATED, scales=(scale,), symptoms=symptoms)))[0]
    assert np.sign(found["estimate"]) == np.sign(rho)
    assert found["verdict"] == "supported"
    assert (
        "the direction is opposite to the one expected beforehand" in found["warnings"]
    ) is warned
    end = "worse" if (scale == "VAS") == (rho > 0) else "better"
    score = "higher" if rho > 0 else "lower"
    assert f"goes with a {score} score of" in found["sentence"]
    assert f"({score} is {end})" in found["sentence"]


def test_one_family_is_corrected_over_kinds_of_questions() -> None:
    rows, scores = people(11, shift=0.8, rho=0.5)
    apart = answers(asked(rows, scores, MORE, RELATED))
    one = answers(asked(rows, scores, replace(MORE, family="f"), replace(RELATED, family="f")))
    p = sorted(f["p"] for f in apart)
    assert [f["p_adjusted"] for f in apart] == [f["p"] for f in apart]
    assert sorted(f["p_adjusted"] for f in one) == pytest.approx(
        [min(1, 2 * p[0]), max(min(1, 2 * p[0]), p[1])]
    )


def borderline() -> tuple[Rows, pl.DataFrame]:
    """Two groups whose Welch p value is 0.03."""
    rows, scores = people(12)
    x, y = (np.array([row["value"] for row in rows if row["group"] == g]) for g in ("FM", "HC"))
    found = stats.ttest_ind(x, y, equal_var=False)
    error = (x.mean() - y.mean()) / found.statistic
    x = x - x.mean() + y.mean() + error * stats.t.isf(0.015, found.df)
    return group("FM", x) + group("HC", y), scores


def test_what_correction_takes_away_is_said() -> None:
    """An interval that excludes zero is not called supported where the corrected p value does not
    say so.
    """
    rows, scores = borderline()
    single = answers(asked(rows, scores, MORE))[0]
    assert single["verdict"] == "supported"
    assert single["p"] == pytest.approx(0.03)
    others, _ = people(13)
    rows += [row | {"analyte": "IL6"} for row in others]
    found = answers(asked(rows, scores, replace(MORE, analytes=("TNF", "IL6"))))[0]
    assert found["p_adjusted"] == pytest.approx(
        0.08, abs=0.02
    )  # twice 0.03 by Holm, a little more by max T where analytes have nothing in common
    assert (found["lower"], found["upper"]) == (single["lower"], single["upper"])
    assert found["verdict"] == "not resolved"
    assert found["sentence"].endswith("not after correction for all that was asked together.")


def cut(rows: Rows, limit: float) -> Rows:
    return [undetected(row["donor"], limit) if row["value"] < limit else row for row in rows]


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32),
    st.floats(-3, 3),
    st.sampled_from([-9.0, -1.0, 0.0, 1.0]),
    st.sampled_from([None, 2.0]),
)
def test_a_verdict_says_no_more_than_its_numbers(
    seed: int, shift: float, limit: float, margin: float | None
) -> None:
    rows, scores = people(seed, shift=shift, rho=0.6, n=9, m=7)
    found = answers(
        asked(
            cut(rows, limit),
            scores,
            replace(MORE, margin=margin),
            RELATED,
            plan=Plan(permutations=0),
        )
    )
    for finding in found:
        low, high, null = (
            finding["lower"],
            finding["upper"],
            0.5 if finding["unit"] == PROBABILITY.id else 0.0,
        )
        verdict = finding["verdict"]
        assert (verdict == "not estimable") == (finding["reason"] is not None) == (low is None)
        if verdict == "supported":
            assert not low <= null <= high
            assert finding["p_adjusted"] <= 0.05
        if verdict == "equivalent":
            assert finding["ask"] == "difference"
            assert margin is not None
            assert -margin < low <= high < margin
        if verdict == "not resolved":
            assert low <= null <= high or finding["p_adjusted"] > 0.05
        if low is not None and finding["estimate"] is not None:
            assert low <= finding["estimate"] <= high


def every_sentence() -> Iterator[str]:
    """Sentences of all verdicts and methods: detected, censored, confounded, too few, with and
    without a margin.
    """
    for seed, shift, rho in ((1, 0.0, 0.0), (2, 2.5, 0.9), (3, -2.5, -0.9)):
        rows, scores = people(seed, shift=shift, rho=rho)
        small, _ = people(seed, n=2, m=2)
        quiet = [
            row | {"value": 0.1 * (row["value"] - (shift if row["group"] == "FM" else 0))}
            for row in rows
        ]
        apart = [row | {"plates": [row["group"]]} for row in rows]
        for kept in (rows, quiet, small, apart, cut(rows, -0.5), cut(rows, 0.6), cut(rows, 99.0)):
            for margin in (None, 1.0):
                yield from asked(kept, scores, replace(MORE, margin=margin), RELATED)["sentence"]
                levels = [row | {"estimand": "level", "stimulus": None} for row in kept]
                of_levels = replace(MORE, margin=margin, stimulus="")
                yield from asked(levels, scores, of_levels)["sentence"]
            yield from asked(
                kept, scores, replace(RELATED, method="pearson", scales=("VAS", "QOL"))
            )["sentence"]


def test_no_sentence_claims_a_cause_or_an_absence() -> None:
    said = list(every_sentence())
    assert len(set(said)) > 45
    for sentence in said:
        assert not any(word in sentence.lower() for word in NOT_SAID), sentence
        assert re.fullmatch(r"[A-Z].*\.", sentence), sentence
        assert "  " not in sentence, sentence
    for part in (
        "is higher in",
        "is lower in",
        "differs by less than the declared 2-fold",
        "is not resolved",
        "cannot be estimated",
        "goes with a higher score",
        "goes with a lower score",
        "beyond a limit",
        "probability of the higher",
    ):
        assert any(part in sentence for sentence in said), part


def test_a_sentence_holds_the_numbers_of_its_finding() -> None:
    rows, scores = people(13, shift=2.0, rho=0.95)
    more, related = answers(asked(rows, scores, MORE, RELATED))
    fold, low, high = (2 ** more[name] for name in ("estimate", "lower", "upper"))
    assert (more["verdict"], related["verdict"]) == ("supported", "supported")
    assert more["sentence"] == (
        f"The TNF protein response to ATP is higher in patients than in controls: "
        f"{_fold(fold)}-fold "
        f"(95 % interval {_fold(low)} to {_fold(high)}), 14 patients and 10 controls."
    )
    rho, low, high = (f"{related[name]:.2f}" for name in ("estimate", "lower", "upper"))
    assert related["sentence"] == (
        "Within patients, a higher TNF protein response to ATP goes with a higher score of pain "
        "(higher is worse): "
        f"Spearman's rho {rho} (95 % interval {low} to {high}), 14 patients."
    )


def _fold(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}"


def test_the_level_of_the_plan_is_the_level_of_the_intervals() -> None:
    rows, scores = people(14)
    x, y = (np.array([row["value"] for row in rows if row["group"] == g]) for g in ("FM", "HC"))
    found = answers(asked(rows, scores, MORE, plan=Plan(alpha=0.1)))[0]
    ends = stats.ttest_ind(x, y, equal_var=False).confidence_interval(0.9)
    assert found["level"] == pytest.approx(0.9)
    assert (found["lower"], found["upper"]) == pytest.approx((ends.low, ends.high))
    assert "(90 % interval" in found["sentence"]


@pytest.mark.calibration
def test_a_study_without_any_relation_is_seldom_supported() -> None:
    """Three analytes of one family, all without a difference: the share of studies with a claim
    stays at alpha.
    """
    rng, number, claimed = np.random.default_rng(15), studies(200, 80), 0
    names = ("TNF", "IL6", "IL10")
    quick: Study = study(replace(MORE, analytes=names), plan=Plan(permutations=0))
    template = responses(
        [
            response(f"{g}{i:02}", 0.0, analyte=name)
            for name in names
            for g, n in (("FM", 14), ("HC", 10))
            for i in range(n)
        ]
    )
    for _ in range(number):
        drawn = template.with_columns(pl.Series("value", rng.normal(size=template.height)))
        found = compare(
            drawn.select(RESPONSES.schema.names()), CLINIC.frame(), study=quick, rng=rng
        )
        claimed += "supported" in found.filter(part="answer")["verdict"].to_list()
    assert 0 < claimed / number <= 0.05 + 3.3 * (0.05 * 0.95 / number) ** 0.5
