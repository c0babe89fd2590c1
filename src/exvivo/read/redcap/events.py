"""The events of a project: those of its list, or those that study.yaml gives a visit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from exvivo.errors import Mistake, StudyError
from exvivo.sources import Content
from exvivo.study.csv_rows import Row, read_rows

_NAME, _LABEL, _ARM = "unique_event_name", "event_name", "arm_num"
_LIST = "download the list of events again (csv)"


@dataclass(frozen=True)
class Events:
    """The unique names of the events, and the one of each label of a label export. `file` is the
    list they are of; empty without one.
    """

    file: str = ""
    names: tuple[str, ...] = ()
    by_label: Mapping[str, str] = field(default_factory=dict)


def read_events(content: Content | None, visits: Mapping[str, str]) -> Events:
    """The events of a list of REDCap; without one, those that have a visit.

    Raises `StudyError` for a list without the column of unique names, with a name twice, and for
    visits of events that are not in it.
    """
    if content is None:
        return Events("", tuple(visits), {})
    rows = read_rows(content.raw, file=content.name)
    mistakes = list(rows.lacking(_NAME))
    mistakes = mistakes or [*_twice(rows.rows), *_unknown_visits(rows.rows, visits, content.name)]
    if mistakes:
        raise StudyError(mistakes)
    names = tuple(row[_NAME] for row in rows.rows)
    return Events(content.name, names, dict(_labels(rows.rows)))


def _twice(rows: tuple[Row, ...]) -> Iterator[Mistake]:
    seen: set[str] = set()
    for row in rows:
        if row[_NAME] in seen or not row[_NAME]:
            found = f"the event '{row[_NAME]}' again" if row[_NAME] else "an event without a name"
            yield row.mistake(found, "each unique event name once", _LIST)
        seen.add(row[_NAME])


def _unknown_visits(
    rows: tuple[Row, ...], visits: Mapping[str, str], file: str
) -> Iterator[Mistake]:
    names = [row[_NAME] for row in rows]
    for event in visits:
        if event not in names:
            yield Mistake(
                "study.yaml redcap: visits",
                f"the event `{event}`, which is not in {file}",
                f"one of {', '.join(names[:5])}",
                "correct the name, as the column unique_event_name has it",
            )


def _labels(rows: tuple[Row, ...]) -> Iterator[tuple[str, str]]:
    """Each label that an export may have for an event: its name where no other arm has the same,
    and its name with the number of the arm.
    """
    labels = [row[_LABEL] for row in rows]
    for row in rows:
        if row[_LABEL] and labels.count(row[_LABEL]) == 1:
            yield row[_LABEL], row[_NAME]
        if row[_LABEL] and row[_ARM]:
            yield f"{row[_LABEL]} (Arm {row[_ARM]})", row[_NAME]


_WITH_ARM = re.compile(r"(.*) \(Arm (\d+): .*\)")


def plain_event(label: str) -> str:
    """The label of an event with the number of its arm, without the name of the arm.

    >>> plain_event("Enrollment (Arm 2: Drug B)"), plain_event("Visit 1")
    ('Enrollment (Arm 2)', 'Visit 1')
    """
    match = _WITH_ARM.fullmatch(label)
    return f"{match[1]} (Arm {match[2]})" if match else label
