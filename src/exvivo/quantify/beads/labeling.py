"""Which population is which bead, where beads differ in two dyes: by how evenly they lie on the
positions of the panel.

Model: beads of one kind lie at a brightness y (log10) that is even in the position x (A = 1, B = 2,
...; numbers as they are), on the classifier of the letters and on that of the numbers:

    x = (y - a) s b + e,   s = 1 (rising) or -1 (falling),   b > 0,   e normal with sd `OFF`    (1)

A labeling gives each population a position. With means taken off, its misfit on an axis is

    sum of (b s dy - dx)^2 / OFF^2  (+ ((b step - 1) / STEP_OFF)^2 where the step is known)      (2)

least at  b = (s sum dy dx / OFF^2 + step / STEP_OFF^2) / (sum dy^2 / OFF^2 + step^2 / STEP_OFF^2).

A convention says which classifier the letters run along, and both directions. The best labeling of
each convention alternates (2) with the assignment of least cost (Kuhn 1955,
doi:10.1002/nav.3800020109); its rivals swap two beads of it, or come from another convention. The
names are taken where the best labeling is even and its best rival is far behind.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.quantify.beads.panel import Panel

OFF = 0.2
"""Steps that a real bead lies off its even place: 0.19 on the near infrared and 0.06 on the red
classifier of a public BD CBA plate.
"""
STEP_OFF = 0.15
"""The part by which a known step may differ between instruments."""
EVEN = 0.4
"""Root mean square of the steps off, on either axis, up to which a labeling fits."""
SWAPPED, BEHIND = 12.0, 25.0
"""The misfit by which a rival of the same convention, and of another, must lie behind. Two
neighbours of the same convention are 50 apart where they lie even.
"""
UNEVEN = 0.6
"""Steps off beyond which a rival does not fit at all; else it must lie behind by that much times
the misfit of the best one a degree of freedom.
"""
_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class Convention:
    """How positions run. letter: the classifier of the letters (0 or 1). directions: of letters,
    then numbers, 1 rising or -1 falling.
    """

    letter: int
    directions: tuple[int, int]


EVERY = tuple(
    Convention(letter, (first, second))
    for letter in (0, 1)
    for first in (1, -1)
    for second in (1, -1)
)


@dataclass(frozen=True, slots=True)
class Labeling:
    """A labeling under a convention. order (beads,): the population of each bead of the panel. off
    (2,): root mean square of the steps off, of letters, then numbers; each (beads,): the larger of
    the two of a bead; steps (2,): log10 of the brightness from one letter, and number, to the next,
    NaN where all have the same; misfit: equation (2), both axes.
    """

    convention: Convention
    order: tuple[int, ...]
    off: tuple[float, float]
    each: tuple[float, ...]
    steps: tuple[float, float]
    misfit: float

    @property
    def even(self) -> bool:
        """Whether the beads lie as their positions say."""
        return max(self.off) <= EVEN and math.isfinite(self.misfit)

    def behind(self, best: Labeling) -> bool:
        """Whether this labeling fits far worse than the best one."""
        least = SWAPPED if self.convention == best.convention else BEHIND
        if max(self.off) <= UNEVEN:
            least *= max(1.0, best.reduced_misfit)
        return self.misfit - best.misfit >= least

    @property
    def reduced_misfit(self) -> float:
        """The misfit by its degrees of freedom: two axes, each with a line of two parameters."""
        return self.misfit / max(1, 2 * len(self.order) - 4)


def allowed(panel: Panel) -> tuple[Convention, ...]:
    """The conventions that panel and kit leave open."""
    if not panel.directions:
        return EVERY
    first, second = panel.directions
    letters = (0,) if panel.ordered else (0, 1)
    return tuple(Convention(letter, (first, second)) for letter in letters)


def labelings(
    centre: Floats, panel: Panel, conventions: Sequence[Convention]
) -> tuple[Labeling, ...]:
    """The best labelings of the conventions and their nearest rivals, the best first, each naming
    once. centre (populations, 2): log10 brightness.
    """
    known: dict[tuple[int, ...], Labeling] = {}
    for convention in conventions:
        for labeling in _of_convention(_Axes.of(centre, panel, convention)):
            best = known.setdefault(labeling.order, labeling)
            known[labeling.order] = min(best, labeling, key=_misfit)
    return tuple(sorted(known.values(), key=_misfit))


def _misfit(labeling: Labeling) -> float:
    return labeling.misfit


@dataclass(frozen=True, slots=True)
class _Axes:
    """Brightness and positions on the axis of letters, then of numbers, means taken off. bright
    (populations, 2): log10, turned so that it rises; place (beads, 2); steps (2,), empty where
    nobody knows them.
    """

    convention: Convention
    bright: Floats
    place: Floats
    steps: tuple[float, ...]

    @classmethod
    def of(cls, centre: Floats, panel: Panel, convention: Convention) -> _Axes:
        """The axes of a convention."""
        letter = convention.letter
        bright = centre[:, [letter, 1 - letter]] * convention.directions
        place = panel.coordinates
        return cls(
            convention, bright - bright.mean(axis=0), place - place.mean(axis=0), panel.steps
        )

    def labeling(self, order: Ints) -> Labeling:
        """Equation (2) of an order; infinite where letters or numbers run the other way."""
        slope, own = self.slopes(order), self.bright[order]
        off = slope * own - self.place
        square = np.square(off)
        misfit = square.sum() / OFF**2 + self._strange(slope)
        if self._contradicted(own):
            misfit = math.inf
        first, second = np.sqrt(square.mean(axis=0)).tolist()
        letters, numbers = self._steps(slope).tolist()
        return Labeling(
            convention=self.convention,
            order=tuple(order.tolist()),
            off=(first, second),
            each=tuple(np.abs(off).max(axis=1).tolist()),
            steps=(letters, numbers),
            misfit=float(misfit),
        )

    def _steps(self, slope: Floats) -> Floats:
        """1 / b with the sign of the direction, where positions differ."""
        tells = (np.ptp(self.place, axis=0) > 0) & (slope > 0)
        rise = np.array(self.convention.directions) / np.where(tells, slope, 1.0)
        return np.asarray(np.where(tells, rise, np.nan))

    def slopes(self, order: Ints) -> Floats:
        """The slope b of equation (2) on each axis, at least 0 (2,)."""
        own = self.bright[order]
        cross = (own * self.place).sum(axis=0) / OFF**2
        square = np.square(own).sum(axis=0) / OFF**2
        if self.steps:
            step = np.array(self.steps)
            cross, square = cross + step / STEP_OFF**2, square + np.square(step) / STEP_OFF**2
        return np.asarray(np.maximum(cross / np.maximum(square, 1e-12), 0.0))

    def _strange(self, slope: Floats) -> float:
        """How strange the steps are."""
        if not self.steps:
            return 0.0
        return float(np.square((slope * self.steps - 1) / STEP_OFF).sum())

    def _contradicted(self, own: Floats) -> bool:
        differ = np.ptp(self.place, axis=0) > 0
        return bool((differ & ((own * self.place).sum(axis=0) <= 0)).any())

    def usual_slopes(self) -> Floats:
        """The slope b by the spread of places and brightness, which no labeling changes."""
        return np.asarray(self.place.std(axis=0) / np.maximum(self.bright.std(axis=0), 1e-9))

    def nearest(self, slope: Floats) -> Ints:
        """The labeling of least cost at given slopes."""
        from scipy.optimize import linear_sum_assignment

        off = self.place[:, None] - slope * self.bright
        order: Ints = linear_sum_assignment(np.square(off).sum(axis=2))[1]
        return order


def _of_convention(axes: _Axes) -> Iterator[Labeling]:
    """The best labeling of a convention, and those that swap two of its beads."""
    starts = [axes.nearest(axes.usual_slopes()), by_rank(axes.bright, axes.place)]
    if axes.steps:
        starts.append(axes.nearest(1 / np.array(axes.steps)))
    best = min((_settled(axes, start) for start in starts), key=_misfit)
    yield best
    for pair in itertools.combinations(range(len(best.order)), 2):
        order = np.array(best.order)
        order[list(pair)] = order[list(pair)[::-1]]
        yield axes.labeling(order)


def _settled(axes: _Axes, order: Ints) -> Labeling:
    """Assignment and slopes in turn, from an order."""
    best = axes.labeling(order)
    for _ in range(_ROUNDS):
        tried = axes.labeling(axes.nearest(axes.slopes(np.array(best.order))))
        if not tried.misfit < best.misfit:
            break
        best = tried
    return best


def by_rank(bright: Floats, place: Floats) -> Ints:
    """The labeling of ranks: letters in order of brightness, then numbers within each letter
    (beads,).
    """
    populations, order = np.argsort(bright[:, 0], kind="stable"), np.zeros(len(place), dtype=int)
    beads = np.lexsort((place[:, 1], place[:, 0]))
    for _, group in itertools.groupby(range(len(beads)), key=lambda i: float(place[beads[i], 0])):
        own = list(group)
        members = populations[own]
        order[beads[own]] = members[np.argsort(bright[members, 1], kind="stable")]
    return order


def ranked(centre: Floats, panel: Panel) -> Labeling | None:
    """The labeling of ranks under the stated convention, where every letter stands apart from the
    next by more than its beads differ; None where they do not.
    """
    axes = _Axes.of(centre, panel, allowed(panel)[0])
    order = by_rank(axes.bright, axes.place)
    labeling = axes.labeling(order)
    letters, own = axes.place[:, 0], axes.bright[order, 0]
    groups = [own[letters == letter] for letter in np.unique(letters)]
    gaps = [second.min() - first.max() for first, second in itertools.pairwise(groups)]
    widest = max(float(np.ptp(group)) for group in groups)
    apart = not gaps or min(gaps) > widest
    return labeling if apart and math.isfinite(labeling.misfit) else None
