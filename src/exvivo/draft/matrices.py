"""Plates whose files name nothing: which wells fall like standards, and whether the rest can be the
samples of another plate in its order.

All of it is a proposal that a person has to confirm. Standards are wells in a line whose signal
falls from one to the next and whose pairs agree; samples are proposed only where their number is a
whole multiple of another plate's, and neighbours agree as replicates do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from statistics import mean, median

Sample = tuple[str, str]
"""A donor and a stimulus."""
Values = Mapping[str, float]
"""What was read of each well."""
_WELL = re.compile(r"([A-P])(\d+)")
_LEAST_FOLD = 8.0
"""The first standard over the last."""
_LARGEST_SPREAD = 0.25
"""Difference of the logarithms of a pair."""
_NEAR_LAST = 1.25
"""Times the last standard, up to which a well at the end of the plate may be empty."""
_MOST_REPLICATES = 4
_AGREE = 0.5
"""Replicates differ by less than this share of what neighbouring samples differ by."""


@dataclass(frozen=True)
class Proposal:
    """A layout that a person has to confirm: the wells of each standard, the highest first; the
    samples of wells in their order; empty wells; and wells that nothing is known of.
    """

    standards: tuple[tuple[str, ...], ...] = ()
    samples: tuple[tuple[str, Sample, int], ...] = ()
    empty: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    order_of: str = ""
    direction: str = ""


def propose(values: Values, sisters: Mapping[str, Sequence[Sample]]) -> Proposal:
    """What a matrix may hold. `sisters` are plates whose samples are known, in their order, by the
    name of their file.
    """
    standards = _standards(values)
    taken = {well for level in standards for well in level}
    ways = list(_ways(values, standards, taken, sisters))
    if len(ways) == 1:
        return ways[0]
    rest = tuple(well for well in _down(values) if well not in taken)
    return Proposal(standards, unknown=rest)


def _ways(
    values: Values,
    standards: Sequence[tuple[str, ...]],
    taken: set[str],
    sisters: Mapping[str, Sequence[Sample]],
) -> Iterator[Proposal]:
    """Every way in which the wells beside the standards can be another plate's samples."""
    if not standards:
        return
    limit = _NEAR_LAST * mean(values[well] for well in standards[-1])
    for direction, order in (("down", _down(values)), ("across", _across(values))):
        rest = [well for well in order if well not in taken]
        filled = _without_tail(rest, values, limit)
        for name, samples in sisters.items():
            if _fits(filled, values, samples):
                placed = tuple(_placed(filled, samples))
                empty = tuple(rest[len(filled) :])
                yield Proposal(tuple(standards), placed, empty, order_of=name, direction=direction)


def _fits(wells: list[str], values: Values, samples: Sequence[Sample]) -> bool:
    """Whether wells are samples once, twice or more, in replicates that agree."""
    times = len(wells) // len(samples) if samples else 0
    return times * len(samples) == len(wells) and _repeat(wells, values, times)


def _placed(wells: list[str], samples: Sequence[Sample]) -> Iterator[tuple[str, Sample, int]]:
    """Each well with its sample and replicate."""
    times = len(wells) // len(samples)
    for at, well in enumerate(wells):
        yield well, samples[at // times], at % times + 1


def _without_tail(wells: list[str], values: Values, limit: float) -> list[str]:
    """The wells without those at the end that read as if nothing were in them."""
    filled = [at for at, well in enumerate(wells) if values[well] > limit]
    return wells[: filled[-1] + 1] if filled else []


def _repeat(wells: list[str], values: Values, times: int) -> bool:
    """Whether wells agree in runs of so many, as replicates do and neighbouring samples do not."""
    if not 2 <= times <= _MOST_REPLICATES or min(values[well] for well in wells) <= 0:
        return False
    logs = [log(values[well]) for well in wells]
    runs = [logs[at : at + times] for at in range(0, len(logs), times)]
    within = median(max(run) - min(run) for run in runs)
    between = median(abs(mean(one) - mean(next_)) for one, next_ in pairwise(runs))
    return within < _AGREE * between


def _standards(values: Values) -> tuple[tuple[str, ...], ...]:
    """The wells of each standard, the highest first; nothing where no line, or several lines apart,
    fall like standards.
    """
    lines = [levels for levels in _lines(values) if _fall(levels, values)]
    if len(lines) != 1:
        return ()
    (levels,) = lines
    first, last = (mean(values[well] for well in levels[end]) for end in (0, -1))
    return tuple(levels if first > last else levels[::-1])


def _lines(values: Values) -> Iterator[list[tuple[str, ...]]]:
    """The pairs of columns and of rows at the edges of a plate, level by level."""
    letters = sorted({well[0] for well in values})
    numbers = sorted({int(well[1:]) for well in values})
    for pair in (numbers[:2], numbers[-2:]):
        yield [tuple(f"{letter}{number}" for number in pair) for letter in letters]
    for two in (letters[:2], letters[-2:]):
        yield [tuple(f"{letter}{number}" for letter in two) for number in numbers]


def _fall(levels: list[tuple[str, ...]], values: Values) -> bool:
    """Whether the levels fall (or rise) from one to the next, over a wide range, in close pairs."""
    if not all(values.get(well, 0) > 0 for level in levels for well in level):
        return False
    logs = [[log(values[well]) for well in level] for level in levels]
    means = [mean(level) for level in logs]
    falls = [one > next_ for one, next_ in pairwise(means)]
    close = all(max(level) - min(level) < _LARGEST_SPREAD for level in logs)
    return close and len(set(falls)) == 1 and abs(means[0] - means[-1]) > log(_LEAST_FOLD)


def _down(values: Values) -> list[str]:
    """The wells column by column."""
    return sorted(values, key=lambda well: (int(well[1:]), well[0]))


def _across(values: Values) -> list[str]:
    """The wells row by row."""
    return sorted(values, key=lambda well: (well[0], int(well[1:])))


def is_plate(values: Values) -> bool:
    """Whether all wells are those of a plate of 96 or 384 wells, all of its rows and columns."""
    return bool(values) and all(_WELL.fullmatch(well) for well in values)
