"""`plan layout`: where each donor's samples go on the plates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from exvivo.cli.door import (
    as_json_option,
    display,
    door,
    echo_lines,
    folder_argument,
    print_json,
    steps,
)
from exvivo.errors import command

if TYPE_CHECKING:
    from exvivo.plan.layout import PlannedLayout

PLAN = "planned/layout"
_EFFECTS = ("edge", "rows", "columns", "curvature", "drift", "channels")
Command = TypeVar("Command", bound=Callable[..., Any])


def _names(context: click.Context, option: click.Parameter, text: str) -> tuple[str, ...]:
    """Names with commas between them."""
    del context, option
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _number(text: str, example: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no number; write {example}.") from None


def _effects(
    context: click.Context, option: click.Parameter, texts: tuple[str, ...]
) -> dict[str, float]:
    """Effects by name, as `edge=0.3`."""
    del context, option
    effects: dict[str, float] = {}
    for text in texts:
        name, _, sd = text.partition("=")
        if name.strip() not in _EFFECTS:
            raise click.BadParameter(f"{name!r} is none of {', '.join(_EFFECTS)}.")
        effects[name.strip()] = _number(sd, "edge=0.3")
    return effects


def _controls(
    context: click.Context, option: click.Parameter, text: str
) -> dict[str, float | None]:
    """Controls by name, with their amounts where they are known (low=20,high)."""
    del context, option
    controls: dict[str, float | None] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, stated, amount = part.partition("=")
        controls[name.strip()] = _number(amount, "low=20,high=400") if stated else None
    return controls


def _amounts(
    context: click.Context, option: click.Parameter, texts: tuple[str, ...]
) -> dict[str, tuple[float, ...]]:
    """Amounts of standards by assay (protein=10000,2500), or of the one that needs them."""
    amounts: dict[str, tuple[float, ...]] = {}
    for text in texts:
        assay, _, stated = text.rpartition("=")
        parts = _names(context, option, stated)
        amounts[assay.strip()] = tuple(_number(part, "protein=10000,2500") for part in parts)
    return amounts


def _of_plates(function: Command) -> Command:
    """The options that say what the plates are and what else stands on them."""
    options = (
        click.option("--assay", "assays", multiple=True, help="Lay out this assay only."),
        click.option(
            "--plate",
            type=click.Choice(["96", "384", "tubes"]),
            default="96",
            show_default=True,
            help="Wells of a plate; tubes stand in racks and are read row by row.",
        ),
        click.option(
            "--plates", type=int, help="Plates of each assay; else as declared or needed."
        ),
        click.option(
            "--pipetting",
            type=click.Choice(["triplicates", "column8", "row12", "free"]),
            default="triplicates",
            show_default=True,
            help="Replicates side by side; for an 8- or a 12-channel pipette; or single wells, for "
            "a robot.",
        ),
        click.option(
            "--forbid",
            "forbidden",
            default="",
            callback=_names,
            metavar="WELLS",
            help="Wells that stay empty: `edge`, A1, A1:H1.",
        ),
        click.option(
            "--standards", type=int, default=2, show_default=True, help="Wells of each standard."
        ),
        click.option(
            "--amounts",
            multiple=True,
            callback=_amounts,
            metavar="ASSAY=10000,2500",
            help="The standards of an assay, where study.yaml names none.",
        ),
        click.option("--blanks", type=int, default=2, show_default=True, help="Blanks, or NTC."),
        click.option(
            "--each-target",
            is_flag=True,
            help="qPCR: a plate of the same map for every target, references too.",
        ),
        click.option("--bridge", is_flag=True, help="One sample that stands on every plate."),
        click.option(
            "--controls",
            default="",
            callback=_controls,
            metavar="low=20,high=400",
            help="Controls on every plate, with their amounts.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def _of_donors(function: Command) -> Command:
    """The options that say what goes onto the plates, and what is assumed of places."""
    options = (
        click.option("--wells", type=int, help="Wells of each culture and condition."),
        click.option("--cultures", type=int, help="Cultures of each donor and condition."),
        click.option("--days", type=int, help="Days over which donors are handled."),
        click.option(
            "--balance",
            default="",
            callback=_names,
            metavar="sex,batch",
            help="Columns of donors.csv to spread over plates and days.",
        ),
        click.option(
            "--effect",
            "effects",
            multiple=True,
            callback=_effects,
            metavar="edge=0.3",
            help=f"The SD (log2) of a position effect: {', '.join(_EFFECTS)}.",
        ),
        click.option(
            "--seed",
            type=click.IntRange(min=0),
            default=1,
            show_default=True,
            help="Another number gives another map, as good.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command("layout", short_help="Where each donor's samples go on the plates.")
@folder_argument(default=".")
@_of_plates
@_of_donors
@click.option("--take", is_flag=True, help="Put the layouts into plates/, and declare the plates.")
@as_json_option
def layout(
    folder: Path, take: bool, as_json: bool, effects: dict[str, float], **wished: Any
) -> None:
    """Lay out the plates of the study in FOLDER: every donor whole on one plate, groups spread over
    plates and days, and samples in the wells in which the declared questions suffer least from
    edges, gradients, bends and drift.

    Writes FOLDER/planned/layout: the layout of each plate, a list of samples for its instrument,
    maps to print, the balance before and after, and what places do to each answer. With --take they
    become the layouts of the study, once donors.csv holds every donor.
    """
    with door(folder, as_json), steps(as_json) as progress:
        planned, written = _written(folder, wished | {"effects": effects}, progress)
    if take:
        with door(folder, as_json, written=f"The plan lies in {folder / PLAN}; nothing was taken."):
            from exvivo.plan.layout import take_layout

            written = [*take_layout(planned, folder), *written]
    if as_json:
        from exvivo.plan.layout import maps_of

        print_json({"files": written, **asdict(maps_of(planned))})
        return
    _show(planned, folder, written, take=take)


def _written(
    folder: Path, wished: dict[str, Any], progress: Callable[[str], None]
) -> tuple[PlannedLayout, list[str]]:
    """The layout as wished, and the files of the plan that were written."""
    from exvivo.plan.layout import PositionEffects, Wishes, planned_layout, write_layout

    effects = PositionEffects(**wished.pop("effects"))
    wishes = Wishes(effects=effects, **wished)
    progress("laying out the plates")
    planned = planned_layout(folder, wishes)
    progress("drawing the maps")
    return planned, write_layout(planned, folder)


def _is_of_many_targets(planned: PlannedLayout) -> bool:
    """Whether wells of a qPCR plate are taken to hold all targets."""
    from exvivo.study import Qpcr

    assays = [planned.study.assay(each.assay) for each in planned.assays]
    return any(isinstance(assay, Qpcr) for assay in assays) and not planned.wishes.each_target


def _made_up(planned: PlannedLayout) -> list[str]:
    """Who is made up, if anybody is."""
    from exvivo.plan.layout.people import made_up_words

    words = made_up_words(planned)
    return [f"{words}: --take wants them in donors.csv first."] if words else []


def _show(planned: PlannedLayout, folder: Path, written: list[str], *, take: bool) -> None:
    """The layout in a few lines, and where its files are."""
    from exvivo.plan.layout import maps_of
    from exvivo.plan.layout.write import MAPS
    from exvivo.tell.planned.terminal import layout_lines

    display(layout_lines(maps_of(planned), planned.study))
    if _is_of_many_targets(planned):
        echo_lines(
            [
                "qPCR: in these maps each well holds every target. Where a well amplifies one, "
                "give each target a plate of the same map: --each-target"
            ]
        )
    echo_lines(_made_up(planned))
    next_step = command("check", folder) if take else "the same command with --take"
    echo_lines(
        [
            f"Maps to print: {folder / PLAN / MAPS}; {len(written)} files in all",
            f"{'Next' if take else 'To make them the layouts of the study'}: {next_step}",
        ]
    )
