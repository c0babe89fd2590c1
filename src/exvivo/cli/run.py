"""`run`: a study folder to its report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exvivo.cli.door import as_json_option, door, echo_lines, folder_argument, steps
from exvivo.cli.history import headline_lines
from exvivo.cli.show import show
from exvivo.cli.tidy import say_what_remains, to_tidy
from exvivo.errors import UserMistake

if TYPE_CHECKING:
    from exvivo.gather import Progress
    from exvivo.past import History, LookAt


@click.command(short_help="Make the report, and keep the run on record.")
@folder_argument(default=".")
@click.option(
    "--blinded",
    is_flag=True,
    help="Hide the groups behind codes from now on, until `exvivo unblind`.",
)
@as_json_option
def run(folder: Path, blinded: bool, as_json: bool) -> None:
    """Take the study in FOLDER from its files to FOLDER/results/report.html, and keep the run on
    record.

    Beside the report stand the data of every figure (results/report_data) and every table
    (results/tables, csv and parquet). The same files give the same bytes. A run that fails leaves
    the last results as they were.

    With --blinded, groups and donors stand under random codes wherever the study is shown, in this
    run and in every later one, until `exvivo unblind` is on record. The numbers are the same.
    """
    with door(folder, as_json), steps(as_json) as progress:
        run_and_show(folder, as_json, progress, blinded=blinded)


def run_and_show(folder: Path, as_json: bool, progress: Progress, *, blinded: bool = False) -> None:
    """Run a study, keep the run on record, and print what it found and the head of the record."""
    from exvivo import record, store
    from exvivo.run import run as run_study
    from exvivo.tell.record_page import headline

    result = run_study(folder, progress=progress, blinded=blinded)
    progress("")
    head, whole = None, None
    with suppress(UserMistake, OSError):  # The run stands, whatever cannot be looked up by now.
        head, whole = store.head(folder), record.history_of(folder)
    past = {} if whole is None else {"run": whole.runs, "since_first": headline(whole)}
    tidy = to_tidy(folder)
    show(result.study, result.tables, result.report, as_json, head=head, past=past, to_tidy=tidy)
    if whole is not None and not as_json:
        echo_lines(_past(whole, result.look))
    say_what_remains(folder, as_json)


def _past(whole: History, look: LookAt | None) -> Iterator[str]:
    """Which run of the study this is and what changed since the first, its looks and its locks, a
    line each; nothing of a first run without a lock.
    """
    from exvivo.tell.locked import lock_summary, look_sentence, looks_sentence

    if whole.runs > 1 or whole.locks:
        yield from headline_lines(whole)
    yield from (looks_sentence(looks) for looks in whole.looks)
    yield from (lock_summary(lock) for lock in whole.locks)
    if look is not None:
        yield look_sentence(look)
