"""`verify`: does the last run still stand?"""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exvivo.cli.door import USERS_MISTAKE, as_json_option, door, echo, folder_argument, print_json
from exvivo.cli.tidy import say_what_remains, to_tidy
from exvivo.errors import command
from exvivo.visible import one_line

if TYPE_CHECKING:
    from exvivo.store import Change, Run


@click.command()
@folder_argument(default=".")
@as_json_option
def verify(folder: Path, as_json: bool) -> None:
    """Hash every input and output of the last run of FOLDER again and say what changed.

    Exits with 2 if anything is changed, missing or new.
    """
    with door(folder, as_json):
        from exvivo import store

        last, changes = store.complete_run(folder), store.verify(folder)
        tidy = to_tidy(folder)
    if as_json:
        _print_changes_as_json(changes, last, tidy)
    else:
        _print_changes(changes, last, folder)
    say_what_remains(folder, as_json)
    if changes:
        sys.exit(USERS_MISTAKE)


def _print_changes(changes: tuple[Change, ...], last: Run, folder: Path) -> None:
    if not changes:
        made = f"the run of {last.recorded} (exvivo {last.version})"
        echo(f"All stands: {last.files} files are as {made} left them.")
        return
    for change in changes:
        echo(f"{change.what:8}{change.side:8}{one_line(change.path)}")
    anew = f"`{command('run', folder)}` makes them anew."
    echo(f"The results of {last.recorded} no longer match these files. {anew}")


def _print_changes_as_json(
    changes: tuple[Change, ...], last: Run, tidy: list[dict[str, str]]
) -> None:
    print_json(
        {
            "stands": not changes,
            "files": last.files,
            "version": last.version,
            "run": last.recorded,
            "changes": [asdict(change) for change in changes],
            **({"to_tidy": tidy} if tidy else {}),
        }
    )
