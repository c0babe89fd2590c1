"""What donors.csv and the clinic say of the people, as the rows of the first table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import assert_never

import polars as pl

from exvivo.catalog.medication import MedicationClass, Taken, classes_taken, taken
from exvivo.study import Study
from exvivo.study.characteristics import (
    cells_of,
    known_characteristics,
    levels_of,
    unsummarised,
    yes_or_no,
)
from exvivo.study.clinic_records import Characteristic
from exvivo.study.days import day_of
from exvivo.study.ids import WITHDRAWN
from exvivo.study.unknown import number_of
from exvivo.tell.cohort.records import CategoryRow, Cohort, Known, Row, Unrecognised
from exvivo.tell.cohort.scores import score_rows, visits_shown
from exvivo.tell.cohort.summaries import category_row, known_of, number_row

Groups = list[list[str]]
"""The cells of a column, group by group; empty where not known."""
_YES_NO = ("yes", "no")


def cohort_of(study: Study, clinic: pl.DataFrame) -> Cohort | None:
    """The first table of a study: of everybody in donors.csv but those who withdrew; None without
    donors.
    """
    stayed = study.donors
    if not stayed.is_empty():
        stayed = stayed.filter(~pl.col("donor").str.starts_with(WITHDRAWN))
    if stayed.is_empty():
        return None
    study = replace(study, donors=stayed)
    sizes = [study.donors.filter(group=group.id).height for group in study.groups]
    kinds = known_characteristics(study)
    rows = [row for each in kinds for row in _asked_rows(each, study)]
    return Cohort(
        groups=tuple((group.id, n) for group, n in zip(study.groups, sizes, strict=True)),
        rows=(*rows, *score_rows(study, clinic)),
        unsummarised=unsummarised(study),
        unrecognised=tuple(_unrecognised(kinds, study)),
        visits_left_out=() if clinic.is_empty() else tuple(visits_shown(study, clinic)[1]),
    )


def _by_group(study: Study, column: str) -> Groups:
    """The cells of a column, group by group."""
    cells = cells_of(study, column)
    own = study.donors["group"].to_list()
    return [
        [cell for cell, whose in zip(cells, own, strict=True) if whose == group.id]
        for group in study.groups
    ]


def _asked_rows(characteristic: Characteristic, study: Study) -> Iterator[Row]:
    """The rows of a column; people whom its field did not ask are not missing."""
    groups = study.donors.select("donor", "group").rows()
    beyond = Counter(
        group for donor, group in groups if (donor, characteristic.id) in study.not_asked
    )
    for row in _rows(characteristic, study):
        known = (
            _not_asked(each, beyond[group.id])
            for each, group in zip(row.groups, study.groups, strict=True)
        )
        yield replace(row, groups=tuple(known))


def _not_asked(known: Known, beyond: int) -> Known:
    return replace(known, missing=known.missing - beyond, not_applicable=beyond)


def _rows(characteristic: Characteristic, study: Study) -> Iterator[Row]:
    """The rows of a column."""
    cells = _by_group(study, characteristic.id)
    match characteristic.kind:
        case "number":
            yield _number(characteristic, cells, study)
        case "category":
            levels = levels_of(characteristic, [cell for own in cells for cell in own])
            yield _category(characteristic, cells, levels, study)
        case "yes or no":
            yes = [[_word(yes_or_no(cell)) for cell in own] for own in cells]
            yield _category(characteristic, yes, _YES_NO, study, only_first=True)
        case "date":
            years = [[_year(cell) for cell in own] for own in cells]
            yield _category(characteristic, years, _levels(years), study)
        case "medication":
            yield from _medication(characteristic, cells, study)
        case _:
            assert_never(characteristic.kind)


def _title(characteristic: Characteristic) -> str:
    name = characteristic.name or characteristic.id
    return f"{name}, {characteristic.unit}" if characteristic.unit else name


def _number(characteristic: Characteristic, cells: Groups, study: Study) -> Row:
    values = [[n for cell in own if (n := number_of(cell)) is not None] for own in cells]
    return number_row(
        characteristic.id,
        _title(characteristic),
        [group.id for group in study.groups],
        values,
        [known_of(own) for own in cells],
    )


def _category(
    characteristic: Characteristic,
    cells: Groups,
    levels: Sequence[str],
    study: Study,
    *,
    only_first: bool = False,
) -> CategoryRow:
    title = _title(characteristic)
    if characteristic.kind == "date":
        title = f"{title}, year"
    ids = [group.id for group in study.groups]
    return category_row(characteristic.id, title, ids, cells, levels, only_first=only_first)


def _levels(cells: Groups) -> list[str]:
    """The different cells that say something."""
    return sorted({cell for own in cells for cell in own} - {""})


def _word(yes: bool | None) -> str:
    """`yes`, `no`, or nothing."""
    return "" if yes is None else _YES_NO[not yes]


def _year(cell: str) -> str:
    """The year of a day: the day itself is a person's."""
    day = day_of(cell) if cell else None
    return str(day.year) if day else ""


def _medication(characteristic: Characteristic, cells: Groups, study: Study) -> Iterator[Row]:
    """Whether anything is taken, and each class that anybody takes."""
    groups = [[taken(cell) if cell else None for cell in own] for own in cells]
    anything = [[_word(each.anything) if each else "" for each in own] for own in groups]
    name = characteristic.name or characteristic.id
    ids = [group.id for group in study.groups]
    yield category_row(characteristic.id, f"{name}: any", ids, anything, _YES_NO, only_first=True)
    everybody = [each for own in groups for each in own if each]
    for one in classes_taken(everybody):
        exposed = [[_exposed(each, one) for each in own] for own in groups]
        title = f"{name}: {one.name}"
        row = f"{characteristic.id}: {one.id}"
        yield category_row(row, title, ids, exposed, _YES_NO, only_first=True)


def _exposed(each: Taken | None, one: MedicationClass) -> str:
    return "" if each is None else _word(each.exposed(one))


def _unrecognised(kinds: Sequence[Characteristic], study: Study) -> Iterator[Unrecognised]:
    """Entries of medication that the catalog does not know."""
    for characteristic in kinds:
        if characteristic.kind != "medication":
            continue
        cells = [cell for cell in cells_of(study, characteristic.id) if cell]
        entries = Counter(entry for cell in cells for entry in {*taken(cell).unrecognised})
        for entry, people in sorted(entries.items()):
            yield Unrecognised(characteristic.id, entry, people)
