"""The fields that study.yaml names and the project lacks, and those that nothing names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exvivo.catalog import spelling
from exvivo.errors import Mistake
from exvivo.read.redcap.dictionary import Dictionary
from exvivo.read.redcap.project import Project
from exvivo.read.result import Ignored
from exvivo.study import Study
from exvivo.study.clinic_records import Redcap
from exvivo.study.entry import Entry
from exvivo.study.scoring_keys import column_names

_UNUSED = "no part of study.yaml names it"
_COMPARED = "calculated: computed again and compared where its fields are read"


@dataclass(frozen=True)
class _Named:
    """A field, or the box of one, that study.yaml names, and where."""

    name: str
    entry: Entry
    key: str


def unknown_fields(dictionary: Dictionary, study: Study, entry: Entry) -> dict[str, Mistake]:
    """The fields that study.yaml reads, and that the project has not or may not show, each with its
    mistake.
    """
    known = {each.name: each for each in dictionary.fields} | dict(dictionary.by_column)
    unknown: dict[str, Mistake] = {}
    for named in _named(study, entry):
        field = known.get(named.name)
        if field is None:
            near = spelling.did_you_mean(named.name, known)
            finding = f"the field `{named.name}`{near}, which {dictionary.file} lacks"
            expected, cure = "a field of the project, or a box (wpi___3)", "correct its name"
        elif field.is_identifier:
            finding = f"the field `{named.name}`, which is marked Identifier"
            expected, cure = "a field that tells nobody who a person is", "remove it"
        else:
            continue
        unknown[named.name] = named.entry.mistake(finding, expected, cure, field=named.key)
    return unknown


def fields_used(study: Study) -> Iterator[str]:
    """Every field (or box) that study.yaml reads beside those of `redcap`."""
    for each in study.scales:
        if not each.questionnaire:
            yield each.place
    for used in study.questionnaires:
        yield from column_names(used.items)
        yield from used.totals.values()
    yield from (each.field for each in study.characteristics if each.field)


def _named(study: Study, entry: Entry) -> Iterator[_Named]:
    for i, scale in enumerate(study.scales):
        if not scale.questionnaire:
            yield _Named(scale.place, entry.at("scales", i), "column")
    for i, used in enumerate(study.questionnaires):
        at = entry.at("questionnaires", i)
        yield from (_Named(name, at, "items") for name in column_names(used.items))
        yield from (_Named(name, at, "totals") for name in used.totals.values())
    for i, each in enumerate(study.characteristics):
        if each.field:
            yield _Named(each.field, entry.at("characteristics", i), "field")


def without_use(project: Project, study: Study, redcap: Redcap) -> Iterator[Ignored]:
    """The fields that nothing of study.yaml names, or lists as not read."""
    own = {redcap.group, redcap.born, redcap.seen, redcap.drawn, *redcap.ignored}
    read = {*own, *fields_used(study), *(each.date for each in redcap.instances)}
    for each in project.dictionary.fields[1:]:
        if not each.is_identifier and not read & {each.name, *each.columns}:
            yield Ignored(f"field {each.name}", _COMPARED if each.calculation else _UNUSED)
