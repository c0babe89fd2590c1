"""Several analytes of the same donors compared between two sides, with p values that take account
of one another.

The model of analyte j and donor i, with the side x (1 or 0) and the columns H that are held:

    y_ij = c_j + β_j x_i + H_i γ_j + ε_ij,    t_j = b_j / s_j

by least squares, with a variance of its own for either side in the error s_j (unbiased, Rao 1970,
doi 10.1080/01621459.1970.10481070; without held columns t is Welch's). The reference of t is a
bootstrap of whole donors within their side, so what the analytes have in common, the spread of
either side and its skew stay:

    y*_i = fit_i + (r_a(i) + h σ_i r_b(i)) / √(1 + h²),    t* = (b* - b) / s*

r are residuals over √(1 - leverage), centred within the side; a(i) and b(i) are donors of i's
side and σ_i a sign, drawn at random and the same for every analyte. The second residual smooths the
few values that a small side has (h = `SMOOTHING`). p values are stepped down from the largest
|t| (Westfall and Young 1993, ISBN 0-471-55761-7; Ge, Dudoit and Speed 2003, doi
10.1007/BF02595811), twice: against the largest |t*|, and against the largest and the smallest t*
with either tail at half the level. The larger of both is the adjusted p value: the first holds
where tails are heavy, the second where they are unequal (Hall 1992, ISBN 0-387-97720-1).

When not to use: with fewer than `FEWEST_EACH` donors on a side; with results that are bounds;
errors that donors share are unknown to it; missing results must not depend on the side. Where one
test alone fails its level (20 v 5, strong skew, the small side three times as wide) the family
does too, less than by Holm's correction.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.errors import Bug

FEWEST_EACH = 5
"""Donors on either side from which their residuals are drawn."""
SMOOTHING = 0.35
"""The weight of the second residual in each draw."""
MOST_NUMBERS = 2_000_000
"""Draws times donors: with many donors fewer draws serve."""
FEWEST_DRAWS = 1999
TOLERANCE = 1e-10
_SINGULAR = 1e-9


@dataclass(frozen=True)
class Family:
    """The statistic `t` of each analyte, the `p` value of it alone, and the p value `adjusted` for
    all analytes of the family.

    Each is an array (analytes,), NaN for an analyte that has no statistic.
    """

    t: Floats
    p: Floats
    adjusted: Floats


def max_t(
    values: Floats, asked: Bools, held: Floats | None = None, *, number: int, seed: int
) -> Family:
    """Two-sided p values of a family of analytes, `values` (donors, analytes), NaN where a donor
    has no result.

    `asked` (donors,) marks the donors of the first side. `held` (donors, k) are the columns held
    beside it; (analytes, donors, k) where they differ between analytes. `number` draws are made
    with `seed`, fewer for very many donors. The order of donors changes nothing. Raises ValueError
    where a side is empty or shapes differ.
    """
    columns = _columns(values, asked, held)
    fits = [_fitted(y, asked, its) for y, its in zip(values.T, columns, strict=True)]
    t = np.array([fit.t for fit in fits])
    p = np.full((2, len(t)), np.nan)
    given = np.flatnonzero(~np.isnan(t))
    if len(given):
        drawn = _all_drawn([fits[j] for j in given], asked, number, seed)
        p[:, given] = np.maximum(_by_size(t[given], drawn), _by_tail(t[given], drawn))
    return Family(t, p[0], p[1])


def _all_drawn(fits: list[_Fit], asked: Bools, number: int, seed: int) -> Floats:
    """t* of every analyte (draws, analytes)."""
    rows, first = order_of(np.stack([fit.residuals for fit in fits]), asked), int(asked.sum())
    draws = draws_of(first, len(asked) - first, number_of(number, len(asked)), seed)
    return np.stack([fit.drawn(rows, first, draws) for fit in fits], axis=1)


def number_of(number: int, donors: int) -> int:
    """The draws that are made for so many donors."""
    return min(number, max(FEWEST_DRAWS, MOST_NUMBERS // donors))


def _columns(values: Floats, asked: Bools, held: Floats | None) -> Floats:
    """The held columns of each analyte. Raises ValueError where this is no family of two sides."""
    _check(values, asked)
    donors, analytes = values.shape
    columns = np.empty((donors, 0)) if held is None else held
    if columns.ndim == 2:
        columns = np.broadcast_to(columns, (analytes, *columns.shape))
    if columns.ndim != 3 or columns.shape[:2] != (analytes, donors):
        raise ValueError(f"held columns {columns.shape} for {analytes} analytes, {donors} donors")
    return columns


def _check(values: Floats, asked: Bools) -> None:
    """Raise ValueError where these are not two sides of donors with several results each."""
    if values.ndim != 2 or asked.shape != (len(values),) or not 0 < int(asked.sum()) < len(asked):
        raise ValueError(
            f"values {values.shape} and sides {asked.shape} are not a family of two sides"
        )


@dataclass(frozen=True)
class Layout:
    """What the layout alone says of the regression of one analyte; arrays are (donors,), 0 for a
    donor without a result.

    `weights` give the coefficient of the side, `others` (donors, o) and `basis` (donors, q) are
    orthonormal bases of the other columns and of these with the side, `variances` are the weights
    of squared residuals in the variance of the coefficient.
    """

    present: Bools
    asked: Bools
    weights: Floats
    others: Floats
    basis: Floats
    variances: Floats

    def at(self, rows: Ints) -> Layout:
        """The donors in another order."""
        return Layout(
            self.present[rows],
            self.asked[rows],
            self.weights[rows],
            self.others[rows],
            self.basis[rows],
            self.variances[rows],
        )

    def standardised(self, values: Floats) -> Floats:
        """Results (..., donors) without scale or place: after the other columns, they have mean 0
        and SD 1.
        """
        rest = _rest(_standardised(values, self.present), self.others)
        return _standardised(rest, self.present)

    def residuals(self, y: Floats) -> Floats:
        """What is drawn from: the residuals of standardised results (..., donors)."""
        return _centred(_levered(y, self.basis), self.present, self.asked)

    def statistics(self, errors: Floats) -> Floats:
        """B / s of errors (draws, donors) in the place of results."""
        scores = errors @ self.basis
        # Σ d (e - Q Q'e)² = Σ d e² - 2 (Q'De)'(Q'e) + (Q'e)'(Q'DQ)(Q'e)
        weighted = self.basis * self.variances[:, None]
        cross = scores @ (self.basis.T @ weighted) - 2 * (errors @ weighted)
        variance = errors**2 @ self.variances + (cross * scores).sum(axis=1)
        return np.asarray((errors @ self.weights) / np.sqrt(np.maximum(variance, TOLERANCE**2)))


@dataclass(frozen=True)
class _Fit:
    """The regression of one analyte: its layout, the `residuals` (donors,) that are drawn from and
    the statistic; None and NaN where there is none.
    """

    layout: Layout | None
    residuals: Floats
    t: float

    def drawn(self, rows: Ints, first: int, draws: Draws) -> Floats:
        """t* (draws,) of the donors in an order, the donors of the first side before the others."""
        if self.layout is None:
            raise Bug("an analyte without a statistic is drawn for")
        return _drawn(self.layout.at(rows), self.residuals[rows], first, draws)


def _fitted(values: Floats, asked: Bools, held: Floats) -> _Fit:
    """The regression of one analyte."""
    layout = layout_of(~np.isnan(values), asked, held)
    if layout is None:
        return _Fit(None, np.zeros(len(values)), np.nan)
    y = layout.standardised(values)
    return _Fit(layout, layout.residuals(y), float(layout.statistics(y[None])[0]))


def layout_of(present: Bools, asked: Bools, held: Floats) -> Layout | None:
    """The layout of one analyte; None where it has no statistic."""
    others = _basis(np.column_stack([np.ones(len(asked)), held]) * present[:, None])
    side = _rest((asked & present).astype(np.float64), others)
    squares = float(side @ side)
    if not _on_both(present, asked) or squares <= TOLERANCE * len(asked):
        return None
    basis, weights = np.column_stack([others, side / squares**0.5]), side / squares
    variances = _variances(weights, basis, present, asked)
    if variances is None:
        return None
    return Layout(present, asked, weights, others, basis, variances)


def _on_both(present: Bools, asked: Bools) -> bool:
    """Whether two donors or more of either side have a result."""
    return min(int((present & asked).sum()), int((present & ~asked).sum())) > 1


def _levered(y: Floats, basis: Floats) -> Floats:
    """Residuals over the square root of 1 less the leverage; 0 for a donor whom the columns alone
    describe.
    """
    left = 1 - (basis**2).sum(axis=1)
    return np.asarray(_rest(y, basis) / np.sqrt(np.where(left > TOLERANCE, left, np.inf)))


def _variances(weights: Floats, basis: Floats, present: Bools, asked: Bools) -> Floats | None:
    """K⁻¹ q of the variance q'K⁻¹S, for each donor that of its side; None where a side has too
    little left to show its spread.

    S are the sums of squared residuals of either side, E S = K σ² with K_gh = Σ_{i in g} Σ_{j in h}
    M_ij², and q_g = Σ_{i in g} w_i².
    """
    sides = np.stack([present & asked, present & ~asked]).astype(np.float64)
    expected = sides @ (np.diag(present.astype(np.float64)) - basis @ basis.T) ** 2 @ sides.T
    if np.linalg.det(expected) <= _SINGULAR:
        return None
    return np.asarray(np.linalg.solve(expected, sides @ weights**2) @ sides)


def _standardised(values: Floats, present: Bools) -> Floats:
    """Results with mean 0 and standard deviation 1; 0 where there is none, or none varies."""
    centred, known = np.zeros(values.shape), values[..., present]
    size = np.abs(known).max(axis=-1, keepdims=True)
    known = known - known.mean(axis=-1, keepdims=True)
    spread = np.sqrt((known**2).mean(axis=-1, keepdims=True))
    varies = spread > TOLERANCE * size
    centred[..., present] = np.where(varies, known / np.where(varies, spread, 1.0), 0.0)
    return centred


def _basis(columns: Floats) -> Floats:
    """An orthonormal basis of some columns, however many of them say the same."""
    left, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return np.asarray(left[:, sizes > TOLERANCE * max(float(sizes[0]), 1.0)])


def _rest(values: Floats, basis: Floats) -> Floats:
    """What is left of values (..., donors) after an orthonormal basis."""
    return np.asarray(values - (values @ basis) @ basis.T)


def _centred(residuals: Floats, present: Bools, asked: Bools) -> Floats:
    """Residuals with mean 0 on either side, 0 for a donor without a result."""
    centred = np.zeros(residuals.shape)
    for side in (present & asked, present & ~asked):
        own = residuals[..., side]
        centred[..., side] = own - own.mean(axis=-1, keepdims=True)
    return centred


def order_of(residuals: Floats, asked: Bools) -> Ints:
    """The donors (..., donors), those of the first side before the others, in an order that neither
    names nor rows decide: by the sum of their residuals (..., analytes, donors).
    """
    sums = np.round(residuals.sum(axis=-2), 6)
    return np.lexsort((sums, np.broadcast_to(~asked, sums.shape)), axis=-1)


@dataclass(frozen=True)
class Draws:
    """Donors that are drawn for each donor, by place; `again` (0 to 1) draws another where the
    first has no result. Arrays (2, draws, donors); `signs` (draws, donors).
    """

    places: Ints
    again: Floats
    signs: Floats


@lru_cache(maxsize=4)
def draws_of(first: int, second: int, number: int, seed: int) -> Draws:
    """The draws of two sides, the same for every family of that size."""
    rng = np.random.default_rng([seed, first, second])
    in_first = rng.integers(0, first, (2, number, first))
    in_second = first + rng.integers(0, second, (2, number, second))
    total = first + second
    signs = rng.choice(np.array([-1.0, 1.0]), (number, total))
    again = rng.random((2, number, total))
    return Draws(np.concatenate([in_first, in_second], axis=2), again, signs)


def _drawn(layout: Layout, residuals: Floats, first: int, draws: Draws) -> Floats:
    """t* of one analyte (draws,), the donors of the first side before the others."""
    present = layout.present
    one, other = (
        residuals[_replaced(places, again, present, first)]
        for places, again in zip(draws.places, draws.again, strict=True)
    )
    errors = one + SMOOTHING * draws.signs * other
    return layout.statistics(errors * present)


def _replaced(places: Ints, again: Floats, present: Bools, first: int) -> Ints:
    """The drawn donors (draws, donors), another of the same side for each who has no result."""
    if present.all():
        return places
    replaced = places.copy()
    for side in (slice(0, first), slice(first, len(present))):
        known = side.start + np.flatnonzero(present[side])
        others = known[(again[:, side] * len(known)).astype(np.intp)]
        replaced[:, side] = np.where(present[places[:, side]], places[:, side], others)
    return replaced


def _by_size(t: Floats, drawn: Floats) -> Floats:
    """P values of each analyte alone, and stepped down (2, analytes): against the largest |t*|."""
    order = np.argsort(-np.abs(t), kind="stable")
    return _stepped(_shares(np.abs(drawn[:, order]), np.abs(t[order])), order)


def _by_tail(t: Floats, drawn: Floats) -> Floats:
    """The same with the tail that each t lies in at half the level."""
    order = np.argsort(-np.abs(t), kind="stable")
    ranked, size = drawn[:, order], np.abs(t[order])
    shares = np.where(t[order] < 0, _shares(-ranked, size), _shares(ranked, size))
    return _stepped(np.minimum(2 * shares, 1.0), order)


def _shares(ranked: Floats, size: Floats) -> Floats:
    """The share of draws that reach each statistic (2, analytes): by the analyte itself, and by the
    largest among it and those that rank behind it. The result itself counts as a draw.
    """
    largest = np.maximum.accumulate(ranked[:, ::-1], axis=1)[:, ::-1]
    threshold = size * (1 - TOLERANCE)
    counts = np.stack([ranked >= threshold, largest >= threshold]).sum(axis=1)
    return np.asarray((counts + 1) / (len(ranked) + 1))


def _stepped(p: Floats, order: Ints) -> Floats:
    """P values back in the order of the analytes; no adjusted one is below that of a larger
    statistic.
    """
    p[1] = np.maximum.accumulate(p[1])
    return p[:, np.argsort(order, kind="stable")]
