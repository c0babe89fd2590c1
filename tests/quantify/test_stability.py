"""GeNorm and NormFinder against NormqPCR and closed forms; intervals of shifts against SciPy."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from exvivo.arrays import Floats
from exvivo.quantify.qpcr.equivalence import Shift, mean_shift, shift_between
from exvivo.quantify.qpcr.stability import (
    genorm,
    genorm_m,
    normfinder,
    specific_variance,
    variance_of_mean,
)


def table(path: Path) -> tuple[list[str], list[str], Floats]:
    """Gene names, sample names and log2 quantities of a stored table."""
    head, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
    return (
        head[1:],
        [row[0] for row in rows],
        np.log2(np.array([row[1:] for row in rows], dtype=float)),
    )


def stored(path: Path) -> dict[str, float]:
    _, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
    return {gene: float(value) for gene, value in rows}


@pytest.fixture
def normqpcr(shared_data: Path) -> Path:
    return shared_data / "reference" / "reference_gene_stability"


@pytest.mark.parametrize("tissue", ["BM", "FI", "LE", "NB", "PO"])
def test_m_is_that_of_normqpcr(normqpcr: Path, tissue: str) -> None:
    genes, samples, y = table(normqpcr / "geNorm.csv")
    expected = stored(normqpcr / f"geNorm_M_{tissue}.csv")
    mine = genorm(y[[name.startswith(tissue) for name in samples]]).m
    assert dict(zip(genes, mine, strict=True)) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("study", ["Colon", "Bladder", "BladderRepro"])
def test_rho_is_that_of_normqpcr(normqpcr: Path, study: str) -> None:
    genes, samples, y = table(normqpcr / f"{study}.csv")
    _, *rows = csv.reader(
        (normqpcr / f"{study}_pheno.csv").read_text(encoding="utf-8").splitlines()
    )
    assert [row[0] for row in rows] == samples
    group = np.unique([row[2] for row in rows], return_inverse=True)[1]
    expected = stored(normqpcr / f"{study}_rho_normqpcr.csv")
    assert dict(zip(genes, normfinder(y, group), strict=True)) == pytest.approx(expected, abs=1e-10)


def test_genorm_by_hand() -> None:
    """Gene D rises by 4 a sample, C alternates by 1, A and B stand still."""
    steady = np.array([5.0, 5.0, 5.0, 5.0])
    y = np.column_stack(
        [steady, steady + 3, steady + np.array([1, 0, 1, 0]), steady + np.array([0, 4, 8, 12])]
    )
    c, d = np.std([1, 0, 1, 0], ddof=1), np.std([0, 4, 8, 12], ddof=1)
    cd = np.std([-1, 4, 7, 12], ddof=1)
    found = genorm(y)
    assert found.m == pytest.approx([(c + d) / 3, (c + d) / 3, (2 * c + cd) / 3, (2 * d + cd) / 3])
    assert found.rank.tolist() == [1, 1, 3, 4]
    assert [sizes[:2] for sizes in found.variation] == [(2, 3), (3, 4)]
    third = np.std(np.array([1, 0, 1, 0]) / 3 - np.array([1, 4, 9, 12]) / 4, ddof=1)
    assert [v for *_, v in found.variation] == pytest.approx([c / 3, third])


def test_genes_that_tie_share_their_rank() -> None:
    up, still = np.array([0.0, 2.0, 0.0, 2.0]), np.zeros(4)
    assert genorm(np.column_stack([up, -up])).rank.tolist() == [1, 1]
    both = genorm(np.column_stack([still, up, -up, still + 1]))
    assert both.rank.tolist() == [1, 3, 3, 1]
    assert [sizes[:2] for sizes in both.variation] == [(2, 4)]
    assert genorm(np.column_stack([up, np.roll(up, 1), still])).rank.tolist() == [1, 1, 1]


def test_normfinder_by_hand() -> None:
    """Genes 1 and 2 are mirror images by 1 around the third: specific variances 4/3 + 4/3 - 0 in
    orthogonal samples.
    """
    x = np.array([1.0, -1.0, 1.0, -1.0])
    y = np.column_stack([x, -x, np.zeros(4)])
    raw = 4 / (3 * (1 - 2 / 3))
    assert specific_variance(y) == pytest.approx([raw - 2 * raw / 6] * 2 + [-2 * raw / 6])
    assert normfinder(y) == pytest.approx([np.sqrt(raw * 2 / 3)] * 2 + [0.0])
    one = np.zeros(8, dtype=np.int64)
    assert normfinder(np.vstack([y, y]), one) == pytest.approx(normfinder(np.vstack([y, y])))


def test_a_gene_that_differs_between_groups_alone_is_found() -> None:
    """Nothing but a shift of 3 of one gene of three: rho is the mean size of its own doubly centred
    shift, 1.
    """
    group = np.repeat([0, 1], 4)
    y = np.zeros((8, 3))
    y[group == 1, 0] = 3.0
    assert normfinder(y, group) == pytest.approx([1.0, 0.5, 0.5])


def test_specific_variances_are_unbiased() -> None:
    rng = np.random.default_rng(4)
    sd = np.array([0.1, 0.2, 0.3, 0.5])
    drawn = [
        specific_variance(rng.normal(0, 1, (12, 1)) + rng.normal(0, sd, (12, 4)))
        for _ in range(2000)
    ]
    assert np.mean(drawn, axis=0) == pytest.approx(sd**2, abs=0.004)


@pytest.mark.parametrize("genes", [2, 3, 5])
def test_the_variance_of_a_mean_of_genes_is_unbiased_whatever_samples_and_conditions_do(
    genes: int,
) -> None:
    rng = np.random.default_rng(genes)
    sd = np.linspace(0.1, 0.3, genes)
    condition = np.repeat(np.arange(3), 8)
    moved = rng.normal(0, 1, (3, genes))[condition]
    drawn = [
        variance_of_mean(
            moved + rng.normal(0, 2, (24, 1)) + rng.normal(0, sd, (24, genes)), condition
        )
        for _ in range(3000)
    ]
    assert {freedom for _, freedom in drawn} == {21}
    assert np.mean([variance for variance, _ in drawn]) == pytest.approx(
        (sd**2).sum() / genes**2, rel=0.03
    )


def test_without_two_genes_or_repeats_there_is_no_variance() -> None:
    assert np.isnan(variance_of_mean(np.ones((4, 1)), np.zeros(4, dtype=np.int64))[0])
    assert variance_of_mean(np.ones((3, 2)), np.arange(3))[1] == 0


shapes = st.tuples(st.integers(3, 9), st.integers(3, 5), st.integers(0, 2**32 - 1))


@given(shapes)
def test_constants_and_orders_change_nothing(shape: tuple[int, int, int]) -> None:
    n, k, seed = shape
    rng = np.random.default_rng(seed)
    y = rng.normal(0, 1, (2 * n, k))
    group = np.tile([0, 1], n)
    constants, loading = rng.normal(0, 5, k), rng.normal(0, 3, (2 * n, 1))
    genes, samples = rng.permutation(k), rng.permutation(2 * n)
    other, other_group = (y + constants + loading)[samples][:, genes], group[samples]
    plain, again = genorm(y), genorm(other)
    assert again.m == pytest.approx(plain.m[genes], abs=1e-9)
    assert again.rank.tolist() == plain.rank[genes].tolist()
    assert [v for *_, v in again.variation] == pytest.approx(
        [v for *_, v in plain.variation], abs=1e-9
    )
    assert normfinder(other) == pytest.approx(normfinder(y)[genes], abs=1e-6)
    assert normfinder(other, 1 - other_group) == pytest.approx(
        normfinder(y, group)[genes], abs=1e-6
    )
    assert variance_of_mean(other, other_group)[0] == pytest.approx(
        variance_of_mean(y, group)[0], abs=1e-9
    )
    assert (plain.rank == 1).sum() >= 2
    assert genorm_m(y) == pytest.approx(plain.m)


@given(st.integers(2, 12), st.integers(2, 12), st.integers(0, 2**32 - 1))
def test_intervals_are_those_of_scipy(n: int, other: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(1, 1, n), rng.normal(0, 3, other)
    mine, one = mean_shift(x), stats.ttest_1samp(x, 0).confidence_interval(0.9)
    assert (mine.mean, mine.lower, mine.upper, mine.donors) == pytest.approx(
        (x.mean(), one.low, one.high, n)
    )
    both, two = shift_between(x, y), stats.ttest_ind(x, y, equal_var=False).confidence_interval(0.9)
    assert (both.lower, both.upper, both.donors) == pytest.approx((two.low, two.high, n + other))


def test_one_donor_gives_no_interval_and_no_verdict() -> None:
    for shift in (
        mean_shift(np.array([2.0])),
        shift_between(np.array([2.0]), np.array([0.0, 0.1])),
    ):
        assert np.isnan(shift.lower) and not shift.within(0.5) and not shift.moves(0.5)
    assert shift_between(np.ones(3), np.ones(4)) == Shift(0.0, 0.0, 0.0, 7)


@pytest.mark.parametrize(
    ("lower", "upper", "within", "moves"),
    [
        (-0.2, 0.4, True, False),
        (0.1, 0.4, True, False),
        (0.1, 0.6, False, True),
        (0.6, 0.9, False, True),
        (-0.9, -0.6, False, True),
        (-0.4, 0.6, False, False),
        (-0.1, 1.3, False, True),
    ],
)
def test_what_an_interval_says(lower: float, upper: float, within: bool, moves: bool) -> None:
    shift = Shift((lower + upper) / 2, lower, upper, 9)
    assert (shift.within(0.5), shift.moves(0.5)) == (within, moves)
