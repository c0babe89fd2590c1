"""The answers of a project: the items of questionnaires, ready totals, and plain scales."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import polars as pl

from exvivo.errors import Mistake
from exvivo.read.redcap.project import Cell, Project
from exvivo.read.redcap.tables.visits import Visits
from exvivo.read.tables.clinic import hours_of
from exvivo.sources import Content
from exvivo.study.questionnaires import Column
from exvivo.tables import ANSWERS

HIDDEN = "not applicable"
Answer = tuple[float | None, str, str | None]
"""The number, how it is known, and the missing-data code in its place."""


@dataclass
class _Gathered:
    """The rows of ANSWERS as they come, and what is to fix."""

    file: str
    rows: list[dict[str, object]] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)


@dataclass(frozen=True)
class Person:
    """A record with the names the study has for it."""

    record: str
    donor: str
    group: str


def answers_of(
    visits: Visits, people: Sequence[Person], columns: Sequence[Column], data: Content
) -> tuple[pl.DataFrame, list[Mistake]]:
    """ANSWERS of some people, person by person and visit by visit, with the answers that are no
    numbers and those that two events of one visit give. `columns` are fields (or boxes) that the
    project has; `data` is the export.
    """
    gathered = _Gathered(data.name)
    for person in people:
        for visit in visits.names:
            line = visits.came(person.record, visit)
            if line is not None:
                _answers_at(visits, person, visit, line, columns, gathered)
    frame = pl.DataFrame(gathered.rows, schema=_SCHEMA)
    told = frame.with_columns(source=pl.lit(data.name), sha256=pl.lit(data.sha256))
    return ANSWERS.complete(told), gathered.mistakes


_SCHEMA = {
    name: dtype for name, dtype in ANSWERS.schema.items() if name not in ("source", "sha256")
}


def _answers_at(
    visits: Visits,
    person: Person,
    visit: str,
    line: int,
    columns: Sequence[Column],
    gathered: _Gathered,
) -> None:
    """The answers of a person at a visit, of every form that anybody was asked there."""
    project = visits.project
    for form, own in _by_form(columns, project).items():
        if (visit, form) not in visits.asked:
            continue
        counted = list(visits.counted(person.record, visit, form))
        if len(counted) > 1:
            gathered.mistakes.append(_two_events(counted, form, visit, project, gathered.file))
        rows = counted[0] if counted else ()
        where = project.rows[rows[0] if rows else line].line
        for column in own:
            cells = [project.columns[column.name][row] for row in rows or (line,)]
            answer = _answer(cells, column, f"{gathered.file}:{where}", gathered.mistakes)
            gathered.rows.append(_row(person, visit, column, answer, f"{gathered.file}:{where}"))


def _by_form(columns: Iterable[Column], project: Project) -> Mapping[str, list[Column]]:
    by_form: dict[str, list[Column]] = {}
    for column in columns:
        form = project.dictionary.by_column[column.name].form
        by_form.setdefault(form, []).append(column)
    return by_form


def _two_events(
    counted: Sequence[Sequence[int]], form: str, visit: str, project: Project, file: str
) -> Mistake:
    events = [project.rows[rows[0]].event for rows in counted]
    return Mistake(
        f"{file}:{project.rows[counted[1][0]].line}",
        f"the form {form} in the events {' and '.join(events)}, which are both visit {visit}",
        "a form once a visit",
        "give the events visits that differ, under `visits` of `redcap` in study.yaml",
    )


def _answer(cells: Sequence[Cell], column: Column, where: str, mistakes: list[Mistake]) -> Answer:
    """The answer of the rows that count: their mean where there are several."""
    numbers = list(_numbers(cells, column, where, mistakes))
    if numbers:
        return sum(numbers) / len(numbers), "given", None
    if cells and all(cell.state == HIDDEN for cell in cells):
        return None, HIDDEN, None
    return None, "missing", next((cell.code for cell in cells if cell.code), None)


def _numbers(
    cells: Iterable[Cell], column: Column, where: str, mistakes: list[Mistake]
) -> Iterator[float]:
    for cell in cells:
        if cell.state != "given":
            continue
        number = _number(cell.value, column)
        if number is None:
            place, found = f"{where} column {column.name}", f"'{cell.value}'"
            cure = "correct it in REDCap, and export again"
            mistakes.append(Mistake(place, found, "a number", cure))
        else:
            yield number


def _number(value: str, column: Column) -> float | None:
    """The number of a value, hours of a time of day; None where it is none."""
    with suppress(ValueError):
        is_clock = column.item is not None and column.item.kind == "clock" and ":" in value
        return hours_of(value) if is_clock else float(value)
    return None


def _row(
    person: Person, visit: str, column: Column, answer: Answer, where: str
) -> dict[str, object]:
    number, state, code = answer
    scale = None if column.item is not None or column.scale is None else column.scale.id
    return {
        "place": f"{where} column {column.name}",
        "column": column.name,
        "donor": person.donor,
        "visit": visit,
        "group": person.group,
        "questionnaire": column.questionnaire or None,
        "item": None if column.item is None else column.item.id,
        "scale": scale,
        "answer": number,
        "state": state,
        "code": code,
    }
