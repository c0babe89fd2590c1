"""Newton's method for several small problems at once, with Hessians from differences of gradients.

Hessians are made at every step (`fresh`), or kept as long as steps with them shrink the decrement
(the gain that a step promises) fast enough, which pays where many problems are alike. Where one is
not negative definite, the signs of its eigenvalues are turned (Nocedal and Wright 2006, section
3.4). Steps are shortened until they lead up.
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
_MOST_STEPS, _MOST_SHORTENED = 80, 10
CLOSE = 1e-13
"""The decrement at which a maximum is reached: 3e-7 of a standard error."""
_SLOW = 0.1
"""The share of the last decrement above which the Hessian is made again."""
DIFFERENCE = 1e-5
"""The step of a difference of gradients."""
_ROUNDING = 1e-12
_FLATTEST = 1e-10


@dataclass
class Maxima:
    """Maxima of some problems: `at` (problems, parameters), `values` (problems,), `gradients`, and
    the `curvatures` last used; `converged` (problems,) where a maximum was reached.

    Curvatures (problems, parameters, parameters) are inverses of minus the Hessian.
    """

    at: Floats
    values: Floats
    gradients: Floats
    curvatures: Floats
    converged: Bools


@dataclass(frozen=True)
class Problems:
    """What is maximised; how far a step may move each parameter (`reach`, infinite where far), and
    the place of one that is `fixed`; whether Hessians are made `fresh` at every step, and the
    decrement that is `close` enough.
    """

    objective: Objective
    reach: Floats
    fixed: int | None = None
    fresh: bool = True
    close: float = CLOSE

    def with_curvatures(self, at: Floats, which: Ints) -> tuple[Floats, Floats, Floats]:
        """Values, gradients and curvatures of some problems, in one go."""
        problems, parameters = at.shape
        moves = np.vstack([np.zeros(parameters), DIFFERENCE * np.eye(parameters)])
        moved = (at[:, None, :] + moves).reshape(-1, parameters)
        values, gradients = self.objective(moved, np.repeat(which, parameters + 1))
        gradients = gradients.reshape(problems, parameters + 1, parameters)
        slopes = (gradients[:, 1:] - gradients[:, :1]) / DIFFERENCE
        curvatures = inverses_of((slopes + np.swapaxes(slopes, 1, 2)) / 2, self.fixed)
        return values[:: parameters + 1], gradients[:, 0], curvatures


def maximise(problems: Problems, start: Floats, curvatures: Floats | None = None) -> Maxima:
    """The maxima from `start` (problems, parameters), with first curvatures where they are known
    (rows and columns of a fixed parameter 0).
    """
    every = np.arange(len(start))
    if curvatures is None:
        values, gradients, curvatures = problems.with_curvatures(start, every)
    else:
        values, gradients = problems.objective(start, every)
    now = Maxima(start.copy(), values, gradients, curvatures, np.zeros(len(start), np.bool_))
    last = np.full(len(start), np.inf)
    for _ in range(_MOST_STEPS):
        left = np.flatnonzero(~now.converged)
        if not len(left):
            break
        steps, decrements = _steps(problems, now, left)
        slow = (decrements > _SLOW * last[left]) & (decrements > problems.close)
        if not problems.fresh and slow.any():
            chosen = left[slow]
            now.curvatures[chosen] = problems.with_curvatures(now.at[chosen], chosen)[2]
            steps, decrements = _steps(problems, now, left)
        last[left] = decrements
        now.converged[left] = decrements < problems.close
        _climb(problems, now, left, steps)
    return now


def inverses_of(hessians: Floats, fixed: int | None = None) -> Floats:
    """Inverses of minus some Hessians, the signs of wrong eigenvalues turned."""
    turned = -hessians
    if fixed is not None:
        turned[:, fixed, :] = turned[:, :, fixed] = 0.0
        turned[:, fixed, fixed] = 1.0
    values, vectors = np.linalg.eigh(turned)
    steepest = np.abs(values).max(axis=1, keepdims=True)
    values = np.maximum(np.abs(values), _FLATTEST * steepest)
    inverses = (vectors / values[:, None, :]) @ np.swapaxes(vectors, 1, 2)
    if fixed is not None:
        inverses[:, fixed, :] = inverses[:, :, fixed] = 0.0
    return np.asarray(inverses)


def _steps(problems: Problems, now: Maxima, which: Ints) -> tuple[Floats, Floats]:
    """Newton's steps (problems, parameters), no longer than their reach, and the decrements of the
    whole ones (problems,).
    """
    gradients = now.gradients[which]
    steps = np.einsum("bij,bj->bi", now.curvatures[which], gradients)
    too_long = np.abs(steps / problems.reach).max(axis=1, keepdims=True)
    return steps / np.maximum(too_long, 1.0), np.asarray((gradients * steps).sum(axis=1))


def _climb(problems: Problems, now: Maxima, which: Ints, steps: Floats) -> None:
    """Takes as much of each step as leads up; nothing where none does."""
    left = np.arange(len(which))
    for shortened in range(_MOST_SHORTENED):
        places = which[left]
        there = now.at[places] + steps[left] / 3.0**shortened
        curvatures = None
        if problems.fresh and not now.converged[places].all():
            values, gradients, curvatures = problems.with_curvatures(there, places)
        else:
            values, gradients = problems.objective(there, places)
        better = values >= now.values[places] - _ROUNDING * (1 + np.abs(values))
        chosen = places[better]
        now.at[chosen], now.values[chosen] = there[better], values[better]
        now.gradients[chosen] = gradients[better]
        if curvatures is not None:
            now.curvatures[chosen] = curvatures[better]
        left = left[~better]
        if not len(left):
            return
    # Nothing leads up any more: a maximum, as far as rounding lets it be seen.
    now.converged[which[left]] = True
