"""A study folder to a checked `Study`: every mistake of all its tables at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.study.checks import reference_mistakes
from exvivo.study.csv_rows import Rows, read_rows
from exvivo.study.cultures import read_cultures
from exvivo.study.files import cure, trouble
from exvivo.study.layout import read_layouts
from exvivo.study.nodes import Caster, Where, compose
from exvivo.study.questions import design_mistakes, donor_columns, question_mistakes
from exvivo.study.records import Study

STUDY_FILE, DONORS_FILE = "study.yaml", "donors.csv"


@dataclass(frozen=True)
class Examined:
    """A study as far as it can be told, every mistake found in its files, and where each entry of
    study.yaml stands.

    Where there are mistakes, `study.donors` and `study.layout` hold the sound rows only.
    """

    study: Study
    mistakes: tuple[Mistake, ...]
    where: Where


def load(folder: Path | str) -> Study:
    """The checked study of a folder: study.yaml, donors.csv, the plate layouts and, if there is
    one, cultures.csv. Results are not read.

    Raises `StudyError` with every mistake found, each with its file and line, what was expected and
    how to mend it.
    """
    examined = examine(folder)
    if examined.mistakes:
        raise StudyError(examined.mistakes)
    return examined.study


def examine(folder: Path | str) -> Examined:
    """A study folder with its mistakes beside it, for who reads on to find the rest of them.

    Raises `StudyError` where study.yaml itself cannot be read: nothing else is then known.
    """
    root = Path(folder)
    study, caster = read_study_file(root)
    mistakes = [*reference_mistakes(study, caster.where), *question_mistakes(study, caster.where)]
    donors, wrong = read_donors(root, study)
    mistakes += wrong
    layout, wrong = read_layouts(root, study, donors)
    mistakes += wrong
    cultures, wrong = read_cultures(root, layout, donors)
    mistakes += wrong
    if donors is not None and not mistakes:
        mistakes += design_mistakes(study, layout, cultures, caster.where)
        mistakes += donor_columns(study, donors, caster.where)
    known = donors if donors is not None else pl.DataFrame()
    whole = dataclasses.replace(study, root=root, donors=known, layout=layout, cultures=cultures)
    return Examined(whole, tuple(mistakes), caster.where)


def read_study_file(root: Path) -> tuple[Study, Caster]:
    """study.yaml as a `Study` without its tables, and the caster that knows the line of every
    entry.
    """
    path = root / STUDY_FILE
    found = trouble(path)
    if found:
        absent = f"run `exvivo new {root}` for a template"
        raise StudyError(
            Mistake(
                str(path), found, "the study file of a study folder", cure(found, absent=absent)
            )
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as slip:
        strange = Mistake(
            str(path), f"a byte that is not UTF-8 text ({slip.reason})", "UTF-8", "save it as UTF-8"
        )
        raise StudyError(strange) from None
    caster = Caster(STUDY_FILE)
    study = caster.cast(compose(text, file=STUDY_FILE), Study)
    if caster.mistakes or study is None:
        raise StudyError(caster.mistakes)
    return cast(Study, study), caster


def read_donors(root: Path, study: Study) -> tuple[pl.DataFrame | None, list[Mistake]]:
    """donors.csv as text, one row a donor: `donor`, `group` and whatever else the laboratory knows;
    and its mistakes.

    None where the file is no table with these two columns.
    """
    try:
        table = read_rows(root / DONORS_FILE, file=DONORS_FILE)
    except StudyError as error:
        return None, list(error.mistakes)
    mistakes = [
        Mistake(
            f"{table.file}:1",
            "columns " + ", ".join(table.header),
            f"a column `{name}`",
            f"add a column `{name}`",
        )
        for name in ("donor", "group")
        if name not in table.header
    ]
    if not table.rows:
        mistakes.append(Mistake(table.file, "no donor", "one line a donor", "fill the table"))
    if mistakes:
        return None, mistakes
    frame = pl.DataFrame(list(table.rows), schema=dict.fromkeys(table.header, pl.String))
    named = frame.filter(pl.col("donor") != "").unique("donor", keep="first", maintain_order=True)
    return named, list(_donor_mistakes(table, [group.id for group in study.groups]))


def _donor_mistakes(table: Rows, groups: list[str]) -> Iterator[Mistake]:
    seen: dict[str, int] = {}
    for index, row in enumerate(table.rows):
        if not row["donor"]:
            yield Mistake(
                table.where(index), "no donor", "a name", "name the donor or remove the line"
            )
        elif row["donor"] in seen:
            first = table.where(seen[row["donor"]])
            yield Mistake(
                table.where(index),
                f"donor {row['donor']} again (first at {first})",
                "each donor once",
                "visits belong in the plate layouts and clinic.csv; remove one line",
            )
        if row["group"] not in groups:
            yield Mistake(
                table.where(index),
                f"group {row['group']!r}",
                "one of: " + ", ".join(groups),
                "correct the group, or declare it under `groups` in study.yaml",
            )
        seen.setdefault(row["donor"], index)
