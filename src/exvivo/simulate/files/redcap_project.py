"""The people of a drawn study as a REDCap project: data dictionary, events, and the export of its
records, in the place of donors.csv and clinic.csv.

One event for the enrolment (group, and what donors.csv would hold), one for each visit (a number a
scale). Layout as REDCap exports it (`exvivo.simulate.redcap_file`).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from exvivo.simulate.files.people import donors, scores
from exvivo.simulate.files.places import OneStudy
from exvivo.simulate.redcap_fields import ENROLMENT, HEADER, VISIT, Field
from exvivo.simulate.redcap_file import DATA, DICTIONARY, EVENTS
from exvivo.study import Characteristic, Redcap, Study

_ENROLLED = "enrolment_arm_1"
_GROUP = "study_group"
_NO_FIELD = re.compile(r"[^a-z0-9_]+")
_KEYS = ("redcap_event_name",)
_COMPLETE = "2"


@dataclass(frozen=True)
class Project:
    """The project of one study: the fields of both forms, the columns of donors.csv behind those of
    the enrolment, and the events of the visits.
    """

    study: OneStudy
    asked: dict[str, str]
    scales: dict[str, str]
    events: dict[str, str]

    @classmethod
    def of(cls, study: OneStudy) -> Project:
        """The project of a study."""
        table = donors(study)
        own = [name for name in table.columns if name not in ("donor", "group")]
        visits = list(dict.fromkeys(score.visit for score in study.model.scores)) or ["1"]
        scales = dict.fromkeys(score.scale for score in study.model.scores)
        return cls(
            study,
            {name: field_name(name) for name in own},
            {scale: field_name(scale) for scale in scales},
            {visit: f"visit_{number}_arm_1" for number, visit in enumerate(visits, 1)},
        )

    def files(self) -> dict[str, str]:
        """Every file of the project by its path in a study folder."""
        return {
            DICTIONARY: _csv([HEADER, *(field.line for field in self._fields())]),
            EVENTS: _csv(self._events()),
            DATA: _csv([self._columns(), *self._rows()]),
        }

    def records(self, study: Study) -> Study:
        """The records of study.yaml that read the project."""
        groups = {str(n): group.id for n, group in enumerate(study.groups, 1)}
        scales = (
            replace(scale, column=self.scales[scale.id]) if scale.id in self.scales else scale
            for scale in study.scales
        )
        redcap = Redcap(
            dictionary=DICTIONARY,
            data=DATA,
            events=EVENTS,
            donor="record_id",
            group=_GROUP,
            groups=groups,
            visits={event: visit for visit, event in self.events.items()},
        )
        return replace(
            study,
            scales=tuple(scales),
            redcap=redcap,
            characteristics=tuple(self._characteristics(study)),
        )

    def _characteristics(self, study: Study) -> Iterator[Characteristic]:
        """What donors.csv would have held, each with its field."""
        declared = {each.id: each for each in study.characteristics}
        table = donors(self.study)
        for name, field in self.asked.items():
            own = declared.get(name, _characteristic(name, table[name].to_list()))
            yield replace(own, field=field)

    def _fields(self) -> Iterator[Field]:
        model = self.study.model
        choices = " | ".join(f"{n}, {g.name}" for n, g in enumerate(model.study.groups, 1))
        yield Field(name="record_id", form=ENROLMENT, kind="text", label="Study ID (SIMULATED)")
        yield Field(name=_GROUP, form=ENROLMENT, kind="radio", label="Group", choices=choices)
        for column, name in self.asked.items():
            yield Field(name=name, form=ENROLMENT, kind="text", label=column)
        scales = {scale.id: scale for scale in model.study.scales}
        for scale, name in self.scales.items():
            own = scales[scale]
            ends = (f"{own.lowest:g}", f"{own.highest:g}")
            yield Field(
                name=name,
                form=VISIT,
                kind="text",
                label=own.name,
                validation="number",
                lowest=ends[0],
                highest=ends[1],
            )

    def _events(self) -> Iterator[Sequence[str]]:
        yield ("event_name", "arm_num", "unique_event_name", "custom_event_label", "event_id")
        named = {_ENROLLED: "Enrolment"}
        named |= {event: f"Visit {visit}" for visit, event in self.events.items()}
        for number, (event, name) in enumerate(named.items(), 1):
            yield (name, "1", event, "", str(number))

    def _columns(self) -> list[str]:
        enrolment = [_GROUP, *self.asked.values(), f"{ENROLMENT}_complete"]
        return ["record_id", *_KEYS, *enrolment, *self.scales.values(), f"{VISIT}_complete"]

    def _rows(self) -> Iterator[list[str]]:
        """The rows record by record: the enrolment, then every visit."""
        codes = {group: str(n) for n, group in enumerate(self.study.model.groups, 1)}
        visited = scores(self.study).to_dicts()
        for donor in donors(self.study).to_dicts():
            own = [donor[name] or "" for name in self.asked]
            empty = [""] * (len(self.scales) + 1)
            name = donor["donor"]
            yield [name, _ENROLLED, codes[donor["group"]], *own, _COMPLETE, *empty]
            for row in visited:
                if row["donor"] == name:
                    given = [str(row[scale]) for scale in self.scales]
                    before = [""] * (len(self.asked) + 2)
                    yield [name, self.events[row["visit"]], *before, *given, _COMPLETE]


def field_name(name: str) -> str:
    """A name as REDCap allows it: small letters, digits and _.

    >>> field_name("HADS A")
    'hads_a'
    """
    plain = _NO_FIELD.sub("_", name.casefold()).strip("_")
    return plain if plain[:1].isalpha() else f"f_{plain}"


def _characteristic(name: str, cells: Sequence[str]) -> Characteristic:
    """The kind of a column that the study does not declare."""
    if all(cell.replace(".", "", 1).isdigit() for cell in cells):
        return Characteristic(id=name, kind="number")
    return Characteristic(id=name, kind="category")


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
