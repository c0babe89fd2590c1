"""Two measurements within donors over visits: against clubSandwich, dummies and the definition of
CR2 by brute force, laws, and the level and coverage in studies of another make.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from exvivo.arrays import Floats, Ints
from exvivo.compare.methods.change_scores import change_scores
from exvivo.compare.methods.cluster_robust import clustered
from exvivo.compare.methods.ranks import gehan_scores
from exvivo.compare.methods.repeated_correlation import repeated, terms_of

Study = tuple[Floats, Floats, Ints, Ints]
"""Results, scores, donors and visits."""


def dummies(labels: Ints) -> Floats:
    return np.asarray(labels[:, None] == np.unique(labels), dtype=np.float64)


def unbalanced(rng: np.random.Generator, donors: int = 9, visits: int = 4) -> Study:
    """Donors who miss some visits, and have two at the least."""
    present = rng.random((donors, visits)) < 0.7
    present[:, :2] |= present.sum(axis=1, keepdims=True) < 2
    donor, visit = np.nonzero(present)
    x = rng.normal(size=len(donor)) + donor - visit
    return x, 0.4 * x - 5 * donor + visit**2 + rng.normal(size=len(donor)), donor, visit


def inverse_root(block: Floats) -> Floats:
    """The inverse square root of a symmetric matrix, after Moore and Penrose."""
    left, sizes, right = np.linalg.svd(block, hermitian=True)
    sizes = np.array([size**-0.5 if size > 1e-9 else 0.0 for size in sizes])
    return np.asarray(left * sizes @ right)


def cr2(y: Floats, design: Floats, donors: Ints) -> tuple[float, float, float]:
    """The first coefficient, its CR2 error and Satterthwaite's df, all by (n, n) matrices."""
    bread = np.linalg.pinv(design.T @ design)
    left = np.eye(len(y)) - design @ bread @ design.T
    weights = (bread @ design.T)[0]
    vectors = []
    for donor in np.unique(donors):
        own = donors == donor
        vectors.append(left[:, own] @ inverse_root(left[np.ix_(own, own)]) @ weights[own])
    g = np.array(vectors)
    error = float(np.sum((g @ y) ** 2)) ** 0.5
    inner = g @ g.T
    return float(weights @ y), error, float(np.trace(inner) ** 2 / np.sum(inner**2))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), columns=st.integers(0, 2))
