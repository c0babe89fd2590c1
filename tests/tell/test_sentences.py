"""Every template over every verdict: words no sentence may use, and what each must say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from compare_tables import MORE, RELATED, study

from exvivo.findings import Caveat, Count, Estimand, Finding, Verdict
from exvivo.methods import NOT_ESTIMABLE, PEARSON, WELCH
from exvivo.study import (
    CellType,
    Change,
    Effect,
    Identity,
    Mediation,
    Question,
    Specificity,
    Stimulus,
    Study,
    Treatment,
)
from exvivo.tell.asks import ASKS
from exvivo.tell.sentences import sentence
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
    MORE,
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
NEVER = (
    "no effect",
    "no difference",
    "no relation",
    "unrelated",
    "same in",
    "significan",
    "prove",
    "proof",
    "cause",
    "because",
    "due to",
    "leads to",
    "results in",
    "trend",
    "confirm",
    "biomarker",
    "predict",
    "influence",
    "nan",
    "none",
    "inf ",
    "null",
)
Ends = tuple[float | None, float | None, float | None]
ENDS: dict[Verdict, list[Ends]] = {
    "supported": [(1.2, 0.3, 2.1), (-1.2, -2.1, -0.3)],
    "equivalent": [(0.1, -0.3, 0.5)],
    "not resolved": [
        (0.4, -0.6, 1.4),
        (0.5, 0.1, 0.9),
        (None, float("-inf"), 0.7),
        (None, float("-inf"), float("inf")),
    ],
    "not estimable": [(None, None, None)],
}


def unit_of(question: Question) -> Unit:
    if question.ask == "identity":
        return SIMILARITY
    if question.ask == "association" or question.id == "both":
        return COEFFICIENT
    return DIFFERENCE if question.ask == "mediation" else LOG2_FOLD


def finding(question: Question, verdict: Verdict, ends: Ends, unit: Unit) -> Finding:
    estimate, lower, upper = ends
    answered = PEARSON if unit.reading == "coefficient" else WELCH
    if unit.reading == "coefficient" and lower is not None:
        estimate, lower, upper = (None if v is None else max(min(v / 3, 1.0), -1.0) for v in ends)
    return Finding(
        question=question.id,
        ask=question.ask,
        family="f",
        assay="p",
        readout="protein",
        analyte="TNF",
        cell_type="iMG",
        stimulus="ATP",
        scale="VAS" if getattr(question, "scales", ()) else None,
        estimand=Estimand("unstated"),
        method=NOT_ESTIMABLE if verdict == "not estimable" else answered,
        level=0.95,
        unit=unit,
        n=(Count("FM", 14, 2),),
        estimate=estimate,
        lower=lower,
        upper=upper,
        verdict=verdict,
        reason=Caveat("no_result") if verdict == "not estimable" else None,
    )


def said(question: Question, verdict: Verdict, ends: Ends, unit: Unit | None = None) -> str:
    return sentence(
        finding(question, verdict, ends, unit or unit_of(question)),
        question,
        study=of_all(question),
    )


def of_all(question: Question) -> Study:
    return study(
        question,
        stimuli=(
            Stimulus(id="none", name="nothing", control=True),
            Stimulus(id="ATP", name="ATP"),
            Stimulus(id="ATP_X", name="ATP with antagonist"),
        ),
        cell_types=(CellType(id="iMG", name="iMG"), CellType(id="mono", name="monocytes")),
    )


def every() -> list[tuple[Question, Verdict, Ends]]:
    return [
        (q, verdict, ends) for q in QUESTIONS for verdict, each in ENDS.items() for ends in each
    ]


def test_every_kind_of_question_is_here() -> None:
    assert {question.ask for question in QUESTIONS} == set(ASKS)


@pytest.mark.parametrize(("question", "verdict", "ends"), every())
def test_no_sentence_claims_too_much(question: Question, verdict: Verdict, ends: Ends) -> None:
    text = said(question, verdict, ends)
    lower = text.lower().replace(
        "nobody assigned it by chance, so the difference may come from why it is taken", ""
    )
    assert not [word for word in NEVER if word in lower], text
    assert text.endswith("."), text
    if question.ask != "effect":
        assert "effect" not in lower, text
    if question.ask == "specificity":
        assert "is specific to it" not in text
    if question.ask == "mediation":
        assert text.startswith("Hypothesis only")


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_not_resolved_says_what_is_still_possible(question: Question) -> None:
    for ends in ENDS["not resolved"]:
        text = said(question, "not resolved", ends)
        assert "not resolved" in text
        assert any(
            word in text for word in ("may be", "remains possible", "not after correction")
        ), text


def test_a_probability_is_told_as_one() -> None:
    text = said(MORE, "not resolved", (0.6, 0.4, 0.8), PROBABILITY)
    assert "A probability anywhere from 0.40 to 0.80 remains possible (0.5 is even)." in text


def test_specific_stands_only_behind_its_contrast() -> None:
    only = QUESTIONS[2]
    assert "Relative to IL-6, the TNF protein response to ATP in iMG is higher in patients" in said(
        only, "supported", (1.2, 0.3, 2.1)
    )
    assert "is lower in patients than in controls" in said(only, "supported", (-1.2, -2.1, -0.3))
    larger = replace(finding(only, "supported", (-1.2, -2.1, -0.3), LOG2_FOLD), larger=True)
    assert "is specific to it: larger than in IL-6" in sentence(larger, only, study=study(only))


@pytest.mark.parametrize(("verdict", "ends"), [(v, e) for v, each in ENDS.items() for e in each])
def test_an_odds_ratio_is_never_told_as_a_fold(verdict: Verdict, ends: Ends) -> None:
    for question in QUESTIONS:
        if unit_of(question) == LOG2_FOLD:
            text = said(question, verdict, ends, LOG_ODDS_RATIO)
            assert "times as high" not in text
            assert "-fold (" not in text
            if verdict == "supported":
                assert "odds" in text


def test_a_shift_of_almost_nothing_has_no_minus_before_zero() -> None:
    text = said(RELATED, "not resolved", (-0.004, -0.9, 0.9))
    assert "Pearson's r 0.00 (95 % interval" in text


def test_a_name_that_starts_in_lower_case_stays_as_it_is() -> None:
    """`iMG` at the start of a sentence, not `IMG`."""
    who = QUESTIONS[-1]
    assert said(who, "supported", (1.2, 0.3, 2.1)).startswith("iMG resemble")
