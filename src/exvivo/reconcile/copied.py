"""Readings that are a copy of others: donors entered twice, wells pasted over others, rows of one
plate on another.

Two people never share eight numbers of three decimals. How much equal numbers say depends on their
digits and their spread: the chance of the agreement, among all pairs, decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from exvivo.flagged import Flag, Scope, Severity
from exvivo.reconcile.held import Held
from exvivo.reconcile.matrix import FEWEST, Matrix, Pair
from exvivo.reconcile.numbers import CONDITION, SERIES, numbers, on_grids
from exvivo.reconcile.rescaled import rescaled_plates
from exvivo.words import listed, shortened

_UNIT = ["donor", "visit", "culture"]
_MOST_COPIES, _MOST_WELLS = 3, 3
_MOSTLY = 0.8
"""The part of copied wells that another copy must hold to be the same."""
_OF_ONE_NUMBER = ("signal", "mfi", "net_mfi", "cq", "concentration")
_OF_A_DONOR, _OF_A_PLATE = 0.3, 0.05
"""The part of what two donors, and two plates, share that a copy is: a condition, a row."""
Cell = tuple[str, str]
"""A plate and a well."""


@dataclass(frozen=True, eq=False)
class _Copy:
    """Two rows of a matrix that agree, and the readings of an assay behind them."""

    matrix: Matrix
    pair: Pair
    own: pl.DataFrame

    @cached_property
    def sides(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The readings that agree, of either row, in one order."""
        places = self.matrix.readings[:, self.pair.equal]
        first, second = self.own[places[self.pair.first]], self.own[places[self.pair.second]]
        return first, second

    @cached_property
    def cells(self) -> set[frozenset[Cell]]:
        """The wells that agree with one another."""
        first, second = (side.select("plate", "well").rows() for side in self.sides)
        return set(map(frozenset, zip(first, second, strict=True)))

    @property
    def names(self) -> tuple[str, str]:
        """The two rows: plates, or donors with their visit and culture where these tell them
        apart.
        """
        first, second = (self.matrix.rows[row] for row in (self.pair.first, self.pair.second))
        if first[0] != second[0]:
            return self.rows
        return " ".join(filter(None, first)), " ".join(filter(None, second))

    @property
    def rows(self) -> tuple[str, str]:
        """The two donors, plates or analytes: of one name where its own rows agree."""
        return self.matrix.rows[self.pair.first][0], self.matrix.rows[self.pair.second][0]

    @property
    def is_whole(self) -> bool:
        """Whether the two rows are the same in all that they share."""
        return self.pair.is_whole and not self.pair.near

    @property
    def how_many(self) -> str:
        """How many numbers agree, of how many."""
        nearly = " but for the last digit" if self.pair.near else ""
        return f"{self.pair.equal.size} of {self.pair.shared} readings{nearly}"

    def words(self, kind: str = "") -> str:
        """Which row has how much of which; `kind`: what the rows are, before their names."""
        first, second = self.names
        return f"{kind}{second} has {self.how_many} of {kind}{first}"

    def examples(self, most: int = _MOST_WELLS) -> str:
        """The first wells that agree, with their numbers."""
        return shortened(
            [*map(_equal_wells, *(side.iter_rows(named=True) for side in self.sides))], most
        )

    def evidence(self) -> tuple[str, ...]:
        """Who, and every number that agrees."""
        values = (f"{value:.9g}" for value in self.sides[1]["number"])
        return (*self.names, *values)


def _equal_wells(first: dict[str, object], second: dict[str, object]) -> str:
    """Two wells and the number they share."""
    plate = "" if first["plate"] == second["plate"] else f"{second['plate']} "
    return f"{second['number']:.6g} in {first['plate']} {first['well']} and {plate}{second['well']}"


def copied_readings(held: Held) -> Iterator[Flag]:
    """Donors, and plates or parts of them, whose readings are those of another."""
    for (assay,), rows in numbers(held.wells).group_by(["assay"], maintain_order=True):
        own = on_grids(rows, _twins(rows))
        plates = Matrix.of(own, ["plate"], ["well", *SERIES])
        donors, parts = _told_once(
            _copies(_people(own), _samples(own), _OF_A_DONOR), _copies(plates, own, _OF_A_PLATE)
        )
        yield from _flags(str(assay), donors, _donors_flag)
        yield from _flags(str(assay), parts, _plates_flag)
        yield from _flags(str(assay), _analyte_copies(own), _analytes_flag)
        yield from rescaled_plates(str(assay), own)


def _analyte_copies(own: pl.DataFrame) -> list[_Copy]:
    """Analytes whose readings are those of another: a column pasted twice."""
    samples = _samples(own).filter(pl.col("kind").is_in(_OF_ONE_NUMBER))
    if samples["channel"].n_unique() < 2:
        return []
    return _copies(Matrix.of(samples, ["channel", "kind"], ["plate", "well"]), samples, _MOSTLY)


def _samples(own: pl.DataFrame) -> pl.DataFrame:
    return own.filter(role="sample").drop_nulls("donor")


def _people(own: pl.DataFrame) -> Matrix:
    """Donors, by visit and culture, and their wells of each condition."""
    return Matrix.of(_samples(own), _UNIT, [*SERIES, *CONDITION, "copy"])


def _twins(own: pl.DataFrame) -> set[str]:
    """The second of every two donors who agree in all that they share, as decimals tell."""
    people = _people(own)
    pairs = people.pairs(least=1.0)
    return {people.rows[pair.second][0] for pair in pairs if pair.is_whole}


