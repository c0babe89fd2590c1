"""The donors of a project as a donors.csv: donor, group, age and characteristics, and nothing that
tells who a person is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exvivo.read.redcap.dictionary import Field
from exvivo.read.redcap.project import Cell
from exvivo.read.redcap.tables.answers import HIDDEN, Person
from exvivo.read.redcap.tables.visits import Visits
from exvivo.study import Study
from exvivo.study.clinic_records import Characteristic, Redcap

AGE = "age"
NOTHING = "none"
"""What stands for a form that was filled in without a box ticked."""
_YES_OR_NO = {"1": "yes", "0": "no"}
Cells = dict[str, str]


@dataclass(frozen=True)
class Donors:
    """The people of a project with their groups, the cells of each in donors.csv, and those columns
    of a donor that branching logic hides.
    """

    people: tuple[Person, ...]
    rows: tuple[Cells, ...]
    not_asked: frozenset[tuple[str, str]]


def donors_of(
    visits: Visits,
    study: Study,
    redcap: Redcap,
    names: Mapping[str, str],
) -> Donors:
    """The people that have a name and a group, in the order of the export."""
    only = study.groups[0].id if len(study.groups) == 1 else ""
    people: list[Person] = []
    rows: list[Cells] = []
    not_asked: set[tuple[str, str]] = set()
    for record, donor in names.items():
        group = _group(visits, redcap, record) if redcap.group else only
        if group and record in visits.rows:
            people.append(Person(record, donor, group))
            told = dict(_told(visits, redcap, record, study.characteristics))
            rows.append({"donor": donor, "group": group, **told})
            hidden = _hidden(visits, record, study.characteristics)
            not_asked |= {(donor, column) for column in hidden}
    return Donors(tuple(people), tuple(rows), frozenset(not_asked))


def _hidden(
    visits: Visits, record: str, characteristics: Sequence[Characteristic]
) -> Iterator[str]:
    """The characteristics of which a person was never asked, and that have no answer."""
    project = visits.project
    for each in characteristics:
        field = project.dictionary.by_name.get(each.field)
        names = [] if field is None else [n for n in field.columns if n in project.columns]
        states = set[str]()
        for name in names:
            states |= {project.columns[name][at].state for at in visits.rows[record]}
        if HIDDEN in states and "given" not in states:
            yield each.id


def _group(visits: Visits, redcap: Redcap, record: str) -> str:
    """The group of a record; empty where it is not known."""
    cells = visits.project.columns.get(redcap.group, ())
    own = visits.rows.get(record, ()) if cells else ()
    given = (cells[at].value for at in own if cells[at].state == "given")
    return redcap.groups.get(next(given, ""), "")


def _told(
    visits: Visits, redcap: Redcap, record: str, characteristics: Sequence[Characteristic]
) -> Iterator[tuple[str, str]]:
    """What is known of a person, by column."""
    if redcap.born and all(each.id != AGE or not each.field for each in characteristics):
        yield AGE, _age(visits, record)
    project = visits.project
    for each in characteristics:
        field = project.dictionary.by_name.get(each.field)
        is_read = field is not None and set(field.columns) <= set(project.columns)
        if each.field:
            yield each.id, _characteristic(visits, field, record) if field and is_read else ""


def _age(visits: Visits, record: str) -> str:
    """The age in whole years on the first day on which a person was seen."""
    ages = visits.project.ages
    known = (ages[at] for at in visits.rows[record] if at < len(ages) and ages[at] is not None)
    return str(next(known, ""))


def _characteristic(visits: Visits, field: Field, record: str) -> str:
    """What a field says of a person at the first visit at which it says anything; a choice by its
    label, boxes by theirs.
    """
    if field.boxes:
        return _ticked(visits, field, record)
    cells = visits.project.columns[field.name]
    given = (cells[at].value for at in visits.rows[record] if cells[at].state == "given")
    return _label(next(given, ""), field)


def _label(value: str, field: Field) -> str:
    if field.kind in ("yesno", "truefalse"):
        return _YES_OR_NO.get(value, value)
    return field.choices.get(value, value)


def _ticked(visits: Visits, field: Field, record: str) -> str:
    """The labels of the boxes that are ticked; `none` where the form was filled in without one."""
    for at in visits.rows[record]:
        cells = {code: visits.project.columns[name][at] for name, code in field.boxes.items()}
        if all(cell.state == "given" for cell in cells.values()):
            return "; ".join(_words(cells, field)) or NOTHING
    return ""


def _words(cells: Mapping[str, Cell], field: Field) -> Iterator[str]:
    for code, cell in cells.items():
        if cell.value == "1":
            yield field.choices[code].replace(";", ",")
