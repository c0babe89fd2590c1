"""A plan simulated: every size of its grid that can answer, and what one change to it would buy."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.plan.parts import Progress, run_parts, unwatched
from exvivo.plan.power.buys import Bought, changes_of
from exvivo.plan.power.folder import planned_point
from exvivo.plan.power.grid import Axes, Point, points_of
from exvivo.plan.power.models import model_of, with_room
from exvivo.plan.power.refusals import answers_in, cautions, refusals
from exvivo.plan.power.simulation import parts_of
from exvivo.plan.power.tally import added_up
from exvivo.simulate.population.model import DataModel
from exvivo.study import Study

STUDIES, SLOW_STUDIES = 2_000, 100
"""Studies that are simulated of each size, unless it is said otherwise: a power of 80 % is then
known within 0.9 %. Fewer (4 %) where each is answered by itself, and nothing is bought then.
"""
_SECONDS_AN_ANSWER = 0.08
"""What an answer of a study takes that is answered by itself, of CPU."""
Notice = Callable[[Mistake], None]
"""Is told, before anything is simulated, what a person should know of it."""
FOLDER = Path("planned") / "power"
"""Where everything stands, in the study folder."""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What is asked of a plan beside its study. With `ranks` sizes are refused at which tests by
    ranks and permutations, which stand beside an answer, can show nothing. `anyway` looks at
    refused sizes as well; without `buys` nothing is bought. `studies` of each size are simulated,
    `STUDIES` where none are asked for, `SLOW_STUDIES` where each is answered by itself.
    """

    axes: Axes = field(default_factory=Axes)
    studies: int | None = None
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
    studies: int

    @property
    def seed(self) -> int:
        """The seed of all random numbers."""
        return self.study.plan.seed if self.wishes.seed is None else self.wishes.seed


@dataclass(frozen=True)
class Answerable:
    """The sizes of a plan that can answer, the one that study.yaml plans, and what is to be known
    of all of them.
    """

    sizes: tuple[Point, ...]
    planned: Point
    warnings: tuple[Mistake, ...]


def answerable(study: Study, wishes: Wishes) -> Answerable:
    """What would be simulated, the planned donors and wells first. Raises `StudyError` as
    `simulated`.
    """
    planned = planned_point(study, donors_typed=bool(wishes.axes.donors))
    points = points_of(study, planned, wishes.axes)
    if not plates_given(study, wishes.axes):
        points = tuple(with_room(study, point) for point in points)
        planned = with_room(study, planned) if all(planned.donors.values()) else planned
    points = tuple(sorted(points, key=lambda point: _unlike(point, planned)))
    sizes, warnings = _able(study, points, wishes)
    return Answerable(sizes=sizes, planned=planned, warnings=warnings)


def _unlike(point: Point, planned: Point) -> tuple[bool, ...]:
    """In what a size is not the planned one, donors first."""
    return point.donors != planned.donors, point.wells != planned.wells, point != planned


def simulated(
    study: Study,
    wishes: Wishes,
    *,
    folder: Path | None = None,
    workers: int = 1,
    scheduler: str = "",
    progress: Progress = unwatched,
    notice: Notice = lambda _: None,
) -> Simulated:
    """Every size of a plan, simulated. With a `folder` parts are kept there, and a simulation that
    was ended goes on.

    Raises `StudyError` with everything that no study can have, and where no size can answer.
    """
    begun = time.monotonic()
    looked_at = answerable(study, wishes)
    sizes, planned, warnings = looked_at.sizes, looked_at.planned, looked_at.warnings
    given = plates_given(study, wishes.axes)
    slow = next((m for m in (model_of(study, size) for size in sizes) if not m.detects_all), None)
    studies = wishes.studies or (STUDIES if slow is None else SLOW_STUDIES)
    buys = wishes.buys and (slow is None or wishes.studies is not None)
    bought = tuple(changes_of(study, sizes[0], plates_given=given)) if buys else ()
    if slow is not None:
        warnings = (_slow(slow, studies), *warnings)
        notice(warnings[0])
    parts = list(parts_of(study, sizes, studies=studies, extra=[one.point for one in bought]))
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
        studies=studies,
    )


def _slow(model: DataModel, studies: int) -> Mistake:
    """That studies are answered one by one, and what a person can do about it."""
    limited = sorted({a.id for a in model.study.analytes if _has_limit(model, a.id)})
    seconds = _SECONDS_AN_ANSWER * answers_in(model.study)
    return Mistake(
        f"assumptions: levels: {', '.join(limited)}",
        "results below a limit of detection: each study is answered by itself, in about "
        f"{seconds:.1g} s; {studies} of each size are simulated",
        f"{STUDIES:,} studies of each size, where everything is detected",
        "--workers 2 halves the time, --studies takes more or fewer; without `lower` all are "
        "answered at once",
    )


def _has_limit(model: DataModel, analyte: str) -> bool:
    """Whether some results of an analyte can lie below a limit."""
    pairs = zip(model.series, model.lower, strict=True)
    return any(series.analyte == analyte and lower > -math.inf for series, lower in pairs)


def plates_given(study: Study, axes: Axes) -> bool:
    """Whether the number of plates was typed. Those of study.yaml are the fewest: a plan may need
    more than are there for its pilot.
    """
    return bool(axes.plates)


def _able(
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
