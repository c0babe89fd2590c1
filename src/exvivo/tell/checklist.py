"""The checklist of a kind of cell in words: what beside expression speaks of what the cells are,
item by item, and what the study has of it. Listed, never added up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import chain
from typing import Any

import polars as pl

from exvivo.study import Identity, Study
from exvivo.tell import words
from exvivo.tell.checklist_records import Asked, Checked, Held, Measured, State, checked
from exvivo.tell.tables import Shown, Tables
from exvivo.tell.ways import question_anchor
from exvivo.words import counted, listed

FILE = "checklist.csv"
_STATES: dict[State, str] = {
    "present": "measured",
    "declared": "declared only",
    "absent": "not measured",
}
_ABSENT = "Not measured in this study."
_NO_ISOTYPE = (
    "No isotype control is in this assay: how much of it the antibody binds without its target is "
    "not known."
)
_BY_NAMES = "Taken up by these names alone: look whether what it measured is what is asked here."
_YES = {True: "yes", False: "no"}
_MOST_ANSWERS = 3
"""Answers of a question that are repeated in full at an item; the others stand at the question."""
_COLUMNS = (
    *("question", "cells", "item", "how", "state", "shows", "assay", "analyte"),
    *("isotype_control", "asked_by", "named_by_the_study", "verdict", "sentence", "note"),
    "sources",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer that speaks of an item: its verdict and its sentence."""

    verdict: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Source:
    """One thing of the study that speaks of an item: what it is, where its question stands on the
    page, its first answers and how many more there are, and what must be known of it.
    """

    what: str
    anchor: str = ""
    answers: tuple[Verdict, ...] = ()
    more: int = 0
    but: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """An item of the checklist as a row: what it shows, what there is of it, and what it must be
    held against.
    """

    name: str
    shows: str
    state: State
    state_words: str
    sources: tuple[Source, ...]
    lacking: str
    control: str
    dois: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """The checklist of a question of identity as it is shown, and its records."""

    question: str
    title: str
    intro: str
    rows: tuple[Row, ...]
    records: Checked | None


def checklist(question: object, study: Study, tables: Tables) -> Checklist | None:
    """The checklist of a question of identity in words; None for other questions. Where the catalog
    has none for these cells, it says so.
    """
    if not isinstance(question, Identity):
        return None
    records = checked(question, study, tables)
    title = "What else speaks of what the cells are"
    if records is None:
        like = study.name_of(question.like)
        return Checklist(question.id, title, _unknown(like), (), None)
    rows = tuple(_row(held, study) for held in records.items)
    return Checklist(question.id, title, _intro(records.kind.name), rows, records)


def _unknown(like: str) -> str:
    return (
        f"The catalog has no checklist for {like}: markers by protein, function and genotype are "
        "yours to list. Expression alone does not say what cells are."
    )


def _intro(kind: str) -> str:
    return (
        "Expression is one kind of evidence. This is what the catalog lists beside it for "
        f"{kind}, and what this study has of each. It is not added up: no number of entries says "
        "what the cells are."
    )


def _row(held: Held, study: Study) -> Row:
    """An item as a row."""
    item = held.item
    return Row(
        name=item.name,
        shows=words.capital(item.shows) + ".",
        state=held.state,
        state_words=_STATES[held.state],
        sources=tuple(_sources(held, study)),
        lacking=_lacking(held),
        control=words.capital(item.control) + ".",
        dois=item.sources,
    )


def _sources(held: Held, study: Study) -> Iterator[Source]:
    """What speaks of an item, or that nothing does."""
    for measured in held.measured:
        yield _of_assay(measured, held.item.isotype, study)
    for asked in held.asked:
        yield _of_question(asked, study)
    for note in held.notes:
        yield Source(f"Declared, and not in the data of this study: {note.rstrip('.')}.")
    if held.state == "absent":
        yield Source(_ABSENT)


