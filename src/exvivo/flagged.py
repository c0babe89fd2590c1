"""Something a person must look at, and the answers that it touches: a record, never its words.

`reconcile` raises flags at the door, from what was handed in; `flag` raises them from what was made
of it. A `stop` that touches an answer withholds it until it is fixed, or accepted by name with a
reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, Self

import polars as pl

from exvivo.visible import one_line

Severity = Literal["stop", "look", "note"]
"""stop: what cannot be, or cannot both be true; look: something to look at; note: good to know."""
_DIGITS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a flag is about, as ids of the study; an empty field means any.

    `columns` are those of donors.csv and cultures.csv. A field restricts: a flag of assay mrna and
    donor P3 touches the answers of that assay whose groups P3 belongs to.
    """

    assays: tuple[str, ...] = ()
    analytes: tuple[str, ...] = ()
    plates: tuple[str, ...] = ()
    donors: tuple[str, ...] = ()
    stimuli: tuple[str, ...] = ()
    scales: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()

    def meets(self, reach: Mapping[str, frozenset[str]]) -> bool:
        """Whether something with this reach (ids by field) is touched.

        >>> Scope(donors=("P3",)).meets({"donors": frozenset({"P3", "P4"})})
        True
        >>> Scope(donors=("P3",), scales=("VAS",)).meets({"donors": frozenset({"P3"})})
        False
        """
        named = {name: ids for name, ids in asdict(self).items() if ids}
        return all(reach.get(name, frozenset()) & set(ids) for name, ids in named.items())


EVERY_ANSWER = Scope()
"""A scope that nothing restricts."""
SCOPE = pl.Struct({each.name: pl.List(pl.String) for each in fields(Scope)})
"""A scope in a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One thing to look at: where, what was seen, why it matters, and what to do.

    `code` is the rule that raised it, `place` the plate, assay, scale or column it is about,
    `evidence` the facts it rests on: wells, names, numbers. `scope` says which answers it touches;
    without one it touches none. `accepted` is the reason of the person who accepted it. `called` is
    its name where `evidence` is not what it was named by (it stands under codes).
    """

    table: str
    row: str
    severity: Severity
    what: str
    why: str
    cure: str
    code: str = ""
    place: str = ""
    evidence: tuple[str, ...] = ()
    scope: Scope | None = None
    accepted: str | None = None
    called: str = field(default="", compare=False)

    def __str__(self) -> str:
        """As a terminal prints it; a contradiction with what accepts it."""
        accept = f"; or `accept: [{{flag: {self.name}, reason: ...}}]`" if self.withholds else ""
        accepted = f"\n  accepted  {one_line(self.accepted)}" if self.accepted else ""
        return (
            f"{one_line(self.row)}\n"
            f"  {self.severity:8}  {one_line(self.what)}\n"
            f"  because   {one_line(self.why)}\n"
            f"  to do     {one_line(self.cure + accept)}{accepted}"
        )

    @property
    def name(self) -> str:
        """What `accept` of study.yaml calls it: another one as soon as what it rests on changes.

        >>> flag = Flag(table="wells", row="", severity="stop", what="", why="", cure="")
        >>> replace(flag, code="copied_wells", place="Q1", evidence=("A1", "B7")).name
        'copied_wells/Q1/e33a01'
        """
        if self.called:
            return self.called
        digest = hashlib.sha256("\n".join(self.evidence).encode()).hexdigest()
        return "/".join([self.code, *filter(None, [self.place]), digest[:_DIGITS]])

    @property
    def withholds(self) -> bool:
        """Whether the answers that it touches may not be given."""
        return self.severity == "stop" and self.accepted is None

    def row_of_table(self) -> dict[str, Any]:
        """The flag as a row of FLAGS."""
        row = {**asdict(self), "name": self.name}
        del row["called"]
        return row

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """The record of a row of FLAGS."""
        own = {each.name: row[each.name] for each in fields(cls) if each.name != "called"}
        scope = own["scope"]
        ids = {} if scope is None else {name: tuple(each) for name, each in scope.items()}
        flag = cls(
            **own
            | {"evidence": tuple(own["evidence"]), "scope": None if scope is None else Scope(**ids)}
        )
        named = row.get("name", "")
        return replace(flag, called=named) if named and named != flag.name else flag


def flags_of(frame: pl.DataFrame) -> list[Flag]:
    """The records of a FLAGS table, in its order."""
    return [Flag.of_row(row) for row in frame.iter_rows(named=True)]


def coded(flags: Iterable[Flag], code: str) -> Iterable[Flag]:
    """Flags with the code of the rule that raised them; one that states no evidence rests on where
    it stands, so that two of a rule are never one by name.
    """
    return (replace(each, code=code, evidence=each.evidence or (each.row,)) for each in flags)


def with_acceptance(flags: Iterable[Flag], accepted: Mapping[str, str]) -> list[Flag]:
    """Flags with the reasons for which a person accepted them, by their names."""
    return [replace(each, accepted=accepted.get(each.name)) for each in flags]
