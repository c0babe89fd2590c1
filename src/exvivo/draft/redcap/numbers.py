"""Single numbers that are scales: pain from 0 to 100 or to 10, ready totals of questionnaires, and
other lines and ratings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from exvivo.draft.redcap.columns import Column
from exvivo.draft.redcap.words import holds, plain, words
from exvivo.study.clinic_records import Questionnaire, Scale
from exvivo.study.scoring import ScoringKey

_PAIN = ("pain", "schmerz", "douleur", "dolor")
_RATING = ("vas ", "nrs ", "rating")
_BETTER = ("well", "wellbeing", "quality", "health", "vitality", "energy")
_RANGES = {(0.0, 100.0): "VAS", (0.0, 10.0): "NRS"}
_TOTAL = ("", "total", "score", "sum", "calc", "tot")


def pain_among(
    columns: Iterable[Column], keys: Iterable[ScoringKey], taken: Collection[str]
) -> Iterator[Questionnaire]:
    """The VAS and the NRS of pain, the first field of each: by its range and its words."""
    known = {key.id for key in keys} - set(taken)
    for column in columns:
        name = _RANGES.get((column.lowest or 0.0, column.highest or 0.0), "")
        if name in known and is_rating(column) and holds(_texts(column), _PAIN):
            known.discard(name)
            yield Questionnaire(id=name, items=(column.name,))


def ratings_among(columns: Iterable[Column]) -> Iterator[Scale]:
    """Other lines from 0 to 100 and ratings from 0 to 10, under the names of their fields."""
    for column in columns:
        if is_rating(column) and column.lowest is not None and column.highest is not None:
            yield Scale(
                id=column.name,
                name=column.label or column.name,
                lowest=column.lowest,
                highest=column.highest,
                higher_is="better" if holds(_texts(column), _BETTER) else "worse",
            )


def is_rating(column: Column) -> bool:
    """Whether a field is a line or rating: a slider, or numbers from 0 to 10 or 100 of pain or
    called so.
    """
    fits = (column.lowest, column.highest) in _RANGES
    called = holds(_texts(column), (*_RATING, *_PAIN))
    return fits and (column.field.kind == "slider" or called)


def _texts(column: Column) -> tuple[str, str]:
    return column.name, column.label


def totals_among(
    columns: Sequence[Column], keys: Iterable[ScoringKey], taken: Collection[str]
) -> Iterator[Questionnaire]:
    """Questionnaires of which only ready totals are there, by the names of their scores."""
    for key in keys:
        if key.id not in taken:
            totals: dict[str, str] = {}
            for score in key.scores:
                if of_score := [c.name for c in columns if _is_total(c, score.id)]:
                    totals[score.id] = of_score[0]
            if totals:
                yield Questionnaire(id=key.id, totals=totals, scores=tuple(totals))


def _is_total(column: Column, score: str) -> bool:
    """Whether a number is called as a score is: hads_a, hads_a_total."""
    if column.field.kind not in ("text", "calc", "slider"):
        return False
    if column.field.kind == "text" and not column.field.validation.startswith(("num", "int")):
        return False
    return column.plain in {plain(score) + ending for ending in _TOTAL}


def asked_in(formula: str) -> set[str]:
    """The fields that a calculated field is made of.

    >>> sorted(asked_in("sum([hads1],[e_arm_1][hads3])"))
    ['e_arm_1', 'hads1', 'hads3']
    """
    parts = formula.replace("]", "[").split("[")[1::2]
    return {part.partition("(")[0].strip() for part in parts if words(part)}
