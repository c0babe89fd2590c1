"""`withdraw`: a donor who takes back consent, erased from the study and from its record."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exvivo.cli.door import (
    USERS_MISTAKE,
    as_json_option,
    door,
    echo_lines,
    folder_argument,
    print_json,
    steps,
)
from exvivo.cli.head import head_of
from exvivo.errors import command
from exvivo.words import counted, shortened

if TYPE_CHECKING:
    from exvivo.decide.withdrawal import Done, Plan
    from exvivo.gather import Progress


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
    from exvivo.decide.decisions import today
    from exvivo.decide.withdrawal import planned
    from exvivo.decide.withdrawal import withdraw as carry_out
    from exvivo.store import refuse_unfinished

    (reason, who), (preview, as_json), day = why, how, today()
    refuse_unfinished(folder)
    plan = planned(folder, donor, reason=reason, today=day, progress=progress)
    progress("")
    if preview:
        _print_plan(plan, as_json)
        return
    done = carry_out(folder, plan, reason=reason, who=who, today=day)
    if as_json:
        record = {"row": done.row.number, "head": done.row.hash}
        print_json({**_as_json(plan), **record, "left": list(done.left)})
    else:
        _print_done(done, folder)
    if done.left:
        sys.exit(USERS_MISTAKE)


def _print_done(done: Done, folder: Path) -> None:
    """What was done, what was not reached, and the new head."""
    lines = [*_erased(done), *_reach(done.plan), *head_of(done.row, folder)]
    if done.left:
        names = shortened(done.left)
        lines.append(f"NOT deleted, and holds the donor still: {names} (rights, or an open file).")
    again = "goes on from there" if done.left else "makes the results again"
    echo_lines([*lines, f"Next: {command('run', folder)} {again}"])


def _as_json(plan: Plan) -> dict[str, object]:
    return {
        "code": plan.code,
        "wells": plan.wells,
        "changed": sorted(plan.files),
        "deleted": list(plan.own),
        "stay": list(plan.shared),
        "elsewhere": list(plan.elsewhere),
        "plates": list(plan.plates),
        "answers": list(plan.answers),
        "by_hand": list(plan.by_hand),
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
        f"  plates   {shortened(plan.plates) if plan.plates else 'none'} of which nothing stays",
        "  erased   all results, and the texts and reports of runs that name the donor",
    ]
    echo_lines([*lines, *_to_make_again(plan), *_reach(plan)])


def _erased(done: Done) -> list[str]:
    """What was done."""
    plan = done.plan
    wells = counted(plan.wells, "well")
    lines = [f"{plan.donor} is {plan.code} now; {wells} of this code are left out of every answer."]
    if plan.own:
        lines.append(f"Deleted: {shortened(plan.own)}.")
    if plan.plates:
        plates = shortened(plan.plates)
        lines.append(f"Nothing stays of plates: {plates}. Take them out of study.yaml by hand.")
    if done.runs:
        runs = shortened([str(number) for number in done.runs])
        lines.append(f"Erased from the record: what rows {runs} kept of the donor.")
    lines.append("The results were erased: they held the donor. Make them again.")
    return [*lines, *_to_make_again(plan)]


def _to_make_again(plan: Plan) -> list[str]:
    """The answers that the donor was in, question by question."""
    from exvivo.decide.answers_of import in_words

    if not plan.answers:
        return []
    count = counted(len(plan.answers), "answer")
    return [
        f"The donor was in {count}, to be made again, and read again where they were quoted:",
        *(f"  {line}" for line in in_words(plan.answers)),
    ]


def _reach(plan: Plan) -> list[str]:
    """What the command does not reach."""
    lines = [
        "Not reached: copies, backups and exports elsewhere, and names of files on record.",
        "Not called back: plain-language summaries and public folders that were handed out. One "
        "from before, held against a new one, tells of this donor: hand a new one out only where "
        "it replaces the old, or once several people more were added or withdrew.",
    ]
    if plan.shared:
        files = shortened(plan.shared)
        lines.append(
            f"Stay, shared by others or outside the study, and may name the donor: {files}."
        )
    if plan.by_hand:
        files = shortened(plan.by_hand)
        lines.append(
            f"Links the person still, outside the study folder: {files}. Take the line out."
        )
    if plan.export:
        lines.append(
            f"Withdraw the person in REDCap too: a later export as {plan.export} would bring the "
            "record back."
        )
    if plan.elsewhere:
        others = shortened(plan.elsewhere)
        lines.append(f"Name the donor too, and are no part of the study: {others}. Delete them.")
    return lines
