from __future__ import annotations

import csv
import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from exvivo.arrays import Floats
from exvivo.compare.asks.association import association
from exvivo.compare.design import FEWEST_SCORED
from exvivo.compare.evidence import UNSTATED, Evidence
from exvivo.compare.methods.correlation import correlation
from exvivo.compare.methods.permutation import Permutations
from exvivo.compare.sample import Sample
from exvivo.findings import Caveat, Count, Finding
from exvivo.methods import NOT_ESTIMABLE, PEARSON, SPEARMAN
from exvivo.study import Analyte, Association, Group, Plan, Results, Scale, Study
from exvivo.tables import PROFILES, QUANTITIES
from exvivo.tell.phrases import reason_words
from exvivo.units import COEFFICIENT

VAS = Scale(id="VAS", name="pain", lowest=0, highest=100, higher_is="worse")
ASKED = Association(
    id="q",
    ask="association",
    within="FM",
    assays=("p",),
    analytes=("TNF",),
    scales=("VAS",),
    method="pearson",
)
STUDY = Study(
    exvivo=1,
    title="t",
    groups=(Group(id="FM", name="patients"), Group(id="HC", name="controls")),
    analytes=(Analyte(id="TNF"),),
    assays=(Results(id="p", kind="results"),),
    plates=(),
    scales=(VAS,),
    questions=(ASKED,),
    plan=Plan(permutations=199),
)
BLANK = Finding(
    question="q",
    ask="association",
    family="q",
    assay="p",
    readout="protein",
    analyte="TNF",
    scale="VAS",
    estimand=UNSTATED,
    level=0.95,
    unit=COEFFICIENT,
    n=(),
)


def sample_of(
    groups: list[str], values: Floats, *, upper: Floats | None = None, **given: Any
) -> Sample:
    """Donors d0, d1, ...; a value below its upper bound is undetected."""
    n = len(groups)
    return Sample(
        tuple(f"d{i}" for i in range(n)),
        np.array(groups, dtype=np.str_),
        values,
        values if upper is None else upper,
        np.full(n, 0.1),
        ({},) * n,
        (("P1",),) * n,
        "1",
        "protein",
        None,
        **given,
    )


def asked(
    sample: Sample, scores: Floats, question: Association = ASKED, permutations: int = 199
) -> list[Finding]:
    given = {
        donor: float(score)
        for donor, score in zip(sample.donors, scores, strict=True)
        if not np.isnan(score)
    }
    evidence = Evidence(
        study=STUDY,
        responses={},
        scores={},
        wells=QUANTITIES.frame(),
        profiles=PROFILES.frame(),
        permutations=Permutations(permutations, seed=1),
    )
    found = association(question, sample, given, BLANK, evidence)
    return [finding for finding in found if finding.part != "robustness"]


def peer(folder: Path) -> dict[str, list[float]]:
    """The lines of R's output that are a name and numbers."""
    lines: dict[str, list[float]] = {}
    for line in (folder / "peer.out").read_text().splitlines():
        name, *rest = line.split() or [""]
        try:
            lines.setdefault(name, [float(number) for number in rest])
        except ValueError:
            continue
    return lines


def donors(folder: Path) -> tuple[list[str], dict[str, Floats]]:
    with (folder / "donors.csv").open() as file:
        rows = list(csv.DictReader(file))
    columns = {
        name: np.array([float(row[name]) for row in rows])
        for name in ("tnf", "il8", "vas", "age", "grp")
    }
    return ["FM" if row["grp"] == "1" else "HC" for row in rows], columns


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("n", [5, 14, 60])
def test_pearson_is_scipys(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = 0.4 * x + rng.normal(size=n)
    found, expected = correlation(x, y, alpha=0.1, method="pearson"), stats.pearsonr(x, y)
    interval = expected.confidence_interval(0.9)
    assert found.estimate == pytest.approx(expected.statistic, abs=1e-12)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-9)
    assert (found.lower, found.upper) == pytest.approx((interval.low, interval.high), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=6, max_size=20))
