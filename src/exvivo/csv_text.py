"""Tables as csv that opens safely in a spreadsheet."""

from __future__ import annotations

import json

import polars as pl

from exvivo.visible import visible_cell

_CONTROLS = r"[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}--[\t\n\r]]"
_FORMULA = r"^[=+\-@\t\r]"


def csv_text(frame: pl.DataFrame, *, simulated: bool) -> str:
    r"""The frame as csv that opens safely in a spreadsheet. Lists become JSON text; simulated data
    say so in every row.

    A text cell that a spreadsheet would run as a formula starts with `'`; numbers stay numbers. A
    control character other than a tab or a line end becomes a sign that is seen.

    >>> csv_text(pl.DataFrame({"donor": ["=1+1"]}), simulated=True)
    "donor,simulated\n'=1+1,true\n"
    """
    flat = frame.with_columns(
        _as_json(frame[name]) for name, dtype in frame.schema.items() if dtype.is_nested()
    )
    safe = flat.with_columns(
        _harmless(_seen(flat[name])) for name, dtype in flat.schema.items() if dtype == pl.String
    )
    return (safe.with_columns(simulated=True) if simulated else safe).write_csv()


def _seen(column: pl.Series) -> pl.Series:
    """A column of texts whose control characters are seen."""
    if not column.str.contains(_CONTROLS).any():
        return column
    return column.map_elements(visible_cell, return_dtype=pl.String)


def _harmless(column: pl.Series) -> pl.Expr:
    text = pl.lit(column)
    return (
        pl.when(text.str.contains(_FORMULA))
        .then(pl.concat_str(pl.lit("'"), text))
        .otherwise(text)
        .alias(column.name)
    )


def _as_json(column: pl.Series) -> pl.Series:
    texts = [
        None if value is None else json.dumps(value, ensure_ascii=False)
        for value in column.to_list()
    ]
    return pl.Series(column.name, texts, dtype=pl.String)