def _of_assay(measured: Measured, isotype: bool, study: Study) -> Source:
    """An assay that holds a protein of an item."""
    name, donors = study.name_of(measured.analyte), counted(measured.donors, "donor")
    what = f"{name} as protein (assay `{measured.assay}`) in the cells of {donors}"
    asked = "." if measured.answers else "; no question of this study asks about it."
    but = _NO_ISOTYPE if isotype and not measured.isotype else ""
    return _with_answers(Source(what + asked, but=but), measured.answers)


def _of_question(asked: Asked, study: Study) -> Source:
    """A question that asks an item."""
    how = "named for it in study.yaml" if asked.named else "by its stimulus and what blocks it"
    but = ("" if asked.named else _BY_NAMES) if asked.answers else "It has no answer."
    ids = [question.id for question in study.questions]
    anchor = question_anchor(ids.index(asked.question) + 1)
    source = Source(f"Question `{asked.question}`, {how}.", anchor, but=but)
    return _with_answers(source, asked.answers)


def _with_answers(source: Source, answers: tuple[Shown, ...]) -> Source:
    """A source with the first of its answers."""
    first = tuple(map(_verdict, answers[:_MOST_ANSWERS]))
    return replace(source, answers=first, more=len(answers) - len(first))


def _verdict(shown: Shown) -> Verdict:
    return Verdict(shown.finding.verdict or "not estimable", shown.sentence)


def _lacking(held: Held) -> str:
    """The proteins of an item that no assay of the study holds, where it holds others."""
    lacking = [protein.gene for protein in held.lacking]
    return f"Not measured: {listed(lacking)}." if held.measured and lacking else ""


def csv_frame(lists: list[Checklist]) -> pl.DataFrame:
    """The checklists as lines: one for each item and thing that speaks of it."""
    every = chain.from_iterable(map(_lines, lists))
    return pl.DataFrame(list(every), schema=dict.fromkeys(_COLUMNS, pl.String))


def _lines(shown: Checklist) -> Iterator[dict[str, Any]]:
    """The lines of a checklist; none where the catalog has none."""
    records = shown.records
    if records is not None:
        lines = chain.from_iterable(map(_of_item, records.items))
        yield from (_of(shown.question, records) | line for line in lines)


def _of(question: str, records: Checked) -> dict[str, Any]:
    """What all lines of a checklist hold."""
    return {"question": question, "cells": records.kind.name}


def _of_item(held: Held) -> Iterator[dict[str, Any]]:
    """The lines of an item: one without more where nothing speaks of it."""
    whole = _whole(held)
    yield from (whole | part for part in list(_parts(held)) or [{}])


def _whole(held: Held) -> dict[str, Any]:
    """What all lines of an item hold."""
    item = held.item
    sources = " ".join(item.sources)
    about = {"item": item.id, "how": item.how, "shows": item.shows}
    return {**about, "state": held.state, "sources": sources}


def _parts(held: Held) -> Iterator[dict[str, Any]]:
    """What of each line tells the things that speak of one item apart."""
    for measured in held.measured:
        about = _line_of_assay(measured, held.item.isotype)
        yield from (about | answer for answer in _answers(measured.answers))
    for asked in held.asked:
        named = {"asked_by": asked.question, "named_by_the_study": _YES[asked.named]}
        yield from (named | answer for answer in _answers(asked.answers))
    yield from ({"note": note} for note in held.notes)


def _line_of_assay(measured: Measured, isotype: bool) -> dict[str, Any]:
    """An assay in a line; whether it has an isotype control only where it needs one."""
    control = _YES[measured.isotype] if isotype else None
    about = {"assay": measured.assay, "analyte": measured.analyte}
    return {**about, "isotype_control": control}


def _answers(answers: tuple[Shown, ...]) -> list[dict[str, Any]]:
    """The answers of a line; one without any where there are none."""
    return [asdict(_verdict(each)) for each in answers] or [{}]
