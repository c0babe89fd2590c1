"""The first table as a reader sees it, and as a csv."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from exvivo.study import Study
from exvivo.study.characteristics import Why
from exvivo.tell import words
from exvivo.tell.cohort.records import (
    Apart,
    CategoryRow,
    Cohort,
    Known,
    NumberRow,
    Numbers,
    Row,
)
from exvivo.words import listed, shortened

FILE = "cohort.csv"
"""Its file in the data of the report."""
_INFINITE = "∞"
_WHY: dict[Why, str] = {
    "numbers": "numbers that may be measured or be codes",
    "numbers and words": "numbers beside words",
    "days": "days",
    "many words": "many different words",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands under one group: the summary, and of how many nothing is known, or was asked."""

    value: str
    missing: str = ""
    not_applicable: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; the first of a row has its standardised difference."""

    head: str
    cells: tuple[Cell, ...]
    apart: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of a row, the first of them its head."""

    first: Line
    more: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """The table as it stands on a page. `not_applicable` says whether anything is."""

    groups: tuple[str, ...]
    blocks: tuple[Block, ...]
    not_applicable: bool
    several: bool
    notes: tuple[str, ...]


def shown(cohort: Cohort, study: Study) -> Shown:
    """The table in words."""
    heads = tuple(f"{study.name_of(group)} (n = {n})" for group, n in cohort.groups)
    known = [each for row in cohort.rows for each in row.groups]
    return Shown(
        heads,
        tuple(_block(row, study) for row in cohort.rows),
        any(each.not_applicable for each in known),
        len(cohort.groups) > 1,
        tuple(_notes(cohort)),
    )


def _block(row: Row, study: Study) -> Block:
    """The lines of a row."""
    apart = _apart(row.apart, study, several=len(row.groups) > 2)
    if isinstance(row, NumberRow):
        cells = tuple(_head(each, f"n = {each.known}") for each in row.groups)
        return Block(Line(row.name, cells, apart), tuple(_number_lines(row)))
    if row.only_first:
        shares = _shares(row, 0)
        cells = tuple(map(_head, row.groups, shares))
        return Block(Line(row.name, cells, apart), ())
    cells = tuple(_head(each, f"n = {each.known}") for each in row.groups)
    levels = enumerate(row.levels)
    return Block(
        Line(row.name, cells, apart),
        tuple(Line(level, tuple(map(Cell, _shares(row, i)))) for i, level in levels),
    )


def _head(known: Known, value: str) -> Cell:
    """The first cell of a group, with what is not known."""
    return Cell(value, str(known.missing), str(known.not_applicable))


def _shares(row: CategoryRow, level: int) -> list[str]:
    """`9 (69 %)` of each group: of those of whom it is known."""
    texts = []
    for known, counts in zip(row.groups, row.counts, strict=True):
        share = f" ({100 * counts[level] / known.known:.0f} %)" if known.known else ""
        texts.append(f"{counts[level]}{share}" if known.known else words.NO_NUMBER)
    return texts


def _number_lines(row: NumberRow) -> Iterator[Line]:
    """Mean, median and range, group by group; prorated scores where there are any."""
    yield Line("mean (SD)", tuple(Cell(_mean(each)) for each in row.numbers))
    yield Line("median (quartiles)", tuple(Cell(_median(each)) for each in row.numbers))
    yield Line("range", tuple(Cell(_range(each)) for each in row.numbers))
    if any(each.prorated for each in row.groups):
        yield Line("prorated for gaps", tuple(Cell(str(each.prorated)) for each in row.groups))


def _mean(of: Numbers | None) -> str:
    if of is None:
        return words.NO_NUMBER
    sd = words.NO_NUMBER if of.sd is None else words.amount_of(of.sd)
    return f"{words.amount_of(of.mean)} ({sd})"


