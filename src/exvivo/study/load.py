"""A study folder to a checked `Study`: every mistake of all its tables at once."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import polars as pl

from exvivo.bounds import LARGEST_STUDY
from exvivo.catalog import spelling
from exvivo.errors import Mistake, StudyError, command
from exvivo.sources import Sources
from exvivo.study.characteristics import characteristic_mistakes
from exvivo.study.checks import reference_mistakes
from exvivo.study.csv_rows import Passed, Rows, first_rows, read_rows
from exvivo.study.cultures import read_cultures
from exvivo.study.design_checks import design_mistakes
from exvivo.study.donor_columns import donor_column_mistakes
from exvivo.study.entry import Entry, Mistakes
from exvivo.study.exclusions import excluded, left_out
from exvivo.study.files import DONORS_FILE, STUDY_FILE, named_file, table_of
from exvivo.study.headings import Columns
from exvivo.study.ids import ids
from exvivo.study.instrument_files import told_once
from exvivo.study.layout import read_layouts
from exvivo.study.nodes import Caster, compose
from exvivo.study.open_questions import open_mistakes
from exvivo.study.questionnaires import with_questionnaires
from exvivo.study.questions import columns_asked, question_mistakes, questions_in_doubt
from exvivo.study.records import Study
from exvivo.study.summary_checks import summary_mistakes, unknown_words
from exvivo.study.summary_people import people_mistakes
from exvivo.study.unknown import cleared
from exvivo.study.visits import visit_mistakes
from exvivo.study.walls import sound_roots, wall_mistakes
from exvivo.tables import LAYOUT

_AT_LINE = re.compile(rf"{re.escape(STUDY_FILE)}:(\d+)")


@dataclass(frozen=True)
class People:
    """What a REDCap project tells of the people: `donors` is the text of a donors.csv without
    anything that names a person, `answers` the ANSWERS table, `not_asked` the donors and columns of
    fields that branching logic hides; what was not read, by file; and the mistakes.
    """

    donors: bytes | None
    answers: pl.DataFrame | None
    not_asked: frozenset[tuple[str, str]] = frozenset()
    passed: tuple[tuple[str, Passed], ...] = ()
    mistakes: tuple[Mistake, ...] = ()


ReadPeople = Callable[[Sources, Study, Entry], People]
"""Reads the REDCap project that a study names; its table of further donors lies in its folder."""


@dataclass(frozen=True)
class Examined:
    """A study as far as it is known, every mistake of its files, study.yaml as an entry whose parts
    know their lines, and the files with what was read of them.

    Where there are mistakes, `study.donors` and `study.layout` hold the sound rows only. `passed`
    is what no table took up, by file; `asked` are the wells of which something is asked, `unknown`
    the plates of which it is not known which wells they name. `people` says whether donors and
    groups are known, `answers` are those of a REDCap project, where one was read.
    """

    study: Study
    mistakes: tuple[Mistake, ...]
    entry: Entry
    sources: Sources
    passed: tuple[tuple[str, Passed], ...] = ()
    asked: frozenset[tuple[str, str]] = frozenset()
    unknown: frozenset[str] = frozenset()
    people: bool = True
    answers: pl.DataFrame | None = None

    @property
    def in_doubt(self) -> set[str]:
        """The plates of which not every well is known: also those without a layout, until their
        file was read.
        """
        named = set(self.study.layout["plate"])
        unread = {plate.id for plate in self.study.plates if plate.samples} - named
        return {*self.unknown, *(plate for plate, _ in self.asked), *unread}


def load(folder: Path | str, *, read_people: ReadPeople | None = None) -> Study:
    """The checked study of a folder: study.yaml, donors.csv, the plate layouts and, if they are
    there, cultures.csv and exclusions.csv. Results are not read.

    Wells of plates without a layout are known when their instrument files are read (`exvivo.run`).
    `read_people` reads the REDCap project of a study that has one. Raises `StudyError` with every
    mistake, each with its file and line, what was expected and how to fix it.
    """
    examined = complete(examine(folder, read_people=read_people), LAYOUT.frame(), [])
    if examined.mistakes:
        raise StudyError(examined.mistakes)
    return examined.study


def examine(
    folder: Path | str,
    drafts: Mapping[str, bytes] | None = None,
    *,
    read_people: ReadPeople | None = None,
) -> Examined:
    """A study folder with its mistakes beside it, for callers that collect further mistakes: all
    but its cultures and its design, which `complete` adds when every well is known.

    Raises `StudyError` where study.yaml itself cannot be read: nothing else is then known. `drafts`
    stand for files of the folder, by name, as they may come to be. Without `read_people` the donors
    of a study with a REDCap project are those of its donors.csv alone, as in texts on record.
    """
    declared = _declared(Sources(Path(folder), drafts=drafts or {}))
    study, entry, sources = declared.study, declared.entry, declared.sources
    people = _people(declared, read_people)
    passed = [*people.passed]
    donors, slips = read_donors(sources, study, passed, unsound=entry.unsound)
    # Of people of whom something is asked already nothing else is said.
    doubtful = bool(people.mistakes)
    known = None if doubtful else donors
    layouts = read_layouts(sources, study, known, unsound=entry.unsound)
    whole = dataclasses.replace(
        study,
        root=sources.root,
        donors=pl.DataFrame() if donors is None else donors,
        not_asked=people.not_asked,
        layout=layouts.frame,
    )
    of_people = people.mistakes if doubtful else tuple(slips)
    of_words = () if donors is None else unknown_words(study, entry, donors.columns)
    of_file = sorted((*declared.mistakes, *of_words), key=_line)
    return Examined(
        whole,
        (*of_file, *of_people, *told_once(layouts.mistakes, whole, sources)),
        entry,
        sources,
        passed=(*passed, *layouts.passed),
        asked=frozenset(layouts.asked),
        unknown=frozenset(layouts.unknown),
        people=known is not None and not slips and not entry.unsound,
        answers=people.answers,
    )


@dataclass(frozen=True)
class _Declared:
    """study.yaml as far as it can be read, held against itself."""

    study: Study
    entry: Entry
    sources: Sources
    mistakes: tuple[Mistake, ...]


def _declared(sources: Sources) -> _Declared:
    """What study.yaml declares, and everything in it that is to fix."""
    study, entry, mistakes = _read_study(sources)
    sources = sources.below(sound_roots(study.raw_roots), study.limits.bounds)
    mistakes += wall_mistakes(study, entry, sources)
    forms = with_questionnaires(study, entry, sources)
    study, mistakes = forms.study, mistakes + forms.mistakes
    entry = dataclasses.replace(entry, unsound=entry.unsound | forms.unsound)
    mistakes += [*reference_mistakes(study, entry), *question_mistakes(study, entry)]
    mistakes += [*summary_mistakes(study, entry), *open_mistakes(study, entry)]
    return _Declared(study, entry, sources, tuple(sorted(mistakes, key=_line)))


def _line(mistake: Mistake) -> int:
    """The line of study.yaml that a mistake names; after all others where it names none."""
    named = _AT_LINE.match(mistake.where)
    return int(named[1]) if named else LARGEST_STUDY


def declarations(
    folder: Path | str, drafts: Mapping[str, bytes] | None = None
) -> tuple[Study, tuple[Mistake, ...]]:
    """What study.yaml declares, as far as it is known, and everything in it that is to fix; no
    table is read. Raises `StudyError` where study.yaml itself cannot be read.
    """
    declared = _declared(Sources(Path(folder), drafts=drafts or {}))
    return declared.study, declared.mistakes


def _people(declared: _Declared, read_people: ReadPeople | None) -> People:
    """The people of the REDCap project of a study, whose donors stand for donors.csv from now on;
    nobody where it has none.
    """
    if declared.study.redcap is None or read_people is None:
        return People(None, None)
    people = read_people(declared.sources, declared.study, declared.entry)
    if people.donors is not None:
        declared.sources.derived[DONORS_FILE] = people.donors
    return people


def complete(
    examined: Examined,
    named: pl.DataFrame,
    mistakes: list[Mistake],
    samples: pl.DataFrame | None = None,
) -> Examined:
    """A study with the LAYOUT rows that instrument files name, with what people leave out, and with
    its cultures; `mistakes` are those of the names. The design is examined as far as it is known.

    `samples` are the names that instrument files give wells (plate, well, sample): without them,
    exclusions by such a name are not applied.
    """
    study = examined.study
    every = pl.concat([study.layout, named])
    sure = not mistakes and not examined.asked and not examined.unknown
    laid_out = dataclasses.replace(study, layout=every)
    out = excluded(examined.sources, laid_out, samples, sure=sure)
    layout = left_out(every, out.frame)
    donors = study.donors if study.donors.width else None
    passed = [*examined.passed, *out.passed]
    cultures, slips = read_cultures(
        examined.sources, layout, donors, missing=study.missing, passed=passed
    )
    study = dataclasses.replace(study, layout=layout, cultures=cultures, exclusions=out.frame)
    whole = dataclasses.replace(examined, study=study)
    everything = [*examined.mistakes, *mistakes, *slips, *out.mistakes]
    if donors is not None:
        everything += people_mistakes(study, examined.entry, examined.sources.texts)
        everything += characteristic_mistakes(whole.study, examined.entry)
        everything += donor_column_mistakes(whole.study, examined.entry)
    if examined.people and not mistakes:
        everything += _design_mistakes(whole)
    if not everything and not whole.in_doubt:
        everything += visit_mistakes(whole.study, examined.entry)
    return dataclasses.replace(whole, mistakes=tuple(everything), passed=tuple(passed))


def _design_mistakes(examined: Examined) -> Mistakes:
    """Designs that cannot answer a question: of the questions without a mistake, asked of assays
    whose wells are all known.
    """
    study, entry, in_doubt = examined.study, examined.entry, examined.in_doubt
    assays = {plate.assay for plate in study.plates if plate.id in in_doubt}
    return design_mistakes(study, entry, but=(questions_in_doubt(study, entry), assays))


def read_study_file(root: Path) -> tuple[Study, Entry]:
    """study.yaml as a `Study` without its tables, and as an entry whose parts know their lines.
    Raises `StudyError` with everything in its grammar that is to fix.
    """
    sources = Sources(root)
    study, entry, mistakes = _read_study(sources)
    forms = with_questionnaires(study, entry, sources)
    if mistakes or forms.mistakes:
        raise StudyError([*mistakes, *forms.mistakes])
    return forms.study, entry


def _read_study(sources: Sources) -> tuple[Study, Entry, list[Mistake]]:
    """study.yaml as far as it can be read: records in which something is to fix are left out.
    Raises `StudyError` where nothing can be read without it.
    """
    path = sources.root / STUDY_FILE
    if why := sources.trouble(STUDY_FILE):
        absent = f"run `{command('new', sources.root)}` for a template"
        cure = "put the file itself into the folder" if why.is_wall else why.cure or absent
        expected = "the study file of a study folder"
        raise StudyError(Mistake(str(path), why.finding, expected, cure))
    try:
        text = table_of(sources, STUDY_FILE, largest=LARGEST_STUDY).decode("utf-8-sig")
    except UnicodeDecodeError as slip:
        finding = f"a byte that is not UTF-8 text ({slip.reason})"
        raise StudyError(Mistake(str(path), finding, "UTF-8", "save it as UTF-8")) from None
    caster = Caster(STUDY_FILE)
    study = caster.cast(compose(text, file=STUDY_FILE), Study)
    if study is None:
        raise StudyError(caster.mistakes)
    return cast(Study, study), caster.entry, caster.mistakes


def read_donors(
    sources: Sources,
    study: Study,
    passed: list[tuple[str, Passed]] | None = None,
    *,
    unsound: frozenset[str] = frozenset(),
) -> tuple[pl.DataFrame | None, list[Mistake]]:
    """donors.csv (or .xlsx) as text, one row a donor: `donor`, `group` and whatever else the
    laboratory knows; and its mistakes. What the table did not take up joins `passed`; of groups
    that are `unsound` in study.yaml nothing is said.

    None where the file is no table with these two columns.
    """
    try:
        file = named_file(sources, DONORS_FILE)
        table = read_rows(table_of(sources, file), file=file, columns=_columns_of_donors(study))
    except StudyError as error:
        return None, list(error.mistakes)
    if passed is not None:
        passed += [(file, part) for part in table.passed]
    mistakes = list(table.lacking("donor", "group"))
    if not table.rows:
        mistakes.append(Mistake(table.file, "no donor", "one line a donor", "fill the table"))
    if mistakes:
        return None, mistakes
    rows = [row for name, row in first_rows(table.rows, "donor").items() if name]
    cells = [cleared(row.cells, study.missing, ids=("donor", "group")) for row in rows]
    frame = pl.DataFrame(cells, schema=dict.fromkeys(table.header, pl.String))
    return frame, list(_donor_mistakes(table, [*ids(study.groups), *unsound]))


_USUAL = ("age", "sex", "bmi")
"""What laboratories usually know of donors."""


def _columns_of_donors(study: Study) -> Columns:
    """The columns of donors.csv whose names are known: the usual ones, and those that questions or
    characteristics name.
    """
    asked = [name for question in study.questions for name in columns_asked(question)]
    declared = ids(study.characteristics)
    return Columns(("donor", "group"), (*asked, *declared, *_USUAL), open=True)


def _donor_mistakes(table: Rows, groups: list[str]) -> Mistakes:
    first = first_rows(table.rows, "donor")
    for row in table.rows:
        donor, group = row["donor"], row["group"]
        if not donor:
            yield row.mistake("no donor", "a name", "name the donor or remove the line")
        elif first[donor] is not row:
            finding = f"donor {donor} again (first at {first[donor].where})"
            cure = "visits belong in the plate layouts and clinic.csv; remove one line"
            yield row.mistake(finding, "each donor once", cure)
        if group not in groups:
            none = "a group that study.yaml declares: there is none yet"
            expected = spelling.one_of(groups, group) if groups else none
            cure = "correct the group, or declare it under `groups` in study.yaml"
            finding = f"group {group!r}{spelling.did_you_mean(group, groups)}"
            yield row.mistake(finding, expected, cure, column="group")
