"""An export whose values are labels, in the raw coding again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from exvivo.read.redcap.dictionary import CHOSEN, Dictionary, Field, slug
from exvivo.read.redcap.events import Events, plain_event
from exvivo.read.redcap.headings import EVENT, INSTRUMENT, Column, plain_label
from exvivo.read.redcap.slips import Slips
from exvivo.read.redcap.table import Export

_STATUS = {"Incomplete": "0", "Unverified": "1", "Complete": "2"}
_BOX = {"Unchecked": "0", "Checked": "1"}
_DOUBTFUL = "\0"
"""Stands for a label of several codes."""

Codes = Mapping[str, str]
"""The code of each label."""


def in_codes(
    export: Export,
    dictionary: Dictionary,
    events: Events,
    missing: Mapping[str, str],
    slips: Slips,
) -> Export:
    """The export with codes in the place of labels. A label of several codes is a mistake."""
    if not export.with_labels:
        return export
    words = _codes({code: plain_label(label) for code, label in missing.items()})
    texts = dict(export.texts)
    for column in export.columns:
        codes = _codes_of(column, dictionary, events, words)
        if codes:
            texts[column.name] = _translated(column, texts[column.name], codes, slips)
    return replace(export, texts=texts)


def _codes(labels: Mapping[str, str]) -> dict[str, str]:
    """The code of each label, doubtful where there are several."""
    codes: dict[str, str] = {}
    for code, label in labels.items():
        codes[label] = _DOUBTFUL if label in codes else code
    return codes


def _codes_of(column: Column, dictionary: Dictionary, events: Events, missing: Codes) -> Codes:
    """The codes of the labels that a column may hold."""
    if column.role == "status":
        return _STATUS
    if column.role in ("box", "missing box"):
        return _BOX
    if column.name == EVENT:
        return events.by_label
    if column.name == INSTRUMENT:
        return {form: form for form in dictionary.forms}
    return _field_codes(column.field, missing) if column.role == "field" and column.field else {}


def _field_codes(field: Field, missing: Codes) -> Codes:
    """The codes of a field's own labels, and of those of missing-data codes."""
    if field.kind in CHOSEN:
        own = _codes({code: plain_label(label) for code, label in field.choices.items()})
        return {**missing, **own}
    return missing


def _translated(
    column: Column, texts: Sequence[str], codes: Codes, slips: Slips
) -> tuple[str, ...]:
    """A column with its codes; texts that are no label stay as they are."""
    known = {text: _code(column, text, codes) for text in set(texts)}
    if _DOUBTFUL in known.values():
        for row, text in enumerate(texts):
            if known[text] == _DOUBTFUL:
                _refuse(column, row, text, slips)
    return tuple([known[text] for text in texts])


def _code(column: Column, text: str, codes: Codes) -> str:
    plain = plain_label(text)
    if column.name == INSTRUMENT:
        return codes.get(slug(plain), text)
    if column.name == EVENT:
        return codes.get(plain, codes.get(plain_event(plain), text))
    return codes.get(plain, text) if plain else text


def _refuse(column: Column, row: int, text: str, slips: Slips) -> None:
    hidden = column.field is not None and column.field.is_identifier
    shown = "a label" if hidden else f"'{text}'"
    slips.of_cell(
        row,
        column.name,
        f"{shown}, the label of several codes",
        "a label of one code",
        "export the records again: csv, raw data",
    )
