"""Which fields are the items of a known questionnaire: by their names (or that of their form), by
how many there are, and by the answers they take. All three must agree, else it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from exvivo.draft.redcap.columns import Column
from exvivo.draft.redcap.words import plain
from exvivo.study.scoring import ScoringKey

_STEM = re.compile(r"(.*?)(\d+)(\D?)")
_FEWEST = 3
_ALSO = {
    "rand36": ("rand",),
    "phq9": ("phq",),
    "gad7": ("gad",),
    "bdiii": ("bdi2", "bdi"),
    "hamd17": ("hamd", "hdrs17", "hdrs"),
    "hama": ("hars",),
    "eq5d5l": ("eq5d",),
    "mgqol15": ("mgqol",),
}
"""Other short names of questionnaires, as fields are called by them."""


@dataclass(frozen=True)
class Recognised:
    """Columns that are the items of a questionnaire, in the order of its key. `coding` is how they
    were taken to be written, `codings` all ways that their answers fit, where these are several;
    `order` says what was told by the order of fields only.
    """

    key: ScoringKey
    columns: tuple[Column, ...]
    coding: str = ""
    codings: tuple[str, ...] = ()
    order: str = ""


@dataclass(frozen=True)
class Partly:
    """Columns that are named as the items of a questionnaire and do not fit it: `why`."""

    key: ScoringKey
    columns: tuple[Column, ...]
    why: str


def recognised(
    columns: Sequence[Column], keys: Iterable[ScoringKey]
) -> Iterator[Recognised | Partly]:
    """The questionnaires among some columns. A column belongs to one at most: to the one of which
    most items are there.
    """
    fits = chain.from_iterable(_fits(columns, key) for key in keys if key.items)
    taken: set[str] = set()
    for key, by_item in sorted(fits, key=lambda fit: -len(fit[1])):
        own = tuple(by_item.values())
        if not taken & {column.name for column in own}:
            taken |= {column.name for column in own}
            yield judged(key, by_item)


_Fit = tuple[ScoringKey, Mapping[str, Column]]


def _fits(columns: Sequence[Column], key: ScoringKey) -> Iterator[_Fit]:
    """The columns of one form that are named as the items of a key, where they are half of them or
    more.
    """
    for form in dict.fromkeys(column.field.form for column in columns):
        of_form = [column for column in columns if column.field.form == form]
        by_item = max((_named(of_form, key, stem) for stem in _stems(of_form, key)), key=len)
        if len(by_item) >= max(_FEWEST, len(key.every_item) / 2):
            yield key, by_item


def names_of(key: ScoringKey) -> tuple[str, ...]:
    """The short names of a questionnaire, without signs."""
    return (plain(key.id), *_ALSO.get(plain(key.id), ()))


def _stems(columns: Sequence[Column], key: ScoringKey) -> list[str]:
    """What the names of its items may begin with: a name of the questionnaire; where the form has
    that name, whatever its fields begin with.
    """
    names = names_of(key)
    if not columns or plain(columns[0].field.form) not in names:
        return list(names)
    own = [match[1] for column in columns if (match := _STEM.fullmatch(column.plain))]
    return [*names, *dict.fromkeys(own)]


def _named(columns: Sequence[Column], key: ScoringKey, stem: str) -> dict[str, Column]:
    """The columns called by a stem and an item, by item, in the order of the key."""
    by_rest: dict[str, Column] = {}
    for column in columns:
        if column.plain.startswith(stem):
            by_rest.setdefault(_without_zeros(column.plain.removeprefix(stem)), column)
    items = [item.id for item in key.every_item]
    return {item: by_rest[plain(item)] for item in items if plain(item) in by_rest}


def _without_zeros(item: str) -> str:
    return item.lstrip("0") or item


def judged(key: ScoringKey, by_item: Mapping[str, Column]) -> Recognised | Partly:
    """Whether columns named as items fit the key: all of them, with the answers it has."""
    columns = tuple(by_item.values())
    absent = [item.id for item in key.every_item if item.id not in by_item]
    if absent:
        count = len(key.every_item)
        return Partly(key, columns, f"{len(by_item)} of its {count} items are there")
    codings = _codings(key, by_item)
    if codings is None:
        odd = next(p for item, p in by_item.items() if not _takes(p, key, item, 0.0))
        return Partly(key, columns, f"`{odd.name}` takes other answers than its item")
    stated = codings[0] if len(key.codings) > 1 else ""
    return Recognised(key, columns, stated, codings if len(codings) > 1 else ())


def _codings(key: ScoringKey, by_item: Mapping[str, Column]) -> tuple[str, ...] | None:
    """The codings whose answers the columns take; None where no coding's are."""
    shifts = {coding.id: coding.shift for coding in key.codings} or {"": 0.0}
    return tuple(name for name, shift in shifts.items() if _fit(by_item, key, shift)) or None


def _fit(by_item: Mapping[str, Column], key: ScoringKey, shift: float) -> bool:
    """Whether all columns take the answers of their items."""
    return all(_takes(column, key, item, shift) for item, column in by_item.items())


def _takes(column: Column, key: ScoringKey, item: str, shift: float) -> bool:
    """Whether a column takes the answers of an item; one without limits may."""
    (of_key,) = (each for each in key.every_item if each.id == item)
    if of_key.kind == "clock" or column.lowest is None or column.highest is None:
        return column.field.kind in ("text", "calc", "slider")
    if of_key.kind == "number":
        return column.lowest >= of_key.lowest + shift and column.field.kind not in ("checkbox",)
    return column.allows(of_key.lowest + shift, of_key.highest + shift)


def alike(
    columns: Sequence[Column], keys: Iterable[ScoringKey], among: Collection[str]
) -> Iterator[tuple[ScoringKey, tuple[Column, ...]]]:
    """Numbered fields of one form that have as many items, and the same answers, as a key, under a
    name that says nothing: each with the keys that fit.
    """
    rows: dict[tuple[str, str], dict[str, Column]] = {}
    for column in columns:
        match = _STEM.fullmatch(column.plain)
        if match and column.name not in among and column.field.kind != "checkbox":
            row = rows.setdefault((column.field.form, match[1]), {})
            row.setdefault(_without_zeros(match[2] + match[3]), column)
    for row in rows.values():
        for key in keys:
            items = [item.id for item in key.every_item]
            fits = len(items) > _FEWEST and list(row) == items
            if fits and _codings(key, row):
                yield key, tuple(row.values())
