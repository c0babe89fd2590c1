"""A study folder to a checked `Study`: every mistake of all its tables at once."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import polars as pl

from exvivo.errors import Mistake, StudyError, command
from exvivo.study.checks import reference_mistakes
from exvivo.study.csv_rows import Rows, first_rows, read_rows
from exvivo.study.cultures import read_cultures
from exvivo.study.design_checks import design_mistakes
from exvivo.study.donor_columns import donor_column_mistakes
from exvivo.study.entry import Entry, Mistakes
from exvivo.study.files import DONORS_FILE, STUDY_FILE, cure, trouble
from exvivo.study.ids import ids
from exvivo.study.layout import read_layouts
from exvivo.study.nodes import Caster, compose
from exvivo.study.questions import question_mistakes
from exvivo.study.records import Study
from exvivo.study.unknown import cleared
from exvivo.study.visits import visit_mistakes


@dataclass(frozen=True)
class Examined:
    """A study as far as it is known, every mistake of its files, and study.yaml as an entry whose
    parts know their lines.

    Where there are mistakes, `study.donors` and `study.layout` hold the sound rows only.
    """

    study: Study
    mistakes: tuple[Mistake, ...]
    entry: Entry


def load(folder: Path | str) -> Study:
    """The checked study of a folder: study.yaml, donors.csv, the plate layouts and, if there is
    one, cultures.csv. Results are not read.

    Raises `StudyError` with every mistake, each with its file and line, what was expected and how
    to fix it.
    """
    examined = examine(folder)
    if examined.mistakes:
        raise StudyError(examined.mistakes)
    return examined.study


def examine(folder: Path | str) -> Examined:
    """A study folder with its mistakes beside it, for callers that collect further mistakes.

    Raises `StudyError` where study.yaml itself cannot be read: nothing else is then known.
    """
    root = Path(folder)
    study, entry = read_study_file(root)
    mistakes = [*reference_mistakes(study, entry), *question_mistakes(study, entry)]
    donors, slips = read_donors(root, study)
    mistakes += slips
    layout, slips = read_layouts(root, study, donors)
    mistakes += slips
    cultures, slips = read_cultures(root, layout, donors, missing=study.missing)
    mistakes += slips
    whole = dataclasses.replace(
        study,
        root=root,
        donors=pl.DataFrame() if donors is None else donors,
        layout=layout,
        cultures=cultures,
    )
    if not mistakes:
        mistakes += [*design_mistakes(whole, entry), *donor_column_mistakes(whole, entry)]
        mistakes += visit_mistakes(whole, entry)
    return Examined(whole, tuple(mistakes), entry)


def read_study_file(root: Path) -> tuple[Study, Entry]:
    """study.yaml as a `Study` without its tables, and as an entry whose parts know their lines."""
    path = root / STUDY_FILE
    if why := trouble(path):
        absent = f"run `{command('new', root)}` for a template"
        expected = "the study file of a study folder"
        raise StudyError(Mistake(str(path), why, expected, cure(why, absent=absent)))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as slip:
        finding = f"a byte that is not UTF-8 text ({slip.reason})"
        raise StudyError(Mistake(str(path), finding, "UTF-8", "save it as UTF-8")) from None
    caster = Caster(STUDY_FILE)
    study = caster.cast(compose(text, file=STUDY_FILE), Study)
    if caster.mistakes or study is None:
        raise StudyError(caster.mistakes)
    return cast(Study, study), caster.entry


def read_donors(root: Path, study: Study) -> tuple[pl.DataFrame | None, list[Mistake]]:
    """donors.csv as text, one row a donor: `donor`, `group` and whatever else the laboratory knows;
    and its mistakes.

    None where the file is no table with these two columns.
    """
    try:
        table = read_rows(root / DONORS_FILE, file=DONORS_FILE)
    except StudyError as error:
        return None, list(error.mistakes)
    mistakes = list(table.lacking("donor", "group"))
    if not table.rows:
        mistakes.append(Mistake(table.file, "no donor", "one line a donor", "fill the table"))
    if mistakes:
        return None, mistakes
    rows = [row for name, row in first_rows(table.rows, "donor").items() if name]
    cells = [cleared(row.cells, study.missing, ids=("donor", "group")) for row in rows]
    frame = pl.DataFrame(cells, schema=dict.fromkeys(table.header, pl.String))
    return frame, list(_donor_mistakes(table, ids(study.groups)))


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
            expected = "one of: " + ", ".join(groups)
            cure = "correct the group, or declare it under `groups` in study.yaml"
            yield row.mistake(f"group {group!r}", expected, cure)
