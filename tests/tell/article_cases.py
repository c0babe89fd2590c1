"""Every kind of question with answers of every verdict, unit and openness, made by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import polars as pl
from compare_tables import MORE, RELATED, study

from exvivo.findings import Caveat, Count, Estimand, Finding, Verdict
from exvivo.methods import NOT_ESTIMABLE, WELCH
from exvivo.study import (
    Analyte,
    CellType,
    Change,
    Difference,
    Effect,
    Group,
    Identity,
    Mediation,
    Question,
    Specificity,
    Stimulus,
    Study,
    Treatment,
)
from exvivo.study.question_records import groups_of
from exvivo.tell import Tables
from exvivo.tell.article.telling import Alike, Detail, Telling
from exvivo.tell.language import Language, language
from exvivo.tell.share.public import Public
from exvivo.tell.tables import Shown
from exvivo.units import (
    COEFFICIENT,
    DIFFERENCE,
    LOG2_FOLD,
    LOG_ODDS_RATIO,
    PROBABILITY,
    SIMILARITY,
    Unit,
)

GROUPS = ("FM", "HC")
COMMON: dict[str, Any] = {"assays": ("p",), "analytes": ("TNF",), "stimulus": "ATP"}
QUESTIONS: tuple[Question, ...] = (
    replace(MORE, margin=1.0),
    Difference(
        id="under",
        ask="difference",
        groups=GROUPS,
        assays=("p",),
        analytes=("TNF",),
        condition="ATP",
    ),
    replace(MORE, id="control", negative_control=True),
    replace(MORE, id="screen", screen=True),
    RELATED,
    Specificity(id="only", ask="specificity", groups=GROUPS, against=("IL6",), **COMMON),
    Specificity(
        id="cells",
        ask="specificity",
        groups=GROUPS,
        cell_type="iMG",
        against_cell_type="mono",
        **COMMON,
    ),
    Change(id="year", ask="change", within="FM", visits=("1", "2"), margin=1.0, **COMMON),
    Change(id="both", ask="change", within="FM", visits=("1", "2"), scales=("VAS",), **COMMON),
    Effect(id="arm", ask="effect", within="FM", blocked="ATP_X", margin=1.0, **COMMON),
    Treatment(id="drug", ask="treatment", within="FM", exposure="drug", exposed="yes", **COMMON),
    Mediation(id="through", ask="mediation", groups=GROUPS, scales=("VAS",), **COMMON),
    Identity(
        id="who",
        ask="identity",
        cell_type="iMG",
        like="microglia",
        profiles="p.csv",
        references="r.csv",
        scale="log2",
    ),
)
Ends = tuple[float | None, float | None, float | None]
INFINITE = float("inf")
ENDS: dict[Verdict, list[Ends]] = {
    "supported": [
        (1.2, 0.3, 2.1),
        (-1.2, -2.1, -0.3),
        (0.01, 0.001, 0.02),
        (None, 0.3, INFINITE),
        (None, -INFINITE, -0.3),
    ],
    "equivalent": [(0.1, -0.3, 0.5)],
    "not resolved": [
        (0.4, -0.6, 1.4),
        (0.5, 0.1, 0.9),
        (None, -INFINITE, 0.7),
        (None, -INFINITE, INFINITE),
    ],
    "not estimable": [(None, None, None)],
}
REASONS: tuple[Caveat, ...] = (
    Caveat("no_result"),
    Caveat("all_undetected", {"stimulated_below": 14, "donors": 14}),
    Caveat("group_undetected", {"result_above": 14, "donors": 14, "group": "FM"}),
    Caveat("mostly_bounds", {"stimulated_below": 9, "unstimulated_above": 9, "donors": 14}),
    Caveat("confounded_with_design", {"terms": ("plate",)}),
    Caveat("contradiction"),
    Caveat("flat_profiles"),
)


FULL = Detail(names=6, claims=4)


def study_of(*questions: Question, **changes: Any) -> Study:
    """A study that asks some questions, in two kinds of cells."""
    given: dict[str, Any] = {
        "groups": (
            Group(id="FM", name="people with fibromyalgia"),
            Group(id="HC", name="healthy people"),
        ),
        "stimuli": (
            Stimulus(id="none", name="nothing", control=True),
            Stimulus(id="ATP", name="ATP"),
            Stimulus(id="ATP_X", name="ATP with blocker"),
        ),
        "analytes": tuple(Analyte(id=each) for each in ("TNF", "IL6", "IL10", "CXCL8", "IL1B")),
        "cell_types": (CellType(id="iMG", name="iMG"), CellType(id="mono", name="monocytes")),
    }
    return study(*questions, **(given | changes))


def units_of(question: Question) -> tuple[Unit, ...]:
    """The units that answers of a question come in."""
    if question.ask == "identity":
        return (SIMILARITY,)
    if question.ask == "association" or question.id == "both":
        return (COEFFICIENT,)
    if question.ask == "mediation":
        return (DIFFERENCE,)
    if question.ask == "specificity":
        return (LOG2_FOLD, LOG_ODDS_RATIO, DIFFERENCE)
    return (LOG2_FOLD, LOG_ODDS_RATIO, DIFFERENCE, PROBABILITY)


def finding(question: Question, verdict: Verdict, ends: Ends, unit: Unit, **more: Any) -> Finding:
    """An answer to a question."""
    estimate, lower, upper = ends
    if unit.reading in ("coefficient", "probability") and lower is not None:
        share = 3.0 if unit.reading == "coefficient" else 10.0
        made = (None if v is None else max(min(v / share, 0.49), -0.49) + unit.null for v in ends)
        estimate, lower, upper = made
    groups = groups_of(question) or GROUPS
    return replace(
        Finding(
            question=question.id,
            ask=question.ask,
            family="f",
            assay="p",
            readout="protein",
            analyte="monocyte" if question.ask == "identity" else "TNF",
            cell_type="iMG",
            stimulus=getattr(question, "stimulus", "") or None,
            condition=getattr(question, "condition", "") or None,
            scale="VAS" if getattr(question, "scales", ()) else None,
            estimand=Estimand("unstated"),
            method=NOT_ESTIMABLE if verdict == "not estimable" else WELCH,
            level=0.95,
            unit=unit,
            n=tuple(Count(group, {"FM": 14, "HC": 10}[group]) for group in groups),
            estimate=estimate,
            lower=lower,
            upper=upper,
            verdict=verdict,
            reason=Caveat("no_result") if verdict == "not estimable" else None,
        ),
        **more,
    )


def every() -> Iterator[tuple[Question, Finding]]:
    """An answer of every kind, verdict, unit, openness and reason."""
    for question in QUESTIONS:
        for unit in units_of(question):
            for verdict, each in ENDS.items():
                for ends in each:
                    yield question, finding(question, verdict, ends, unit)
        for reason in REASONS:
            unit = units_of(question)[0]
            yield (
                question,
                finding(question, "not estimable", (None, None, None), unit, reason=reason),
            )


def alike(
    question: Question,
    *findings: Finding,
    told_in: Language | None = None,
    of: Study | None = None,
    detail: Detail = FULL,
) -> Alike:
    """Answers of a question as they are told."""
    telling = Telling(of or study_of(question), told_in or language("en"), detail, {})
    return Alike(question, findings, telling)


PEOPLE = {"FM": 14, "HC": 10}


def public_of(of: Study, findings: Sequence[Finding], **people: int) -> Public:
    """What may be handed to anybody of findings made by hand."""
    sizes = people or PEOPLE
    donors = [f"{group}{i}" for group, n in sizes.items() for i in range(n)]
    table = {
        "donor": donors,
        "group": [donor[:2] for donor in donors],
        "age": [str(30 + i % 30) for i in range(len(donors))],
        "drug": ["yes" if i % 2 else "no" for i in range(len(donors))],
    }
    of = replace(of, donors=pl.DataFrame(table))
    own = [replace(each, donors=tuple(_of_groups(each, donors))) for each in findings]
    shown = tuple(Shown(each, "", "", "") for each in own)
    return Public(of, replace(Tables.of({}), findings=shown), "0.0", "ab" * 32, 5)


def _of_groups(answer: Finding, donors: Sequence[str]) -> Iterator[str]:
    for count in answer.n:
        yield from [donor for donor in donors if donor.startswith(count.group)][: count.n]