def test_the_coefficient_is_that_of_least_squares_with_donors_and_visits(
    seed: int, columns: int
) -> None:
    rng = np.random.default_rng(seed)
    x, y, donors, visits = unbalanced(rng)
    held = rng.normal(size=(len(x), columns))
    design = np.column_stack([dummies(donors), dummies(visits), held])
    rest = np.eye(len(x)) - design @ np.linalg.pinv(design)
    answer = repeated(x, y, donors, visits, held, alpha=0.05)
    assert answer.estimate == pytest.approx(np.corrcoef(rest @ x, rest @ y)[0, 1], abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_variance_of_donors_is_cr2_by_its_definition(seed: int) -> None:
    x, y, donors, visits = unbalanced(np.random.default_rng(seed))
    terms = terms_of(donors, visits)
    u, v = terms.rest(x), terms.rest(y)
    lengths = np.linalg.norm(u), np.linalg.norm(v)
    added, df = clustered(u / lengths[0], v / lengths[1], terms.held, terms.donors)
    design = np.column_stack([x, dummies(donors), dummies(visits)])
    slope, error, expected_df = cr2(y, design, donors)
    scale = lengths[1] / lengths[0]
    assert float(u @ v / lengths[0] ** 2) == pytest.approx(slope)
    assert np.linalg.norm(added) * scale == pytest.approx(error, rel=1e-6)
    assert df == pytest.approx(expected_df, rel=1e-6)


@pytest.mark.parametrize("missing", [(), (1, 8, 16, 29)], ids=["all", "unbalanced"])
def test_the_variance_of_donors_is_clubsandwichs(missing: tuple[int, ...], r_peer: Path) -> None:
    peer = {}
    for line in (r_peer / "two_way.out").read_text(encoding="utf-8").splitlines():
        name, *numbers = line.split()
        peer[name] = [float(number) for number in numbers]
    long = np.delete(pl.read_csv(r_peer / "long.csv").to_numpy(), missing, axis=0)
    donors, visits, x, y = long.T
    terms, name = terms_of(donors, visits), "unbalanced" if missing else "all"
    for side, asked, other in (("y", x, y), ("x", y, x)):
        u, v = terms.rest(asked), terms.rest(other)
        a, b = np.linalg.norm(u), np.linalg.norm(v)
        added, df = clustered(u / a, v / b, terms.held, terms.donors)
        slope, error = float(u @ v / a**2), float(np.linalg.norm(added) * b / a)
        assert [slope, error, df] == pytest.approx(peer[f"{name}_{side}"], rel=1e-8)


def test_interval_and_p_value_are_on_fishers_scale_with_the_fewer_degrees_of_freedom() -> None:
    x, y, donors, visits = unbalanced(np.random.default_rng(4))
    design = np.column_stack([dummies(donors), dummies(visits)])
    rest = np.eye(len(x)) - design @ np.linalg.pinv(design)
    u, v = (values / np.linalg.norm(values) for values in (rest @ x, rest @ y))
    r = float(u @ v)
    # Each donor's part of r is the mean of the parts of both slopes; their squares sum to s².
    parts, dfs = [], []
    for a, b in ((u, v), (v, u)):
        full = np.column_stack([a, design])
        left = np.eye(len(x)) - full @ np.linalg.pinv(full)
        rows = [np.flatnonzero(donors == donor) for donor in np.unique(donors)]
        roots = [inverse_root(left[np.ix_(own, own)]) for own in rows]
        pairs = zip(rows, roots, strict=True)
        parts.append([a[own] @ root @ (b - r * a)[own] for own, root in pairs])
        dfs.append(cr2(b, full, donors)[2])
    s = np.linalg.norm(np.mean(parts, axis=0)) / (1 - r**2)
    t = stats.t(min(dfs))
    found = repeated(x, y, donors, visits, alpha=0.1)
    assert found.p == pytest.approx(2 * t.sf(abs(np.arctanh(r)) / s), rel=1e-6)
    ends = np.tanh(np.arctanh(r) + np.array([-1, 1]) * t.ppf(0.95) * s)
    assert [found.lower, found.upper] == pytest.approx(ends.tolist(), rel=1e-6)


def test_two_visits_are_pearson_of_the_changes_with_the_errors_of_hc2() -> None:
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(2, 11, 2))
    donors, visits = np.indices((11, 2)).reshape(2, -1)
    found = repeated(x.ravel(), y.ravel(), donors, visits, alpha=0.05)
    changes, changes_of_y = np.diff(x)[:, 0], np.diff(y)[:, 0]
    assert found.estimate == pytest.approx(np.corrcoef(changes, changes_of_y)[0, 1])
    # The same as a cross-section of changes, each donor a row: CR2 is HC2 there.
    one = np.column_stack([changes, np.ones(11)])
    slope, error, df = cr2(changes_of_y, one, np.arange(11))
    two = np.column_stack([x.ravel(), dummies(donors), dummies(visits)])
    assert cr2(y.ravel(), two, donors) == pytest.approx((slope, error, df))


def test_what_a_donor_or_a_visit_adds_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    x, y, donors, visits = unbalanced(rng)
    before = repeated(x, y, donors, visits, alpha=0.05)
    plate = ((donors + visits) % 2).astype(np.float64)
    held = plate[:, None]
    on_plates = repeated(x, y, donors, visits, held, alpha=0.05)
    second, third = (np.asarray(visits == visit, dtype=np.float64) for visit in (1, 2))
    levels = donors.astype(np.float64)
    moved = x + 40 * third + 7 * levels, y - 30 * second - levels**2
    order = rng.permutation(len(x))
    for again in (
        repeated(*moved, donors, visits, alpha=0.05),
        repeated(x[order], y[order], donors[order], visits[order], alpha=0.05),
        repeated(y, x, donors, visits, alpha=0.05),
        repeated(3 * x, y / 9, donors.astype(str), visits, alpha=0.05),
    ):
        assert vars(again) == pytest.approx(vars(before), abs=1e-9)
    assert vars(repeated(x + 50 * plate, y, donors, visits, held, alpha=0.05)) == pytest.approx(
        vars(on_plates), abs=1e-9
    )


