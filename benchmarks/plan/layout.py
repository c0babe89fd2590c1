"""Layouts of 24 donors (14 v 10) x 2 conditions x 3 wells on two plates, against plain
randomisations: what places give to group x stimulus and to single donors.

`python -m benchmarks.plan layout`. A layout is evaluated under the effects that it was laid out
for, and under others that its search never saw: a smooth field, the channels of a pipette, corners
and a shift of whole plates. Every figure is a mean over seeds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from benchmarks.row import Row
from exvivo.arrays import Floats
from exvivo.plan.layout import PlannedLayout, PositionEffects, Wishes
from exvivo.plan.layout.anneal import Search
from exvivo.plan.layout.confounding import told
from exvivo.plan.layout.planned import laid_out
from exvivo.plan.layout.samples import Donor
from exvivo.plan.layout.wishes import SHAPES, Pipetting
from exvivo.simulate import ModelStudy
from exvivo.simulate.design import records
from exvivo.study import Identity, Study
from exvivo.study.positions import Positions, place_of

DONORS = {"FM": 14, "HC": 10}
WELLS = 3
RANDOM = 1500
BEST_OF = 400
SEEDS = 20
MAPS = 100
DONOR_SD = 0.8
NAMED = PositionEffects(channels=0.0)
"""The effects that the objective is stated for: edge, gradients, curvature, drift."""
_SHAPE = SHAPES["96"]
_ALL = Positions.of(_SHAPE, range(_SHAPE.size))
_PLATES = 2
UNSEEN_SDS = {"smooth field": 0.2, "pipette channels": 0.05, "corners": 0.3, "plate shift": 0.3}
"""Of a well, log2."""
_FIELD = 4.0
"""Wells over which a smooth field changes (the length of a Gaussian covariance)."""
_MOST = 1e6
"""Where nothing is left of a variance, it is told as so many times smaller."""


def unseen() -> dict[str, Floats]:
    """The covariance (wells, wells) of each effect that no search is told of, new on each plate."""
    row, column = _ALL.row, _ALL.column
    apart = (row[:, None] - row) ** 2 + (column[:, None] - column) ** 2
    is_corner = np.isin(row, (0, 7)) & np.isin(column, (0, 11))
    shapes = {
        "smooth field": np.exp(-apart / (2 * _FIELD**2)),
        "pipette channels": (row[:, None] == row).astype(np.float64),
        "corners": np.diag(is_corner.astype(np.float64)),
        "plate shift": np.ones_like(apart, dtype=np.float64),
    }
    return {name: UNSEEN_SDS[name] ** 2 * shape for name, shape in shapes.items()}


@dataclass(frozen=True)
class Map:
    """Weights of the wells of each plate: group x stimulus (plates, wells), and the response of
    every donor (plates, wells, donors).
    """

    answer: Floats
    donors: Floats

    def of_answer(self, covariance: Floats) -> float:
        """The variance of group x stimulus."""
        return float(np.einsum("pi,ij,pj->", self.answer, covariance, self.answer))

    def of_donors(self, covariance: Floats) -> float:
        """The mean variance of a donor's response."""
        forms = np.einsum("pid,ij,pjd->d", self.donors, covariance, self.donors, optimize=True)
        return float(forms.mean())


def rows() -> list[Row]:
    """What was measured."""
    return [*_free(), *_by_hand(), *_whole(), *_times(), *_never_told()]


def _free() -> Iterator[Row]:
    """Single wells, for a robot."""
    chance = _random_maps(RANDOM, seed=1)
    for name, effects in (("named effects", NAMED), ("and channels", PositionEffects())):
        maps = _maps(SEEDS, pipetting="free", effects=effects)
        covariance = effects.covariance(_ALL)
        about = f"free, searched for {name}: group x stimulus"
        yield _times_smaller(about, Map.of_answer, covariance, chance, maps, 100)
        about = "  a single donor's response"
        yield _times_smaller(about, Map.of_donors, covariance, chance, maps, 5)
        yield from _never_seen(chance, maps, channels=effects is NAMED)
    best = min(each.of_answer(NAMED.covariance(_ALL)) for each in _random_maps(BEST_OF, seed=3))
    mean = float(np.mean([each.of_answer(NAMED.covariance(_ALL)) for each in chance]))
    yield Row(what=f"the best of {BEST_OF} random maps", value=mean / best, unit="x smaller")


