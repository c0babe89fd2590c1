"""What a report is made from: the tables of a run, and its findings as records with their words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import polars as pl

from exvivo.findings import Finding, Part
from exvivo.tables import (
    ANSWERED,
    ASSAYS,
    CLINIC,
    EXCLUSIONS,
    FLAGS,
    LEFT_OUT,
    QUANTITIES,
    RESPONSES,
    WELLS,
    WITH_AND_WITHOUT,
    WORDED,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding with its words; `reason` is empty where there is an answer."""

    finding: Finding
    sentence: str
    estimand: str
    method: str
    reason: str = ""
    warnings: tuple[str, ...] = ()

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """The record of a row of WORDED."""
        return cls(
            Finding.of_row(row),
            row["sentence"],
            row["estimand_words"],
            row["method_words"],
            row["reason_words"] or "",
            tuple(row["warning_words"]),
        )


def shown_of(worded: pl.DataFrame) -> tuple[Shown, ...]:
    """The records of a WORDED table, in its order."""
    return tuple(Shown.of_row(row) for row in worded.iter_rows(named=True))


def answers_of(shown: tuple[Shown, ...]) -> list[Shown]:
    """The answers to declared questions among findings."""
    return [each for each in shown if each.finding.part == "answer"]


_FRAMES = (
    WELLS,
    QUANTITIES,
    ASSAYS,
    CLINIC,
    RESPONSES,
    ANSWERED,
    LEFT_OUT,
    EXCLUSIONS,
    WITH_AND_WITHOUT,
    FLAGS,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tables:
    """The tables of a run that are put into words and figures."""

    wells: pl.DataFrame
    quantities: pl.DataFrame
    assays: pl.DataFrame
    clinic: pl.DataFrame
    responses: pl.DataFrame
    answered: pl.DataFrame
    left_out: pl.DataFrame
    exclusions: pl.DataFrame
    with_and_without: pl.DataFrame
    flags: pl.DataFrame
    findings: tuple[Shown, ...]

    @classmethod
    def of(cls, frames: Mapping[str, pl.DataFrame]) -> Self:
        """From the tables of a run by name, `findings` as WORDED; one left out is empty."""
        findings = shown_of(frames.get(WORDED.name, WORDED.frame()))
        given = {table.name: frames.get(table.name, table.frame()) for table in _FRAMES}
        return cls(findings=findings, **given)

    def of_question(self, question: str, part: Part) -> list[Shown]:
        """The findings of a question: its answers, the numbers beside them, or their robustness."""
        return [
            shown
            for shown in self.findings
            if (shown.finding.question, shown.finding.part) == (question, part)
        ]

    def of_assay(self, assay: str) -> Self:
        """The same tables with the wells, quantities and fits of one assay only."""
        return replace(
            self,
            wells=self.wells.filter(assay=assay),
            quantities=self.quantities.filter(assay=assay),
            assays=self.assays.filter(assay=assay),
        )

    @property
    def amounts(self) -> pl.DataFrame:
        """The quantities that are amounts, without the signals they were read from."""
        return self.quantities.filter(on="amount")
