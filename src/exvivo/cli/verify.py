"""`verify`: does what is on record still stand?"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exvivo.cli.door import USERS_MISTAKE, as_json_option, door, echo, folder_argument, print_json
from exvivo.cli.head import head_of, printable
from exvivo.cli.rerun import made_again, rerun_as_json, rerun_lines
from exvivo.cli.tidy import say_what_remains, to_tidy
from exvivo.errors import command
from exvivo.words import counted

if TYPE_CHECKING:
    from exvivo.rerun import Rerun
    from exvivo.store import Change, Examined, Run

_OF_RECORD = frozenset({"row", "text", "record"})
_PLAIN = ("changed", "missing", "new")


def _hash(context: click.Context, parameter: click.Parameter, text: str | None) -> str | None:
    """The hash that is expected: 12 of its digits or more."""
    digits = text.strip().lower() if text is not None else None
    if digits is not None and not re.fullmatch("[0-9a-f]{12,64}", digits):
        raise click.BadParameter("12 to 64 of the digits 0-9 and a-f, as `exvivo run` prints them")
    return digits


@click.command(short_help="Say whether files, results and record still stand.")
@folder_argument(default=".")
@as_json_option
@click.option(
    "--expect",
    metavar="HASH",
    callback=_hash,
    help="A head of the record that you kept elsewhere (12 digits or all 64): finds a folder that "
    "was set back to an earlier state, or whose record was written anew.",
)
@click.option(
    "--rerun",
    "again",
    is_flag=True,
    help="Run the study again, elsewhere, and compare every table number by number.",
)
def verify(folder: Path, as_json: bool, expect: str | None, again: bool) -> None:
    """Walk the record of FOLDER from its first row, hash every input and output of the last run
    and every text that is kept again, and say what changed.

    With --rerun the results are made again in a temporary folder: on the same kind of machine with
    the same packages they have the same bytes, elsewhere the same numbers to 1e-9 with the same
    words and verdicts.

    Exits with 2 if anything is changed, missing, new or cannot be as exvivo left it, or comes out
    differently.
    """
    with door(folder, as_json):
        from exvivo import record

        examined = record.examined(folder, expect=expect)
    made = made_again(folder, as_json) if again else None
    if as_json:
        _print_as_json(examined, made, to_tidy(folder))
    else:
        lines = _sound(examined) if not examined.changes else _broken(examined, folder)
        echo("\n".join([*lines, *rerun_lines(made), *_limits(examined, folder)]))
    say_what_remains(folder, as_json)
    if examined.changes or (made and made.differences):
        sys.exit(USERS_MISTAKE)


def _sound(examined: Examined) -> Iterator[str]:
    """What stands."""
    run, rows = examined.run, counted(examined.rows, "row")
    yield f"All stands: {_files(run)}; the record, {rows}, is one chain."
    if run is not None and examined.decided:
        decisions = counted(examined.decided, "decision")
        yield f"{decisions} on record since that run: the next run takes it into the answers."
    if examined.since is not None:
        grown = f"{counted(examined.since, 'row')} followed" if examined.since else "none followed"
        yield f"The row you expect is in it; {grown} since."


def _files(run: Run | None) -> str:
    """The files of the last run that stand."""
    if run is None:
        return "no run is on record yet"
    return f"{run.files} files are as {_named(run)} left them"


def _named(run: Run) -> str:
    return f"the run of {_when(run)} (exvivo {printable(run.version)})"


def _when(run: Run) -> str:
    """When a run was recorded, as every page says it."""
    from exvivo.tell.words import clock

    return printable(clock(run.recorded))


def _broken(examined: Examined, folder: Path) -> Iterator[str]:
    """What does not stand, and what to do about it."""
    yield from map(_line, examined.changes)
    sides = {change.side for change in examined.changes}
    if examined.run is not None and sides & {"input", "output"}:
        anew = f"`{command('run', folder)}` makes them anew"
        yield (
            f"The results of {_when(examined.run)} no longer match these files. "
            f"{anew}; move out of `results` first what no run made."
        )
    if sides & _OF_RECORD:
        yield (
            "The record is not as exvivo wrote it. No run repairs that: bring the study folder "
            "back from a backup that stands, and keep this one beside it to see what was changed."
        )


def _line(change: Change) -> str:
    """One finding."""
    from exvivo.tell.verified import OF_FINDING

    label = change.what if change.what in _PLAIN else "wrong"
    words = f": {OF_FINDING[change.what]}" if change.what in OF_FINDING else ""
    return f"{label:8}{change.side:8}{printable(change.path)}{words}"


def _limits(examined: Examined, folder: Path) -> Iterator[str]:
    """The head, what was let pass, and what cannot be known from the folder."""
    for name in examined.tolerated:
        yield f"Left by a file browser, no result, let pass: {printable(name)}"
    for number in examined.set_back:
        yield f"Row {number} is dated before the row before it: a clock was set back."
    is_whole = not {change.side for change in examined.changes} & _OF_RECORD
    if examined.head is not None and is_whole:
        yield from head_of(examined.head, folder)
    yield "What this cannot know:"
    yield from (f"- {line}" for line in _unknown(examined))


def _unknown(examined: Examined) -> Iterator[str]:
    """What no look into the folder can tell."""
    if "rewritten" in examined.unknown:
        after = "" if examined.since is None else " after the row you expect"
        yield (
            f"whether somebody who can compute hashes put rows{after} at the end, took them off, "
            "or wrote the record anew, with results to match: only a head kept elsewhere tells"
        )
    if "imported" in examined.unknown:
        runs = counted(examined.imported, "run")
        yield f"whether {runs} recorded before there was a chain had been changed until then"
    yield "whether the clock was right: dates are those of the computer"
    if "page" in examined.unknown:
        yield "whether results/record.html is as it was written: another version of exvivo wrote it"


def _print_as_json(examined: Examined, made: Rerun | None, tidy: list[dict[str, str]]) -> None:
    run, head = examined.run, examined.head
    rerun = {} if made is None else {"rerun": rerun_as_json(made)}
    print_json(
        {
            "stands": not examined.changes and not (made and made.differences),
            "files": run.files if run else 0,
            "version": run.version if run else None,
            "run": run.recorded if run else None,
            "changes": [asdict(change) for change in examined.changes],
            "row": head.number if head else None,
            "head": head.hash if head else None,
            "rows": examined.rows,
            "since": examined.since,
            "decided": examined.decided,
            "tolerated": list(examined.tolerated),
            "set_back": list(examined.set_back),
            "unknown": list(examined.unknown),
            **rerun,
            **({"to_tidy": tidy} if tidy else {}),
        }
    )
