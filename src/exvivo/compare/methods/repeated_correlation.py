"""Do two measurements move together within donors, beyond what all donors share at a visit?

Results x and scores y of donors i at visits v, with further columns H held (plates, say):

    y_iv = a_i + g_v + H_iv c + β x_iv + e_iv

A donor's errors e_iv may be related in any way and differ in size; the donor's own slope around β
is such an error. What donors, visits and H tell is taken out of both sides by least squares
(two-way; visits may be missing). Of the rests, each of length 1, u and v,

    r = u'v
    ψ_i = ½ (u_i' A_i (v_i - r u_i) + v_i' B_i (u_i - r v_i))
    z = atanh(r),   s² = Σ ψ_i² / (1 - r²)²
    interval tanh(z ± t(1 - α/2, df) s), p value of z / s with df degrees of freedom

ψ_i is what donor i adds to r. A_i and B_i correct for what the fit took (CR2, `cluster_robust`), in
the regression of v on u and in that of u on v; df is the smaller of the two. With two visits r is
Pearson's coefficient of the changes. Fisher's scale with a robust variance was chosen by simulation
(docs/methods/change.md): the two regressions' own intervals disagree with one another, and reject
too often where donors have skewed slopes of their own.

When not to use: with fewer than five donors; where few donors move and the others do not, the
degrees of freedom are few. A cause that differs between donors and moves over visits is not held.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from exvivo.arrays import Floats, Ints
from exvivo.compare.estimate import Estimate, NotEstimable
from exvivo.compare.methods.cluster_robust import clustered
from exvivo.compare.methods.correlation import PERFECT, correlation
from exvivo.compare.methods.intervals import critical_t, student_p
from exvivo.findings import Caveat

Labels = npt.NDArray[np.generic]
"""Names of donors or visits, one a result."""
_NOTHING = 1e-10
"""The share of a side's size below which what is left of it is rounding."""


@dataclass(frozen=True)
class Terms:
    """What is taken out of both sides: the level of each donor, and orthonormal columns (results,
    columns) that tell visits and whatever else is held.

    `donors` are the rows of the donors with one number of results, of two, and so on, each (donors,
    results).
    """

    donors: tuple[Ints, ...]
    held: Floats

    @property
    def levels(self) -> int:
        """The number of donors."""
        return sum(map(len, self.donors))

    @property
    def count(self) -> int:
        """The number of independent columns, the donors' levels among them."""
        return self.levels + int(self.held.shape[1])

    def rest(self, values: Floats) -> Floats:
        """What the terms do not tell of values (results,)."""
        values = within(values, self.donors)
        return np.asarray(values - self.held @ (self.held.T @ values))


def repeated(
    x: Floats,
    y: Floats,
    donors: Labels,
    visits: Labels,
    held: Floats | None = None,
    *,
    alpha: float,
) -> Estimate:
    """The correlation of x and y within donors, with donors, visits and `held` (results, columns)
    taken out; all arrays (results,).

    Raises NotEstimable (a ValueError) where fewer than two degrees of freedom are left, or nothing
    varies within donors beyond what they share.
    """
    terms = terms_of(donors, visits, held)
    if len(x) - terms.count - 1 < 2:
        few = {"results": len(x), "donors": terms.levels}
        raise NotEstimable(Caveat("nothing_within_donors", few))
    u, v = _unit(x, terms), _unit(y, terms)
    if abs(float(u @ v)) >= PERFECT:
        return correlation(u, v, alpha=alpha, method="pearson", adjusted=terms.count - 1)
    return _robust(u, v, terms, alpha)


def terms_of(donors: Labels, visits: Labels, held: Floats | None = None) -> Terms:
    """The terms of results by donor and visit."""
    rows = _rows(donors)
    _, visit = np.unique(visits, return_inverse=True)
    columns = np.asarray(visit[:, None] == np.arange(visit.max() + 1), dtype=np.float64)
    if held is not None:
        columns = np.column_stack([columns, held])
    basis, sizes, _ = np.linalg.svd(within(columns, rows), full_matrices=False)
    return Terms(rows, basis[:, sizes > _NOTHING * sizes.max(initial=0.0)])


def _rows(donors: Labels) -> tuple[Ints, ...]:
    """The rows of the donors with each number of results."""
    _, at, counts = np.unique(donors, return_inverse=True, return_counts=True)
    order = np.argsort(at, kind="stable")
    alike = ((number, order[counts[at[order]] == number]) for number in np.unique(counts))
    return tuple(rows.reshape(-1, number) for number, rows in alike)


def within(values: Floats, donors: tuple[Ints, ...]) -> Floats:
    """Values (results, ...) less the mean of their donor."""
    rest = np.array(values, dtype=np.float64)
    for rows in donors:
        rest[rows] -= rest[rows].mean(axis=1, keepdims=True)
    return rest


def _unit(values: Floats, terms: Terms) -> Floats:
    """What the terms leave of values, with length 1. Raises NotEstimable where they leave
    nothing.
    """
    size = float(np.linalg.norm(values))
    if np.linalg.norm(within(values, terms.donors)) <= _NOTHING * size:
        raise NotEstimable(Caveat("constant_within_donors"))
    rest = terms.rest(values)
    length = float(np.linalg.norm(rest))
    if length <= _NOTHING * size:
        raise NotEstimable(Caveat("changed_alike"))
    return np.asarray(rest / length)


def _robust(u: Floats, v: Floats, terms: Terms, alpha: float) -> Estimate:
    """The coefficient of two unit vectors, its interval and p value on Fisher's scale."""
    r = float(u @ v)
    first, first_df = clustered(u, v, terms.held, terms.donors)
    second, second_df = clustered(v, u, terms.held, terms.donors)
    error = float(np.linalg.norm(first + second)) / 2 / (1 - r * r)
    z, df = float(np.arctanh(r)), min(first_df, second_df)
    half_width = critical_t(df, alpha) * error
    p = student_p(z / error, df) if error > 0 else 0.0
    return Estimate(r, float(np.tanh(z - half_width)), float(np.tanh(z + half_width)), p)
