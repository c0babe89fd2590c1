"""What a REDCap project hands to a study: its donors, without any identifier, and their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from exvivo.clinic_tables import ANSWERS
from exvivo.errors import Mistake, ReadError, StudyError
from exvivo.read.redcap.project import Project
from exvivo.read.redcap.reader import read_project
from exvivo.read.redcap.tables.answers import answers_of
from exvivo.read.redcap.tables.donors import donors_of
from exvivo.read.redcap.tables.fields import unknown_fields, without_use
from exvivo.read.redcap.tables.further import Further, further_donors
from exvivo.read.redcap.tables.links import names_of
from exvivo.read.redcap.tables.visits import Visits
from exvivo.sources import Sources
from exvivo.study import Study
from exvivo.study.answers_possible import impossible_answers
from exvivo.study.clinic_records import Redcap
from exvivo.study.csv_rows import Passed
from exvivo.study.entry import Entry
from exvivo.study.load import People
from exvivo.study.questionnaires import answer_columns

_FIRST = ("donor", "group")
Cells = Mapping[str, str]


def read_redcap(sources: Sources, study: Study, entry: Entry) -> People:
    """The donors and answers of the project that a study names, with every mistake in its files and
    in what study.yaml says of it. Nothing is raised; after a mistake both hold what is sound.
    """
    redcap = study.redcap
    if redcap is None:
        return _nobody(())
    try:
        project = read_project(sources, study, entry)
    except (ReadError, StudyError) as error:
        return _nobody(error.mistakes)
    return _people(project, redcap, sources, study, entry)


def _nobody(mistakes: Sequence[Mistake]) -> People:
    return People(b"donor,group\n", ANSWERS.frame(), mistakes=tuple(mistakes))


def _people(
    project: Project, redcap: Redcap, sources: Sources, study: Study, entry: Entry
) -> People:
    """The people of a project that was read."""
    unknown = list(unknown_fields(project, study, entry))
    names = names_of(project, redcap, sources, entry.at("redcap"))
    mistakes = [*project.mistakes, *unknown, *names.mistakes]
    if unknown:
        return _nobody(mistakes)
    visits = Visits.of(project, redcap)
    donors = donors_of(visits, redcap, names.by_record, study.characteristics)
    answers, slips = answers_of(visits, donors.people, answer_columns(study), redcap.data)
    further = further_donors(sources, [person.donor for person in donors.people])
    mistakes += [*slips, *further.mistakes]
    if not mistakes:
        mistakes += impossible_answers(answers, study)
    left = (*project.ignored, *names.ignored, *without_use(project, study))
    return People(
        _text(donors.rows, further),
        answers.with_columns(source=pl.lit(redcap.data), sha256=pl.lit(_hash(sources, redcap))),
        tuple((redcap.data, Passed(part.what, part.why)) for part in left),
        tuple(mistakes),
    )


def _hash(sources: Sources, redcap: Redcap) -> str:
    return sources.read(redcap.data).sha256


def _text(rows: Sequence[Cells], further: Further) -> bytes:
    """The donors as a csv text: those of the project, then those of donors.csv alone."""
    every = [*rows, *further.rows]
    header = dict.fromkeys([*_FIRST, *(name for row in every for name in row)])
    cells = {name: [row.get(name, "") for row in every] for name in header}
    return pl.DataFrame(cells, schema=dict.fromkeys(header, pl.String)).write_csv().encode()
