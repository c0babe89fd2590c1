"""Numbers of a table that a computer with decimal commas wrote: 0,125 for 0.125."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from exvivo.study.csv_rows import Row, Rows

_WITH_COMMA = re.compile(r"-?[0-9]+(?:\.[0-9]{3})*,[0-9]+$")
_MAY_BE_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2},[0-9]{3}$")
_IN_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]+)?$")
"""A number with points between thousands, as a computer with decimal commas shows it."""


def has_decimal_commas(texts: Iterable[str], *, grouped: bool = False) -> bool:
    """Whether the commas of numbers are decimal marks: one of them cannot be read in thousands, and
    no number has a decimal point. Points may stand between thousands where numbers are `grouped`.

    >>> has_decimal_commas(["0,125", "1,000"]), has_decimal_commas(["1,000"])
    (True, False)
    >>> has_decimal_commas(["62,5", "1.000"]), has_decimal_commas(["62,5", "1.000"], grouped=True)
    (False, True)
    """
    filled = [text for text in texts if text]
    with_comma = [text for text in filled if _WITH_COMMA.match(text)]
    pointed = [text for text in filled if "." in text]
    no_point = not pointed or (grouped and all(_IN_THOUSANDS.match(text) for text in pointed))
    return no_point and any(not _MAY_BE_THOUSANDS.match(text) for text in with_comma)


def with_points(table: Rows, columns: Sequence[str]) -> Rows:
    """The table with decimal points in these columns, where its commas are decimal marks; what
    could be read in two ways stays as it is, and is no number.
    """
    texts = [row[name] for row in table.rows for name in columns]
    if not has_decimal_commas(texts, grouped=table.separator in (";", "\t")):
        return table
    return replace(table, rows=tuple(_with_points(row, columns) for row in table.rows))


def _with_points(row: Row, columns: Sequence[str]) -> Row:
    pointed = {name: _pointed(row[name]) for name in columns if row[name]}
    return Row(row.where, {**row.cells, **pointed}, row.places)


def _pointed(text: str) -> str:
    """A number of a table with decimal commas, with a decimal point; any other text as it is."""
    decimal = _WITH_COMMA.match(text) or _IN_THOUSANDS.match(text)
    return text.replace(".", "").replace(",", ".") if decimal else text
