"""The table of docs/methods/design.md is what the code does: small studies of every kind of question
are answered, and the methods that answer are held against the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
import pytest
from compare_tables import clinic, response, responses, study, undetected

from exvivo.compare import compare
from exvivo.findings import Finding, findings_of
from exvivo.study import (
    Association,
    Change,
    Difference,
    Effect,
    Mediation,
    Question,
    Specificity,
    Treatment,
)

PAGE = Path(__file__).parents[2] / "docs/methods/design.md"
State = Literal["known", "some", "most"]
Layout = Literal["one plate", "plates", "parts"]
STATES: dict[State, str] = {
    "known": "every result known",
    "some": "some known only by bounds",
    "most": "more than half of a side so",
}
LAYOUTS: dict[Layout, str] = {"one plate": "", "plates": "held: ", "parts": "parts: "}
BOUNDS: dict[State, int] = {"known": 0, "some": 3, "most": 8}
"""Of ten donors in a row, how many are known only by bounds."""
OF: dict[str, Any] = {"assays": ("p",), "analytes": ("TNF",)}
GROUPS = ("FM", "HC")
QUESTIONS: dict[str, Question] = {
    "difference of responses": Difference(
        id="q", ask="difference", groups=GROUPS, stimulus="ATP", **OF
    ),
    "difference of levels": Difference(id="q", ask="difference", groups=GROUPS, **OF),
    "difference, `answer: adjusted`": Difference(
        id="q", ask="difference", groups=GROUPS, adjust=("age",), answer="adjusted", **OF
    ),
    "treatment": Treatment(
        id="q", ask="treatment", within="FM", exposure="drug", exposed="yes", **OF
    ),
    "association, `spearman`": Association(
        id="q", ask="association", within="FM", scales=("VAS",), **OF
    ),
    "association, `pearson`": Association(
        id="q", ask="association", within="FM", scales=("VAS",), method="pearson", **OF
    ),
    "association, `answer: adjusted`": Association(
        id="q",
        ask="association",
        within="FM",
        scales=("VAS",),
        adjust=("age",),
        answer="adjusted",
        **OF,
    ),
    "association, `answer: across groups`": Association(
        id="q", ask="association", within="FM", scales=("VAS",), answer="across groups", **OF
    ),
    "specificity": Specificity(id="q", ask="specificity", groups=GROUPS, against=("IL6",), **OF),
    "change": Change(id="q", ask="change", within="FM", visits=("1", "2"), **OF),
    "change with a scale": Change(
        id="q", ask="change", within="FM", visits=("1", "2", "3"), scales=("VAS",), **OF
    ),
    "effect": Effect(id="q", ask="effect", within="FM", stimulus="ATP", blocked="ATP_X", **OF),
    "mediation": Mediation(id="q", ask="mediation", groups=GROUPS, scales=("VAS",), **OF),
}
DONORS = [f"{group}{i:02}" for group, n in (("FM", 12), ("HC", 10)) for i in range(n)]


def plates(donor: str, layout: Layout) -> list[str]:
    """The plates of a donor: two of three patients on the first, three of four controls."""
    group, place = donor[:2], int(donor[2:])
    if layout == "one plate":
        return ["P1"]
    own = "P1" if place % (3 if group == "FM" else 4) else "P2"
    return ["P1", "P2"] if layout == "parts" and place % 5 < 2 else [own]


def rows(question: Question, state: State, layout: Layout) -> Iterator[dict[str, Any]]:
    """The results of all donors, at three visits, of two analytes."""
    rng = np.random.default_rng(5)
    stimulus: str = getattr(question, "stimulus", "")
    estimand = "effect" if isinstance(question, Effect) else "response" if stimulus else "level"
    for analyte, visit, donor in product(("TNF", "IL6"), "123", DONORS):
        more = {
            "analyte": analyte,
            "visit": visit,
            "estimand": estimand,
            "stimulus": getattr(question, "blocked", stimulus) or None,
            "plates": plates(donor, layout),
        }
        value = float(rng.normal(donor.startswith("FM"), 1))
        if int(donor[2:]) % 10 < BOUNDS[state]:
            yield undetected(donor, 1.0, **more)
        else:
            yield response(donor, value, **more)


@cache
def answer(kind: str, state: State, layout: Layout) -> Finding:
    """What a small study finds."""
    question = QUESTIONS[kind]
    donors = pl.DataFrame(
        {
            "donor": DONORS,
            "group": [donor[:2] for donor in DONORS],
            "drug": ["yes" if int(donor[2:]) % 2 else "no" for donor in DONORS],
            "age": [str(30 + 7 * i % 40) for i in range(len(DONORS))],
        }
    )
    scores = [
        clinic(
            {donor: 20.0 + (13 + 4 * visit) * i % 37 for i, donor in enumerate(DONORS)},
            "VAS",
            str(visit),
        )
        for visit in (1, 2, 3)
    ]
    findings = compare(
        responses(list(rows(question, state, layout))),
        pl.concat(scores),
        study=study(question, donors=donors),
        rng=np.random.default_rng(1),
    )
    return next(finding for finding in findings_of(findings) if finding.part == "answer")


def cell(kind: str, state: State) -> str:
    """What answers in each layout, said once where it is the same."""
    parts, last = [], ""
    for layout, words in LAYOUTS.items():
        finding = answer(kind, state, layout)
        code = finding.reason.code if finding.reason else ""
        method = f"none (`{code}`)" if code else f"`{finding.method.id}`"
        if method != last:
            parts.append(f"{words}{method}")
        last = method
    return "; ".join(parts)


def table() -> str:
    """The table as the page must have it."""
    lines = [f"| question | {' | '.join(STATES.values())} |", "|---|---|---|---|"]
    for kind in QUESTIONS:
        cells = [cell(kind, state) for state in STATES]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join(lines)


def test_the_table_of_the_page_is_what_the_code_does() -> None:
    told = table()
    assert told in PAGE.read_text(encoding="utf-8"), f"the page must have this table:\n{told}"


@pytest.mark.parametrize("kind", QUESTIONS)
def test_what_the_results_look_like_never_changes_what_is_held(kind: str) -> None:
    """One result in three that is a bound changes the method, not the design."""
    for layout in LAYOUTS:
        known, some = (answer(kind, state, layout) for state in ("known", "some"))
        if known.reason is None and some.reason is None:
            assert known.held == some.held
            assert bool(known.held) == (
                layout != "one plate"
                and kind.split(",")[0] not in ("change", "effect", "change with a scale")
            )