def _never_seen(chance: Sequence[Map], maps: Sequence[Map], *, channels: bool) -> Iterator[Row]:
    """Effects that no search saw; `channels`: those of a pipette are among them."""
    others = unseen()
    if not channels:
        del others["pipette channels"]
    everything = np.sum(list(others.values()), axis=0)
    about = "  group x stimulus, effects never seen"
    yield _times_smaller(about, Map.of_answer, everything, chance, maps, 8)
    for effect, alone in others.items():
        yield _times_smaller(f"    {effect}", Map.of_answer, alone, chance, maps)
    whole = _random_maps(RANDOM, seed=2, whole=True)
    about = "    all, against random wells of donors whole on plates"
    yield _times_smaller(about, Map.of_answer, everything, whole, maps)


def _by_hand() -> Iterator[Row]:
    """What people and pipettes with channels can do."""
    chance = _random_maps(RANDOM, seed=1)
    named = NAMED.covariance(_ALL)
    ways: tuple[tuple[str, Pipetting, float], ...] = (
        ("triplicates side by side", "triplicates", 5),
        ("8-channel columns", "column8", 5),
        ("12-channel rows", "row12", 5),
    )
    for name, pipetting, bar in ways:
        maps = _maps(SEEDS, pipetting=pipetting, effects=PositionEffects())
        yield _times_smaller(f"{name}: group x stimulus", Map.of_answer, named, chance, maps, bar)
        yield _times_smaller("  a single donor's response", Map.of_donors, named, chance, maps)
    triplets = _random_maps(RANDOM, seed=4, side_by_side=True)
    yield _times_smaller("triplicates at random", Map.of_answer, named, chance, triplets)


def _whole() -> Iterator[Row]:
    """What it is worth where donors differ: a layout protects, it does not replace donors."""
    planned = _laid(1, "free", NAMED)
    answer = planned.assays[0].variances[0]
    donors = DONOR_SD**2 * sum(1 / n for n in DONORS.values())
    fall = (answer.random - answer.laid_out) / (answer.random + donors)
    what = f"whole variance of group x stimulus falls (donors SD {DONOR_SD})"
    yield Row(what=what, value=100 * fall, unit="%", bar="<= 10")
    simulated = np.array(
        [each.of_answer(NAMED.covariance(_ALL)) for each in _random_maps(RANDOM, seed=1)]
    )
    error = simulated.std() / np.sqrt(len(simulated))
    off = abs(simulated.mean() - answer.random) / error
    yield Row(
        what="exact mean of randomisations against 1,500", value=off, unit="MC errors", bar="<= 3"
    )


def _times() -> Iterator[Row]:
    """CPU of one layout."""
    for pipetting in get_args(Pipetting):
        _laid(0, pipetting, PositionEffects())
        start = time.process_time()
        for seed in range(5):
            _laid(seed, pipetting, PositionEffects())
        value = (time.process_time() - start) / 5
        yield Row(what=f"one layout, {pipetting}", value=value, unit="s CPU", bar="<= 0.5")


def _never_told() -> Iterator[Row]:
    """Maps of which a row, column or plate tells something, or that use a well twice."""
    few = Search(steps=60)
    for pipetting in get_args(Pipetting):
        bad = 0
        for seed in range(MAPS):
            planned = _laid(seed, pipetting, PositionEffects(), search=few, days=4)
            bad += _is_told(planned)
        what = f"{MAPS} maps that tell a group, stimulus or day, {pipetting}"
        yield Row(what=what, value=bad, unit="maps", bar="<= 0")


def _is_told(planned: PlannedLayout) -> bool:
    """Whether a plate, day, row or column says a group, stimulus or day; or a well stands twice."""
    places = planned.places["mrna"]
    of_plates: list[tuple[str, str, str, int]] = []
    for plate in planned.assays[0].plates:
        wells = [(w.well, w.sample) for w in plate.wells if w.sample is not None]
        if len({name for name, _ in wells}) < len(wells):
            return True
        facts: list[tuple[str, str, int]] = [
            (sample.group, sample.stimulus, places[sample.donor].day) for _, sample in wells
        ]
        row, column = zip(*(place_of(name) for name, _ in wells), strict=True)
        if list(told({"row": row, "column": column}, _columns(facts))):
            return True
        of_plates += [(plate.plate.id, *fact) for fact in facts]
    plate_of, group, stimulus, day = zip(*of_plates, strict=True)
    known = {"group": group, "stimulus": stimulus}
    return bool([*told({"plate": plate_of}, {**known, "day": day}), *told({"day": day}, known)])


def _columns(facts: Sequence[tuple[str, str, int]]) -> dict[str, Sequence[str | int]]:
    group, stimulus, day = zip(*facts, strict=True)
    return {"group": group, "stimulus": stimulus, "day": day}


