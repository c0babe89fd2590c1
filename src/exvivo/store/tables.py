"""The tables of a run as files: parquet, exact, for programs; csv for people and spreadsheets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from exvivo.tables import ALL, check

_LONG = ("x", "y")
"""Curves and events: thousands of numbers a row, in the parquet file only."""
_BY_NAME = {table.name: table for table in ALL}


def write_tables(tables: Mapping[str, pl.DataFrame], folder: Path) -> None:
    """Write every table to `folder` as NAME.parquet and NAME.csv; lists stand in the csv as JSON."""
    folder.mkdir(parents=True)
    for name, frame in tables.items():
        frame.write_parquet(folder / f"{name}.parquet", compression="zstd", compression_level=1)
        flat = frame.drop(column for column in _LONG if column in frame.columns)
        flat.with_columns(_as_json(flat[c]) for c in flat.columns if flat[c].dtype.is_nested()).write_csv(
            folder / f"{name}.csv"
        )


def read_table(name: str, *, folder: Path) -> pl.DataFrame:
    """A table of a run, read back and checked."""
    return check(_BY_NAME[name], pl.read_parquet(folder / f"{name}.parquet"))


def _as_json(column: pl.Series) -> pl.Series:
    return pl.Series(column.name, [json.dumps(value, ensure_ascii=False) for value in column.to_list()], pl.String)
