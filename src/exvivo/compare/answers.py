"""Every declared question, asked of every assay and analyte it names: the only source of
findings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import chain

import numpy as np
import polars as pl

from exvivo.compare.asks import ASKS
from exvivo.compare.asks.controls import with_controls
from exvivo.compare.asks.difference import regressed
from exvivo.compare.calibrated.kept import Kept
from exvivo.compare.evidence import Evidence, scores_of
from exvivo.compare.judge.families import Regressed
from exvivo.compare.judge.negative_controls import with_calibrated
from exvivo.compare.judge.verdicts import judged
from exvivo.compare.judge.worth import with_worth
from exvivo.compare.methods.permutation import Permutations
from exvivo.compare.sample import samples
from exvivo.findings import Finding, rows_of
from exvivo.study import Difference, Question, Study
from exvivo.table import check
from exvivo.tables import CLINIC, FINDINGS, PROFILES, QUANTITIES, RESPONSES

Progress = Callable[[int, int], None]
"""Called with how many answers are done, and with the number of all."""


def unwatched(done: int, answers: int) -> None:
    """The progress that nobody watches."""


def compare(
    responses: pl.DataFrame,
    clinic: pl.DataFrame,
    *,
    study: Study,
    rng: np.random.Generator,
    quantities: pl.DataFrame | None = None,
    profiles: pl.DataFrame | None = None,
    kept: Kept | None = None,
    simulating: Progress = unwatched,
    brief: bool = False,
) -> pl.DataFrame:
    """RESPONSES and CLINIC to FINDINGS: for each question, assay, analyte (and scale) an answer and
    numbers beside it.

    `quantities` are the wells behind the responses, for the models that are fitted to wells; left
    out, they are not fitted. `profiles` is the expression (PROFILES) that questions of identity are
    answered from.

    Where the plan asks for it, the study's own design is simulated behind its answers. `kept` is
    what earlier runs simulated, and takes what this one does; `simulating` is called with the
    number of answers that are done, and of all. Of a `brief` comparison the answers are the same,
    without warnings that rest on what stands beside them, and little stands beside them.

    The p values of answers are corrected within the declared family (`judged` says how). `rng`
    gives the seed of the Monte-Carlo permutations; each test's permutations depend on that seed and
    its number of donors only.
    """
    evidence = _evidence(responses, clinic, study, rng, quantities, profiles)
    evidence = replace(evidence, brief=brief)
    by_question = [ASKS[question.ask](question, evidence) for question in study.questions]
    by_question = with_controls(study.questions, by_question, evidence)
    tables = _regressed(study.questions, by_question, evidence)
    if study.plan.joint and quantities is not None:
        by_question = _with_joint_model(by_question, evidence, clinic)
    if study.plan.calibrate:
        from exvivo.compare.calibrated.findings import with_simulations

        by_question = with_simulations(by_question, evidence, kept or Kept(), simulating)
    findings = judged(list(chain(*by_question)), study=study, tables=tables)
    return FINDINGS.frame(rows_of(with_worth(with_calibrated(findings, study))))


def _evidence(
    responses: pl.DataFrame,
    clinic: pl.DataFrame,
    study: Study,
    rng: np.random.Generator,
    quantities: pl.DataFrame | None,
    profiles: pl.DataFrame | None,
) -> Evidence:
    """The tables, checked, as questions ask for them."""
    wells = QUANTITIES.frame() if quantities is None else check(QUANTITIES, quantities)
    return Evidence(
        study=study,
        responses=samples(check(RESPONSES, responses)),
        scores=scores_of(check(CLINIC, clinic)),
        wells=wells.filter(on="amount"),
        profiles=PROFILES.frame() if profiles is None else check(PROFILES, profiles),
        visits=frozenset(responses["visit"]) | frozenset(clinic["visit"]),
        permutations=Permutations(study.plan.permutations, int(rng.integers(2**63))),
    )


def _regressed(
    questions: tuple[Question, ...], by_question: list[list[Finding]], evidence: Evidence
) -> dict[tuple[str, str, str], Regressed]:
    """The numbers behind the answers of differences that are regressions on donors: by question,
    assay and analyte.
    """
    tables = {}
    for question, findings in zip(questions, by_question, strict=True):
        if not isinstance(question, Difference):
            continue
        for answer in _answers(findings):
            table = regressed(answer, question, evidence)
            if table is not None:
                tables[question.id, answer.assay, answer.analyte] = table
    return tables


def _answers(findings: list[Finding]) -> list[Finding]:
    """The answers among the findings of a question."""
    return [finding for finding in findings if finding.part == "answer"]


def _with_joint_model(
    by_question: list[list[Finding]], evidence: Evidence, clinic: pl.DataFrame
) -> list[list[Finding]]:
    """The findings of each question with those of the joint model beside its answers."""
    from exvivo.compare.joint.findings import Asking, JointFits, joint_findings

    study = evidence.study
    fits = JointFits(evidence.wells, clinic, study, study.plan.seed)
    extended: list[list[Finding]] = []
    for question, findings in zip(study.questions, by_question, strict=True):
        extended.append(findings)
        if isinstance(question, Asking):
            extended[-1] = findings + joint_findings(question, _answers(findings), fits)
    return extended
