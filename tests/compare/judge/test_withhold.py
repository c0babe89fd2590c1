"""Flags at the answers they touch, and contradictions that withhold them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from compare_tables import MORE, RELATED, clinic, group, responses, study

from exvivo.compare import compare, touched
from exvivo.findings import findings_of
from exvivo.flagged import Flag, Scope, flags_of, with_acceptance
from exvivo.study import Plan, Study
from exvivo.tables import FLAGS

FM = [1.0, 1.4, 2.1, 1.7, 2.6, 1.2, 1.9, 2.2]
HC = [0.1, 0.3, -0.2, 0.4, 0.0, 0.2, 0.5, -0.1]


def raised(scope: Scope | None, **changes: Any) -> Flag:
    flag = Flag(
        table="wells", row="Q1", severity="stop", what="w", why="y", cure="c", code="swapped"
    )
    return replace(flag, scope=scope, **changes)


@pytest.fixture(scope="module")
def small() -> tuple[Study, pl.DataFrame]:
    """A difference and an association with a score, both answered."""
    made = responses(group("FM", FM) + group("HC", HC))
    donors = made.select("donor", "group").unique(maintain_order=True)
    own = study(MORE, RELATED, plan=Plan(permutations=199), donors=donors)
    scores: dict[str, float | None] = {}
    scores |= {donor: 10.0 * i for i, donor in enumerate(donors_of(own, "FM"))}
    rng = np.random.default_rng(1)
    return own, compare(made, clinic(scores), study=own, rng=rng)


def verdicts(findings: pl.DataFrame) -> dict[str, str | None]:
    return {f.question: f.verdict for f in findings_of(findings) if f.part == "answer"}


def donors_of(own: Study, group: str) -> tuple[str, ...]:
    return tuple(own.donors.filter(group=group)["donor"])


@pytest.mark.parametrize(
    ("scope", "withheld"),
    [
        (Scope(), {"more", "related"}),
        (Scope(assays=("p",)), {"more", "related"}),
        (Scope(assays=("another",)), set()),
        (Scope(analytes=("TNF",)), {"more", "related"}),
        (Scope(analytes=("IL6",)), set()),
        (Scope(plates=("P1",)), {"more", "related"}),
        (Scope(plates=("P2",)), set()),
        (Scope(stimuli=("ATP",)), {"more", "related"}),
        (Scope(stimuli=("none",)), {"more", "related"}),
        (Scope(stimuli=("LPS",)), set()),
        (Scope(scales=("VAS",)), {"related"}),
        (Scope(columns=("age",)), set()),
        (Scope(questions=("more",)), {"more"}),
        (Scope(assays=("p",), scales=("HADS",)), set()),
        (None, set()),
    ],
)
def test_a_stop_withholds_the_answers_it_touches_and_no_other(
    small: tuple[Study, pl.DataFrame], scope: Scope | None, withheld: set[str]
) -> None:
    own, findings = small
    before = verdicts(findings)
    assert "not estimable" not in before.values()
    after = verdicts(touched(findings, [raised(scope)], own))
    assert after == {q: "not estimable" if q in withheld else v for q, v in before.items()}


def test_donors_of_a_group_touch_the_answers_about_it(small: tuple[Study, pl.DataFrame]) -> None:
    own, findings = small
    one = donors_of(own, "HC")[0]
    after = verdicts(touched(findings, [raised(Scope(donors=(one,)))], own))
    assert after["more"] == "not estimable" != after["related"]


def test_a_withheld_answer_keeps_no_number(small: tuple[Study, pl.DataFrame]) -> None:
    own, findings = small
    kept = findings_of(touched(findings, [raised(Scope(questions=("more",)))], own))
    own_rows = [f for f in kept if f.question == "more"]
    assert [f.part for f in own_rows] == ["answer"]
    (answer,) = own_rows
    numbers = (answer.estimate, answer.lower, answer.upper, answer.p, answer.p_adjusted)
    assert numbers == (None,) * 5 and answer.effect_size is None and not answer.warnings
    assert answer.reason is not None and answer.reason.code == "contradiction"
    assert answer.flags == answer.reason.facts["flags"]


def test_others_are_as_they_were(small: tuple[Study, pl.DataFrame]) -> None:
    own, findings = small
    kept = touched(findings, [raised(Scope(questions=("more",)))], own)
    assert kept.filter(question="related").equals(findings.filter(question="related"))


@pytest.mark.parametrize("severity", ["look", "note"])
def test_what_is_no_contradiction_stands_at_the_answer_and_changes_nothing(
    small: tuple[Study, pl.DataFrame], severity: str
) -> None:
    own, findings = small
    flag = raised(Scope(), severity=severity)
    marked = touched(findings, [flag], own)
    assert marked.drop("flags").equals(findings.drop("flags"))
    assert set(marked["flags"].explode()) == {flag.name}


def test_an_accepted_stop_stands_at_the_answer_and_withholds_nothing(
    small: tuple[Study, pl.DataFrame],
) -> None:
    own, findings = small
    flag = raised(Scope(), evidence=("A1", "A2"))
    (accepted,) = with_acceptance([flag], {flag.name: "the file was exported twice"})
    assert verdicts(touched(findings, [accepted], own)) == verdicts(findings)
    (changed,) = with_acceptance(
        [replace(flag, evidence=("A1", "A3"))], {flag.name: "the file was exported twice"}
    )
    assert changed.withholds


def test_flags_come_back_from_their_table() -> None:
    flags = [
        raised(Scope(donors=("a", "b"))),
        raised(None, evidence=("A1",), accepted="seen"),
        raised(Scope(), place="Q1"),
    ]
    assert flags_of(FLAGS.frame([flag.row_of_table() for flag in flags])) == flags
