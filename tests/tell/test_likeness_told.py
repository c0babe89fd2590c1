"""What a reader meets of an identity: an answer, why there is none, and what stands against one."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from compare_tables import study
from rich.console import Console
from test_tempering import facts_of

from exvivo.findings import CAPS, Caveat, Count, Estimand, Facts, Finding, WarningCode, rows_of
from exvivo.methods import GATE, PAIR_AXIS, SIMILARITY, SIMILARITY_CONTRAST
from exvivo.study import CellType, Identity, Study
from exvivo.tables import FINDINGS, FLAGS
from exvivo.tell import Tables, terminal, worded
from exvivo.tell.asks import ASKS
from exvivo.tell.figures import held
from exvivo.tell.figures.chart import Figure
from exvivo.tell.phrases import caveat_words
from exvivo.tell.sentences import sentence
from exvivo.tell.tables import answers_of
from exvivo.units import COEFFICIENT, SHARE
from exvivo.units import SIMILARITY as DIFFERENCE

WHO = Identity(
    id="who",
    ask="identity",
    cell_type="iMG",
    like="microglia",
    profiles="raw/p.csv",
    references="raw/r.csv",
    scale="log2",
)
LIKE_NONE: Facts = {
    "lineages": ("myeloid",),
    "percentile": 0.9499,
    "cut": 0.95,
    "genes": ("AIF1", "CSF1R", "SPI1"),
    "passed": (),
    "n": 5,
    "donors": 6,
}


def of(question: Identity = WHO) -> Study:
    cells = (CellType(id="iMG", name="induced microglia-like cells"),)
    return study(question, cell_types=cells)


def answer(against: str = "monocyte", **changes: Any) -> Finding:
    found = Finding(
        question="who",
        ask="identity",
        family="who",
        assay="expression",
        readout="expression",
        analyte=against,
        level=0.95,
        unit=DIFFERENCE,
        n=(Count("FM", 3), Count("HC", 3)),
        cell_type="iMG",
        estimand=Estimand("similarity_contrast", {"like": "microglia", "against": against}),
        method=SIMILARITY_CONTRAST,
        estimate=0.4,
        lower=0.2,
        upper=0.6,
        p=0.001,
        p_adjusted=0.002,
        verdict="not resolved",
    )
    return replace(found, **changes)


def like_none(**facts: Any) -> Finding:
    reason = Caveat("like_none", {**LIKE_NONE, **facts})
    nothing: dict[str, Any] = dict.fromkeys(["estimate", "lower", "upper", "p", "p_adjusted"])
    return answer(verdict="not estimable", reason=reason, **nothing)


def gate(cell: str, *shares: str) -> Finding:
    facts: Facts = {"lineage": "myeloid", "cell": cell, "cut": 0.95}
    return answer(
        cell,
        part="beside",
        unit=SHARE,
        method=GATE,
        method_facts={"genes": 8, "table": 20000, "shares": shares},
        estimate=min(map(float, shares)),
        lower=None,
        upper=None,
        estimand=Estimand("gate", facts),
        verdict=None,
    )


def similar(cell: str) -> Finding:
    estimand = Estimand("similarity", {"cell": cell, "genes": 40})
    changes: dict[str, Any] = {"part": "beside", "unit": COEFFICIENT, "verdict": None}
    return answer(cell, method=SIMILARITY, estimand=estimand, **changes)


def pair_axis(against: str) -> Finding:
    estimand = Estimand("pair_axis", {"like": "microglia", "against": against})
    return answer(against, part="beside", method=PAIR_AXIS, estimand=estimand, verdict=None)


def shown(*findings: Finding) -> pl.DataFrame:
    return worded(FINDINGS.frame(rows_of(findings)), of())


def figure(*findings: Finding, question: Identity = WHO) -> Figure | None:
    tables = Tables.of({"findings": shown(*findings)})
    answers = answers_of(tables.findings)
    return ASKS["identity"].figure(question, answers, tables, of(question), "f")


def test_like_none_is_an_answer_that_says_what_the_cells_are_not() -> None:
    text = sentence(like_none(), WHO, study=of())
    assert text.startswith(
        "Induced microglia-like cells are like none of the references, neither microglia nor "
        "monocyte: they are no myeloid cells. Genes that myeloid cells all express highly (AIF1, "
        "CSF1R, SPI1) stand at percentile 94.9 of what was measured in the cultured cells (too low "
        "in 5 of 6 donors); in such cells they stand at percentile 95 or higher. "
    )
    other = sentence(like_none(passed=("T",), n=6), WHO, study=of())
    assert "like none of the myeloid references" in other
    assert "in all 6 donors" in other
    assert "The genes of T cells stand as high as in T cells." in other


def test_like_none_is_no_failure_on_screen() -> None:
    both = (like_none(), replace(like_none(), analyte="macrophage"))
    console = Console(width=20_000, record=True, file=io.StringIO())
    console.print(terminal(of(), findings=shown(*both), flags=FLAGS.frame()))
    assert "– not estimable: like none  Induced" in console.export_text()


@pytest.mark.parametrize("code", sorted(CAPS))
def test_what_stands_against_a_likeness_is_said_first(code: WarningCode) -> None:
    caveat = Caveat(code, facts_of(code))
    text = sentence(answer(warnings=(caveat,)), WHO, study=of())
    whether = "Whether the induced microglia-like cells resemble microglia more than monocyte or "
    first, _, number = text.removeprefix(f"{whether}less is not resolved: ").partition(
        ". The number itself: difference in correlation (scale -2 to 2) 0.40 "
        "(95 % interval 0.20 to 0.60), "
    )
    assert first and number, text
    assert text.count(first) == 1, "said once"
    assert number.endswith("Alone it would point to microglia, which is not enough.")
    assert caveat_words(caveat, of())


def test_an_open_interval_or_a_correction_is_told_beside_what_stands_against() -> None:
    caveat = Caveat("class_decides", {"cells": ("macrophage",)})
    wide = sentence(answer(lower=-0.1, warnings=(caveat,)), WHO, study=of())
    assert "without the references of macrophage. The number itself" in wide
    assert wide.endswith(
        "from −0.10 (nearer monocyte) to 0.60 (nearer microglia) remains possible."
    )
    corrected = sentence(answer(p_adjusted=0.2, warnings=(caveat,)), WHO, study=of())
    assert corrected.endswith("but not after correction for all that was asked together.")


def test_a_warning_that_does_not_cap_stays_behind_the_number() -> None:
    warnings = (Caveat("class_decides", {"cells": ("macrophage",)}), Caveat("one_donor_decides"))
    text = sentence(answer(warnings=warnings), WHO, study=of())
    assert "3 controls; it hangs on one donor. Alone" in text, text


@pytest.mark.parametrize("why", ["few_gate_genes", "few_genes", "filtered", "hidden", "no_gate"])
def test_every_reason_why_a_gate_is_not_possible_has_words(why: str) -> None:
    facts: Facts = {"why": why, "genes": 3, "table": 900, "cell": "microglia"}
    given = facts if why == "no_gate" else {**facts, "lineage": "myeloid"}
    caveat = Caveat("gate_not_possible", given)
    text = sentence(answer(warnings=(caveat,)), WHO, study=of())
    such = "anything like microglia" if why == "no_gate" else "myeloid cells"
    asked = f"the cells are {such} at all" if why != "hidden" else f"{such} are among them"
    assert f"whether {asked} cannot be told (" in text
    assert "  " not in caveat_words(caveat, of())


def test_the_notes_name_the_gate_the_condition_and_the_batches() -> None:
    text = " ".join(ASKS["identity"].notes(WHO, of()))
    assert "myeloid cells have AIF1" in text and "at percentile 95 or higher" in text
    assert "No condition of the cells is declared" in text and "No batches" in text
    other = replace(WHO, like="odd cells", condition="ATP", samples="raw/s.csv")
    text = " ".join(ASKS["identity"].notes(other, of(other)))
    assert "the one that the reference samples are of by their own genes" in text
    assert "in this condition, as declared: ATP." in text and "as raw/s.csv says" in text


def test_the_figure_shows_the_gate_and_what_held() -> None:
    one_way = Caveat("class_decides", {"cells": ("T cell",)})
    drawn = figure(
        answer(warnings=(one_way,)),
        answer("macrophage", verdict="supported"),
        gate("iMG", "0.9512", "0.9433"),
        gate("microglia", "0.99", "0.98"),
        similar("microglia"),
        pair_axis("macrophage"),
    )
    assert drawn is not None
    titles = [panel.title for panel in drawn.panels]
    assert titles == ["Are they myeloid cells?", "Similarity", "Microglia", "What held"]
    gates, *_, signs = (panel.alt for panel in drawn.panels)
    assert "cells at percentile 94.3 to 95.1, 1 of 2 below the line at 95" in gates
    first, second = signs.split("over ")[1:]
    assert "no kind decides did not hold" in first and "near held" in first
    assert "the two alone could not be asked" in first and "the two alone held" in second
    assert "all genes" not in signs, "no panel: all genes are what was compared"
    checks = drawn.data.filter(part="check")
    assert checks.height == 2 * 7
    assert set(checks["verdict"]) == {"held", "did not hold", "could not be asked"}


def test_cells_that_are_like_none_have_a_figure_too() -> None:
    drawn = figure(like_none(), gate("iMG", "0.2", "0.3"), similar("microglia"))
    assert drawn is not None
    assert [panel.title for panel in drawn.panels] == [
        "Which cells are they?",
        "Similarity",
        "What held",
    ]
    assert "such cells did not hold, near could not be asked" in drawn.panels[-1].alt
    assert figure(like_none()) is None


def test_every_cap_has_a_sign() -> None:
    signs = [check.against | check.unasked for check in held.CHECKS]
    assert set(CAPS) | {"batch_is_class"} == set().union(*signs)
    assert sum(map(len, signs)) == len(CAPS) + 1
    for code in sorted(CAPS):
        found = answer(warnings=(Caveat(code, {}),))
        marks = [held.sign(found, check, [pair_axis("monocyte")]) for check in held.CHECKS]
        asked = "could not be asked" if code == "gate_not_possible" else "did not hold"
        (place,) = (i for i, each in enumerate(signs) if code in each)
        assert marks[place] == asked, code
        assert marks.count("did not hold") == (asked == "did not hold")


def test_own_pairs_beyond_a_control_say_that_the_person_cancels() -> None:
    facts: Facts = {"cell": "microglia", "control": "monocyte", "floor": 0.125}
    found = answer(part="beside", verdict=None, estimand=Estimand("own_pairs_beyond", facts))
    text = sentence(found, WHO, study=of())
    assert re.search("own microglia beyond that to their own monocyte.*person.*cancels", text)
    assert "p cannot be below 0.12" in text
