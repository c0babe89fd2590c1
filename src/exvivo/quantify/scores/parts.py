"""What the rules of scores hand to one another: the points of forms, and one score of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from exvivo.arrays import Bools, Floats, Ints
from exvivo.study.scoring import Item, Score


@dataclass(frozen=True)
class Points:
    """The points of some forms, items x forms, with every gap filled twice: by the least points
    that its item gives (`low`) and by the most (`high`). `gaps` says where.
    """

    items: tuple[Item, ...]
    low: Floats
    high: Floats
    gaps: Bools

    @cached_property
    def place(self) -> dict[str, int]:
        """The row of each item."""
        return {item.id: row for row, item in enumerate(self.items)}

    def rows(self, ids: tuple[str, ...]) -> slice | list[int]:
        """The rows of some items: a slice where they stand together, which copies nothing."""
        rows = [self.place[name] for name in ids]
        if rows and rows == list(range(rows[0], rows[0] + len(rows))):
            return slice(rows[0], rows[0] + len(rows))
        return rows

    def missing(self, ids: tuple[str, ...]) -> Ints:
        """How many of some items have no answer, form by form."""
        count: Ints = self.gaps[self.rows(ids)].sum(axis=0)
        return count


@dataclass(frozen=True)
class Part:
    """One score of some forms: NaN where there is none, the bounds that gaps allow, how many of its
    items have no answer, and which items these are.
    """

    score: Floats
    lowest: Floats
    highest: Floats
    missing: Ints
    items: tuple[str, ...]
    standard_error: Floats | None = None
    profile: list[str] = field(default_factory=list)


def items_of(score: Score, parts: Sequence[Part]) -> tuple[str, ...]:
    """The items of a score and of the scores that it is made of, each once."""
    below = (name for part in parts for name in part.items)
    return tuple(dict.fromkeys([*below, *score.items]))
