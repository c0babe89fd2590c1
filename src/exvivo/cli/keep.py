"""`keep`: a flag that was seen and may stand, with the reason, on record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from exvivo.cli.door import as_json_option, door, echo_lines, folder_argument, print_json, steps
from exvivo.cli.preview import preview_option, print_outlook, print_recorded

if TYPE_CHECKING:
    from exvivo.gather import Progress


@click.command(short_help="Let a flag stand, with a reason, on record.")
@folder_argument()
@click.argument("flag")
@click.option("--reason", required=True, help="Why it may stand, in words.")
@click.option("--who", default="", help="Who decided it.")
@preview_option
@as_json_option
def keep(folder: Path, flag: str, reason: str, who: str, preview: bool, as_json: bool) -> None:
    """Answer a FLAG of the study in FOLDER: seen, kept, because.

    FLAG is its name, as `exvivo check` and the report print it. Its reason is written under
    `accept` of study.yaml, nothing else there changes, and a row is added to the record. Answers
    that a contradiction withheld are given again, and say so. With --preview, only says what each
    answer would become.
    """
    with door(folder, as_json), steps(as_json) as progress:
        said = {"flag": flag, "reason": " ".join(reason.split()), "who": who}
        _keep(folder, said, (preview, as_json), progress)


def _keep(folder: Path, said: dict[str, str], how: tuple[bool, bool], progress: Progress) -> None:
    from exvivo.decide.decisions import outlook, today
    from exvivo.decide.keeping import drafted
    from exvivo.decide.keeping import keep as keep_flag

    preview, as_json = how
    flag, reason, who = said["flag"], said["reason"], said["who"]
    draft = drafted(folder, flag, reason, who=who, today=today(), progress=progress)
    if preview:
        print_outlook(outlook(folder, draft, progress), as_json, progress)
        return
    row = keep_flag(folder, draft)
    progress("")
    if as_json:
        print_json({"kept": flag, "row": row.number, "hash": row.hash})
        return
    echo_lines([f"Kept: {flag}: {reason}"])
    print_recorded(draft.name, row, folder)