def test_there_must_be_something_within_donors() -> None:
    six = np.arange(6)
    with pytest.raises(ValueError, match="nothing_within_donors"):
        repeated(six.astype(np.float64), six.astype(np.float64), six, six * 0, alpha=0.05)
    donors, visits = np.indices((6, 3)).reshape(2, -1)
    levels, drift = donors.astype(np.float64), visits.astype(np.float64)
    noise = np.random.default_rng(1).normal(size=18)
    with pytest.raises(ValueError, match="constant_within_donors"):
        repeated(levels, noise, donors, visits, alpha=0.05)
    with pytest.raises(ValueError, match="changed_alike"):
        repeated(noise, levels + drift, donors, visits, alpha=0.05)


def test_a_perfect_relation_has_an_interval() -> None:
    donors, visits = np.indices((6, 3)).reshape(2, -1)
    x = np.random.default_rng(1).normal(size=18)
    found = repeated(x, 2 * x + donors + visits, donors, visits, alpha=0.05)
    assert found.estimate == pytest.approx(1)
    assert 0.9 < found.lower < 1 == found.upper
    assert 0 < found.p < 1e-6


Noise = Callable[[np.random.Generator, tuple[int, ...]], Floats]
NOISES: dict[str, Noise] = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "lognormal": lambda rng, shape: rng.lognormal(size=shape),
    "t3": lambda rng, shape: rng.standard_t(3, size=shape),
}
STUDIES = 400
MOST = 0.05 + 2.576 * (0.05 * 0.95 / STUDIES) ** 0.5
"""The upper end of the 99 % band of 5 % in that many studies."""


def drifting(rng: np.random.Generator, donors: int, visits: int, noise: Noise) -> Study:
    """Everybody's result and score fall over the visits, and have nothing else in common."""
    donor, visit = np.indices((donors, visits)).reshape(2, -1)
    x, y = noise(rng, (2, donors * visits))
    levels = rng.normal(size=(2, donors))
    return x - visit + levels[0, donor], y - visit + levels[1, donor], donor, visit


def own_slopes(rng: np.random.Generator, donors: int, visits: int, noise: Noise) -> Study:
    """Drift, and a slope of each donor's own with mean 0 and standard deviation 1."""
    x, y, donor, visit = drifting(rng, donors, visits, noise)
    return x, y + rng.normal(size=donors)[donor] * (x + visit), donor, visit


def own_drifts(rng: np.random.Generator, donors: int, visits: int, noise: Noise) -> Study:
    """Each donor's result and score drift at their own pace."""
    x, y, donor, visit = drifting(rng, donors, visits, noise)
    paces = rng.normal(size=(2, donors))
    return x + paces[0, donor] * visit, y + paces[1, donor] * visit, donor, visit


def missing_visits(rng: np.random.Generator, donors: int, visits: int, noise: Noise) -> Study:
    """Donors' own slopes, and a quarter of the visits missing."""
    x, y, donor, visit = own_slopes(rng, donors, visits, noise)
    kept = (rng.random(len(x)) < 0.75) | (visit < 2)
    return x[kept], y[kept], donor[kept], visit[kept]


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize(
    ("make", "donors", "visits"),
    [
        (drifting, 14, 3),
        (drifting, 8, 5),
        (own_slopes, 14, 2),
        (own_slopes, 14, 3),
        (own_slopes, 8, 5),
        (own_drifts, 8, 5),
        (missing_visits, 14, 3),
    ],
)
def test_without_a_relation_few_are_claimed(
    make: Callable[[np.random.Generator, int, int, Noise], Study],
    donors: int,
    visits: int,
    noise: str,
) -> None:
    rng = np.random.default_rng(2026)
    studies = (make(rng, donors, visits, NOISES[noise]) for _ in range(STUDIES))
    claimed = [repeated(*study, alpha=0.05).p <= 0.05 for study in studies]
    assert np.mean(claimed) <= MOST


