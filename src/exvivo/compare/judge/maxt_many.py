"""Max T (`maxt`) of many studies of one design, each with the same donors: the same draws and
numbers.

Where nothing is held, donors of one side weigh alike, so the errors of a draw are the same sums of
residuals in every study. With r (donors,) the residuals of a study in the order in which donors are
drawn, and e_g = A_g r the errors that a draw gives the n_g donors of side g,

    b* = c'r,   c = A_1'1 / n_1 - A_2'1 / n_2
    s*² = Σ_g r'A_g' (I - 11'/n_g) A_g r / (n_g (n_g - 1)) = Σ_{i <= j} q_ij r_i r_j

c and q belong to the draw alone: all studies take two products of matrices. Where something is
held, the weight of a donor hangs on its place in the order, and studies are drawn one by one
(`_Kinds`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.compare.judge.maxt import (
    SMOOTHING,
    TOLERANCE,
    Draws,
    Layout,
    draws_of,
    layout_of,
    number_of,
    order_of,
)

_PLAIN = 2
"""Columns of a regression on a constant and the side."""
_DIGITS = 9
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
    everybody = np.ones(len(asked), np.bool_)
    layouts = [layout_of(everybody, asked, columns) for columns in held]
    family = [layout for layout in layouts if layout is not None]
    if not studies or len(family) < analytes:
        return np.full((studies, analytes), np.nan)
    first, number = int(asked.sum()), number_of(number, len(asked))
    drawing = _drawing_of(family, first, draws_of(first, len(asked) - first, number, seed))
    each = (values[at : at + _TOGETHER] for at in range(0, studies, _TOGETHER))
    return np.concatenate([_adjusted(own.swapaxes(1, 2), family, drawing) for own in each])


class _Drawing(Protocol):
    """What gives t* (studies, analytes, draws) of residuals (studies, analytes, donors) in the
    order in which donors are drawn, `rows` (studies, donors).
    """

    def statistics(self, residuals: Floats, rows: Ints) -> Floats: ...


def _drawing_of(family: Sequence[Layout], first: int, draws: Draws) -> _Drawing:
    """The short way where nothing is held, else the other."""
    if all(layout.basis.shape[1] == _PLAIN for layout in family):
        return _Products.of(first, draws)
    return _Kinds.of(family, draws)


@dataclass(frozen=True)
class _Products:
    """What draws are of any residuals: c (donors, draws), and q (pairs, draws) of the pairs `i` and
    `j` of donors of one side.
    """

    c: Floats
    q: Floats
    i: Ints
    j: Ints

    @classmethod
    def of(cls, first: int, draws: Draws) -> _Products:
        """The products of the draws of two sides."""
        second = draws.signs.shape[1] - first
        parts = [_side(draws, slice(0, first)), _side(draws, slice(first, first + second))]
        c = np.concatenate([parts[0][0], -parts[1][0]], axis=1)
        pairs = [np.triu_indices(n) for n in (first, second)]
        i, j = (np.concatenate([pairs[0][k], first + pairs[1][k]]) for k in (0, 1))
        q = np.concatenate([part[1] for part in parts], axis=1)
        return cls(np.ascontiguousarray(c.T), np.ascontiguousarray(q.T), i, j)

    def statistics(self, residuals: Floats, rows: Ints) -> Floats:
        """By two products of matrices; the order of donors within a side changes nothing."""
        whole = residuals.reshape(-1, residuals.shape[2])
        variance = (whole[:, self.i] * whole[:, self.j]) @ self.q
        return _over_error(whole @ self.c, variance).reshape(*residuals.shape[:2], -1)


def _over_error(slopes: Floats, variance: Floats) -> Floats:
    """Slopes over the root of their variances, both used up."""
    np.maximum(variance, TOLERANCE**2, out=variance)
    np.sqrt(variance, out=variance)
    slopes /= variance
    return slopes


@dataclass(frozen=True)
class _Kinds:
    """Donors of one `kind` (donors,) weigh alike: `rows` are a donor of each kind. With u_c the sum
    of the errors of the n_c donors of kind c, and v = Q Q'e, which is the same for all of them,

        b* = Σ_c w_c u_c
        s*² = Σ_i d_i (e_i - v_i)² = Σ_i d_i e_i² + Σ_c d_c v_c (n_c v_c - 2 u_c)
    """

    family: Sequence[Layout]
    draws: Draws
    kind: Ints
    rows: Ints

    @classmethod
    def of(cls, family: Sequence[Layout], draws: Draws) -> _Kinds:
        """The kinds of donors of a family."""
        columns = [np.column_stack([own.basis, own.variances]) for own in family]
        told = np.column_stack(columns).round(_DIGITS)
        _, rows, kind = np.unique(told, axis=0, return_index=True, return_inverse=True)
        return cls(family, draws, kind.reshape(-1), rows)

    def statistics(self, residuals: Floats, rows: Ints) -> Floats:
        """Study by study."""
        pairs = zip(residuals, rows, strict=True)
        return np.stack([self._of_study(own, order) for own, order in pairs])

    def _of_study(self, residuals: Floats, order: Ints) -> Floats:
        """T* (analytes, draws) of the residuals of one study."""
        r = np.ascontiguousarray(residuals.T)
        one, other = (r[places.T] for places in self.draws.places)
        other *= SMOOTHING * self.draws.signs.T[:, :, None]
        errors = np.add(one, other, out=one).reshape(len(r), -1)
        marks = self.kind[order] == np.arange(len(self.rows))[:, None]
        shape = (-1, len(self.draws.signs), residuals.shape[0])
        sums = (marks.astype(np.float64) @ errors).reshape(shape)
        np.square(errors, out=errors)
        squares = np.stack([own.variances[order] for own in self.family])
        return self._of_sums(sums, (squares @ errors).reshape(shape), marks.sum(axis=1))

    def _of_sums(self, sums: Floats, squares: Floats, sizes: Ints) -> Floats:
        """The same from u (kinds, draws, analytes) and Σ d e² (analytes, draws, analytes)."""
        drawn = []
        for analyte, layout in enumerate(self.family):
            own, u = layout.at(self.rows), sums[..., analyte]
            v = own.basis @ (own.basis.T @ u)
            rest = own.variances @ (v * (sizes[:, None] * v - 2 * u))
            drawn.append(_over_error(own.weights @ u, squares[analyte, :, analyte] + rest))
        return np.stack(drawn)


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


def _adjusted(values: Floats, family: Sequence[Layout], drawing: _Drawing) -> Floats:
    """The adjusted p values of some studies (studies, analytes, donors)."""
    t, residuals = np.empty(values.shape[:2]), np.empty(values.shape)
    for analyte, layout in enumerate(family):
        y = layout.standardised(values[:, analyte])
        t[:, analyte], residuals[:, analyte] = layout.statistics(y), layout.residuals(y)
    rows = order_of(residuals, family[0].asked)
    ranked = np.argsort(-np.abs(t), axis=1, kind="stable")
    drawn = drawing.statistics(np.take_along_axis(residuals, rows[:, None, :], axis=2), rows)
    drawn = np.take_along_axis(drawn, ranked[..., None], axis=1)
    p = _stepped_down(np.take_along_axis(t, ranked, axis=1), drawn)
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
