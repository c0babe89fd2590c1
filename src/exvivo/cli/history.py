"""`history` and `compare`: what became of a study row by row, what changed between two runs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exvivo.cli.door import as_json_option, door, echo, echo_lines, folder_argument, print_json
from exvivo.errors import Mistake, StoreError, command

if TYPE_CHECKING:
    from exvivo.past import Comparison, History, Line

_HASH = 12


@click.command(short_help="List every run and decision, and what each changed.")
@folder_argument(default=".")
@as_json_option
def history(folder: Path, as_json: bool) -> None:
    """List every run and decision of the study in FOLDER: date, what changed since the run before,
    and the hash of its row.

    The last line is the head of the record. The same rows stand in FOLDER/results/record.html.
    """
    with door(folder, as_json):
        from exvivo import record

        whole = record.history_of(folder)
        if not whole.lines:
            raise StoreError(_nothing(folder))
        record.ensure_page(folder)
        if as_json:
            print_json(_as_json(whole))
        else:
            _print(whole)


def _nothing(folder: Path) -> Mistake:
    cure = f"run it first: {command('run', folder)}"
    return Mistake(str(folder), "no record of this study", "a run or a decision", cure)


def _print(whole: History) -> None:
    from exvivo.tell.locked import lock_summary, looks_sentence
    from exvivo.tell.record_page import evidence
    from exvivo.tell.record_rows import row_kind

    width = max(len(row_kind(line)) for line in whole.lines)
    lines = [_row(line, width) for line in whole.lines]
    told = [*map(lock_summary, whole.locks), *map(looks_sentence, whole.looks)]
    head = f"Head of the record: {whole.head}"
    echo_lines([*lines, "", *headline_lines(whole), evidence(whole), *told, head])


def headline_lines(whole: History) -> list[str]:
    """Which run this is, and what changed since the first: several changes a line each."""
    from exvivo.tell.record_page import headlines

    first, *changes = headlines(whole)
    return [first, *(f"  {change}" for change in changes)]


def _row(line: Line, width: int) -> str:
    """A row of the record in one line."""
    from exvivo.tell.record_rows import row_kind, row_words
    from exvivo.tell.words import clock

    entry, kind = line.entry, f"{row_kind(line):{width}}"
    start = f"{entry.number:>3}  {clock(entry.recorded)}  {kind}  {entry.hash[:_HASH]}"
    return f"{start}  {row_words(line)}".rstrip()


def _as_json(whole: History) -> dict[str, Any]:
    from exvivo.tell.record_page import evidence, headline

    return {
        "runs": whole.runs,
        "head": whole.head,
        "since_first": headline(whole),
        "declared": evidence(whole),
        "rows": [_row_as_json(line) for line in whole.lines],
        "looks": [asdict(looks) for looks in whole.looks],
        "locks": [asdict(lock) for lock in whole.locks],
    }


def _row_as_json(line: Line) -> dict[str, Any]:
    from exvivo.tell.record_rows import row_changes, row_texts

    entry = line.entry
    return {
        "number": entry.number,
        "kind": entry.kind,
        "run": line.run or None,
        "recorded": entry.recorded,
        "hash": entry.hash,
        "changes": row_changes(line),
        "changed": [asdict(change) for change in line.since.changes] if line.since else [],
        "texts": dict(row_texts(line)),
        "erased": list(entry.gone),
    }


@click.command(short_help="Say all that changed from one run to another.")
@folder_argument(default=".")
@click.argument("before", default="", metavar="[RUN]")
@click.argument("after", default="", metavar="[RUN]")
@as_json_option
def compare(folder: Path, before: str, after: str, as_json: bool) -> None:
    """Say what changed from one run of FOLDER to another: files, versions, questions, exclusions,
    donors, and each answer.

    RUN is `first`, `last` or the number of a run. Without any, the last two are compared; one is
    held against the last.
    """
    with door(folder, as_json):
        from exvivo import record

        comparison = record.compared_runs(folder, before, after)
    if as_json:
        print_json(_comparison_as_json(comparison))
    else:
        _print_comparison(comparison)


def _print_comparison(comparison: Comparison) -> None:
    from exvivo.tell.changed import full_changes
    from exvivo.tell.words import clock

    was, now = comparison.before, comparison.after
    dates = [clock(run.recorded) for run in (was, now)]
    echo(f"From run {was.run} ({dates[0]}) to run {now.run} ({dates[1]}):")
    sections = full_changes(comparison)
    if not sections:
        echo("Nothing changed.")
    for heading, lines in sections:
        echo_lines([f"{heading}:", *(f"  {line}" for line in lines)])


def _comparison_as_json(comparison: Comparison) -> dict[str, Any]:
    facts = asdict(comparison)
    names = ("question", "assay", "analyte", "scale", "cell_type", "stimulus", "condition", "visit")
    for answer in facts["answers"]:
        answer["key"] = dict(zip(names, answer["key"], strict=True))
    return facts
