"""The words for what a finding is about: questions, analytes, groups and conditions as a reader
should meet them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exvivo.study import Question, Study
from exvivo.tell.words import capital

Row = Mapping[str, Any]


def analyte_of(row: Row, study: Study) -> str:
    """The analyte of a row as the report names it."""
    return study.name_of(str(row["analyte"]))


def target_of(row: Row, study: Study) -> str:
    """Analyte and readout together: `TNF mRNA`."""
    return f"{analyte_of(row, study)} {row['readout']}"


def scale_of(row: Row, study: Study) -> str:
    """The clinical scale of a row in words, empty if it has none."""
    return study.name_of(str(row["scale"])) if row["scale"] else ""


def short_scale(row: Row, study: Study) -> str:
    """The scale's first words: what stands before its first comma (`pain, visual analogue scale` is
    `pain`).
    """
    return scale_of(row, study).split(",")[0]


def about(row: Row, study: Study) -> str:
    """What a finding is about, for tables and lists: analyte, readout and scale."""
    scale = scale_of(row, study)
    return target_of(row, study) + (f" and {scale}" if scale else "")


def level_words(study: Study) -> str:
    """`level`, or `unstimulated level` in a study that stimulates."""
    return "unstimulated level" if study.control_stimulus() else "level"


def question_of(name: str, study: Study) -> Question | None:
    """The declared question of that id."""
    return next((question for question in study.questions if question.id == name), None)


def group_words(group: str, study: Study) -> str:
    """The group's words, with a capital for the start of a line."""
    return capital(study.name_of(group))
