"""How far a slope of least squares may be off when the errors of one donor are related in any way.

A regression of v on u over the results of several donors, with levels of donors and other columns
held. With H the projection on all columns (u among them) and e = (I - H) v, the slope's variance is
estimated donor by donor:

    Σ s_i²,   s_i = l_i' e_i,   l_i = (I - H)_ii^(-1/2) u_i / u'u

(CR2: Bell and McCaffrey 2002, Survey Methodology 28, 169; with levels of donors: Pustejovsky and
Tipton 2018, doi 10.1080/07350015.2016.1247004). It is right in the mean where errors are equal and
independent, and holds in large samples where they are not.
Its degrees of freedom are those that Satterthwaite's rule gives where errors are equal and
independent: with P_ij = l_i' (I - H)_ij l_j,

    df = (Σ P_ii)² / Σ P_ij²

When not to use: with fewer than five donors, or where one donor tells nearly all of u: then the
degrees of freedom are few and the interval says little.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from exvivo.arrays import Floats, Ints

_NO_ROOM = 1e-9
"""An eigenvalue of I - H that is smaller is 0: what is left there is rounding."""


def clustered(u: Floats, v: Floats, held: Floats, donors: Sequence[Ints]) -> tuple[Floats, float]:
    """What each donor adds to the slope of v on u, and the degrees of freedom of the sum of their
    squares.

    u and v (results,) have length 1 and nothing of the donors' levels and of `held` left in them;
    `held` (results, columns) is orthonormal, with the donors' levels taken out; `donors` are the
    rows of the donors with one number of results, of two, and so on, each (donors, results).
    """
    residuals, columns = v - (u @ v) * u, np.column_stack([held, u])
    added, own, seen = [], [], []
    for rows in donors:
        each = _adjusted(u[rows], columns[rows])
        added.append((each * residuals[rows]).sum(axis=1))
        own.append((each * (each - each.mean(axis=1, keepdims=True))).sum(axis=1))
        seen.append((each[:, :, None] * columns[rows]).sum(axis=1))
    return np.concatenate(added), _df(np.concatenate(own), np.concatenate(seen))


def _adjusted(u: Floats, columns: Floats) -> Floats:
    """The inverse square root of each donor's block of I - H, after Moore and Penrose, times u
    (donors, results); columns (donors, results, columns).
    """
    results = u.shape[1]
    blocks = np.eye(results) - 1 / results - columns @ columns.transpose(0, 2, 1)
    values, vectors = np.linalg.eigh(blocks)
    free = values > _NO_ROOM
    sizes = np.where(free, 1 / np.sqrt(np.where(free, values, 1.0)), 0.0)
    along = (vectors * u[:, :, None]).sum(axis=1)
    return np.asarray((vectors * (sizes * along)[:, None, :]).sum(axis=2))


def _df(own: Floats, seen: Floats) -> float:
    """The degrees of freedom by P = diag(own) - seen seen', of which only the trace and the sum of
    squares are needed.
    """
    inner = seen.T @ seen
    squares = own @ own - 2 * own @ np.square(seen).sum(axis=1) + np.square(inner).sum()
    return float((own.sum() - np.trace(inner)) ** 2 / squares)
