"""Columns of scores held against what they are: in one unit, and in the order of their people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import lgamma, log

import polars as pl

from exvivo.flagged import Flag, Scope
from exvivo.reconcile.held import Held
from exvivo.study import Scale
from exvivo.words import shortened

_TENTH = 10.0
"""Centimetres of a scale in millimetres, and tens of a scale of a hundred."""
_LARGE = 50.0
"""The highest score of a scale that may have been written in tenths of it."""
_WHOLE = 0.6
"""The part of scores that are whole numbers where a scale is of whole numbers."""
_FEWEST = 8
"""Scores under which a column says nothing."""
_USED = 0.5
"""The part of a tenth of the scale that scores must reach to have been given on that tenth."""
_OFTEN = 0.25
"""The part of it that one score in four must pass."""
_DISTINCT = 6
"""Different numbers of a column under which its order says nothing."""
_CHANCE = log(1e-4)
"""Of an order by accident."""


def scores_in_tenths(held: Held) -> Iterator[Flag]:
    """Scales on which some scores, or all, are a tenth of what they should be: centimetres for
    millimetres.
    """
    for scale in held.study.scales:
        scores = held.clinic.filter(scale=scale.id).drop_nulls("score")
        if scale.lowest == 0 and scale.highest >= _LARGE and scores.height >= _FEWEST:
            yield from _some_in_tenths(scale, scores)
            yield from _all_in_tenths(scale, scores)


def _some_in_tenths(scale: Scale, scores: pl.DataFrame) -> Iterator[Flag]:
    """Fractions, all within a tenth of the scale, among whole numbers that are not."""
    is_whole = pl.col("score").round() == pl.col("score")
    fractions, whole = scores.filter(~is_whole), scores.filter(is_whole)
    tenth = scale.highest / _TENTH
    mostly_whole = whole.height >= _WHOLE * scores.height
    if fractions.is_empty() or not mostly_whole or max(fractions["score"]) > tenth:
        return
    named = [
        f"{donor} {score:g}" for donor, score in fractions.select("donor", "score").iter_rows()
    ]
    yield Flag(
        table="clinic",
        row=scale.id,
        severity="look",
        what=(
            f"{scale.id} of {shortened(named)}, where {whole.height} others are whole numbers up "
            f"to {max(whole['score']):g}"
        ),
        why="scores in centimetres among others in millimetres look like this: tenfold too low",
        cure="look up these scores; multiply them by ten in clinic.csv if they are centimetres",
        place=scale.id,
        evidence=(*named, f"others {whole.height}"),
        scope=Scope(
            scales=(scale.id,), donors=tuple(fractions["donor"].unique(maintain_order=True))
        ),
    )


def _all_in_tenths(scale: Scale, scores: pl.DataFrame) -> Iterator[Flag]:
    """A scale of which nobody passes a tenth, and that tenth is used."""
    values, tenth = scores["score"].to_list(), scale.highest / _TENTH
    upper = sorted(values)[3 * len(values) // 4]
    if _USED * tenth <= max(values) <= tenth and upper >= _OFTEN * tenth:
        yield Flag(
            table="clinic",
            row=scale.id,
            severity="look",
            what=(
                f"{len(values)} scores of {scale.id}, none above {max(values):g} of "
                f"{scale.highest:g}"
            ),
            why="a scale given from 0 to 10 looks like this; its range then misleads",
            cure=(
                f"write `highest: {tenth:g}` for {scale.id}, or the scores as study.yaml has the "
                "scale"
            ),
            place=scale.id,
            evidence=(f"{len(values)}", f"{max(values):g}"),
            scope=Scope(scales=(scale.id,)),
        )


# Columns sorted alone.


def columns_sorted_alone(held: Held) -> Iterator[Flag]:
    """Scores, and numbers of donors.csv, that rise or fall from line to line while the people stand
    in their own order.
    """
    for scale in held.study.scales:
        scores = held.clinic.filter(scale=scale.id).drop_nulls("score")
        part = _sorted_part(scores.select("donor", "group", "visit", "score"))
        if part is not None:
            yield _sorted_flag(scale.id, part, clinic=True)
    donors = held.study.donors
    for name in _numeric_columns(donors):
        columns = donors.select("donor", "group", visit=pl.lit(""), score=_number(name))
        part = _sorted_part(columns.drop_nulls("score"))
        if part is not None:
            yield _sorted_flag(name, part, clinic=False)


def _number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Float64, strict=False)


_COUNTED_ON = ("year", "date", "day", "batch", "number", "order", "no", "nr", "id", "run", "plate")
"""What a column is named whose numbers rise with the lines of themselves."""


def _numeric_columns(donors: pl.DataFrame) -> list[str]:
    """The columns of donors.csv that hold measurements of people."""
    names = [name for name in donors.columns if name not in ("donor", "group")]
    return [name for name in names if not _counts_on(name)]


def _counts_on(name: str) -> bool:
    words = name.casefold().replace("_", " ").split()
    return any(word in _COUNTED_ON for word in words)


def _sorted_part(rows: pl.DataFrame) -> pl.DataFrame | None:
    """The rows of all, of a visit or of a group whose numbers are in order while their donors are
    too.
    """
    parts = _parts(rows)
    for part in parts:
        values, donors = part["score"].to_list(), part["donor"].to_list()
        if _is_sorted(values, len(parts)) and _in_order(donors):
            return part
    return None


def _parts(rows: pl.DataFrame) -> list[pl.DataFrame]:
    """All rows, and those of each visit, group and both, where there are several."""
    parts = [rows]
    for names in (["visit"], ["group"], ["visit", "group"]):
        some = rows.partition_by(names, maintain_order=True)
        parts += [part for part in some if part.height < rows.height]
    return parts


def _in_order(donors: Sequence[str]) -> bool:
    """Whether people stand as their names count: names that begin alike ascend."""
    blocks: dict[str, list[str]] = {}
    for donor in donors:
        blocks.setdefault(donor.rstrip("0123456789"), []).append(donor)
    return all(_ascends(block) for block in blocks.values())


def _ascends(names: Sequence[str]) -> bool:
    keys = [(len(name), name) for name in names]
    return keys == sorted(keys)


def _is_sorted(values: Sequence[float], tries: int) -> bool:
    """Whether numbers rise (or fall) throughout, which their ties allow less than once in 10,000
    columns: the chance is 2 prod(ties!) / n!.
    """
    counts = Counter(values)
    if len(values) < _FEWEST or len(counts) < _DISTINCT:
        return False
    ordered = sorted(values)
    chance = log(2 * tries) + sum(lgamma(c + 1) for c in counts.values()) - lgamma(len(values) + 1)
    return chance < _CHANCE and list(values) in (ordered, ordered[::-1])


def _sorted_flag(name: str, rows: pl.DataFrame, *, clinic: bool) -> Flag:
    values = [f"{value:g}" for value in rows["score"]]
    return Flag(
        table="clinic" if clinic else "donors",
        row=name,
        severity="look",
        what=(
            f"{name} is in order from {values[0]} to {values[-1]} over {len(values)} lines, and so "
            "are the donors"
        ),
        why="a column sorted without its lines gives every person the number of another",
        cure="compare lines with the forms they were typed from; accept this flag if they hold",
        place=name,
        evidence=tuple(values),
        scope=Scope(scales=(name,)) if clinic else Scope(columns=(name,)),
    )
