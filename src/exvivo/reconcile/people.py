"""What donors.csv says of people, held against what can be, and against who was measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.study.unknown import number_of
from exvivo.words import counted, shortened

_SHOWN = 6


@dataclass(frozen=True)
class _Range:
    """What a fact of a person can be: columns by these names lie from `lowest` to `highest`."""

    what: str
    columns: tuple[str, ...]
    lowest: float
    highest: float


_AGE = _Range(
    "age",
    ("age", "alter", "age_years", "age (years)", "age_at_visit", "visiting_age", "alter_jahre"),
    0.0,
    120.0,
)
_BMI = _Range("body mass index", ("bmi", "bmi (kg/m2)", "bmi_kg_m2"), 8.0, 100.0)
_YEARS = range(1900, 2100)


def impossible_ages(held: Held) -> Iterator[Flag]:
    """Ages that nobody has: below 0, above 120, years of birth."""
    yield from _impossible(held, _AGE)


def impossible_body_mass_indices(held: Held) -> Iterator[Flag]:
    """Body mass indices that nobody has: below 8 or above 100."""
    yield from _impossible(held, _BMI)


def _impossible(held: Held, can_be: _Range) -> Iterator[Flag]:
    """The values of a column that lie outside what can be, one flag a column."""
    donors = held.study.donors
    for column in donors.columns:
        if column.casefold() not in can_be.columns:
            continue
        outside = {
            donor: word
            for donor, word in donors.select("donor", column).iter_rows()
            if _is_outside(number_of(str(word or "")), can_be)
        }
        if outside:
            yield _outside(column, outside, can_be)


def _is_outside(number: float | None, can_be: _Range) -> bool:
    return number is not None and not can_be.lowest <= number <= can_be.highest


def _outside(column: str, outside: dict[str, str], can_be: _Range) -> Flag:
    """The flag of values that nobody has."""
    named = [f"{donor} {word}" for donor, word in outside.items()]
    years = all((number_of(word) or 0.0) in _YEARS for word in outside.values())
    born = can_be.what == "age" and years
    return Flag(
        table="donors",
        row=shortened(list(outside), _SHOWN),
        severity="stop",
        place=column,
        what=f"{column} that is no {can_be.what}: {shortened(named, _SHOWN)}"
        + (", which may be years of birth" if born else ""),
        why=f"an answer that adjusts for it would hold something else than {can_be.what}",
        cure="correct the cells of donors.csv; a number that stands for unknown is declared: "
        "`missing: [-99]`",
        evidence=tuple(named),
        scope=Scope(columns=(column,), donors=tuple(outside)),
    )


def group_sizes(held: Held) -> Iterator[Flag]:
    """Groups of another size than study.yaml states."""
    for group in held.study.groups:
        donors = held.study.donors.filter(pl.col("group") == group.id)["donor"].to_list()
        if group.n is None or group.n == len(donors):
            continue
        yield Flag(
            table="donors",
            row=group.id,
            severity="look",
            place=group.id,
            what=f"{counted(len(donors), 'donor')} in donors.csv, where "
            f"study.yaml states {group.n}",
            why="people may be missing, entered twice, or in another group",
            cure="correct donors.csv, or `n` of the group",
            evidence=(str(group.n), *donors),
            scope=Scope(donors=tuple(donors)),
        )


def donors_without_a_well(held: Held) -> Iterator[Flag]:
    """Donors of donors.csv that no layout gives a well."""
    layout = held.study.layout
    measured = set(layout["donor"].drop_nulls()) | set(layout["control"].drop_nulls())
    absent = [donor for donor in held.study.donors["donor"] if donor not in measured]
    if not absent or not measured:
        return
    yield Flag(
        table="donors",
        row=shortened(absent, _SHOWN),
        severity="look",
        place="donors",
        what=counted(
            len(absent),
            "donor of donors.csv has no well in any layout",
            "donors of donors.csv have no well in any layout",
        )
        + f": {shortened(absent, _SHOWN)}",
        why="people who are missing for a reason that has to do with the question bias the answer",
        cure="add their wells, or say in the report why they were not measured",
        evidence=tuple(absent),
        scope=Scope(donors=tuple(absent)),
    )
