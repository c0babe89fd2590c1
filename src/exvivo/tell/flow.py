"""The donors of a study, one by one, and how many came how far: recruited, measured, answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import polars as pl

from exvivo.findings import LeftOutCode
from exvivo.study import Study
from exvivo.tell.names import briefly_about
from exvivo.tell.tables import Tables, answers_of
from exvivo.tell.who import Roll, Row, absent_donors, by_answer, key_of
from exvivo.words import shortened

Words = dict[str, tuple[tuple[str, ...], ...]]
"""The different words of some columns, by donor."""
_MEASURED: tuple[LeftOutCode, ...] = (
    "wells_without_result",
    "says_nothing",
    "no_score",
    "unknown_exposure",
    "unknown_in_donors",
    "not_used",
)
"""Reasons of donors who were measured in all conditions that an answer asks for."""


@dataclass(frozen=True, slots=True)
class Step:
    """One answer of the flow: in each group, how many it asks about, were measured in all
    conditions it needs, and are in it; and why the others are not.
    """

    about: str
    groups: tuple[tuple[int, int, int], ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A donor of donors.csv, as a row of the list."""

    donor: str
    group: str
    visits: str
    cultures: int
    measured: str
    scores: str
    answers: str
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Flow:
    """The donors of a study and their way through it."""

    study: Study
    tables: Tables
    roll: Roll

    @property
    def groups(self) -> list[str]:
        """The names of the groups."""
        return [self.study.name_of(group.id) for group in self.study.groups]

    @property
    def recruited(self) -> list[int]:
        """The donors of donors.csv, group by group."""
        return self._counts(set(self.study.donors["donor"]))

    @property
    def measured(self) -> list[int]:
        """The donors with a result of any assay, or with cells whose expression was compared, group
        by group.
        """
        return self._counts(set(self.tables.quantities["donor"].drop_nulls()) | self._expressed)

    @cached_property
    def _expressed(self) -> set[str]:
        """The donors in an answer of identity: it is made of tables of expression."""
        findings = (shown.finding for shown in answers_of(self.tables.findings))
        return set(chain.from_iterable(each.donors for each in findings if each.ask == "identity"))

    @property
    def answered(self) -> list[int]:
        """The donors who are in any answer, group by group."""
        return self._counts(set(self.tables.answered["donor"]))

    def _counts(self, donors: set[str]) -> list[int]:
        """How many of some donors each group has."""
        counts = Counter(group for donor, group in self._groups.items() if donor in donors)
        return [counts[group.id] for group in self.study.groups]

    def steps(self) -> Iterator[Step]:
        """The flow, answer by answer."""
        absent = by_answer(self.tables.left_out.filter(pl.col("well").is_null()))
        for shown in answers_of(self.tables.findings):
            finding, who = shown.finding, self.roll.who(shown.finding)
            if who is None:
                continue
            out = absent.get(key_of(finding), [])
            groups = tuple(self._step(group.id, finding.donors, out) for group in self.study.groups)
            none = ("not estimable",) if finding.verdict == "not estimable" else ()
            reasons = (*none, *(f"{len(one.names)}: {one.words}" for one in who.left_out))
            yield Step(f"{finding.question}: {briefly_about(finding, self.study)}", groups, reasons)

    def _step(self, group: str, members: Sequence[str], out: Sequence[Row]) -> tuple[int, int, int]:
        """How many of a group an answer asks about, were measured, and are in it."""
        codes = [row["code"] for row in out if row["group"] == group]
        inside = sum(self._groups.get(donor) == group for donor in members)
        return inside + len(codes), inside + _measured(codes), inside

    @cached_property
    def _groups(self) -> dict[str, str]:
        """The group of each donor."""
        return dict(self.study.donors.select("donor", "group").iter_rows())

    def persons(self) -> Iterator[Person]:
        """The donors, in the order of donors.csv."""
        return map(self._person, self._groups)

    def _person(self, donor: str) -> Person:
        visits, cultures = self._layout.get(donor, ((), ()))
        inside, absent = self._inside[donor], self._absent.get(donor, [])
        return Person(
            donor,
            self.study.name_of(self._groups[donor]),
            ", ".join(visits),
            len(cultures),
            ", ".join(self._measured_of(donor)),
            ", ".join(_first(self._scores, donor)),
            f"{inside} of {inside + len(absent)}",
            tuple(self._absences(absent)),
        )

    def _measured_of(self, donor: str) -> tuple[str, ...]:
        """What was measured of a donor: its assays, and expression."""
        return (*_first(self._assays, donor), *("expression",) * (donor in self._expressed))

    @cached_property
    def _inside(self) -> Counter[str]:
        """In how many answers each donor is."""
        return Counter(self.tables.answered["donor"])

    @cached_property
    def _absent(self) -> dict[str, list[Row]]:
        """The rows of LEFT_OUT that are about a donor, by donor."""
        return absent_donors(self.tables.left_out)

    @cached_property
    def _layout(self) -> Words:
        """Visits and cultures, by donor."""
        return _by_donor(self.study.layout, "visit", "culture")

    @cached_property
    def _assays(self) -> Words:
        """The assays with a result, by donor."""
        return _by_donor(self.tables.quantities.filter(on="amount"), "assay")

    @cached_property
    def _scores(self) -> Words:
        """The scales with a score, by donor."""
        return _by_donor(self.tables.clinic.drop_nulls("score"), "scale")

    def _absences(self, rows: Sequence[Row]) -> Iterator[str]:
        """The reasons for which a donor is left out, each with its answers."""
        by_words: dict[str, list[str]] = {}
        for row in rows:
            answer = f"{row['question']} {self.study.name_of(row['analyte'])}"
            by_words.setdefault(self.roll.words_of(row), []).append(answer)
        for reason, answers in by_words.items():
            yield f"{reason} ({shortened(answers, 4)})"


def _measured(codes: Sequence[str]) -> int:
    """How many were measured of those who are left out for some reasons."""
    return sum(code in _MEASURED for code in codes)


def _first(words: Words, donor: str) -> tuple[str, ...]:
    """The words of the only column of a donor."""
    return words.get(donor, ((),))[0]


def _by_donor(frame: pl.DataFrame, *columns: str) -> Words:
    """The different words of some columns, by donor; nobody's in a table without donors."""
    if "donor" not in frame.columns:
        return {}
    each = (pl.col(name).drop_nulls().unique().sort() for name in columns)
    rows = frame.drop_nulls("donor").group_by("donor", maintain_order=True).agg(*each).iter_rows()
    return {donor: tuple(map(tuple, lists)) for donor, *lists in rows}