def test_spearman_with_ties_is_scipys(pairs: list[tuple[int, int]]) -> None:
    x, y = np.array(pairs, dtype=np.float64).T
    assume(np.ptp(x) > 0 and np.ptp(y) > 0)
    found, expected = (
        correlation(stats.rankdata(x), stats.rankdata(y), alpha=0.05, method="spearman"),
        stats.spearmanr(x, y),
    )
    assert found.estimate == pytest.approx(expected.statistic, abs=1e-9)
    assert -1 <= found.lower <= expected.statistic + 1e-9
    assert expected.statistic - 1e-9 <= found.upper <= 1
    if abs(expected.statistic) < 1 - 1e-9:
        assert found.p == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-12)


def test_spearmans_interval_is_that_of_bonett_and_wright() -> None:
    """Computed by hand: tanh(artanh r -+ 1.96 sqrt((1 + r^2 / 2) / (n - 3)))."""
    x = np.arange(1.0, 11)
    y = np.array([2.0, 1, 4, 3, 6, 5, 8, 10, 7, 9])
    r = 1 - 6 * float(np.sum((x - y) ** 2)) / 990
    reach = 1.959963984540054 * ((1 + r**2 / 2) / 7) ** 0.5
    found = correlation(x, y, alpha=0.05, method="spearman")
    assert (found.lower, found.upper) == pytest.approx(
        (np.tanh(np.arctanh(r) - reach), np.tanh(np.arctanh(r) + reach))
    )


def test_the_digits_of_r(r_peer: Path) -> None:
    expected, (groups, columns) = peer(r_peer), donors(r_peer)
    answer, *beside = asked(sample_of(groups, columns["tnf"]), columns["vas"])
    assert [answer.estimate, answer.p, answer.lower, answer.upper] == pytest.approx(
        expected["cor.within"], abs=1e-11
    )
    pooled = beside[-1]
    assert [pooled.estimate, pooled.p, pooled.lower, pooled.upper] == pytest.approx(
        expected["cor.pearson"], abs=1e-11
    )
    by_ranks = asked(
        sample_of(groups, columns["tnf"]), columns["vas"], replace(ASKED, method="spearman")
    )[-1]
    assert [by_ranks.estimate, by_ranks.p] == pytest.approx(expected["cor.spearman"], abs=1e-11)
    within = asked(
        sample_of(groups, columns["tnf"]), columns["age"], replace(ASKED, method="spearman")
    )[0]
    assert within.estimate == pytest.approx(expected["spearman_exact_noties"][0], abs=1e-11)
    assert within.p == pytest.approx(
        0.239792202, abs=1e-8
    )  # SciPy's t approximation, notes/statistics.md section 6


def partial(x: Floats, y: Floats, group: Floats) -> tuple[float, float]:
    """The coefficient and p value of y regressed on x and the groups: partial r from its t, by
    least squares.
    """
    design = np.column_stack([x, *(group == g for g in np.unique(group))]).astype(np.float64)
    beta, rest, *_ = np.linalg.lstsq(design, y)
    free = len(y) - design.shape[1]
    t = beta[0] / np.sqrt(rest[0] / free * np.linalg.inv(design.T @ design)[0, 0])
    return float(t / np.sqrt(t * t + free)), float(2 * stats.t.sf(abs(t), free))


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_group_adjusted_is_the_partial_correlation_of_a_regression(
    method: Literal["pearson", "spearman"],
) -> None:
    rng = np.random.default_rng(4)
    groups = ["FM"] * 11 + ["HC"] * 8
    values, scores = rng.normal(size=19), rng.normal(size=19).round(1)
    found = asked(sample_of(groups, values), scores, replace(ASKED, method=method))[-2]
    x, y = (
        (values, scores)
        if method == "pearson"
        else (stats.rankdata(values), stats.rankdata(scores))
    )
    assert found.estimand.code == "correlation_group_adjusted"
    assert (found.estimate, found.p) == pytest.approx(partial(x, y, np.array(groups)), abs=1e-12)
    r = float(found.estimate or 0)
    widening = 1 if method == "pearson" else 1 + r * r / 2
    reach = 1.959963984540054 * (widening / (19 - 3 - 1)) ** 0.5
    assert (found.lower, found.upper) == pytest.approx(
        (np.tanh(np.arctanh(r) - reach), np.tanh(np.arctanh(r) + reach))
    )


