"""What each donor's wells came to: the rows of RESPONSES as answers ask for them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import polars as pl

Place = tuple[str, str]
"""A plate and a well of it."""


class Key(NamedTuple):
    """What an answer asks for among RESPONSES."""

    estimand: str
    assay: str
    analyte: str
    stimulus: str | None


@dataclass(frozen=True, slots=True)
class Result:
    """A donor's result at a visit: whether it says anything, the wells it rests on, and those of
    them without a value.
    """

    donor: str
    visit: str
    cell_type: str | None
    says_anything: bool
    wells: frozenset[Place]
    undetected: frozenset[Place]

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """The record of a row of RESPONSES."""
        ends = (row["lower"], row["upper"])
        bounded = any(end is not None and math.isfinite(end) for end in ends)
        each = row["each_well"] or []
        undetected = (well for well in each if well["value"] is None)
        return cls(
            row["donor"],
            row["visit"],
            row["cell_type"],
            row["censor"] == "none" or bounded,
            frozenset(map(_place, each)),
            frozenset(map(_place, undetected)),
        )


def _place(well: Mapping[str, Any]) -> Place:
    return well["plate"], well["well"]


@dataclass(frozen=True)
class Results:
    """The results of a study, by what is asked for and by donor."""

    by_key: dict[Key, dict[str, list[Result]]]

    @classmethod
    def of(cls, responses: pl.DataFrame) -> Self:
        """From RESPONSES, amounts only."""
        by_key: dict[Key, dict[str, list[Result]]] = {}
        for row in responses.filter(on="amount").iter_rows(named=True):
            key = Key(row["estimand"], row["assay"], row["analyte"], row["stimulus"])
            by_key.setdefault(key, {}).setdefault(row["donor"], []).append(Result.of_row(row))
        return cls(by_key)

    def of_donor(self, key: Key, cells: str | None, donor: str) -> Iterator[Result]:
        """The results of a donor in some cells, at every visit; no cells: in any."""
        for result in self.by_key.get(key, {}).get(donor, []):
            if cells is None or result.cell_type == cells:
                yield result

    def visits(self, key: Key, cells: str | None) -> set[str]:
        """The visits at which anyone has a result in some cells."""
        every = self.by_key.get(key, {})
        return {result.visit for donor in every for result in self.of_donor(key, cells, donor)}
