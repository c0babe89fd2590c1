"""The checklist of the cells as part of a form: a row an item, with the question of the study that
asks it and a note of what was seen elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exvivo.catalog.cells import Item, asked_kind
from exvivo.study import Study
from exvivo.study.question_records import Identity
from exvivo.study.yaml_text import Tree
from exvivo.web.questions.said import said
from exvivo.words import cut

PARTS = {"item": "evidence_item", "question": "evidence_question", "note": "evidence_note"}
"""The keys of an entry of evidence, and the fields of the form that hold them, row by row."""
_Values = Mapping[str, Sequence[str]]
_LONGEST = 90


@dataclass(frozen=True)
class EvidenceRow:
    """An item of the checklist: its name, what it shows and is held against, and what stands
    beside it.
    """

    item: str
    name: str
    shows: str = ""
    control: str = ""
    question: str = ""
    note: str = ""


def evidence_rows(values: _Values, study: Study) -> tuple[EvidenceRow, ...]:
    """The rows of a form: the entries that are there, each with its item, then the items without
    one. Cells that the catalog has no checklist of, or that are not named yet, have entries only.
    """
    items = _items(values, study)
    filled = [
        EvidenceRow(item, *_about(items.get(item), item), question, note)
        for item, question, note in _entries(values)
    ]
    told = {row.item for row in filled if row.question or row.note}
    kept = [row for row in filled if row.item in told]
    return (*kept, *(_empty(each) for each in items.values() if each.id not in told))


def _empty(item: Item) -> EvidenceRow:
    return EvidenceRow(item.id, *_about(item, item.id))


def _about(item: Item | None, id_: str) -> tuple[str, str, str]:
    return (item.name, item.shows, item.control) if item else (id_, "", "")


def _items(values: _Values, study: Study) -> Mapping[str, Item]:
    """The items of the checklist of the cells that a form names, by their ids."""
    like, own = (next(iter(values.get(name, ())), "") for name in ("like", "cell_type"))
    kind = asked_kind(like, own, study.name_of(own))
    return {item.id: item for item in kind.checklist} if kind else {}


def _entries(values: _Values) -> Iterator[tuple[str, str, str]]:
    """Item, question and note of each row that was sent."""
    item, question, note = (values.get(name, ()) for name in PARTS.values())
    yield from zip(item, question, note, strict=False)


def evidence_tree(values: _Values) -> list[Tree]:
    """The rows of a form as study.yaml has them; those in which nothing stands are left out."""
    rows = (dict(zip(PARTS, map(str.strip, row), strict=True)) for row in _entries(values))
    return [_entry(row) for row in rows if row["question"] or row["note"]]


def _entry(row: Mapping[str, str]) -> Tree:
    return tuple((key, text) for key, text in row.items() if text)


def values_of_evidence(tree: Tree | None) -> dict[str, list[str]]:
    """The evidence of study.yaml as the values of a form."""
    listed = tree if isinstance(tree, list) else []
    entries = [dict(entry) if isinstance(entry, tuple) else {} for entry in listed]
    values: dict[str, list[str]] = {}
    for key, field in PARTS.items():
        values[field] = [str(entry.get(key, "")) for entry in entries]
    return values


def evidence_questions(study: Study) -> Iterator[tuple[str, str]]:
    """The questions that may stand for an item, by id, in words."""
    yield "", "no question of this study"
    for each in study.questions:
        if not isinstance(each, Identity):
            yield each.id, cut(f"{each.id}: {said(each, study).sentence}", _LONGEST)
