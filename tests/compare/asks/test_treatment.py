"""Exposures nobody assigned, adjusted differences, robustness values and mediation, against R, a
paper and simulation.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from compare_tables import MORE, clinic, group, in_words, responses, study, undetected
from scipy import stats

from exvivo.compare import compare
from exvivo.compare.asks.mediation import product
from exvivo.compare.estimate import Estimate
from exvivo.compare.methods.regression import Fit, coefficient, robustness, separates
from exvivo.study import Difference, Mediation, Question, Treatment
from exvivo.tables import CLINIC

ON_DRUG = Treatment(
    id="drug",
    ask="treatment",
    within="FM",
    assays=("p",),
    analytes=("TNF",),
    exposure="drug",
    exposed="yes",
    stimulus="ATP",
)
THROUGH = Mediation(
    id="through",
    ask="mediation",
    groups=("FM", "HC"),
    assays=("p",),
    analytes=("TNF",),
    scales=("VAS",),
    stimulus="ATP",
)


def asked(
    rows: list[dict[str, Any]],
    donors: pl.DataFrame,
    *questions: Question,
    scores: pl.DataFrame | None = None,
) -> list[dict[str, Any]]:
    of = study(*questions, donors=donors)
    found = compare(
        responses(rows),
        CLINIC.frame() if scores is None else scores,
        study=of,
        rng=np.random.default_rng(1),
    )
    return in_words(found, of).filter(pl.col("part") != "robustness").rows(named=True)


def donors_of(rows: list[dict[str, Any]], **columns: list[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {"donor": [r["donor"] for r in rows], "group": [r["group"] for r in rows], **columns}
    )


def test_a_coefficient_is_that_of_r(r_peer: Path) -> None:
    d = pl.read_csv(r_peer / "donors.csv")
    others = d.select("age", "bmi", "grp").to_numpy().astype(float)
    fit = coefficient(d["vas"].to_numpy().astype(float), d["tnf"].to_numpy(), others, alpha=0.05)
    assert (fit.slope, fit.error, fit.t, fit.estimate.p) == pytest.approx(
        (8.09388580091, 5.55916003001, 1.45595481282, 0.161731132827), rel=1e-9
    )


def test_robustness_values_of_the_paper() -> None:
    """Darfur, Cinelli and Hazlett 2020, table 1: t 4.18 with 783 degrees of freedom gives 13.9 %
    and 7.6 %.
    """
    fit = Fit(Estimate(0.097, 0.0, 0.0, 0.0), 0.023, 4.18445, 783)
    assert robustness(fit) == pytest.approx(0.139, abs=5e-4)
    assert robustness(fit, alpha=0.05) == pytest.approx(0.076, abs=5e-4)
    assert robustness(Fit(Estimate(0.1, 0.0, 0.0, 0.0), 1.0, 0.1, 20), alpha=0.05) == 0.0


@pytest.mark.parametrize("df", [6, 20, 783])
def test_a_confounder_of_the_robustness_value_takes_the_estimate_to_nothing(df: int) -> None:
    """By the paper's bias and standard error (eq. 5 to 7): a confounder that explains this share of
    both sides leaves an estimate of 0, or an interval that ends there.
    """
    estimate, error = 5.0, 1.0
    fit = Fit(Estimate(estimate, 0.0, 0.0, 0.0), error, estimate / error, df)

    def left(share: float) -> tuple[float, float]:
        """Estimate and standard error with the confounder in the model."""
        bias = error * (share * share / (1 - share) * df) ** 0.5
        return estimate - bias, error * (df / (df - 1)) ** 0.5

    assert left(robustness(fit))[0] == pytest.approx(0.0, abs=1e-9)
    centre, wider = left(robustness(fit, alpha=0.05))
    assert centre / wider == pytest.approx(stats.t.isf(0.025, df - 1))


def test_an_exposure_is_compared_within_the_group_and_never_called_a_cause() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(0, 1, 14)
    exposed = np.arange(14) < 6
    rows = group("FM", x + 2.5 * exposed) + group("HC", rng.normal(0, 1, 5))
    words = ["yes" if e else "no" for e in exposed] + ["yes"] * 5
    found = asked(rows, donors_of(rows, drug=words), ON_DRUG)
    answer, nothing, interval = found
    reference = stats.ttest_ind((x + 2.5)[exposed], x[~exposed], equal_var=False)
    assert (answer["p"], answer["lower"]) == pytest.approx(
        (reference.pvalue, reference.confidence_interval().low)
    )
    assert answer["n"] == [{"group": "FM", "n": 14, "undetected": 0}]
    assert answer["verdict"] == "supported"
    assert "Nobody assigned it by chance" in answer["sentence"]
    assert 0 < interval["estimate"] < nothing["estimate"] < 1
    assert "nan" not in " ".join(row["sentence"] for row in found).lower()


@pytest.mark.parametrize(
    ("words", "adjust", "reason"),
    [
        (
            ["yes"] * 2 + ["no"] * 12,
            {},
            "donors with drug: 2 donors with a result; at least 3 are needed",
        ),
        (["yes"] * 14, {}, "donors without: 0 donors with a result; at least 3 are needed"),
        (
            ["yes"] * 7 + ["no"] * 7,
            {"age": [str(i < 7) for i in range(14)]},
            "what is adjusted for (age: True) tells the two sides apart by itself",
        ),
        (
            ["yes"] * 7 + ["no"] * 7,
            {"age": [str(i) for i in range(14)], "bmi": [str(i % 3) for i in range(14)]},
            "2 covariate columns (age, bmi) for 14 donors; at most 1 can be adjusted for (one "
            "for every ten)",
        ),
    ],
)
def test_what_cannot_be_told_apart_is_a_reason(
    words: list[str], adjust: dict[str, list[str]], reason: str
) -> None:
    rows = group("FM", np.random.default_rng(1).normal(size=14))
    question = Treatment(
        **{
            **{f: getattr(ON_DRUG, f) for f in ON_DRUG.__dataclass_fields__},
            "adjust": tuple(adjust),
        }
    )
    answer, *rest = asked(rows, donors_of(rows, drug=words, **adjust), question)
    assert (answer["verdict"], answer["reason"]) == ("not estimable", reason)
    assert not rest


def test_unknown_exposures_and_bounds_are_said() -> None:
    rows = group("FM", np.random.default_rng(1).normal(size=14))
    answer, *_ = asked(rows, donors_of(rows, drug=["yes"] * 6 + ["no"] * 6 + [""] * 2), ON_DRUG)
    assert answer["warnings"] == ["2 donors take no part, as donors.csv does not say it of them"]
    assert answer["n"][0]["n"] == 12
    rows[0] = undetected("FM00", -3.0)
    answer, *_ = asked(rows, donors_of(rows, drug=["yes"] * 6 + ["no"] * 8), ON_DRUG)
    assert answer["method"].startswith("normal likelihood of the wells")
    rows[:4] = [undetected(f"FM{i:02}", -3.0) for i in range(4)]
    (answer,) = asked(rows, donors_of(rows, drug=["yes"] * 6 + ["no"] * 8), ON_DRUG)
    assert (
        answer["reason"]
        == "donors with drug: more than half of the donors are known only by bounds"
    )


def test_a_difference_is_adjusted_beside_its_answer() -> None:
    rng = np.random.default_rng(5)
    age = rng.normal(50, 10, 24)
    rows = group("FM", 0.05 * age[:14] + 1 + rng.normal(0, 0.3, 14)) + group(
        "HC", 0.05 * age[14:] + rng.normal(0, 0.3, 10)
    )
    question = Difference(
        **{**{f: getattr(MORE, f) for f in MORE.__dataclass_fields__}, "adjust": ("age",)}
    )
    found = asked(rows, donors_of(rows, age=[str(a) for a in age]), question)
    adjusted = next(
        row for row in found if "adjusted for age" in row["estimand"] and row["unit"] == "log2 fold"
    )
    y = np.array([row["value"] for row in rows])
    design = np.column_stack([np.ones(24), np.arange(24) < 14, age])
    beta = np.linalg.solve(design.T @ design, design.T @ y)
    assert adjusted["estimate"] == pytest.approx(beta[1])
    assert (
        adjusted["upper"] - adjusted["lower"] < found[0]["upper"] - found[0]["lower"]
    )  # age explains most of the spread


def test_the_product_of_slopes_is_that_of_simulation() -> None:
    a, b = Fit(Estimate(0.9, 0, 0, 0), 0.4, 0.0, 21), Fit(Estimate(4.0, 0, 0, 0), 2.5, 0.0, 20)
    found = product(a, b, alpha=0.05)
    rng = np.random.default_rng(1)
    draws = (0.9 + 0.4 * rng.standard_t(21, 400_000)) * (4.0 + 2.5 * rng.standard_t(20, 400_000))
    low, high = np.quantile(draws, (0.025, 0.975))
    assert (found.lower, found.upper) == pytest.approx((low, high), abs=0.1)
    assert found.p == pytest.approx(2 * min((draws < 0).mean(), (draws > 0).mean()), abs=0.005)
    assert found.estimate == pytest.approx(3.6)


def test_mediation_splits_the_whole_difference_and_stays_a_hypothesis() -> None:
    rng = np.random.default_rng(9)
    sick = np.arange(24) < 14
    tnf = 1.5 * sick + rng.normal(0, 0.5, 24)
    pain = 20 + 12 * tnf + 5 * sick + rng.normal(0, 3, 24)
    rows = group("FM", tnf[:14]) + group("HC", tnf[14:])
    scores = clinic({row["donor"]: float(p) for row, p in zip(rows, pain, strict=True)})
    part, whole, left, sensitivity = asked(rows, donors_of(rows), THROUGH, scores=scores)
    assert part["estimate"] + left["estimate"] == pytest.approx(whole["estimate"])
    assert part["verdict"] == "supported"
    assert part["sentence"].startswith("Hypothesis only")
    assert 0 < sensitivity["estimate"] < 1
    assert "none" not in sensitivity["sentence"].lower()
    assert "open" not in sensitivity["sentence"]


def test_the_indirect_part_covers_its_truth() -> None:
    """300 studies of 14 v 10: the true product of slopes lies in the interval about as often as it
    should.
    """
    rng = np.random.default_rng(12)
    sick = (np.arange(24) < 14).astype(float)
    held = 0
    for _ in range(300):
        tnf = 0.8 * sick + rng.normal(0, 0.7, 24)
        pain = 6 * tnf + 5 * sick + rng.normal(0, 6, 24)
        onto = coefficient(tnf, sick, np.empty((24, 0)), alpha=0.05)
        back = coefficient(pain, tnf, sick[:, None], alpha=0.05)
        found = product(onto, back, alpha=0.05)
        held += found.lower <= 4.8 <= found.upper
    assert (
        abs(held / 300 - 0.95) < 0.01 + 3 * (0.95 * 0.05 / 300) ** 0.5
    )  # the product's interval is close, not exact


def test_columns_that_tell_one_another() -> None:
    x = np.arange(10.0)
    assert separates(x, np.column_stack([2 * x + 1]))
    assert not separates(x, np.column_stack([x**2]))


def test_plates_and_errors_that_donors_share_count_in_treatment() -> None:
    rng = np.random.default_rng(31)
    x = rng.normal(0, 0.5, 14)
    words = ["yes"] * 7 + ["no"] * 7
    apart = [row | {"plates": ["P1" if i < 7 else "P2"]} for i, row in enumerate(group("FM", x))]
    answer, *_ = asked(apart, donors_of(apart, drug=words), ON_DRUG)
    assert (
        answer["reason"] == "the two sides are confounded with plate: no plate holds donors of both"
    )
    plain, *_ = asked(group("FM", x), donors_of(apart, drug=words), ON_DRUG)
    loaded = [
        row | {"shared": [{"key": "plate:P1", "loading": 0.6}] if i < 7 else []}
        for i, row in enumerate(group("FM", x))
    ]
    wide, *_ = asked(loaded, donors_of(apart, drug=words), ON_DRUG)
    assert wide["upper"] - wide["lower"] > 1.5 * (plain["upper"] - plain["lower"])


def test_a_covariate_that_is_not_known_or_says_nothing_is_never_dropped_in_silence() -> None:
    rng = np.random.default_rng(32)
    age = rng.normal(50, 10, 24)
    rows = group("FM", 0.1 * age[:14] + rng.normal(0, 0.3, 14)) + group(
        "HC", 0.1 * age[14:] + rng.normal(0, 0.3, 10)
    )
    question = Difference(
        **{**{f: getattr(MORE, f) for f in MORE.__dataclass_fields__}, "adjust": ("age",)}
    )
    words = ["", *(f"{a:.2f}" for a in age[1:])]

    def held(ages: list[str]) -> dict[str, Any]:
        found = asked(rows, donors_of(rows, age=ages), question)
        return next(row for row in found if "adjusted for age" in row["estimand"])

    assert held(words)["n"][0]["n"] == 13
    assert held([w.replace(".", ",") for w in words])["estimate"] == pytest.approx(
        held(words)["estimate"]
    )
    assert held(["40"] * 24)["reason"] == "age is the same for every donor"
    rows[0] = undetected("FM00", 2.0)
    assert held(["40"] * 24)["reason"] == "age is the same for every donor"
