"""`check`: every mistake at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exvivo.cli.door import (
    USERS_MISTAKE,
    as_json_option,
    door,
    echo,
    folder_argument,
    print_json,
    steps,
)
from exvivo.errors import command
from exvivo.visible import one_line
from exvivo.words import counted

if TYPE_CHECKING:
    from exvivo.flagged import Flag
    from exvivo.gather import Gathered


@click.command(short_help="List every mistake at once, each with its cure.")
@folder_argument(default=".")
@as_json_option
def check(folder: Path, as_json: bool) -> None:
    """Read everything in FOLDER and list every mistake at once, without analysing anything.

    What was read is kept in FOLDER/.exvivo-cache, so that the next check is quick; nothing else is
    written, and that folder may be deleted at any time.

    Each mistake names the file and line, what was found, what was expected, and how to fix it.
    Contradictions withhold the answers that they touch until they are fixed, or accepted by name
    with a reason (`accept` in study.yaml). Exits with 2 while anything is to fix.
    """
    with door(folder, as_json), steps(as_json) as progress:
        from exvivo.cache import Cache
        from exvivo.gather import gather
        from exvivo.plan.blinding import seen

        cache = Cache.of(folder)
        gathered = gather(folder, progress=progress, cache=cache)
        cache.tidy()
        gathered = seen(folder, gathered)
    _print_checked(gathered, folder, as_json)
    if _withholding(gathered):
        sys.exit(USERS_MISTAKE)


def _withholding(gathered: Gathered) -> list[Flag]:
    """The contradictions that withhold answers."""
    return [flag for flag in gathered.flags if flag.withholds]


def _print_checked(gathered: Gathered, folder: Path, as_json: bool) -> None:
    """Say whether there is anything to fix, what to look at all the same, and what comes next."""
    from exvivo.checking import counts_of, notes_of

    title, counts = gathered.study.title, counts_of(gathered)
    notes = [f"Look: {note}" for note in notes_of(gathered)]
    if as_json:
        flags = [flag.row_of_table() for flag in gathered.flags]
        sound = not _withholding(gathered)
        print_json({"sound": sound, "title": title, **counts, "notes": notes, "flags": flags})
        return
    listed = ", ".join(counted(n, name.removesuffix("s"), name) for name, n in counts.items())
    looks = [_look(flag) for flag in gathered.flags if not flag.withholds]
    lines = [
        one_line(title),
        *_to_settle(gathered, listed),
        *looks,
        *map(one_line, notes),
        f"Next: {one_line(command('run', folder))}",
    ]
    echo("\n".join(lines))


def _look(flag: Flag) -> str:
    """A flag that withholds nothing, and the name that `exvivo keep` takes where it asks."""
    asks = flag.severity == "look" and flag.accepted is None
    return f"{flag}\n  its name  {one_line(flag.name)}" if asks else str(flag)


def _to_settle(gathered: Gathered, listed: str) -> list[str]:
    """The contradictions of a study, or that there is nothing to fix in all that it holds."""
    stops = _withholding(gathered)
    if not stops:
        return [f"Nothing to fix: {listed}."]
    withheld = "withholds" if len(stops) == 1 else "withhold"
    contradictions = counted(len(stops), "contradiction")
    return [f"{contradictions} {withheld} the answers touched, in {listed}.", *map(str, stops)]
