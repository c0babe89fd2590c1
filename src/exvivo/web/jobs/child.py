"""The process of a job: `python -m exvivo.web.jobs.child FOLDER HEAD [KIND WISHES]`. It runs a
study, or simulates its plan, and says how far it is, a JSON object a line. It ends with the process
that started it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exvivo.errors import Mistake, UserMistake
from exvivo.plan.parts.parent import end_with
from exvivo.web.jobs.alone import alone
from exvivo.web.jobs.past import run_since
from exvivo.web.jobs.process import PARENT

if TYPE_CHECKING:
    import polars as pl

    from exvivo.plan.parts import Standing

_KINDNESS = 5
"""How much less of a busy computer it takes than the pages do."""


Make = Callable[[Path], dict[str, int]]
"""Runs a study; gives how many answers have each verdict."""


def make_once(folder: Path, head: str, make: Make) -> None:
    """Run a study, unless a run of it came on record since `head`."""
    with alone(folder, lambda: say(step="waiting for another run of this study to end")):
        made = run_since(folder, head)
        if made is None:
            verdicts = make(folder)
            made = run_since(folder, head)
        else:
            verdicts = {}
    say(end="done", row=made.number if made else 0, verdicts=verdicts)


def run_study(folder: Path) -> dict[str, int]:
    """Run a study as the command `run` does."""
    from exvivo.run import run

    return given(run(folder, progress=lambda step: say(step=step)).findings)


def simulate_plan(folder: Path, wishes: str) -> None:
    """Simulate the plan of a study as `plan power` does; parts that are made stay, so that a second
    try goes on where a first was ended.
    """
    from exvivo.plan.power import planned_power
    from exvivo.tell.planned.standing import how_far
    from exvivo.web.planned.wishes import power_wishes

    def progress(standing: Standing) -> None:
        is_done = standing.parts == standing.parts_of
        step = "putting the report together" if is_done else how_far(standing)
        say(step=step, steps=standing.parts, of=standing.parts_of)

    say(step="simulating")
    planned_power(folder, power_wishes(json.loads(wishes)), progress=progress)
    say(end="done")


def given(findings: pl.DataFrame) -> dict[str, int]:
    """How many answers have each verdict. What stands beside an answer is none of them, though it
    may have a verdict of its own.
    """
    import polars as pl

    answers = findings.filter(pl.col("part") == "answer")
    return dict(Counter(answers["verdict"].drop_nulls().to_list()))


def say(**facts: Any) -> None:
    """Tell the worker, a line."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def end_with_parent() -> None:
    """Have the system end this process with the one that started it; where the system cannot, its
    end is told by the end of the input.
    """
    end_with(int(os.environ.get(PARENT, os.getppid())))
    threading.Thread(target=_watch_input, daemon=True).start()


def _watch_input() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)


def told(folder: Path, head: str, make: Make = run_study) -> int:
    """Run a study and tell what became of it; gives the exit code."""
    return _told(folder, lambda: make_once(folder, head, make))


def _told(folder: Path, work: Callable[[], None]) -> int:
    """Work, and tell what became of it."""
    try:
        work()
    except UserMistake as error:
        say(end="failed", mistakes=[asdict(each) for each in error.mistakes])
    except OSError as error:
        say(end="failed", mistakes=[asdict(_refused(error, folder))])
    except Exception as error:
        traceback.print_exc()
        say(end="failed", fault=f"{type(error).__name__}: {error}"[:400])
        return 70
    return 0


def _refused(error: OSError, folder: Path) -> Mistake:
    """What the operating system refused."""
    found = error.strerror or str(error)
    cure = "check the rights of the folder and the space on the disk, then run it again"
    return Mistake(str(error.filename or folder), found, "a file that can be read or written", cure)


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    end_with_parent()
    with suppress(OSError, AttributeError):
        os.nice(_KINDNESS)
    of, head, *more = sys.argv[1:]
    if more:
        sys.exit(_told(Path(of), lambda: simulate_plan(Path(of), more[1])))
    sys.exit(told(Path(of), head))
