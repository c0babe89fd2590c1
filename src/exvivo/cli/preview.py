"""What a decision would make of every answer, and what was recorded of it, on a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exvivo.cli.door import echo, print_json
from exvivo.errors import command
from exvivo.words import counted

if TYPE_CHECKING:
    from exvivo.decide.decisions import Outlook
    from exvivo.findings import Finding
    from exvivo.gather import Progress
    from exvivo.store.chain import Row

preview_option = click.option(
    "--preview", is_flag=True, help="Only say what each answer would become; write nothing."
)
_SAID = ("question", "assay", "analyte", "scale", "cell_type", "visit")
_NUMBERS = ("estimate", "lower", "upper", "p", "p_adjusted", "verdict")


def print_outlook(outlook: Outlook, as_json: bool, progress: Progress) -> None:
    """Every answer that changes, now and then."""
    from exvivo.tell import now_and_then

    progress("")
    if as_json:
        answers = [_pair(now, then) for now, then in outlook.pairs]
        print_json({"answers": answers, "unchanged": outlook.unchanged})
        return
    lines = ["Nothing is recorded. What the next run would say:"]
    for now, then in outlook.pairs:
        lines += now_and_then(now, then, outlook.gathered.study)
    more = "other " if outlook.pairs else ""
    stay = "stays as it is" if outlook.unchanged == 1 else "stay as they are"
    lines.append(f"  {counted(outlook.unchanged, f'{more}answer')} {stay}.")
    echo("\n".join(lines))


def _pair(now: Finding, then: Finding) -> dict[str, Any]:
    about = {name: getattr(now, name) for name in _SAID}
    sides = {
        name: {number: getattr(side, number) for number in _NUMBERS}
        for name, side in (("now", now), ("then", then))
    }
    return {**about, "unit": now.unit.id, **sides}


def print_recorded(name: str, row: Row, folder: Path) -> None:
    """What was written, and the row of the record that says so, now its head."""
    from exvivo.cli.head import short_hash

    echo(f"Written to {name}, and on record as row {row.number} ({short_hash(row)}).")
    echo(f"Next: {command('run', folder)}")
