"""A REDCap project as a part of study.yaml: each of its fields mapped, or left out with a reason.
What was proposed and nobody has confirmed is an open question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from exvivo.draft.redcap.columns import Column, columns_of
from exvivo.draft.redcap.criteria import KEY, criteria
from exvivo.draft.redcap.numbers import pain_among, ratings_among, totals_among
from exvivo.draft.redcap.people import (
    Proposed,
    born_among,
    characteristics_among,
    drawn_among,
    groups_among,
    groups_of,
    is_number,
    seen_among,
)
from exvivo.draft.redcap.questionnaires import Partly, Recognised, alike, recognised
from exvivo.draft.redcap.seen import Seen
from exvivo.draft.redcap.words import patterns
from exvivo.read.redcap import Dictionary, Field
from exvivo.study import Group
from exvivo.study.clinic_records import Characteristic, Questionnaire, Scale
from exvivo.study.scoring import ScoringKey

_SINGLE = ("VAS", "NRS")
"""Questionnaires of one number."""
_EVERYBODY = Group(id="participants", name="participants")
_CRITERIA = (KEY, "ACR 2011")
"""Those that are told by the labels of painful areas."""


@dataclass(frozen=True)
class Proposal:
    """What the fields of a project were taken for. `partly` are fields that are named as a known
    questionnaire and do not fit it, `alike` those that would fit one by their answers alone.
    """

    dictionary: Dictionary
    seen: Seen
    group: Proposed
    groups: tuple[Group, ...]
    born: Proposed
    day: Proposed
    drawn: Proposed
    recognised: tuple[Recognised, ...] = ()
    partly: tuple[Partly, ...] = ()
    alike: tuple[tuple[tuple[Column, ...], tuple[ScoringKey, ...]], ...] = ()
    numbers: tuple[Questionnaire, ...] = ()
    scales: tuple[Scale, ...] = ()
    characteristics: tuple[Characteristic, ...] = ()
    used: frozenset[str] = field(default=frozenset())

    @property
    def questionnaires(self) -> tuple[Questionnaire, ...]:
        """All questionnaires with the fields of their items, in the order of the dictionary."""
        several = sorted(self.recognised, key=lambda each: each.columns[0].field.line)
        return (*map(_questionnaire, several), *self.numbers)

    @property
    def donor(self) -> Field:
        """The field with the record's id."""
        return self.dictionary.record


def _questionnaire(each: Recognised) -> Questionnaire:
    items = patterns([column.name for column in each.columns])
    return Questionnaire(id=each.key.id, items=items, coding=each.coding)


def proposal(dictionary: Dictionary, seen: Seen, keys: Sequence[ScoringKey]) -> Proposal:
    """What each field of a dictionary may be."""
    fields = dictionary.fields[1:]
    days = _days(fields)
    answers = [each for each in fields if not each.is_identifier and each.name not in _names(days)]
    columns = columns_of(answers)
    fits = list(_questionnaires(columns, keys))
    group = groups_among(column.field for column in _without(columns, fits))
    people = (group, *days)
    rest = [each for each in _without(columns, fits) if each.field.name != group.field]
    numbers = tuple(_numbers(rest, keys, [fit.key.id for fit in fits]))
    rest = [column for column in rest if column.name not in _named_by(numbers)]
    scales = tuple(ratings_among(rest))
    left = _left(rest, scales)
    forms = {dictionary.by_name[name].form for name in (group.field, days[0].field) if name}
    known = tuple(characteristics_among(left, forms))
    own = tuple(fit for fit in fits if isinstance(fit, Recognised))
    own_fields = {*_names(people), *_fields_of(own), *_named_by(numbers)}
    named = chain((scale.id for scale in scales), (each.id for each in known))
    return Proposal(
        dictionary,
        seen,
        group,
        groups_of(dictionary.by_name[group.field]) if group.field else (_EVERYBODY,),
        *days,
        recognised=own,
        partly=tuple(fit for fit in fits if isinstance(fit, Partly)),
        alike=tuple(_alike(rest, keys, {each.id for each in known})),
        numbers=numbers,
        scales=scales,
        characteristics=known,
        used=frozenset({dictionary.record.name, *own_fields, *named}),
    )


def _days(fields: Sequence[Field]) -> tuple[Proposed, Proposed, Proposed]:
    """Day of birth, day of the visit, day of the blood draw."""
    has_age = any(each.name == "age" and is_number(each) for each in fields)
    born = Proposed() if has_age else born_among(fields)
    days = [each for each in fields if each.name != born.field]
    drawn = drawn_among(days)
    others = [each for each in days if each.name != drawn.field]
    return born, seen_among(others), drawn


def _names(proposed: Iterable[Proposed]) -> set[str]:
    return {each.field for each in proposed if each.field}


def _questionnaires(
    columns: Sequence[Column], keys: Sequence[ScoringKey]
) -> Iterator[Recognised | Partly]:
    """Known questionnaires: those by names, then the criteria by the labels of their areas."""
    several = [key for key in keys if key.id not in (*_SINGLE, *_CRITERIA)]
    fits = list(recognised(columns, several))
    yield from fits
    for key in keys:
        if key.id == KEY:
            yield from criteria(_without(columns, fits), key)


def _without(columns: Iterable[Column], fits: Iterable[Recognised | Partly]) -> list[Column]:
    """The columns of fields that belong to no questionnaire."""
    taken = _fields_of(fits)
    return [column for column in columns if column.field.name not in taken]


def _fields_of(fits: Iterable[Recognised | Partly]) -> set[str]:
    columns = chain.from_iterable(fit.columns for fit in fits)
    return {column.field.name for column in columns}


def _numbers(
    columns: Sequence[Column], keys: Sequence[ScoringKey], taken: Sequence[str]
) -> Iterator[Questionnaire]:
    """Questionnaires of one number, and ready totals."""
    yield from pain_among(columns, keys, taken)
    several = [key for key in keys if key.id not in _SINGLE]
    yield from totals_among(columns, several, taken)


def _named_by(numbers: Iterable[Questionnaire]) -> set[str]:
    return set().union(*((*each.items, *each.totals.values()) for each in numbers))


def _left(columns: Iterable[Column], scales: Iterable[Scale]) -> list[Field]:
    """The fields of columns that are no scale, each once."""
    taken = {scale.id for scale in scales}
    fields = {column.field.name: column.field for column in columns}
    return [each for name, each in fields.items() if name not in taken]


def _alike(
    columns: Sequence[Column], keys: Sequence[ScoringKey], known: set[str]
) -> Iterator[tuple[tuple[Column, ...], tuple[ScoringKey, ...]]]:
    """Numbered fields that would fit a questionnaire, each row of them with the keys it fits."""
    rows: dict[tuple[str, ...], tuple[tuple[Column, ...], list[ScoringKey]]] = {}
    for key, own in alike(columns, keys, known):
        names = tuple(column.name for column in own)
        rows.setdefault(names, (own, []))[1].append(key)
    for own, of_row in rows.values():
        yield own, tuple(of_row)
