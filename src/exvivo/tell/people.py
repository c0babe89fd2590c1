"""Who took part, as the first table of a paper: donors, and what donors.csv says of them, by group.

Columns of numbers are told by median and range, others by counts; what is not known is counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import median

import polars as pl

from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.quality import QualityTable

_MOST_WORDS = 8
"""Different words of a column that are listed; beyond, only their number is told."""
_OWN = ("donor", "group")
_UNKNOWN = "not known"


def people_table(study: Study) -> QualityTable | None:
    """A row for what is known of the donors, a column for each group; None without donors."""
    donors = study.donors
    if donors.is_empty():
        return None
    groups = [donors.filter(group=group.id) for group in study.groups]
    heads = ("of donors.csv", *(group.name for group in study.groups))
    rows: list[tuple[str, ...]] = [("donors", *(str(group.height) for group in groups))]
    for column in donors.columns:
        if column not in _OWN:
            rows += _rows(column, [_cells(group[column]) for group in groups])
    return QualityTable("Donors by group", heads, rows)


def _cells(column: pl.Series) -> list[str | None]:
    """The cells of a column as text; an empty one is not known."""
    texts = column.cast(pl.String).str.strip_chars().to_list()
    return [text or None for text in texts]


def _rows(column: str, groups: list[list[str | None]]) -> Iterator[tuple[str, ...]]:
    known = [text for cells in groups for text in cells if text is not None]
    if not known:
        return
    if all(_number(text) is not None for text in known) and len({*known}) > 2:
        yield (f"{column}, median (range)", *(_median(cells) for cells in groups))
    elif len({*known}) > _MOST_WORDS:
        yield (f"{column}, different entries", *(str(len({*cells} - {None})) for cells in groups))
    else:
        for word in dict.fromkeys(sorted(known)):
            yield (f"{column}: {word}", *(str(cells.count(word)) for cells in groups))
    if any(None in cells for cells in groups):
        yield (f"{column}: {_UNKNOWN}", *(str(cells.count(None)) for cells in groups))


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _median(cells: list[str | None]) -> str:
    """`58 (41 to 64)` of what is known."""
    numbers = [value for text in cells if text and (value := _number(text)) is not None]
    if not numbers:
        return words.NO_NUMBER
    return f"{words.amount_of(median(numbers))} ({_ends(numbers)})"


def _ends(numbers: list[float]) -> str:
    return f"{words.amount_of(min(numbers))} to {words.amount_of(max(numbers))}"
