"""What the rules look at, and how they say what they saw."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal, TypeVar, overload

import polars as pl

from exvivo.figures import Figure, figures_named, value_of, values_of
from exvivo.flagged import Flag, Scope, Severity
from exvivo.study import Assay, Immunoassay, Qpcr, Study
from exvivo.tables import FINDINGS, VENDOR
from exvivo.words import shortened

Flags = Iterator[Flag]
FitKind = Literal["efficiency", "curve", "population", "reference", "control"]
"""What a row of ASSAYS may hold."""
A = TypeVar("A", bound=Assay)


@dataclass(frozen=True, kw_only=True)
class Look:
    """A run as it stands before anything is flagged. `ignored` are (file, what was not read,
    why).
    """

    study: Study
    wells: pl.DataFrame
    quantities: pl.DataFrame
    assays: pl.DataFrame
    responses: pl.DataFrame
    ignored: tuple[tuple[str, str, str], ...] = ()
    vendor: pl.DataFrame = field(default_factory=VENDOR.frame)
    findings: pl.DataFrame = field(default_factory=FINDINGS.frame)

    @property
    def amounts(self) -> pl.DataFrame:
        """The quantities without the signals that are kept beside them."""
        return self.quantities.filter(on="amount")

    def assays_of(self, *kinds: type[A]) -> list[A]:
        """The assays of study.yaml that are of these kinds."""
        return [assay for assay in self.study.assays if isinstance(assay, kinds)]

    def plates(self, assay: Assay) -> list[str]:
        """The plates of an assay."""
        return [plate.id for plate in self.study.plates if plate.assay == assay.id]

    def fits(self, kind: FitKind) -> Iterator[Fit]:
        """The rows of ASSAYS of one kind."""
        for row in self.assays.filter(kind=kind).iter_rows(named=True):
            yield Fit(row, values_of(row["figures"]), self.study)


@dataclass(frozen=True, slots=True)
class Fit:
    """A row of ASSAYS: an efficiency, a curve, the reference genes, ...; `values` are its own
    figures by name.
    """

    row: dict[str, Any]
    values: dict[str, float]
    study: Study

    @property
    def place(self) -> str:
        """Where it belongs: assay, analyte and, where it has one, plate."""
        plate = f", plate {self.row['plate']}" if self.row["plate"] else ""
        return f"{self.row['assay']} {self.row['analyte']}{plate}"

    @property
    def scope(self) -> Scope:
        """The answers that rest on it: of its assay, analyte and, where it has one, plate."""
        plate = self.row["plate"]
        return Scope(
            assays=(self.row["assay"],),
            analytes=self._analytes(),
            plates=(plate,) if plate else (),
        )

    def _analytes(self) -> tuple[str, ...]:
        if self.row["kind"] == "reference":
            return ()
        return _analytes_of(self.study.assay(self.row["assay"]), self.row["analyte"])

    def __getitem__(self, name: str) -> float:
        """Its own figure of that name."""
        return self.values[name]

    @overload
    def get(self, name: str) -> float | None: ...
    @overload
    def get(self, name: str, default: float) -> float: ...
    def get(self, name: str, default: float | None = None) -> float | None:
        """Its own figure of that name, else the default."""
        return self.values.get(name, default)

    def named(self, name: str) -> list[Figure]:
        """All its figures of one name."""
        return figures_named(self.row["figures"], name)

    def value(self, name: str, *, of: str | None) -> float | None:
        """The figure that belongs to `of` (a gene, a control), if there is one."""
        return value_of(self.row["figures"], name, of=of)


def _analytes_of(assay: Assay, name: str) -> tuple[str, ...]:
    """The analytes whose results rest on a target, channel or bead; all of them on a reference."""
    if isinstance(assay, Qpcr):
        return () if name in assay.references else (assay.targets.get(name, name),)
    if isinstance(assay, Immunoassay):
        return (assay.channels.get(name, name),)
    return (name,)


Rule = Callable[[Look], Flags]
"""What looks at a run and yields flags."""


def code_of(rule: Rule) -> str:
    """What the flags of a rule are called: the rule's own name."""
    own = rule.args[1] if isinstance(rule, partial) else rule
    return str(own.__name__)


def each(kind: FitKind, *rules: Callable[[Fit], Flags]) -> tuple[Rule, ...]:
    """The rules that look at one row of ASSAYS, as rules that look at all of one kind."""
    return tuple(partial(_each, kind, rule) for rule in rules)


def _each(kind: FitKind, rule: Callable[[Fit], Flags], look: Look) -> Flags:
    for fit in look.fits(kind):
        for raised in rule(fit):
            yield raised if raised.scope else replace(raised, scope=fit.scope)


def flag(
    table: str,
    row: str,
    *,
    severity: Severity = "look",
    what: str,
    why: str,
    cure: str,
    place: str = "",
    evidence: Iterable[str] = (),
    scope: Scope | None = None,
) -> Flag:
    """Something to look at: where, what was seen, why it matters, what to do, and which answers it
    touches. A rule on one fit (`each`) may leave the scope out: it is that of the fit.
    """
    return Flag(
        table=table,
        row=row,
        severity=severity,
        what=what,
        why=why,
        cure=cure,
        place=place,
        evidence=tuple(evidence),
        scope=scope,
    )


def by_plate(rows: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """The rows of each plate, in order."""
    for (plate,), of_plate in rows.group_by(["plate"], maintain_order=True):
        yield str(plate), of_plate


def on_plate(plate: str, names: Iterable[object]) -> str:
    """Where a flag of some wells of a plate belongs."""
    return f"plate {plate}: {listed(names)}"


def listed(names: Iterable[object]) -> str:
    """The first few of many names, and how many more there are.

    >>> listed(["A1", "A2"]), listed(range(10))
    ('A1, A2', '0, 1, 2, 3, 4 and 5 more')
    """
    return shortened([str(name) for name in names])


def counted(count: float, one: str, many: str) -> str:
    """A count with its words, in the singular where it is one.

    >>> counted(1, "well has", "wells have"), counted(3, "well has", "wells have")
    ('1 well has', '3 wells have')
    """
    return f"{count:.0f} {one if count == 1 else many}"