def _times_smaller(
    what: str,
    variance: Callable[[Map, Floats], float],
    covariance: Floats,
    chance: Sequence[Map],
    maps: Sequence[Map],
    bar: float = 0,
) -> Row:
    """How many times smaller a variance is than that of plain randomisations, both as means."""
    random = float(np.mean([variance(each, covariance) for each in chance]))
    laid = float(np.mean([variance(each, covariance) for each in maps]))
    value = random / max(laid, random / _MOST)
    return Row(what=what, value=value, unit="x smaller", bar=f">= {bar:g}" if bar else "")


def _study() -> Study:
    """The model study with its qPCR assay alone."""
    study = records(ModelStudy())
    asked = [q for q in study.questions if not isinstance(q, Identity)]
    questions = tuple(replace(question, assays=("mrna",)) for question in asked)
    return replace(study, assays=study.assays[:1], plates=(), questions=questions)


def _people() -> list[Donor]:
    people: list[Donor] = []
    for group, n in DONORS.items():
        people += [Donor(id=f"{group}{i:02d}", group=group) for i in range(1, n + 1)]
    return people


def _laid(
    seed: int,
    pipetting: Pipetting,
    effects: PositionEffects,
    *,
    search: Search | None = None,
    days: int | None = None,
) -> PlannedLayout:
    """One layout."""
    wishes = Wishes(
        plates=_PLATES,
        wells=WELLS,
        blanks=0,
        pipetting=pipetting,
        effects=effects,
        days=days,
        seed=seed,
    )
    return laid_out(_study(), _people(), wishes, search=search)


def _maps(seeds: int, *, pipetting: Pipetting, effects: PositionEffects) -> list[Map]:
    """Layouts of several seeds as weights of wells."""
    return [_map_of(_laid(seed, pipetting, effects)) for seed in range(seeds)]


def _map_of(planned: PlannedLayout) -> Map:
    """The weights of a layout, from the wells as they would be pipetted."""
    number = {donor.id: i for i, donor in enumerate(planned.donors)}
    answer = np.zeros((_PLATES, _SHAPE.size))
    donors = np.zeros((_PLATES, _SHAPE.size, len(number)))
    for at, plate in enumerate(planned.assays[0].plates):
        for well in plate.wells:
            assert well.sample is not None
            place = _SHAPE.number(well.well)
            weight, group = _weight(well.sample.stimulus == "ATP", well.sample.group)
            answer[at, place] = weight * group
            donors[at, place, number[well.sample.donor]] = weight
    return Map(answer, donors)


def _weight(is_stimulated: bool, group: str) -> tuple[float, float]:
    """What a well counts in its donor's response, and that in group x stimulus."""
    sign = 1.0 if group == "FM" else -1.0
    return (1.0 if is_stimulated else -1.0) / WELLS, sign / DONORS[group]


def _random_maps(
    count: int, *, seed: int, whole: bool = False, side_by_side: bool = False
) -> list[Map]:
    """Plain randomisations: every well of both plates at random. `whole`: donors stay on one plate,
    groups in equal parts on both; `side_by_side`: replicates stay in adjacent wells.
    """
    rng = np.random.default_rng(seed)
    return [_random_map(rng, whole, side_by_side) for _ in range(count)]


def _random_map(rng: np.random.Generator, whole: bool, side_by_side: bool) -> Map:
    wide = WELLS if side_by_side else 1
    copies = WELLS // wide
    slots = _PLATES * _SHAPE.size // wide
    answer = np.zeros((_PLATES * _SHAPE.size,))
    donors = np.zeros((_PLATES * _SHAPE.size, sum(DONORS.values())))
    items = [(d, s) for d in range(sum(DONORS.values())) for s in (0, 1) for _ in range(copies)]
    chosen = _halves(rng, items) if whole else rng.permutation(slots)[: len(items)]
    for (donor, stimulus), slot in zip(items, chosen, strict=True):
        group = "FM" if donor < DONORS["FM"] else "HC"
        weight, of_group = _weight(bool(stimulus), group)
        wells = slice(slot * wide, (slot + 1) * wide)
        answer[wells] = weight * of_group
        donors[wells, donor] = weight
    return Map(
        answer.reshape(_PLATES, -1), donors.reshape(_PLATES, _SHAPE.size, sum(DONORS.values()))
    )


def _halves(rng: np.random.Generator, items: Sequence[tuple[int, int]]) -> list[int]:
    """A well for each item, every second donor on the second plate."""
    free: list[list[int]] = [rng.permutation(_SHAPE.size).tolist() for _ in range(_PLATES)]
    return [donor % 2 * _SHAPE.size + free[donor % 2].pop() for donor, _ in items]


if __name__ == "__main__":
    print("\n".join(map(str, rows())), file=sys.stdout)
