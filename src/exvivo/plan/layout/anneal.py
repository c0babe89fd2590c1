"""Simulated annealing of items over slots, by exact algebra: what each possible swap would change
is computed at once.

Model: slots have a covariance K (slots, slots), items have weights z_c in each of some contrasts
(items, contrasts; 0 for an empty slot). With y_c = K z_c the objective is sum_c z_c' y_c. Swapping
the items of slots a and b, which differ by d_c = z_ca - z_cb, changes it by

::

    sum_c 2 d_c (y_cb - y_ca) + d_c^2 (K_aa + K_bb - 2 K_ab)

In each step one swap is drawn from all of a random set of slots with every other slot, with
probability proportional to exp(-change / temperature) (the Gumbel trick), so no proposal is wasted:
Metropolis' dynamics without its rejections (Bortz, Kalos and Lebowitz 1975,
doi 10.1016/0021-9991(75)90060-1). The temperature falls geometrically; the best order that was met
is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats, Ints

_SET = 16
"""Slots whose swaps are looked at in one step."""
_WARM, _COLD = 3e-2, 1e-5
"""First and last temperature, in parts of what random orders have on average."""

Rng = np.random.Generator


@dataclass(frozen=True)
class Search:
    """How long is searched: `steps` swaps, each the best or nearly the best of hundreds."""

    steps: int = 600
    warm: float = _WARM
    cold: float = _COLD


@dataclass
class _State:
    """An order of items (slots,): weights in this order, and what goes with them."""

    order: Ints
    z: Floats
    y: Floats

    def swap(self, a: int, b: int, covariance: Floats) -> None:
        """Exchange the items of two slots."""
        self.y += np.outer(covariance[:, b] - covariance[:, a], self.z[a] - self.z[b])
        self.order[[a, b]] = self.order[[b, a]]
        self.z[[a, b]] = self.z[[b, a]]


def annealed(
    covariance: Floats, weights: Floats, *, rng: Rng, search: Search | None = None
) -> Ints:
    """The item of each slot (slots,) in the best order that was met, from a random one.

    `covariance` (slots, slots); `weights` (items, contrasts) with as many items as slots, scaled so
    that random orders have an objective near 1.
    """
    search = search or Search()
    slots = len(covariance)
    order = rng.permutation(slots)
    state = _State(order, weights[order], covariance @ weights[order])
    own = np.diag(covariance)
    apart = own[:, None] + own - 2 * covariance
    value = float((state.z * state.y).sum())
    best: Ints = order.copy()
    lowest = value
    size = min(_SET, slots)
    for temperature in np.geomspace(search.warm, search.cold, search.steps):
        rows = rng.choice(slots, size, replace=False)
        change = _changes(state, apart, rows)
        noisy = change - temperature * rng.gumbel(size=change.shape)
        at, b = divmod(int(noisy.argmin()), slots)
        state.swap(int(rows[at]), b, covariance)
        value += float(change[at, b])
        if value < lowest:
            best, lowest = state.order.copy(), value
    return best


def _changes(state: _State, apart: Floats, rows: Ints) -> Floats:
    """What each swap of the slots `rows` with any slot would change (rows, slots)."""
    z, y = state.z, state.y
    own = (z * y).sum(axis=1)
    squares = (z * z).sum(axis=1)
    linear = z[rows] @ y.T + y[rows] @ z.T - own[rows][:, None] - own
    square = squares[rows][:, None] + squares - 2 * (z[rows] @ z.T)
    return np.asarray(2 * linear + square * apart[rows])
