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
    parts = [(weights.contrasts, _CONTRASTS), (weights.numbers, 1.0)]
    left = 0.0
    for part, size in parts:
        used = part[:, np.any(part, axis=0)]
        if used.size:
            random = random_variance(ground.covariance, used)
            left += size * float(np.mean(ground.variance(used) / random))
    return left


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
    rows = np.repeat(_scaled(samples, weights, covariance, copies), copies, axis=0) / copies
    padded = np.zeros((len(slots), rows.shape[1]))
    padded[: len(rows)] = rows
    order = annealed(covariance, padded, rng=rng, search=search)
    wells: dict[int, int] = {}
    for slot, item in zip(slots, order.tolist(), strict=True):
        if item < len(rows):
            wells |= dict.fromkeys(slot, item // copies)
    return dict(sorted(wells.items()))


def _scaled(samples: Sequence[Sample], weights: Weights, covariance: Floats, copies: int) -> Floats:
    """All that is asked as columns (samples, contrasts), each kind with its share of an objective
    that is near 1 for random orders.
    """
    is_bridge = np.array([sample.control == BRIDGE for sample in samples])
    is_sample = np.array([not sample.control for sample in samples])
    parts = [(weights.contrasts, _CONTRASTS), (weights.numbers, 1.0)]
    if is_bridge.any():
        against = is_bridge / is_bridge.sum() - is_sample / max(int(is_sample.sum()), 1)
        parts.append((against[:, None], _BRIDGE))
    return np.column_stack([_share(part, size, covariance, copies) for part, size in parts])


def _share(part: Floats, size: float, covariance: Floats, copies: int) -> Floats:
    """Columns that are not 0 on the plate, scaled so that together they have the size."""
    used = part[:, np.any(part, axis=0)]
    padded = np.zeros((len(covariance), used.shape[1]))
    spread = np.repeat(used, copies, axis=0) / copies
    padded[: len(spread)] = spread
    expected = random_variance(covariance, padded)
    scale = np.sqrt(size / (max(used.shape[1], 1) * np.maximum(expected, 1e-300)))
    return np.asarray(used * scale)
