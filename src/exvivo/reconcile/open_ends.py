"""Text files without a line end whose last cell is a reading, or says something of one: a number
that broke off (`12345` as `123`) is a number all the same. `read` names the wells it touches.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.words import shortened

_CELL, _WELLS = "cell without a line end", "wells that rest on it"
"""Facts of a file, by the names that `read` gives them."""


def last_cells_that_may_be_cut(held: Held) -> Iterator[Flag]:
    """Wells whose reading rests on a last cell that nothing shows to be whole."""
    for source, facts in held.headers.items():
        wells = facts.get(_WELLS, "").splitlines()
        rows = held.wells.filter(pl.col("well").is_in(wells), source=source)
        for (assay, plate), own in rows.group_by(["assay", "plate"], maintain_order=True):
            yield _may_be_cut(source, facts[_CELL], str(assay), str(plate), own)


def _may_be_cut(source: str, cell: str, assay: str, plate: str, rows: pl.DataFrame) -> Flag:
    wells = rows["well"].unique(maintain_order=True).to_list()
    return Flag(
        table="wells",
        row=f"plate {plate}: {shortened(wells)}",
        severity="look",
        place=plate,
        evidence=(source, cell, *wells),
        scope=_scope(assay, plate, rows),
        what=f"{source} ends with {cell[-40:]!r}, without a line end: the cell may be cut short",
        why=(
            "a copy that broke off inside a number leaves a smaller number, and inside a name "
            "another name"
        ),
        cure=(
            "compare the last line with the instrument's own file; if it is whole, end the line "
            "(press Enter behind it and save)"
        ),
    )


def _scope(assay: str, plate: str, rows: pl.DataFrame) -> Scope:
    """The answers of the wells' donors, where all of them are donors'; else of the plate."""
    donors = rows["donor"]
    known = () if donors.null_count() else tuple(donors.unique(maintain_order=True))
    return Scope(assays=(assay,), plates=(plate,), donors=known)
