"""Wells that show nothing by the end of the run: held against sums written out, over every number
of copies.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from lengths import studies
from scipy import integrate, special, stats

from exvivo.arrays import Floats
from exvivo.compare.calibrated.wells import Layout
from exvivo.compare.methods.counted_copies import log_not_seen
from exvivo.compare.methods.donor_likelihoods import BOUND_FROM, Wells
from exvivo.compare.methods.group_model import GroupModel
from exvivo.compare.methods.well_likelihood import likelihood_difference
from exvivo.compare.sample import Well

LN2 = math.log(2)
STUDIES = studies(400, 16)


def summed(copies: float, shown: float, error: float) -> float:
    """Log P(not seen) as its definition writes it."""
    numbers = np.arange(1, int(2 ** (shown + 12 * error) + copies + 40 * math.sqrt(copies) + 60))
    unseen = special.log_ndtr((shown - np.log2(numbers)) / error)
    terms = stats.poisson.logpmf(numbers, copies) + unseen
    return float(np.logaddexp(-copies, special.logsumexp(terms)))


@pytest.mark.parametrize("error", [0.05, 0.15, 0.4])
@pytest.mark.parametrize("shown", [-3.0, -0.4, 0.0, 1.0, 2.3, 4.5, 6.0, 8.0, 10.0])
def test_it_is_the_sum_over_all_numbers_of_copies(shown: float, error: float) -> None:
    copies = 2.0 ** np.linspace(shown - 5, shown + 2.5, 25)
    exact = np.array([summed(k, shown, error) for k in copies])
    computed = log_not_seen(copies, shown, error)
    near = exact > -12
    np.testing.assert_allclose(computed[near], exact[near], rtol=0, atol=1e-6)
    np.testing.assert_allclose(np.exp(computed), np.exp(exact), rtol=0, atol=1e-9)


def test_where_one_copy_shows_it_held_none_and_with_sure_readings_fewer_than_show() -> None:
    copies = np.geomspace(0.01, 50, 40)
    assert np.array_equal(log_not_seen(copies, -math.inf, 0.1), -copies)
    np.testing.assert_allclose(
        np.exp(log_not_seen(copies, math.log2(5.5), 0.01)), stats.poisson.cdf(5, copies), atol=1e-10
    )


def late(shown: float, *, error: float = 0.15) -> Well:
    return Well(side=1.0, sd=error, one_copy=0.0, run_end=shown, upper=max(shown, math.log2(3)))


@pytest.mark.parametrize("shown", [0.5, 2.5, 5.0, 9.0])
def test_a_donor_counts_what_all_its_wells_say(shown: float) -> None:
    """Two wells that are not seen and one that is, integrated over the donor's quantity; where many
    copies show last, two that are not seen.
    """
    read = shown + 0.4
    counting = 2.0**-read / LN2**2
    seen = Well(side=1.0, value=read, sd=math.sqrt(0.15**2 + counting), one_copy=0.0)
    few = shown < math.log2(BOUND_FROM)
    wells = (late(shown), late(shown), seen) if few else (late(shown), late(shown))
    model = GroupModel.of((wells,), np.ones((1, 1)), np.zeros(1, dtype=np.int64))

    def density(at: float, mean: float, sd: float) -> float:
        k = 2.0**at
        numbers = np.arange(1, 400)
        reading = np.exp(-0.5 * ((read - np.log2(numbers)) / 0.15) ** 2)
        of_seen = float(stats.poisson.pmf(numbers, k) @ reading) if few else 1.0
        of_late = math.exp(2 * summed(k, shown, 0.15))
        return of_seen * of_late * float(stats.norm.pdf(at, mean, sd))

    pairs = [(shown - 0.5, 0.8), (shown + 0.5, 0.8), (shown, 1.5)]
    exact = [
        math.log(integrate.quad(density, shown - 7, shown + 4, args=pair, epsrel=1e-4)[0])
        for pair in pairs
    ]
    computed = [float(model.scores(np.array([[m, math.log(s)]])).logs[0, 0]) for m, s in pairs]
    assert np.diff(computed) == pytest.approx(np.diff(exact), abs=0.02)


def drawn(rng: np.random.Generator, log2_copies: float) -> float:
    """What a well reads: minus infinity without a copy."""
    held = rng.poisson(2.0**log2_copies)
    return math.log2(held) + 0.15 * rng.normal() if held else -math.inf


def stopped(reads: Floats, run_end: float) -> Wells:
    """The wells of donors (donors, wells), of which what reads less than shows last is not seen."""

    def well(read: float) -> Well:
        if read < run_end:
            return late(run_end)
        return Well(side=1.0, value=read, sd=math.hypot(0.15, 2 ** (-read / 2) / LN2), one_copy=0.0)

    return tuple(tuple(map(well, donor)) for donor in reads.tolist())


def two_groups(rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Readings of 12 and 12 donors, three wells each, log2 copies around 3.3 and 2.3."""
    levels = rng.normal(np.repeat([3.3, 2.3], 12), 0.8)
    reads = np.array([[drawn(rng, level) for _ in range(3)] for level in levels])
    return reads[:12], reads[12:]


