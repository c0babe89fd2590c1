"""The numbers of a table of expression. Cells that polars reads as finite numbers are read at once;
columns with any other cell are read again, cell by cell, so that a message names the cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from exvivo.arrays import Floats
from exvivo.cells.messages import and_more
from exvivo.cells.text import Unreadable, is_blank, number
from exvivo.errors import Mistake
from exvivo.read.cells.values import mark_of_texts
from exvivo.read.expression.forms import Sheet
from exvivo.words import shortened

FEWEST_FILLED = 0.5
"""The share of the fullest sample's genes that every sample of a table must have."""
_BLANKS = ("NA", "nan", "NaN", "na", "-", "null")
"""What most programs write where nothing was measured."""


def numbers_of(sheet: Sheet, genes: Sequence[int], mistakes: list[Mistake]) -> Floats:
    """The numbers of some genes (genes, samples), NaN where a cell is blank.

    A column with cells that are no numbers adds a mistake. Raises `ReadError` where the decimal
    mark cannot be told.
    """
    at = pl.Series(genes, dtype=pl.UInt32)
    columns = [column.gather(at) for column in sheet.cells.get_columns()]
    plain = [_plain(column) for column in columns]
    odd = [j for j, values in enumerate(plain) if values is None]
    mark = _mark(sheet, columns, odd)
    found = np.empty((len(genes), len(columns)))
    for j, values in enumerate(plain):
        if values is None or mark != ".":
            values = _careful(sheet, genes, j, (columns[j], mark), mistakes)
        found[:, j] = values
    return found


def _plain(column: pl.Series) -> Floats | None:
    """A column of finite numbers with a decimal point and of blanks; nothing for any other."""
    values = column.cast(pl.Float64, strict=False)
    others = column.filter(~values.is_finite().fill_null(False))
    read: Floats = values.fill_null(np.nan).to_numpy()
    return read if _are_blank(others.drop_nulls()) else None


def _are_blank(cells: pl.Series) -> bool:
    return all(map(is_blank, cells.filter(~cells.is_in(_BLANKS))))


def _mark(sheet: Sheet, columns: Sequence[pl.Series], odd: Sequence[int]) -> str:
    """The decimal mark of the table, decided over all its cells where some have a comma."""
    if not any(columns[j].str.contains(",", literal=True).any() for j in odd):
        return "."
    return mark_of_texts(_all_cells(columns), sheet.source)


def _all_cells(columns: Sequence[pl.Series]) -> set[str]:
    cells: set[str] = set()
    for column in columns:
        cells.update(column.drop_nulls().str.strip_chars())
    return cells


def _careful(
    sheet: Sheet,
    genes: Sequence[int],
    sample: int,
    cells: tuple[pl.Series, str],
    mistakes: list[Mistake],
) -> Floats:
    """The numbers of a column. Of its cells that are no number the first is named, the others
    counted.
    """
    column, mark = cells
    values = np.full(len(genes), np.nan)
    bad: list[tuple[int, str]] = []
    for at, cell in enumerate(column):
        try:
            values[at] = _number(cell, mark)
        except Unreadable as why:
            bad.append((genes[at], str(why)))
    if bad:
        gene, words = bad[0]
        mistakes.append(
            Mistake(
                sheet.where(gene, sample),
                words + and_more(len(bad) - 1, "in this column"),
                "a number, or nothing where none was measured",
                "correct the cell, or take the column out of the table if it is no sample",
            )
        )
    return values


def _number(cell: str | None, mark: str) -> float:
    """A cell as a number; NaN where it is blank. Raises `Unreadable` for anything else."""
    return np.nan if cell is None or is_blank(cell) else number(cell, mark=mark)


def mostly_blank(sheet: Sheet, values: Floats) -> Iterator[Mistake]:
    """Samples with far fewer numbers than others of their table: genes are compared that all
    samples have, so that one such sample takes them from all.
    """
    filled = np.isfinite(values).sum(axis=0)
    most = int(filled.max(initial=0))
    few = [j for j, genes in enumerate(filled) if 0 < genes < FEWEST_FILLED * most]
    if few:
        told = [f"{sheet.samples[j]} ({filled[j]:,})" for j in few]
        yield Mistake(
            sheet.top(),
            f"samples with a number for few of the {most:,} genes that another has: "
            f"{shortened(told)}",
            f"numbers for at least {FEWEST_FILLED:.0%} of the genes in every sample",
            "fill the cells from the source, or take these columns out; genes that one of the "
            "samples lacks are compared in none",
        )
