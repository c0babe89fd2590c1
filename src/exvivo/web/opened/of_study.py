"""Forms for what a draft leaves open of the study itself: its title, the cells, the stimuli, the
groups and the scores.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from exvivo.errors import Mistake, StudyError
from exvivo.study import CellType, Group, OpenQuestion, Scale
from exvivo.study.files import DONORS_FILE
from exvivo.study.ids import id_trouble
from exvivo.study.record_text import flow
from exvivo.web.edits import Edit
from exvivo.web.numbers import decimal, is_number
from exvivo.web.opened.answer import Answer, Draft, Form, Typed, Where
from exvivo.web.people.handed import short_id
from exvivo.web.people.scale_columns import free_columns, offers, score_for
from exvivo.web.people.table import people_table
from exvivo.words import counted, listed

_USUAL_CELLS = (
    ("MDM", "monocyte-derived macrophages"),
    ("iMG", "induced microglia-like cells"),
    ("monocytes", "CD14+ monocytes"),
    ("PBMC", "peripheral blood mononuclear cells"),
    ("WB", "whole blood"),
    ("DC", "monocyte-derived dendritic cells"),
    ("fibroblasts", "dermal fibroblasts"),
)
_NO_CELLS = "none"
_UNSTIMULATED = "unstimulated"


def _title_shown(draft: Draft, question: OpenQuestion) -> Mapping[str, Any]:
    return {"groups": draft.study.groups}


def _title(draft: Draft, question: OpenQuestion, typed: Typed) -> Answer:
    title = typed.needed("title", "Title", "what the study asks, in one line")
    changes: dict[Where, str | None] = {("title",): flow(title)}
    for group in draft.study.groups:
        changes["groups", group.id, "name"] = flow(typed.text(f"name:{group.id}") or group.id)
    return Answer(title, draft.edits(changes))


def _cells_shown(draft: Draft, question: OpenQuestion) -> Mapping[str, Any]:
    return {"usual": _USUAL_CELLS, "cells": draft.study.cell_types}


def _cells(draft: Draft, question: OpenQuestion, typed: Typed) -> Answer:
    """The cells; none for plasma and serum."""
    if typed.text("cells") == _NO_CELLS:
        return Answer("No cells: plasma, serum or another fluid")
    name = typed.needed("name", "Cells", "what the cells were (monocyte-derived macrophages)")
    usual = {words: short for short, words in _USUAL_CELLS}
    short = typed.text("short") or usual.get(name) or _initials(name)
    _refuse_id(short, "Short name of the cells")
    record = CellType(id=short, name=name, protocol=typed.text("protocol"))
    return Answer(f"{name} ({short})", draft.edits({("cell_types", short): flow(record)}))


def _initials(name: str) -> str:
    """A short name of words: the word itself, or the first letters of several."""
    words = short_id(name).split()
    return words[0] if len(words) == 1 else "".join(word[0] for word in words).upper()


def _refuse_id(name: str, where: str) -> None:
    if trouble := id_trouble(name):
        finding, expected, cure = trouble
        raise StudyError(Mistake(where, finding, expected, cure))


def _control_shown(draft: Draft, question: OpenQuestion) -> Mapping[str, Any]:
    words = {each.id: each.name for each in draft.study.stimuli}
    usual = {each.id: _UNSTIMULATED for each in draft.study.stimuli if each.control}
    own = {name: text for name, text in words.items() if text != name}
    return {"stimuli": draft.study.stimuli, "words": {**words, **usual, **own}}


def _control(draft: Draft, question: OpenQuestion, typed: Typed) -> Answer:
    """Which stimulus is the control, and what all of them are."""
    control = typed.needed("control", "Control", "one of the conditions")
    if control not in [each.id for each in draft.study.stimuli]:
        cure = "choose one of the list"
        raise StudyError(Mistake("Control", control, "one of the conditions", cure))
    changes: dict[Where, str | None] = {}
    for each in draft.study.stimuli:
        at = ("stimuli", each.id)
        name = typed.text(f"name:{each.id}") or each.name
        changes[*at, "name"] = flow(name)
        changes[*at, "control"] = "true" if each.id == control else None
        for key in ("dose", "time"):
            text = typed.text(f"{key}:{each.id}")
            changes[*at, key] = flow(text) if text else None
    proposed = [each.id for each in draft.study.stimuli if each.control and each.id != control]
    said = f"The control is {control}: every answer is a difference from it"
    other = f" (by its name it would be {listed(proposed)})" if proposed else ""
    return Answer(said + other, draft.edits(changes))


@dataclass(frozen=True)
class _Grouped:
    """The donors of donors.csv with their groups, and the words of all groups."""

    file: str
    donors: tuple[tuple[str, str], ...]

    @property
    def without(self) -> list[str]:
        """The donors without a group."""
        return [donor for donor, group in self.donors if not group]

    def count(self, group: str) -> int:
        """How many donors a group has."""
        return sum(1 for _, own in self.donors if own == group)


def _grouped(draft: Draft) -> _Grouped:
    table = people_table(draft.folder, "donors", draft.study)
    if table is None:
        return _Grouped(DONORS_FILE, ())
    rows = [dict(zip(table.header, row.cells, strict=True)) for row in table.rows]
    return _Grouped(
        table.file, tuple((row["donor"], row.get("group", "")) for row in rows if row["donor"])
    )


def _groups_shown(draft: Draft, question: OpenQuestion) -> Mapping[str, Any]:
    grouped = _grouped(draft)
    groups = [(each, grouped.count(each.id)) for each in draft.study.groups]
    return {
        "groups": groups,
        "without": grouped.without if draft.may_identify else [],
        "hidden": 0 if draft.may_identify else len(grouped.without),
        "words": [each.id for each in draft.study.groups],
    }


def _groups(draft: Draft, question: OpenQuestion, typed: Typed) -> Answer:
    """The groups in words, and the group of each donor that has none."""
    grouped = _grouped(draft)
    if not draft.may_identify:
        _refuse_hidden(len(grouped.without))
    named = {donor: typed.text(f"group:{donor}") for donor in grouped.without}
    _refuse_missing([donor for donor, text in named.items() if not text])
    cells = tuple(Edit((donor, "group"), "", text) for donor, text in named.items() if text)
    known = [each.id for each in draft.study.groups]
    new = list(dict.fromkeys(text for text in named.values() if text and text not in known))
    changes: dict[Where, str | None] = {}
    for group in known:
        changes["groups", group, "name"] = flow(typed.text(f"name:{group}") or group)
    for group in new:
        _refuse_id(group, "Group")
        changes["groups", group] = flow(Group(id=group, name=group))
    tables = {grouped.file: cells} if cells else {}
    return Answer(f"Groups: {listed([*known, *new])}", draft.edits(changes), tables)


def _refuse_missing(donors: list[str]) -> None:
    """Raise `StudyError` where donors got no group."""
    if donors:
        finding, cure = f"no group of {listed(donors[:5])}", "write the group of each, then save"
        raise StudyError(Mistake("Group", finding, "a group", cure))


def _refuse_hidden(count: int) -> None:
    """Raise `StudyError` where donors have no group and the visitor may not see them."""
    if count:
        finding, cure = f"{counted(count, 'donor')} without a group", "ask who may see persons"
        raise StudyError(Mistake("Group", finding, "a group of each donor", cure))


@dataclass(frozen=True)
class _Column:
    """A column of scores: the numbers in it, and what the catalog says of a scale of its name."""

    id: str
    lowest_here: float
    highest_here: float
    name: str
    lowest: str = ""
    highest: str = ""
    higher_is: str = ""


def _columns(draft: Draft) -> Iterator[_Column]:
    """The columns of numbers that no scale uses yet."""
    table = people_table(draft.folder, "clinic", draft.study)
    if table is None:
        return
    for offer in offers(free_columns(table.header, draft.study)):
        for name in offer.columns:
            numbers = [decimal(word) for word in table.words(name) if is_number(word)]
            if not numbers:
                continue
            ends = min(numbers), max(numbers)
            score = score_for(name, offer.keys[0]) if offer.keys and not offer.items else ""
            own = [each for each in offer.keys[0].scores if each.id == score] if score else []
            if own:
                of = own[0]
                yield _Column(
                    name, *ends, of.name, f"{of.lowest:g}", f"{of.highest:g}", of.higher_is
                )
            else:
                yield _Column(name, *ends, name)


def _scales_shown(draft: Draft, question: OpenQuestion) -> Mapping[str, Any]:
    return {"columns": list(_columns(draft))}


def _scales(draft: Draft, question: OpenQuestion, typed: Typed) -> Answer:
    """A scale for each column that is a score."""
    changes: dict[Where, str | None] = {}
    said: list[str] = []
    for column in _columns(draft):
        higher = typed.text(f"higher:{column.id}")
        if higher not in ("worse", "better"):
            _refuse_half(column, typed)
            continue
        ends = [
            typed.needed(f"{end}:{column.id}", f"{column.id}, {end} score", "a number")
            and typed.number(f"{end}:{column.id}", f"{column.id}, {end} score")
            for end in ("lowest", "highest")
        ]
        record = Scale(
            id=column.id,
            name=typed.text(f"name:{column.id}") or column.id,
            lowest=float(ends[0]),
            highest=float(ends[1]),
            higher_is="worse" if higher == "worse" else "better",
        )
        _refuse_range(column, record)
        changes["scales", column.id] = flow(record)
        said.append(_scale_words(column, record))
    return Answer("; ".join(said) or "No scores", draft.edits(changes))


def _refuse_half(column: _Column, typed: Typed) -> None:
    """Raise `StudyError` for a scale whose ends were typed, and not which of them is worse."""
    ends = {end: typed.text(f"{end}:{column.id}") for end in ("lowest", "highest")}
    if any(text and text != getattr(column, end) for end, text in ends.items()):
        expected, cure = "worse or better", "choose it; or empty both fields: no score"
        where = f"{column.id}, a high score"
        raise StudyError(Mistake(where, "no choice, and where it ends", expected, cure))


def _refuse_range(column: _Column, scale: Scale) -> None:
    """Raise `StudyError` where no score, or not every score that is here, can lie."""
    here = f"{column.lowest_here:g} to {column.highest_here:g} in the table"
    is_around = scale.lowest <= column.lowest_here and column.highest_here <= scale.highest
    if not (scale.lowest < scale.highest and is_around):
        finding = f"{scale.lowest:g} to {scale.highest:g}"
        cure = "correct both ends, or the scores on the page of the people"
        raise StudyError(Mistake(column.id, finding, f"a range around {here}", cure))


def _scale_words(column: _Column, scale: Scale) -> str:
    """What was declared, and where the catalog says otherwise."""
    said = f"{column.id}: {scale.lowest:g} to {scale.highest:g}, a high score is {scale.higher_is}"
    is_other = column.higher_is and column.higher_is != scale.higher_is
    return f"{said} (the catalog says {column.higher_is})" if is_other else said


def _nothing_shown(draft: Draft, question: OpenQuestion) -> Mapping[str, Any]:
    return {"where": question.where}


def _as_it_is(draft: Draft, question: OpenQuestion, typed: Typed) -> Answer:
    """What is proposed stands, or was written elsewhere."""
    return Answer("Confirmed")


TITLE = Form("title", _title_shown, _title)
CELLS = Form("cells", _cells_shown, _cells)
CONTROL = Form("control", _control_shown, _control)
GROUPS = Form("groups", _groups_shown, _groups)
SCALES = Form("scales", _scales_shown, _scales)
DONORS = Form("donors", _nothing_shown, _as_it_is)
OTHER = Form("other", _nothing_shown, _as_it_is)
