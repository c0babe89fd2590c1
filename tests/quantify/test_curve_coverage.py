"""Whether 95 % intervals of concentrations hold the truth, on plates from a generator that shares
no code with the product.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl
import pytest

from exvivo.arrays import Floats
from exvivo.quantify.curve.calibrate import Curves, calibrate
from exvivo.quantify.curve.noise import (
    noise_of_analytes,
    spreads_of_replicates,
)
from exvivo.quantify.curve.readings import read_off

SERIES = (0.0, 5.0, 15.0, 45.0, 135.0, 405.0, 1215.0, 3645.0)
POSITIONS = (20.0, 200.0, 1000.0)
Truth = tuple[float, float, float, float, float]


def signal(dose: float, truth: Truth) -> float:
    a, b, c, d, f = truth
    return a + (b - a) / (1 + (dose / c) ** -d) ** f if dose > 0 else a


def truth_of(rng: np.random.Generator) -> Truth:
    middle = float(np.exp(rng.uniform(np.log(800), np.log(3000))))
    return (
        rng.uniform(20, 80),
        rng.uniform(15e3, 60e3),
        middle,
        rng.uniform(0.9, 1.5),
        rng.uniform(0.7, 1.3),
    )


def on_another_plate(truth: Truth, rng: np.random.Generator) -> Truth:
    a, b, c, d, f = truth
    moved = np.exp(rng.standard_normal(3) * (0.1, 0.15, 0.1))
    return a * float(moved[0]), b * float(moved[1]), c * float(moved[2]), d, f


def noisy(mean: Floats, cv: float, s0: float, rng: np.random.Generator) -> Floats:
    return mean + np.hypot(s0, cv * mean) * rng.standard_normal(mean.shape)


def standards_of(
    truths: dict[tuple[str, str], Truth],
    cv: float,
    s0: float,
    rng: np.random.Generator,
    *,
    prepared: float = 0.0,
) -> pl.DataFrame:
    made = []
    for (plate, analyte), truth in truths.items():
        for level, dose in enumerate(SERIES):
            held = dose * float(np.exp(prepared * rng.standard_normal()))
            readings = noisy(np.full(2, signal(held, truth)), cv, s0, rng)
            made += [
                (plate, analyte, f"{level}{w}", dose, r, 0.0)
                for w, r in zip("ab", readings, strict=True)
            ]
    return pl.DataFrame(
        made, schema=["plate", "analyte", "well", "nominal", "reading", "se"], orient="row"
    )


def open_ended(curves: Curves) -> Curves:
    """Without limits, so that what is given a value does not depend on the reading."""
    size = len(curves.keys)
    limits = dataclasses.replace(
        curves.limits, lod=np.full(size, 1e-9), lower=np.full(size, 1e-9), upper=np.full(size, 1e9)
    )
    return dataclasses.replace(curves, limits=limits)


def off_and_covered(
    curves: Curves, which: np.ndarray, reading: Floats, dose: float
) -> tuple[Floats, Floats]:
    """Distance from the truth (log2; 3 where the reading has no dose) and whether the interval
    holds it.
    """
    nothing, one = np.zeros(reading.size), np.ones(reading.size)
    reads = read_off(open_ended(curves), which, reading, nothing, one)
    sd = np.sqrt(np.square(reads.sd) + np.square(reads.loading).sum(axis=1))
    off = np.nan_to_num(np.abs(reads.value - np.log2(dose)), nan=3.0)
    return off, (off <= 1.96 * np.nan_to_num(sd)).astype(float)


@pytest.mark.parametrize(("cv", "s0"), [(0.03, 2.0), (0.06, 4.0), (0.10, 6.0), (0.15, 8.0)])
def test_intervals_hold_the_truth_as_often_as_they_say(cv: float, s0: float) -> None:
    """3,600 intervals; wells of one curve share its error, so the bounds are wider than those of
    independent ones.
    """
    rng = np.random.default_rng(round(1000 * cv))
    held: dict[float, list[float]] = {position: [] for position in POSITIONS}
    for _ in range(16):
        truths = {("P", f"A{i}"): truth_of(rng) for i in range(5)}
        curves = calibrate(standards_of(truths, cv, s0, rng))
        which = np.repeat(np.arange(5), 15)
        for dose in POSITIONS:
            mean = np.array([signal(dose, truths[curves.keys[i]]) for i in which])
            held[dose] += off_and_covered(curves, which, noisy(mean, cv, s0, rng), dose)[1].tolist()
    share = {dose: float(np.mean(each)) for dose, each in held.items()}
    assert all(0.92 <= one <= 0.985 for one in share.values()), share
    assert 0.935 <= np.mean(list(share.values())) <= 0.975


def test_errors_of_preparing_standards_are_found_and_kept_in_the_intervals() -> None:
    rng = np.random.default_rng(8)
    held, found = [], []
    for _ in range(25):
        truths = {("P", f"A{i}"): truth_of(rng) for i in range(5)}
        curves = calibrate(standards_of(truths, 0.03, 2.0, rng, prepared=0.10))
        found.append(curves.preparation)
        which = np.repeat(np.arange(5), 4)
        for dose in POSITIONS:
            mean = np.array([signal(dose, truths[curves.keys[i]]) for i in which])
            held += off_and_covered(curves, which, noisy(mean, 0.03, 2.0, rng), dose)[1].tolist()
    assert np.median(found) == pytest.approx(0.10, abs=0.03)
    assert 0.90 <= np.mean(held) <= 0.98


def test_a_plate_with_a_damaged_series_borrows_from_the_others() -> None:
    """Plate P0 lost its standards from 400 pg/mL on. Samples at 1,000 pg/mL; every other plate must
    stay what it was.
    """
    rng = np.random.default_rng(5)
    off: dict[bool, list[float]] = {True: [], False: []}
    held: dict[bool, list[float]] = {True: [], False: []}
    others: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(14):
        usual = [truth_of(rng) for _ in range(3)]
        truths = {
            (f"P{p}", f"A{i}"): on_another_plate(usual[i], rng) for p in range(4) for i in range(3)
        }
        standards = standards_of(truths, 0.06, 4.0, rng, prepared=0.03)
        left = standards.filter((pl.col("plate") != "P0") | (pl.col("nominal") < 400))
        mean = np.array([signal(1000.0, truth) for truth in truths.values()])
        reading = noisy(mean, 0.06, 4.0, rng)
        for pooled in (True, False):
            curves = calibrate(left, pooled=pooled)
            which = np.array([curves.keys.index(key) for key in truths])
            far, inside = off_and_covered(curves, which, reading, 1000.0)
            off[pooled] += far[:3].tolist()
            held[pooled] += inside[:3].tolist()
            others[pooled] += inside[3:].tolist()
            assert curves.pooled.tolist() == [4 if pooled else 0] * 12
    assert np.sqrt(np.mean(np.square(off[True]))) < 0.5 * np.sqrt(np.mean(np.square(off[False])))
    assert np.mean(held[True]) > 0.9
    assert all(np.mean(each) > 0.91 for each in others.values())


def test_analytes_that_agree_share_a_cv_one_that_differs_keeps_its_own_and_so_does_every_s0() -> (
    None
):
    rng = np.random.default_rng(2)
    mean = np.tile(np.repeat([20.0, 200.0, 2000.0, 20_000.0, 40_000.0], 3), 6)
    analyte, group = np.repeat(np.arange(6), 15), np.repeat(np.arange(30), 3)
    s0 = np.array([2.0, 2.0, 2.0, 2.0, 2.0, 60.0])
    for cv in (np.full(6, 0.05), np.array([0.05, 0.05, 0.05, 0.05, 0.05, 0.40])):
        reading = mean + np.hypot(s0[analyte], cv[analyte] * mean) * rng.standard_normal(mean.size)
        spreads = spreads_of_replicates(group, reading, np.zeros(mean.size))
        by_analyte = dataclasses.replace(spreads, owner=spreads.owner // 5)
        found = noise_of_analytes(by_analyte, 6)
        own, shared = (np.log(np.asarray(each.cv)) for each in (found.own, found.shared))
        # About eight degrees of freedom each: a standard error of 0.25 of a log cv.
        assert np.abs(own - np.log(cv)).max() < 0.9
        if cv[5] == cv[0]:
            assert np.ptp(shared) < 0.4 * np.ptp(own)
        assert abs(shared[5] - np.log(cv[5])) < 0.6
        alone = noise_of_analytes(by_analyte.at(by_analyte.owner == 0), 1).own
        assert np.asarray(found.own.s0)[0] == pytest.approx(np.asarray(alone.s0)[0])
        assert np.asarray(found.shared.s0)[5] > 8 * np.asarray(found.shared.s0)[:5].max()
