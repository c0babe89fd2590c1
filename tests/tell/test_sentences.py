"""Every template over every verdict: words no sentence may use, and what each must say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from compare_tables import MORE, RELATED, study

from exvivo.compare.finding import CORRELATION, LOG2_FOLD, POINTS, PROBABILITY, Finding
from exvivo.compare.sentences import SENTENCES, sentence
from exvivo.study import (
    CellType,
    Change,
    Effect,
    Identity,
    Mediation,
    Question,
    Specificity,
    Stimulus,
    Treatment,
)
from exvivo.tables import LARGER

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
ENDS: dict[str, list[Ends]] = {
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


def unit_of(question: Question) -> str:
    if question.ask == "association" or getattr(question, "id", "") in ("both", "who"):
        return CORRELATION
    return POINTS if question.ask == "mediation" else LOG2_FOLD


def finding(question: Question, verdict: str, ends: Ends, unit: str) -> Finding:
    estimate, lower, upper = ends
    if unit == CORRELATION and lower is not None:
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
        estimand="closer to one than to another",
        method="Welch",
        level=0.95,
        unit=unit,
        n=[{"group": "FM", "n": 14, "undetected": 2}],
        estimate=estimate,
        lower=lower,
        upper=upper,
        verdict=verdict,
        reason="3 donors are too few" if verdict == "not estimable" else None,
    )


def said(question: Question, verdict: str, ends: Ends, unit: str = "") -> str:
    of = study(
        question,
        stimuli=(
            Stimulus(id="none", name="nothing", control=True),
            Stimulus(id="ATP", name="ATP"),
            Stimulus(id="ATP_X", name="ATP with antagonist"),
        ),
        cell_types=(CellType(id="iMG", name="iMG"), CellType(id="mono", name="monocytes")),
    )
    return sentence(finding(question, verdict, ends, unit or unit_of(question)), question, study=of)


def every() -> list[tuple[Question, str, Ends]]:
    return [
        (q, verdict, ends) for q in QUESTIONS for verdict, each in ENDS.items() for ends in each
    ]


def test_every_kind_of_question_is_here() -> None:
    assert {question.ask for question in QUESTIONS} == set(SENTENCES)


@pytest.mark.parametrize(("question", "verdict", "ends"), every())
def test_no_sentence_claims_too_much(question: Question, verdict: str, ends: Ends) -> None:
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
    larger = replace(
        finding(only, "supported", (-1.2, -2.1, -0.3), LOG2_FOLD), estimand=f"contrast{LARGER}"
    )
    assert "is specific to it: larger than in IL-6" in sentence(larger, only, study=study(only))
