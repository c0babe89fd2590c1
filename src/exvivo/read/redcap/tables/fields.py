"""The fields that study.yaml names and the project lacks, and those that nothing names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exvivo.catalog import spelling
from exvivo.read.redcap.dictionary import Field
from exvivo.read.redcap.project import Project
from exvivo.read.result import Ignored
from exvivo.study import Study
from exvivo.study.clinic_records import Redcap
from exvivo.study.entry import Entry, Mistakes
from exvivo.study.questionnaires import answer_columns
from exvivo.study.scoring_keys import column_names

_NO_USE = "no part of study.yaml names it"


@dataclass(frozen=True)
class _Named:
    """A column of an export that study.yaml names, and where."""

    column: str
    entry: Entry
    field: str


def unknown_fields(project: Project, study: Study, entry: Entry) -> Mistakes:
    """Fields (and boxes) that study.yaml reads and the project has not, or may not show."""
    yield from _unknown_characteristics(project, study, entry)
    by_column = project.dictionary.by_column
    known = [*by_column, *(each.name for each in project.dictionary.fields)]
    for named in _named(study, entry):
        name = named.column
        if name not in by_column:
            near = spelling.did_you_mean(name, known)
            finding = f"the field `{name}`{near}, which the data dictionary lacks"
            expected, cure = "a field of the project, or a box (wpi___3)", "correct its name"
            yield named.entry.mistake(finding, expected, cure, field=named.field)
        elif by_column[name].is_identifier:
            finding = f"the field `{name}`, which is marked Identifier"
            cure = "remove it, or take the mark away in REDCap if it tells nobody"
            expected = "a field that is not marked"
            yield named.entry.mistake(finding, expected, cure, field=named.field)
        elif name not in project.columns:
            finding = f"the field `{name}`, which the export lacks"
            cure = "export it too, or remove it"
            yield named.entry.mistake(finding, "a field of the export", cure, field=named.field)


def _unknown_characteristics(project: Project, study: Study, entry: Entry) -> Mistakes:
    """Characteristics of fields that the project has not, or may not show."""
    by_name = project.dictionary.by_name
    for i, each in enumerate(study.characteristics):
        field = by_name.get(each.field)
        if each.field and (field is None or field.is_identifier):
            near = spelling.did_you_mean(each.field, by_name) if field is None else ""
            what = ", which is marked Identifier" if field else f"{near}, which the project lacks"
            expected, cure = "a field of the project that is not marked", "correct or remove it"
            finding = f"the field `{each.field}`{what}"
            yield entry.at("characteristics", i).mistake(finding, expected, cure, field="field")


def _named(study: Study, entry: Entry) -> Iterator[_Named]:
    """Every column whose answers study.yaml reads."""
    for i, scale in enumerate(study.scales):
        if not scale.questionnaire:
            yield _Named(scale.place, entry.at("scales", i), "column")
    for i, each in enumerate(study.questionnaires):
        at = entry.at("questionnaires", i)
        yield from (_Named(name, at, "items") for name in column_names(each.items))
        yield from (_Named(name, at, "totals") for name in each.totals.values())


def without_use(project: Project, study: Study) -> Iterator[Ignored]:
    """The fields that nothing of study.yaml names, and those it lists with a reason."""
    redcap = study.redcap
    if redcap is None:
        return
    reasons = dict(_reasons(redcap))
    read = set(_read(study, redcap))
    for each in project.dictionary.fields[1:]:
        if not read & {each.name, *each.columns}:
            yield Ignored(f"field {each.name}", reasons.get(each.name, _usual(each)))


def _reasons(redcap: Redcap) -> Iterator[tuple[str, str]]:
    for pattern, why in redcap.ignored.items():
        for name in column_names([pattern]):
            yield name, why


def _usual(each: Field) -> str:
    return "marked Identifier" if each.is_identifier else _NO_USE


def _read(study: Study, redcap: Redcap) -> Iterable[str]:
    """Every field or column that study.yaml reads."""
    yield from (redcap.group, redcap.born, redcap.seen, redcap.drawn)
    yield from (instance.date for instance in redcap.instances)
    yield from (column.name for column in answer_columns(study))
    yield from (each.field for each in study.characteristics)
