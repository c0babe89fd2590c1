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

    def value(self) -> float:
        """The objective of the order, by its definition."""
        return float((self.z * self.y).sum())

    def swap(self, a: int, b: int, covariance: Floats) -> None:
        """Exchange the items of two slots."""
        moved = covariance[:, b] - covariance[:, a]
        self.y += np.outer(moved, self.z[a] - self.z[b])
        _exchange(self.order, a, b)
        _exchange(self.z, a, b)


def _exchange(rows: Floats | Ints, a: int, b: int) -> None:
    """Two rows change places."""
    rows[[a, b]] = rows[[b, a]]


def annealed(
    covariance: Floats, weights: Floats, *, rng: Rng, search: Search | None = None
) -> Ints:
    """The item of each slot (slots,) in the best order that was met, from a random one.

    `covariance` (slots, slots); `weights` (items, contrasts) with as many items as slots, scaled so
    that random orders have an objective near 1.
    """
    search = search or Search()
    order = rng.permutation(len(covariance))
    state = _State(order, weights[order], covariance @ weights[order])
    value = lowest = state.value()
    best: Ints = order.copy()
    apart = _apart(covariance)
    for temperature in np.geomspace(search.warm, search.cold, search.steps):
        a, b, change = _drawn_swap(state, apart, float(temperature), rng)
        state.swap(a, b, covariance)
        value += change
        if value < lowest:
            best, lowest = state.order.copy(), value
    return best


def _apart(covariance: Floats) -> Floats:
    """The variance of the difference of every two slots (slots, slots)."""
    own = np.diag(covariance)
    return np.asarray(own[:, None] + own - 2 * covariance)


def _drawn_swap(
    state: _State, apart: Floats, temperature: float, rng: Rng
) -> tuple[int, int, float]:
    """The two slots whose items are swapped next, and what that changes."""
    slots = len(apart)
    rows = rng.choice(slots, min(_SET, slots), replace=False)
    change = _changes(state, apart, rows)
    at, b = _by_gumbel(change, temperature, rng)
    return int(rows[at]), b, float(change[at, b])


def _by_gumbel(change: Floats, temperature: float, rng: Rng) -> tuple[int, ...]:
    """The row and column of a change, drawn by the Gumbel trick."""
    noisy = change - temperature * rng.gumbel(size=change.shape)
    return tuple(map(int, np.unravel_index(noisy.argmin(), change.shape)))


def _changes(state: _State, apart: Floats, rows: Ints) -> Floats:
    """What each swap of the slots `rows` with any slot would change (rows, slots)."""
    linear = _linear(state, rows)
    return np.asarray(2 * linear + _squared(state.z, rows) * apart[rows])


def _linear(state: _State, rows: Ints) -> Floats:
    """d_c (y_cb - y_ca), summed over contrasts (rows, slots)."""
    z, y = state.z, state.y
    own = (z * y).sum(axis=1)
    crossed = z[rows] @ y.T + y[rows] @ z.T
    return np.asarray(crossed - own[rows][:, None] - own)


def _squared(z: Floats, rows: Ints) -> Floats:
    """d_c^2, summed over contrasts (rows, slots)."""
    squares = (z * z).sum(axis=1)
    return np.asarray(squares[rows][:, None] + squares - 2 * (z[rows] @ z.T))
