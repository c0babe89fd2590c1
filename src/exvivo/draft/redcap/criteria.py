"""The items of the fibromyalgia criteria among the fields of a form: painful areas by the labels of
their boxes, symptoms by words of their labels or, where these tell nothing, by their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from exvivo.draft.redcap.columns import Column
from exvivo.draft.redcap.questionnaires import Partly, Recognised
from exvivo.draft.redcap.words import holds, words
from exvivo.study.scoring import ScoringKey

KEY = "ACR 2016"
"""The key that is proposed: those of 2011 have the same items."""
_SIDES = {"left": "l", "lt": "l", "right": "r", "rt": "r"}
_SEVERITY = {
    "fatigue": ("fatigue", "tired", "exhaust"),
    "unrefreshed": ("unrefresh", "refresh", "wak", "sleep"),
    "cognition": ("cognit", "think", "memor", "concentr", "fog"),
}
_PRESENT = {
    "headache": ("head", "migraine"),
    "lower_abdomen": ("abdom", "cramp", "bowel", "belly"),
    "depression": ("depress", "mood"),
}
_MONTHS = ("month", "duration", "since")
_HALF = 10
"""Areas of 19 from which a form is held for one of the criteria."""

By = dict[str, Column]
"""Columns by the items they are."""


def criteria(columns: Sequence[Column], key: ScoringKey) -> Iterator[Recognised | Partly]:
    """The criteria among some columns: in each form that names ten areas or more."""
    for form in dict.fromkeys(column.field.form for column in columns):
        of_form = [column for column in columns if column.field.form == form]
        areas = _areas(of_form, key)
        if len(areas) >= _HALF:
            yield _with_symptoms(of_form, areas, key)


def _areas(columns: Iterable[Column], key: ScoringKey) -> By:
    """Columns by the area that their labels name: the one of which most words are there, each
    once.
    """
    by_item: By = {}
    items = {item.id: set(item.id.split("_")) for item in key.every_item}
    for column in columns:
        named = {_SIDES.get(word, word) for word in words(f"{column.name} {column.label}")}
        fits = [name for name, parts in items.items() if parts <= named and _is_area(name)]
        if fits and column.allows(0, 1):
            by_item.setdefault(max(fits, key=lambda name: len(items[name])), column)
    return by_item


def _is_area(item: str) -> bool:
    return item not in (*_SEVERITY, *_PRESENT, "months")


def _with_symptoms(columns: Sequence[Column], areas: By, key: ScoringKey) -> Recognised | Partly:
    """The areas with the symptoms beside them, in the order of the key."""
    others = [column for column in columns if column not in areas.values()]
    doubts: list[str] = []
    severity = _symptoms([c for c in others if c.allows(0, 3)], _SEVERITY, doubts)
    present = _symptoms([c for c in others if c.allows(0, 1)], _PRESENT, doubts)
    spans = [c for c in others if holds((c.name, c.label), _MONTHS)]
    months = {"months": spans[0]} if spans else {}
    by_item = {**areas, **severity, **present, **months}
    items = [item.id for item in key.every_item]
    own = tuple(by_item[item] for item in items if item in by_item)
    if absent := [item for item in items if item not in by_item]:
        return Partly(key, own, f"no field is {', '.join(absent[:5])}")
    return Recognised(key, own, order="; ".join(doubts))


def _symptoms(
    columns: Sequence[Column], stems: Mapping[str, Iterable[str]], doubts: list[str]
) -> By:
    """Columns by the symptom of their labels; as many of them as symptoms by their order, which is
    a doubt.
    """
    by_label: By = {}
    for column in columns:
        of_label = [item for item, own in stems.items() if holds((column.name, column.label), own)]
        if len(of_label) == 1:
            by_label.setdefault(of_label[0], column)
    if len(by_label) == len(stems):
        return by_label
    if len(columns) != len(stems):
        return by_label
    in_order = dict(zip(stems, columns, strict=True))
    doubts.append(", ".join(f"{column.name} = {item}" for item, column in in_order.items()))
    return in_order
