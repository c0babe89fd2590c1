"""`withdraw`: a donor who takes back consent, erased from the study and from its record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exvivo.cli.door import as_json_option, door, echo_lines, folder_argument, print_json, steps
from exvivo.cli.head import head_of
from exvivo.errors import command
from exvivo.words import counted, shortened

if TYPE_CHECKING:
    from exvivo.gather import Progress
    from exvivo.withdrawal import Done, Plan


@click.command(short_help="Erase a donor who takes back consent.")
@folder_argument()
@click.argument("donor")
@click.option("--reason", default="consent withdrawn", show_default=True, help="Why, in words.")
@click.option("--who", default="", help="Who carries it out.")
@click.option("--preview", is_flag=True, help="Only say what would be erased; write nothing.")
@as_json_option
def withdraw(folder: Path, donor: str, reason: str, who: str, preview: bool, as_json: bool) -> None:
    """Erase DONOR from the study in FOLDER: the donor's line in donors.csv but for the group, the
    scores, instrument files that hold nobody else, all results, and every text and report of
    earlier runs that names the donor.

    Wells in files that other donors share stay there under a code, and are left out of every
    answer. The record says that a donor withdrew, and `exvivo verify` accepts what was erased for
    it. Names inside shared instrument files, and copies elsewhere, stay: this command cannot reach
    them.

    It asks nothing, and nothing brings back what it erased: look with --preview first.
    """
    with door(folder, as_json), steps(as_json) as progress:
        _withdraw(folder, donor, (reason, who), (preview, as_json), progress)


def _withdraw(
    folder: Path,
    donor: str,
    why: tuple[str, str],
    how: tuple[bool, bool],
    progress: Progress,
) -> None:
    from exvivo.cli.exclude import today
    from exvivo.store.withdraw import finish
    from exvivo.withdrawal import planned
    from exvivo.withdrawal import withdraw as carry_out

    (reason, who), (preview, as_json), day = why, how, today()
    finish(folder)
    plan = planned(folder, donor, reason=reason, today=day, progress=progress)
    progress("")
    if preview:
        _print_plan(plan, as_json)
        return
    said = {"code": plan.code, "reason": reason, "who": who, "when": day}
    done = carry_out(folder, plan, text=json.dumps(said, sort_keys=True).encode())
    if as_json:
        print_json({**_as_json(plan), "row": done.row.number, "head": done.row.hash})
        return
    echo_lines([*_erased(done), *_reach(plan), *head_of(done.row, folder)])
    echo_lines([f"Next: {command('run', folder)}"])


def _as_json(plan: Plan) -> dict[str, object]:
    return {
        "code": plan.code,
        "wells": plan.wells,
        "changed": sorted(plan.files),
        "deleted": list(plan.own),
        "stay": list(plan.shared),
        "elsewhere": list(plan.elsewhere),
    }


def _print_plan(plan: Plan, as_json: bool) -> None:
    """What a withdrawal would do."""
    if as_json:
        print_json(_as_json(plan))
        return
    lines = [
        f"Nothing is written. {plan.donor} would become {plan.code}:",
        f"  changed  {shortened(sorted(plan.files))}",
        f"  deleted  {shortened(plan.own) if plan.own else 'no instrument file'}",
        "  erased   all results, and the texts and reports of runs that name the donor",
    ]
    echo_lines([*lines, *_reach(plan)])


def _erased(done: Done) -> list[str]:
    """What was done."""
    plan = done.plan
    wells = counted(plan.wells, "well")
    lines = [f"{plan.donor} is {plan.code} now; {wells} of this code are left out of every answer."]
    if plan.own:
        lines.append(f"Deleted: {shortened(plan.own)}.")
    if done.runs:
        runs = shortened([str(number) for number in done.runs])
        lines.append(f"Erased from the record: what rows {runs} kept of the donor.")
    lines.append("The results were erased: they held the donor. Make them again.")
    return lines


def _reach(plan: Plan) -> list[str]:
    """What the command does not reach."""
    lines = ["Not reached: copies, backups and exports elsewhere, and names of files on record."]
    if plan.shared:
        files = shortened(plan.shared)
        lines.append(f"Stay, since others share them, and may name the donor inside: {files}.")
    if plan.elsewhere:
        others = shortened(plan.elsewhere)
        lines.append(f"Name the donor too, and are no part of the study: {others}. Delete them.")
    return lines
