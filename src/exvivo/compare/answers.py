"""Every declared question, asked of every assay and analyte it names: the only source of
findings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from exvivo.compare.asks.association import association
from exvivo.compare.asks.change import change, change_with
from exvivo.compare.asks.difference import BOUNDED, COUNTED, MANN_WHITNEY, SHIFT, WELCH, difference
from exvivo.compare.asks.difference_of_wells import difference_of_wells, table_of
from exvivo.compare.asks.effect import effect
from exvivo.compare.asks.identity import identity
from exvivo.compare.asks.mediation import mediation
from exvivo.compare.asks.specificity import specificity
from exvivo.compare.asks.treatment import adjusted, treatment
from exvivo.compare.finding import Finding
from exvivo.compare.judge.leave_one_out import difference_without_each, with_range
from exvivo.compare.judge.specification import grid
from exvivo.compare.judge.verdicts import Donors, answer_shares, judged
from exvivo.compare.methods.permutation import Permutations
from exvivo.compare.sample import Key, Sample, sample_of, samples
from exvivo.compare.sentences import sentence
from exvivo.study import Association, Measured, Qpcr, Study, groups_of
from exvivo.tables import CLINIC, FINDINGS, PROFILES, QUANTITIES, RESPONSES, SIGNAL, check

if TYPE_CHECKING:
    from exvivo.compare.joint.findings import JointFits


@dataclass(frozen=True)
class _Asked:
    """What every question is answered from."""

    study: Study
    quantities: pl.DataFrame
    frames: dict[Key, pl.DataFrame]
    scores: Mapping[tuple[str, str], dict[str, float]]
    permutations: Permutations
    donors: dict[tuple[str, str, str], Donors]
    joint: JointFits | None
    profiles: pl.DataFrame


def compare(
    responses: pl.DataFrame,
    clinic: pl.DataFrame,
    *,
    study: Study,
    rng: np.random.Generator,
    quantities: pl.DataFrame | None = None,
    profiles: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """RESPONSES and CLINIC to FINDINGS: for each question, assay, analyte (and scale) an answer and
    numbers beside it.

    `quantities` are the wells behind the responses, for the models that are fitted to wells; left
    out, they are not fitted. `profiles` is the expression (PROFILES) that questions of identity are
    answered from.

    The p values of answers are corrected within the declared family (`family.judged` says how).
    `rng` gives the seed of the Monte-Carlo permutations; each test's permutations depend on that
    seed and its number of donors only.
    """
    check(RESPONSES, responses)
    check(CLINIC, clinic)
    asked = _Asked(
        study,
        check(QUANTITIES, quantities) if quantities is not None else QUANTITIES.frame(),
        samples(responses),
        _scores(clinic),
        Permutations(study.plan.permutations, int(rng.integers(2**63))),
        {},
        _joint(quantities, clinic, study),
        check(PROFILES, profiles) if profiles is not None else PROFILES.frame(),
    )
    found: list[Finding] = []
    for question in study.questions:
        mine = ASKS[question.ask](question, asked)
        found += [*mine, *_by_joint_model(question, mine, asked)]
    questions = {question.id: question for question in study.questions}
    told = [
        replace(f, sentence=sentence(f, questions[f.question], study=study))
        for f in judged(found, study=study, donors=asked.donors)
    ]
    return FINDINGS.frame([finding.row() for finding in told])


def _by_joint_model(question: Any, found: list[Finding], asked: _Asked) -> list[Finding]:
    """What the joint model says beside the answers, if the plan asks for it."""
    from exvivo.compare.joint.findings import Asking, joint_findings

    if asked.joint is None or not isinstance(question, Asking):
        return []
    return joint_findings(
        question, [finding for finding in found if finding.part == "answer"], asked.joint
    )


def _joint(quantities: pl.DataFrame | None, clinic: pl.DataFrame, study: Study) -> JointFits | None:
    """The joint models of the study, if its plan asks for them and its wells are here; fitted when
    first asked.
    """
    if not study.plan.joint or quantities is None:
        return None
    from exvivo.compare.joint.findings import JointFits

    return JointFits(quantities, clinic, study, study.plan.seed)


def _ask_difference(question: Any, asked: _Asked) -> list[Finding]:
    def answered(sample: Sample, blank: Finding) -> list[Finding]:
        return difference(
            question, sample, blank, study=asked.study, permutations=asked.permutations
        )

    found: list[Finding] = []
    for sample, blank in _each(question, asked):
        answer, *beside = _with_wells(question, sample, answered(sample, blank), asked)
        both = np.isin(sample.groups, question.groups)
        if (
            answer.method == WELCH
            and not sample.undetected[both].any()
            and not answer_shares(sample, question.groups)
        ):
            results = zip(sample.donors, sample.groups, sample.lower, both, strict=True)
            known = {
                donor: (str(group), float(value)) for donor, group, value, kept in results if kept
            }
            asked.donors[question.id, blank.assay, blank.analyte] = known

        def again(fewer: Sample, blank: Finding = blank) -> float | None:
            return _with_wells(question, fewer, answered(fewer, blank), asked)[0].estimate

        range_ = difference_without_each(answer, sample, question.groups, again)
        held = adjusted(question, sample, blank, study=asked.study)
        found += [*with_range(answer, range_), *beside, *held]
        measure = (
            "expression" if isinstance(asked.study.assay(blank.assay), Qpcr) else "concentration"
        )
        cells = _cells(measure, [answer, *beside], held[:1])
        for signal in _signal(question, blank, asked):
            with_signal = answered(signal, replace(blank, n=[]))
            found.append(_on_signal(with_signal[0], blank))
            held = adjusted(question, signal, blank, study=asked.study)
            cells += _cells("signal", with_signal, held[:1])
        found += grid(cells)
    return found


def _with_wells(
    question: Any, sample: Sample, found: list[Finding], asked: _Asked
) -> list[Finding]:
    """The mixed model of the wells with the donors' means: as the answer where wells are uneven,
    else beside it.
    """
    answer, *beside = found
    if answer.method != WELCH or asked.quantities.is_empty():
        return found
    table = table_of(
        question,
        sample,
        asked.quantities,
        assay=answer.assay,
        analyte=answer.analyte,
        study=asked.study,
    )
    by_wells = difference_of_wells(question, table, answer, study=asked.study)
    if by_wells is None:
        return found
    spread_evenly = not any("unevenly" in warning for warning in answer.warnings)
    if table.balanced and spread_evenly:
        return [
            answer,
            *beside,
            replace(by_wells, part="beside", warnings=[], p_permutation=None, effect_size=None),
        ]
    return [
        by_wells,
        *beside,
        replace(answer, part="beside", warnings=[], p_permutation=None, effect_size=None),
    ]


def _cells(
    measure: str, found: Sequence[Finding], held: Sequence[Finding]
) -> list[tuple[tuple[str, ...], Finding]]:
    """The cells of the specification grid that a measure gives: means, ranks, wells, and what was
    adjusted for.
    """
    kinds = [(_kind(cell), cell) for cell in found]
    cells = [((measure, kind, "unadjusted"), cell) for kind, cell in kinds if kind]
    return [*cells, *(((measure, "donor means", "adjusted"), cell) for cell in held)]


def _kind(cell: Finding) -> str:
    """How a cell of the grid was estimated, in a word; empty for what is no estimate of the
    difference.
    """
    kinds = {
        WELCH: "donor means",
        MANN_WHITNEY: "ranks",
        SHIFT: "ranks",
        BOUNDED: "wells",
        COUNTED: "wells",
    }
    return kinds.get(
        cell.method, "wells" if cell.method.startswith("restricted likelihood of the wells") else ""
    )


def _ask_association(question: Any, asked: _Asked) -> list[Finding]:
    scales = {scale.id: scale for scale in asked.study.scales}
    found: list[Finding] = []
    for sample, blank in _each(question, asked):
        for name in question.scales:
            scores = asked.scores.get((name, sample.visit), {})

            def answered(
                sample: Sample, blank: Finding, name: str = name, scores: Any = scores
            ) -> list[Finding]:
                return association(
                    question,
                    sample,
                    scores,
                    scales[name],
                    blank,
                    study=asked.study,
                    permutations=asked.permutations,
                )

            answer, *beside = answered(sample, blank)
            found += [_against_expectation(answer, question, asked.study), *beside]
            found += [
                _on_signal(answered(signal, replace(blank, n=[]))[0], blank)
                for signal in _signal(question, blank, asked)
            ]
    return found


def _signal(question: Any, blank: Finding, asked: _Asked) -> list[Sample]:
    """The donors' results on the signal itself, where the answer is of concentrations read off a
    curve.
    """
    estimand = "response" if question.stimulus else "level"
    if (
        estimand,
        blank.assay + SIGNAL,
        blank.analyte,
        question.stimulus or None,
    ) not in asked.frames:
        return []
    return [
        sample_of(
            asked.frames,
            question,
            assay=blank.assay + SIGNAL,
            analyte=blank.analyte,
            study=asked.study,
        )
    ]


def _on_signal(found: Finding, blank: Finding) -> Finding:
    """An answer on the signal, to stand beside that on concentrations: what it owes to the curve
    and its limits.
    """
    estimand = f"on the signal itself, without a curve: {found.estimand}"
    return replace(found, part="beside", readout=blank.readout, warnings=[], estimand=estimand)


def _ask_specificity(question: Any, asked: _Asked) -> list[Finding]:
    def result(assay: str, analyte: str, cells: str | None) -> Sample:
        return sample_of(
            asked.frames, question, assay=assay, analyte=analyte, study=asked.study, cell_type=cells
        )

    found = []
    for sample, blank in _each(question, asked):
        cells = question.against_cell_type or None
        analytes = [name for name in question.against if name != blank.analyte] or [blank.analyte]
        others = [result(blank.assay, name, cells) for name in analytes]
        found += specificity(question, sample, others, blank, study=asked.study)
    return found


def _ask_change(question: Any, asked: _Asked) -> list[Finding]:
    scales = {scale.id: scale for scale in asked.study.scales}
    found: list[Finding] = []
    for assay in question.assays:
        for analyte in question.analytes:
            visits = [
                sample_of(
                    asked.frames,
                    question,
                    assay=assay,
                    analyte=analyte,
                    study=asked.study,
                    visit=visit,
                )
                for visit in question.visits
            ]
            blank = _blank(question, visits[-1], assay, analyte, asked.study)
            if not question.scales:
                found += change(question, visits, blank, study=asked.study)
            for name in question.scales:
                scores = [asked.scores.get((name, visit), {}) for visit in question.visits]
                found += change_with(
                    question, visits, scores, scales[name], blank, study=asked.study
                )
    return found


def _ask_treatment(question: Any, asked: _Asked) -> list[Finding]:
    return [
        finding
        for sample, blank in _each(question, asked)
        for finding in treatment(question, sample, blank, study=asked.study)
    ]


def _ask_mediation(question: Any, asked: _Asked) -> list[Finding]:
    scales = {scale.id: scale for scale in asked.study.scales}
    return [
        finding
        for sample, blank in _each(question, asked)
        for name in question.scales
        for finding in mediation(
            question,
            sample,
            asked.scores.get((name, sample.visit), {}),
            scales[name],
            blank,
            study=asked.study,
        )
    ]


def _ask_effect(question: Any, asked: _Asked) -> list[Finding]:
    return [
        finding
        for sample, blank in _each(question, asked)
        for finding in effect(question, sample, blank, study=asked.study)
    ]


def _ask_identity(question: Any, asked: _Asked) -> list[Finding]:
    return identity(question, asked.profiles, study=asked.study, permutations=asked.permutations)


ASKS: dict[str, Callable[[Any, _Asked], list[Finding]]] = {
    "difference": _ask_difference,
    "association": _ask_association,
    "specificity": _ask_specificity,
    "change": _ask_change,
    "effect": _ask_effect,
    "treatment": _ask_treatment,
    "mediation": _ask_mediation,
    "identity": _ask_identity,
}
"""What can be asked. A new kind of question is a record in `study`, a method file here, and a
line.
"""


def _each(question: Measured, asked: _Asked) -> list[tuple[Sample, Finding]]:
    """The donors and the empty finding of every assay and analyte of a question."""
    made = []
    for assay in question.assays:
        for analyte in question.analytes:
            sample = sample_of(
                asked.frames, question, assay=assay, analyte=analyte, study=asked.study
            )
            made.append((sample, _blank(question, sample, assay, analyte, asked.study)))
    return made


def _blank(question: Measured, sample: Sample, assay: str, analyte: str, study: Study) -> Finding:
    return Finding(
        question=question.id,
        ask=question.ask,
        family=question.family or question.id,
        assay=assay,
        readout=sample.readout,
        analyte=analyte,
        cell_type=sample.cell_type,
        stimulus=question.stimulus or None,
        estimand="",
        method="",
        unit="log2 fold",
        level=1 - study.plan.alpha,
        n=sample.counts(groups_of(question)),
    )


def _scores(clinic: pl.DataFrame) -> dict[tuple[str, str], dict[str, float]]:
    """The scores that were given, by scale and visit."""
    given = clinic.drop_nulls("score").partition_by(
        "scale", "visit", as_dict=True, maintain_order=True
    )
    return {
        (str(k[0]), str(k[1])): dict(frame.select("donor", "score").iter_rows())
        for k, frame in given.items()
    }


def _against_expectation(answer: Finding, question: Association, study: Study) -> Finding:
    """A warning where the coefficient points away from what was expected beforehand."""
    if (
        question.symptoms == "either"
        or not answer.estimate
        or answer.lower is None
        or answer.upper is None
    ):
        return answer
    if answer.lower <= 0 <= answer.upper:
        return answer
    scale = next(scale for scale in study.scales if scale.id == answer.scale)
    expected = 1 if question.symptoms == scale.higher_is else -1
    if answer.estimate * expected > 0:
        return answer
    return replace(
        answer,
        warnings=[*answer.warnings, "the direction is opposite to the one expected beforehand"],
    )
