"""The columns that an export of a project has, and which one each of its headings means.

A raw export calls its columns by names, which differ from one another. A label export calls them by
labels, of which many are the same (`Complete?`, `item 1`): they are told by their position among
the columns that the dictionary leads to expect, and refused where two positions fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from exvivo.read.redcap.dictionary import Dictionary, Field, box_column

Role = Literal["record", "system", "field", "box", "missing box", "status", "timestamp"]

EVENT, INSTRUMENT, INSTANCE = (
    "redcap_event_name",
    "redcap_repeat_instrument",
    "redcap_repeat_instance",
)
ACCESS_GROUP, SURVEY_IDENTIFIER = "redcap_data_access_group", "redcap_survey_identifier"
_SYSTEM = {
    EVENT: "Event Name",
    INSTRUMENT: "Repeat Instrument",
    INSTANCE: "Repeat Instance",
    ACCESS_GROUP: "Data Access Group",
    SURVEY_IDENTIFIER: "Survey Identifier",
}
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an export: its name in a raw one, its headings in a label one, the form and the
    field it belongs to, and the code of its box.
    """

    name: str
    role: Role
    headings: tuple[str, ...] = ()
    form: str = ""
    field: Field | None = None
    code: str = ""


def plain_label(text: str) -> str:
    """A label as it is compared: without marks of the web and doubled spaces.

    >>> plain_label("<b>Pain</b>  now ")
    'Pain now'
    """
    return " ".join(_TAG.sub("", text).split())


def expected_columns(dictionary: Dictionary, missing: Mapping[str, str]) -> tuple[Column, ...]:
    """Every column that an export may have, in the order of REDCap. `missing` are the missing-data
    codes of the project with their labels.
    """
    record = dictionary.record
    columns = [Column(record.name, "record", (plain_label(record.label),), record.form, record)]
    columns += [Column(name, "system", (label,)) for name, label in _SYSTEM.items()]
    for form, fields in dictionary.forms.items():
        columns.append(Column(f"{form}_timestamp", "timestamp", ("Survey Timestamp",), form))
        for field in fields:
            if field is not record:
                columns += _columns_of(field, missing)
        columns.append(Column(f"{form}_complete", "status", ("Complete?",), form))
    return tuple(columns)


def _columns_of(field: Field, missing: Mapping[str, str]) -> Iterator[Column]:
    """The columns of a field; of a checkbox field one for each box, and for each missing-data code
    that is no choice of its own.
    """
    label = plain_label(field.label)
    if field.kind != "checkbox":
        for name in field.columns:
            yield Column(name, "field", (label,), field.form, field)
        return
    for name, code in field.boxes.items():
        heading = _box_heading(label, field.choices[code])
        yield Column(name, "box", (heading,), field.form, field, code)
    for code, words in missing.items():
        name = box_column(field.name, code)
        if name not in field.boxes:
            ways = (words, code, code.lower(), name.removeprefix(f"{field.name}___"))
            headings = tuple(_box_heading(label, way) for way in ways)
            yield Column(name, "missing box", headings, field.form, field, code)


def _box_heading(label: str, choice: str) -> str:
    return f"{label} (choice={plain_label(choice)})"


def is_raw(header: Sequence[str], expected: Iterable[Column]) -> bool:
    """Whether the headings are names: more of them than are labels."""
    names = {column.name for column in expected}
    labels = {heading for column in expected for heading in column.headings}
    named = sum(heading in names for heading in header)
    return named >= sum(plain_label(heading) in labels for heading in header)


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A heading of a label export that cannot be placed: where it stands, and whether two places
    fit.
    """

    at: int
    doubtful: bool


def placed(header: Sequence[str], expected: Sequence[Column]) -> list[Column] | Unplaced:
    """The column of each heading of a label export, by position: the only way to lay the headings
    over the expected columns without changing an order. Columns may lack (a project without events
    or surveys, an export of some fields).
    """
    headings = [plain_label(heading) for heading in header]
    first = _earliest(headings, expected)
    if isinstance(first, Unplaced):
        return first
    last = _latest(headings, expected)
    for at, (early, late) in enumerate(zip(first, last, strict=True)):
        if early != late:
            return Unplaced(at, doubtful=True)
    return [expected[place] for place in first]


def _earliest(headings: Sequence[str], expected: Sequence[Column]) -> list[int] | Unplaced:
    """The places of headings, each as early as it can be."""
    places: list[int] = []
    place = -1
    for at, heading in enumerate(headings):
        begin = place + 1
        fits = (n for n in range(begin, len(expected)) if heading in expected[n].headings)
        place = next(fits, len(expected))
        if place == len(expected):
            return Unplaced(at, doubtful=False)
        places.append(place)
    return places


def _latest(headings: Sequence[str], expected: Sequence[Column]) -> list[int]:
    """The places of headings that can be placed, each as late as it can be."""
    places: list[int] = []
    place = len(expected)
    for heading in reversed(headings):
        place = next(n for n in range(place - 1, -1, -1) if heading in expected[n].headings)
        places.append(place)
    return places[::-1]
