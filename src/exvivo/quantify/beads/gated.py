"""Tubes of which far fewer events lie in the gates of beads than in the other tubes of their plate.

Bytes that moved within a tube's file put every later event into other channels. Where as many were
lost as gained, the file keeps its length and nothing in it tells; but the events that moved are no
beads any more. The share of events in a gate is compared on the scale of log odds, with the median
of the plate's tubes and a robust standard deviation (1.4826 times the median absolute deviation).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from exvivo.arrays import Floats
from exvivo.figures import Figure, figure
from exvivo.quantify.beads.events import Events
from exvivo.quantify.beads.populations import Populations

FEWEST_TUBES = 5
"""Tubes from which one that is far from the others can be told."""
_FAR_SDS = 6.0
"""Standard deviations, of the plate's tubes and of counting, from which a tube is far off."""
_FAR = 0.7
"""The least fall in log odds that is one: half of the odds. Sound real plates stay within 0.31."""
_HALF_AN_EVENT = 0.5
_MAD = 1.4826


def gated_figures(events: Events, populations: Populations) -> Iterator[Figure]:
    """A figure `gated_in` for each tube whose share falls far below the plate's, and the usual
    share where there is one.
    """
    inside, count = _counts(events, populations)
    if count.size < FEWEST_TUBES:
        return
    far = far_below(inside, count)
    wells = events.tubes["well"].to_list()
    if far.any():
        yield figure("gated_usual", float(np.median(inside / count)))
    for tube in np.flatnonzero(far):
        yield figure("gated_in", inside[tube] / count[tube], of=wells[tube])


def _counts(events: Events, populations: Populations) -> tuple[Floats, Floats]:
    """Events in a gate and all events of every tube (tubes,), of tubes that have events."""
    tubes = events.tubes.height
    count = np.bincount(events.tube, minlength=tubes).astype(float)
    inside = np.bincount(events.tube, weights=populations.label >= 0, minlength=tubes)
    return inside.astype(float), np.maximum(count, 1.0)


def far_below(inside: Floats, count: Floats) -> np.ndarray:
    """Which tubes have a share far below the median of all: by more than `_FAR` in log odds, and
    more than `_FAR_SDS` standard deviations of the plate's tubes and of their own counting.
    """
    outside = count - inside
    odds = np.log((inside + _HALF_AN_EVENT) / (outside + _HALF_AN_EVENT))
    own = np.sqrt(1 / (inside + _HALF_AN_EVENT) + 1 / (outside + _HALF_AN_EVENT))
    fall = np.median(odds) - odds
    spread = _MAD * np.median(np.abs(fall))
    return np.asarray(fall > np.maximum(_FAR, _FAR_SDS * np.hypot(spread, own)))
