"""What a REDCap project hands to a study: its donors, without any identifier, and their answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain

import polars as pl

from exvivo.errors import Mistake, ReadError, StudyError, UserMistake
from exvivo.read.redcap.declared import spelt_out
from exvivo.read.redcap.dictionary import read_dictionary
from exvivo.read.redcap.project import Project
from exvivo.read.redcap.reading import read_project
from exvivo.read.redcap.tables.answers import answers_of
from exvivo.read.redcap.tables.donors import donors_of
from exvivo.read.redcap.tables.fields import fields_used, unknown_fields, without_use
from exvivo.read.redcap.tables.further import Further, further_donors
from exvivo.read.redcap.tables.visits import Visits
from exvivo.sources import Content, Sources
from exvivo.study import Study
from exvivo.study.answers_possible import impossible_answers
from exvivo.study.clinic_records import Redcap
from exvivo.study.csv_rows import Passed, read_rows
from exvivo.study.entry import Entry
from exvivo.study.ids import ids
from exvivo.study.load import People
from exvivo.study.questionnaires import answer_columns
from exvivo.tables import ANSWERS
from exvivo.words import counted

_FIRST = ("donor", "group")
Cells = Mapping[str, str]


def read_redcap(sources: Sources, study: Study, entry: Entry) -> People:
    """The donors and answers of the project that a study names, with every mistake in its files and
    in what study.yaml says of it. Nothing is raised; after a mistake both hold what is sound.
    """
    if study.redcap is None:
        return _nobody(())
    redcap = spelt_out(study.redcap)
    try:
        unknown = _unknown(sources, redcap, study, entry)
        project = _project(sources, redcap, study, unknown)
    except (ReadError, StudyError) as error:
        return _nobody(error.mistakes)
    mistakes = [*unknown.values(), *project.mistakes, *_without_names(project, entry)]
    mistakes += _group_mistakes(redcap, study, entry.at("redcap"))
    return _people(project, redcap, study, sources, mistakes)


def _nobody(mistakes: Sequence[Mistake]) -> People:
    return People(b"donor,group\n", ANSWERS.frame(), mistakes=tuple(mistakes))


def _unknown(sources: Sources, redcap: Redcap, study: Study, entry: Entry) -> Mapping[str, Mistake]:
    """The fields that study.yaml names and that cannot be read, each with its mistake; none where
    the dictionary itself cannot be.
    """
    with suppress(UserMistake):
        return unknown_fields(read_dictionary(sources.read(redcap.dictionary)), study, entry)
    return {}


def _project(
    sources: Sources, redcap: Redcap, study: Study, unknown: Mapping[str, Mistake]
) -> Project:
    """The project of some files. Raises `ReadError` or `StudyError` where one cannot be read."""
    return read_project(
        sources.read(redcap.dictionary),
        sources.read(redcap.data),
        redcap,
        events=_optional(sources, redcap.events),
        links=_optional(sources, redcap.links),
        xml=_optional(sources, redcap.xml),
        donors=_at_the_bench(sources, study),
        used=[name for name in fields_used(study) if name not in unknown],
    )


def _optional(sources: Sources, name: str) -> Content | None:
    return sources.read(name) if name else None


def _at_the_bench(sources: Sources, study: Study) -> set[str]:
    """The names of donors in the layouts that are lists of wells."""
    names: set[str] = set()
    for plate in study.plates:
        with suppress(UserMistake):
            rows = read_rows(sources.read(plate.layout).raw, file=plate.layout).rows
            names |= {row["donor"] for row in rows if row["donor"]}
    return names


def _without_names(project: Project, entry: Entry) -> Iterator[Mistake]:
    """The refusal to show ids of records that are marked Identifier."""
    field = project.dictionary.record
    if field.is_identifier and not project.donors:
        yield entry.at("redcap").mistake(
            f"the record's id `{field.name}`, which is marked Identifier, as the name of donors",
            "names that tell nobody who a person is",
            "name a link table (columns record and donor) under `links`: `exvivo new --redcap` "
            "writes one with pseudonyms",
            field="donor",
        )


def _group_mistakes(redcap: Redcap, study: Study, entry: Entry) -> Iterator[Mistake]:
    """Groups that are not declared, and no field that says of which of several a person is."""
    yield from entry.undeclared("groups", redcap.groups.values(), ids(study.groups), "group")
    if not redcap.group and len(study.groups) != 1:
        yield entry.mistake(
            f"no `group`, and {counted(len(study.groups), 'group')} in study.yaml",
            "the field with the group, or one group that everybody is of",
            "add a line `group: ...`, and `groups: {...}` with its codes",
        )


def _people(
    project: Project, redcap: Redcap, study: Study, sources: Sources, mistakes: list[Mistake]
) -> People:
    """The people of a project; `mistakes` are those of its reading."""
    visits, data = Visits.of(project, redcap), sources.read(redcap.data)
    donors = donors_of(visits, study, redcap, project.donors)
    columns = [each for each in answer_columns(study) if each.name in project.columns]
    answers, slips = answers_of(visits, donors.people, columns, data)
    further = further_donors(sources, [person.donor for person in donors.people])
    mistakes = [*mistakes, *slips, *further.mistakes]
    if not mistakes:
        mistakes += impossible_answers(answers, study)
    left = (*project.ignored, *without_use(project, study, redcap))
    return People(
        _text(donors.rows, further),
        answers,
        donors.not_asked,
        tuple((data.name, Passed(part.what, part.why)) for part in left),
        tuple(mistakes),
    )


def _text(rows: Sequence[Cells], further: Further) -> bytes:
    """The donors as a csv text: those of the project, then those of donors.csv alone."""
    every = [*rows, *further.rows]
    header = dict.fromkeys(chain(_FIRST, *every), "")
    cells = [{**header, **row} for row in every]
    return pl.DataFrame(cells, schema=dict.fromkeys(header, pl.String)).write_csv().encode()
