"""Numbers of a table that a computer with decimal commas wrote: 0,125 for 0.125."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from exvivo.study.csv_rows import Row, Rows

_WITH_COMMA = re.compile(r"-?[0-9]+,[0-9]+$")
_MAY_BE_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2},[0-9]{3}$")


def has_decimal_commas(texts: Iterable[str]) -> bool:
    """Whether the commas of numbers are decimal marks: no number has a point, and one of them
    cannot be read in thousands.

    >>> has_decimal_commas(["0,125", "1,000"]), has_decimal_commas(["1,000"])
    (True, False)
    """
    filled = [text for text in texts if text]
    with_comma = [text for text in filled if _WITH_COMMA.match(text)]
    no_point = not any("." in text for text in filled)
    return no_point and any(not _MAY_BE_THOUSANDS.match(text) for text in with_comma)


def with_points(table: Rows, columns: Sequence[str]) -> Rows:
    """The table with decimal points in these columns, where its commas are decimal marks; what
    could be read in two ways stays as it is, and is no number.
    """
    texts = [row[name] for row in table.rows for name in columns]
    if not has_decimal_commas(texts):
        return table
    return replace(table, rows=tuple(_with_points(row, columns) for row in table.rows))


def _with_points(row: Row, columns: Sequence[str]) -> Row:
    decimal = [name for name in columns if _WITH_COMMA.match(row[name])]
    return Row(row.where, {**row.cells, **{name: row[name].replace(",", ".") for name in decimal}})
