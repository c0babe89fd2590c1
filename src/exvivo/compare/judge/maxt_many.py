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
from functools import cached_property
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
    return _Kinds.of(family, first, draws)


@dataclass(frozen=True)
class _Side:
    """What draws are of the residuals of one side: `errors` (draws, donors, donors) is A_g, `i` and
    `j` are pairs of donors, `own` is where they stand in the order.
    """

    errors: Floats
    i: Ints
    j: Ints
    own: slice

    @classmethod
    def of(cls, draws: Draws, own: slice) -> _Side:
        """The draws of the donors of one side."""
        one, other = (np.eye(own.stop - own.start)[at[:, own] - own.start] for at in draws.places)
        errors = one + SMOOTHING * draws.signs[:, own, None] * other
        return cls(errors, *np.triu_indices(own.stop - own.start), own)

    @property
    def sizes(self) -> tuple[int, int]:
        """Draws and donors."""
        return self.errors.shape[0], self.errors.shape[1]

    def pairs(self, residuals: Floats) -> Floats:
        """The products r_i r_j (sets, pairs) of residuals (sets, donors)."""
        own = residuals[:, self.own]
        return np.asarray(own[:, self.i] * own[:, self.j])

    def q(self, *, centred: bool) -> Floats:
        """Σ e² (or Σ (e - mean)²) of the donors in terms of `pairs` (pairs, draws)."""
        squares = np.swapaxes(self.errors, 1, 2) @ self.errors
        if centred:
            sums = self.errors.sum(axis=1)
            squares -= sums[:, :, None] * sums[:, None, :] / self.sizes[1]
        # A pair of two donors stands twice in the sum.
        twice = np.where(self.i == self.j, 1.0, 2.0)
        return np.ascontiguousarray((squares[:, self.i, self.j] * twice).T)

    @cached_property
    def by_place(self) -> Floats:
        """A_g as (donors, draws times donors): what each place in the order adds to any sum."""
        return np.ascontiguousarray(np.swapaxes(self.errors, 0, 1)).reshape(self.sizes[1], -1)


def _sides(first: int, draws: Draws) -> tuple[_Side, _Side]:
    """Both sides of the draws."""
    whole = draws.signs.shape[1]
    return _Side.of(draws, slice(0, first)), _Side.of(draws, slice(first, whole))


@dataclass(frozen=True)
class _Products:
    """c (donors, draws), and q (pairs, draws) of both sides."""

    sides: tuple[_Side, _Side]
    c: Floats
    q: Floats

    @classmethod
    def of(cls, first: int, draws: Draws) -> _Products:
        """The products of the draws of two sides."""
        c, q = [], []
        sides = _sides(first, draws)
        for sign, side in zip((1.0, -1.0), sides, strict=True):
            n = side.sizes[1]
            c.append(sign * side.errors.mean(axis=1).T)
            q.append(side.q(centred=True) / (n * (n - 1)))
        return cls(sides, np.concatenate(c), np.concatenate(q))

    def statistics(self, residuals: Floats, rows: Ints) -> Floats:
        """By two products of matrices; the order of donors within a side changes nothing."""
        whole = residuals.reshape(-1, residuals.shape[2])
        pairs = np.concatenate([side.pairs(whole) for side in self.sides], axis=1)
        drawn = _over_error(whole @ self.c, pairs @ self.q)
        return drawn.reshape(*residuals.shape[:2], -1)


def _over_error(slopes: Floats, variance: Floats) -> Floats:
    """Slopes over the root of their variances, both used up."""
    np.maximum(variance, TOLERANCE**2, out=variance)
    np.sqrt(variance, out=variance)
    slopes /= variance
    return slopes


@dataclass(frozen=True)
class _Kinds:
    """Donors of one `kind` (donors,) weigh alike: `rows` are a donor of each kind, `sizes` say how
    many there are. With u_c the sum of the errors of the n_c donors of kind c, and v = Q Q'e, which
    is the same for all of them,

        b* = Σ_c w_c u_c
        s*² = Σ_i d_i (e_i - v_i)² = Σ_i d_i e_i² + Σ_c d_c v_c (n_c v_c - 2 u_c)

    `alike` are the analytes that one layout holds for.
    """

    alike: Sequence[tuple[Layout, list[int]]]
    sides: tuple[_Side, _Side]
    q: tuple[Floats, Floats]
    kind: Ints
    rows: Ints
    sizes: Ints

    @classmethod
    def of(cls, family: Sequence[Layout], first: int, draws: Draws) -> _Kinds:
        """The kinds of donors of a family."""
        told = np.column_stack([np.column_stack([own.basis, own.variances]) for own in family])
        _, rows, kind = np.unique(
            told.round(_DIGITS), axis=0, return_index=True, return_inverse=True
        )
        kind, sides = kind.reshape(-1), _sides(first, draws)
        q = (sides[0].q(centred=False), sides[1].q(centred=False))
        return cls(_alike(family), sides, q, kind, rows, np.bincount(kind))

    def statistics(self, residuals: Floats, rows: Ints) -> Floats:
        """Sums of squares by products of matrices, sums of kinds study by study."""
        whole = residuals.reshape(-1, residuals.shape[2])
        squares = [side.pairs(whole) @ q for side, q in zip(self.sides, self.q, strict=True)]
        both = np.stack([own.reshape(*residuals.shape[:2], -1) for own in squares])
        drawn = np.empty(both.shape[1:])
        for study, (own, order) in enumerate(zip(residuals, rows, strict=True)):
            sums = self._sums(own, self.kind[order])
            for layout, analytes in self.alike:
                own_squares = both[:, study, analytes]
                drawn[study, analytes] = self._of_layout(layout, sums[:, :, analytes], own_squares)
        return drawn

    def _sums(self, residuals: Floats, kind: Ints) -> Floats:
        """The u (kinds, draws, analytes) of one study, `kind` in the order of its donors."""
        sums = np.zeros((len(self.rows), self.sides[0].sizes[0], len(residuals)))
        for side in self.sides:
            own = np.unique(kind[side.own])
            marks = np.asarray(kind[side.own] == own[:, None], dtype=np.float64)
            added = (marks @ side.by_place).reshape(-1, side.sizes[1])
            sums[own] = (added @ residuals[:, side.own].T).reshape(len(own), -1, len(residuals))
        return sums

    def _of_layout(self, layout: Layout, u: Floats, squares: Floats) -> Floats:
        """T* (analytes, draws) from u and Σ e² of either side (2, analytes, draws)."""
        own, shape = layout.at(self.rows), u.shape[1:]
        u = u.reshape(len(u), -1)
        v = own.basis @ (own.basis.T @ u)
        rest = own.variances @ (v * (self.sizes[:, None] * v - 2 * u))
        of_sides = [own.variances[own.asked][0], own.variances[~own.asked][0]]
        variance = np.tensordot(of_sides, squares, axes=1) + rest.reshape(shape).T
        return _over_error((own.weights @ u).reshape(shape).T.copy(), variance)


def _alike(family: Sequence[Layout]) -> list[tuple[Layout, list[int]]]:
    """The analytes of each layout."""
    alike: list[tuple[Layout, list[int]]] = []
    for analyte, layout in enumerate(family):
        for other, analytes in alike:
            if np.array_equal(other.basis, layout.basis):
                analytes.append(analyte)
                break
        else:
            alike.append((layout, [analyte]))
    return alike


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
