"""Studies of one size, drawn and answered, as parts of a simulation that any process can make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from exvivo.plan.parts import Part
from exvivo.plan.power.answering import answers_of
from exvivo.plan.power.grid import Point
from exvivo.plan.power.models import model_of
from exvivo.plan.power.tally import tallied
from exvivo.simulate.population import DataModel, draw, truths
from exvivo.study import Study

_A_PART, _A_SLOW_PART = 2_000, 10
"""Studies of a part; fewer where each study is answered by itself."""
_MOST_NUMBERS = 5_000_000
"""Numbers of a part: studies of very many donors come in smaller parts."""


@dataclass(frozen=True)
class Simulation:
    """Some studies of one size (the number `size` of its grid): with the assumed effects, or with
    nothing true that is asked (`zero`).
    """

    study: Study
    point: Point
    size: int
    zero: bool
    studies: int

    def run(self, seed: np.random.SeedSequence) -> pl.DataFrame:
        """The tally of their answers."""
        model = model_of(self.study, self.point, zero=self.zero)
        rng = np.random.default_rng(seed)
        drawn = draw(model, self.studies, rng=rng, wells=not model.detects_all)
        truth = {(t.question, t.assay, t.analyte, t.scale): t.value for t in truths(model)}
        return tallied(
            answers_of(drawn),
            truth,
            study=self.study,
            size=self.size,
            zero=self.zero,
        )


def parts_of(
    study: Study, sizes: Sequence[Point], *, studies: int, extra: Sequence[Point] = ()
) -> Iterator[Part]:
    """The parts of a simulation of several sizes, each with the assumed effects and with nothing
    true, by the same random numbers; `extra` sizes, numbered after those, with the assumed effects
    alone. An extra size of the same donors as the first one has its random numbers as well: what
    is otherwise is told from chance sooner.
    """
    for size, point in enumerate(sizes):
        for zero in (False, True):
            yield from _of_size(Simulation(study, point, size, zero, studies), size)
    for size, point in enumerate(extra, start=len(sizes)):
        stream = 0 if same_people(sizes[0], point) else size
        yield from _of_size(Simulation(study, point, size, False, studies), stream)


def same_people(first: Point, second: Point) -> bool:
    """Whether two sizes can be drawn with the same people."""
    return dict(first.donors) == dict(second.donors)


def _of_size(whole: Simulation, stream: int) -> Iterator[Part]:
    """The parts of one size, with the random numbers of the size `stream`."""
    largest = _largest(model_of(whole.study, whole.point))
    kind = "zero" if whole.zero else "assumed"
    for number, first in enumerate(range(0, whole.studies, largest)):
        count = min(largest, whole.studies - first)
        name = f"{kind}-{whole.size:03d}-{number:04d}"
        work = replace(whole, studies=count)
        yield Part(name, work, count, f"assumed-{stream:03d}-{number:04d}")


def _largest(model: DataModel) -> int:
    """The studies of a part."""
    if not model.detects_all:
        return _A_SLOW_PART
    return max(min(_A_PART, _MOST_NUMBERS // (model.n * len(model.series))), 1)
