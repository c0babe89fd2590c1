"""Do two groups differ? The answer, what stands beside it, and what other choices make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import assert_never

import numpy as np

from exvivo.compare.asks.difference_of_donors import difference
from exvivo.compare.asks.difference_of_wells import difference_of_wells, table_of
from exvivo.compare.asks.treatment import adjusted
from exvivo.compare.estimate import as_beside
from exvivo.compare.evidence import Evidence
from exvivo.compare.judge.families import Regressed, answer_shares
from exvivo.compare.judge.leave_one_out import difference_without_each, with_range
from exvivo.compare.judge.specification import Choices, Measure, grid
from exvivo.compare.sample import Sample
from exvivo.findings import Finding
from exvivo.methods import WELCH
from exvivo.study import Assay, Beads, Difference, Immunoassay, Qpcr, Results

Cells = list[tuple[Choices, Finding]]
"""Cells of the specification grid: what was chosen, and what it gave."""


def ask(question: Difference, evidence: Evidence) -> list[Finding]:
    """The answers of every assay and analyte, each with what stands beside it."""
    findings: list[Finding] = []
    for sample, blank in evidence.each(question):
        findings += _one(question, sample, blank, evidence)
    return findings


def _one(question: Difference, sample: Sample, blank: Finding, evidence: Evidence) -> list[Finding]:
    """The answer of one assay and analyte: on amounts, on the signal, and over all choices."""
    answer, *beside = _answered(question, sample, blank, evidence)

    def again(fewer: Sample) -> float | None:
        return _answered(question, fewer, blank, evidence)[0].estimate

    range_ = difference_without_each(answer, sample, question.groups, again)
    covariates = adjusted(question, sample, blank, study=evidence.study)
    measure = _measure(evidence.study.assay(blank.assay))
    cells = _cells(measure, [answer, *beside], covariates)
    on_signal, signal_cells = _on_signal(question, blank, evidence)
    findings = [*with_range(answer, range_), *beside, *covariates, *on_signal]
    return [*findings, *grid(cells + signal_cells)]


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
    question: Difference, sample: Sample, blank: Finding, evidence: Evidence
) -> list[Finding]:
    """The difference by donors, with the mixed model of their wells: as the answer where wells are
    uneven, else beside it.
    """
    findings = difference(question, sample, blank, evidence)
    answer, *beside = findings
    if answer.method is not WELCH or evidence.wells.is_empty():
        return findings
    assay, analyte, study = answer.assay, answer.analyte, evidence.study
    table = table_of(question, sample, evidence.wells, assay=assay, analyte=analyte, study=study)
    by_wells = difference_of_wells(question, table, answer, study=study)
    if by_wells is None:
        return findings
    if table.balanced and not answer.warns("uneven_plates"):
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
    """The numbers behind an answer by Welch's interval, for p values that donors are drawn for;
    None where a result is a bound or donors share errors that count.
    """
    if answer.method is not WELCH:
        return None
    sample = evidence.sample(question, answer.assay, answer.analyte)
    donors = sample.of(*question.groups)
    if donors.undetected.any() or answer_shares(donors, question.groups):
        return None
    in_first = np.asarray(donors.groups == question.groups[0])
    return Regressed(donors.donors, donors.lower, in_first, np.empty((len(in_first), 0)))
