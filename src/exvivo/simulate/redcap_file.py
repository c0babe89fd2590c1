"""The people of a virtual study as a REDCap project: its data dictionary, its events, and exports
of its records; with the part of study.yaml that reads them.

Layout as REDCap exports it: one row a record and event, and one a repeat of a form that repeats;
`field___code` for each box; `form_complete` of 0 or 2; nothing at all in forms that an event does
not have; zeros in the boxes of a form that was never opened; days as year-month-day.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from exvivo.simulate.model import VirtualStudy
from exvivo.simulate.parameters import Rng
from exvivo.simulate.redcap_answers import DIARY_DAYS, Answers, diary, enrolled, visit_of, visited
from exvivo.simulate.redcap_fields import (
    AREAS,
    DIARY,
    ENROLMENT,
    HEADER,
    Field,
    field_of,
    fields_of,
    has_hads,
)
from exvivo.study import Study
from exvivo.study.clinic_records import Characteristic, Questionnaire, Redcap

FOLDER = "redcap"
DICTIONARY, EVENTS, DATA, LABELS, SEMICOLONS, LINKS = (
    f"{FOLDER}/{name}.csv"
    for name in ("dictionary", "events", "data", "data_labels", "data_semicolon_bom", "links")
)
_EVENTS = {"enrolment_arm_1": "Enrolment", "visit_1_arm_1": "Visit 1"}
_ENROLLED, _VISITED = _EVENTS
_KEYS = {
    "redcap_event_name": "Event Name",
    "redcap_repeat_instrument": "Repeat Instrument",
    "redcap_repeat_instance": "Repeat Instance",
}
_COMPLETE = {"0": "Incomplete", "2": "Complete"}
_TICKED = {"0": "Unchecked", "1": "Checked"}
_UNREAD = {
    "menopause": "no question asks for it",
    "meds": "no question asks for it",
    "comments": "free text",
    "height": "read as bmi",
    "weight": "read as bmi",
    "areas": "no scale of this study",
    "diary_time": "no scale of this study",
    "diary_pain": "no scale of this study",
}


@dataclass(frozen=True)
class Row:
    """One row of an export: of a record at an event, or of a repeat of a form."""

    record: str
    event: str
    answers: Answers
    repeats: str = ""
    instance: str = ""

    def has(self, form: str) -> bool:
        """Whether the row holds a form at all."""
        if self.repeats or form == DIARY:
            return form == self.repeats
        return (form == ENROLMENT) == (self.event == _ENROLLED)


@dataclass(frozen=True)
class Column:
    """One column of an export; of a field with boxes, `code` is its box. `form` is the form whose
    status it is.
    """

    name: str
    label: str
    field: Field | None = None
    code: str = ""
    form: str = ""

    def cell(self, row: Row) -> str:
        """What a raw export writes there."""
        if self.form:
            return _status(row, self.form) if row.has(self.form) else ""
        if self.field is None:
            return str(getattr(row, _KEY_OF[self.name]))
        if self.field.name == "record_id":
            return row.record
        if not row.has(self.field.form):
            return ""
        answer = row.answers.get(self.field.name, "")
        return str(int(self.code in answer.split())) if self.code else answer

    def in_words(self, cell: str) -> str:
        """What an export with labels writes in the place of a cell."""
        if self.form:
            return _COMPLETE.get(cell, cell)
        if self.code:
            return _TICKED.get(cell, cell)
        return (self.field.codes if self.field else _WORDS).get(cell, cell)


_KEY_OF = dict(zip(_KEYS, ("event", "repeats", "instance"), strict=True))
_WORDS = {**_EVENTS, DIARY: "Pain Diary"}


def redcap_files(virtual: VirtualStudy, *, rng: Rng, linked: bool = False) -> dict[str, str]:
    """Every file of the project by its path in a study folder, with the three kinds of export.

    With `linked` the records have numbers of their own, and a table of links gives the donors.
    """
    records = _records(virtual, rng, linked=linked)
    rows = list(_rows(virtual, records, rng))
    columns = list(_columns(fields_of(virtual.parameters)))
    raw = [[column.cell(row) for column in columns] for row in rows]
    names = [column.name for column in columns]
    named = [[c.in_words(cell) for c, cell in zip(columns, line, strict=True)] for line in raw]
    links = zip(records, virtual.people.donors, strict=True)
    table = {LINKS: _csv([("record", "donor"), *sorted(links)])} if linked else {}
    return {
        DICTIONARY: _csv([HEADER, *(field.line for field in fields_of(virtual.parameters))]),
        EVENTS: _csv(_events()),
        DATA: _csv([names, *raw]),
        LABELS: _csv([[column.label for column in columns], *named]),
        SEMICOLONS: "\ufeff" + _csv([names, *raw], delimiter=";"),
        **table,
    }


def with_redcap(virtual: VirtualStudy, *, linked: bool = False) -> Study:
    """The records of study.yaml that read the project in the place of donors.csv and clinic.csv."""
    study, truths = virtual.study, virtual.parameters.scales
    fields = {scale.id: field_of(scale, truths) for scale in truths}
    scales = (replace(s, column=fields[s.id]) for s in study.scales if fields[s.id])
    hads = Questionnaire(id="HADS", items=("hads{1-14}",), coding="points", totals=_TOTALS)
    return replace(
        study,
        scales=tuple(scales),
        questionnaires=(hads,) if has_hads(truths) else (),
        characteristics=_CHARACTERISTICS,
        redcap=_redcap(LINKS if linked else ""),
    )


_TOTALS = {"HADS_A": "hads_a", "HADS_D": "hads_d"}
_CHARACTERISTICS = (
    Characteristic(id="age", kind="number", unit="years"),
    Characteristic(id="sex", kind="category", levels=("female", "male"), field="sex"),
    Characteristic(id="bmi", kind="number", unit="kg/m2", field="bmi"),
)


def _redcap(links: str) -> Redcap:
    return Redcap(
        dictionary=DICTIONARY,
        data=DATA,
        events=EVENTS,
        donor="record_id",
        links=links,
        group="study_group",
        groups={"1": "FM", "2": "HC"},
        visits={_VISITED: "1"},
        born="dob",
        seen="visit_date",
        ignored=_UNREAD,
    )


def _records(virtual: VirtualStudy, rng: Rng, *, linked: bool) -> list[str]:
    """The record of each donor: the donor's own name, or a number in the order of enrolment."""
    donors = virtual.people.donors
    order = rng.permutation(len(donors))
    return [f"{number + 1:04d}" for number in order] if linked else donors


