"""The rows of an export: whose each is, of which event, form and instance; each of them once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from exvivo.catalog import spelling
from exvivo.read.redcap.dictionary import Dictionary
from exvivo.read.redcap.events import Events
from exvivo.read.redcap.headings import ACCESS_GROUP, EVENT, INSTANCE, INSTRUMENT
from exvivo.read.redcap.project import Row
from exvivo.read.redcap.slips import Slips
from exvivo.read.redcap.table import Export
from exvivo.words import listed

_WHOLE = re.compile(r"[1-9]\d*(\.0+)?")
_RAW = "export the records again: csv, raw data"

Key = tuple[str, str, str, int]
"""What tells one row from another: record, event, repeating form, instance."""


def rows_of(
    export: Export, records: Sequence[str], dictionary: Dictionary, events: Events, slips: Slips
) -> tuple[Row, ...]:
    """The rows of an export; `records` are the ids of their records. What belongs to no record,
    event or form that is known, or to one that has its row already, is a mistake.
    """
    names = (EVENT, INSTRUMENT, INSTANCE, ACCESS_GROUP)
    columns = [export.of(name) for name in names]
    rows = []
    for line, record, event, form, number, group in zip(
        export.lines, records, *columns, strict=True
    ):
        instance = int(float(number)) if _WHOLE.fullmatch(number) else 0
        rows.append(Row(line, record, event, form, instance, group))
    numbers = export.of(INSTANCE)
    for at, row in enumerate(rows):
        _check_place(at, row, numbers[at], dictionary, events, slips)
    _check_once(rows, dictionary.record.name, events.names, slips)
    return tuple(rows)


def _check_place(
    at: int, row: Row, number: str, dictionary: Dictionary, events: Events, slips: Slips
) -> None:
    """A record, event, form and instance that are known."""
    if not row.record:
        _refuse(at, dictionary.record.name, "no record id", "the id of its record", _RAW, slips)
    if events.names and row.event not in events.names:
        _refuse(at, EVENT, *_unknown_event(row.event, events), slips)
    if row.form and row.form not in dictionary.forms:
        meant = spelling.did_you_mean(row.form, dictionary.forms)
        found = f"the repeating form '{row.form}', which the data dictionary lacks{meant}"
        cure = "correct it, or download the data dictionary again"
        _refuse(at, INSTRUMENT, found, "a form of the data dictionary", cure, slips)
    if number and not row.instance:
        _refuse(at, INSTANCE, f"the instance '{number}'", "a whole number from 1", _RAW, slips)
    elif row.form and not row.instance:
        found = f"no number of this row of {row.form}"
        _refuse(at, INSTANCE, found, "the number of the instance", _RAW, slips)


def _unknown_event(event: str, events: Events) -> tuple[str, str, str]:
    """What is said of an event that is not known."""
    found = f"the event '{event}'{spelling.did_you_mean(event, events.names)}"
    if events.file:
        expected = spelling.one_of(events.names, event)
        return found, expected, f"correct it, or download {events.file} again"
    expected = f"an event with a visit: {spelling.one_of(events.names, event)}"
    cure = "give it a visit under `visits`, or name the list of events under `events`"
    return found, expected, f"{cure} of `redcap` in study.yaml"


def _refuse(at: int, column: str, found: str, expected: str, cure: str, slips: Slips) -> None:
    slips.of_cell(at, column, found, expected, cure)
    slips.unplaced.add(at)


def _check_once(rows: Sequence[Row], record: str, events: Sequence[str], slips: Slips) -> None:
    """Each row once: a record and event, and an instance of each repeating form."""
    first: dict[Key, int] = {}
    places = _places(rows)
    for at, row in enumerate(rows):
        if at in slips.unplaced:
            continue
        before = first.setdefault((row.record, row.event, row.form, row.instance), at)
        if before != at:
            fits = [_fits(rows[one], places[one], events) for one in (before, at)]
            wrong, right = (before, at) if fits == [False, True] else (at, before)
            column = INSTANCE if row.instance else EVENT if row.event else record
            what, line = listed(_parts(row)), rows[right].line
            expected, cure = "each once", "correct it, or remove the row that is wrong"
            _refuse(wrong, column, f"{what} again (also in line {line})", expected, cure, slips)


def _places(rows: Sequence[Row]) -> list[int]:
    """The place of each row, counted from 1: among the instances of its form, or the rows of its
    record.
    """
    counts: Counter[tuple[str, ...]] = Counter()
    places = []
    for row in rows:
        key = (row.record, row.event, row.form) if row.instance else (row.record,)
        counts[key] += 1
        places.append(counts[key])
    return places


def _fits(row: Row, place: int, events: Sequence[str]) -> bool:
    """Whether a row is what one at its place is: REDCap exports instances and events in order. Of
    two rows that say they are the same, the one that does not fit is wrong.
    """
    if row.instance:
        return row.instance == place
    return place <= len(events) and events[place - 1] == row.event


def _parts(row: Row) -> Iterator[str]:
    """What a row is of, in words that name nobody."""
    yield "this record"
    if row.event:
        yield f"event {row.event}"
    if row.form:
        yield f"form {row.form}"
    if row.instance:
        yield f"instance {row.instance}"
