"""A study folder to a checked `Study`: every mistake of all its tables at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import cast

import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.study.checks import design_mistakes, reference_mistakes
from exvivo.study.csv_rows import read_rows
from exvivo.study.layout import read_layouts
from exvivo.study.nodes import Caster, compose
from exvivo.study.records import Study

STUDY_FILE = "study.yaml"


def load(folder: Path | str) -> Study:
    """The checked study of a folder: study.yaml, donors.csv and the plate layouts. Results are not read.

    Raises `StudyError` with every mistake found, each with its file and line, what was expected and how to mend it.
    """
    root = Path(folder)
    study, caster = read_study_file(root)
    mistakes = list(reference_mistakes(study, caster.where))
    donors = _gather(mistakes, lambda: read_donors(root, study))
    layout = _gather(mistakes, lambda: read_layouts(root, study, donors))
    if donors is not None and layout is not None and not mistakes:
        mistakes += design_mistakes(study, donors, layout, caster.where)
    if mistakes or donors is None or layout is None:
        raise StudyError(mistakes)
    return dataclasses.replace(study, root=root, donors=donors, layout=layout)


def read_study_file(root: Path) -> tuple[Study, Caster]:
    """study.yaml as a `Study` without its tables, and the caster that knows the line of every entry."""
    path = root / STUDY_FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError:
        missing = Mistake(
            str(path), "no such file", "the study file of a study folder", f"run `exvivo new {root}` for a template"
        )
        raise StudyError(missing) from None
    except UnicodeDecodeError as slip:
        strange = Mistake(str(path), f"a byte that is not UTF-8 text ({slip.reason})", "UTF-8", "save it as UTF-8")
        raise StudyError(strange) from None
    caster = Caster(STUDY_FILE)
    study = caster.cast(compose(text, file=STUDY_FILE), Study)
    if caster.mistakes or study is None:
        raise StudyError(caster.mistakes)
    return cast(Study, study), caster


def _gather(mistakes: list[Mistake], read: Callable[[], pl.DataFrame]) -> pl.DataFrame | None:
    try:
        return read()
    except StudyError as error:
        mistakes += error.mistakes
        return None


def read_donors(root: Path, study: Study) -> pl.DataFrame:
    """donors.csv as text: `donor`, `group` and whatever else the laboratory knows of each, one row a donor."""
    table = read_rows(root / "donors.csv", file="donors.csv")
    mistakes = [
        Mistake(
            f"{table.file}:1", "columns " + ", ".join(table.header), f"a column `{name}`", f"add a column `{name}`"
        )
        for name in ("donor", "group")
        if name not in table.header
    ]
    if mistakes:
        raise StudyError(mistakes)
    groups = [group.id for group in study.groups]
    seen: dict[str, int] = {}
    for index, row in enumerate(table.rows):
        if not row["donor"]:
            mistakes.append(Mistake(table.where(index), "no donor", "a name", "name the donor or remove the line"))
        elif row["donor"] in seen:
            first = table.where(seen[row["donor"]])
            mistakes.append(
                Mistake(table.where(index), f"donor {row['donor']} again (first at {first})", "each donor once",
                        "visits belong in the plate layouts and clinic.csv; remove one line")
            )  # fmt: skip
        if row["group"] not in groups:
            mistakes.append(
                Mistake(table.where(index), f"group {row['group']!r}", "one of: " + ", ".join(groups),
                        "correct the group, or declare it under `groups` in study.yaml")
            )  # fmt: skip
        seen.setdefault(row["donor"], index)
    if mistakes:
        raise StudyError(mistakes)
    return pl.DataFrame(list(table.rows), schema=dict.fromkeys(table.header, pl.String))
