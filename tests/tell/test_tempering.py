"""Warnings reach the sentence, the plain summary and the terminal; what is held reaches the reader;
numbers and counts read as they should.
"""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any, get_args

import polars as pl
import pytest
from article_cases import alike
from compare_tables import MORE, RELATED, study
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from test_sentences import finding

from exvivo.findings import Caveat, CaveatCode, Count, Fact, Finding, WarningCode, rows_of
from exvivo.flagged import Flag, Severity, coded
from exvivo.methods import LEAST_SQUARES
from exvivo.study import Question
from exvivo.tables import FINDINGS, FLAGS
from exvivo.tell import terminal, worded, words
from exvivo.tell.article.found import sentence as in_plain_words
from exvivo.tell.phrases import CAVEATS, TEMPERING, caveat_words, method_words
from exvivo.tell.sentences import sentence
from exvivo.units import COEFFICIENT, LOG2_FOLD
from exvivo.words import fold, number, signed

ONE: dict[str, Fact] = {
    "group": "FM",
    "terms": ("plate",),
    "adjust": ("age",),
    "columns": ("age",),
    "visits": ("1", "2"),
    "visit": "1",
    "visits_asked": ("1",),
    "stimulus": "ATP",
    "like": "iMG",
    "against": "iMG",
    "cell": "iMG",
    "cells": ("iMG",),
    "cell_types": ("iMG",),
    "references": ("iMG",),
    "missing": ("TNF",),
    "why": "so",
    **{"lineages": ("myeloid",), "lineage": "myeloid", "condition": "ATP", "whose": "cells"},
    **{"percentile": 0.714, "cut": 0.95, "lower": -0.1, "estimate": -0.2, "table": 1},
    "result_below": 1,
    "p": 0.01,
    **{"role": "ntc", "shows": 33.0, "wells": 1},
    "families": 3,
    **{"what": "error", "setting": "skewed", "cause": "time"},
    **{"share": 0.2, "promised": 0.05, "studies": 1},
    **dict.fromkeys(
        ["n", "needed", "donors", "most", "results", "covariates", "lost", "began", "genes"], 1
    ),
    **dict.fromkeys(["compared", "asked", "without_capitals", "sd", "margin"], 1),
}
"""Facts for every wording, with 1 for every count."""
NAMED: dict[CaveatCode, dict[str, Fact]] = {"gate_not_possible": {"why": "few_gate_genes"}}
"""Facts of codes whose words a fact chooses."""


def facts_of(code: CaveatCode) -> dict[str, Fact]:
    return ONE | NAMED.get(code, {})


def warned(*caveats: Caveat, question: Question = MORE, **changes: Any) -> Finding:
    answer = finding(question, "supported", (1.2, 0.3, 2.1), LOG2_FOLD)
    return replace(answer, method=LEAST_SQUARES, warnings=caveats, **changes)


def table(*findings: Finding) -> pl.DataFrame:
    return worded(FINDINGS.frame(rows_of(findings)), study(MORE))


def screen(findings: pl.DataFrame, flags: pl.DataFrame) -> str:
    console = Console(width=20_000, record=True, file=io.StringIO())
    console.print(terminal(study(MORE), findings=findings, flags=flags))
    return console.export_text()


def test_every_warning_is_marked_as_tempering_or_not() -> None:
    assert set(TEMPERING) == set(get_args(WarningCode))
    assert any(TEMPERING.values()) and not all(TEMPERING.values())


@pytest.mark.parametrize("code", get_args(WarningCode))
def test_a_tempering_warning_stands_in_the_sentence(code: WarningCode) -> None:
    answer = warned(Caveat(code, {**facts_of(code), "n": 9}), n=(Count("FM", 14), Count("HC", 10)))
    plainly = sentence(replace(answer, warnings=()), MORE, study=study(MORE))
    tempered = sentence(answer, MORE, study=study(MORE))
    if TEMPERING[code] is None:
        assert tempered == plainly
        return
    assert tempered.startswith(plainly.removesuffix("."))
    clause = tempered.removeprefix(plainly.removesuffix(".")).removeprefix("; ").removesuffix(".")
    assert clause


def test_one_donor_who_decides_is_named_in_few_words() -> None:
    text = sentence(warned(Caveat("one_donor_decides")), MORE, study=study(MORE))
    assert text.endswith(" 14 patients (2 with wells beyond a limit); it hangs on one donor.")


@pytest.mark.parametrize(("n", "told"), [(2, False), (3, False), (4, True)])
def test_donors_who_take_no_part_temper_where_they_are_many(n: int, told: bool) -> None:
    """More than a fifth of all: four beside fourteen."""
    text = sentence(warned(Caveat("unknown_in_donors", {"n": n})), MORE, study=study(MORE))
    assert ("4 donors take no part" in text) == told


def flag_row(row: str, *, severity: Severity = "look") -> Flag:
    return Flag(
        table="assays", row=row, severity=severity, what="assumed", why="w", cure="c", code="rule"
    )


