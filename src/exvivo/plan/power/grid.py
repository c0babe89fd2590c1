"""Sizes of a study to look at: a grid of donors, wells, plates, effects and spreads.

Axes are typed as a laboratory says them: `14v10,28v20` donors, `1.2,1.5` folds. Whatever is not
typed stays as the study plans it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from typing import TypeVar

from exvivo.errors import Mistake, StudyError
from exvivo.planned_sizes import MOST_DONORS, SIZES, whole_number
from exvivo.study import Study

Value = TypeVar("Value")
_BETWEEN_GROUPS = re.compile(r"\s*(?:vs?\.?|:|/)\s*", re.IGNORECASE)
_MOST_POINTS = 400
"""Points of a grid above which a person will not read them."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """One size of a study. `donors` of each group, in the study's order; `fold`, `donor_sd`,
    `well_sd` (log2) and `dropouts` are None where the study's assumptions stand; `spread_ratio`
    multiplies the spread of the second group's donors.
    """

    donors: Mapping[str, int]
    wells: int
    cultures: int = 1
    plates: int = 1
    fold: float | None = None
    donor_sd: float | None = None
    well_sd: float | None = None
    dropouts: float | None = None
    spread_ratio: float = 1.0

    @property
    def total(self) -> int:
        """Donors of all groups."""
        return sum(self.donors.values())


@dataclass(frozen=True, kw_only=True)
class Axes:
    """What was typed of each axis, as text; an empty one stays as planned."""

    donors: str = ""
    wells: str = ""
    cultures: str = ""
    plates: str = ""
    fold: str = ""
    donor_sd: str = ""
    well_sd: str = ""
    dropouts: str = ""
    spread_ratio: str = ""


@dataclass
class _Typed:
    """Axes as they are read, with every mistake in them."""

    mistakes: list[Mistake] = field(default_factory=list)

    def each(
        self, name: str, text: str, read: Callable[[str], Value | None], expected: str, cure: str
    ) -> list[Value]:
        """The values of an axis; those that cannot be read are mistakes."""
        values: dict[str, Value] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            value = read(part)
            if value is None:
                self.mistakes.append(Mistake(f"--{name}", f"'{part}'", expected, cure))
            else:
                values.setdefault(repr(value), value)
        return list(values.values())

    def whole(self, name: str, text: str, most: int) -> list[int]:
        """Whole numbers from 1."""
        expected = f"whole numbers from 1 to {most}, with commas between them (3,6)"
        return self.each(
            name, text, lambda part: whole_number(part, most), expected, f"--{name} 3,6"
        )

    def numbers(
        self, name: str, text: str, low: float, high: float, example: str, unit: str
    ) -> list[float]:
        """Numbers between two ends, in a unit."""
        expected = f"{unit} above {low:g} and up to {high:g}, with commas between them"
        cure = f"--{name} {example}"
        return self.each(name, text, lambda part: _number(part, low, high), expected, cure)


def points_of(study: Study, planned: Point, axes: Axes) -> tuple[Point, ...]:
    """Every size of the grid; the planned one alone where nothing was typed.

    Raises `StudyError` with every mistake in the axes.
    """
    typed = _Typed()
    groups = [group.id for group in study.groups]
    donors = {"donors": _donors(typed, axes.donors, groups)}
    axis = {**donors, **_sizes_of(typed, axes), **_sds(typed, axes)}
    if (count := prod(len(values) for values in axis.values() if values)) > _MOST_POINTS:
        typed.mistakes.append(_too_many(count))
    if typed.mistakes:
        raise StudyError(typed.mistakes)
    return tuple(_points(planned, axis))


def _sizes_of(typed: _Typed, axes: Axes) -> dict[str, Sequence[object]]:
    """The axes of whole numbers."""
    return {name: typed.whole(name, getattr(axes, name), most) for name, most in SIZES.items()}


def _sds(typed: _Typed, axes: Axes) -> dict[str, Sequence[object]]:
    """The axes of effects and spreads."""
    return {
        "fold": typed.numbers("fold", axes.fold, 0, 1000, "1.2,1.5", "folds (2 is twice)"),
        "donor_sd": typed.numbers(
            "donor-sd", axes.donor_sd, 0, 10, "0.5,0.8", "standard deviations in log2"
        ),
        "well_sd": typed.numbers(
            "well-sd", axes.well_sd, -1e-12, 10, "0.1,0.2", "standard deviations in log2"
        ),
        "dropouts": typed.numbers(
            "dropouts", axes.dropouts, -1e-12, 0.9, "0,0.1", "shares of donors that are lost"
        ),
        "spread_ratio": typed.numbers(
            "spread-ratio", axes.spread_ratio, 0, 20, "1,2", "times the first group's spread"
        ),
    }


def _points(planned: Point, axis: Mapping[str, Sequence[object]]) -> Iterator[Point]:
    """The planned size with every combination of what was typed."""
    chosen = {name: values for name, values in axis.items() if values}
    for values in product(*chosen.values()):
        yield replace(planned, **dict(zip(chosen, values, strict=True)))  # type: ignore[arg-type]


def _too_many(points: int) -> Mistake:
    return Mistake(
        "the grid",
        f"{points:,} sizes of a study",
        f"at most {_MOST_POINTS} at once",
        "ask for fewer values of one axis, or for one axis after another",
    )


def _donors(typed: _Typed, text: str, groups: Sequence[str]) -> list[dict[str, int]]:
    """The donors of each group, size by size."""
    order = " v ".join(groups)
    example = ",".join("v".join(str(n) for _ in groups) for n in (12, 24))
    return typed.each(
        "donors",
        text,
        lambda part: _sizes(part, groups),
        f"donors of each of {len(groups)} groups ({order}), from 2 to {MOST_DONORS}",
        f"--donors {example}",
    )


def _sizes(part: str, groups: Sequence[str]) -> dict[str, int] | None:
    """Donors by group; None where they are not one number a group."""
    numbers = [whole_number(number, MOST_DONORS, least=2) for number in _BETWEEN_GROUPS.split(part)]
    if len(numbers) != len(groups):
        return None
    sizes = {group: n for group, n in zip(groups, numbers, strict=True) if n is not None}
    return sizes if len(sizes) == len(groups) else None


def _number(part: str, low: float, high: float) -> float | None:
    """A number above one end and up to another."""
    try:
        value = float(part)
    except ValueError:
        return None
    return value if low < value <= high else None