@pytest.mark.calibration
@pytest.mark.parametrize("copies", [4.0, 7.0])
def test_a_run_that_ended_early_brings_no_bias_and_honest_intervals(copies: float) -> None:
    rng, intervals, unseen = np.random.default_rng([35, int(copies)]), [], []
    for _ in range(STUDIES):
        x, y = (stopped(group, math.log2(copies)) for group in two_groups(rng))
        intervals.append(likelihood_difference(x, y, alpha=0.05))
        unseen.append(np.mean([well.value is None for donor in (*x, *y) for well in donor]))
    estimates = np.array([one.estimate for one in intervals], dtype=np.float64)
    error = estimates.std() / math.sqrt(STUDIES)
    assert np.mean(unseen) > 0.2
    assert abs(estimates.mean() - 1.0) <= 0.1 + 2.576 * error
    covered = np.mean([one.lower <= 1.0 <= one.upper for one in intervals])
    assert covered >= 0.95 - 2.576 * math.sqrt(0.05 * 0.95 / STUDIES)


def test_stopping_the_same_studies_earlier_moves_no_answer_and_narrows_none() -> None:
    rng = np.random.default_rng(12)
    both = [two_groups(rng) for _ in range(8)]
    long, short = (
        [
            likelihood_difference(*(stopped(group, run_end) for group in pair), alpha=0.05)
            for pair in both
        ]
        for run_end in (-3.0, math.log2(5))
    )
    moved = np.array([b.estimate for b in short]) - np.array([a.estimate for a in long])
    assert abs(moved.mean()) <= 2.576 * moved.std() / math.sqrt(len(moved)) + 0.05
    widths = np.array([[one.upper - one.lower for one in ends] for ends in (long, short)])
    assert widths[1].mean() > widths[0].mean() and (widths[1] / widths[0]).min() > 0.75


def test_cycles_added_to_every_cq_and_to_the_end_of_the_run_change_nothing() -> None:
    x, y = (stopped(group, 2.0) for group in two_groups(np.random.default_rng(3)))

    def moved(group: Wells, by: float) -> Wells:
        return tuple(
            tuple(
                replace(
                    well,
                    one_copy=by,
                    value=None if well.value is None else well.value + by,
                    upper=None if well.upper is None else well.upper + by,
                    run_end=None if well.run_end is None else well.run_end + by,
                )
                for well in donor
            )
            for donor in group
        )

    here = likelihood_difference(x, y, alpha=0.05)
    there = likelihood_difference(moved(x, -9.0), moved(y, -9.0), alpha=0.05)
    assert [there.estimate, there.lower, there.upper] == pytest.approx(
        [here.estimate, here.lower, here.upper], abs=1e-4
    )


def test_new_wells_of_a_study_are_undetected_as_often_as_their_run_says() -> None:
    """The layout of a stopped run: drawn again with 6 copies expected, where 4.5 show last."""
    run_end = math.log2(4.5)
    donors = stopped(np.array([[3.0, 2.5, 1.0], [3.2, 2.9, 2.4]]), run_end)
    layout = Layout.of(donors)
    reads = layout.read(np.full((4000, 6), math.log2(6.0)), np.random.default_rng(2))
    low, high = layout.ends(reads)
    unseen = low != high
    share = math.exp(summed(6.0, run_end, 0.15))
    assert unseen[:, :2].mean() == pytest.approx(share, abs=2.576 * math.sqrt(0.25 / 8000))
    assert np.isneginf(low[unseen]).all() and np.allclose(high[unseen], run_end)
    again = layout.again(np.full(6, -np.inf), np.full(6, run_end))
    assert all(well.run_end == pytest.approx(run_end) for donor in again for well in donor)
