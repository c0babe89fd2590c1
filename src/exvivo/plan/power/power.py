"""The power of a study in a folder: simulated, put together, and written beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from exvivo.plan.blinding import refuse_hidden
from exvivo.plan.parts import Progress, unwatched
from exvivo.plan.power.folder import planned_study
from exvivo.plan.power.planned import FOLDER, Wishes, simulated
from exvivo.study import Study

if TYPE_CHECKING:
    from exvivo.tell.planned.records import PowerTable


def power_of(
    study: Study,
    wishes: Wishes | None = None,
    *,
    folder: Path | None = None,
    workers: int = 1,
    scheduler: str = "",
    progress: Progress = unwatched,
) -> PowerTable:
    """The power of a study; with a `folder` the simulated parts are kept there, and a simulation
    that was ended goes on.

    Raises `StudyError` with everything that no study can have, and where no size can answer.
    """
    plan = simulated(
        study,
        wishes or Wishes(),
        folder=folder,
        workers=workers,
        scheduler=scheduler,
        progress=progress,
    )
    # Words are loaded when there is something to say: workers and refusals need none.
    from exvivo.plan.power.shown import power_table

    return power_table(plan)


def planned_power(
    folder: Path,
    wishes: Wishes | None = None,
    *,
    workers: int = 1,
    scheduler: str = "",
    progress: Progress = unwatched,
) -> tuple[PowerTable, Study]:
    """The power of the study in a folder, and that study. Writes `planned/power` of the folder:
    report.html, power.csv and parts.

    Raises `StudyError` with everything that is to fix; nothing is written then.
    """
    refuse_hidden(folder)
    study = planned_study(folder)
    table = power_of(
        study,
        wishes,
        folder=folder / FOLDER / "parts",
        workers=workers,
        scheduler=scheduler,
        progress=progress,
    )
    from exvivo.plan.power.files import write_power

    write_power(table, study, folder / FOLDER)
    return table, study
