"""What a question of identity must agree with: its files, its panel, and the checklist of the cells
that its evidence is named by.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from posixpath import normpath

from exvivo import catalog
from exvivo.catalog import spelling
from exvivo.catalog.cells import CellKind, asked_kind, cells
from exvivo.study.entry import Entry, Mistakes
from exvivo.study.question_records import EvidenceItem, Identity
from exvivo.study.records import Study


def checklist_kind(question: Identity, study: Study) -> CellKind | None:
    """The kind of cell whose checklist a question of identity has: that of the cells which its own
    are said to be like, else of these. None where the catalog has none for either.
    """
    return asked_kind(question.like, question.cell_type, study.name_of(question.cell_type))


def identity_mistakes(question: Identity, study: Study, entry: Entry) -> Mistakes:
    """Everything to fix in a question of identity that no other kind of question has."""
    yield from _reference_mistakes(question, entry)
    yield from _marker_mistakes(question, entry)
    yield from _file_mistakes(question, entry)
    yield from _condition_mistakes(question, study, entry)
    kind = checklist_kind(question, study)
    for i, item in enumerate(question.evidence):
        at = entry.at("evidence", i)
        yield from _not_of_checklist(item, kind, at)
        yield from _shown_by_nothing(item, at)
        yield from _no_question_for_it(item, question, study, at)
        if item in question.evidence[:i]:
            yield at.mistake(f"`{item.item}` again", "each entry once", "remove one of the two")


def _reference_mistakes(question: Identity, entry: Entry) -> Mistakes:
    if not question.like or ":" in question.like:
        yield entry.mistake(
            f"{question.like!r}",
            "the name of one of the reference cells, as it stands before the colon; or that and "
            "their condition (monocyte, LPS)",
            "name the cells they are said to resemble (microglia)",
            field="like",
        )


def _marker_mistakes(question: Identity, entry: Entry) -> Mistakes:
    """Markers that are neither a panel of the catalog nor a file."""
    named = question.markers
    if named and named not in question.files and catalog.panel_named(named) is None:
        yield entry.mistake(
            f"panel `{named}`{spelling.did_you_mean(named, catalog.panels())}",
            f"a file (markers.csv), or one of: {', '.join(catalog.panels())}",
            "correct the name; leave `markers` out to compare all genes",
            field="markers",
        )


def _file_mistakes(question: Identity, entry: Entry) -> Mistakes:
    """Tables that are not named, or are one file; where they may lie is asked of all files."""
    taken: set[str] = set()
    for field, name in question.named_files.items():
        if not name:
            yield entry.mistake(
                "no file",
                "a file named from the study folder",
                f"put the table into raw/ and write `{field}: raw/FILE.csv`",
                field=field,
            )
        elif normpath(name) in taken:
            expected = "a file of its own for each table"
            yield entry.mistake(f"{name} again", expected, "name the right file", field=field)
        taken.add(normpath(name))


def _condition_mistakes(question: Identity, study: Study, entry: Entry) -> Mistakes:
    """A condition of the cultured cells that is no stimulus: the control of the study."""
    controls = [(each.id, each.name) for each in study.stimuli if each.control]
    names = map(spelling.key, chain.from_iterable(controls))
    if question.condition and spelling.key(question.condition) in names:
        yield entry.mistake(
            f"`{question.condition}`, the control condition",
            "what was done to the cells that may be seen in their genes",
            "leave `condition` out where nothing was",
            field="condition",
        )


def _not_of_checklist(item: EvidenceItem, kind: CellKind | None, entry: Entry) -> Mistakes:
    """Evidence that no checklist asks for."""
    if kind is None:
        known = [each.name for each in cells().values() if each.checklist]
        yield entry.mistake(
            "evidence for cells without a checklist",
            f"cells of which the catalog has one: {', '.join(known)}",
            "call them so in `like`, or leave `evidence` out",
        )
    elif kind.item(item.item) is None:
        items = [each.id for each in kind.checklist]
        yield entry.mistake(
            f"`{item.item}`{spelling.did_you_mean(item.item, items)}, not in the checklist of "
            f"{kind.name}",
            spelling.one_of(items, item.item),
            "correct the name of the item",
            field="item",
        )


def _shown_by_nothing(item: EvidenceItem, entry: Entry) -> Mistakes:
    if not item.question and not item.note.strip():
        yield entry.mistake(
            f"`{item.item}` with neither `question` nor `note`",
            "the question of this study that asks it, or what was seen elsewhere",
            "add one of the two; leave the item out where there is nothing to show",
        )


def _no_question_for_it(
    item: EvidenceItem, asked: Identity, study: Study, entry: Entry
) -> Mistakes:
    """Evidence from a question that is not there, or is none about what was measured in these
    cells.
    """
    measured = {q.id: q for q in study.questions if not isinstance(q, Identity)}
    if not item.question:
        return
    if item.question not in measured:
        yield from _unknown_question(item, study, list(measured), entry)
        return
    of = measured[item.question].cell_type
    if of and of != asked.cell_type:
        yield entry.mistake(
            f"`{item.question}`, a question about {of}",
            f"a question about {asked.cell_type}",
            "name the question about these cells, or write a note",
            field="question",
        )


def _unknown_question(
    item: EvidenceItem, study: Study, measured: Sequence[str], entry: Entry
) -> Mistakes:
    is_identity = any(q.id == item.question for q in study.questions)
    if item.question in entry.unsound:
        return
    near = spelling.did_you_mean(item.question, measured)
    none = "there is none in this study: write a note"
    yield entry.mistake(
        f"`{item.question}`, another question of identity"
        if is_identity
        else f"question `{item.question}`{near}",
        "a question about what was measured, "
        + (spelling.one_of(measured, item.question) if measured else none),
        "correct the name, or write a note in its place",
        field="question",
    )
