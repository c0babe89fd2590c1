"""Who is in each answer, and who is not and why, as a reader wants it: one line at the answer, and
the names behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from exvivo.findings import Finding, LeftOut
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.phrases.left_out import left_out_words
from exvivo.tell.tables import Tables
from exvivo.words import shortened

Key = tuple[str, str, str, str | None]
"""Question, assay, analyte and scale: what tells answers apart."""
Row = Mapping[str, Any]
Naming = Callable[[Row], str]
"""What a row of LEFT_OUT is named by."""
_NAMED = 6
"""Names of one reason in the line at an answer; all stand behind it."""
_WELLS_NAMED = 24
"""Wells of one reason that are named in the report; all stand in the table of results."""
_TELLING = ("donor_left_out", "well_of_other_visit")
"""Reasons of wells that say which wells are meant."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, with the donors (or wells) it is the reason of."""

    words: str
    names: tuple[str, ...]
    code: str

    @property
    def briefly(self) -> str:
        """`RA03, RA05 (no well of LPS)`."""
        return f"{shortened(self.names, _NAMED)} ({self.words})"

    @property
    def wells(self) -> str:
        """The wells by name, the first of them where there are many; empty where the reason says
        which they are.
        """
        return "" if self.code in _TELLING else shortened(self.names, _WELLS_NAMED)


@dataclass(frozen=True, slots=True)
class Member:
    """A donor in an answer, with its wells."""

    donor: str
    wells: int
    undetected: int


@dataclass(frozen=True, slots=True)
class Side:
    """One group of an answer: who is in it, and how many it asks about."""

    name: str
    members: tuple[Member, ...]
    asked: int

    @property
    def count(self) -> str:
        """`8 of 9 people with arthritis`."""
        return f"{len(self.members)} of {self.asked} {self.name}"

    @property
    def listed(self) -> str:
        """The donors by name; those whose wells are not the usual number, or undetected, with
        what they have.
        """
        usual = self.usual
        return ", ".join(_member(member, usual) for member in self.members)

    @property
    def usual(self) -> int:
        """How many wells most of them have."""
        numbers = [member.wells for member in self.members]
        return max(sorted(set(numbers)), key=numbers.count, default=0)


def _member(member: Member, usual: int) -> str:
    """`RA05`, or `RA05 (3 wells, 1 undetected)` where it differs from the others."""
    wells = words.counted(member.wells, "well") if member.wells != usual else ""
    undetected = f"{member.undetected} undetected" if member.undetected else ""
    differs = ", ".join(filter(None, [wells, undetected]))
    return f"{member.donor} ({differs})" if differs else member.donor


@dataclass(frozen=True, slots=True)
class Who:
    """Who is in one answer and who is not: group by group, then by reason."""

    sides: tuple[Side, ...]
    left_out: tuple[Reason, ...]
    wells_left_out: tuple[Reason, ...]

    @property
    def members(self) -> list[Member]:
        """Everyone who is in it."""
        return [member for side in self.sides for member in side.members]

    @property
    def count(self) -> str:
        """`8 of 9 people with arthritis and 8 of 8 healthy people`."""
        return words.listed(side.count for side in self.sides)

    @property
    def wells(self) -> str:
        """`34 wells, 2 of them undetected`; empty where an answer is not made of wells."""
        wells = sum(member.wells for member in self.members)
        told = words.counted(wells, "well") if wells else ""
        return f"{told}, {self.undetected} of them undetected" if self.undetected else told

    @property
    def undetected(self) -> int:
        """How many of its wells are undetected."""
        return sum(member.undetected for member in self.members)

    @property
    def absent(self) -> str:
        """`RA03 (no well of LPS); RA05 (no score of pain)`; empty where nobody is left out."""
        return "; ".join(reason.briefly for reason in self.left_out)

    @property
    def number_absent(self) -> int:
        """How many donors are left out."""
        return sum(len(reason.names) for reason in self.left_out)

    @property
    def wells_absent(self) -> int:
        """How many wells are left out."""
        return sum(len(reason.names) for reason in self.wells_left_out)

    @property
    def line(self) -> str:
        """Who is in the answer and who is left out, in one line."""
        return f"{self.count}; left out: {self.absent}" if self.absent else self.count


@dataclass(frozen=True)
class Roll:
    """Who is in the answers of a study: ANSWERED and LEFT_OUT of a run."""

    study: Study
    answered: pl.DataFrame
    left_out: pl.DataFrame

    @classmethod
    def of(cls, tables: Tables, study: Study) -> Roll:
        """Of the tables of a run."""
        return cls(study, tables.answered, tables.left_out)

    def who(self, finding: Finding) -> Who | None:
        """Who is in an answer; None where the tables do not say."""
        return self.answers.get(key_of(finding))

    @cached_property
    def answers(self) -> dict[Key, Who]:
        """Who is in each answer."""
        members, absent = by_answer(self.answered), by_answer(self.left_out)
        keys = dict.fromkeys((*members, *absent))
        return {key: self._who(members.get(key, []), absent.get(key, [])) for key in keys}

    def _who(self, members: Sequence[Row], absent: Sequence[Row]) -> Who:
        people = [row for row in absent if row["well"] is None]
        wells = [row for row in absent if row["well"] is not None]
        return Who(
            tuple(self._sides(members, people)),
            tuple(self._reasons(people, _donor)),
            tuple(self._reasons(wells, _well)),
        )

    def _sides(self, members: Sequence[Row], absent: Sequence[Row]) -> Iterator[Side]:
        """The groups that are asked about, in the order of the study."""
        for group in self.study.groups:
            own = [row for row in members if row["group"] == group.id]
            missing = sum(row["group"] == group.id for row in absent)
            if own or missing:
                names = tuple(map(_member_of, own))
                yield Side(self.study.name_of(group.id), names, len(own) + missing)

    def _reasons(self, rows: Sequence[Row], name: Naming) -> Iterator[Reason]:
        """The reasons of some rows with whom they are the reason of, the first named first."""
        by_words: dict[tuple[str, str], list[str]] = {}
        for row in rows:
            by_words.setdefault((self.words_of(row), row["code"]), []).append(name(row))
        for (reason, code), names in by_words.items():
            yield Reason(reason, tuple(names), code)

    def words_of(self, row: Row) -> str:
        """The reason of a row of LEFT_OUT in words."""
        return left_out_words(LeftOut.of_row(row), self.study)


def key_of(finding: Finding) -> Key:
    """What tells an answer from others."""
    return finding.question, finding.assay, finding.analyte, finding.scale


def by_answer(frame: pl.DataFrame) -> dict[Key, list[Row]]:
    """The rows of each answer."""
    rows: dict[Key, list[Row]] = {}
    for row in frame.iter_rows(named=True):
        key = (row["question"], row["assay"], row["analyte"], row["scale"])
        rows.setdefault(key, []).append(row)
    return rows


def absent_donors(left_out: pl.DataFrame) -> dict[str, list[Row]]:
    """The rows of LEFT_OUT that are about a donor, not a well, by donor."""
    absent: dict[str, list[Row]] = {}
    for row in left_out.filter(pl.col("well").is_null()).iter_rows(named=True):
        absent.setdefault(row["donor"], []).append(row)
    return absent


def _member_of(row: Row) -> Member:
    return Member(row["donor"], row["wells"], row["undetected_wells"])


def _donor(row: Row) -> str:
    return str(row["donor"])


def _well(row: Row) -> str:
    """`P1 A1 (RA03)`; a well that is named after its donor says it once."""
    place, donor = f"{row['plate']} {row['well']}", row["donor"]
    return place if donor in row["well"] else f"{place} ({donor})"
