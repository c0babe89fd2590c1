"""Do two groups differ? The answer, what stands beside it, and what other choices make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

from exvivo.compare.asks.difference_of_donors import difference
from exvivo.compare.asks.difference_of_wells import (
    Table,
    difference_of_wells,
    table_of,
    wells_without_each,
)
from exvivo.compare.asks.treatment import adjusted, adjusted_sides
from exvivo.compare.estimate import as_beside
from exvivo.compare.evidence import Evidence
from exvivo.compare.judge.families import Regressed
from exvivo.compare.judge.leave_one_out import of_sides, ranged, refitted, with_range
from exvivo.compare.judge.specification import Choices, Measure, grid
from exvivo.compare.sample import Sample
from exvivo.compare.sides import Sides
from exvivo.findings import Finding
from exvivo.methods import BOUNDED, COUNTED, LEAST_SQUARES, WELCH, WELLS
from exvivo.study import Assay, Beads, Difference, Immunoassay, Qpcr, Results

Cells = list[tuple[Choices, Finding]]
"""Cells of the specification grid: what was chosen, and what it gave."""


def ask(question: Difference, evidence: Evidence) -> list[Finding]:
    """The answers of every assay and analyte, each with what stands beside it."""
    findings: list[Finding] = []
    for sample, blank in evidence.each(question):
        findings += _one(question, sample, blank, evidence)
    return findings


_SHARED = 0.01
"""The share of a difference's variance that errors shared by donors may make before rearranging
donors forgets too much.
"""
_OF_DONORS = (WELCH, LEAST_SQUARES)
"""The methods that answer from one detected number a donor."""


def _one(question: Difference, sample: Sample, blank: Finding, evidence: Evidence) -> list[Finding]:
    """The answer of one assay and analyte: on amounts, on the signal, and over all choices."""
    table = _table(question, sample, blank, evidence)
    answer, *beside = _answered(question, sample, blank, evidence, table)
    if evidence.brief and question.answer != "adjusted":
        return [answer]
    range_ = _without_each(question, sample, answer, evidence, table)
    covariates = adjusted(question, sample, blank, study=evidence.study)
    if question.answer == "adjusted":
        return _adjusted_answer(question, sample, [answer, *beside], covariates, evidence)
    measure = _measure(evidence.study.assay(blank.assay))
    cells = _cells(measure, [answer, *beside], covariates)
    on_signal, signal_cells = _on_signal(question, blank, evidence)
    findings = [*with_range(answer, range_), *beside, *covariates, *on_signal]
    return [*findings, *grid(cells + signal_cells)]


def _adjusted_answer(
    question: Difference,
    sample: Sample,
    unadjusted: Sequence[Finding],
    covariates: Sequence[Finding],
    evidence: Evidence,
) -> list[Finding]:
    """The adjusted difference as the answer, with its range; the unadjusted one and what stood
    beside it behind.
    """
    first, *beside = covariates
    answer = replace(first, part="answer", warnings=(*sample.warnings, *first.warnings))
    behind = [*beside, *map(as_beside, unadjusted)]
    if answer.estimate is None:
        return [answer, *behind]
    range_ = of_sides(answer, adjusted_sides(question, sample, evidence.study))
    return [*with_range(answer, range_), *behind]


def _without_each(
    question: Difference,
    sample: Sample,
    answer: Finding,
    evidence: Evidence,
    table: Table | None,
) -> list[Finding]:
    """The range of the answer without each donor, by its own method."""
    if evidence.brief:
        return []
    donors = sample.of(*question.groups)
    sides = Sides.of_group(donors, question.groups[0])
    if answer.method in (*_OF_DONORS, COUNTED, BOUNDED):
        return of_sides(answer, sides.informative)
    if answer.method is WELLS and table is not None:
        return ranged(answer, *wells_without_each(question, table, answer))

    def again(fewer: Sample) -> float | None:
        blank = replace(answer, warnings=())
        return difference(question, fewer, blank, evidence)[0].estimate

    return refitted(answer, donors, again)


def _table(
    question: Difference, sample: Sample, blank: Finding, evidence: Evidence
) -> Table | None:
    """The wells behind an answer; None where models of wells are not fitted."""
    if evidence.wells.is_empty() or sample.undetected.any() or not sample.donors:
        return None
    assay, analyte, study = blank.assay, blank.analyte, evidence.study
    return table_of(question, sample, evidence.wells, assay=assay, analyte=analyte, study=study)


def _on_signal(
    question: Difference, blank: Finding, evidence: Evidence
) -> tuple[list[Finding], Cells]:
    """The difference on the signal that amounts were read from, and its cells; nothing where it is
    not kept.
    """
    signal = evidence.signal(question, blank)
    if signal is None:
        return [], []
    blank = replace(blank, on="signal")
    answer, *beside = difference(question, signal, blank, evidence)
    covariates = adjusted(question, signal, blank, study=evidence.study)
    cells = _cells("signal", [answer, *beside], covariates)
    return [replace(answer, part="beside", warnings=())], cells


def _answered(
    question: Difference, sample: Sample, blank: Finding, evidence: Evidence, table: Table | None
) -> list[Finding]:
    """The difference by donors, with the mixed model of their wells: as the answer where donors
    have unequal wells, else beside it.
    """
    findings = difference(question, sample, blank, evidence)
    answer, *beside = findings
    if answer.method not in _OF_DONORS or table is None:
        return findings
    if evidence.brief and table.balanced:
        return findings
    by_wells = difference_of_wells(question, table, answer, study=evidence.study)
    if by_wells is None:
        return findings
    if table.balanced:
        return [answer, *beside, as_beside(by_wells)]
    return [by_wells, *beside, as_beside(answer)]


def _measure(assay: Assay) -> Measure:
    """What the grid calls the amounts of an assay."""
    match assay:
        case Qpcr():
            return "expression"
        case Beads() | Immunoassay() | Results():
            return "concentration"
        case _:
            assert_never(assay)


def _cells(measure: Measure, findings: Sequence[Finding], covariates: Sequence[Finding]) -> Cells:
    """The cells of the grid that a measure gives: means, ranks, wells, and what was adjusted
    for.
    """
    cells: Cells = [
        ((measure, finding.method.family, "unadjusted"), finding)
        for finding in findings
        if finding.method.family in ("means", "ranks", "wells")
    ]
    return cells + [((measure, "means", "adjusted"), finding) for finding in covariates[:1]]


def regressed(answer: Finding, question: Difference, evidence: Evidence) -> Regressed | None:
    """The numbers behind an answer by least squares, for p values that donors are drawn for; None
    where a result is a bound or donors share errors that count.
    """
    if answer.method not in _OF_DONORS or answer.estimand.code == "adjusted_difference":
        return None
    sample = evidence.sample(question, answer.assay, answer.analyte)
    donors = sample.of(*question.groups)
    sides = Sides.of_group(donors, question.groups[0])
    if sides.bounded or _shares(sides, evidence.alpha):
        return None
    return Regressed(donors.donors, donors.lower, sides.first, sides.columns)


def _shares(sides: Sides, alpha: float) -> bool:
    """Whether errors that donors share (plates, curves, efficiencies) count in a difference: draws
    of donors do not account for them.
    """
    return sides.shared > _SHARED * sides.fit(alpha=alpha)[0].error ** 2
