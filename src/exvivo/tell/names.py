"""The words for what a finding is about: questions, analytes, groups and conditions as a reader should meet them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exvivo.study import Association, Difference, Question, Study
from exvivo.tell.words import capital, listed

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
    """The scale's first words: what stands before its first comma (`pain, visual analogue scale` is `pain`)."""
    return scale_of(row, study).split(",")[0]


def about(row: Row, study: Study) -> str:
    """What a finding is about, for tables and lists: analyte, readout and scale."""
    scale = scale_of(row, study)
    return target_of(row, study) + (f" and {scale}" if scale else "")


def level_words(study: Study) -> str:
    """`level`, or `unstimulated level` in a study that stimulates."""
    return "unstimulated level" if study.control_stimulus() else "level"


def condition_words(question: Question, study: Study) -> str:
    """`the response to extracellular ATP`, or `the level` where no stimulus is asked about."""
    return f"the response to {study.name_of(question.stimulus)}" if question.stimulus else f"the {level_words(study)}"


def question_of(name: str, study: Study) -> Question | None:
    """The declared question of that id."""
    return next((question for question in study.questions if question.id == name), None)


def question_words(question: Question, study: Study) -> str:
    """The question as a reader would ask it."""
    analytes = listed(study.name_of(analyte) for analyte in question.analytes)
    where = f" in {study.name_of(question.cell_type)}" if question.cell_type and len(study.cell_types) > 1 else ""
    if isinstance(question, Difference):
        first, second = (study.name_of(group) for group in question.groups[:2])
        what = (
            f"their response to {study.name_of(question.stimulus)}"
            if question.stimulus
            else f"their {level_words(study)}"
        )
        return f"Do {first} and {second} differ in {what}{where}: {analytes}?"
    scales = listed((study.name_of(scale).split(",")[0] for scale in question.scales), last="or")
    return f"Within {study.name_of(question.within)}, is {condition_words(question, study)} of {analytes}{where} related to {scales}?"


def question_notes(question: Question, study: Study) -> list[str]:
    """What was declared with the question: its assays, its margin or expectation, and the family it is corrected in."""
    readouts = listed(dict.fromkeys(study.assay(assay).readout for assay in question.assays))
    notes = [f"Asked of {readouts}."]
    if isinstance(question, Difference) and question.margin is not None:
        notes.append(f"A difference of less than {2**question.margin:.3g}-fold was declared too small to matter.")
    if isinstance(question, Association):
        notes.append(_expectation(question))
    family = question.family or question.id
    together = [other.id for other in study.questions if (other.family or other.id) == family]
    if len(together) > 1:
        notes.append(f"Corrected together with: {listed(name for name in together if name != question.id)}.")
    return notes


def _expectation(question: Association) -> str:
    if question.symptoms == "either":
        return "No direction was expected beforehand."
    return f"Expected beforehand: a higher response with {question.symptoms} symptoms."


def group_words(group: str, study: Study) -> str:
    """The group's words, with a capital for the start of a line."""
    return capital(study.name_of(group))
