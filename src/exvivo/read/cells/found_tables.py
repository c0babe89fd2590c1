"""Former names of what stands in `cell`, `located` and `values`; to be removed with their last use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from exvivo.read.cells.cell import Cell, blank
from exvivo.read.cells.located import Export, holds_table, is_well
from exvivo.read.cells.located import LocatedTable as Found
from exvivo.read.cells.located import locate_tables as find_tables
from exvivo.read.cells.table import Table
from exvivo.read.cells.values import mark_of, number_of

__all__ = [
    "Export",
    "Found",
    "blank",
    "cells_of",
    "find_tables",
    "holds_table",
    "is_well",
    "mark_of",
    "number_of",
]


def cells_of(table: Table, columns: Iterable[int]) -> Iterator[Cell]:
    """`Table.columns`."""
    return table.columns(columns)
