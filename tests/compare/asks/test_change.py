"""A scale that changes with a result: against SciPy on the changes, drifts that all share, bounds,
and words for what is missing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from compare_tables import clinic, group, in_words, response, responses, study, undetected
from scipy import stats

from exvivo.arrays import Floats
from exvivo.compare import compare
from exvivo.compare.methods.ranks import gehan_scores
from exvivo.compare.methods.repeated_correlation import repeated
from exvivo.study import Change

BOTH = Change(
    id="both",
    ask="change",
    within="FM",
    assays=("p",),
    analytes=("TNF",),
    visits=("1", "2"),
    scales=("VAS",),
    stimulus="ATP",
)


def asked(
    rows: list[dict[str, Any]], scores: pl.DataFrame, question: Change = BOTH
) -> list[dict[str, Any]]:
    of = study(question)
    found = compare(responses(rows), scores, study=of, rng=np.random.default_rng(1))
    return in_words(found, of).filter(pl.col("part") != "robustness").rows(named=True)


def scores_of(values: np.ndarray, visit: str) -> pl.DataFrame:
    return clinic({f"FM{i:02}": float(v) for i, v in enumerate(values)}, visit=visit)


def over(visits: int, scales: tuple[str, ...] = ("VAS",)) -> Change:
    return replace(BOTH, visits=tuple(str(v + 1) for v in range(visits)), scales=scales)


def by_visit(results: Floats, upper: Floats | None = None) -> list[dict[str, Any]]:
    """Rows of results (donors, visits); beyond a bound where `upper` is finite."""
    bounds = np.full(results.shape, np.nan) if upper is None else upper
    rows = []
    for (donor, visit), value in np.ndenumerate(results):
        name, bound = f"FM{donor:02}", bounds[donor, visit]
        if np.isnan(bound):
            rows.append(response(name, float(value), visit=str(visit + 1)))
        else:
            rows.append(undetected(name, float(bound), visit=str(visit + 1)))
    return rows


def all_scores(scores: Floats) -> pl.DataFrame:
    return pl.concat([scores_of(column, str(v + 1)) for v, column in enumerate(scores.T)])


def test_two_visits_are_change_on_change() -> None:
    """Pearson's r of the changes; the interval is that of donors' parts (test_repeated.py)."""
    rng = np.random.default_rng(1)
    results, pain = rng.normal(0, 1, (12, 2)), rng.normal(50, 10, (12, 2))
    (answer,) = asked(by_visit(results), all_scores(pain))
    changes = np.diff(results)[:, 0], np.diff(pain)[:, 0]
    assert answer["estimate"] == pytest.approx(stats.pearsonr(*changes).statistic)
    donors, visits = np.indices((12, 2)).reshape(2, -1)
    alone = repeated(results.ravel(), pain.ravel(), donors, visits, alpha=0.05)
    assert [answer[name] for name in ("lower", "upper", "p")] == pytest.approx(
        [alone.lower, alone.upper, alone.p]
    )
    assert answer["n"][0]["n"] == 12
    assert answer["estimand"] == "Pearson's r of the change with that of pain within patients"


def test_more_visits_have_the_numbers_beside_with_the_next_visit() -> None:
    rng = np.random.default_rng(1)
    results, pain = rng.normal(0, 1, (9, 4)), rng.normal(50, 10, (9, 4))
    answer, forward, backward = asked(by_visit(results), all_scores(pain), over(4))
    donors, visits = np.indices((9, 4)).reshape(2, -1)
    assert answer["p"] == pytest.approx(
        repeated(results.ravel(), pain.ravel(), donors, visits, alpha=0.05).p
    )
    donors, visits = np.indices((9, 3)).reshape(2, -1)
    for row, x, y in ((forward, results[:, :-1], pain[:, 1:]), (backward, results[:, 1:], pain)):
        y = y if y.shape == x.shape else y[:, :-1]
        expected = repeated(x.ravel(), y.ravel(), donors, visits, alpha=0.05)
        assert (row["estimate"], row["p"]) == pytest.approx((expected.estimate, expected.p))
        assert row["part"] == "beside"
    assert "each result with the next visit's score" in forward["estimand"]


@pytest.mark.parametrize("drift", [(0, -1, -2), (0, 3, 3), (0, 5, 0)], ids=str)
def test_a_drift_that_all_share_changes_nothing(drift: tuple[int, ...]) -> None:
    """Neither steps, nor one visit that lies apart, nor a fall of everybody; bounds move along."""
    rng = np.random.default_rng(3)
    results, pain = rng.normal(0, 1, (10, 3)), rng.normal(50, 9, (10, 3))
    moved, later = results + np.array(drift), pain + 8 * np.array(drift)
    bounds = np.where(results < -1, -1.0, np.nan)
    for before, after in (
        ((by_visit(results), pain), (by_visit(moved), later)),
        ((by_visit(results, bounds), pain), (by_visit(moved, bounds + np.array(drift)), later)),
    ):
        first, second = (asked(rows, all_scores(given), over(3)) for rows, given in (before, after))
        for one, other in zip(first, second, strict=True):
            numbers = [one[name] for name in ("estimate", "lower", "upper", "p")]
            assert [other[name] for name in ("estimate", "lower", "upper", "p")] == pytest.approx(
                numbers, abs=1e-6
            )
            assert one["verdict"] == other["verdict"]


def test_a_middle_visit_of_a_drift_makes_nothing_of_nothing() -> None:
    """Everybody falls, and nothing else: with two visits as with three, few studies claim."""
    rng = np.random.default_rng(9)
    claimed = np.zeros(2)
    for _ in range(60):
        results, pain = rng.normal(size=(2, 14, 3)) - np.arange(3)
        for k, chosen in enumerate(([0, 2], [0, 1, 2])):
            rows, given = by_visit(results[:, chosen]), all_scores(10 * pain[:, chosen] + 50)
            answer = asked(rows, given, over(len(chosen)))[0]
            claimed[k] += answer["verdict"] == "supported"
    assert claimed.max() <= 3 + 2.576 * (60 * 0.05 * 0.95) ** 0.5


def test_bounds_answer_by_ranks_of_the_changes() -> None:
    rng = np.random.default_rng(5)
    results, pain = rng.normal(0, 1, (12, 2)), rng.normal(50, 10, (12, 2))
    bounds = np.where(results < -1, -1.0, np.nan)
    (answer,) = asked(by_visit(results, bounds), all_scores(pain))
    lower = np.where(results < -1, -np.inf, results)
    upper = np.maximum(results, -1)
    ranks = gehan_scores(lower[:, 1] - upper[:, 0], upper[:, 1] - lower[:, 0])
    rho = stats.pearsonr(ranks, stats.rankdata(np.diff(pain)[:, 0])).statistic
    assert answer["estimate"] == pytest.approx(rho)
    assert answer["method"].startswith("Spearman's rho within donors")
    assert answer["estimand"].startswith("Spearman's rho of the change")
    assert answer["warnings"] == [
        "some results are known only by bounds, so ranks answer instead of Pearson's r"
    ]
    assert answer["n"][0]["undetected"] == len(set(np.nonzero(results < -1)[0]))


@pytest.mark.parametrize("visits", [2, 3])
def test_a_value_that_becomes_a_bound_just_above_it_makes_nothing_firmer(visits: int) -> None:
    rng = np.random.default_rng(12)
    for _ in range(40):
        results = rng.normal(size=(10, visits))
        pain = 50 + 6 * results + 6 * rng.normal(size=results.shape)
        (before, *_), bounds = (
            asked(by_visit(results), all_scores(pain), over(visits)),
            results * np.nan,
        )
        at = np.unravel_index(rng.integers(results.size), results.shape)
        bounds[at] = results[at] + 1e-6
        after, *_ = asked(by_visit(results, bounds), all_scores(pain), over(visits))
        assert after["p"] >= before["p"] - 1e-5
        assert after["lower"] <= before["lower"] + 1e-5
        assert after["upper"] >= before["upper"] - 1e-5


def test_a_limit_that_all_drift_towards_is_no_relation() -> None:
    """Scores improve most in donors of a low level, and everybody falls below the limit: ranks
    within each visit claimed 14 % of such studies (8 donors, 5 visits).
    """
    rng = np.random.default_rng(4)
    claimed = 0
    for _ in range(200):
        level, visits = rng.normal(size=(8, 1)), np.arange(5)
        results = level - 0.7 * visits + 0.5 * rng.normal(size=(8, 5))
        pain = 50 - visits * (3 + 4 * level) + 5 * rng.normal(size=(8, 5))
        limit = np.quantile(results, 0.45)
        bounds = np.where(results < limit, limit, np.nan)
        answer, *_ = asked(by_visit(results, bounds), all_scores(pain), over(5))
        claimed += answer["p"] <= 0.05
    assert claimed <= 10 + 2.576 * (200 * 0.05 * 0.95) ** 0.5


def test_with_more_bounds_than_values_nothing_is_said() -> None:
    rng = np.random.default_rng(6)
    results, pain = rng.normal(0, 1, (8, 3)), rng.normal(50, 10, (8, 3))
    bounds = np.where(np.arange(24).reshape(8, 3) % 5 < 3, 4.0, np.nan)
    answer, *_ = asked(by_visit(results, bounds), all_scores(pain), over(3))
    assert answer["reason"] == "patients: more than half of the results are known only by bounds"
    assert answer["verdict"] == "not estimable"


def test_what_is_missing_is_said() -> None:
    rng = np.random.default_rng(2)
    first, last = rng.normal(0, 1, 7), rng.normal(0.5, 1, 7)
    scores = pl.concat([scores_of(rng.normal(50, 9, 7), "1"), scores_of(rng.normal(50, 9, 7), "2")])
    rows = group("FM", first, visit="1") + group("FM", last, visit="2")[:4]
    (answer,) = asked(rows, scores)
    assert (
        answer["reason"]
        == "4 donors with a result and a score at two visits; at least 5 are needed"
    )
    rows = group("FM", first, visit="1") + group("FM", last, visit="2")
    rows[0] = response(
        "FM00", None, visit="1", censor="interval", lower=-np.inf, upper=np.inf, sd=None
    )
    (answer,) = asked(rows, scores)
    assert answer["warnings"] == ["1 result of which nothing is known takes no part"]
    assert answer["n"][0]["n"] == 6
    (answer,) = asked(group("FM", first, visit="1"), scores)
    assert answer["reason"] == "there is no result at visit 2 to answer it with"
    (answer,) = asked(group("FM", first, visit="1") + group("FM", first + 1, visit="2"), scores)
    assert answer["reason"] == "every donor changed alike"
