"""What a project says of its people: their group, their age, the days of visit and blood draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from exvivo.read.redcap.checked import Checked
from exvivo.read.redcap.forms import Opened
from exvivo.read.redcap.project import Row
from exvivo.read.redcap.slips import Slips
from exvivo.read.redcap.values import day_of
from exvivo.words import shortened

_CORRECT = "correct it in REDCap"


def values_of(data: Checked, name: str) -> list[str]:
    """The answers of a field, row by row; blank where there is none, or something is wrong."""
    if name not in data.values:
        return [""] * len(data.export.lines)
    field = data.dictionary.by_name[name]
    codes = data.codes_of(field)
    known = {text: value or "" for text, value in data.values[name].items() if text not in codes}
    return [known.get(text, "") for text in data.export.texts[name]]


def check_groups(
    name: str,
    groups: Mapping[str, str],
    data: Checked,
    rows: Sequence[Row],
    opened: Opened,
    slips: Slips,
) -> None:
    """Each record has one group, of those that study.yaml names."""
    if name not in data.values:
        return
    values = values_of(data, name)
    first: dict[str, int] = {}
    for at, value in enumerate(values):
        if not value:
            continue
        if groups and value not in groups:
            known = shortened([f"{code} ({group})" for code, group in groups.items()])
            cure = "correct it in REDCap, or add the code under `groups` of `redcap` in study.yaml"
            slips.of_cell(at, name, f"the group {_shown(name, value, data)}", known, cure)
        before = first.setdefault(rows[at].record, at)
        if values[before] != value:
            found = f"another group than in line {rows[before].line}"
            slips.of_cell(at, name, found, "one group a record", _CORRECT)
    _check_missing(name, first, data, rows, opened, slips)


def _shown(name: str, value: str, data: Checked) -> str:
    field = data.dictionary.by_name[name]
    if field.is_identifier:
        return "of this record, which has no group in study.yaml"
    return f"'{value}' ({field.choices.get(value, 'no choice')}), which has no group in study.yaml"


def _check_missing(
    name: str,
    given: Mapping[str, int],
    data: Checked,
    rows: Sequence[Row],
    opened: Opened,
    slips: Slips,
) -> None:
    """A record without a group: said at its row of the event where the group is asked."""
    asked = {rows[at].event for at in given.values()}
    wrong = {rows[at].record for at, column in slips.unsure if column == name}
    form = opened[data.dictionary.by_name[name].form]
    best: dict[str, tuple[bool, bool, int]] = {}
    for at, row in enumerate(rows):
        if row.record and row.record not in given and row.record not in wrong:
            place = (row.event not in asked or bool(row.form), not form[at], at)
            best[row.record] = min(place, best.get(row.record, place))
    for _, _, at in best.values():
        cure = "fill it in REDCap, or leave the record out of the export"
        slips.of_cell(at, name, "no group of this record", "one of its codes", cure)


def days_of(data: Checked, name: str) -> list[date | None]:
    """The days that a field gives, row by row."""
    values = values_of(data, name)
    days = {value: day_of(value) for value in set(values)}
    return [days[value] for value in values]


def ages_of(
    born: str, seen: str, drawn: str, data: Checked, rows: Sequence[Row], slips: Slips
) -> tuple[int | None, ...]:
    """The age of each row's person in whole years on the day of the visit that the row gives. Two
    days of birth of a record are a mistake, and a visit or blood draw before birth.
    """
    births = _births(born, data, rows, slips)
    days = {name: days_of(data, name) for name in (drawn, seen)}
    _check_order(births, born, days, rows, slips)
    ages: list[int | None] = []
    for row, day in zip(rows, days[seen], strict=True):
        birth, _ = births.get(row.record, (None, 0))
        ages.append(_age(birth, day) if birth and day and birth <= day else None)
    return tuple(ages)


Births = dict[str, tuple[date, int]]
"""The day of birth of each record, and the row it stands in."""


def _births(born: str, data: Checked, rows: Sequence[Row], slips: Slips) -> Births:
    births: Births = {}
    for at, day in enumerate(days_of(data, born)):
        if day is None:
            continue
        first, before = births.setdefault(rows[at].record, (day, at))
        if first != day:
            found = f"another day of birth than in line {rows[before].line}"
            slips.of_cell(at, born, found, "one day of birth a record", _CORRECT)
    return births


def _check_order(
    births: Births,
    born: str,
    days: Mapping[str, Sequence[date | None]],
    rows: Sequence[Row],
    slips: Slips,
) -> None:
    """No day is before birth: one is wrong itself, several say that the day of birth is."""
    before: dict[str, list[tuple[int, str]]] = {}
    for name, own in days.items():
        for at, day in enumerate(own):
            birth, _ = births.get(rows[at].record, (None, 0))
            if day and birth and day < birth:
                before.setdefault(rows[at].record, []).append((at, name))
    for record, cells in before.items():
        if len(cells) == 1:
            at, name = cells[0]
            expected = "a day after the day of birth"
            slips.of_cell(at, name, "a day before the day of birth", expected, _CORRECT)
        else:
            lines = shortened(sorted({str(rows[at].line) for at, _ in cells}))
            found = f"a day of birth after the days in line {lines}"
            expected = "a day before every visit"
            slips.of_cell(births[record][1], born, found, expected, _CORRECT)


def _age(birth: date, day: date) -> int:
    """Whole years from one day to another."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
