"""donors.csv of a drawn study: who is in which group, who takes what, and a value in every other
column that the study asks for.

Columns that no assumption speaks of (an age that is adjusted for) are dealt out over the donors in
a fixed order that spreads evenly over every group: they have nothing to do with any result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import polars as pl

from exvivo.arrays import Bools
from exvivo.simulate.population.model import DataModel
from exvivo.study import Characteristic, Treatment
from exvivo.study.questions import columns_asked

_GOLDEN = 0.6180339887498949
"""Multiples of it, less their whole part, are spread evenly however many are taken."""
_NUMBERS, _OF_BMI = (20.0, 50.0), (18.0, 16.0)
"""The least of a number and how far the largest lies above it: as ages are, and as the body mass
index is.
"""
_LEVELS = ("a", "b")
_RESERVED = ("donor", "group")


def donor_names(model: DataModel) -> list[str]:
    """The name of every planned donor: the group and a number (FM01)."""
    width = len(str(max(model.donors, default=1)))
    return [
        f"{group}{number:0{max(width, 2)}d}"
        for group, count in zip(model.groups, model.donors, strict=True)
        for number in range(1, count + 1)
    ]


def donor_table(model: DataModel, exposed: Bools) -> pl.DataFrame:
    """donors.csv, one row a planned donor, all cells as text: donor, group, what they are exposed
    to (`exposed`, (donors, exposures)), and every column that the study names.
    """
    columns: dict[str, Sequence[str]] = {
        "donor": donor_names(model),
        "group": [model.groups[number] for number in model.group],
    }
    for name in _columns_of(model):
        if name in columns:
            continue
        exposures = zip(model.exposures, exposed.T, strict=True)
        ways = {each.value: who for each, who in exposures if each.column == name}
        columns[name] = _exposed(model, name, ways) if ways else list(_dealt(model, name))
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _columns_of(model: DataModel) -> Iterator[str]:
    """The columns that exposures, questions and the first table of the report name."""
    study = model.study
    yield from dict.fromkeys(
        chain(
            (exposure.column for exposure in model.exposures),
            chain.from_iterable(map(columns_asked, study.questions)),
            (characteristic.id for characteristic in study.characteristics),
        )
    )


def _exposed(model: DataModel, column: str, ways: Mapping[str, Bools]) -> list[str]:
    """The word of each donor: the first value that is true of them, else that they are not
    exposed.
    """
    words = [_unexposed(model, column)] * model.n
    for value, who in reversed(list(ways.items())):
        words = [value if has else word for has, word in zip(who.tolist(), words, strict=True)]
    return words


def _unexposed(model: DataModel, column: str) -> str:
    """What stands there for a donor who is not exposed, as the questions write it."""
    for question in model.study.questions:
        if isinstance(question, Treatment) and question.exposure == column:
            return question.not_exposed[0] if question.not_exposed else "no"
    return "no"


def _dealt(model: DataModel, column: str) -> Iterator[str]:
    """A value for every donor of a column that nothing is assumed of."""
    kinds = {each.id: each for each in model.study.characteristics}
    kind = kinds.get(column, Characteristic(id=column, kind="number"))
    for count in model.donors:
        for number in range(1, count + 1):
            yield _value(kind, number * _GOLDEN % 1.0)


def _value(kind: Characteristic, place: float) -> str:
    """What stands at a place between 0 and 1 of everybody."""
    match kind.kind:
        case "category" | "medication":
            levels = kind.levels or (_LEVELS if kind.kind == "category" else ("none",))
            return levels[int(place * len(levels))]
        case "yes or no":
            return "yes" if place < 1 / 2 else "no"
        case "date":
            return f"2026-01-{1 + int(28 * place):02d}"
        case _:
            least, width = _OF_BMI if kind.id.casefold() == "bmi" else _NUMBERS
            return f"{least + width * place:.0f}"