def test_a_relation_made_by_the_groups_alone_is_no_answer() -> None:
    """Shifts between groups make a strong pooled correlation; within and adjusted there is none."""
    rng = np.random.default_rng(6)
    groups = ["FM"] * 14 + ["HC"] * 14
    shift = np.array([3.0] * 14 + [0.0] * 14)
    found = asked(sample_of(groups, rng.normal(size=28) + shift), rng.normal(size=28) + shift)
    answer, adjusted, pooled = found[0], found[-2], found[-1]
    assert (pooled.estimate or 0) > 0.6
    assert pooled.lower is not None
    assert pooled.lower > 0
    assert pooled.part == "beside"
    assert pooled.warns("pooled_groups")
    for one in (answer, adjusted):
        assert one.lower is not None
        assert one.upper is not None
        assert one.lower < 0 < one.upper


def test_what_stands_beside_the_answer() -> None:
    rng = np.random.default_rng(7)
    found = asked(sample_of(["FM"] * 9 + ["HC"] * 7, rng.normal(size=16)), rng.normal(size=16))
    assert [f.part for f in found] == ["answer", "beside", "beside", "beside", "beside"]
    assert [[count.n for count in f.n] for f in found] == [[9], [9], [7], [9, 7], [9, 7]]
    assert {(f.unit, f.scale) for f in found} == {(COEFFICIENT, "VAS")}
    assert found[0].method is PEARSON
    assert found[1].method is SPEARMAN
    assert [f.p_permutation is None for f in found] == [False, False, False, True, True]


def test_donors_without_a_score_take_no_part() -> None:
    rng = np.random.default_rng(8)
    values, scores = rng.normal(size=12), rng.normal(size=12)
    scores[[2, 5]] = np.nan
    answer = asked(sample_of(["FM"] * 12, values), scores)[0]
    kept = ~np.isnan(scores)
    assert answer.n == (Count("FM", 10),)
    assert answer.estimate == pytest.approx(stats.pearsonr(values[kept], scores[kept]).statistic)


def test_undetected_results_take_part_as_the_lowest_ranks() -> None:
    rng = np.random.default_rng(9)
    values, scores = rng.normal(size=14), rng.normal(size=14)
    hidden = values < -0.3
    assert 2 < hidden.sum() < 9
    sample = sample_of(
        ["FM"] * 14, np.where(hidden, -np.inf, values), upper=np.where(hidden, -0.3, values)
    )
    found = asked(sample, scores)
    expected = stats.spearmanr(np.where(hidden, -9.0, values), scores)
    assert found[0].estimate == pytest.approx(expected.statistic, abs=1e-12)
    assert found[0].p == pytest.approx(expected.pvalue, rel=1e-9)
    assert found[0].n == (Count("FM", n=14, undetected=int(hidden.sum())),)
    assert found[0].warns("ranks_instead")
    assert not any(f.method.coefficient == "pearson" for f in found)


def test_the_permutation_p_lists_all_orders_of_few_donors() -> None:
    rng = np.random.default_rng(10)
    values, scores = rng.normal(size=6), rng.normal(size=6)
    observed = abs(float(np.corrcoef(values, scores)[0, 1]))
    orders = [
        abs(float(np.corrcoef(values, scores[list(o)])[0, 1]))
        for o in itertools.permutations(range(6))
    ]
    answer = asked(sample_of(["FM"] * 6, values), scores)[0]
    assert answer.p_permutation == pytest.approx(np.mean(np.array(orders) >= observed - 1e-12))
    assert asked(sample_of(["FM"] * 6, values), scores, permutations=0)[0].p_permutation is None


