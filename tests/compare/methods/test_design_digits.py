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
from exvivo.compare.methods.partial_correlation import partial
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
