"""Newton's method for several small problems at once, with Hessians from differences of gradients.

A Hessian is kept as long as steps with it shrink the decrement (the gain that a step promises)
fast enough; where it is not negative definite, the signs of its eigenvalues are turned (Nocedal and
Wright 2006, section 3.4). Steps are halved until they lead up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints

Objective = Callable[[Floats, Ints], tuple[Floats, Floats]]
"""Values (n,) and gradients (n, parameters) at some vectors (n, parameters) of the problems with
these places (n,).
"""
_MOST_STEPS, _MOST_HALVED = 80, 12
_CLOSE = 1e-14
"""The decrement at which a maximum is reached: 1e-7 of a standard error."""
_SLOW = 0.05
"""The share of the last decrement above which the Hessian is made again."""
DIFFERENCE = 1e-5
"""The step of a difference of gradients."""
_ROUNDING = 1e-12
_FLATTEST = 1e-10


@dataclass
class Maxima:
    """Maxima of some problems: `at` (problems, parameters), `values` (problems,), `gradients` and
    the `hessians` last used; `converged` (problems,) where a maximum was reached.
    """

    at: Floats
    values: Floats
    gradients: Floats
    hessians: Floats
    converged: Bools


def maximise(
    objective: Objective,
    start: Floats,
    *,
    hessians: Floats | None = None,
    fixed: int | None = None,
    close: float = _CLOSE,
) -> Maxima:
    """The maxima from `start` (problems, parameters); `fixed` is a parameter that stays."""
    every = np.arange(len(start))
    values, gradients = objective(start, every)
    kept = hessians is not None
    if hessians is None:
        hessians = _hessians(objective, start, gradients, every)
    now = Maxima(start.copy(), values, gradients, hessians, np.zeros(len(start), np.bool_))
    last = np.full(len(start), np.inf)
    for _ in range(_MOST_STEPS):
        open_ = np.flatnonzero(~now.converged)
        if not len(open_):
            break
        steps, decrements = _steps(now, open_, fixed)
        slow = (decrements > _SLOW * last[open_]) & (decrements > close)
        if kept and slow.any():
            _renew(objective, now, open_[slow])
            steps, decrements = _steps(now, open_, fixed)
        kept = True
        last[open_] = decrements
        now.converged[open_] = decrements < close
        _climb(objective, now, open_, steps)
    return now


def _renew(objective: Objective, now: Maxima, which: Ints) -> None:
    """Makes the Hessians of some problems again where they are."""
    now.hessians[which] = _hessians(objective, now.at[which], now.gradients[which], which)


def _hessians(objective: Objective, at: Floats, gradients: Floats, which: Ints) -> Floats:
    """Hessians (problems, parameters, parameters) by differences of gradients."""
    problems, parameters = at.shape
    moved = at[:, None, :] + DIFFERENCE * np.eye(parameters)
    _, there = objective(moved.reshape(-1, parameters), np.repeat(which, parameters))
    slopes = (there.reshape(problems, parameters, parameters) - gradients[:, None, :]) / DIFFERENCE
    return np.asarray((slopes + np.swapaxes(slopes, 1, 2)) / 2)


def _steps(now: Maxima, which: Ints, fixed: int | None) -> tuple[Floats, Floats]:
    """Newton's steps (problems, parameters) and their decrements (problems,)."""
    gradients, hessians = now.gradients[which].copy(), now.hessians[which].copy()
    if fixed is not None:
        gradients[:, fixed] = hessians[:, fixed, :] = hessians[:, :, fixed] = 0.0
        hessians[:, fixed, fixed] = -1.0
    values, vectors = np.linalg.eigh(-hessians)
    steep = np.abs(values).max(axis=1, keepdims=True)
    values = np.maximum(np.abs(values), _FLATTEST * steep)
    along = np.einsum("bij,bi->bj", vectors, gradients)
    steps = np.einsum("bij,bj->bi", vectors, along / values)
    return steps, np.asarray((gradients * steps).sum(axis=1))


def _climb(objective: Objective, now: Maxima, which: Ints, steps: Floats) -> None:
    """Takes as much of each step as leads up; nothing where none does."""
    size = np.ones(len(which))
    left = np.arange(len(which))
    for _ in range(_MOST_HALVED):
        places = which[left]
        there = now.at[places] + size[left, None] * steps[left]
        values, gradients = objective(there, places)
        better = values >= now.values[places] - _ROUNDING * (1 + np.abs(values))
        chosen = places[better]
        now.at[chosen], now.values[chosen] = there[better], values[better]
        now.gradients[chosen] = gradients[better]
        left = left[~better]
        if not len(left):
            return
        size[left] /= 3
    # Nothing leads up any more: a maximum, as far as rounding lets it be seen.
    now.converged[which[left]] = True
