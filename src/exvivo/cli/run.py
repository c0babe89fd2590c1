"""`run`: a study folder to its report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from exvivo.cli.door import as_json_option, door, folder_argument, steps
from exvivo.cli.head import printable
from exvivo.cli.show import show

if TYPE_CHECKING:
    from exvivo.gather import Progress


@click.command()
@folder_argument(default=".")
@as_json_option
def run(folder: Path, as_json: bool) -> None:
    """Take the study in FOLDER from its files to FOLDER/results/report.html, and keep the run on
    record.

    Beside the report stand the data of every figure (results/report_data) and every table
    (results/tables, csv and parquet). The same files give the same bytes. A run that fails leaves
    the last results as they were.
    """
    with door(folder, as_json), steps(as_json) as progress:
        run_and_show(folder, as_json, progress)


def run_and_show(folder: Path, as_json: bool, progress: Progress) -> None:
    """Run a study, keep the run on record, and print what it found and the head of the record."""
    from exvivo import store
    from exvivo.run import run as run_study

    result = run_study(folder, progress=progress)
    progress("")
    head = store.head(folder)
    show(result.study, result.tables, result.report, as_json, head=head)
    if not as_json:
        _print_past(folder)


def _print_past(folder: Path) -> None:
    """Which run of the study this is, and what changed since the first."""
    from exvivo import record
    from exvivo.tell.locked import lock_summary, looks_sentence
    from exvivo.tell.record_page import headline

    whole = record.history_of(folder)
    if whole.runs < 2 and not whole.locks:
        return
    looks = [looks_sentence(looks) for looks in whole.looks]
    locks = [lock_summary(lock) for lock in whole.locks]
    click.echo("\n".join(map(printable, [headline(whole), *looks, *locks])))