def test_without_its_visits_a_drift_is_an_association() -> None:
    """What the method held against before: the same studies, one visit for all."""
    rng = np.random.default_rng(1)
    studies = (drifting(rng, 8, 5, NOISES["normal"]) for _ in range(60))
    claimed = [repeated(x, y, i, 0 * v, alpha=0.05).p <= 0.05 for x, y, i, v in studies]
    assert np.mean(claimed) > 0.9


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize(("donors", "visits"), [(14, 2), (8, 5)])
def test_a_relation_lies_in_its_interval(donors: int, visits: int, noise: str) -> None:
    rng = np.random.default_rng(7)
    covered = []
    for _ in range(STUDIES):
        x, y, donor, visit = drifting(rng, donors, visits, NOISES[noise])
        # Of noise alike in both, the correlation is 0.6.
        found = repeated(x, 0.6 * x + 0.8 * y, donor, visit, alpha=0.05)
        covered.append(found.lower <= 0.6 <= found.upper)
    assert np.mean(covered) >= 1 - MOST


def with_bounds(rng: np.random.Generator, donors: int, visits: int) -> tuple[Floats, Floats]:
    """Results (donors, visits) with a limit at each visit, some missing."""
    values = rng.normal(size=(donors, visits)).round(1)
    limit = rng.normal(-0.7, 0.3, visits).round(1)
    lower, upper = np.where(values < limit, -np.inf, values), np.maximum(values, limit)
    missing = (rng.random(values.shape) < 0.2) & (np.arange(visits) > 1)
    return np.where(missing, np.nan, lower), np.where(missing, np.nan, upper)


def order(a: Floats, b: Floats) -> int:
    """1 where a is surely higher than b, -1 where it is surely lower, of their ends."""
    if a[0] == a[1] and b[0] == b[1]:
        return int(np.sign(a[0] - b[0]))
    return int(a[0] >= b[1]) - int(a[1] <= b[0])


def test_scores_of_changes_count_the_orders_that_bounds_settle() -> None:
    lower, upper = with_bounds(np.random.default_rng(5), 8, 4)
    expected = np.where(np.isnan(lower), np.nan, 0.0)
    for i, v in zip(*np.nonzero(~np.isnan(lower)), strict=True):
        for w in set(np.flatnonzero(~np.isnan(lower[i])).tolist()) - {v}:
            others = np.flatnonzero(~np.isnan(lower[:, v] + lower[:, w]))
            ends = np.array([lower[:, v] - upper[:, w], upper[:, v] - lower[:, w]]).round(6)
            orders = [order(ends[:, i], ends[:, j]) for j in others]
            expected[i, v] += np.mean(orders)
    expected /= (~np.isnan(lower)).sum(axis=1, keepdims=True)
    assert change_scores(lower, upper) == pytest.approx(expected, nan_ok=True)
    assert np.nansum(expected, axis=1) == pytest.approx(np.zeros(8))


def test_scores_of_two_visits_are_gehans_of_the_changes() -> None:
    lower, upper = with_bounds(np.random.default_rng(6), 12, 2)
    of_changes = gehan_scores(lower[:, 1] - upper[:, 0], upper[:, 1] - lower[:, 0])
    scores = change_scores(lower, upper)
    assert scores[:, 1] == pytest.approx(of_changes / 24)
    assert scores[:, 0] == pytest.approx(-of_changes / 24)


def test_what_a_donor_a_visit_or_a_plate_adds_changes_no_score() -> None:
    lower, upper = with_bounds(np.random.default_rng(8), 10, 3)
    scores = change_scores(lower, upper)
    for shift in (np.array([0, 0.3, -2.7]), np.linspace(-3, 3, 10)[:, None]):
        assert change_scores(lower + shift, upper + shift) == pytest.approx(scores, nan_ok=True)
    plates = np.add.outer(np.arange(10), np.arange(3)) % 2 * 1.0
    on_plates = change_scores(lower, upper, plates)
    shift = 5 * plates
    assert change_scores(lower + shift, upper + shift, plates) == pytest.approx(
        on_plates, nan_ok=True
    )
