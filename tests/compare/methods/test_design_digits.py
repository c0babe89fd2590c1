"""The same numbers as R where a design is held: plate, plate x stimulus, visits, unequal spreads.

`tests/r_peer/design.R` makes the data and `design.out` (lme4, pbkrtest, lmerTest, sandwich,
clubSandwich, survival, coin, nlme).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from exvivo.arrays import Floats
from exvivo.compare.methods.intervals import normal_p
from exvivo.compare.methods.partial_correlation import partial
from exvivo.compare.methods.ranks import TwoGroups, censored_shift, rank_z, superiority
from exvivo.compare.methods.regression import coefficient
from exvivo.compare.methods.tobit import tobit
from exvivo.compare.mixed.fit import Design, Fits, Random, contrasts, fit

DIGITS = 1e-6
OF_LME4 = 1e-5
"""lme4 stops where its criterion is level to about 1e-9."""


@pytest.fixture(scope="module")
def peer(r_peer: Path) -> dict[str, list[float]]:
    """R's lines: a name and its numbers."""
    lines = (r_peer / "design.out").read_text(encoding="utf-8").splitlines()
    return {name: [float(n) for n in numbers] for name, *numbers in map(str.split, lines)}


@pytest.fixture(scope="module")
def wells(r_peer: Path) -> pl.DataFrame:
    return pl.read_csv(r_peer / "design_wells.csv")


@pytest.fixture(scope="module")
def donors(r_peer: Path) -> dict[str, Floats]:
    table = pl.read_csv(r_peer / "design_donors.csv", null_values="NA")
    return {name: table[name].cast(pl.Float64).to_numpy() for name in table.columns}


def levels_of(factor: Floats) -> Floats:
    """A column of marks for each level but the first, as R's treatment contrasts."""
    return np.asarray(factor[:, None] == np.unique(factor)[1:], dtype=np.float64)


MODELS = (
    "slope_of_plate_plate_fixed",
    "slope_of_plate_plate_random",
    "plate_by_stimulus_fixed",
    "plate_fixed",
)


def design_of(model: str, wells: pl.DataFrame) -> Design:
    """The designs of the R script; group x stimulus is the last fixed effect."""
    one = np.ones(wells.height)
    grp, stim, plate = (wells[c].cast(pl.Float64).to_numpy() for c in ("grp", "stim", "plate"))
    plates = levels_of(plate)
    donor = Random(np.column_stack([one, stim]), wells["donor"].to_numpy())
    cell = Random(one[:, None], 10 * plate + stim)
    fixed: tuple[Floats, ...]
    random: tuple[Random, ...]
    if model == "slope_of_plate_plate_fixed":
        fixed, random = (plates,), (donor, Random(stim[:, None], plate))
    elif model == "slope_of_plate_plate_random":
        fixed, random = (), (donor, cell, Random(one[:, None], plate))
    elif model == "plate_by_stimulus_fixed":
        fixed, random = (plates, plates * stim[:, None]), (donor,)
    else:
        fixed, random = (plates,), (donor,)
    return Design(np.column_stack([one, grp, stim, *fixed, grp * stim]), random)


@pytest.fixture(scope="module")
def fits(wells: pl.DataFrame) -> dict[str, Fits]:
    return {model: fit(wells["y"].to_numpy(), design_of(model, wells)) for model in MODELS}


@pytest.mark.parametrize("df", ["satterthwaite", "kenward-roger"])
@pytest.mark.parametrize("model", MODELS)
def test_the_response_beside_plate_and_plate_by_stimulus(
    model: str, df: str, fits: dict[str, Fits], peer: dict[str, list[float]]
) -> None:
    """A random slope of the plate is the plate x stimulus of `(1 | plate:stim)` beside a fixed
    plate: the same model in other variables.
    """
    fitted = fits[model]
    weights = np.zeros(fitted.fixed.beta.shape[1])
    weights[-1] = 1.0
    of = contrasts(fitted.fixed, weights, by=df)  # type: ignore[arg-type]
    numbers = [of.estimate, of.error, of.df, of.estimate / of.error, of.p]
    name = {"satterthwaite": "Satterthwaite", "kenward-roger": "Kenward-Roger"}[df]
    expected = peer[f"{model}.{name}"]
    assert [float(n[0, 0]) for n in numbers] == pytest.approx(expected, rel=OF_LME4)
    if df == "kenward-roger":
        by_pbkrtest = peer[f"{model}.pbkrtest"]
        assert [float(n[0, 0]) for n in numbers[:3]] == pytest.approx(by_pbkrtest, rel=OF_LME4)


@pytest.mark.parametrize("model", MODELS)
def test_their_variances_and_criterion(
    model: str, fits: dict[str, Fits], peer: dict[str, list[float]]
) -> None:
    fitted = fits[model]
    donor, *others = fitted.covariances
    variances = [donor[0, 0, 0], donor[0, 1, 1], donor[0, 0, 1]]
    variances += [other[0, 0, 0] for other in others] + [fitted.residual[0]]
    expected = list(peer[f"{model}.variances"])
    if model == "slope_of_plate_plate_fixed":
        expected[3] *= 2  # a slope is the difference of two independent cells
    assert variances == pytest.approx(expected, rel=OF_LME4)
    assert fitted.criterion[0] == pytest.approx(peer[f"{model}.criterion"][0], rel=1e-9)


