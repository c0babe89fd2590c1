"""The first table of a paper as numbers: what is known of the people of each group. Nothing of a
single person is in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from exvivo.study.characteristics import Unsummarised


@dataclass(frozen=True, slots=True)
class Known:
    """Of how many people of a group something is known, is missing, or is not applicable (a form
    did not ask it); `prorated` are those of the known whose score has gaps.
    """

    known: int
    missing: int
    not_applicable: int = 0
    prorated: int = 0


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers of one group, in their own unit. The standard deviation has n - 1 below; quartiles
    lie between neighbours in a straight line.
    """

    mean: float
    sd: float | None
    median: float
    lower_quartile: float
    upper_quartile: float
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Apart:
    """The standardised difference of two groups: of more than two, of the pair (by id) that is
    furthest apart. None where it cannot be made, infinite where they have nothing in common.
    """

    size: float | None
    between: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRow:
    """A number, group by group."""

    id: str
    name: str
    groups: tuple[Known, ...]
    numbers: tuple[Numbers | None, ...]
    apart: Apart
    scale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRow:
    """A category, group by group: how many of the known have each level. Where only the first level
    is of interest (yes, exposed), `only_first` says so.
    """

    id: str
    name: str
    groups: tuple[Known, ...]
    levels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    apart: Apart
    only_first: bool = False


Row = NumberRow | CategoryRow


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """An entry of a column of medication that the catalog does not know, and how many wrote it."""

    column: str
    entry: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Table 1: the groups (id and people), a row for each thing that is known, and what is not
    summarised.
    """

    groups: tuple[tuple[str, int], ...]
    rows: tuple[Row, ...]
    unsummarised: tuple[Unsummarised, ...] = ()
    unrecognised: tuple[Unrecognised, ...] = ()
    visits_left_out: tuple[str, ...] = field(default=())
