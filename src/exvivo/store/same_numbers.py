"""Two sets of tables held against each other: numbers to 1e-9, all else exactly.

On another processor the last digits of a number differ. Two numbers are the same where they differ
by no more than 1e-9 of their size, or 1e-12 of the largest of their column: what is left of numbers
that cancel. Words, counts, verdicts and what is missing must be the same.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats

RELATIVE, OF_COLUMN = 1e-9, 1e-12
"""How far apart the same numbers may be: of their own size, and of the largest of their column."""
_ROW = "row of the table"


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell that is not the same: `recorded` and `now`, as texts; `row` counts from 1, 0 where
    it is of a whole table or column.
    """

    table: str
    row: int
    column: str
    recorded: str
    now: str


def differences(recorded: Path, now: Path) -> tuple[Difference, ...]:
    """The cells in which the tables (parquet) of two folders differ, one a column: the first."""
    names = sorted({path.name for folder in (recorded, now) for path in folder.glob("*.parquet")})
    found: list[Difference] = []
    for name in names:
        pair = [folder / name for folder in (recorded, now)]
        found += _of_tables(Path(name).stem, *(map(_read, pair)))
    return tuple(found)


def _read(path: Path) -> pl.DataFrame:
    """A table; empty where there is none that can be read."""
    try:
        return pl.read_parquet(path)
    except (FileNotFoundError, pl.exceptions.PolarsError):
        return pl.DataFrame()


def _of_tables(table: str, recorded: pl.DataFrame, now: pl.DataFrame) -> Iterator[Difference]:
    """The differences of two tables."""
    if recorded.schema != now.schema:
        columns = (", ".join(frame.columns) for frame in (recorded, now))
        yield Difference(table, 0, "columns", *columns)
        return
    if recorded.height != now.height:
        yield Difference(table, 0, "rows", str(recorded.height), str(now.height))
        return
    for name in recorded.columns:
        rows = pl.Series(_ROW, range(1, recorded.height + 1))
        yield from _of_columns(Difference(table, 0, name, "", ""), rows, recorded[name], now[name])


def _of_columns(
    at: Difference, rows: pl.Series, recorded: pl.Series, now: pl.Series
) -> Iterator[Difference]:
    """The first difference of two columns of one type; lists and records by what they hold."""
    kind = recorded.dtype
    if isinstance(kind, pl.List):
        yield from _of_lists(at, rows, recorded, now)
    elif isinstance(kind, pl.Struct):
        yield from _of_fields(at, rows, recorded, now)
    else:
        apart = _numbers_apart(recorded, now) if kind.is_float() else _apart(recorded, now)
        if apart.any():
            first = int(np.argmax(apart))
            pair = (_text(column[first]) for column in (recorded, now))
            yield Difference(at.table, int(rows[first]), at.column, *pair)


def _of_lists(
    at: Difference, rows: pl.Series, recorded: pl.Series, now: pl.Series
) -> Iterator[Difference]:
    """The first list of another length, or the first element that differs."""
    lengths = [column.list.len() for column in (recorded, now)]
    apart = _apart(*lengths)
    if apart.any():
        first = int(np.argmax(apart))
        pair = (f"{_text(length[first])} elements" for length in lengths)
        yield Difference(at.table, int(rows[first]), at.column, *pair)
        return
    present = lengths[0].fill_null(0) > 0
    counts = lengths[0].filter(present).to_numpy()
    inside = pl.Series(_ROW, np.repeat(rows.filter(present).to_numpy(), counts))
    yield from _of_columns(
        at, inside, *(each.filter(present).explode() for each in (recorded, now))
    )


def _of_fields(
    at: Difference, rows: pl.Series, recorded: pl.Series, now: pl.Series
) -> Iterator[Difference]:
    """The first difference of each field of records."""
    for field in recorded.struct.fields:
        inner = Difference(at.table, 0, f"{at.column}.{field}", "", "")
        pair = (column.struct.field(field) for column in (recorded, now))
        yield from _of_columns(inner, rows, *pair)


def _apart(recorded: pl.Series, now: pl.Series) -> Bools:
    """Which cells are not the same; two that are missing are, and two texts of the same facts."""
    apart = np.array(recorded.ne_missing(now).to_numpy(), dtype=np.bool_)
    if recorded.dtype == pl.String:
        for row in np.flatnonzero(apart).tolist():
            apart[row] = not _same_facts(recorded[row], now[row])
    return apart


def _same_facts(recorded: str | None, now: str | None) -> bool:
    """Whether two texts are facts (JSON records) of the same words and numbers."""
    if not (recorded and now and recorded.startswith("{") and now.startswith("{")):
        return False
    try:
        return _same(json.loads(recorded), json.loads(now))
    except ValueError:
        return False


def _same(recorded: object, now: object) -> bool:
    """Whether two facts are the same, numbers to 1e-9."""
    if isinstance(recorded, dict) and isinstance(now, dict):
        values = zip(recorded.values(), now.values(), strict=False)
        return list(recorded) == list(now) and all(_same(*pair) for pair in values)
    if isinstance(recorded, list) and isinstance(now, list):
        return len(recorded) == len(now) and all(map(_same, recorded, now))
    if isinstance(recorded, float) and isinstance(now, float):
        return math.isclose(recorded, now, rel_tol=RELATIVE, abs_tol=OF_COLUMN)
    return type(recorded) is type(now) and recorded == now


def _numbers_apart(recorded: pl.Series, now: pl.Series) -> Bools:
    """Which numbers are further apart than another processor explains."""
    one, other = (_floats(column) for column in (recorded, now))
    finite = np.isfinite(one) & np.isfinite(other)
    either = np.maximum(np.abs(one), np.abs(other), where=finite, out=np.zeros_like(one))
    room = RELATIVE * either + OF_COLUMN * either.max(initial=0.0)
    off = np.abs(np.subtract(one, other, where=finite, out=np.zeros_like(one)))
    # What is missing, infinite or no number is the same only where both are.
    return np.asarray(np.where(finite, off > room, _apart(recorded, now)))


def _floats(column: pl.Series) -> Floats:
    """A column of numbers, a missing one as NaN."""
    return np.asarray(column.fill_null(float("nan")).to_numpy(), dtype=np.float64)


def _text(value: object) -> str:
    """A cell as a text, numbers with every digit."""
    return "nothing" if value is None else str(value)
