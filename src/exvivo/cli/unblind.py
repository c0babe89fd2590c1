"""`unblind`: what stood behind the codes of a blinded study, on record."""

from __future__ import annotations

from pathlib import Path

import click

from exvivo.cli.door import as_json_option, door, echo_lines, folder_argument, print_json
from exvivo.errors import command


@click.command(short_help="Lift the blinding of a study, on record.")
@folder_argument()
@click.option("--who", default="", help="Who lifts it. The name can be erased later.")
@click.option("--reason", default="", help="Why now, in words.")
@as_json_option
def unblind(folder: Path, who: str, reason: str, as_json: bool) -> None:
    """Lift the blinding of the study in FOLDER: say which code is which group and donor, and put on
    record that it was told.

    The results stay as they are until the next run, which names groups and donors and changes no
    number. What is excluded from now on is no longer marked as decided under codes.
    """
    with door(folder, as_json):
        from exvivo.plan.blinding import lifted

        done = lifted(folder, who=who, reason=reason)
    key, row = done.key, done.row
    if as_json:
        codes = {"groups": dict(key.groups), "donors": dict(key.donors), "names": dict(key.names)}
        print_json({**codes, "row": row.number, "hash": row.hash})
        return
    echo_lines(
        [
            *(f"{code} is {name} ({key.called[name]})" for name, code in key.groups.items()),
            *(f"{code} is {name}" for name, code in key.donors.items()),
            f"Lifted, and on record as row {row.number}. {done.since}",
            f"Next: {command('run', folder)} (the same numbers under the names of the study)",
        ]
    )
