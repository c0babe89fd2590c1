"""Lists that are too long for a page: a file beside it that the page links."""

from __future__ import annotations

import polars as pl

from exvivo.csv_text import csv_text
from exvivo.tell.drawn import DATA
from exvivo.tell.provenance import Provenance
from exvivo.tell.written import Written

MOST = 400
"""Lines that a list may have on the page."""
_FILES, _NOT_READ = f"{DATA}/input_files.txt", f"{DATA}/not_read.csv"


def linked_lists(provenance: Provenance) -> dict[str, str]:
    """The files of the lists that are too long for a page: of `inputs`, and of what was `ignored`
    in them.
    """
    lists = {"inputs": (provenance.inputs, _FILES), "ignored": (provenance.ignored, _NOT_READ)}
    return {name: file for name, (lines, file) in lists.items() if len(lines) > MOST}


def write_lists(provenance: Provenance, written: Written, *, simulated: bool) -> None:
    """Write the lists that are too long for a page: input files as `sha256sum` prints them, so that
    it can check them, and the hash of that list is the hash of the study.
    """
    linked = linked_lists(provenance)
    if "inputs" in linked:
        lines = (f"{sha256}  {path}\n" for path, sha256, _ in sorted(provenance.inputs))
        written.text(linked["inputs"], "".join(lines))
    if "ignored" in linked:
        columns = ("file", "what", "why")
        table = pl.DataFrame(list(provenance.ignored), schema=columns, orient="row")
        written.text(linked["ignored"], csv_text(table, simulated=simulated))
