"""What simulated studies of this very design gave, behind each answer, and at it where a method
does not hold what it promises.

A share outside its band is simulated once more with fresh studies, which decide: with dozens of
shares one would else be outside by chance in most reports. The band is Clopper and Pearson's (1934,
doi 10.1093/biomet/26.4.404) of 99 %. How simulations are planned and told follows Morris, White and
Crowther (2019, doi 10.1002/sim.8086).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from exvivo.compare.calibrated.asked import trial_of
from exvivo.compare.calibrated.draws import APART, NORMAL, SKEWED, Setting
from exvivo.compare.calibrated.kept import Kept, digest, digest_of
from exvivo.compare.calibrated.trials import Trial, reproduces
from exvivo.compare.estimate import NotEstimable, emptied, not_estimable, warned
from exvivo.compare.evidence import Evidence
from exvivo.findings import Caveat, Estimand, Fact, Finding
from exvivo.methods import (
    BOUNDED,
    BOUNDED_CONTRASTS,
    COUNTED,
    SHIFT,
    SIMULATED,
    SUPERIORITY,
    WELLS,
)
from exvivo.study import Question
from exvivo.units import SHARE

STUDIES = 1000
"""Simulated studies for each share."""
_FRESH = 4
"""How many times as many decide where a share is outside its band."""
_LEVEL = 0.99
"""The level of the band."""
_SECONDS = 30.0
"""CPU seconds that the slow methods of a study share."""
_FEWEST = 30
"""Studies under which a share says nothing."""
_SECONDS_A_DONOR = {
    BOUNDED.id: 0.0015,
    BOUNDED_CONTRASTS.id: 0.0015,
    COUNTED.id: 0.022,
    SUPERIORITY.id: 0.0005,
    SHIFT.id: 0.0005,
    WELLS.id: 0.00012,
}
"""CPU seconds of one study for each donor, of the slow methods."""
_SECONDS_BOUNDED = 0.0004
"""The same of a coefficient with bounds."""
What = Literal["error", "coverage"]
Cell = tuple[What, Setting]
_CELLS: tuple[Cell, ...] = (
    ("error", NORMAL),
    ("error", SKEWED),
    ("error", APART),
    ("coverage", NORMAL),
    ("coverage", SKEWED),
)
_SLOW: tuple[Cell, ...] = (("error", NORMAL), ("error", SKEWED), ("coverage", NORMAL))
"""The shares that are simulated, of slow methods fewer."""
Progress = Callable[[int, int], None]
"""Called with the number of answers that are done, and of all."""


@dataclass(frozen=True)
class _Simulated:
    """An answer with its question, and the hash of what its simulation depends on; `studies` for
    each share. What is drawn hangs on the `seed` of the plan and on what is asked, not on that
    hash: the last digit of a result, which another processor changes, draws no other studies.
    """

    question: Question
    answer: Finding
    key: str
    studies: int
    seed: int

    def cells(self, *, with_terms: bool) -> tuple[Cell, ...]:
        """The shares that are simulated."""
        cells = _SLOW if _seconds(self.answer) else _CELLS
        return tuple(cell for cell in cells if with_terms or cell[1] is not APART)

    def stream(self, cell: Cell, *, fresh: bool) -> np.random.Generator:
        """The random numbers of the studies of one share."""
        what, setting = cell
        about = (self.question.id, self.answer.assay, self.answer.analyte, self.answer.scale)
        name = repr((self.seed, *about, what, setting.name, fresh))
        return np.random.default_rng([*name.encode()])

    @property
    def fresh(self) -> int:
        """The studies that decide."""
        return self.studies * (_FRESH if self.studies >= STUDIES else 1)


def with_simulations(
    by_question: Sequence[list[Finding]],
    evidence: Evidence,
    kept: Kept,
    progress: Progress,
) -> list[list[Finding]]:
    """The findings of each question, each answer with the shares that its method reached in
    simulated studies behind it, and a warning where one is outside its band.
    """
    questions = evidence.study.questions
    pairs = [
        (question, finding)
        for question, findings in zip(questions, by_question, strict=True)
        for finding in findings
        if _is_answered(finding)
    ]
    asked = _planned(pairs, evidence)
    rows: dict[int, list[Finding]] = {}
    for done, one in enumerate(asked):
        progress(done, len(asked))
        rows[id(one.answer)] = _with_shares(one, _counts(one, evidence, kept), evidence.alpha)
    return [_in_place(findings, rows) for findings in by_question]


def _is_answered(finding: Finding) -> bool:
    return finding.part == "answer" and finding.lower is not None and finding.p is not None


def _in_place(findings: list[Finding], rows: dict[int, list[Finding]]) -> list[Finding]:
    """Findings with each simulated answer in its place, and its shares at the end."""
    behind: list[Finding] = []
    placed: list[Finding] = []
    for finding in findings:
        answer, *shares = rows.get(id(finding), [finding])
        placed.append(answer)
        behind += shares
    return placed + behind


def _planned(pairs: Sequence[tuple[Question, Finding]], evidence: Evidence) -> list[_Simulated]:
    """How many studies each answer is given: slow methods share the time there is."""
    whole = digest_of(evidence) if pairs else ""
    given = _given([answer for _, answer in pairs])
    planned = []
    for (question, answer), studies in zip(pairs, given, strict=True):
        key = digest(whole, repr(question), repr(answer.row()), str(studies))
        planned.append(_Simulated(question, answer, key, studies, evidence.study.plan.seed))
    return planned


def _given(answers: Sequence[Finding]) -> list[int]:
    """Studies for each answer. The slowest methods are served first with an equal part of the time;
    what they cannot use is left to the others.
    """
    costs = [_seconds(answer) * len(_SLOW) for answer in answers]
    slow = sorted((i for i, cost in enumerate(costs) if cost > 0), key=lambda i: -costs[i])
    given, left = [STUDIES] * len(answers), _SECONDS
    for place, i in enumerate(slow):
        studies = min(int(left / (len(slow) - place) / costs[i]), STUDIES)
        given[i] = studies if studies >= _FEWEST else 0
        left -= given[i] * costs[i]
    return given


def _seconds(answer: Finding) -> float:
    """About how long one study takes, by a slow method; 0 by others."""
    bounded = answer.ask == "association" and any(count.undetected for count in answer.n)
    each = _SECONDS_BOUNDED if bounded else _SECONDS_A_DONOR.get(answer.method.id, 0.0)
    return each * sum(count.n for count in answer.n)


def _counts(one: _Simulated, evidence: Evidence, kept: Kept) -> dict[str, Any]:
    """What simulated studies gave, as it was kept or is simulated now."""
    counts = kept.take(one.key)
    if counts is None:
        counts = _simulated(one, evidence)
        kept.add(one.key, counts)
    return counts


def _simulated(one: _Simulated, evidence: Evidence) -> dict[str, Any]:
    """The counts of every share; or why there are none."""
    if not one.studies:
        return {"cause": "time"}
    try:
        trial = trial_of(one.question, one.answer, evidence)
    except NotEstimable as error:
        return {"cause": str(error.caveat.facts.get("cause", "method"))}
    answer = one.answer
    if not reproduces(trial, (answer.lower, answer.upper, answer.p)):
        return {"cause": "method"}
    truth = trial.alternative
    counts: dict[str, Any] = {"truth": truth, "error": {}, "coverage": {}}
    for what, setting in one.cells(with_terms=trial.with_terms):
        counts[what][setting.name] = _cell(trial, one, (what, setting), truth, evidence.alpha)
    return counts


def _cell(trial: Trial, one: _Simulated, cell: Cell, truth: float, alpha: float) -> tuple[int, int]:
    """How many studies of how many: those that decide, where the first are outside."""
    first = _counted(trial, one, cell, truth, alpha, fresh=False)
    if not _outside(cell[0], first, alpha):
        return first
    return _counted(trial, one, cell, truth, alpha, fresh=True)


def _counted(
    trial: Trial, one: _Simulated, cell: Cell, truth: float, alpha: float, *, fresh: bool
) -> tuple[int, int]:
    """How many of the studies of one share claim, or hold the truth, and how many were answered."""
    what, setting = cell
    rng = one.stream(cell, fresh=fresh)
    studies = one.fresh if fresh else one.studies
    answers = trial.answers(0.0 if what == "error" else truth, setting, studies, rng)
    count = answers.claims(alpha) if what == "error" else answers.covers()
    return count, int(answers.answered.sum())


def band(count: int, studies: int) -> tuple[float, float]:
    """Clopper and Pearson's interval of a share."""
    from scipy.special import betaincinv

    tail = (1 - _LEVEL) / 2
    lower = betaincinv(count, studies - count + 1, tail) if count else 0.0
    upper = betaincinv(count + 1, studies - count, 1 - tail) if count < studies else 1.0
    return float(lower), float(upper)


