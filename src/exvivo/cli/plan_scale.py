"""What every command that simulates many studies shares: who works on it, and how far it is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

import click

from exvivo.cli.door import echo, error_stream

if TYPE_CHECKING:
    from exvivo.plan.parts import Progress, Standing

Command = TypeVar("Command", bound=Callable[..., Any])

_MINUTE = 60.0
_FIRST_LINE = 10.0
"""Seconds after which a log tells how long it will take."""
_SHOWN_AFTER = 0.5
"""Seconds after which a bar is worth its place."""
_LESS_OFTEN = 20
"""Lines of a log after which they come every ten minutes."""


def workers_option(command: Command) -> Command:
    """The options `--workers` and `--scheduler`."""
    of_dask = click.option(
        "--scheduler",
        default="",
        metavar="ADDRESS",
        help="Work on a Dask cluster: the address of its scheduler, its scheduler file, or `slurm` "
        "for --workers jobs of SLURM.",
    )
    of_processes = click.option(
        "--workers",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        metavar="N",
        help="How many processes work; the numbers are the same with any number.",
    )
    return of_processes(of_dask(command))


@contextmanager
def simulating(as_json: bool) -> Iterator[Progress]:
    """Show how far a simulation is: a bar with the time left on a terminal; else a line on the
    error stream after ten seconds and then each minute, so that the log of a batch job tells it
    too. A short one is silent. Ended with Ctrl-C, it says what is kept.
    """
    last: list[Standing] = []
    try:
        with _bar() if sys.stderr.isatty() and not as_json else nullcontext(_Lines()) as show:

            def progress(standing: Standing) -> None:
                last[:] = [standing]
                show(standing)

            yield progress
    except KeyboardInterrupt:
        if last:
            echo(f"{_kept(last[0])}; the same command goes on from there", err=True)
        raise


def _kept(standing: Standing) -> str:
    return f"{standing.studies:,} of {standing.studies_of:,} studies are kept"


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich import progress as bars

    columns = (bars.BarColumn(), bars.TextColumn("{task.fields[of]}"))
    with bars.Progress(*columns, console=error_stream(), transient=True) as bar:
        shown = bar.add_task("", total=None, visible=False, of="")

        def progress(standing: Standing) -> None:
            from exvivo.tell.planned.standing import how_far

            bar.update(
                shown,
                completed=standing.studies,
                total=standing.studies_of,
                visible=standing.seconds > _SHOWN_AFTER or standing.workers == 0,
                of=how_far(standing),
            )

        yield progress


class _Lines:
    """Lines of a log, the first after some seconds, then one a minute."""

    def __init__(self) -> None:
        self.next, self.lines = time.monotonic() + _FIRST_LINE, 0

    def __call__(self, standing: Standing) -> None:
        if time.monotonic() >= self.next:
            from exvivo.tell.planned.standing import how_far

            echo(how_far(standing), err=True)
            self.lines += 1
            pause = _MINUTE if self.lines < _LESS_OFTEN else 10 * _MINUTE
            self.next = time.monotonic() + pause
