"""The tables of a run as files: parquet, exact, for programs; csv for people and spreadsheets."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import polars as pl

from exvivo.csv_text import csv_text
from exvivo.errors import Mistake, StoreError, command
from exvivo.table import check
from exvivo.tables import ALL, WORDED

_LONG = ("x", "y")
"""Curves and events: thousands of numbers a row, in the parquet file only."""
_BY_NAME = {table.name: table for table in (*ALL, WORDED)}
"""A run keeps its findings with their words."""


def write_tables(tables: Mapping[str, pl.DataFrame], folder: Path, *, simulated: bool) -> None:
    """Write every table to `folder` as NAME.parquet and NAME.csv; simulated data say so in both."""
    folder.mkdir(parents=True)
    for name, frame in tables.items():
        (folder / f"{name}.parquet").write_bytes(_parquet(frame, simulated))
        _write_csv(frame, folder / f"{name}.csv", simulated)


def _parquet(frame: pl.DataFrame, simulated: bool) -> bytes:
    """The file of a table. Written by Python, what a full disk refuses is an `OSError`."""
    buffer = BytesIO()
    frame.write_parquet(
        buffer,
        compression="zstd",
        compression_level=1,
        metadata={"exvivo:simulated": str(simulated).lower()},
    )
    return buffer.getvalue()


def _write_csv(frame: pl.DataFrame, path: Path, simulated: bool) -> None:
    flat = frame.drop(column for column in _LONG if column in frame.columns)
    path.write_text(csv_text(flat, simulated=simulated), encoding="utf-8", newline="\n")


def read_table(name: str, *, folder: Path) -> pl.DataFrame:
    """A table of a run, read back and checked. Raises `StoreError` for results whose tables have
    other columns: those of another version of exvivo; and for a table that is damaged.
    """
    table, frame = _BY_NAME[name], _frame(folder / f"{name}.parquet")
    if frame.schema != table.schema:
        raise StoreError(
            Mistake(
                str(folder),
                f"a table `{name}` with other columns: the results of another version of exvivo",
                "results of this version, to show them again",
                f"`{command('run', folder.parents[1])}` makes them anew; report.html there stays "
                "readable until then",
            )
        )
    return check(table, frame)


def _frame(path: Path) -> pl.DataFrame:
    content = path.read_bytes()
    try:
        return pl.read_parquet(BytesIO(content))
    except pl.exceptions.PolarsError:
        anew = f"`{command('run', path.parents[2])}` makes the results anew"
        mistake = Mistake(str(path), "a damaged table", "the table that the run wrote", anew)
        raise StoreError(mistake) from None
