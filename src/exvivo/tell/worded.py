"""Findings with their words: the table that people read."""

from __future__ import annotations

import polars as pl

from exvivo.findings import Finding, findings_of
from exvivo.study import Study
from exvivo.table import check
from exvivo.tables import FINDINGS, WORDED
from exvivo.tell.phrases import caveat_words, estimand_words, method_words, reason_words
from exvivo.tell.sentences import sentence


def worded(findings: pl.DataFrame, study: Study) -> pl.DataFrame:
    """FINDINGS to WORDED: each finding with its sentence, and the words of its codes."""
    check(FINDINGS, findings)
    questions = {question.id: question for question in study.questions}
    rows = [
        finding.row()
        | {"sentence": sentence(finding, questions[finding.question], study=study)}
        | _words(finding, study)
        for finding in findings_of(findings)
    ]
    return WORDED.frame(rows)


def _words(finding: Finding, study: Study) -> dict[str, object]:
    """The words of a finding's codes."""
    return {
        "estimand_words": estimand_words(finding, study),
        "method_words": method_words(finding),
        "reason_words": reason_words(finding, study),
        "warning_words": [caveat_words(caveat, study) for caveat in finding.warnings],
    }
