"""One plate: its samples in the order of wells in which the answers suffer least from places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Bools, Floats, Ints
from exvivo.plan.layout.anneal import Search, annealed
from exvivo.plan.layout.effects import PositionEffects
from exvivo.plan.layout.samples import BRIDGE, Sample
from exvivo.plan.layout.slots import Slot
from exvivo.study.positions import PlateShape, Positions

Rng = np.random.Generator
_CONTRASTS, _BRIDGE = 2.0, 0.3
"""What the declared contrasts, and the bridge sample, count beside the numbers of donors, 1."""


@dataclass(frozen=True)
class Ground:
    """The usable wells of a plate: their numbers (wells,) and their covariance (wells, wells)."""

    wells: Ints
    covariance: Floats

    @classmethod
    def of(cls, shape: PlateShape, usable: Bools, effects: PositionEffects) -> Ground:
        """The wells that samples may have."""
        wells = np.flatnonzero(usable)
        return cls(wells, effects.covariance(Positions.of(shape, wells.tolist())))

    def variance(self, weights: Floats) -> Floats:
        """The form z' K z of each column of some weights (wells of the ground, contrasts)."""
        return np.asarray(((self.covariance @ weights) * weights).sum(axis=0))

    def of_slots(self, slots: Sequence[Slot]) -> Floats:
        """The covariance of the means of the wells of each slot (slots, slots)."""
        at = np.searchsorted(self.wells, np.array(slots))
        means = np.zeros((len(slots), len(self.wells)))
        np.put_along_axis(means, at, 1 / at.shape[1], axis=1)
        return np.asarray(means @ self.covariance @ means.T)


def random_variance(covariance: Floats, weights: Floats) -> Floats:
    """The mean of z' K z over all orders of the rows of `weights` (places, contrasts), exactly:

    (tr K - 1'K1/n) (sum z^2 - (sum z)^2/n) / (n - 1) + 1'K1 (sum z)^2 / n^2.
    """
    n, total = len(covariance), float(covariance.sum())
    sums, squares = weights.sum(axis=0), (weights**2).sum(axis=0)
    inner = (np.trace(covariance) - total / n) * (squares - sums**2 / n) / max(n - 1, 1)
    return np.asarray(inner + total * sums**2 / n**2)


@dataclass(frozen=True)
class Weights:
    """What is asked of the samples of one plate: `contrasts` (samples, questions) and `numbers`
    (samples, donors' numbers).
    """

    contrasts: Floats
    numbers: Floats


def left_over(weights: Weights, ground: Ground) -> float:
    """What an order leaves of the variance that random ones have, as searched for; the weights are
    those of the wells.
    """
    contrasts = _CONTRASTS * _left_of(weights.contrasts, ground)
    return contrasts + _left_of(weights.numbers, ground)


def _left_of(weights: Floats, ground: Ground) -> float:
    """The mean part that is left of the variance of contrasts (wells, contrasts)."""
    used = _used(weights)
    if not used.size:
        return 0.0
    random = random_variance(ground.covariance, used)
    return float(np.mean(ground.variance(used) / random))


def _used(weights: Floats) -> Floats:
    """The columns that are not 0 everywhere."""
    return weights[:, np.any(weights, axis=0)]


def filled(
    samples: Sequence[Sample],
    weights: Weights,
    slots: Sequence[Slot],
    ground: Ground,
    *,
    replicates: int,
    rng: Rng,
    search: Search | None = None,
) -> dict[int, int]:
    """The sample (its place among `samples`) of each well, by the number of the well.

    A slot of one well holds one replicate of a sample; one of more wells holds all of them.
    """
    copies = 1 if len(slots[0]) > 1 else replicates
    covariance = ground.of_slots(slots)
    rows = _in_slots(_scaled(samples, weights, covariance, copies), copies, len(slots))
    order = annealed(covariance, rows, rng=rng, search=search)
    items = (order // copies).tolist()
    return _by_well(slots, items, len(samples))


def _by_well(slots: Sequence[Slot], items: Sequence[int], samples: int) -> dict[int, int]:
    """The item of each slot by its wells; those from `samples` on stand for nothing."""
    wells: dict[int, int] = {}
    for slot, item in zip(slots, items, strict=True):
        if item < samples:
            wells |= dict.fromkeys(slot, item)
    return dict(sorted(wells.items()))


def _scaled(samples: Sequence[Sample], weights: Weights, covariance: Floats, copies: int) -> Floats:
    """All that is asked as columns (samples, contrasts), each kind with its share of an objective
    that is near 1 for random orders.
    """
    parts = [(weights.contrasts, _CONTRASTS), (weights.numbers, 1.0)]
    if any(sample.control == BRIDGE for sample in samples):
        parts.append((_bridge(samples)[:, None], _BRIDGE))
    return np.column_stack([_share(part, size, covariance, copies) for part, size in parts])


def _bridge(samples: Sequence[Sample]) -> Floats:
    """The bridge sample against the mean of all samples of donors (samples,)."""
    is_bridge = np.array([sample.control == BRIDGE for sample in samples])
    is_sample = np.array([not sample.control for sample in samples])
    return np.asarray(is_bridge / is_bridge.sum() - is_sample / max(int(is_sample.sum()), 1))


def _share(part: Floats, size: float, covariance: Floats, copies: int) -> Floats:
    """Columns that are not 0 on the plate, scaled so that together they have the size."""
    used = _used(part)
    expected = random_variance(covariance, _in_slots(used, copies, len(covariance)))
    scale = np.sqrt(size / (max(used.shape[1], 1) * np.maximum(expected, 1e-300)))
    return np.asarray(used * scale)


def _in_slots(weights: Floats, copies: int, slots: int) -> Floats:
    """The weights of samples as those of their copies, with zeros for empty slots (slots, ...)."""
    padded = np.zeros((slots, weights.shape[1]))
    spread = np.repeat(weights, copies, axis=0) / copies
    padded[: len(spread)] = spread
    return padded
