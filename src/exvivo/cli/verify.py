"""`verify`: does the last run still stand?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exvivo.cli.door import (
    USERS_MISTAKE,
    as_json_option,
    door,
    folder_argument,
    print_json,
    steps,
)
from exvivo.errors import command
from exvivo.words import counted, shortened

if TYPE_CHECKING:
    from exvivo.rerun import Rerun
    from exvivo.store import Change, Difference, Run


@click.command()
@folder_argument(default=".")
@click.option(
    "--rerun",
    "again",
    is_flag=True,
    help="Run the study again, elsewhere, and compare every table number by number.",
)
@as_json_option
def verify(folder: Path, again: bool, as_json: bool) -> None:
    """Hash every input and output of the last run of FOLDER again and say what changed.

    With --rerun the results are made again in a temporary folder: on the same kind of machine with
    the same packages they have the same bytes, elsewhere the same numbers to 1e-9 with the same
    words and verdicts.

    Exits with 2 if anything is changed, missing or new, or comes out differently.
    """
    with door(folder, as_json):
        from exvivo import store

        last, changes = store.complete_run(folder), store.verify(folder)
    made = _made_again(folder, as_json) if again else None
    if as_json:
        _print_changes_as_json(changes, last, made)
    else:
        _print_changes(changes, last, folder)
        click.echo("".join(f"{line}\n" for line in rerun_lines(made)), nl=False)
    if changes or (made and made.differences):
        sys.exit(USERS_MISTAKE)


def _made_again(folder: Path, as_json: bool) -> Rerun:
    """The last run, made again and compared."""
    with door(folder, as_json), steps(as_json) as progress:
        from exvivo.rerun import rerun

        return rerun(folder, progress=progress)


def rerun_lines(made: Rerun | None) -> Iterator[str]:
    """What came of a run that was made again; nothing where none was."""
    if made is None:
        return
    changed = f" With {shortened(made.changed, 4)}." if made.changed else ""
    match made.verdict:
        case "same bytes":
            yield f"Made again: the same bytes in all {made.files} files.{changed}"
        case "same numbers":
            others = counted(len(made.bytes), "file")
            yield (
                "Made again: the same numbers to 1e-9, and the same words and verdicts; "
                f"other bytes in {others} of {made.files}.{changed}"
            )
        case "differs":
            yield f"Made again, it differs in {counted(len(made.differences), 'column')}.{changed}"
            yield from map(_difference, made.differences)


def _difference(one: Difference) -> str:
    """`findings, row 3, estimate: 1.5 on record, 1.6 now`."""
    row = f", row {one.row}" if one.row else ""
    return f"{one.table}{row}, {one.column}: {one.recorded} on record, {one.now} now"


def _print_changes(changes: tuple[Change, ...], last: Run, folder: Path) -> None:
    if not changes:
        made = f"the run of {last.recorded} (exvivo {last.version})"
        click.echo(f"All stands: {last.files} files are as {made} left them.")
        return
    for change in changes:
        click.echo(f"{change.what:8}{change.side:8}{change.path}")
    anew = f"`{command('run', folder)}` makes them anew."
    click.echo(f"The results of {last.recorded} no longer match these files. {anew}")


def _print_changes_as_json(changes: tuple[Change, ...], last: Run, made: Rerun | None) -> None:
    rerun = {} if made is None else {"rerun": _rerun_as_json(made)}
    print_json(
        {
            "stands": not changes and not (made and made.differences),
            "files": last.files,
            "version": last.version,
            "run": last.recorded,
            "changes": [asdict(change) for change in changes],
            **rerun,
        }
    )


def _rerun_as_json(made: Rerun) -> dict[str, Any]:
    return {
        "verdict": made.verdict,
        "files": made.files,
        "other_bytes": list(made.bytes),
        "machine": made.machine,
        "changed": made.changed,
        "differences": [asdict(each) for each in made.differences],
    }
