"""`prune`: make room in the record, on record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from exvivo.cli.door import as_json_option, door, echo, echo_lines, folder_argument, print_json
from exvivo.cli.head import head_of
from exvivo.words import counted

if TYPE_CHECKING:
    from exvivo.store import Pruned

_KEEP = 10
"""How many of the last runs keep their texts where nothing else is said."""
_MEGABYTE = 1_000_000


@click.command(short_help="Make room: erase the texts kept of old runs.")
@folder_argument(default=".")
@as_json_option
@click.option(
    "--keep",
    metavar="N",
    type=click.IntRange(min=1),
    default=_KEEP,
    show_default=True,
    help="How many of the last runs keep their texts and tables.",
)
def prune(folder: Path, as_json: bool, keep: int) -> None:
    """Erase the texts and tables that the record of FOLDER keeps of all runs but the last N.

    Hashes, versions, dates and parameters of every run stay, and so do texts that a run that is
    kept, or a decision, shares. A row says what was erased, so `exvivo verify` does not miss it.
    The results in the folder are not touched.
    """
    with door(folder, as_json):
        from exvivo import store
        from exvivo.record import renew_page

        store.complete_run(folder)
        pruned = store.prune(folder, keep=keep)
        renew_page(folder)
    if as_json:
        row = pruned.row
        new = {"row": row.number, "head": row.hash} if row else None
        erased = {"runs": list(pruned.runs), "contents": pruned.contents, "bytes": pruned.bytes}
        print_json({**erased, "record": new})
    else:
        _print(pruned, keep, folder)


def _print(pruned: Pruned, keep: int, folder: Path) -> None:
    """What was erased, and the new head."""
    if pruned.row is None:
        echo(f"Nothing to erase: the record keeps no texts but of the last {keep} runs.")
        return
    texts, runs = counted(pruned.contents, "text"), counted(len(pruned.runs), "run")
    size = _size(pruned.bytes)
    echo(f"Erased: {texts} of {runs} ({size} in the record). Their hashes stay on record.")
    echo_lines(head_of(pruned.row, folder))


def _size(of: int) -> str:
    """A number of bytes as a person reads it: `35.2 kB`."""
    return f"{of / _MEGABYTE:.1f} MB" if of >= _MEGABYTE else f"{of / 1_000:.1f} kB"
