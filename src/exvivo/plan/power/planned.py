"""A plan simulated: every size of its grid that can answer, and what one change to it would buy."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.plan.parts import Progress, run_parts, unwatched
from exvivo.plan.power.buys import Bought, changes_of
from exvivo.plan.power.folder import planned_point
from exvivo.plan.power.grid import Axes, Point, points_of
from exvivo.plan.power.models import model_of, with_room
from exvivo.plan.power.refusals import cautions, refusals
from exvivo.plan.power.simulation import parts_of
from exvivo.plan.power.tally import added_up
from exvivo.study import Study

STUDIES = 2_000
"""Studies that are simulated of each size, unless it is said otherwise: a power of 80 % is then
known within 0.9 %.
"""
FOLDER = Path("planned") / "power"
"""Where everything stands, in the study folder."""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What is asked of a plan beside its study. With `ranks` sizes are refused at which tests by
    ranks and permutations, which stand beside an answer, can show nothing. `anyway` looks at
    refused sizes as well; without `buys` nothing is bought.
    """

    axes: Axes = field(default_factory=Axes)
    studies: int = STUDIES
    seed: int | None = None
    ranks: bool = False
    anyway: bool = False
    buys: bool = True


@dataclass(frozen=True)
class Simulated:
    """What came of a plan: the sizes that were looked at, those that one change to the first of
    them makes, and the tally of all (`size` numbers the first, then the second).
    """

    study: Study
    sizes: tuple[Point, ...]
    planned: Point
    bought: tuple[Bought, ...]
    tally: pl.DataFrame
    warnings: tuple[Mistake, ...]
    wishes: Wishes
    seconds: float

    @property
    def seed(self) -> int:
        """The seed of all random numbers."""
        return self.study.plan.seed if self.wishes.seed is None else self.wishes.seed


def simulated(
    study: Study,
    wishes: Wishes,
    *,
    folder: Path | None = None,
    workers: int = 1,
    scheduler: str = "",
    progress: Progress = unwatched,
) -> Simulated:
    """Every size of a plan, simulated. With a `folder` parts are kept there, and a simulation that
    was ended goes on.

    Raises `StudyError` with everything that no study can have, and where no size can answer.
    """
    begun = time.monotonic()
    planned = planned_point(study, donors_typed=bool(wishes.axes.donors))
    points = points_of(study, planned, wishes.axes)
    given = plates_given(study, wishes.axes)
    if not given:
        points = tuple(with_room(study, point) for point in points)
        planned = with_room(study, planned) if all(planned.donors.values()) else planned
    sizes, warnings = _answerable(study, points, wishes)
    bought = tuple(changes_of(study, sizes[0], plates_given=given)) if wishes.buys else ()
    parts = list(
        parts_of(study, sizes, studies=wishes.studies, extra=[one.point for one in bought])
    )
    tally = run_parts(
        parts,
        seed=study.plan.seed if wishes.seed is None else wishes.seed,
        folder=folder,
        workers=workers,
        scheduler=scheduler,
        progress=progress,
    )
    return Simulated(
        study=study,
        sizes=sizes,
        planned=planned,
        bought=bought,
        tally=added_up(tally),
        warnings=warnings,
        wishes=wishes,
        seconds=time.monotonic() - begun,
    )


def plates_given(study: Study, axes: Axes) -> bool:
    """Whether the number of plates was typed, or stands in study.yaml."""
    return bool(axes.plates or study.plates)


def _answerable(
    study: Study, points: Sequence[Point], wishes: Wishes
) -> tuple[tuple[Point, ...], tuple[Mistake, ...]]:
    """The sizes that can answer, and what is to be known of them and of the others. Raises
    `StudyError` where none can.
    """
    able: list[Point] = []
    refused: list[Mistake] = []
    known: list[Mistake] = []
    given = plates_given(study, wishes.axes)
    for point in points:
        model = model_of(study, point)
        why = refusals(study, model, point, ranks=wishes.ranks, plates_given=given)
        refused += why
        if wishes.anyway or not why:
            able.append(point)
            known += cautions(study, model, point, ranks=wishes.ranks, plates_given=given)
    if not able:
        raise StudyError(dict.fromkeys(refused))
    return tuple(able), tuple(dict.fromkeys([*refused, *known]))