def test_flags_that_say_the_same_are_one_line_with_their_places() -> None:
    raised = list(coded([flag_row("mrna TNF"), flag_row("mrna HPRT")], "rule"))
    answer = warned(flags=tuple(each.name for each in raised))
    told = screen(table(answer), FLAGS.frame([each.row_of_table() for each in raised]))
    assert "! look: mrna TNF, mrna HPRT: assumed" in told
    assert told.count("assumed") == 1
    assert "Needs your eyes: 2 to look at." in told
    settled = [replace(each, accepted="so it is").row_of_table() for each in raised]
    told = screen(table(answer), FLAGS.frame(settled))
    assert "! accepted: mrna TNF, mrna HPRT: assumed (because: so it is)" in told
    assert "Needs your eyes: 2 accepted with a reason." in told


def test_the_terminal_prints_every_warning_and_calms_only_where_there_is_nothing() -> None:
    none, no_flags = table(warned()), FLAGS.frame()
    assert "Nothing needs your eyes." in screen(none, no_flags)
    two = (Caveat("one_donor_decides"), Caveat("several_visits", {"visit": "1"}))
    told = screen(table(warned(*two), replace(warned(), analyte="IL6")), no_flags)
    assert "! Without one donor (see how firm the answers are) the interval would not" in told
    assert "! Several visits were measured; this is visit 1 only." in told
    assert "Needs your eyes: 1 answer with a warning. The report lists them." in told
    note = flag_row("plates", severity="note")
    only_notes = screen(none, FLAGS.frame([note.row_of_table()]))
    assert "No flag asks for an act. 1 note: the report lists them." in only_notes
    beside = replace(warned(*two), part="beside", verdict=None)
    assert "Nothing needs your eyes." in screen(table(warned(), beside), no_flags)


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ((), "freedom (doi"),
        (("plate",), "freedom, plate held (doi"),
        (("batch", "plate"), "freedom, batch and plate held (doi"),
        (("plate x stimulus",), "freedom, what a plate does to stimulated wells held (doi"),
        (
            ("drawn", "drawn x stimulus", "plate x stimulus"),
            "freedom, day of drawing and what a day of drawing or a plate does to stimulated wells "
            "held (doi",
        ),
    ],
)
def test_a_method_says_what_it_holds(held: tuple[str, ...], told: str) -> None:
    assert told in method_words(warned(held=held))
    missing = finding(MORE, "not estimable", (None, None, None), LOG2_FOLD)
    assert method_words(replace(missing, held=held)) == "none: not estimable"


@pytest.mark.parametrize(
    ("scale", "estimate", "told"),
    [
        ("VAS", 0.5, "a higher score of pain (higher is worse)"),
        ("VAS", -0.5, "a lower score of pain (lower is better)"),
        ("QOL", 0.5, "a higher score of quality of life (higher is better)"),
        ("QOL", -0.5, "a lower score of quality of life (lower is worse)"),
    ],
)
def test_the_end_of_a_scale_that_a_result_goes_with(scale: str, estimate: float, told: str) -> None:
    ends = (estimate - 0.2, estimate + 0.2)
    answer = finding(RELATED, "supported", (1.0, 0.4, 1.6), COEFFICIENT)
    answer = replace(answer, scale=scale, estimate=estimate, lower=ends[0], upper=ends[1])
    assert told in sentence(answer, RELATED, study=study(RELATED))
    plainly = in_plain_words(alike(RELATED, answer, of=study(RELATED)))
    better = "milder" if scale == "VAS" else "better"
    way = better if told.endswith("better)") else "worse"
    where = "where the amount of TNF with ATP relative to without was higher."
    assert f"tended to be {way} {where}" in plainly


@given(st.floats(-1e3, 1e3), st.integers(0, 4))
def test_no_minus_stands_before_zero(value: float, digits: int) -> None:
    texts = [number(value, digits=digits), signed(value, digits=digits), fold(value)]
    texts += words.ends_of(value, value, COEFFICIENT).split(" to ")
    assert not [text for text in texts if re.fullmatch(r"[-−+]0(\.0*)?", text)]


@given(st.floats(-1, 1).filter(lambda value: abs(value) > 1e-4), st.sampled_from([0, 1]))
def test_an_end_beside_equality_does_not_read_as_equality(value: float, log2: int) -> None:
    unit, null = ((COEFFICIENT, "0.00"), (LOG2_FOLD, "1.00"))[log2]
    assert words.ends_of(value, 2.0, unit).split(" to ")[0] != null


@pytest.mark.parametrize("code", get_args(CaveatCode))
def test_one_is_counted_in_the_singular(code: CaveatCode) -> None:
    text = caveat_words(Caveat(code, facts_of(code)), study(MORE))
    plural = re.findall(r"\b1 (?!of\b)[a-z]+s\b(?! of which)", text)
    assert not [
        words for words in plural if not words.endswith(("is", "has", "takes", "differs"))
    ], text


def test_every_wording_is_tried_in_the_singular() -> None:
    assert set(CAVEATS) == set(get_args(CaveatCode))