def _copies(matrix: Matrix, own: pl.DataFrame, least: float) -> list[_Copy]:
    return [_Copy(matrix, pair, own) for pair in matrix.pairs(least=least)]


def _told_once(donors: Sequence[_Copy], plates: Sequence[_Copy]) -> tuple[list[_Copy], list[_Copy]]:
    """Copies of donors and of plates without what they say twice: wells of one donor are told as
    the donor's, those of several as the plate's.
    """
    of_plates = {plate: [copy for copy in donors if _explains(plate, copy)] for plate in plates}
    of_one = [plate for plate, own in of_plates.items() if _is_one_donor(plate, own)]
    parts = [plate for plate in plates if plate not in of_one]
    explained = [copy for plate in parts for copy in of_plates[plate]]
    return [copy for copy in donors if copy not in explained], parts


def _explains(plate: _Copy, copy: _Copy) -> bool:
    """Whether the wells that make two donors agree are among those of two plates that do."""
    return len(copy.cells & plate.cells) >= _MOSTLY * len(copy.cells)


def _is_one_donor(plate: _Copy, donors: Sequence[_Copy]) -> bool:
    """Whether the wells in which two plates agree are those of one donor and its copy."""
    return len(donors) == 1 and len(donors[0].cells & plate.cells) >= _MOSTLY * len(plate.cells)


_AsFlag = Callable[[str, Sequence[_Copy], Severity], Flag]


def _flags(assay: str, copies: Sequence[_Copy], as_flag: _AsFlag) -> Iterator[Flag]:
    """One flag of what is certain, and one of what is to be looked at."""
    for severity, some in _by_severity(copies).items():
        if some:
            yield as_flag(assay, some, severity)


def _by_severity(copies: Sequence[_Copy]) -> dict[Severity, list[_Copy]]:
    """Copies that are certain, and all others."""
    sure = _certain(copies)
    return {"stop": sure, "look": [copy for copy in copies if copy not in sure]}


def _certain(copies: Sequence[_Copy]) -> list[_Copy]:
    """Copies that are certain: by eight equal numbers of one, or of several whole ones."""
    whole = [copy for copy in copies if copy.is_whole]
    together = whole if len(whole) > 1 and _numbers_in(whole) >= FEWEST else []
    return [copy for copy in copies if copy.pair.is_sure or copy in together]


def _numbers_in(copies: Sequence[_Copy]) -> int:
    return sum(copy.pair.equal.size for copy in copies)


def _donors_flag(assay: str, copies: Sequence[_Copy], severity: Severity) -> Flag:
    named = [copy.words() for copy in copies]
    donors = _unique(name for copy in copies for name in copy.rows)
    return Flag(
        table="wells",
        row=f"{assay}: donors {shortened(donors)}",
        severity=severity,
        what=f"{_clauses(named)} ({copies[0].examples()})",
        why=(
            "two people do not share so many digits: one of them was copied, or is in the study "
            "twice, and counts as two"
        ),
        cure=(
            "look up these wells in the instrument's own file; put in the donor's own numbers, or "
            "take one of the two out of the layouts"
        ),
        place=assay,
        evidence=_evidence(copies),
        scope=Scope(assays=(assay,), analytes=_analytes(copies), donors=tuple(donors)),
    )


def _plates_flag(assay: str, copies: Sequence[_Copy], severity: Severity) -> Flag:
    named = [copy.words("plate ") for copy in copies]
    plates = _unique(name for copy in copies for name in copy.names)
    return Flag(
        table="wells",
        row=f"{assay}: plates {shortened(plates)}",
        severity=severity,
        what=f"{_clauses(named)} in the same wells ({copies[0].examples()})",
        why=(
            "two measurements of one sample differ in their last digits: wells of one plate were "
            "copied to the other, and count twice"
        ),
        cure="export both plates again from the instrument's software",
        place=assay,
        evidence=_evidence(copies),
        scope=Scope(assays=(assay,), analytes=_analytes(copies), plates=tuple(plates)),
    )


def _analytes_flag(assay: str, copies: Sequence[_Copy], severity: Severity) -> Flag:
    named = [copy.words() for copy in copies]
    channels = _unique(name for copy in copies for name in copy.rows)
    analytes = pl.concat([side["analyte"] for copy in copies for side in copy.sides])
    return Flag(
        table="wells",
        row=f"{assay}: {shortened(channels)}",
        severity=severity,
        what=f"{_clauses(named)} in the same wells ({copies[0].examples()})",
        why="two analytes never read alike to the last digit: one column was pasted over another",
        cure="export the table again from the instrument's software",
        place=assay,
        evidence=_evidence(copies),
        scope=Scope(
            assays=(assay,), analytes=tuple(analytes.drop_nulls().unique(maintain_order=True))
        ),
    )


def _clauses(parts: Sequence[str]) -> str:
    """The first of many clauses, and how many more there are."""
    rest = len(parts) - _MOST_COPIES
    more = [f"{rest} more"] if rest > 0 else []
    return listed([*parts[:_MOST_COPIES], *more])


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _analytes(copies: Sequence[_Copy]) -> tuple[str, ...]:
    """The analytes whose numbers agree; none (so any) where it is those of reference genes."""
    own = pl.concat([copy.sides[1]["analyte"] for copy in copies])
    return () if own.null_count() else tuple(own.unique(maintain_order=True))


def _evidence(copies: Sequence[_Copy]) -> tuple[str, ...]:
    return tuple(fact for copy in copies for fact in copy.evidence())
