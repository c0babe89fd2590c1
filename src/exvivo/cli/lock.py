"""`lock`: the questions of a study with all that their answers rest on, frozen with a hash."""

from __future__ import annotations

from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import click

from exvivo.cli.door import as_json_option, door, echo, echo_lines, folder_argument, print_json
from exvivo.planned_sizes import whole_number

_MOST = 1_000_000
"""Donors in all, above which a number is taken for a slip."""


def _looks(context: click.Context, option: click.Parameter, words: str | None) -> tuple[int, ...]:
    """The numbers of donors at which the results are to be looked at."""
    del context, option
    parts = [part for part in (words or "").split(",") if part.strip()]
    counts = [whole_number(part, _MOST) for part in parts]
    looks = tuple(count for count in counts if count is not None)
    if len(looks) < len(counts):
        raise click.BadParameter("write numbers of donors in all, such as 12,18,24.")
    if any(later <= earlier for earlier, later in pairwise((0, *looks))):
        raise click.BadParameter("each look has more donors than the one before.")
    return looks


@click.command(short_help="Freeze the questions before the data come, on record.")
@folder_argument(default=".")
@click.option("--who", default="", help="Who locks it. The name can be erased later.")
@click.option(
    "--looks",
    metavar="DONORS",
    callback=_looks,
    help="Numbers of donors in all at which results are looked at (12,18,24): intervals are then "
    "made wider at each look, so that over all of them the error rate holds.",
)
@as_json_option
def lock(folder: Path, who: str, looks: tuple[int, ...], as_json: bool) -> None:
    """Freeze the questions of the study in FOLDER, its scoring, layout, planned number of donors,
    assumptions, exclusions and parameters, with a hash, on its record.

    Each answer then says whether it was locked before any instrument file was in the folder and
    before any run, and what changed since. Instrument files, layouts and donors may still be
    missing. Nothing prevents a change; every change is told.
    """
    with door(folder, as_json):
        from exvivo import record
        from exvivo.plan.blinding import seen_lock

        locked = seen_lock(folder, record.lock(folder, who=who, looks=looks))
        earlier = [seen_lock(folder, each) for each in record.locks_now(folder)[:-1]]
    if as_json:
        print_json({**asdict(locked), "earlier": [asdict(each) for each in earlier]})
        return
    from exvivo.tell.locked import earlier_lock, lock_summary, size_sentence

    others = [earlier_lock(each) for each in earlier if not each.intact]
    echo_lines([lock_summary(locked), size_sentence(locked), *others])
    echo(f"Its hash, to keep elsewhere: {locked.hash}")
