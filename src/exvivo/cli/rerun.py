"""`verify --rerun`: the last run made again, and what differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exvivo.cli.door import door, steps
from exvivo.words import counted, shortened

if TYPE_CHECKING:
    from exvivo.rerun import Rerun
    from exvivo.store import Difference


def made_again(folder: Path, as_json: bool) -> Rerun:
    """The last run, made again and compared."""
    with door(folder, as_json), steps(as_json) as progress:
        from exvivo.rerun import rerun

        return rerun(folder, progress=progress)


def rerun_lines(made: Rerun | None) -> Iterator[str]:
    """What came of a run that was made again; nothing where none was."""
    if made is None:
        return
    changed = f" Since the run: {shortened(made.changed, 4)}." if made.changed else ""
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


def rerun_as_json(made: Rerun) -> dict[str, Any]:
    """As JSON for programs."""
    return {
        "verdict": made.verdict,
        "files": made.files,
        "other_bytes": list(made.bytes),
        "machine": made.machine,
        "changed": made.changed,
        "differences": [asdict(each) for each in made.differences],
    }
