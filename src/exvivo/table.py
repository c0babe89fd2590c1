"""What a table of `exvivo.tables` is: named columns with types, units and meanings, and the check
at every door.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from exvivo.errors import Bug


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, type, meaning, unit, the words it may hold, and whether a row may leave
    it empty.
    """

    name: str
    dtype: pl.DataType | type[pl.DataType]
    meaning: str
    unit: str = ""
    allowed: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A named table: what one row is, and its columns in order."""

    name: str
    row: str
    columns: tuple[Column, ...]

    @property
    def schema(self) -> pl.Schema:
        """Column names and types, as polars wants them."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def complete(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with the table's columns in order and type; optional columns it lacks are
        empty. Checked.
        """
        optional = [
            pl.lit(None).alias(c.name)
            for c in self.columns
            if c.optional and c.name not in frame.columns
        ]
        return check(
            self,
            frame.with_columns(optional)
            .select(self.schema.names())
            .cast(dict(self.schema.items())),
        )

    def frame(self, rows: list[dict[str, object]] | None = None) -> pl.DataFrame:
        """A checked frame from plain rows; columns a row leaves out are empty. Without rows: the
        empty table.

        >>> Table("pairs", "a pair", (Column("left", pl.String, "one of it"),)).frame().height
        0
        """
        return check(self, pl.DataFrame(rows or [], schema=self.schema))


def column_of(
    name: str,
    meaning: str,
    *,
    dtype: pl.DataType | type[pl.DataType] = pl.String,
    unit: str = "",
    allowed: tuple[str, ...] = (),
    optional: bool = False,
) -> Column:
    """A column, of text where no type is given."""
    return Column(name, dtype, meaning, unit, allowed, optional)


def number_of(name: str, meaning: str, *, unit: str = "", optional: bool = True) -> Column:
    """A column of numbers, which a row may leave empty."""
    return Column(name, pl.Float64, meaning, unit, optional=optional)


PROVENANCE = (
    column_of("source", "the file it came from, relative to the study folder"),
    column_of("sha256", "the hash of that file's bytes"),
)


def check(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Hand a frame through a door: returned as it came if it keeps the table's rules, else `Bug`
    with all breaches.

    Rules: the columns in order and type; no empty cell where a value is required; only allowed
    words; and, where a table has bounds, a value exactly where the result is known and bounds
    exactly where its censoring needs them.
    """
    if frame.schema != table.schema:
        missing = [name for name in table.schema if name not in frame.columns]
        extra = [name for name in frame.columns if name not in table.schema]
        wrong = [
            n for n in table.schema if n in frame.columns and frame.schema[n] != table.schema[n]
        ]
        order = "" if missing or extra or wrong else "; the columns stand in another order"
        raise Bug(f"{table.name}: missing {missing}, unknown {extra}, wrong type {wrong}{order}")
    breaches = [
        breach
        for column in table.columns
        for breach in _column_breaches(column, frame[column.name])
    ]
    if "censor" in frame.columns:
        breaches += _bound_breaches(frame)
    if breaches:
        raise Bug(f"{table.name}: " + "; ".join(breaches))
    return frame


def _column_breaches(column: Column, series: pl.Series) -> list[str]:
    breaches = []
    if not column.optional and series.null_count():
        breaches.append(f"{column.name} is empty in {series.null_count()} rows")
    if column.allowed:
        strange = sorted(set(series.drop_nulls().unique()) - set(column.allowed))
        if strange:
            breaches.append(f"{column.name} holds {strange}, allowed are {list(column.allowed)}")
    if series.dtype == pl.Float64 and series.is_nan().any():
        breaches.append(f"{column.name} holds NaN; an unknown number is left empty")
    return breaches


_BOUND_RULES = {
    "a censored row has a value": (pl.col("censor") != "none") & pl.col("value").is_not_null(),
    "a left-censored row lacks its upper bound": (pl.col("censor") == "left")
    & pl.col("upper").is_null(),
    "a right-censored row lacks its lower bound": (pl.col("censor") == "right")
    & pl.col("lower").is_null(),
    "an interval lacks a bound": (pl.col("censor") == "interval")
    & (pl.col("lower").is_null() | pl.col("upper").is_null()),
    "bounds are crossed": pl.col("lower") > pl.col("upper"),
    "a known row has bounds": (pl.col("censor") == "none")
    & (pl.col("lower").is_not_null() | pl.col("upper").is_not_null()),
    "a value is infinite": pl.col("value").is_infinite(),
}


def _bound_breaches(frame: pl.DataFrame) -> list[str]:
    counts = frame.select(**{rule: breach.sum() for rule, breach in _BOUND_RULES.items()}).row(
        0, named=True
    )
    return [f"{rule} ({count} rows)" for rule, count in counts.items() if count]
