"""Tables as csv that opens safely in a spreadsheet."""

from __future__ import annotations

import json

import polars as pl

_FORMULA = r"^[=+\-@\t\r]"


def csv_text(frame: pl.DataFrame, *, simulated: bool) -> str:
    r"""The frame as csv that opens safely in a spreadsheet. Lists become JSON text; simulated data
    say so in every row.

    A text cell that a spreadsheet would run as a formula starts with `'`; numbers stay numbers.

    >>> csv_text(pl.DataFrame({"donor": ["=1+1"]}), simulated=True)
    "donor,simulated\n'=1+1,true\n"
    """
    flat = frame.with_columns(
        _as_json(frame[name]) for name, dtype in frame.schema.items() if dtype.is_nested()
    )
    safe = flat.with_columns(
        _harmless(name) for name, dtype in flat.schema.items() if dtype == pl.String
    )
    return (safe.with_columns(simulated=True) if simulated else safe).write_csv()


def _harmless(name: str) -> pl.Expr:
    text = pl.col(name)
    return (
        pl.when(text.str.contains(_FORMULA))
        .then(pl.concat_str(pl.lit("'"), text))
        .otherwise(text)
        .alias(name)
    )


def _as_json(column: pl.Series) -> pl.Series:
    texts = [
        None if value is None else json.dumps(value, ensure_ascii=False)
        for value in column.to_list()
    ]
    return pl.Series(column.name, texts, dtype=pl.String)
