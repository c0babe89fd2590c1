"""`plan next`: how many more donors are needed, once some are measured."""

from __future__ import annotations

from dataclasses import asdict
from math import log2
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exvivo.cli.door import (
    as_json_option,
    display,
    door,
    folder_argument,
    print_json,
    steps,
)

if TYPE_CHECKING:
    from exvivo.tell.planned.needed import NextLook, Target

_TARGETS: tuple[Target, ...] = ("power", "width")


def _share(context: click.Context, option: click.Parameter, typed: float | None) -> float | None:
    """A power as a share; 80 is 80 %."""
    del context, option
    return None if typed is None else _as_share(typed)


def _as_share(typed: float) -> float:
    """A power as a share. Raises `BadParameter` for what is no power."""
    share = typed / 100 if typed > 1 else typed
    if not 0.05 < share < 1:
        raise click.BadParameter("write a power such as 0.8, or 80 for 80 %.")
    return share


def _log2(context: click.Context, option: click.Parameter, typed: float | None) -> float | None:
    """The half width of an interval, typed as a fold."""
    del context, option
    if typed is not None and typed <= 1:
        raise click.BadParameter("write a fold above 1: 1.5 is an interval from /1.5 to x1.5.")
    return None if typed is None else log2(typed)


@click.command("next", short_help="After some donors: how many more, without seeing groups.")
@folder_argument(default=".")
@click.option(
    "--for",
    "target",
    type=click.Choice(_TARGETS),
    help="What is to be reached; left out: the power for what is assumed, else the width.",
)
@click.option(
    "--power", type=float, callback=_share, help="Another power than the planned one: 80 (%)."
)
@click.option(
    "--half-width",
    metavar="FOLD",
    type=float,
    callback=_log2,
    help="Another half width of the interval than the planned one, as a fold: 1.5.",
)
@click.option(
    "--question",
    "questions",
    multiple=True,
    metavar="ID",
    help="A question that counts (again for another); left out: all.",
)
@click.option("--who", default="", help="Who looks. The name can be erased later.")
@as_json_option
def next_(
    folder: Path,
    target: Target | None,
    power: float | None,
    half_width: float | None,
    questions: tuple[str, ...],
    who: str,
    as_json: bool,
) -> None:
    """Look at how far the donors of FOLDER that are measured so far spread, and count those that
    are needed in all for the power or the width of intervals that was planned.

    Groups are never told apart: no mean of a group is looked at or printed. Never fewer donors than
    planned (`groups: n`) are asked for. The look stands on the record of the study.
    """
    if power and half_width:
        raise click.UsageError("Name a power or a half width, not both.")
    with door(folder, as_json), steps(as_json) as progress:
        from exvivo.plan.blinding import seen_look
        from exvivo.plan.next import Wanted, next_donors

        wanted = Wanted(questions, target, power, half_width)
        look = seen_look(folder, next_donors(folder, wanted, who=who, progress=progress))
        progress("")
    if as_json:
        print_json(_plain(look))
        return
    _print(folder, look)


def _print(folder: Path, look: NextLook) -> None:
    from exvivo.plan.blinding import seen_study
    from exvivo.study.load import declarations
    from exvivo.tell.planned.needed import next_group

    study, _ = declarations(folder)
    display(next_group(look, seen_study(folder, study)))


def _plain(look: NextLook) -> dict[str, Any]:
    return {
        "measured": look.measured,
        "needed": look.in_all,
        "planned": dict(look.planned),
        "answers": [asdict(each) | {"in_all": each.in_all} for each in look.answers],
        "row": look.row,
        "hash": look.hash,
    }
