"""The rows of each record by visit: which events are which visit of the study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from exvivo.read.redcap.project import Place, Project
from exvivo.study.clinic_records import Redcap

FIRST = "1"
"""The visit of a project without events."""


@dataclass(frozen=True)
class Visits:
    """A project by records and visits: `visit_of` gives the visit of each event of its rows; events
    without one are not read.
    """

    project: Project
    visit_of: Mapping[str, str]

    @classmethod
    def of(cls, project: Project, redcap: Redcap) -> Visits:
        """As study.yaml declares the visits; one where a project has no events."""
        events = {row.event for row in project.rows}
        return cls(project, redcap.visits if any(events) else {"": FIRST})

    @property
    def names(self) -> tuple[str, ...]:
        """The visits in their order."""
        return tuple(dict.fromkeys(self.visit_of.values()))

    @cached_property
    def rows(self) -> Mapping[str, tuple[int, ...]]:
        """The rows of each record, visit after visit; those of the record itself before those of
        forms that repeat.
        """
        order = {event: at for at, event in enumerate(self.visit_of)}
        own: dict[str, list[int]] = {}
        for at, row in enumerate(self.project.rows):
            if row.record:
                own.setdefault(row.record, []).append(at)
        rows = self.project.rows
        return {
            record: tuple(
                sorted(
                    places,
                    key=lambda at: (
                        order.get(rows[at].event, len(order)),
                        bool(rows[at].form),
                        rows[at].line,
                    ),
                )
            )
            for record, places in own.items()
        }

    @cached_property
    def asked(self) -> frozenset[tuple[str, str]]:
        """The visits at which a form was asked of anybody."""
        pairs = ((self.visit_of.get(place.event), place.form) for place in self.project.counted)
        return frozenset((visit, form) for visit, form in pairs if visit is not None)

    def counted(self, record: str, visit: str, form: str) -> Iterator[tuple[int, ...]]:
        """The rows that count for a form of a record at a visit, event by event."""
        for event, own in self.visit_of.items():
            rows = self.project.counted.get(Place(record, event, form), ())
            if own == visit and rows:
                yield rows

    def came(self, record: str, visit: str) -> int | None:
        """The first row of a record at a visit; None where it has none."""
        rows = self.project.rows
        at_visit = (at for at in self.rows[record] if self.visit_of.get(rows[at].event) == visit)
        return next(at_visit, None)
