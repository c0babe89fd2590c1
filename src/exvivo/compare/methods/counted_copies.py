"""What a qPCR well says of the copies k expected in it, where copies are counted.

A well that holds N copies reads log2 N with an error e, both above what one copy reads. A run shows
readings from log2 n on, the copies n that show last. N is Poisson with mean k:

    a reading r:       Σ_N Poisson(N; k) N(r; log2 N, e²)
    not seen in time:  Σ_N Poisson(N; k) Φ((log2 n - log2 N) / e),  with N = 0 never seen

(Matz et al. 2013, doi 10.1371/journal.pone.0071448). Where a run is long enough for one copy
(n far below 1), a well that shows nothing held none, exp(-k); where it ended earlier, it held fewer
than n. Sums over many numbers take every so-many-th one: in u = 2 √N a Poisson number has a
standard deviation of 1, and a sum in steps h of such a smooth function is off by exp(-2 π² / h²).
"""

from __future__ import annotations

import math

import numpy as np

from exvivo.arrays import Floats

_LN2 = math.log(2.0)
_ERRORS = 7.0
"""Errors of a reading beyond which there is nothing (1e-12)."""
_EACH, _FEW = 200, 40.0
"""Numbers of copies up to which each is summed; copies up to which none is surely unseen."""
_STEP = 0.4
"""The step in 2 √N beyond."""
_CHANGE = 2 * math.sqrt(64.0)
"""Where the one sum passes over to the other, in 2 √N."""


def log_of_reading(copies: Floats, read: float, error: float) -> Floats:
    """Log probability of a reading (log2 copies), up to a constant, at each mean of `copies`."""
    numbers = _copy_numbers(read, error)
    reading = -0.5 * ((read - np.log2(numbers)) / error) ** 2
    return _log_counted(copies, numbers, reading)


def log_not_seen(copies: Floats, shown: float, error: float) -> Floats:
    """Log probability that a well is not seen in time, at each mean of `copies`; `shown` is log2 of
    the copies that show last (minus infinity: one copy is always seen).
    """
    from scipy.special import log_ndtr

    if shown < -_ERRORS * error:
        return np.asarray(-copies)
    least = _surely_unseen(shown, error)
    numbers, steps = _unseen_numbers(shown, error, least)
    with np.errstate(divide="ignore"):
        unseen = log_ndtr((shown - np.log2(numbers)) / error) + np.log(steps)
    logs = _log_counted(copies, numbers, unseen)
    return np.where(copies < least, 0.0, np.minimum(logs, 0.0))


def _surely_unseen(shown: float, error: float) -> float:
    """The mean up to which a well surely holds fewer copies than show: k + 7 √k = 2^(s - 7 e)
    by its root; 0 where that is few, for few copies scatter further.
    """
    most = 2.0 ** (shown - _ERRORS * error)
    root = math.sqrt(_ERRORS**2 / 4 + most) - _ERRORS / 2
    return root * root if most > _FEW else 0.0


def _unseen_numbers(shown: float, error: float, least: float) -> tuple[Floats, Floats]:
    """The numbers of copies that wells without a reading may hold where at least `least` are
    expected, and how many numbers each stands for. From each number to every so-many-th one the
    weights pass over smoothly.
    """
    from scipy.special import ndtr

    lowest = max(math.floor(least - _ERRORS * math.sqrt(least)), 0)
    highest = math.ceil(2.0 ** (shown + _ERRORS * error)) + 1
    if highest - lowest <= _EACH:
        each = np.arange(lowest, highest, dtype=np.float64)
        return each, np.ones_like(each)
    each = np.arange(min(lowest, _EACH), _EACH, dtype=np.float64)
    first = max(2 * math.sqrt(lowest), _CHANGE - _ERRORS)
    roots = np.arange(first, 2 * math.sqrt(highest), _STEP)
    weights = ndtr(_CHANGE - 2 * np.sqrt(each)), roots / 2 * _STEP * ndtr(roots - _CHANGE)
    return np.concatenate([each, roots**2 / 4]), np.concatenate(weights)


def _log_counted(copies: Floats, numbers: Floats, logs: Floats) -> Floats:
    """Log of Σ_N Poisson(N; k) times what `logs` say of each number, at each mean k."""
    from scipy.special import gammaln

    rates = np.log(np.maximum(copies, 1e-300))[:, None]
    terms = numbers * rates + (logs - gammaln(numbers + 1))
    highest = terms.max(axis=1)
    return np.asarray(highest + np.log(np.exp(terms - highest[:, None]).sum(axis=1)) - copies)


def _copy_numbers(read: float, error: float) -> Floats:
    """The numbers of copies within five errors of what was read."""
    fewest = max(int(2.0 ** (read - 5 * error)), 1)
    most = int(2.0 ** min(read + 5 * error, 8.0)) + 3
    return np.arange(fewest, most, dtype=np.float64)