def _rows(virtual: VirtualStudy, records: Sequence[str], rng: Rng) -> Iterator[Row]:
    """The rows record by record, as an export sorts them."""
    for donor in sorted(range(len(records)), key=records.__getitem__):
        visit, record = visit_of(rng), records[donor]
        yield Row(record, _ENROLLED, enrolled(virtual, donor, visit, rng=rng))
        yield Row(record, _VISITED, visited(virtual, donor, visit, rng=rng))
        for day in range(1, DIARY_DAYS + 1):
            yield Row(record, _VISITED, diary(visit, day, rng=rng), DIARY, str(day))


def _columns(fields: Sequence[Field]) -> Iterator[Column]:
    """The columns: the record and its row, then form by form the fields and the form's status."""
    first, *others = fields
    yield Column(first.name, first.label, first)
    yield from (Column(name, label) for name, label in _KEYS.items())
    for form in dict.fromkeys(field.form for field in fields):
        for field in others:
            if field.form == form:
                yield from _columns_of(field)
        yield Column(f"{form}_complete", "Complete?", form=form)


def _columns_of(field: Field) -> Iterator[Column]:
    if field.kind != "checkbox":
        yield Column(field.name, field.label, field)
        return
    for code, label in field.codes.items():
        name, words = f"{field.name}___{code}", f"{field.label} (choice={label})"
        yield Column(name, words, field, code)


def _status(row: Row, form: str) -> str:
    """The status of a form: nobody opened the form of painful areas where none is ticked."""
    return "0" if form == AREAS and not row.answers["areas"] else "2"


def _events() -> Iterator[Sequence[str]]:
    yield ("event_name", "arm_num", "unique_event_name", "custom_event_label", "event_id")
    for number, (event, name) in enumerate(_EVENTS.items(), 1):
        yield (name, "1", event, "", str(number))


def _csv(rows: Iterable[Sequence[str]], delimiter: str = ",") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()
