"""The likelihood of wells with held columns: R's digits where all is seen, brute force where it is
not, and laws that hold for every study.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from lengths import studies
from scipy import integrate, optimize, stats

from exvivo.arrays import Floats
from exvivo.compare.estimate import NotEstimable
from exvivo.compare.methods.donor_likelihoods import Wells, replicate_sd, with_errors
from exvivo.compare.methods.group_model import GroupModel
from exvivo.compare.methods.regression import coefficient
from exvivo.compare.methods.tobit import tobit
from exvivo.compare.methods.well_likelihood import (
    coefficient_without_each,
    group_mean,
    likelihood_coefficient,
    likelihood_difference,
    without_each,
)
from exvivo.compare.methods.well_regression import WellRegression, centred_design
from exvivo.compare.sample import Well

ASKED = np.repeat([1.0, 0.0], [8, 7])
PLATES = np.array(list("AABACBCABCABCCB"))
HELD = np.column_stack([PLATES == "B", PLATES == "C"]).astype(np.float64)
Y = np.array([2.1, 1.4, 3.3, 0.9, 2.7, 4.6, 1.8, 0.2, 1.1, 0.8, 1.9, 1.3, 0.7, 1.6, 2.2])
ONE_SPREAD = np.zeros(15, dtype=np.int64)
TWO_SPREADS = (ASKED == 0).astype(np.int64)


def exact(values: Floats, *, limit: float = -math.inf) -> Wells:
    """A well a donor, without an error; undetected at or below the limit."""
    wells = [
        Well(side=1.0, value=float(v)) if v > limit else Well(side=1.0, upper=limit) for v in values
    ]
    return tuple((well,) for well in wells)


def responses(seed: int, *, limit: float, error: float | None = None, donors: int = 15) -> Wells:
    """Two wells on each side, or one without an error, with plates that shift both sides."""
    rng = np.random.default_rng(seed)
    shifts = dict(zip("ABC", rng.normal(0, 0.5, (3, 2)), strict=True))
    made = []
    for plate in PLATES[:donors]:
        low = rng.normal(1.0, 0.8) + shifts[plate][0]
        high = low + rng.normal(1.5, 0.6) + shifts[plate][1]
        donor = []
        for side, at in ((-1.0, low), (1.0, high)):
            for _ in range(1 if error is None else 2):
                value = float(at + (error or 0.0) * rng.normal())
                seen = value > limit
                well = Well(side=side, value=value) if seen else Well(side=side, upper=limit)
                donor.append(replace(well, sd=error))
        made.append(tuple(donor))
    return tuple(made)


def test_with_a_spread_for_each_group_it_is_the_gls_of_r() -> None:
    """nlme 3.1: gls(y ~ g + p, weights = varIdent(form = ~1 | g), method = "REML")."""
    fit = WellRegression.of(exact(Y), centred_design(ASKED, HELD), 1, TWO_SPREADS)
    assert fit.estimate == pytest.approx(1.185713128111, abs=1e-7)
    spreads = np.exp(fit.best.at[0, -2:])
    assert spreads == pytest.approx([0.9011220164, 0.9011220164 * 1.02854681321], rel=1e-6)


def test_with_one_spread_it_is_least_squares_with_students_interval() -> None:
    found = likelihood_coefficient(exact(Y), ASKED, HELD, alpha=0.05, spread=ONE_SPREAD)
    known = coefficient(Y, ASKED, HELD, alpha=0.05).estimate
    assert (found.estimate, found.lower, found.upper, found.p) == pytest.approx(
        (known.estimate, known.lower, known.upper, known.p), abs=1e-6
    )


def test_with_nothing_held_it_is_the_difference_and_close_to_it_when_profiled_as_a_whole() -> None:
    nothing, wells = np.empty((15, 0)), exact(Y, limit=0.75)
    found = likelihood_coefficient(wells, ASKED, nothing, alpha=0.05)
    assert found == likelihood_difference(wells[:8], wells[8:], alpha=0.05)
    whole = likelihood_coefficient(wells, ASKED, nothing, alpha=0.05, spread=TWO_SPREADS)
    assert whole.estimate == pytest.approx(found.estimate, abs=1e-6)
    width = found.upper - found.lower
    assert (whole.lower, whole.upper) == pytest.approx((found.lower, found.upper), abs=0.03 * width)


def test_the_degrees_of_freedom_are_welchs_where_nothing_is_held() -> None:
    fit = WellRegression.of(exact(Y), np.column_stack([np.ones(15), ASKED]), 1, TWO_SPREADS)
    known = stats.ttest_ind(Y[:8], Y[8:], equal_var=False)
    assert fit.df == pytest.approx(known.df, rel=1e-6)


def test_where_survreg_has_its_maximum_the_likelihood_has_no_slope() -> None:
    """R's survreg(Surv(pmax(y, 1), y > 1, type = "left") ~ g + p, dist = "gaussian"); tobit, which
    has the digits of survreg, gives the rest.
    """
    design = np.column_stack([np.ones(15), ASKED, HELD])
    model = GroupModel.of(exact(Y, limit=1.0), design, ONE_SPREAD)
    known = [0.233757383378, 1.294603742802, 1.748401119501, 0.561755319828]
    scores = model.scores(np.array([[*known, math.log(0.860767473333)]]))
    assert scores.slopes.sum(axis=(0, 1)) == pytest.approx(np.zeros(5), abs=1e-7)
    by_tobit = tobit(np.where(Y > 1, Y, -np.inf), np.maximum(Y, 1.0), design)
    assert by_tobit.coefficients == pytest.approx(known, abs=1e-8)
    constant = 0.5 * math.log(2 * math.pi) * np.sum(Y > 1)
    assert float(scores.logs.sum()) - constant == pytest.approx(by_tobit.log_likelihood, abs=1e-6)


def test_a_large_study_has_the_coefficient_of_maximum_likelihood() -> None:
    rng = np.random.default_rng(3)
    asked = (rng.random(1500) < 0.5).astype(np.float64)
    held = np.eye(4)[rng.integers(0, 4, 1500)][:, 1:]
    y = 0.4 * asked + held @ [0.5, -0.5, 1.0] + rng.normal(0, 1, 1500)
    one = np.zeros(1500, dtype=np.int64)
    found = likelihood_coefficient(exact(y, limit=-0.2), asked, held, alpha=0.05, spread=one)
    design = np.column_stack([np.ones(1500), asked, held])
    known = tobit(np.where(y > -0.2, y, -np.inf), np.maximum(y, -0.2), design)
    assert found.estimate == pytest.approx(known.coefficients[1], abs=0.02 * known.errors[1])
    half_width = (found.upper - found.lower) / 2
    assert half_width == pytest.approx(1.9615 * known.errors[1], rel=5e-3)


def box(well: Well, at: Floats) -> Floats:
    """The likelihood of one well, written anew."""
    error = well.sd or 0.0
    if well.value is not None:
        return np.asarray(stats.norm.pdf(well.value, at, error))
    low = -np.inf if well.lower is None else well.lower
    high = np.inf if well.upper is None else well.upper
    return np.asarray(stats.norm.cdf((high - at) / error) - stats.norm.cdf((low - at) / error))


DONORS = {
    "seen": ((-1.0, 0.4, None), (1.0, 1.9, None)),
    "at least": ((-1.0, None, 0.1), (1.0, 1.2, None)),
    "at most": ((-1.0, 0.9, None), (1.0, None, 0.5)),
    "a value and a bound on one side": ((-1.0, 0.3, None), (-1.0, None, 0.2), (1.0, 1.4, None)),
    "two bounds on a side": ((-1.0, None, 0.1), (-1.0, None, 0.3), (1.0, 1.2, None)),
    "a value and a bound, and a bound": ((-1.0, 0.3, None), (-1.0, None, 0.2), (1.0, None, 0.6)),
    "both below": ((-1.0, None, 0.1), (1.0, None, 0.5)),
}


@pytest.mark.parametrize("case", DONORS)
def test_a_donor_is_the_integral_over_both_sides(case: str) -> None:
    """Held against a fine grid of both quantities."""
    wells = tuple(Well(side=s, value=v, upper=u, sd=0.15) for s, v, u in DONORS[case])
    others = tuple((Well(side=-1.0, value=v), Well(side=1.0, value=2 * v)) for v in (0.0, 1.5))
    model = GroupModel.of((wells, *others), np.ones((3, 1)), np.zeros(3, dtype=np.int64))
    grid = np.linspace(-7.0, 8.0, 1501)
    low, high = grid[:, None], grid[None, :]
    seen = np.ones((1501, 1501))
    for well in wells:
        seen = seen * box(well, low if well.side < 0 else high)

    def log_integral(vector: Floats) -> float:
        level, response, log_a, b, log_c = vector
        root = np.array([[1.0, 0.0], [1.0, 1.0]]) @ [[math.exp(log_a), 0.0], [b, math.exp(log_c)]]
        normal = stats.multivariate_normal([level, level + response], root @ root.T)
        density = normal.pdf(np.dstack(np.broadcast_arrays(low, high)))
        return math.log(float((seen * density).sum()) * (grid[1] - grid[0]) ** 2)

    vectors = np.array([[0.5, 1.0, -0.2, 0.1, -0.5], [0.0, 1.5, 0.2, -0.4, -0.3]])
    exactly = [log_integral(vector) for vector in vectors]
    found = model.scores(vectors).logs[:, 0]
    # Normal constants are left out: only differences count.
    assert np.diff(found) == pytest.approx(np.diff(exactly), abs=2e-3)


@pytest.mark.parametrize("error", [None, 0.12])
def test_gradients_are_those_of_the_likelihood(error: float | None) -> None:
    wells = responses(4, limit=0.5, error=error)
    fit = WellRegression.of(wells, centred_design(ASKED, HELD), 1, TWO_SPREADS)
    problems = fit._problems(np.ones((1, 15)))
    at = fit.model.start + 0.05

    def value(vector: Floats) -> float:
        return float(problems.objective(vector[None], np.zeros(1, dtype=np.int64))[0][0])

    _, gradients = problems.objective(at[None], np.zeros(1, dtype=np.int64))
    known = optimize.approx_fprime(at, value, 1e-6)
    assert gradients[0] == pytest.approx(known, abs=2e-4)


def moved(wells: Wells, plate: str, level: float, stimulus: float) -> Wells:
    """All wells of a plate, values and bounds, higher; stimulated ones by some more."""

    def plus(end: float | None, by: float) -> float | None:
        return None if end is None else end + by

    def shifted(well: Well, by: float) -> Well:
        return replace(
            well,
            value=plus(well.value, by),
            lower=plus(well.lower, by),
            upper=plus(well.upper, by),
            one_copy=plus(well.one_copy, by),
        )

    shifted_wells = []
    for donor, on in zip(wells, PLATES, strict=True):
        by = {-1.0: level, 1.0: level + stimulus} if on == plate else {-1.0: 0.0, 1.0: 0.0}
        shifted_wells.append(tuple(shifted(well, by[well.side]) for well in donor))
    return tuple(shifted_wells)


def counted(seed: int) -> Wells:
    rng = np.random.default_rng(seed)
    made = []
    for level in rng.normal(1.0, 0.8, 15):
        copies = rng.poisson(2.0**level, 2)
        values = [math.log2(k) + 0.1 * rng.normal() if k else None for k in copies]
        made.append(
            tuple(Well(side=1.0, value=v, sd=0.1 if v else None, one_copy=0.0) for v in values)
        )
    return tuple(made)


@pytest.mark.parametrize(
    "wells",
    [
        exact(Y, limit=1.0),
        responses(1, limit=-9.0),
        responses(2, limit=0.9),
        responses(3, limit=0.9, error=0.12),
        counted(1),
    ],
    ids=["levels", "seen", "responses", "errors", "counted"],
)
def test_a_constant_added_to_a_plate_changes_nothing(wells: Wells) -> None:
    """Plate, and plate by stimulus; nor does another coding of the plates."""
    found = likelihood_coefficient(wells, ASKED, HELD, alpha=0.05)
    shifted = moved(moved(wells, "B", 1.7, -0.6), "A", -3.1, 0.4)
    coded = np.column_stack([PLATES == "A", PLATES == "B", PLATES == "C"]) * 3.0 - 1.0
    for again in (
        likelihood_coefficient(shifted, ASKED, HELD, alpha=0.05),
        likelihood_coefficient(wells, ASKED, coded, alpha=0.05),
    ):
        assert again.estimate == pytest.approx(found.estimate, abs=1e-6)
        width = found.upper - found.lower
        assert (again.lower, again.upper) == pytest.approx(
            (found.lower, found.upper), abs=1e-5 * width
        )


@pytest.mark.parametrize("sides", [1, 2])
def test_a_value_turned_into_a_bound_just_above_it_hardly_moves_the_estimate(sides: int) -> None:
    """The lowest of 24 values, in 20 studies: about as much as it does where nothing is held."""
    rng, moves = np.random.default_rng(6), []
    for _ in range(20):
        seen = uneven(rng, spread=1.0, undetected=0.0, sides=sides)
        lowest = min(range(24), key=lambda d: (seen[d][0].value is not None, seen[d][0].value or 0))
        bounded = list(seen)
        first = seen[lowest][0]
        above = first.upper if first.value is None else first.value
        value = replace(first, value=above, upper=None)
        known = list(seen)
        known[lowest] = (value, *seen[lowest][1:])
        bounded[lowest] = (Well(side=first.side, upper=(above or 0.0) + 1e-3), *seen[lowest][1:])
        held = np.eye(4)[ON][:, 1:]
        before, after = (
            likelihood_coefficient(tuple(w), UNEVEN, held, alpha=0.05) for w in (known, bounded)
        )
        error = (before.upper - before.lower) / 4.2
        moves.append(abs((after.estimate or 0.0) - (before.estimate or 0.0)) / error)
    assert np.median(moves) < 0.15 and max(moves) < 0.6


@pytest.mark.parametrize(("limit", "error"), [(-9.0, None), (0.2, None), (0.2, 0.12)])
def test_without_each_is_the_estimate_of_the_others(limit: float, error: float | None) -> None:
    wells = with_errors(responses(2, limit=limit, error=error))
    fast = coefficient_without_each(wells, ASKED, HELD)
    slow = []
    for donor in range(15):
        others = wells[:donor] + wells[donor + 1 :]
        parts = (np.delete(ASKED, donor), np.delete(HELD, donor, axis=0))
        slow.append(likelihood_coefficient(others, *parts, alpha=0.05).estimate)
    assert fast == pytest.approx(np.array(slow, dtype=np.float64), abs=2e-3)


def test_a_donor_for_whom_a_column_was_made_moves_nothing() -> None:
    alone = np.column_stack([HELD, np.arange(15) == 3]).astype(np.float64)
    without = coefficient_without_each(exact(Y, limit=0.75), ASKED, alone)
    found = likelihood_coefficient(exact(Y, limit=0.75), ASKED, alone, alpha=0.05)
    assert without[3] == pytest.approx(found.estimate, abs=1e-9)
    assert np.isfinite(without).all()


def test_what_the_held_columns_tell_is_not_estimated() -> None:
    for held in (ASKED[:, None], np.column_stack([1 - ASKED, HELD])):
        with pytest.raises(NotEstimable):
            likelihood_coefficient(exact(Y), ASKED, held, alpha=0.05)
    # Both groups meet on one plate only, and there one of them is bounded altogether.
    plates = np.repeat([0, 1, 1, 2], [4, 4, 3, 4])
    held = np.eye(3)[plates][:, 1:]
    wells = list(exact(Y))
    likelihood_coefficient(tuple(wells), ASKED, held, alpha=0.05)
    for donor in (8, 9, 10):
        wells[donor] = (Well(side=1.0, upper=2.0),)
    with pytest.raises(NotEstimable):
        likelihood_coefficient(tuple(wells), ASKED, held, alpha=0.05)


def test_donors_whose_bounds_leave_them_anything_take_no_part() -> None:
    wells = responses(5, limit=-9.0)
    nothing = (Well(side=-1.0, upper=-4.0), Well(side=1.0, upper=-4.0))
    more, asked, held = (*wells, nothing), np.append(ASKED, 1.0), np.vstack([HELD, [0.0, 0.0]])
    found = likelihood_coefficient(wells, ASKED, HELD, alpha=0.05)
    assert likelihood_coefficient(more, asked, held, alpha=0.05) == found
    plain = likelihood_difference(wells[:8], wells[8:], alpha=0.05)
    assert likelihood_difference((*wells[:8], nothing), wells[8:], alpha=0.05) == plain
    each = without_each((*wells[:8], nothing), wells[8:])
    assert each[8] == pytest.approx(plain.estimate, abs=1e-12) and len(each) == 16
    many = (nothing,) * 3
    assert likelihood_difference(wells[:8] + many, wells[8:], alpha=0.05) != plain
    at_least = (Well(side=-1.0, upper=-4.0), Well(side=1.0, lower=9.0))
    assert likelihood_difference((*wells[:8], at_least), wells[8:], alpha=0.05) != plain


def test_no_error_is_invented() -> None:
    """Without an error a value is the donor's quantity, and a bound its bound; replicates tell an
    error where there are some, and other wells' errors first.
    """
    bounded = exact(Y, limit=0.75)
    assert with_errors(bounded)[0][0].sd is None
    found = group_mean(bounded[:8], alpha=0.05)
    values = Y[:8]

    def log_likelihood(vector: Floats) -> float:
        mean, log_sd = vector
        seen = stats.norm.logpdf(values[values > 0.75], mean, math.exp(log_sd)).sum()
        hidden = stats.norm.logcdf(0.75, mean, math.exp(log_sd)) * np.sum(values <= 0.75)
        return -float(seen + hidden + log_sd)

    known = optimize.minimize(log_likelihood, [1.5, 0.0], method="Nelder-Mead", tol=1e-12)
    assert found.estimate == pytest.approx(known.x[0], abs=1e-5)
    twice = tuple((Well(side=1.0, value=v), Well(side=1.0, value=v + 0.2)) for v in (1.0, 2.0))
    assert replicate_sd(twice) == pytest.approx(0.2 / math.sqrt(2))
    empty = ((Well(side=1.0, upper=0.0),),)
    assert with_errors(twice + empty)[2][0].sd == pytest.approx(0.2 / math.sqrt(2))
    assert with_errors((*twice, *empty, (Well(side=1.0, value=1.0, sd=0.3),)))[2][0].sd == 0.3


def test_errors_that_donors_share_widen_the_interval_as_a_known_part() -> None:
    plain = likelihood_coefficient(exact(Y), ASKED, HELD, alpha=0.05)
    shared = likelihood_coefficient(exact(Y), ASKED, HELD, alpha=0.05, shared=5.0)
    assert shared.estimate == plain.estimate
    assert shared.upper - shared.lower == pytest.approx(2 * 1.96 * 5.0, rel=0.05)


def test_a_number_is_asked_as_well_as_a_group() -> None:
    rng = np.random.default_rng(8)
    score = rng.normal(50, 10, 15)
    found = likelihood_coefficient(exact(Y), score, HELD, alpha=0.05)
    known = coefficient(Y, score, HELD, alpha=0.05).estimate
    assert (found.estimate, found.lower, found.upper) == pytest.approx(
        (known.estimate, known.lower, known.upper), abs=1e-7
    )


def test_the_integral_of_a_bound_is_that_of_quadrature() -> None:
    """One side, a bound with an error of its own."""
    wells = ((Well(side=1.0, upper=0.2, sd=0.3),),)
    model = GroupModel.of(wells, np.ones((1, 1)), np.zeros(1, dtype=np.int64))

    def at(t: float) -> float:
        return float(stats.norm.cdf((0.2 - t) / 0.3) * stats.norm.pdf(t, 0.7, 0.5))

    known = math.log(integrate.quad(at, -6, 6)[0])
    assert model.scores(np.array([[0.7, math.log(0.5)]])).logs[0, 0] == pytest.approx(
        known, abs=1e-6
    )


STUDIES = studies(400, 40)
SLACK = 2.576 * math.sqrt(0.05 * 0.95 / STUDIES)


def uneven(rng: np.random.Generator, *, spread: float, undetected: float, sides: int) -> Wells:
    """14 and 10 donors, 80 and 20 of a hundred on the first two of four plates (SD 1; 0.3 for the
    response); one group wider; no difference.
    """
    wells = []
    shifts = rng.normal(0, [[1.0, 0.3]], (4, 2))
    wide = np.where(UNEVEN == 1, spread, 1.0)
    low = shifts[ON, 0] + rng.normal(0, 0.8 * wide)
    high = low + 1.5 + shifts[ON, 1] + rng.normal(0, 0.65 * wide)
    limit = float(np.quantile(low, undetected))
    for values in np.column_stack([low, high])[:, :sides]:
        donor = []
        for side, value in zip((-1.0, 1.0), values.tolist(), strict=False):
            seen = value > limit
            donor.append(Well(side=side, value=value) if seen else Well(side=side, upper=limit))
        wells.append(tuple(donor))
    return tuple(wells)


UNEVEN = np.repeat([1.0, 0.0], [14, 10])
ON = np.array([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 2, 3, 2, 2, 3, 2, 3, 2, 3, 2, 3, 0, 1])


@pytest.mark.calibration
@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("spread", [1.0, 3.0])
@pytest.mark.parametrize("undetected", [0.1, 0.3])
def test_uneven_plates_are_no_difference(spread: float, undetected: float, sides: int) -> None:
    rng = np.random.default_rng([11, sides, int(spread), int(10 * undetected)])
    held, claims = np.eye(4)[ON][:, 1:], []
    for _ in range(STUDIES):
        wells = uneven(rng, spread=spread, undetected=undetected, sides=sides)
        claims.append(likelihood_coefficient(wells, UNEVEN, held, alpha=0.05).p <= 0.05)
    assert np.mean(claims) <= 0.05 + SLACK