def _outside(what: str, counts: Sequence[int], alpha: float) -> bool:
    """Whether a method claims more often, or holds the truth less often, than it says."""
    lower, upper = band(*counts)
    return lower > alpha if what == "error" else upper < 1 - alpha


def _with_shares(one: _Simulated, counts: dict[str, Any], alpha: float) -> list[Finding]:
    """The answer, warned where a share is outside its band, and its shares behind it."""
    blank = replace(emptied(one.answer), part="robustness", unit=SHARE, held=one.answer.held)
    if "cause" in counts:
        none = not_estimable(blank, Caveat("not_simulated", {"cause": counts["cause"]}))
        return [one.answer, replace(none, estimand=Estimand("simulated"))]
    shares = [_share(blank, "error", counts, alpha), _share(blank, "coverage", counts, alpha)]
    return [warned(one.answer, *_worst(counts, alpha)), *shares]


def _share(blank: Finding, what: What, counts: dict[str, Any], alpha: float) -> Finding:
    """One share as a finding: that of normal donors, with the others as facts."""
    count, studies = counts[what][NORMAL.name]
    lower, upper = band(count, studies)
    facts: dict[str, Fact] = {
        "studies": studies,
        "promised": alpha if what == "error" else 1 - alpha,
    }
    facts["truth"] = 0.0 if what == "error" else counts["truth"]
    for setting in (SKEWED, APART):
        if setting.name in counts[what]:
            part, whole = counts[what][setting.name]
            facts[setting.name] = part / max(whole, 1)
    return replace(
        blank,
        estimand=Estimand("simulated_error" if what == "error" else "simulated_coverage", facts),
        method=SIMULATED,
        level=_LEVEL,
        estimate=count / max(studies, 1),
        lower=lower,
        upper=upper,
    )


def _worst(counts: dict[str, Any], alpha: float) -> Iterator[Caveat]:
    """The share that is farthest outside its band, as a warning; nothing where all are inside."""
    outside = []
    for what, promised in (("error", alpha), ("coverage", 1 - alpha)):
        for name, (count, studies) in counts[what].items():
            if _outside(what, (count, studies), alpha):
                share = count / studies
                outside.append((abs(share - promised), what, name, share, studies, promised))
    if outside:
        names = ("what", "setting", "share", "studies", "promised")
        yield Caveat("outside_simulated_band", dict(zip(names, max(outside)[1:], strict=True)))
