"""A table of the user's own: from the raw sum of a short form to its T-score and standard error,
or from a profile to the index of a value set.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from exvivo.errors import Mistake, StudyError
from exvivo.study.csv_rows import Row, Rows, read_rows
from exvivo.study.headings import Columns
from exvivo.words import shortened

Valued = tuple[float, float]
"""A score and its standard error, NaN where the table has none."""

_KEYS = ("raw", "profile")
_COLUMNS = Columns(("raw", "profile", "score"), ("standard_error",))


@dataclass(frozen=True)
class ScoreTable:
    """The scores of raw sums, or those of profiles."""

    sums: Mapping[float, Valued] = field(default_factory=dict)
    profiles: Mapping[str, Valued] = field(default_factory=dict)

    @classmethod
    def of_lines(cls, lines: Mapping[str, Valued], *, profiles: bool) -> ScoreTable:
        """The table of lines that begin with a raw sum, or with a profile."""
        if profiles:
            return cls(profiles=dict(lines))
        return cls(sums={float(raw): valued for raw, valued in lines.items()})


def read_score_table(raw: bytes, *, file: str) -> ScoreTable:
    """The table of a csv with the columns `raw` (or `profile`), `score` and, where it has them,
    `standard_error`. Raises `StudyError` with every mistake.
    """
    rows = read_rows(raw, file=file, columns=_COLUMNS)
    named = [name for name in _KEYS if name in rows.header]
    if len(named) != 1 or "score" not in rows.header:
        raise StudyError(_other_columns(rows))
    lines: dict[str, Valued] = {}
    mistakes: list[Mistake] = []
    for row in rows.rows:
        mistakes += _slips(row, named[0], lines)
        lines[row[named[0]]] = (_number(row["score"]), _number(row["standard_error"]))
    if mistakes:
        raise StudyError(mistakes)
    return ScoreTable.of_lines(lines, profiles=named == ["profile"])


def _other_columns(rows: Rows) -> Mistake:
    there = shortened(list(filter(None, rows.header))) or "none"
    return rows.mistake(
        f"the columns {there}",
        "`raw` (or `profile`), `score` and, if known, `standard_error`",
        "name the columns so: one line a raw sum, or a profile",
    )


def _slips(row: Row, key: str, lines: Iterable[str]) -> list[Mistake]:
    """What is wrong with a line."""
    slips = []
    text = row[key]
    if not text or (key == "raw" and math.isnan(_number(text))):
        slips.append(row.mistake(f"no raw sum: '{text}'", "a number", "correct it", column=key))
    if text in lines:
        slips.append(row.mistake(f"{text} again", "each once", "remove one line", column=key))
    for name in ("score", "standard_error"):
        cell = row[name]
        if math.isnan(_number(cell)) and (cell or name == "score"):
            slips.append(row.mistake(f"'{cell}'", "a number", "correct it", column=name))
    return slips


def _number(text: str) -> float:
    """The number of a cell, with either decimal mark; NaN where it is none."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan
