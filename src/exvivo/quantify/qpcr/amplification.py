"""Does a curve amplify? A phase of exponential growth must explain it better than any drift.

Around the cycle at which a curve accelerates most, two families of shapes are fitted, each beside a
straight line of its own. Growth: with x = E^cycle, x / (1 + k x), slowed in proportion to what is
there (Rutledge 2008, doi 10.1093/nar/gnh177), or log(1 + k x) / k, which goes on in a straight line
and never levels. Drift: a step, a ramp, a line that bends, an approach to saturation, a parabola.
The curve grows where growth leaves far less than drift does, beyond the noise. Each curve is judged
by its own shape; no other well of the plate enters. A short window serves curves that fall after
their rise, a long one those that rise slowly.

The limits were set on simulated empty wells and on the real wells of seven instruments (`python -m
benchmarks qpcr` shows what they give there).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints

SHARE = 0.5
"""Growth must leave less than this share of the squares that the best drift leaves, or no more
than noise does ...
"""
NOISE_SQUARES = 2.0
"""... which is this many times the variance of a reading, for each reading ..."""
GAIN = 20.0
"""... and in any case fewer than drift by this many times the variance of a reading."""

_BEFORE = 11
"""Cycles of a window before the one that accelerates most."""
_EFFICIENCIES = (1.35, 1.5, 1.65, 1.8, 1.95, 2.1, 2.3)
_SLOWINGS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
_RAMPS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15)
"""Cycles that a step or ramp takes; the longest do not end in a window: a line that bends."""
_APPROACHES = (1.0, 2.0, 3.5, 6.0, 12.0)
"""Time constants of an approach to saturation, in cycles."""
_FLAT = 1e-9
"""A shape of which a straight line leaves less than this share says nothing of its own."""


@dataclass(frozen=True, slots=True)
class _Window:
    """Cycles from the one that accelerates most, `offset` (w,), with the shapes of growth and of
    drift there, (shapes, w).
    """

    offset: Floats
    growths: Floats
    drifts: Floats


def _growths(offset: Floats, *, unending: bool) -> Floats:
    """Pure growth, growth that levels, and, if asked for, growth that goes on in a line."""
    shapes = []
    for efficiency in _EFFICIENCIES:
        x = efficiency**offset
        shapes += [x, *(x / (1 + slowing * x) for slowing in _SLOWINGS)]
        shapes += [np.log1p(slowing * x) / slowing for slowing in _SLOWINGS if unending]
    return np.array(shapes)


def _drifts(offset: Floats) -> Floats:
    since = offset - offset[0]
    ramps = [np.clip((since - start) / cycles, 0, 1) for cycles in _RAMPS for start in since[:-1]]
    return np.array([*ramps, *(np.exp(-since / cycles) for cycles in _APPROACHES), offset**2])


def _window(after: int, *, unending: bool) -> _Window:
    offset = np.arange(-_BEFORE, after + 1, dtype=np.float64)
    return _Window(offset, _growths(offset, unending=unending), _drifts(offset))


_WINDOWS = (_window(4, unending=False), _window(8, unending=True))


def grows(curve: Floats, peak: Ints, noise: Floats) -> Bools:
    """Whether each curve (n, c) grows exponentially around column `peak` (n,), where it accelerates
    most.

    `noise` (n,) is the standard deviation of a reading, in the units of the curve; a reading is NaN
    where a cycle was not recorded.
    """
    grown = np.zeros(len(curve), dtype=bool)
    for window in _WINDOWS:
        grown |= _grows_in(window, curve, peak, noise)
    return grown


def _grows_in(window: _Window, curve: Floats, peak: Ints, noise: Floats) -> Bools:
    reading, recorded = _readings(window, curve, peak)
    scale = np.maximum(np.abs(reading).max(axis=1, initial=0.0), 1e-300)
    growth, drift = _left_over(window, reading / scale[:, None], recorded)
    variance = (noise / scale) ** 2
    fits = growth < NOISE_SQUARES * variance * recorded.sum(axis=1)
    better = drift - growth > GAIN * variance
    return np.asarray(better & (fits | (growth < SHARE * drift)))


def _readings(window: _Window, curve: Floats, peak: Ints) -> tuple[Floats, Bools]:
    """The readings around each peak and which of them were recorded, (n, w)."""
    place = peak[:, None] + window.offset.astype(np.int64)
    inside = np.clip(place, 0, curve.shape[1] - 1)
    reading = np.take_along_axis(curve, inside, axis=1)
    recorded = (place == inside) & np.isfinite(reading)
    return np.where(recorded, reading, 0.0), recorded


def _left_over(window: _Window, reading: Floats, recorded: Bools) -> tuple[Floats, Floats]:
    """The residual sums of squares of the best growth and of the best drift, (n,).

    Curves with the same readings recorded share their design. With a straight line taken off both,
    a shape s of length one takes (s'y)^2 off the squares of y; growth goes up, so s'y > 0.
    """
    growth, drift = np.zeros(len(reading)), np.zeros(len(reading))
    pattern = recorded @ (1 << np.arange(recorded.shape[1]))
    for one in np.unique(pattern[recorded.any(axis=1)]):
        rows = np.flatnonzero(pattern == one)
        here = recorded[rows[0]]
        u = window.offset[here] - window.offset[here].mean()
        y = _without_line(reading[np.ix_(rows, here)], u)
        squares = (y**2).sum(axis=1)
        upward = np.maximum(y @ _directions(window.growths[:, here], u).T, 0.0)
        either = y @ _directions(window.drifts[:, here], u).T
        growth[rows] = squares - (upward**2).max(axis=1)
        drift[rows] = squares - (either**2).max(axis=1)
    return np.maximum(growth, 0.0), np.maximum(drift, 0.0)


def _directions(shapes: Floats, u: Floats) -> Floats:
    """The shapes less a straight line, with length one; 0 where nothing is left."""
    bent = _without_line(shapes, u)
    squares = (bent**2).sum(axis=1)
    says = squares > _FLAT * (shapes**2).sum(axis=1)
    return np.asarray(bent / np.where(says, np.sqrt(squares), np.inf)[:, None])


def _without_line(values: Floats, u: Floats) -> Floats:
    """Each row of values less its own regression line on the centred cycles u."""
    centred = values - values.mean(axis=1, keepdims=True)
    slope = centred @ u / max(float(u @ u), 1e-300)
    return np.asarray(centred - slope[:, None] * u)
