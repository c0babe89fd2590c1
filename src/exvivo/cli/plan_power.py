"""`plan power`: what the questions of a study can find, before anything is measured."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from exvivo.cli.door import (
    as_json_option,
    display,
    door,
    echo,
    echo_lines,
    folder_argument,
    print_json,
)
from exvivo.cli.plan_scale import simulating, workers_option
from exvivo.errors import Mistake

if TYPE_CHECKING:
    from exvivo.study import Study
    from exvivo.tell.planned.records import PowerTable

Command = TypeVar("Command", bound=Callable[..., Any])

AXES = (
    ("--donors", "14v10,28v20", "Donors of each group."),
    ("--wells", "3,6", "Wells of a culture and condition."),
    ("--cultures", "1,2", "Cultures of a donor and condition."),
    ("--plates", "1,2", "Plates of each assay; left out: as many as the wells need."),
    ("--fold", "1.2,1.5", "How many times as much the asked effects are: 2 is twice."),
    ("--donor-sd", "0.5,0.8", "Between donors' responses, log2."),
    ("--well-sd", "0.1,0.2", "Between wells, log2."),
    ("--dropouts", "0,0.1", "The share of donors that is lost."),
    ("--spread-ratio", "1,2", "How many times as wide the second group's donors spread."),
)
"""Options that take a grid: name, example, help."""


def axes_options(command: Command) -> Command:
    """The options of a grid."""
    for name, example, text in reversed(AXES):
        command = click.option(name, default="", metavar=example, help=text)(command)
    return command


@click.command("power", short_help="What the questions can find: power, width, what buys most.")
@folder_argument(default=".")
@axes_options
@click.option(
    "--ranks",
    is_flag=True,
    help="Refuse sizes at which ranks and permutations, beside the answers, can show nothing.",
)
@click.option(
    "--studies",
    type=click.IntRange(20, 10_000_000),
    default=None,
    help="Simulated studies of each size; left out: 2,000, or 100 where results are below a limit.",
)
@click.option("--seed", type=int, default=None, help="Of all random numbers; else the plan's.")
@click.option("--anyway", is_flag=True, help="Look at sizes that are refused as well.")
@click.option("--open", "open_", is_flag=True, help="Open the report in your browser.")
@workers_option
@as_json_option
def power(
    folder: Path,
    as_json: bool,
    workers: int,
    scheduler: str,
    open_: bool,
    studies: int | None,
    seed: int | None,
    ranks: bool,
    anyway: bool,
    **axes: str,
) -> None:
    """Simulate the study of FOLDER many times, each answered as the real one will be, and say of
    every declared question how often it is supported, equivalent, not resolved or not estimable;
    how wide its interval is; how often a claim points the wrong way and how far it exaggerates; and
    what buys most.

    Give several values of an option, with commas, for a grid. What is not given stands in
    study.yaml (`groups: n`, `plan`, `assumptions`); what stands nowhere is taken from the field and
    named as an assumption.

    Writes FOLDER/planned/power: report.html, power.csv, and the simulated parts: ended in the
    middle, the same command goes on where it was.
    """
    with door(folder, as_json), simulating(as_json) as progress:
        from exvivo.plan.power import Axes, Wishes, planned_power

        wishes = Wishes(
            axes=Axes(**axes),
            studies=studies,
            seed=seed,
            ranks=ranks,
            anyway=anyway,
        )
        table, study = planned_power(
            folder,
            wishes,
            workers=workers,
            scheduler=scheduler,
            progress=progress,
            notice=_notice,
        )
    if as_json:
        print_json(_plain(dataclasses.asdict(table)))
    else:
        _print(table, study, folder, open_=open_)


def _notice(known: Mistake) -> None:
    """What is to be known before it takes its time."""
    echo(f"{known.where}: {known.found}. {known.cure}.", err=True)


def _print(table: PowerTable, study: Study, folder: Path, *, open_: bool) -> None:
    """The plan on the terminal, and where its report is."""
    from exvivo.tell.planned.terminal import power_lines

    display(power_lines(table, study))
    report = folder / "planned" / "power" / "report.html"
    echo_lines([f"Report: {report}"])
    if open_:
        click.launch(str(report))


def _plain(value: Any) -> Any:
    """Without numbers that are none: JSON has no word for them."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value
