"""`share`: results that may leave the laboratory."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exvivo.cli.door import as_json_option, door, echo, echo_lines, folder_argument, print_json
from exvivo.words import counted

if TYPE_CHECKING:
    from exvivo.share import Shared
    from exvivo.tell.share.people import Singled


@click.command(short_help="Make a folder of results that may be handed on.")
@folder_argument(default=".")
@click.option(
    "--for",
    "audience",
    type=click.Choice(["lab", "team", "public"]),
    required=True,
    help="lab: what a run writes; team: pseudonyms; public: no person at all.",
)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where to write it.  [FOLDER/shared-...]",
)
@click.option(
    "--smallest",
    metavar="N",
    type=click.IntRange(min=2),
    default=5,
    show_default=True,
    help="public: the smallest number of people that is printed.",
)
@as_json_option
def share(folder: Path, audience: str, out: Path | None, smallest: int, as_json: bool) -> None:
    """Make a folder of the last run of FOLDER that may be handed on. Nothing is computed anew.

    public names nobody and draws no single person; small numbers are hidden with those that would
    tell them, age stands in bands, days are left out. The folder is searched for names and days of
    donors before it is put in its place. team keeps the pseudonyms of the study and every number,
    without paths and names of samples as the instruments have them.

    docs/howto/what-may-be-shared.md says what each holds, and what no hiding can do.
    """
    with door(folder, as_json):
        if audience == "lab":
            _print_lab(folder, as_json)
            return
        from exvivo.share import share as hand_on

        made = hand_on(
            folder, "public" if audience == "public" else "team", out=out, smallest=smallest
        )
    if as_json:
        singled = [asdict(each) for each in made.singled_out]
        facts = {"folder": str(made.folder), "for": made.audience, "files": made.files}
        print_json({**facts, "singled_out": singled, "notes": list(made.notes)})
    else:
        _print(made)


def _print_lab(folder: Path, as_json: bool) -> None:
    """Where the results for the laboratory stand."""
    from exvivo.store import standing

    results = standing(folder)
    if as_json:
        print_json({"folder": str(results), "for": "lab"})
    else:
        echo(f"What a run writes is for the laboratory: {results}. It names every donor.")


def _print(made: Shared) -> None:
    """Where the folder is, and who could be singled out."""
    whom = "anybody" if made.audience == "public" else "the team"
    echo_lines([f"For {whom}: {made.folder} ({counted(made.files, 'file')})"])
    *before, printed = made.singled_out or (None,)
    if printed is not None and printed.people:
        echo_lines(["", f"Who could be singled out, of {printed.people} people:"])
        echo_lines([*map(_singled, before), _singled(printed)])
    echo_lines(["", *made.notes] if made.notes else [])


def _singled(each: Singled) -> str:
    few = f", {each.small} in combinations of too few" if each.small else ""
    return f"  {each.by}: {each.only_one} the only one of a kind (k = {each.k}){few}"
