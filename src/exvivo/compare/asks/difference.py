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
from exvivo.compare.judge.leave_one_out import difference_without_each, with_range
from exvivo.compare.judge.specification import Choices, Measure, grid
from exvivo.compare.judge.verdicts import Donors, answer_shares
from exvivo.compare.sample import Sample
from exvivo.findings import Finding
from exvivo.methods import WELCH
from exvivo.study import Assay, Beads, Difference, Immunoassay, Qpcr, Results

Cells = list[tuple[Choices, Finding]]
"""Cells of the specification grid: what was chosen, and what it gave."""


def ask(question: Difference, evidence: Evidence) -> list[Finding]:
    """The answers of every assay and analyte, each with what stands beside it."""
    return [
        finding
        for sample, blank in evidence.each(question)
        for finding in _one(question, sample, blank, evidence)
    ]


def _one(question: Difference, sample: Sample, blank: Finding, evidence: Evidence) -> list[Finding]:
    """The answer of one assay and analyte: on amounts, on the signal, and over all choices."""
    answer, *beside = _answered(question, sample, blank, evidence)

    def again(fewer: Sample) -> float | None:
        return _answered(question, fewer, blank, evidence)[0].estimate

    range_ = difference_without_each(answer, sample, question.groups, again)
    covariates = adjusted(question, sample, blank, study=evidence.study)
    findings = [*with_range(answer, range_), *beside, *covariates]
    measure = _measure(evidence.study.assay(blank.assay))
    cells = _cells(measure, [answer, *beside], covariates[:1])
    signal = evidence.signal(question, blank)
    if signal is not None:
        on_signal = replace(blank, on="signal")
        with_signal = difference(question, signal, on_signal, evidence)
        findings.append(replace(with_signal[0], part="beside", warnings=()))
        covariates = adjusted(question, signal, on_signal, study=evidence.study)
        cells += _cells("signal", with_signal, covariates[:1])
    return [*findings, *grid(cells)]


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
    table = table_of(
        question,
        sample,
        evidence.wells,
        assay=answer.assay,
        analyte=answer.analyte,
        study=evidence.study,
    )
    by_wells = difference_of_wells(question, table, answer, study=evidence.study)
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
    return cells + [((measure, "means", "adjusted"), finding) for finding in covariates]


def known_results(answer: Finding, question: Difference, evidence: Evidence) -> Donors | None:
    """Group and result of every donor of an answer by Welch's interval, for p values that donors
    are rearranged for; None where a result is a bound or donors share errors that count.
    """
    if answer.method is not WELCH:
        return None
    sample = evidence.sample(question, answer.assay, answer.analyte)
    donors = sample.only(np.isin(sample.groups, question.groups))
    if donors.undetected.any() or answer_shares(donors, question.groups):
        return None
    results = zip(donors.donors, donors.groups, donors.lower, strict=True)
    return {donor: (str(group), float(value)) for donor, group, value in results}
