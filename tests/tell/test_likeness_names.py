"""What answers of identity are called, who counts as measured, and which advice stands beside."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from test_likeness_told import WHO, answer, of, shown, similar

from exvivo.findings import Caveat, Estimand, EstimandCode
from exvivo.methods import WITHOUT_BATCH, WITHOUT_CLASS, WITHOUT_REFERENCE, Method
from exvivo.tell import Tables
from exvivo.tell.figures import held
from exvivo.tell.flow import Flow
from exvivo.tell.names import about
from exvivo.tell.sentences import sentence
from exvivo.tell.who import Roll

AGAINST = Caveat("class_decides", {"cells": ("macrophage",)})


def test_an_answer_is_called_by_the_two_kinds_that_it_holds_against_one_another() -> None:
    assert about(answer(), of()) == "microglia over monocyte"
    assert about(answer("microglia"), of()) == "microglia expression", "nothing to hold it against"
    assert about(similar("monocyte"), of()) == "monocyte expression", "no contrast"


@pytest.mark.parametrize(
    ("code", "fact", "method"),
    [
        ("without_class", "cell", WITHOUT_CLASS),
        ("without_batch", "batch", WITHOUT_BATCH),
        ("without_reference", "reference", WITHOUT_REFERENCE),
    ],
)
def test_a_range_is_no_interval(code: EstimandCode, fact: str, method: Method) -> None:
    estimand = Estimand(code, {fact: "b1"})
    found = answer(part="robustness", method=method, estimand=estimand, verdict=None)
    text = sentence(found, WHO, study=of())
    assert text.endswith("(b1 moves it most): 0.20 to 0.60."), text


def test_donors_of_an_answer_of_expression_alone_count_as_measured() -> None:
    people = pl.DataFrame({"donor": ["P1", "P2"], "group": ["FM", "HC"]})
    study = replace(of(), donors=people)
    findings = shown(answer(donors=("P1",)))
    tables = Tables.of({"findings": findings})
    flow = Flow(study, tables, Roll.of(tables, study))
    assert sum(flow.measured) == 1
    assert [person.measured for person in flow.persons()][:2] == ["expression", ""]


def test_a_panel_that_does_not_fit_is_no_contradiction_of_all_genes() -> None:
    unfit = Caveat("panel_outside_its_range", {"panel": "human microglia", "cell": "T cell"})
    found, checks = answer(warnings=(unfit,)), {check.name: check for check in held.CHECKS}
    assert held.sign(found, checks["panel fits"], ()) == "did not hold"
    assert held.sign(found, checks["all genes"], ()) == "could not be asked"
    of_panel, of_file = (replace(WHO, markers=name) for name in ("human microglia", "raw/m.csv"))
    shown_ = [
        {row["estimand"] for row in held.rows_of([found], (), q)} for q in (of_panel, of_file)
    ]
    assert ["panel fits" in names for names in shown_] == [True, False]