def _median(of: Numbers | None) -> str:
    if of is None:
        return words.NO_NUMBER
    quartiles = map(words.amount_of, (of.lower_quartile, of.upper_quartile))
    return f"{words.amount_of(of.median)} ({' to '.join(quartiles)})"


def _range(of: Numbers | None) -> str:
    if of is None:
        return words.NO_NUMBER
    return f"{words.amount_of(of.lowest)} to {words.amount_of(of.highest)}"


def _apart(apart: Apart, study: Study, *, several: bool) -> str:
    """`0.35`; of more than two groups with the pair."""
    if apart.size is None:
        return words.NO_NUMBER
    size = _INFINITE if math.isinf(apart.size) else f"{apart.size:.2f}"
    if not several or apart.between is None:
        return size
    return f"{size} ({' and '.join(map(study.name_of, apart.between))})"


def _notes(cohort: Cohort) -> Iterator[str]:
    """What must be known to read the table, and what is not in it."""
    if any(row.apart.size is not None for row in cohort.rows):
        pair = ", of the two groups furthest apart" if len(cohort.groups) > 2 else ""
        yield (
            f"Standardised difference{pair}: the distance of the groups in standard deviations (of "
            "categories after Yang and Dalton); who is not known takes no part in it, nor in any "
            "percentage. There are no p values: who was recruited is no sample of chance."
        )
    if any(row.apart.size is not None and math.isinf(row.apart.size) for row in cohort.rows):
        yield f"{_INFINITE}: the groups have nothing in common."
    if cohort.visits_left_out:
        yield f"Visits without rows here: {shortened(cohort.visits_left_out)}."
    for why, label in _WHY.items():
        columns = [each.column for each in cohort.unsummarised if each.why == why]
        if columns:
            yield _not_summarised(columns, label)
    if cohort.unrecognised:
        entries = [f"{each.entry} ({each.people})" for each in cohort.unrecognised]
        yield (
            "Medication that the catalog does not know, with how many people have it (their other "
            f"classes are counted as not known): {listed(entries)}."
        )


def _not_summarised(columns: Sequence[str], label: str) -> str:
    return (
        f"Not summarised: {listed(columns)} ({label}); declare "
        f"{'its kind' if len(columns) == 1 else 'their kinds'} under characteristics in study.yaml."
    )


_NUMBER_COLUMNS = (
    *("mean", "sd", "median", "lower_quartile", "upper_quartile", "lowest", "highest"),
)


def csv_frame(cohort: Cohort) -> pl.DataFrame:
    """The table as lines: one for each number or level of each group."""
    schema: dict[str, Any] = dict.fromkeys(("characteristic", "name", "level", "group"), pl.String)
    schema |= dict.fromkeys(("known", "missing", "not_applicable", "prorated", "count"), pl.Int64)
    schema |= dict.fromkeys(("percent", *_NUMBER_COLUMNS, "standardised_difference"), pl.Float64)
    schema |= {"between": pl.String}
    return pl.DataFrame([line for row in cohort.rows for line in _csv(row, cohort)], schema=schema)


def _csv(row: Row, cohort: Cohort) -> Iterator[dict[str, Any]]:
    """The lines of a row."""
    for i, (group, known) in enumerate(zip(cohort.groups, row.groups, strict=True)):
        whole = {
            "characteristic": row.id,
            "name": row.name,
            "group": group[0],
            "known": known.known,
            "missing": known.missing,
            "not_applicable": known.not_applicable,
            "prorated": known.prorated,
            "standardised_difference": row.apart.size,
            "between": " and ".join(row.apart.between or ()) or None,
        }
        if isinstance(row, NumberRow):
            own = row.numbers[i]
            yield whole | ({name: getattr(own, name) for name in _NUMBER_COLUMNS} if own else {})
        else:
            for level, count in zip(row.levels, row.counts[i], strict=True):
                share = 100 * count / known.known if known.known else None
                yield whole | {"level": level, "count": count, "percent": share}
