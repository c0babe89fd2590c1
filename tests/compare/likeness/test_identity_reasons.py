"""What cannot be asked or answered of identity is said, with its reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from likeness_worlds import (
    MIXED,
    WHO,
    World,
    answers,
    ask,
    broken,
    cultured,
    references,
    whole,
)

from exvivo import catalog
from exvivo.errors import UserMistake
from exvivo.gather import gather
from exvivo.run import run


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"empty": True}, "there is no profile to answer it with"),
        (
            {"classes": ("microglia",)},
            "all references are of microglia: likeness shows only beside cells of another kind",
        ),
        (
            {"like": "astrocyte"},
            "no reference sample is of astrocyte; there are: microglia, monocyte",
        ),
        ({"n": 2}, "2 donors with a profile; at least 3 are needed"),
        ({"genes": 9}, "9 of the 9 genes asked for are in both tables"),
        ({"small": True}, "(20 would be if capital letters were not told apart)"),
        (
            {"flat": True},
            "in these genes microglia and monocyte differ from the mean of the references in "
            "nothing",
        ),
        ({"alike": True}, "every donor has the same result"),
    ],
)
def test_what_cannot_be_estimated_is_an_answer_with_its_reason(
    change: dict[str, Any], reason: str
) -> None:
    found = broken(**change)
    assert found
    for f in found:
        assert f["verdict"] == "not estimable"
        assert reason in f["reason"]
        assert f["estimate"] is f["p"] is f["p_adjusted"] is None
        assert f["sentence"].endswith(f"cannot be estimated: {f['reason']}.")


def test_one_reference_sample_and_two_classes_are_pointed_out() -> None:
    world = World(10, classes=("microglia", "monocyte"))
    donors = world.donors(5, np.array([0.7, 0.3]))
    refs = {
        k: v
        for k, v in world.samples.items()
        if k in ("microglia:S0", "monocyte:S0", "monocyte:S1")
    }
    found = answers(
        ask(cultured(donors, world.genes) + references(refs, world.genes), list(donors))
    )[0]
    assert any("come from one donor each" in w for w in found["warnings"])
    assert any(
        "with two references, likeness to one is unlikeness to the other" in w
        for w in found["warnings"]
    )


def folder_of(root: Path, question: str) -> Path:
    """A study of nothing but expression, on disk."""
    world = World(40)
    donors = world.donors(6, MIXED)
    (root / "raw").mkdir()
    for name, table in (("p.csv", donors), ("r.csv", world.samples)):
        lines = [
            ["gene", *table],
            *([g, *(f"{v[i]:.6f}" for v in table.values())] for i, g in enumerate(world.genes)),
        ]
        (root / "raw" / name).write_text("\n".join(map(",".join, lines)) + "\n")
    (root / "donors.csv").write_text("donor,group\n" + "".join(f"{d},{d[:2]}\n" for d in donors))
    (root / "study.yaml").write_text(
        "exvivo: 1\ntitle: who\ngroups: [{id: FM, name: patients}, {id: HC, name: controls}]\n"
        "cell_types: [{id: iMG, name: induced microglia-like cells}]\nanalytes: []\nassays: "
        "[]\nplates: []\n"
        f"questions: [{{id: who, ask: identity, {question}}}]\n"
    )
    return root


SOUND = "cell_type: iMG, like: microglia, profiles: raw/p.csv, references: raw/r.csv, scale: log2"


def test_a_study_folder_is_answered_and_its_tables_are_inputs_on_record(tmp_path: Path) -> None:
    result = run(folder_of(tmp_path, SOUND))
    assert answers(result.findings)[0]["verdict"] in ("supported", "not resolved")
    page = result.report.read_text(encoding="utf-8")
    assert "Do the induced microglia-like cells resemble microglia more than other cells?" in page
    assert "raw/p.csv" in page and "raw/r.csv" in page
    assert {"raw/p.csv", "raw/r.csv"} <= {file.path for file in gather(tmp_path).inputs}


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (SOUND.replace("like: microglia, ", ""), ["like"]),
        (SOUND.replace(", scale: log2", ""), ["scale"]),
        (SOUND.replace("scale: log2", "scale: tpm"), ["tpm", "log2"]),
        (SOUND.replace("iMG", "iMAC"), ["cell type `iMAC`"]),
        (
            SOUND.replace("raw/r.csv", "raw/./p.csv"),
            ["raw/./p.csv again", "a file of its own for each table"],
        ),
        (SOUND.replace("raw/p.csv", "/data/p.csv"), ["/data/p.csv", "`profiles: raw/p.csv`"]),
        (
            SOUND + ", markers: human microglial",
            ["panel `human microglial`", "human myeloid cells"],
        ),
        (SOUND + ", markers: raw/m.csv", ["raw/m.csv", "no such file"]),
        (
            SOUND.replace("like: microglia", "like: astrocyte"),
            ["no sample of `astrocyte`", "microglia, monocyte, macrophage"],
        ),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_with_a_cure(
    tmp_path: Path, question: str, parts: list[str]
) -> None:
    with pytest.raises(UserMistake) as caught:
        gather(folder_of(tmp_path, question))
    for part in parts:
        assert part in str(caught.value)


def test_nearer_to_one_is_not_near() -> None:
    world = World(41, classes=("microglia", "monocyte", "B cell"))
    donors = world.donors(5, np.array([0.02, 0.01, 0.97]))
    found = answers(
        ask(cultured(donors, world.genes) + references(world.samples, world.genes), list(donors))
    )
    assert [any("nearer is not near" in w for w in f["warnings"]) for f in found] == [
        True,
        False,
    ]


def test_every_panel_has_genes_and_sources() -> None:
    for panel in catalog.panels().values():
        assert len(set(panel.genes)) == len(panel.genes) > 3
        assert all(gene == gene.upper() for gene in panel.genes)
        assert panel.sources and all(doi.startswith("10.") for doi in panel.sources)
    assert len(catalog.panels()["human myeloid cells"].genes) > 30


def test_what_stands_beside_like_none_is_kept() -> None:
    """Cells without the genes of neurons, by a gate that nobody measured."""
    world = World(9, genes=20, classes=("neuron", "macrophage"))
    donors = world.donors(5, np.array([0.9, 0.1]))
    rows = whole(cultured(donors, world.genes), lineage="neuronal", level=0.0)
    rows += whole(references(world.samples, world.genes), lineage="neuronal")
    (answer,) = answers(ask(rows, list(donors), replace(WHO, like="neuron")))
    assert answer["verdict"] == "not estimable" and "neuronal" in answer["reason"]
    assert "how well they do it was not measured" in str(answer["warnings"])
