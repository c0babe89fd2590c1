"""Random answers to the questions of a study: every verdict, direction, unit, open end, censoring
and size, tiny and huge, as a run could give them. `drawn` gives a set by its number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, product
from typing import Any

import polars as pl
from numpy.random import Generator, default_rng

from benchmarks.article.studies import CLASSES, EXPOSED, EXPOSURE, a_study
from exvivo.findings import CAPS, Caveat, Count, Estimand, EstimandCode, Fact, Finding, Verdict
from exvivo.methods import NOT_ESTIMABLE, PEARSON, WELCH, Method
from exvivo.study import Change, Identity, Question, Study, Treatment
from exvivo.study.question_records import Measured, groups_of, margin_of
from exvivo.tell.share.public import Public
from exvivo.tell.tables import Shown, Tables
from exvivo.units import (
    COEFFICIENT,
    DIFFERENCE,
    LOG2_FOLD,
    LOG_ODDS_RATIO,
    PROBABILITY,
    SIMILARITY,
    Unit,
)

SEED = 19
MOST = 40
"""Answers of a set."""
SMALLEST = 5
_LEVEL = 0.95
_HALVES = {"log2 fold": 1.0, "log2 odds ratio": 1.0, "difference": 8.0, "similarity": 0.2}
"""A usual half width of an interval, by unit."""
_CODES: dict[str, EstimandCode] = {
    "difference": "difference_in_mean",
    "association": "correlation_within",
    "specificity": "contrast_of_differences",
    "change": "change",
    "effect": "effect",
    "treatment": "exposure_difference",
    "mediation": "mediated_part",
    "identity": "similarity_contrast",
}
_FACTS: dict[str, Fact] = {
    **{"terms": ("plate",), "visit": "1", "visits": ("1", "2"), "columns": ("age",)},
    **{"lineages": ("myeloid",), "lineage": "myeloid", "percentile": 0.41, "cut": 0.95},
    **{"passed": (), "whose": "cells", "table": 900, "genes": 900, "needed": 5, "families": 3},
    **{"margin": 1.0, "p": 0.04, "n": 9, "donors": 9, "results": 12, "lost": 6, "began": 20},
    **{"like": "microglia", "against": "monocyte", "cell": "microglia", "cells": ("microglia",)},
    **{"lower": -0.1, "estimate": -0.2, "condition": "ATP", "stimulus": "ATP"},
    **{"result_below": 9, "wells": 9, "role": "ntc", "shows": 33.0},
}
_REASONS = (
    *("no_result", "few_donors", "all_undetected", "group_undetected", "mostly_bounds"),
    *("confounded_with_design", "one_result", "nothing_left_to_compare"),
)
_OF_CELLS = ("few_profiles", "no_profile")
_WARNINGS = ("several_visits", "not_across_families", "one_donor_decides", "skewed_unequal")


@dataclass(frozen=True)
class Drawn:
    """A study with answers to its questions, as a run would hand them to the summary."""

    number: int
    study: Study
    findings: tuple[Finding, ...]

    @cached_property
    def public(self) -> Public:
        """What may be handed out of it."""
        shown = tuple(Shown(each, "", "", "") for each in self.findings)
        tables = replace(Tables.of({}), findings=shown)
        return Public(self.study, tables, "0", "ab" * 32, SMALLEST)

    @cached_property
    def told(self) -> tuple[Finding, ...]:
        """The answers that may be told."""
        return tuple(each.finding for each in self.public.answers.told)


def drawn(number: int) -> Drawn:
    """The set of a number, the same each time."""
    rng = default_rng([SEED, number])
    study = a_study(rng)
    most = 1 if rng.random() < 0.05 else int(rng.integers(1, MOST + 1))
    return Drawn(number, study, tuple(islice(_findings(rng, study), most)))


def _findings(rng: Generator, study: Study) -> Iterator[Finding]:
    for question in study.questions:
        if isinstance(question, Identity):
            yield from _of_cells(rng, study, question)
        else:
            yield from _of_results(rng, study, question)


def _of_cells(rng: Generator, study: Study, question: Identity) -> Iterator[Finding]:
    others = [name for name in CLASSES if name != question.like]
    like_none = bool(rng.random() < 0.2)
    for other in others:
        blank = _blank(rng, study, question, SIMILARITY)
        blank = replace(
            blank,
            assay="expression",
            readout="expression",
            analyte=other,
            cell_type=question.cell_type,
            estimand=Estimand("similarity_contrast", {"like": question.like, "against": other}),
        )
        answer = _like_none(blank, question, other) if like_none else _answered(rng, blank, None)
        capped = answer.verdict == "supported" and rng.random() < 0.5
        yield _capped(rng, answer) if capped else answer


def _like_none(blank: Finding, question: Identity, other: str) -> Finding:
    reason = Caveat("like_none", _FACTS | {"like": question.like, "against": other})
    return replace(blank, method=NOT_ESTIMABLE, verdict="not estimable", reason=reason)


def _capped(rng: Generator, answer: Finding) -> Finding:
    """An answer whose interval excludes the null, and against which something else stands."""
    code = sorted(CAPS)[int(rng.integers(len(CAPS)))]
    facts = _FACTS | ({"why": "few_genes"} if code == "gate_not_possible" else {})
    return replace(answer, verdict="not resolved", warnings=(Caveat(code, facts),))


def _of_results(rng: Generator, study: Study, question: Measured) -> Iterator[Finding]:
    scales = getattr(question, "scales", ()) or (None,)
    for assay, analyte, scale in product(question.assays, question.analytes, scales):
        blank = _blank(rng, study, question, _unit(rng, question, scale))
        condition = getattr(question, "condition", "") or None
        about = replace(
            blank,
            assay=assay,
            readout="mRNA" if assay == "rna" else "protein",
            analyte=analyte,
            scale=scale,
            cell_type=question.cell_type or None,
            stimulus=question.stimulus or None,
            condition=condition,
            visit="1" if rng.random() < 0.2 else None,
        )
        yield _answered(rng, about, margin_of(question))


def _unit(rng: Generator, question: Question, scale: str | None) -> Unit:
    match question.ask:
        case "association":
            return COEFFICIENT
        case "mediation":
            return DIFFERENCE
        case "change" if scale:
            return COEFFICIENT
        case "difference":
            drawn_unit = rng.random()
            others = PROBABILITY if drawn_unit < 0.2 else LOG_ODDS_RATIO
            return LOG2_FOLD if drawn_unit > 0.3 else others
        case _:
            return LOG2_FOLD


def _blank(rng: Generator, study: Study, question: Question, unit: Unit) -> Finding:
    """What is known before an answer: who is in it."""
    groups = groups_of(question) or tuple(group.id for group in study.groups)
    people = [_people(rng, study, group) for group in groups]
    code = _CODES[question.ask]
    if isinstance(question, Change) and question.scales:
        code = "correlation_of_changes"
    return Finding(
        question=question.id,
        ask=question.ask,
        family=question.family or question.id,
        assay="",
        readout="",
        analyte="",
        level=_LEVEL,
        unit=unit,
        n=tuple(map(_count, [rng] * len(groups), groups, people)),
        donors=tuple(donor for each in people for donor in each),
        estimand=Estimand(code, _estimand_facts(question)),
        method=_method(unit),
    )


def _method(unit: Unit) -> Method:
    return PEARSON if unit is COEFFICIENT else WELCH


def _estimand_facts(question: Question) -> dict[str, Any]:
    if isinstance(question, Treatment):
        return {"exposure": EXPOSURE, "exposed": EXPOSED, "adjust": ()}
    if isinstance(question, Change):
        return {"first": question.visits[0], "last": question.visits[-1]}
    return {"groups": groups_of(question)}


def _people(rng: Generator, study: Study, group: str) -> Sequence[str]:
    """Who of a group is in an answer: everybody, or all but some."""
    names = study.donors.filter(pl.col("group") == group)["donor"].to_list()
    if rng.random() < 0.6 or len(names) < 3:
        return names
    return names[: len(names) - int(rng.integers(1, max(2, len(names) // 3)))]


def _count(rng: Generator, group: str, people: Sequence[str]) -> Count:
    undetected = int(rng.integers(0, len(people) + 1)) if rng.random() < 0.25 else 0
    return Count(group, len(people), undetected)


def _answered(rng: Generator, blank: Finding, margin: float | None) -> Finding:
    """A verdict, and numbers that go with it."""
    verdict = _verdict(rng, blank, margin)
    if verdict == "not estimable":
        return _no_answer(rng, blank)
    ends = _ends(rng, blank, verdict, margin)
    resolved = verdict == "supported"
    p = float(rng.uniform(0.0001, 0.04) if resolved else rng.uniform(0.06, 1.0))
    warnings = _warnings(rng, ends, margin if resolved and blank.unit is LOG2_FOLD else None)
    return replace(
        blank,
        estimate=ends[0],
        lower=ends[1],
        upper=ends[2],
        p=p / 2,
        p_adjusted=p,
        verdict=verdict,
        larger=blank.ask == "specificity" and bool(rng.random() < 0.7),
        warnings=warnings,
    )


def _verdict(rng: Generator, blank: Finding, margin: float | None) -> Verdict:
    within: Verdict = "equivalent" if margin and blank.unit is LOG2_FOLD else "not resolved"
    verdicts: tuple[Verdict, ...] = ("supported", within, "not resolved", "not estimable")
    return verdicts[int(rng.choice(4, p=[0.4, 0.2, 0.3, 0.1]))]


def _no_answer(rng: Generator, blank: Finding) -> Finding:
    codes = _OF_CELLS if blank.ask == "identity" else _REASONS
    code = codes[int(rng.integers(len(codes)))]
    facts = _FACTS | {"group": blank.n[0].group}
    reason = Caveat(code, facts)  # type: ignore[arg-type]  # a code of the list above
    return replace(blank, method=NOT_ESTIMABLE, verdict="not estimable", reason=reason)


Ends = tuple[float | None, float | None, float | None]


def _ends(rng: Generator, blank: Finding, verdict: Verdict, margin: float | None) -> Ends:
    """Estimate and interval on the scale of the unit."""
    if verdict == "equivalent" and margin is not None:
        middle = float(rng.uniform(-0.4, 0.4)) * margin
        half = float(rng.uniform(0.1, 0.55)) * margin
        return middle, middle - half, middle + half
    if blank.unit in (COEFFICIENT, PROBABILITY):
        return _bounded(rng, blank.unit, verdict)
    return _unbounded(rng, blank, verdict)


def _unbounded(rng: Generator, blank: Finding, verdict: Verdict) -> Ends:
    half = _HALVES[blank.unit.id] * float(rng.lognormal(-0.3, 0.8))
    if blank.unit is SIMILARITY:
        half = min(half, 0.6)
    apart = half * float(1 + rng.exponential(1.5)) if verdict == "supported" else 0.0
    if verdict == "not resolved" and rng.random() < 0.2:
        apart = half * 1.1
    sign = -1.0 if rng.random() < 0.5 else 1.0
    middle = sign * (apart or half * float(rng.uniform(0, 0.95)))
    low, high = middle - half, middle + half
    if blank.unit.log2 and rng.random() < 0.1:
        return _open(rng, middle, low, high, verdict, sign)
    return middle, low, high


def _open(
    rng: Generator, middle: float, low: float, high: float, verdict: Verdict, sign: float
) -> Ends:
    """An interval that is open where results are known only by bounds."""
    estimate = None if rng.random() < 0.5 else middle
    if verdict == "supported":
        return (estimate, low, math.inf) if sign > 0 else (estimate, -math.inf, high)
    ends = ((low, math.inf), (-math.inf, high), (-math.inf, math.inf))
    return (estimate, *ends[int(rng.integers(3))])


def _bounded(rng: Generator, unit: Unit, verdict: Verdict) -> Ends:
    """A coefficient by Fisher's z, or a probability by its logit: their ends stay within bounds."""
    half = float(rng.uniform(0.15, 0.9))
    apart = half * float(1.05 + rng.exponential(0.7)) if verdict == "supported" else 0.0
    if verdict == "not resolved" and rng.random() < 0.2:
        apart = half * 1.1
    sign = -1.0 if rng.random() < 0.5 else 1.0
    middle = sign * (apart or half * float(rng.uniform(0, 0.95)))
    ends = [math.tanh(end) for end in (middle, middle - half, middle + half)]
    if unit is PROBABILITY:
        ends = [(1 + end) / 2 for end in ends]
    return ends[0], ends[1], ends[2]


def _warnings(rng: Generator, ends: Ends, margin: float | None) -> tuple[Caveat, ...]:
    """Warnings beside an answer that do not change its verdict."""
    codes = [code for code in _WARNINGS if rng.random() < 0.08]
    _, low, high = ends
    inside = margin is not None and low is not None and high is not None
    if inside and -margin < low and high < margin:  # type: ignore[operator]
        codes.append("smaller_than_margin")
    facts = _FACTS | ({"margin": margin} if margin else {})
    return tuple(Caveat(code, facts) for code in codes)  # type: ignore[arg-type]
