"""`exclude`: leave something out of every result, with a reason, on record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exvivo.cli.door import as_json_option, door, echo_lines, folder_argument, print_json, steps
from exvivo.cli.preview import preview_option, print_outlook, print_recorded
from exvivo.words import counted, shortened

if TYPE_CHECKING:
    from exvivo.decide.leave_out import LeftOut
    from exvivo.gather import Progress


@click.command(short_help="Leave wells or a donor out, with a reason, on record.")
@folder_argument(default=".")
@click.option("--wells", help="Q1:A1, Q1:A1-A3 along a row or column, Q1:A1:B3 for a block.")
@click.option("--plate", help="The plate, where --wells does not name it.")
@click.option("--sample", help="The name that an instrument file gives the wells.")
@click.option("--donor", help="All wells of a donor.")
@click.option("--culture", help="All wells of a culture.")
@click.option("--analyte", help="Only the readings of this analyte.")
@click.option("--reason", required=True, help="Why, in words.")
@click.option("--who", help="Who decided it.")
@click.option(
    "--labels",
    type=click.Choice(["hidden", "seen"]),
    help="Whether whoever decided it could see the groups.",
)
@preview_option
@as_json_option
def exclude(folder: Path, preview: bool, as_json: bool, **said: str | None) -> None:
    """Leave wells of the study in FOLDER out of every result, or the readings of one analyte in
    them.

    Adds a line to FOLDER/exclusions.csv and a row to the record. Nothing is deleted: the report
    shows what was left out, by whom and why, and every answer it touches without and with it. With
    --preview, only says what each answer would become.
    """
    with door(folder, as_json), steps(as_json) as progress:
        _exclude(folder, said, (preview, as_json), progress)


def _exclude(
    folder: Path, said: dict[str, str | None], how: tuple[bool, bool], progress: Progress
) -> None:
    from exvivo.decide.decisions import drafted_exclusion, outlook, today
    from exvivo.decide.leave_out import leave_out, line_of

    preview, as_json = how
    draft = drafted_exclusion(folder, line_of(said, folder), today())
    if preview:
        print_outlook(outlook(folder, draft, progress), as_json, progress)
        return
    done = leave_out(folder, draft, progress)
    progress("")
    if as_json:
        left_out, row = done.wells.to_dicts(), done.row
        print_json({"left_out": left_out, "row": row.number, "hash": row.hash})
        return
    echo_lines([_told(done), *_again(done), *_notes(done)])
    print_recorded(done.name, done.row, folder)


def _told(done: LeftOut) -> str:
    """What is left out, in a line."""
    said: dict[str, Any] = done.wells.row(0, named=True)
    of = f"{done.gathered.study.name_of(said['analyte'])} of " if said["analyte"] else ""
    places = [f"{plate} {well}" for plate, well in done.wells.select("plate", "well").iter_rows()]
    count = counted(len(places), "well")
    return f"Left out: {of}{count} ({shortened(places)}): {said['reason']}"


def _again(done: LeftOut) -> list[str]:
    """That earlier lines left all of it out already, so that this one changes no answer."""
    if not done.held_before:
        return []
    lines = shortened(done.held_before)
    return [f"All of it was left out already, by {lines}: no answer changes by this."]


def _notes(done: LeftOut) -> list[str]:
    """What is to be known of wells that cannot be put back."""
    if not done.nobodys:
        return []
    what = counted(done.nobodys, "of them is", "of them are")
    return [
        f"{what} `empty` in the layout, without a donor: no answer can be shown with that in. Give "
        "wells back their role and donor there, so that both answers can stand side by side."
    ]
