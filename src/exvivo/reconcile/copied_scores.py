"""People whose scores, and other numbers of donors.csv, are those of another."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from exvivo.flagged import Flag, Scope
from exvivo.reconcile.chance import by_density, steps
from exvivo.reconcile.held import Held
from exvivo.reconcile.matrix import Matrix, Pair
from exvivo.words import listed

_MOSTLY = 0.6
"""The part of two people's numbers that a copied line shares."""
_LIKELY = -4.5
"""log10 of the chance from which it is worth a look: scales of one illness go together."""
_COLUMN = ["of", "visit"]


def copied_scores(held: Held) -> Iterator[Flag]:
    """Donors whose scores are those of another, with so many digits that it is no accident."""
    numbers = person_numbers(held)
    if numbers.is_empty():
        return
    matrix = Matrix.of(numbers, ["donor"], _COLUMN)
    for pair in matrix.pairs(least=_MOSTLY):
        if not pair.near and pair.log10_chance <= _LIKELY:
            yield _flag(matrix, pair, numbers, held)


def person_numbers(held: Held) -> pl.DataFrame:
    """Every number of a person: `of` (a scale, or a column of donors.csv), `visit`, `number`, its
    `step`, and the `chance` that another person has it. The ends of a scale say nothing.
    """
    scores = held.clinic.drop_nulls("score").select("donor", "visit", of="scale", number="score")
    every = pl.concat([scores, _columns(held.study.donors)], how="diagonal")
    every = every.unique(["donor", *_COLUMN], keep="first", maintain_order=True)
    ends = _all_ends(held)
    parts = [_with_chance(part, ends) for part in every.partition_by(_COLUMN, maintain_order=True)]
    return pl.concat(parts) if parts else every


def _all_ends(held: Held) -> set[tuple[str, float]]:
    """The ends of every scale."""
    scales = held.study.scales
    return set().union(*(_ends(each.id, each.lowest, each.highest) for each in scales))


def _ends(scale: str, lowest: float, highest: float) -> set[tuple[str, float]]:
    return {(scale, lowest), (scale, highest)}


def _columns(donors: pl.DataFrame) -> pl.DataFrame:
    """The columns of donors.csv that hold numbers, as rows."""
    names = [name for name in donors.columns if name not in ("donor", "group")]
    if not names or donors.is_empty():
        return pl.DataFrame(schema={"donor": pl.String, "of": pl.String, "number": pl.Float64})
    long = donors.select("donor", *names).unpivot(
        index="donor", variable_name="of", value_name="text"
    )
    number = pl.col("text").cast(pl.Float64, strict=False)
    return long.with_columns(number=number).filter(number.is_finite()).drop("text")


def _with_chance(rows: pl.DataFrame, ends: set[tuple[str, float]]) -> pl.DataFrame:
    """One column with steps and chances."""
    values = rows["number"].to_numpy()
    step = steps(values)
    at_end = np.array([pair in ends for pair in rows.select("of", "number").iter_rows()])
    chance = np.where(at_end, 1.0, by_density(values, step))
    return rows.with_columns(step=pl.Series(step), chance=pl.Series(chance))


def _flag(matrix: Matrix, pair: Pair, numbers: pl.DataFrame, held: Held) -> Flag:
    first, second = matrix.rows[pair.first][0], matrix.rows[pair.second][0]
    equal = numbers[matrix.readings[pair.second, pair.equal]]
    facts = [f"{of} {number:g}" for of, number in equal.select("of", "number").iter_rows()]
    scales = [scale.id for scale in held.study.scales if scale.id in equal["of"]]
    columns = [of for of in equal["of"].unique(maintain_order=True) if of not in scales]
    return Flag(
        table="clinic",
        row=f"{first}, {second}",
        severity="stop" if pair.is_sure else "look",
        what=(
            f"{second} has {pair.equal.size} of {pair.shared} numbers of {first}: "
            f"{listed(facts[:8])}"
        ),
        why="two people seldom share so many: a line was copied, or one person is in it twice",
        cure="compare both lines of clinic.csv and donors.csv with the forms they were typed from",
        place="clinic",
        evidence=(first, second, *facts),
        scope=Scope(
            donors=(first, second),
            scales=tuple(scales),
            columns=() if scales else tuple(columns),
        ),
    )
