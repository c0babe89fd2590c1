"""Max T (`maxt`) of many studies of one design, each with the same donors: the same draws and
numbers.

Where nothing is held, donors of one side weigh alike, so the errors of a draw are the same sums of
residuals in every study. With r (donors,) the residuals of a study in the order in which donors are
drawn, and e_g = A_g r the errors that a draw gives the n_g donors of side g,

    b* = c'r,   c = A_1'1 / n_1 - A_2'1 / n_2
    s*² = Σ_g r'A_g' (I - 11'/n_g) A_g r / (n_g (n_g - 1)) = Σ_{i <= j} q_ij r_i r_j

c and q belong to the draw alone: all studies take two products of matrices. Where something is
held, the weight of a donor hangs on its place in the order, and studies are drawn one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.judge.maxt import (
    SMOOTHING,
    TOLERANCE,
    Draws,
    Layout,
    draws_of,
    layout_of,
    max_t,
    number_of,
    order_of,
)

_TOGETHER = 128
"""Studies that are drawn for in one product."""


def max_t_of_many(
    values: Floats, asked: Bools, held: Sequence[Floats], *, number: int, seed: int
) -> Floats:
    """The adjusted p values (studies, analytes) of families of analytes, `values` (studies, donors,
    analytes), as `max_t` gives them for each study.

    `asked` (donors,) marks the donors of the first side, `held` are the columns (donors, k) held
    beside it, one array an analyte.
    """
    studies, _, analytes = values.shape
    if not studies:
        return np.empty((0, analytes))
    if any(columns.shape[1] for columns in held):
        return _one_by_one(values, asked, held, number, seed)
    layout = layout_of(np.ones(len(asked), np.bool_), asked, np.empty((len(asked), 0)))
    if layout is None:
        return np.full((studies, analytes), np.nan)
    first, number = int(asked.sum()), number_of(number, len(asked))
    draws = _products(first, len(asked) - first, number, seed)
    each = (values[at : at + _TOGETHER] for at in range(0, studies, _TOGETHER))
    return np.concatenate([_adjusted(own.swapaxes(1, 2), layout, draws) for own in each])


def _one_by_one(
    values: Floats, asked: Bools, held: Sequence[Floats], number: int, seed: int
) -> Floats:
    """The same study by study."""
    columns = np.zeros((len(held), len(asked), max(own.shape[1] for own in held)))
    for analyte, own in enumerate(held):
        columns[analyte, :, : own.shape[1]] = own
    families = (max_t(own, asked, columns, number=number, seed=seed) for own in values)
    return np.stack([family.adjusted for family in families])


@dataclass(frozen=True)
class _Products:
    """What draws are of any residuals: c (donors, draws), and q (pairs, draws) of the pairs `i` and
    `j` of donors of one side.
    """

    c: Floats
    q: Floats
    i: Ints
    j: Ints

    def statistics(self, residuals: Floats) -> Floats:
        """t* (..., draws) of residuals (..., donors)."""
        variance = (residuals[..., self.i] * residuals[..., self.j]) @ self.q
        np.maximum(variance, TOLERANCE**2, out=variance)
        np.sqrt(variance, out=variance)
        slopes = residuals @ self.c
        slopes /= variance
        return np.asarray(slopes)


@lru_cache(maxsize=4)
def _products(first: int, second: int, number: int, seed: int) -> _Products:
    """The products of the draws of two sides."""
    draws = draws_of(first, second, number, seed)
    parts = [_side(draws, slice(0, first)), _side(draws, slice(first, first + second))]
    c = np.concatenate([parts[0][0], -parts[1][0]], axis=1)
    pairs = [np.triu_indices(n) for n in (first, second)]
    i, j = (np.concatenate([pairs[0][k], first + pairs[1][k]]) for k in (0, 1))
    q = np.concatenate([part[1] for part in parts], axis=1)
    return _Products(np.ascontiguousarray(c.T), np.ascontiguousarray(q.T), i, j)


def _side(draws: Draws, own: slice) -> tuple[Floats, Floats]:
    """The c (draws, donors) and q (draws, pairs) of one side."""
    n = own.stop - own.start
    one, other = (np.eye(n)[places[:, own] - own.start] for places in draws.places)
    errors = one + SMOOTHING * draws.signs[:, own, None] * other
    c = errors.mean(axis=1)
    squares = np.swapaxes(errors, 1, 2) @ errors - n * c[:, :, None] * c[:, None, :]
    i, j = np.triu_indices(n)
    # A pair of two donors stands twice in the sum.
    q = squares[:, i, j] * np.where(i == j, 1.0, 2.0) / (n * (n - 1))
    return c, q


def _adjusted(values: Floats, layout: Layout, draws: _Products) -> Floats:
    """The adjusted p values of some studies (studies, analytes, donors)."""
    y = layout.standardised(values)
    t = layout.statistics(y.reshape(-1, y.shape[2])).reshape(y.shape[:2])
    residuals = layout.residuals(y)
    donors = order_of(residuals, layout.asked)[:, None, :]
    ranked = np.argsort(-np.abs(t), axis=1, kind="stable")
    residuals = np.take_along_axis(residuals, donors, axis=2)
    residuals = np.take_along_axis(residuals, ranked[..., None], axis=1)
    p = _stepped_down(np.take_along_axis(t, ranked, axis=1), draws.statistics(residuals))
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, ranked, p, axis=1)
    return adjusted


def _stepped_down(t: Floats, drawn: Floats) -> Floats:
    """The adjusted p values of statistics (studies, analytes) from the largest |t| down, `drawn`
    (studies, analytes, draws) in the same order: the larger of those by size and by tail.
    """
    number, threshold = drawn.shape[2], (np.abs(t) * (1 - TOLERANCE))[..., None]
    largest, smallest = drawn, drawn.copy()
    for rank in reversed(range(t.shape[1] - 1)):
        np.maximum(largest[:, rank], largest[:, rank + 1], out=largest[:, rank])
        np.minimum(smallest[:, rank], smallest[:, rank + 1], out=smallest[:, rank])
    above, below = largest >= threshold, smallest <= -threshold
    own = np.where(t < 0, below.sum(axis=2), above.sum(axis=2))
    either = (above | below).sum(axis=2)
    by_size, by_tail = ((count + 1) / (number + 1) for count in (either, own))
    p = [np.maximum.accumulate(each, axis=1) for each in (by_size, np.minimum(2 * by_tail, 1.0))]
    return np.maximum(*p)
