"""Studies of one size, drawn and answered, as parts of a simulation that any process can make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
    true; `extra` sizes, numbered after those, with the assumed effects alone.
    """
    for size, point in enumerate((*sizes, *extra)):
        for zero in (False, True)[: 1 if size >= len(sizes) else 2]:
            yield from _of_size(study, point, size, zero, studies)


def _of_size(study: Study, point: Point, size: int, zero: bool, studies: int) -> Iterator[Part]:
    """The parts of one size."""
    largest = _largest(model_of(study, point))
    for number, first in enumerate(range(0, studies, largest)):
        count = min(largest, studies - first)
        kind = "zero" if zero else "assumed"
        work = Simulation(study, point, size, zero, count)
        yield Part(f"{kind}-{size:03d}-{number:04d}", work, count)


def _largest(model: DataModel) -> int:
    """The studies of a part."""
    if not model.detects_all:
        return _A_SLOW_PART
    return max(min(_A_PART, _MOST_NUMBERS // (model.n * len(model.series))), 1)
