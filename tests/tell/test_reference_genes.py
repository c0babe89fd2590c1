"""The report's table of reference genes: what each verdict is made of."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from keyed_figures import Key, records

from exvivo.study import Analyte, Group, Plate, Qpcr, Stimulus, Study
from exvivo.tables import ASSAYS
from exvivo.tell import quality

HEADS = (
    "gene",
    "readout",
    "samples",
    "geNorm M",
    "NormFinder ρ",
    "shift with stimulus, log2 (90 % interval)",
    "between groups, log2 (90 % interval)",
    "verdict",
)
STILL: dict[Key, float] = {
    "samples": 50.0,
    "samples_without_reference": 2.0,
    "stability_samples": 48.0,
    "margin": 0.5,
    ("genorm_m", "ACT"): 0.21,
    ("shift", "ACT", "ATP"): 0.1,
    ("shift_lower", "ACT", "ATP"): -0.05,
    ("shift_upper", "ACT", "ATP"): 0.25,
    ("shift_within", "ACT", "ATP"): 1.0,
    ("shift", "ACT", "FM", "HC"): -0.2,
    ("shift_lower", "ACT", "FM", "HC"): -0.4,
    ("shift_upper", "ACT", "FM", "HC"): 0.0,
    ("shift_within", "ACT", "FM", "HC"): 1.0,
}


def rows(figures: Mapping[Key, float], *references: str) -> list[dict[str, str]]:
    study = Study(
        exvivo=1,
        title="a test",
        groups=(Group(id="FM", name="patients"), Group(id="HC", name="controls")),
        analytes=(Analyte(id="TNF"),),
        stimuli=(
            Stimulus(id="none", name="nothing", control=True),
            Stimulus(id="ATP", name="extracellular ATP"),
        ),
        assays=(Qpcr(id="mrna", kind="qpcr", references=references),),
        plates=(Plate(id="Q1", assay="mrna", layout="Q1.csv"),),
    )
    row: dict[str, object] = {
        "assay": "mrna",
        "readout": "mRNA",
        "analyte": ", ".join(references),
        "kind": "reference",
        "method": "m",
        "unit": "cycles",
        "parameters": [],
        "covariance": [],
        "points": [],
        "figures": records(figures),
    }
    (table,) = quality.tables(ASSAYS.frame([row]), study=study)
    assert table.title == "Reference genes" and [
        head for head in HEADS if head in table.heads
    ] == list(table.heads)
    return [dict(zip(table.heads, cells, strict=True)) for cells in table.rows]


def test_a_gene_that_holds_still() -> None:
    act, ubc = rows(STILL, "ACT", "UBC")
    assert list(act.values()) == [
        "ACT",
        "mRNA",
        "48 (2 without)",
        "0.21",
        "ATP 0.10 (−0.05 to 0.25)",
        "FM − HC −0.20 (−0.40 to 0.00)",
        "within margin (±0.5 log2)",
    ]
    assert ubc["verdict"] == "not shown"
    assert "NormFinder ρ" not in act, (
        "two genes have no rho: a column that says nothing is left out"
    )


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        (
            {("shift_within", "ACT", "ATP"): 0.0, ("shift_moves", "ACT", "ATP"): 1.0},
            "moves (with ATP)",
        ),
        ({("shift_within", "ACT", "FM", "HC"): 0.0}, "not shown (FM and HC)"),
        (
            {
                ("shift_within", "ACT", "FM", "HC"): 0.0,
                ("shift_within", "ACT", "ATP"): 0.0,
                ("shift_moves", "ACT", "ATP"): 1.0,
            },
            "moves (with ATP)",
        ),
    ],
)
def test_the_worst_comparison_decides(changed: dict[Key, float], verdict: str) -> None:
    assert rows(STILL | changed, "ACT", "UBC")[0]["verdict"] == verdict


def test_one_gene_is_not_judged_between_groups() -> None:
    alone = {
        name: value
        for name, value in STILL.items()
        if name[0] != "genorm_m" and name[2:] != ("FM", "HC")
    }
    (act,) = rows(alone, "ACT")
    assert act[HEADS[5]] == "ATP 0.10 (−0.05 to 0.25) (amount of cDNA included)"
    assert act[HEADS[6]] == "cannot be judged: no other reference"


def test_candidates_are_shown_and_marked() -> None:
    panel: dict[Key, float] = {
        ("candidate", "TBP"): 1.0,
        ("panel_m", "TBP"): 0.4,
        "panel_samples": 47.0,
        ("normfinder", "TBP"): 0.12,
        ("normfinder", "ACT"): 0.1,
    }
    act, _, tbp = rows(STILL | panel, "ACT", "UBC")
    assert act["NormFinder ρ"] == "0.10"
    assert list(tbp.values()) == [
        "TBP (candidate)",
        "mRNA",
        "47",
        "0.40",
        "0.12",
        "–",
        "–",
        "not used",
    ]
