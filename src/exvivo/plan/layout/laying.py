"""The plates of one assay: samples in wells, and what the places then do to the answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats
from exvivo.errors import Mistake, StudyError
from exvivo.plan.layout.allot import Place
from exvivo.plan.layout.anneal import Search
from exvivo.plan.layout.confounding import Level, told
from exvivo.plan.layout.contrasts import Asked, asked_of
from exvivo.plan.layout.effects import PositionEffects
from exvivo.plan.layout.fill import Ground, Weights, filled, left_over
from exvivo.plan.layout.fixed import Fixed
from exvivo.plan.layout.laid import LaidAssay, LaidPlate, Variance, Well
from exvivo.plan.layout.room import Room
from exvivo.plan.layout.samples import Donor, Sample, controls_of, samples_of
from exvivo.plan.layout.slots import CHANNELS, slots_of
from exvivo.plan.layout.wishes import Wishes
from exvivo.simulate.population import DataModel

Rng = np.random.Generator
_TRIES = 20
"""Orders that are searched for before it is said that every one of them tells a condition by its
place.
"""
_DRAWS = 2
"""Sets of columns (or rows) that are tried for a pipette with channels."""
_NEARLY, _CLEAR = 1, 2
"""What an order is worth in which nothing is told by the rows and columns of samples, and of wells
too; 0 for the others.
"""


@dataclass(frozen=True)
class _Try:
    """An order of a plate: its worth, what it leaves of random variance, the weights in the usable
    wells, and the sample in each.
    """

    worth: int
    left: float
    weights: Weights
    by_well: dict[int, Sample]


@dataclass(frozen=True)
class Laying:
    """What the plates of one assay are laid out from."""

    model: DataModel
    donors: Sequence[Donor]
    room: Room
    wishes: Wishes
    places: Mapping[str, Place]
    search: Search | None

    @property
    def effects(self) -> PositionEffects:
        """What places are assumed to do."""
        tubes = self.wishes.plate == "tubes"
        return self.wishes.effects.of_tubes() if tubes else self.wishes.effects

    def laid(self, seed: np.random.SeedSequence) -> LaidAssay:
        """All plates, each with random numbers of its own."""
        samples = [s for donor in self.donors for s in samples_of(self.model, donor)]
        asked = asked_of(self.model, self.room.assay.id, samples)
        ground = Ground.of(self.wishes.shape, self.room.usable, self.effects)
        plain, *seeds = seed.spawn(len(self.room.plates) + 1)
        rngs = [np.random.default_rng(child) for child in seeds]
        plates = [self.plate(at, samples, asked, ground, rng) for at, rng in enumerate(rngs)]
        scattered = self.scattered(samples, np.random.default_rng(plain))
        laid = self.records([by_well for _, by_well in plates], scattered)
        variances = _variances(self, asked, ground, [weights for weights, _ in plates])
        return LaidAssay(assay=self.room.assay.id, plates=laid, variances=tuple(variances))

    def records(
        self, orders: Sequence[Mapping[int, Sample]], scattered: Sequence[Mapping[str, Sample]]
    ) -> tuple[LaidPlate, ...]:
        """The plates with the samples in their wells, as laid out and by chance."""
        each = zip(self.room.plates, orders, scattered, strict=True)
        return tuple(
            LaidPlate(
                plate=plate,
                wells=self.wells(order),
                targets=self.room.targets,
                plain=by_chance,
                is_new=is_new,
            )
            for (plate, is_new), order, by_chance in each
        )

    def plate(
        self,
        at: int,
        samples: Sequence[Sample],
        asked: Asked,
        ground: Ground,
        rng: Rng,
    ) -> tuple[Weights, dict[int, Sample]]:
        """The samples of one plate by the numbers of their wells, and the weights of what is asked
        in each usable well.
        """
        own = [i for i, s in enumerate(samples) if self.places[s.donor].plate == at]
        on_plate = [*(samples[i] for i in own), *controls_of(self.wishes)]
        weights = _of_plate(asked, own, len(on_plate))
        best = self.best(on_plate, weights, ground, rng)
        if not best.worth:
            raise StudyError(self.confounded(best.by_well, at))
        return best.weights, best.by_well

    def best(self, on_plate: Sequence[Sample], weights: Weights, ground: Ground, rng: Rng) -> _Try:
        """The best of some orders of a plate; no more are tried once enough of them are clear."""
        tries: list[_Try] = []
        while len(tries) < _TRIES and not self.are_enough(tries):
            tries.append(self.tried(on_plate, weights, ground, rng))
        return min(tries, key=lambda one: (-one.worth, one.left))

    def are_enough(self, tries: Sequence[_Try]) -> bool:
        """Whether as many orders are clear as are to be had."""
        return sum(one.worth == _CLEAR for one in tries) == self.draws

    @property
    def draws(self) -> int:
        """How many sets of wells are tried."""
        return _DRAWS if self.wishes.pipetting in CHANNELS else 1

    def tried(self, on_plate: Sequence[Sample], weights: Weights, ground: Ground, rng: Rng) -> _Try:
        """One order of a plate, and what it is worth."""
        order = self.order(on_plate, weights, ground, rng)
        by_well = {well: on_plate[item] for well, item in order.items()}
        in_wells = _in_wells(weights, order, ground, self.room.wells)
        return _Try(self.worth(by_well), left_over(in_wells, ground), in_wells, by_well)

    def worth(self, by_well: Mapping[int, Sample]) -> int:
        """What an order is worth: how little is told by rows and columns."""
        if not self.told_by_place(by_well, by_wells=True):
            return _CLEAR
        return 0 if self.told_by_place(by_well) else _NEARLY

    def order(
        self, on_plate: Sequence[Sample], weights: Weights, ground: Ground, rng: Rng
    ) -> dict[int, int]:
        """The sample of each well of a plate, by its place among those on it."""
        wishes, room = self.wishes, self.room
        slots = slots_of(
            wishes.pipetting,
            wishes.shape,
            room.usable,
            room.wells,
            rng=rng,
            needed=len(on_plate),
        )
        wells, search = room.wells, self.search
        return filled(on_plate, weights, slots, ground, replicates=wells, rng=rng, search=search)

    def told_by_place(
        self, by_well: Mapping[int, Sample], *, by_wells: bool = False
    ) -> list[tuple[str, str]]:
        """What follows from the row or the column of a sample. With `by_wells` also where no row
        (or column) holds two samples, but one holds several wells of one: where few samples lie on
        a plate that cannot always be had otherwise.
        """
        if self.wishes.plate == "tubes":
            return []
        columns = self.wishes.shape.columns
        placed = [(divmod(w, columns), s) for w, s in by_well.items() if not s.control]
        by_place: list[tuple[str, str]] = []
        for axis, where in enumerate(("row", "column")):
            pairs = [(place[axis], sample) for place, sample in placed]
            at, samples = zip(*(pairs if by_wells else dict.fromkeys(pairs)), strict=True)
            by_place += told({where: at}, self.facts(samples))
        return by_place

    def facts(self, samples: Sequence[Sample]) -> dict[str, list[Level]]:
        """What must not be told by the place of samples."""
        return {
            "group": [sample.group for sample in samples],
            "stimulus": [sample.stimulus for sample in samples],
            "day": [self.places[sample.donor].day for sample in samples],
        }

    def confounded(self, by_well: Mapping[int, Sample], at: int) -> Mistake:
        """No order was met in which nothing is told by a row or column."""
        pairs = [f"{what} by {where}" for where, what in self.told_by_place(by_well)]
        return Mistake(
            f"plate {self.room.plates[at][0].id}",
            f"in every order that was tried one can tell {', '.join(pairs)}",
            "rows and columns that hold samples of several kinds",
            "choose another way of pipetting (--pipetting free), or forbid fewer wells",
        )

    def wells(self, by_well: Mapping[int, Sample]) -> tuple[Well, ...]:
        """The filled wells of a plate, row by row, with the replicates of each sample counted."""
        held: dict[int, Sample | Fixed] = {**by_well, **self.room.fixed}
        counted: Counter[Sample | Fixed] = Counter()
        wells: list[Well] = []
        for number in sorted(held):
            each = held[number]
            counted[each] += 1
            wells.append(_well(self.wishes.shape.wells[number], each, counted[each]))
        return tuple(wells)

    def scattered(self, samples: Sequence[Sample], rng: Rng) -> list[Mapping[str, Sample]]:
        """One plain randomisation: every well of the plates gets whichever sample chance gives."""
        usable = np.flatnonzero(self.room.usable)
        everything = [sample for sample in samples for _ in range(self.room.wells)]
        chosen = rng.permutation(len(usable) * len(self.room.plates))[: len(everything)]
        plates: list[dict[str, Sample]] = [{} for _ in self.room.plates]
        for sample, at in zip(everything, chosen.tolist(), strict=True):
            plate, well = divmod(at, len(usable))
            plates[plate][self.wishes.shape.wells[usable[well]]] = sample
        return [dict(plate) for plate in plates]


def _well(name: str, held: Sample | Fixed, replicate: int) -> Well:
    """A well with what it holds."""
    if isinstance(held, Fixed):
        return Well(well=name, fixed=held, replicate=replicate)
    return Well(well=name, sample=held, replicate=replicate)


def _of_plate(asked: Asked, own: Sequence[int], size: int) -> Weights:
    """What is asked of the samples of a plate (samples, ...); controls weigh nothing."""
    contrasts = np.zeros((size, len(asked.contrasts)))
    for column, contrast in enumerate(asked.contrasts):
        contrasts[: len(own), column] = contrast.weights[list(own)]
    numbers = np.zeros((size, len(asked.numbers)))
    numbers[: len(own)] = asked.numbers[:, list(own)].T
    return Weights(contrasts, numbers)


def _in_wells(
    weights: Weights, order: Mapping[int, int], ground: Ground, replicates: int
) -> Weights:
    """The weights of the usable wells of a plate (wells, ...), each replicate its part."""
    contrasts = _spread(weights.contrasts, order, ground)
    numbers = _spread(weights.numbers, order, ground)
    return Weights(contrasts / replicates, numbers / replicates)


def _spread(part: Floats, order: Mapping[int, int], ground: Ground) -> Floats:
    """The weights of samples as those of the usable wells that hold them (wells, ...)."""
    at = np.searchsorted(ground.wells, list(order))
    wells = np.zeros((len(ground.wells), part.shape[1]))
    wells[at] = part[list(order.values())]
    return wells


def _variances(
    laying: Laying, asked: Asked, ground: Ground, plates: Sequence[Weights]
) -> Iterator[Variance]:
    """What places do to each answer and to the numbers of single donors (their mean)."""
    contrasts = np.array([contrast.weights for contrast in asked.contrasts])
    if len(contrasts):
        laid = _summed(ground, [plate.contrasts for plate in plates])
        random = _plain(laying, ground, contrasts)
        for at, contrast in enumerate(asked.contrasts):
            yield Variance(contrast.question, random[at], laid[at], contrast.donors)
    alone = _summed(ground, [plate.numbers for plate in plates]).mean()
    random = _plain(laying, ground, asked.numbers)
    yield Variance("", float(random.mean()), float(alone), asked.between)


def _summed(ground: Ground, plates: Sequence[Floats]) -> Floats:
    """What the places of all plates do to each contrast together (contrasts,)."""
    return np.asarray(sum(ground.variance(weights) for weights in plates))


def _plain(laying: Laying, ground: Ground, rows: Floats) -> Floats:
    """The mean variance of contrasts of samples (contrasts, samples) over all plain randomisations:
    any replicate in any well of any plate. `random_variance`, with 1'K1 = 0, since the wells of a
    plate add up to nothing.
    """
    plates = len(laying.room.plates)
    wells = plates * len(ground.wells)
    squares = (rows**2).sum(axis=1) / laying.room.wells - rows.sum(axis=1) ** 2 / wells
    return np.asarray(plates * np.trace(ground.covariance) * squares / (wells - 1))
