"""What the plain-language paragraphs of all questions are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from exvivo.study import Measured, Question, Study
from exvivo.study.question_records import groups_of
from exvivo.tell import words
from exvivo.tell.figures.chart import Figure
from exvivo.tell.names import level_words, short_scale, target_of

Row = dict[str, Any]
Tables = Any
FULLY_TOLD = 4
"""Findings up to which each gets a sentence with its interval."""
TOO_MANY = 8
"""Names a sentence lists before it counts them."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a report says of one kind of question, beside its sentences.

    `words`: the question as a reader would ask it. `notes`: what was declared with it. `summary`:
    its paragraph in plain language. `limits`: what its answers do not show. `figure`: its figure,
    if it has one beside the overview.
    """

    words: Callable[[Any, Study], str]
    notes: Callable[[Any, Study], list[str]]
    summary: Callable[[Any, Sequence[Row], Study], str]
    limits: str
    figure: Callable[[Any, Sequence[Row], Tables, Study, str], Figure | None]


def condition(question: Measured, study: Study) -> str:
    """`the response to extracellular ATP`, or `the level` where no stimulus is asked about."""
    return (
        f"the response to {study.name_of(question.stimulus)}"
        if question.stimulus
        else f"the {level_words(study)}"
    )


def analytes_of(question: Measured, study: Study) -> str:
    """The analytes asked about by name, or how many they are."""
    named = [study.name_of(analyte) for analyte in question.analytes]
    return words.listed(named) if len(named) <= TOO_MANY else f"{len(named)} analytes"


def where(question: Measured, study: Study) -> str:
    """` in induced microglia-like cells`, where a study has several kinds of cells."""
    return (
        f" in {study.name_of(question.cell_type)}"
        if question.cell_type and len(study.cell_types) > 1
        else ""
    )


def common_notes(question: Question, study: Study, *own: str) -> list[str]:
    """The assays asked, what the kind of question adds, and the family it is corrected in."""
    notes = []
    if isinstance(question, Measured):
        readouts = words.listed(
            dict.fromkeys(study.assay(assay).readout for assay in question.assays)
        )
        notes.append(f"Asked of {readouts}.")
    notes += [note for note in own if note]
    margin = getattr(question, "margin", None)
    if margin is not None:
        notes.append(
            f"A difference of less than {2**margin:.3g}-fold was declared too small to matter."
        )
    if adjust := getattr(question, "adjust", ()):
        beside = " beside the answer" if question.ask in ("difference", "association") else ""
        notes.append(f"Adjusted for {words.listed(adjust)}{beside}.")
    family = question.family or question.id
    together = [other.id for other in study.questions if (other.family or other.id) == family]
    if len(together) > 1:
        notes.append(
            f"Corrected together with: {words.listed(name for name in together if name != question.id)}."
        )
    return notes


def told(
    answers: Sequence[Row], study: Study, intro: str, said: Callable[[Row], str], whether: str
) -> str:
    """A paragraph: what was asked, a sentence for each supported answer, and what stayed open."""
    found = [said(row) for row in answers if row["verdict"] == "supported"]
    same = names(answers, "equivalent", study)
    small = [f"For {same}, it is smaller than what had been declared to matter."] if same else []
    return " ".join([intro, *found, *small, *open_parts(answers, study, whether)])


def no_figure(
    question: Any, answers: Sequence[Row], tables: Tables, study: Study, name: str
) -> None:
    """The overview says it all."""


def people(question: Question, study: Study) -> list[str]:
    """The groups a question is about in words."""
    return [study.name_of(group) for group in groups_of(question)]


def measured_words(row: Row, study: Study) -> str:
    """What a difference is of: `The response of TNF mRNA`, or `TNF mRNA` where nothing was
    given.
    """
    target = target_of(row, study)
    return f"The response of {target}" if row["stimulus"] else target


def briefly(found: Sequence[Row], who: str, study: Study) -> list[str]:
    """Many differences in a sentence for each direction, each with its size."""
    told = []
    for word, sign in (("higher", 1), ("lower", -1)):
        named = [
            f"{target_of(row, study)} ({size(row)})" for row in found if direction(row) == sign
        ]
        if named:
            told.append(f"{word.capitalize()} {who}: {words.listed(named)}.")
    return told


def direction(row: Row) -> int:
    """1 where a supported answer points up, -1 where it points down."""
    even = 0.0 if words.is_log2(row["unit"]) else 0.5
    return 1 if (row["lower"] if row["lower"] is not None else -math.inf) >= even else -1


def size(row: Row) -> str:
    """How large, in one phrase."""
    if row["estimate"] is None:
        return "size open"
    if words.is_log2(row["unit"]):
        return f"{words.fold(row['estimate'])} times as high"
    return f"in {words.number(row['estimate'])} of pairs"


def times(row: Row, who: str) -> str:
    """`higher in ... than in ...: 1.9 times as high (anything from 1.4 to 2.6 times fits the
    data)`.
    """
    estimate, lower, upper = row["estimate"], row["lower"], row["upper"]
    if not words.is_log2(row["unit"]):
        word = "higher" if direction(row) > 0 else "lower"
        return f"{word} {who} more often than not (the first is higher in {words.number(estimate)} of all pairs of donors)"
    word = "higher" if direction(row) > 0 else "lower"
    size = f": {words.fold(estimate)} times as high" if estimate is not None else ""
    fits = f"anything from {words.fold(lower)} to {words.fold(upper)} times fits the data"
    return f"{word} {who}{size} ({fits})"


def open_parts(answers: Sequence[Row], study: Study, what: str) -> list[str]:
    """What could not be resolved or not be estimated, by name."""
    told = []
    unknown = names(answers, "not estimable", study)
    for hidden, why in (
        (False, "its data fit more than one answer"),
        (True, "too many of its results lie beyond the limits of the assay"),
    ):
        mine = [row for row in answers if mostly_hidden(row) == hidden]
        if unresolved := names(mine, "not resolved", study, among=len(answers)):
            told.append(f"For {unresolved}, this study cannot tell {what}: {why}.")
    if unknown:
        reasons = words.listed(
            dict.fromkeys(
                str(row["reason"]) for row in answers if row["verdict"] == "not estimable"
            )
        )
        told.append(f"For {unknown}, no answer can be given: {reasons}.")
    return told


def mostly_hidden(row: Row) -> bool:
    """Whether more than half of a group is known only by bounds."""
    return any(count["undetected"] > 0.5 * count["n"] for count in row["n"])


def names(answers: Sequence[Row], verdict: str, study: Study, *, among: int | None = None) -> str:
    """The analytes (and scales) with a verdict: by name if they are few, else counted."""
    mine = [row for row in answers if row["verdict"] == verdict]
    named = [
        target_of(row, study) + (f" and {short_scale(row, study)}" if row["scale"] else "")
        for row in mine
    ]
    if len(named) > TOO_MANY:
        return f"{len(named)} of the {among or len(answers)} comparisons"
    return words.listed(named)
