"""The axes on which the populations of a plate are found: asinh(value / cofactor) of each
classifier, and the size of beads where letters are sizes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats
from exvivo.quantify.beads.events import Events
from exvivo.quantify.beads.panel import Panel
from exvivo.quantify.beads.size import size_axis

_FITTING_EVENTS = 20_000


@dataclass(frozen=True, slots=True)
class Axes:
    """The events of a plate on their axes: values (events, axes), the size last.

    cofactor (classifiers,); size (scatter channels,): weights of log scatter in the size, empty
    where letters are no sizes.
    """

    events: Events
    values: Floats
    cofactor: Floats
    size: Floats

    @property
    def count(self) -> int:
        """How many axes there are."""
        return int(self.values.shape[1])

    @property
    def dyes(self) -> int:
        """How many classifiers there are."""
        return len(self.cofactor)

    @property
    def size_axis(self) -> int:
        """The axis of sizes; -1 where letters are no sizes."""
        return 1 if self.size.size else -1

    @property
    def names(self) -> tuple[str, ...]:
        """What each axis is, in words."""
        names = tuple(f"asinh scale of {channel}" for channel in self.events.channels)
        return (*names, "bead size by scatter") if self.size.size else names


def axes_of(events: Events, panel: Panel, good: Bools) -> Axes:
    """Axes of all events, from those that may be beads (`good`)."""
    cofactor, size = _cofactor(events.classifier), np.zeros(0)
    values = np.arcsinh(events.classifier / cofactor)
    if panel.by_size and len(panel.counts) > 1 and good.any():
        size = size_axis(events.scatter[good], panel.shares)
        logs = np.log(np.maximum(events.scatter[:, : len(size)], 1e-9))
        values = np.concatenate([values, (logs @ size)[:, None]], axis=1)
    return Axes(events, values, cofactor, size)


def _cofactor(classifier: Floats) -> Floats:
    """A fifth of the fifth percentile of the positive values: the scale is a logarithm wherever
    beads are.
    """
    step = max(1, len(classifier) // _FITTING_EVENTS)
    return np.array([_dim(column[column > 0]) / 5 for column in classifier[::step].T])


def _dim(positive: Floats) -> float:
    return float(np.quantile(positive, 0.05)) if positive.size else 5.0