LINE = np.arange(8.0)


@pytest.mark.parametrize(
    ("values", "upper", "scores", "reason"),
    [
        (LINE, None, np.full(8, np.nan), "patients: no donor has both a result and a score"),
        (
            LINE[:4],
            None,
            LINE[:4],
            f"patients: 4 donors with a result and a score; at least {FEWEST_SCORED} are needed",
        ),
        (np.full(8, -np.inf), np.ones(8), LINE, "patients: every result lies below a limit"),
        (
            np.ones(8),
            np.full(8, np.inf),
            LINE,
            "patients: every result lies above the range that can be read; dilute the samples and "
            "measure them again",
        ),
        (np.ones(8), None, LINE, "patients: no two results can be told apart"),
        (LINE, None, np.full(8, 3.0), "patients: every donor has the same score"),
        (
            np.append(np.full(7, -np.inf), 1.0),
            np.append(np.full(7, 2.0), 1.0),
            LINE,
            "patients: no two results can be told apart",
        ),
    ],
)
def test_what_cannot_be_estimated_says_why(
    values: Floats, upper: Floats | None, scores: Floats, reason: str
) -> None:
    answer = asked(sample_of(["FM"] * len(values), values, upper=upper), scores)[0]
    assert reason_words(answer, STUDY) == reason
    assert (answer.estimate, answer.p, answer.p_permutation) == (None, None, None)
    assert answer.method is NOT_ESTIMABLE


def test_the_trouble_of_a_sample_is_the_only_finding() -> None:
    nobody = sample_of([], np.empty(0), trouble=Caveat("no_result"))
    (answer,) = asked(nobody, np.empty(0))
    assert answer.reason == Caveat("no_result")
    assert answer.part == "answer"


def test_a_perfect_correlation_is_not_shown_to_be_exactly_one() -> None:
    answer = asked(sample_of(["FM"] * 8, LINE), -3 * LINE + 2)[0]
    assert (answer.estimate, answer.lower) == (-1.0, -1.0)
    assert answer.upper is not None and -0.99 < answer.upper < -0.8
    assert answer.p is not None and 0 < answer.p < 1e-5
    assert answer.warns("perfect_correlation")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.floats(0.1, 50), st.floats(-100, 100))
def test_units_and_the_order_of_donors_do_not_matter(seed: int, scale: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=9), rng.normal(size=9)
    one = correlation(x, y, alpha=0.05, method="pearson")
    order = rng.permutation(9)
    other = correlation(scale * x[order] + shift, -y[order], alpha=0.05, method="pearson")
    assert other.estimate == pytest.approx(-(one.estimate or 0), abs=1e-9)
    assert (other.lower, other.upper) == pytest.approx((-one.upper, -one.lower), abs=1e-9)
    assert other.p == pytest.approx(one.p, rel=1e-6)


@pytest.mark.parametrize(("method", "widest"), [("pearson", 0.0), ("spearman", 0.01)])
def test_intervals_cover_the_truth(method: Literal["pearson", "spearman"], widest: float) -> None:
    """14 donors, rho 0.5: coverage within 3.3 Monte-Carlo errors of 0.95 (Spearman's may be a
    little narrow).
    """
    rng, studies, rho = np.random.default_rng(11), 2000, 0.5
    truth = rho if method == "pearson" else 6 / np.pi * np.arcsin(rho / 2)
    x = rng.normal(size=(studies, 14))
    y = rho * x + (1 - rho**2) ** 0.5 * rng.normal(size=(studies, 14))
    if method == "spearman":
        x, y = stats.rankdata(x, axis=1), stats.rankdata(y, axis=1)
    inside = [
        found.lower <= truth <= found.upper
        for found in (
            correlation(a, b, alpha=0.05, method=method) for a, b in zip(x, y, strict=True)
        )
    ]
    slack = 3.3 * (0.95 * 0.05 / studies) ** 0.5
    assert abs(np.mean(inside) - 0.95) <= slack + widest
