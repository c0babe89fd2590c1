"""The checklist of a question of identity: what the study has of each item, by its own names, shown
and never added up.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from compare_tables import study
from test_sentences import finding

from exvivo.findings import Finding, rows_of
from exvivo.study import Analyte, CellType, Effect, Identity, Qpcr, Results, Stimulus, Study
from exvivo.study.question_records import EvidenceItem
from exvivo.tables import FINDINGS, WELLS
from exvivo.tell import Tables, worded
from exvivo.tell.checklist import Row, checklist, csv_frame
from exvivo.tell.checklist_records import State
from exvivo.tell.page import rendered
from exvivo.tell.panels import panel_notes
from exvivo.units import LOG2_FOLD

WHO = Identity(
    id="who",
    ask="identity",
    cell_type="iMG",
    like="microglia",
    profiles="p.csv",
    references="r.csv",
    scale="log2",
)
BLOCKED = Effect(
    id="adp",
    ask="effect",
    within="FM",
    assays=("flow",),
    analytes=("Ca",),
    stimulus="ADP",
    blocked="ADP_PSB0739",
    cell_type="iMG",
)
STIMULI = (
    Stimulus(id="none", name="nothing", control=True),
    Stimulus(id="ADP", name="extracellular ADP"),
    Stimulus(id="ADP_PSB0739", name="blocked"),
    Stimulus(id="ATP", name="ATP"),
    Stimulus(id="x", name="ADP with PSB 0739"),
)
WELL: dict[str, Any] = {
    "source": "s",
    "sha256": "0",
    "block": "",
    "plate": "P",
    "channel": "",
    "kind": "concentration",
    "value": 1.0,
    "censor": "none",
    "unit": "%",
    "assay": "flow",
    "readout": "protein",
    "role": "sample",
    "cell_type": "iMG",
    "dilution": 1.0,
}


def of(*questions: Any, **changes: Any) -> Study:
    given: dict[str, Any] = {
        "cell_types": (CellType(id="iMG", name="cells"), CellType(id="MDM", name="others")),
        "analytes": (Analyte(id="P2RY12"), Analyte(id="m", name="IBA1"), Analyte(id="Ca")),
        "assays": (
            Results(id="flow", kind="results"),
            Qpcr(id="mrna", kind="qpcr", references=("UBC",), readout="protein"),
            Results(id="counts", kind="results", readout="transcripts"),
        ),
        "stimuli": STIMULI,
    }
    return study(*questions, **(given | changes))


def well(analyte: str, donor: str, **more: Any) -> dict[str, Any]:
    return WELL | {"well": f"{analyte}{donor}", "analyte": analyte, "donor": donor} | more


def tables(of: Study, *wells: dict[str, Any], found: tuple[Finding, ...] = ()) -> Tables:
    findings = worded(FINDINGS.frame(rows_of(found)), of)
    return Tables.of({"wells": WELLS.frame(list(wells)), "findings": findings})


def rows(who: Identity, of: Study, tables: Tables) -> dict[str, Row]:
    shown = checklist(who, of, tables)
    assert shown is not None and shown.records is not None
    ids = [held.item.id for held in shown.records.items]
    return dict(zip(ids, shown.rows, strict=True))


def told(row: Row) -> str:
    """Everything that a row says of the study."""
    parts = [f"{s.what} {s.but} {' '.join(a.sentence for a in s.answers)}" for s in row.sources]
    return " ".join([*parts, row.lacking])


def states(who: Identity, of: Study, tables: Tables) -> dict[str, State]:
    return {id_: row.state for id_, row in rows(who, of, tables).items()}


def test_nothing_measured_is_said_of_every_item() -> None:
    own = of(WHO)
    every = rows(WHO, own, tables(own))
    assert {row.state for row in every.values()} == {"absent"}
    assert all(told(row).strip() == "Not measured in this study." for row in every.values())


def test_a_protein_is_found_by_its_names_in_these_cells_alone() -> None:
    own = of(WHO)
    wells = [well("P2RY12", "F1"), well("P2RY12", "F2"), well("m", "F1"), well("Ca", "F1")]
    row = rows(WHO, own, tables(own, *wells))["markers_by_protein"]
    assert row.state == "present"
    assert "P2RY12 as protein (assay `flow`) in the cells of 2 donors; no question" in told(row)
    assert "IBA1 as protein" in told(row) and row.lacking == "Not measured: TMEM119."


@pytest.mark.parametrize(
    "change",
    [
        {"cell_type": "MDM"},
        {"assay": "mrna"},
        {"assay": "counts"},
        {"role": "blank"},
        {"exclude": "spilt"},
        {"analyte": "P2RY1"},
    ],
)
def test_other_cells_messages_and_controls_are_no_marker(change: dict[str, Any]) -> None:
    own = of(WHO)
    read = tables(own, well("P2RY12", "F1") | change)
    assert states(WHO, own, read)["markers_by_protein"] == "absent"


@pytest.mark.parametrize(("other", "has"), [("Isotype control", True), ("Ca", False)])
def test_a_marker_without_its_isotype_control_says_so(other: str, has: bool) -> None:
    own = of(WHO)
    wells = [well("P2RY12", "F1"), well(other, "F1")]
    row = rows(WHO, own, tables(own, *wells))["markers_by_protein"]
    assert ("No isotype control" in told(row)) is not has


def test_a_protein_that_needs_no_antibody_asks_for_no_isotype() -> None:
    who = replace(WHO, like="hepatocyte")
    own = of(who, analytes=(Analyte(id="ALB"),))
    row = rows(who, own, tables(own, well("ALB", "F1")))["albumin_secretion"]
    assert row.state == "present" and "isotype" not in told(row)


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, "present"),
        ({"blocked": "x"}, "present"),
        ({"blocked": "ATP"}, "absent"),
        ({"stimulus": "ATP"}, "absent"),
        ({"cell_type": "MDM"}, "absent"),
        ({"cell_type": ""}, "absent"),
    ],
)
def test_an_effect_is_known_by_its_stimulus_and_what_blocks_it(
    change: dict[str, Any], state: State
) -> None:
    asked = replace(BLOCKED, **change)
    own = of(WHO, asked)
    answer = finding(asked, "supported", (-1.0, -1.5, -0.5), LOG2_FOLD)
    row = rows(WHO, own, tables(own, found=(answer,)))["adp_response"]
    assert row.state == state
    if state == "present":
        (source,) = row.sources
        assert [each.verdict for each in source.answers] == ["supported"]
        assert "look whether what it measured" in source.but and source.anchor == "question-2"


def test_cells_need_no_name_where_there_is_one_kind() -> None:
    asked = replace(BLOCKED, cell_type="")
    own = of(WHO, asked, cell_types=(CellType(id="iMG", name="cells"),))
    assert states(WHO, own, tables(own))["adp_response"] == "present"


@pytest.mark.parametrize("verdict", ["supported", "not resolved", "not estimable"])
def test_a_named_question_stands_with_its_own_verdict(verdict: Any) -> None:
    who = replace(WHO, evidence=(EvidenceItem(item="phagocytosis", question="adp"),))
    own = of(who, BLOCKED)
    answer = finding(BLOCKED, verdict, (-1.0, -1.5, 0.5), LOG2_FOLD)
    every = rows(who, own, tables(own, found=(answer,)))
    (source,) = every["phagocytosis"].sources
    assert [each.verdict for each in source.answers] == [verdict]
    assert not source.but and "named for it" in source.what


def test_a_question_that_is_named_and_recognised_stands_once() -> None:
    who = replace(WHO, evidence=(EvidenceItem(item="adp_response", question="adp"),))
    own = of(who, BLOCKED)
    (source,) = rows(who, own, tables(own))["adp_response"].sources
    assert "named for it" in source.what and source.but == "It has no answer."


def test_a_note_is_declared_and_a_measurement_goes_before_it() -> None:
    notes = [EvidenceItem(item=name, note="seen before") for name in ("genotype_match", "nothing")]
    own = of(replace(WHO, evidence=tuple(notes)))
    every = rows(own.questions[0], own, tables(own))  # type: ignore[arg-type]
    assert every["genotype_match"].state == "declared"
    assert "Declared, and not in the data of this study: seen before." in told(
        every["genotype_match"]
    )
    who = replace(WHO, evidence=(EvidenceItem(item="markers_by_protein", note="seen before"),))
    row = rows(who, own, tables(own, well("P2RY12", "F1")))["markers_by_protein"]
    assert row.state == "present" and "seen before" in told(row)


def test_cells_without_a_checklist_are_told() -> None:
    who = replace(WHO, like="our line", cell_type="ours")
    own = of(who)
    shown = checklist(who, own, tables(own))
    assert shown is not None and not shown.rows
    assert "no checklist for our line" in shown.intro
    assert csv_frame([shown]).height == 0
    assert checklist(BLOCKED, own, tables(own)) is None


def test_the_page_and_the_lines_hold_what_was_found() -> None:
    who = replace(WHO, evidence=(EvidenceItem(item="genotype_match", note="<b>STR</b>"),))
    own = of(who, BLOCKED)
    answers = tuple(
        replace(finding(BLOCKED, "supported", (-1.0, -1.5, -0.5), LOG2_FOLD), analyte=name)
        for name in ("a", "b", "c", "d", "e")
    )
    shown = checklist(who, own, tables(own, well("P2RY12", "F1"), found=answers))
    assert shown is not None
    page = rendered("checklist.html", block={"checklist": shown}, loop={"index": 1})
    assert "&lt;b&gt;STR&lt;/b&gt;" in page and "<b>STR" not in page
    assert page.count('class="verdict supported"') == 3 and "2 more answers there" in page
    assert "not added up" in page and "doi 10.1016/j.neuron.2017.03.042" in page
    assert "score" not in page and " of 4" not in page
    lines = csv_frame([shown])
    assert lines["item"].to_list().count("adp_response") == 5, "every answer is in the lines"
    assert dict(zip(lines["item"], lines["state"], strict=True)) == {
        "markers_by_protein": "present",
        "phagocytosis": "absent",
        "adp_response": "present",
        "genotype_match": "declared",
    }


@pytest.mark.parametrize(
    ("markers", "other", "told"),
    [
        ("human microglia", "macrophage", ("Doubtful against macrophage: ", "TREM2", "C1QA")),
        ("human microglia", "monocyte", ("Doubtful against monocyte: CX3CR1 and P2RY13",)),
        ("human microglia", "our line", ()),
        ("raw/m.csv", "macrophage", ()),
        ("", "macrophage", ()),
    ],
)
def test_doubtful_genes_are_named_for_the_references_of_a_question(
    markers: str, other: str, told: tuple[str, ...]
) -> None:
    who = replace(WHO, markers=markers)
    answer = replace(finding(BLOCKED, "supported", (1.0, 0.5, 1.5), LOG2_FOLD), analyte=other)
    notes = panel_notes(who, [answer], of(who))
    doubts = [note for note in notes if note.startswith("Doubtful")]
    assert bool(doubts) == bool(told)
    assert all(word in doubts[0] for word in told)
    assert bool(notes) == (markers == "human microglia"), "the sources of a panel of the catalog"
    assert panel_notes(BLOCKED, [answer], of(BLOCKED)) == []