def test_bounds_with_a_factor(donors: dict[str, Floats], peer: dict[str, list[float]]) -> None:
    """Results below, above and between bounds, beside plates and age."""
    lower = np.where(np.isnan(donors["lower"]), -np.inf, donors["lower"])
    upper = np.where(np.isnan(donors["upper"]), np.inf, donors["upper"])
    x = np.column_stack(
        [np.ones(len(lower)), donors["grp"], levels_of(donors["plate"]), donors["age"]]
    )
    fitted = tobit(lower, upper, x)
    assert fitted.converged
    numbers = [*fitted.coefficients, fitted.scale, fitted.log_likelihood, *fitted.errors]
    parts = ("coefficients", "scale", "errors")
    expected = [n for part in parts for n in peer[f"survreg_factor.{part}"]]
    assert numbers == pytest.approx(expected, rel=DIGITS)


@pytest.mark.parametrize("method", ["pearson", "spearman"])
@pytest.mark.parametrize("ages", [False, True])
def test_coefficients_with_a_factor_held(
    method: str, ages: bool, donors: dict[str, Floats], peer: dict[str, list[float]]
) -> None:
    held = levels_of(donors["plate"])
    if ages:
        held = np.column_stack([held, donors["age"]])
    found = partial(donors["y"], donors["score"], held, alpha=0.05, method=method)  # type: ignore[arg-type]
    r, _, _, p = peer[f"{method}_plate_age" if ages else f"{method}_plate"]
    assert [found.estimate, found.p] == pytest.approx([r, p], rel=DIGITS)


def ranked(lower: Floats, upper: Floats, donors: dict[str, Floats]) -> TwoGroups:
    return TwoGroups(lower, upper, donors["grp"] == 1, donors["plate"].astype(np.intp))


def test_ranks_within_plates_are_van_elterens(
    peer: dict[str, list[float]], donors: dict[str, Floats]
) -> None:
    low = np.nan_to_num(donors["lower"], nan=-np.inf)
    high = np.nan_to_num(donors["upper"], nan=np.inf)
    cases = {"": (donors["y"],) * 2, "_ties": (donors["tied"],) * 2, "_gehan": (low, high)}
    for name, ends in cases.items():
        z, p = peer[f"van_elteren{name}"][-2:]
        assert rank_z(ranked(*ends, donors)) == pytest.approx(z, rel=DIGITS), name
        assert normal_p(z) == pytest.approx(p, rel=DIGITS)


def test_a_shift_within_plates_leaves_nothing_in_the_test(donors: dict[str, Floats]) -> None:
    """The interval is that of the test: inside it the shifted groups are not told apart. A constant
    on a plate changes nothing.
    """
    groups = ranked(donors["y"], donors["y"], donors)
    shift = censored_shift(groups, alpha=0.05)
    assert abs(rank_z(groups.shifted_back(shift.lower + 1e-6))) < 1.96 + 1e-9
    assert abs(rank_z(groups.shifted_back(shift.lower - 1e-6))) >= 1.959
    off = np.where(donors["plate"] == 2, 5.0, 0.0)
    moved = ranked(donors["y"] + off, donors["y"] + off, donors)
    again = censored_shift(moved, alpha=0.05)
    assert again.estimate == pytest.approx(shift.estimate)
    assert (again.lower, again.upper) == pytest.approx((shift.lower, shift.upper))
    share = superiority(groups, alpha=0.05)
    assert superiority(moved, alpha=0.05).lower == pytest.approx(share.lower)


def test_least_squares_with_plates_are_those_of_lm(
    peer: dict[str, list[float]], donors: dict[str, Floats]
) -> None:
    """The estimate whatever the spreads, and with one spread the slope, error and p of R's lm."""
    plates = levels_of(donors["plate"])
    first = donors["grp"] == 1
    fit = coefficient(donors["y"], donors["grp"], plates, first, alpha=0.05)
    assert fit.slope == pytest.approx(peer["hc2_plate"][0], rel=DIGITS)
    with_age = np.column_stack([plates, donors["age"]])
    exposed = donors["exposed"] == 1
    fit = coefficient(donors["y"], donors["exposed"], with_age, exposed, alpha=0.05)
    assert fit.slope == pytest.approx(peer["hc2_plate_age"][0], rel=DIGITS)
    one = coefficient(donors["score"], donors["y"], plates, alpha=0.05)
    slope, error, t, p = peer["pearson_plate_by_lm"]
    assert (one.slope, one.error, one.t) == pytest.approx((slope, error, t), rel=DIGITS)
    assert one.estimate.p == pytest.approx(p, rel=DIGITS)
