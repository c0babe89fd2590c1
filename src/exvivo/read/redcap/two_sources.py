"""The XML of a project against its data dictionary, its list of events, its export and study.yaml.

Where two of them disagree, one is of another day, and neither can be trusted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exvivo.errors import Mistake, ReadError, StudyError
from exvivo.read.redcap.dictionary import Dictionary, Field
from exvivo.read.redcap.events import Events
from exvivo.read.redcap.logic import Logic, parse
from exvivo.read.redcap.odm import Odm, read_odm
from exvivo.read.redcap.project import Row
from exvivo.read.result import Ignored
from exvivo.sources import Content
from exvivo.words import shortened

_CURE = "download both from REDCap again, on the same day"


@dataclass(frozen=True)
class SecondSource:
    """The XML of a project, or None where there is none: all of it is then silent."""

    odm: Odm | None = None

    @classmethod
    def of(cls, xml: Content | None) -> SecondSource:
        """Raises `StudyError` where the XML is none of REDCap."""
        try:
            return cls(None if xml is None else read_odm(xml))
        except ReadError as error:
            raise StudyError(error.mistakes) from None

    @property
    def ignored(self) -> tuple[Ignored, ...]:
        """What of the XML is not read."""
        return self.odm.ignored if self.odm else ()

    def events(self, listed: Events) -> Events:
        """The events of the list; of the XML where there is no list."""
        return (
            listed if listed.file or not self.odm or not self.odm.events.names else self.odm.events
        )

    def disagreements(
        self, dictionary: Dictionary, events: Events, missing: Mapping[str, str]
    ) -> list[Mistake]:
        """Where the XML says otherwise."""
        return disagreements(self.odm, dictionary, events, missing) if self.odm else []

    def undeclared_repeats(self, rows: Sequence[Row], file: str) -> list[Mistake]:
        """Rows that repeat what does not repeat in the XML."""
        return list(undeclared_repeats(self.odm, rows, file)) if self.odm else []


def disagreements(
    odm: Odm, dictionary: Dictionary, events: Events, missing: Mapping[str, str]
) -> list[Mistake]:
    """Every disagreement, each with both places. Labels of fields are not compared, nor how forms
    look.
    """
    return [
        *_fields(odm.dictionary, dictionary),
        *_events(odm.events, events),
        *_codes(odm, missing),
    ]


def _fields(xml: Dictionary, csv: Dictionary) -> Iterator[Mistake]:
    for name, own in csv.by_name.items():
        other = xml.by_name.get(name)
        if other is None:
            yield Mistake(
                f"{csv.file}:{own.line}", f"the field {name}", f"it in {xml.file}, too", _CURE
            )
        else:
            yield from _of_field(f"{csv.file}:{own.line}", own, f"{xml.file}:{other.line}", other)
    for name, other in xml.by_name.items():
        if name not in csv.by_name:
            where = f"{xml.file}:{other.line}"
            yield Mistake(where, f"the field {name}", f"it in {csv.file}, too", _CURE)


def _of_field(where: str, own: Field, there: str, other: Field) -> Iterator[Mistake]:
    """What differs of one field."""
    parts = [
        ("the form", own.form, other.form),
        ("the kind", own.kind, other.kind),
        ("the validation", _validation(own), _validation(other)),
        ("the lowest value", own.lowest, other.lowest),
        ("the highest value", own.highest, other.highest),
        ("the mark Identifier", _marked(own), _marked(other)),
        ("the branching logic", own.branching, other.branching),
        ("the calculation", own.calculation, other.calculation),
    ]
    for part, here, elsewhere in parts:
        if _meant(here) != _meant(elsewhere):
            yield _unlike(where, f"{part} of {own.name}", here, there, elsewhere)
    yield from _choices(where, own, there, other)


def _choices(where: str, own: Field, there: str, other: Field) -> Iterator[Mistake]:
    """Codes of one source only, and codes with another label."""
    only_here = [code for code in own.choices if code not in other.choices]
    only_there = [code for code in other.choices if code not in own.choices]
    if only_here or only_there:
        what = f"codes of {own.name} that the other has not"
        yield _unlike(where, what, shortened(only_here), there, shortened(only_there))
    for code, label in own.choices.items():
        other_label = other.choices.get(code, label)
        if _plain(label) != _plain(other_label):
            what = f"the label of code {code} of {own.name}"
            yield _unlike(where, what, label, there, other_label)


def _unlike(where: str, what: str, here: str, there: str, elsewhere: str) -> Mistake:
    found = f"{what}: {_quoted(here)}, but {_quoted(elsewhere)} in {there}"
    return Mistake(where, found, "the same in both", _CURE)


def _quoted(text: str) -> str:
    return f"'{text}'" if text else "none"


def _validation(field: Field) -> str:
    return "" if field.kind == "slider" else field.validation


def _marked(field: Field) -> str:
    return "y" if field.is_identifier else ""


def _plain(text: str) -> str:
    return " ".join(text.split())


def _meant(text: str) -> object:
    """A logic by what it says, not by its spaces; any other text by its words."""
    logic = parse(text)
    return logic.steps if isinstance(logic, Logic) else _plain(text)


def _events(xml: Events, csv: Events) -> Iterator[Mistake]:
    """Events of the list that the XML has not, and the reverse. Without a list, the events with a
    visit.
    """
    if not csv.names:
        return
    listed = csv.file or "study.yaml redcap: visits"
    yield from _lacking(listed, csv.names, xml.file, xml.names)
    if csv.file:
        yield from _lacking(xml.file, xml.names, csv.file, csv.names)


def _lacking(
    file: str, names: Sequence[str], other: str, other_names: Sequence[str]
) -> Iterator[Mistake]:
    for name in names:
        if name not in other_names:
            expected = f"an event of {other} ({shortened(list(other_names)) or 'which has none'})"
            yield Mistake(file, f"the event {name}", expected, _CURE)


def _codes(odm: Odm, missing: Mapping[str, str]) -> Iterator[Mistake]:
    """Missing-data codes of the project that study.yaml does not declare, and the reverse."""
    where, file = "study.yaml redcap: missing", odm.dictionary.file
    if undeclared := [code for code in odm.missing if code not in missing]:
        listed = ", ".join(f"{code}: {odm.missing[code]}" for code in undeclared[:5])
        yield Mistake(
            where,
            f"not the missing-data code {shortened(undeclared)}, which the project has in {file}",
            "every missing-data code of the project",
            f"write missing: {{{listed}}}",
        )
    if odm.missing and (unknown := [code for code in missing if code not in odm.missing]):
        yield Mistake(
            where,
            f"the missing-data code {shortened(unknown)}, which the project has not in {file}",
            f"one of {shortened(list(odm.missing))}",
            "leave it out, or download the XML again",
        )


def undeclared_repeats(odm: Odm, rows: Sequence[Row], file: str) -> Iterator[Mistake]:
    """Rows of an export that repeat what the XML has as not repeating, each form and event once."""
    passed: set[tuple[str, str]] = set()
    for row in rows:
        place = (row.event if odm.events.names else ""), row.form
        if not row.instance or place in odm.repeating or place in passed:
            continue
        passed.add(place)
        what = f"the form {row.form}" if row.form else "the event"
        where = f" at {row.event}" if row.event else ""
        found = f"an instance of {what}{where}, which does not repeat in {odm.dictionary.file}"
        yield Mistake(f"{file}:{row.line}", found, "an instance of what repeats", _CURE)
