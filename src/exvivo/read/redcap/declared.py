"""What study.yaml says of a REDCap project, held against its data dictionary and its export."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from exvivo.catalog import spelling
from exvivo.errors import Mistake
from exvivo.read.redcap.dictionary import Dictionary
from exvivo.read.redcap.events import Events
from exvivo.read.redcap.values import date_kind
from exvivo.study.clinic_records import Instance, Redcap

_HERE = "study.yaml redcap"
_NAME = "correct the name, as the data dictionary has it"


def declared_mistakes(redcap: Redcap, dictionary: Dictionary, events: Events) -> Iterator[Mistake]:
    """Fields, codes and forms of the block `redcap` that the project does not have."""
    single = {name: getattr(redcap, name) for name in ("donor", "group", "born", "seen", "drawn")}
    for key, name in single.items():
        if name:
            yield from _unknown_field(key, name, dictionary)
    for key in ("born", "seen", "drawn"):
        yield from _no_day(key, single[key], dictionary)
    for name in redcap.ignored:
        yield from _unknown_field("ignored", name, dictionary)
    yield from _unknown_groups(redcap, dictionary)
    for instance in redcap.instances:
        yield from _instance_mistakes(instance, redcap, dictionary, events)


def _unknown_field(key: str, name: str, dictionary: Dictionary) -> Iterator[Mistake]:
    if name not in dictionary.by_name:
        meant = spelling.did_you_mean(name, dictionary.by_name)
        found = f"the field `{name}`, which is not in {dictionary.file}{meant}"
        yield Mistake(f"{_HERE}: {key}", found, "a field of the data dictionary", _NAME)


def _no_day(key: str, name: str, dictionary: Dictionary) -> Iterator[Mistake]:
    """A field that should hold days and has the validation of none."""
    field = dictionary.by_name.get(name)
    if field is not None and not date_kind(field):
        kind = field.validation or "no validation"
        found = f"the field `{name}`, which is no date ({field.kind}, {kind})"
        expected = "a field of text with a validation of dates (date_ymd, date_dmy, ...)"
        yield Mistake(f"{_HERE}: {key}", found, expected, "name the field that has the day")


def _unknown_groups(redcap: Redcap, dictionary: Dictionary) -> Iterator[Mistake]:
    """Codes of groups that the field has not."""
    field = dictionary.by_name.get(redcap.group)
    if field is None or not field.choices:
        return
    for code in redcap.groups:
        if code not in field.choices:
            codes = ", ".join(f"{own} ({label})" for own, label in field.choices.items())
            found = f"the code `{code}`, which {field.name} has not"
            yield Mistake(f"{_HERE}: groups", found, f"its codes: {codes}", "correct the code")


def _instance_mistakes(
    instance: Instance, redcap: Redcap, dictionary: Dictionary, events: Events
) -> Iterator[Mistake]:
    where = f"{_HERE}: instances"
    known = (*dictionary.forms, *events.names)
    if instance.form not in known:
        found = f"`{instance.form}`{spelling.did_you_mean(instance.form, known)}"
        yield Mistake(where, found, "a form or an event of the project", _NAME)
    if instance.use == "nearest":
        if not instance.date or not redcap.drawn:
            found = f"`nearest` for {instance.form} without `date` and `drawn`"
            expected = "the field with the day of a row, and the one with the day of the blood draw"
            yield Mistake(where, found, expected, "name both fields")
        else:
            yield from _unknown_field("instances", instance.date, dictionary)
            yield from _no_day("instances", instance.date, dictionary)


def absent_fields(
    used: Iterable[str], dictionary: Dictionary, columns: Collection[str], file: str
) -> Iterator[Mistake]:
    """Fields that the study uses and the export, or the dictionary, does not have."""
    for name in dict.fromkeys(used):
        field = dictionary.by_name.get(name) or dictionary.by_column.get(name)
        if field is None:
            meant = spelling.did_you_mean(name, dictionary.by_name)
            found = f"the field `{name}`, which is not in {dictionary.file}{meant}"
            yield Mistake("study.yaml", found, "a field of the data dictionary", _NAME)
            continue
        lacking = [column for column in field.columns if column not in columns]
        if lacking:
            yield Mistake(
                f"{file}:1",
                f"no column {lacking[0]} of the field {field.name}, which the study uses",
                "every field that the study uses",
                "export the records again with this field, or take it out of study.yaml",
            )
