"""Tables as csv that opens safely in a spreadsheet and reads back as it was."""

from __future__ import annotations

import json

import polars as pl

_FORMULA = r"^[=+\-@\t\r]"


def csv_text(frame: pl.DataFrame) -> str:
    """The frame as csv. Lists become JSON text; a text cell a spreadsheet would run as a formula starts with `'`."""
    flat = frame.with_columns(_json(frame[name]) for name, dtype in frame.schema.items() if dtype.is_nested())
    safe = flat.with_columns(_harmless(name) for name, dtype in flat.schema.items() if dtype == pl.String)
    return safe.write_csv()


def _harmless(name: str) -> pl.Expr:
    text = pl.col(name)
    return pl.when(text.str.contains(_FORMULA)).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(name)


def _json(series: pl.Series) -> pl.Series:
    def said(value: object) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False)

    return pl.Series(series.name, [said(value) for value in series.to_list()], dtype=pl.String)


def json_text(spec: dict[str, object]) -> str:
    """A figure's specification as JSON text, one key a line."""
    return json.dumps(spec, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
