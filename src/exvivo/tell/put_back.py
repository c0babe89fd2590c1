"""An answer beside itself with what people left out put back: the two, and who left it out and
why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from exvivo.findings import Count, Finding
from exvivo.study import Study
from exvivo.study.ids import WITHDRAWN
from exvivo.tell import words
from exvivo.tell.names import about
from exvivo.tell.tables import Tables
from exvivo.tell.who import Key, Roll, by_answer, key_of
from exvivo.units import UNITS

_CODE = "excluded"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two answers, as it is read; `verdict` is empty where there is none."""

    heading: str
    estimate: str
    interval: str
    p: str
    p_adjusted: str
    donors: str
    verdict: str

    @property
    def line(self) -> str:
        """`2.05-fold (1.31 to 3.20), corrected p 0.004, supported`."""
        if not self.verdict or self.verdict == "not estimable":
            return self.verdict or "not known"
        return f"{self.estimate} ({self.interval}), corrected p {self.p_adjusted}, {self.verdict}"


@dataclass(frozen=True, slots=True)
class PutBack:
    """An answer without and with what people left out: `reasons` are theirs, with the wells;
    `notes` what is not known.
    """

    sides: tuple[Side, Side]
    wells: int
    reasons: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def flips(self) -> bool:
        """Whether the verdict is another one with it."""
        without, within = self.sides
        return bool(within.verdict) and without.verdict != within.verdict

    @property
    def line(self) -> str:
        """Both in one line."""
        without, within = self.sides
        return f"{without.heading}: {without.line}; {within.heading}: {within.line}"


@dataclass(frozen=True)
class PutBacks:
    """Those of the answers of a study."""

    study: Study
    rows: Mapping[Key, list[Mapping[str, Any]]]
    exclusions: pl.DataFrame
    roll: Roll

    @classmethod
    def of(cls, tables: Tables, roll: Roll) -> PutBacks:
        """Of the tables of a run. Nobody puts back the wells of donors who withdrew."""
        withdrew = pl.col("donor").str.starts_with(WITHDRAWN).fill_null(value=False)
        others = replace(roll, left_out=roll.left_out.filter(~withdrew))
        gone = roll.left_out.filter(withdrew)
        own = tables.exclusions.join(gone, on=["plate", "well"], how="anti", maintain_order="left")
        return cls(roll.study, by_answer(tables.with_and_without), own, others)

    def at(self, finding: Finding) -> PutBack | None:
        """An answer without and with; None where nothing that people left out bears on it, or where
        it lacks no well of it and reads the same.
        """
        rows = self.rows.get(key_of(finding))
        if not rows:
            return None
        row = rows[0]
        sides = (_side("without it", row, ""), _side("with it put back", row, "with_"))
        if not row["wells"] and not row["unknown"] and _reads_alike(*sides):
            return None
        reasons, notes = tuple(self._reasons(finding)), tuple(self._notes(row))
        return PutBack(sides, row["wells"], reasons, notes)

    def _reasons(self, finding: Finding) -> Iterator[str]:
        """The reasons of the wells that the answer lacks, with the wells."""
        who = self.roll.who(finding)
        for reason in who.wells_left_out if who else ():
            if reason.code == _CODE:
                yield f"{reason.wells}: {reason.words.partition(': ')[2]}"

    def _notes(self, row: Mapping[str, Any]) -> Iterator[str]:
        if row["unknown"]:
            yield f"with it put back nothing can be computed: {row['unknown']}"
        if row["nobodys"]:
            wells = words.counted(row["nobodys"], "well")
            whose = (
                "is not known whose they are" if row["nobodys"] > 1 else "is not known whose it is"
            )
            yield f"of {wells} it {whose}: no answer can be given with them in"
        if self._unsaid(row["assay"]):
            yield "it is not said of all of it whether the groups were hidden when it was decided"

    def _unsaid(self, assay: str) -> bool:
        """Whether any decision about an assay does not say if the groups were hidden."""
        plates = [plate.id for plate in self.study.plates if plate.assay == assay]
        own = self.exclusions.filter(pl.col("plate").is_in(plates))
        return own["labels"].null_count() > 0


def _reads_alike(one: Side, other: Side) -> bool:
    """Whether two answers cannot be told apart in the digits that are printed."""
    return replace(one, heading="") == replace(other, heading="")


def _side(heading: str, row: Mapping[str, Any], prefix: str) -> Side:
    unit = UNITS[row["unit"]]
    own = {name: row[prefix + name] for name in ("estimate", "lower", "upper", "p", "p_adjusted")}
    counts = [Count(**count) for count in row[f"{prefix}n"] or ()]
    return Side(
        heading,
        words.sized(own["estimate"], unit),
        words.ends_of(own["lower"], own["upper"], unit),
        words.p_value(own["p"]),
        words.p_value(own["p_adjusted"]),
        words.group_counts(counts),
        row[f"{prefix}verdict"] or "",
    )


def now_and_then(now: Finding, then: Finding, study: Study) -> list[str]:
    """An answer before and after a decision, in three lines."""
    verdict = "" if now.verdict == then.verdict else f"   ! {now.verdict} -> {then.verdict}"
    sides = (_side("now", now.row(), ""), _side("then", then.row(), ""))
    lines = [f"    {side.heading:5} {side.line}" for side in sides]
    return [f"  {now.question}, {about(now, study)}{verdict}", *lines]
