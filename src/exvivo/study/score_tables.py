"""A table of the user's own: from the raw sum of a short form to its T-score and standard error,
or from a profile to the index of a value set.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from exvivo.errors import Mistake, StudyError
from exvivo.sources import Sources
from exvivo.study.clinic_records import Questionnaire
from exvivo.study.csv_rows import Row, Rows, read_rows
from exvivo.study.files import table_of
from exvivo.study.headings import Columns
from exvivo.study.scoring import Score, ScoringKey
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


def table_for(
    questionnaire: Questionnaire, key: ScoringKey, sources: Sources
) -> tuple[ScoreTable, list[Mistake]]:
    """The table that a questionnaire names, and what is to fix in it; empty where it cannot be
    read.
    """
    file = questionnaire.table
    try:
        table = read_score_table(table_of(sources, file), file=file)
    except StudyError as error:
        return ScoreTable(), list(error.mistakes)
    return table, list(_unsound(table, key, file))


def _unsound(table: ScoreTable, key: ScoringKey, file: str) -> Iterator[Mistake]:
    """Raw sums that a table lacks, the wrong sort of table, and scores that cannot be."""
    scores = {score.id: score for score in key.scores}
    made = [score for score in key.scores if score.rule == "table"]
    if not made:
        cure = f"remove `table` of {key.id}"
        yield Mistake(file, f"a table for {key.id}", "no table: its scores need none", cure)
    for score in made:
        raw = scores[score.of[0]]
        lines = table.profiles if raw.rule == "profile" else table.sums
        if not lines:
            column = "profile" if raw.rule == "profile" else "raw"
            cure = f"name the first column `{column}`, as {score.id} is made of {raw.id}"
            yield Mistake(file, "another sort of table", f"a column `{column}`", cure)
        strange = [f"{each}" for each, (own, _) in lines.items() if not _is_within(own, score)]
        if strange:
            expected = f"scores from {score.lowest:g} to {score.highest:g} ({score.id})"
            yield Mistake(file, f"others at {shortened(strange)}", expected, "correct them")
        yield from _absent_sums(table, raw, file)


def _absent_sums(table: ScoreTable, raw: Score, file: str) -> Iterator[Mistake]:
    """The raw sums for which a table of raw sums has no line."""
    if not table.sums or raw.rule == "profile":
        return
    every = range(math.ceil(raw.lowest), math.floor(raw.highest) + 1)
    absent = [str(each) for each in every if each not in table.sums]
    if absent:
        expected = f"a line for each sum from {raw.lowest:g} to {raw.highest:g} ({raw.id})"
        cure = "complete it; if it ends earlier, it is the table of another form"
        yield Mistake(file, f"no line for {shortened(absent)}", expected, cure)


def _is_within(own: float, score: Score) -> bool:
    return score.lowest <= own <= score.highest


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
