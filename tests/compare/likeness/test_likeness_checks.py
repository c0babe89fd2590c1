"""What must hold before cells may be called more like one class than another: each check against a
plain recomputation, on both sides of its rule.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from likeness_worlds import (
    WHO,
    Rows,
    cultured,
    findings_of,
    names_of,
    of_donors,
    references,
    row,
    whole,
)
from plain_likeness import plain_each

from exvivo import catalog
from exvivo.arrays import Floats
from exvivo.findings import Finding
from exvivo.findings import findings_of as records
from exvivo.study import Identity, Plan

KINDS = ("microglia", "monocyte", "macrophage", "neutrophil")
MYELOID = catalog.panels()["human myeloid cells"].genes
DONORS = [f"FM{i}" for i in range(5)]


class Kinds:
    """Classes of two givers each that hardly differ, and cells that are a mix of class means with
    weights of their own.
    """

    def __init__(self, seed: int = 0, kinds: tuple[str, ...] = KINDS, genes: int = 60) -> None:
        self.rng = np.random.default_rng(seed)
        self.genes = names_of(genes)
        self.means = {kind: self.rng.normal(6, 1, genes) for kind in kinds}
        self.samples = self.givers(2, 0.05)
        self.batches: dict[str, str] = {}

    def givers(self, n: int, noise: float) -> dict[str, Floats]:
        """n samples of every class."""
        made: dict[str, Floats] = {}
        for kind, mean in self.means.items():
            names = [f"{kind}:S{i}" for i in range(n)]
            made |= {name: mean + self.rng.normal(0, noise, len(mean)) for name in names}
        return made

    def cells(self, profile: Floats, noise: float = 0.1) -> dict[str, Floats]:
        return {name: profile + self.rng.normal(0, noise, len(self.genes)) for name in DONORS}

    def mix(self, **weights: float) -> Floats:
        return np.asarray(sum(weight * self.means[kind] for kind, weight in weights.items()))

    def rows(self, cells: dict[str, Floats]) -> Rows:
        made = references(self.samples, self.genes)
        made = [r | {"batch": self.batches.get(r["sample"], "")} for r in made]
        return cultured(cells, self.genes) + made

    def contrast(
        self, cells: dict[str, Floats], other: str, *, without: str = "", batch: str = "-"
    ) -> float:
        """By numpy's own correlation, with a class or a batch left out of everything."""
        kept: dict[str, list[Floats]] = {kind: [] for kind in self.means if kind != without}
        for name, values in self.samples.items():
            if self.batches.get(name, "") != batch:
                kept.get(name.split(":")[0], []).append(values)
        means = {kind: np.mean(v, axis=0) for kind, v in kept.items() if v}
        names = list(means)
        columns, centre = np.column_stack(list(means.values())), np.full(len(names), 1 / len(names))
        sides = np.eye(len(names))[[names.index("microglia"), names.index(other)]]
        first, second = plain_each(np.column_stack(list(cells.values())), columns, sides, centre).T
        return float((first - second).mean())


def asked(rows: Rows, question: Identity = WHO) -> list[Finding]:
    of = of_donors(DONORS, question, plan=Plan(permutations=0))
    return records(findings_of(rows, of))


def answer_of(found: list[Finding], other: str = "monocyte") -> Finding:
    return next(f for f in found if f.part == "answer" and f.analyte == other)


def row_of(found: list[Finding], code: str, other: str = "monocyte") -> Finding | None:
    return next(
        (f for f in found if f.estimand.code == code and f.estimand.facts["against"] == other),
        None,
    )


def said(answer: Finding, code: str) -> dict[str, Any] | None:
    return next((dict(w.facts) for w in answer.warnings if w.code == code), None)


def test_nothing_stands_against_a_plain_likeness() -> None:
    kinds = Kinds()
    answer = answer_of(asked(whole(kinds.rows(kinds.cells(kinds.mix(microglia=1.0))))))
    assert (answer.verdict, answer.caps) == ("supported", ())


def test_nearer_is_not_near_where_the_lower_end_of_its_similarity_is_below_zero() -> None:
    kinds = Kinds(1)
    far = kinds.mix(macrophage=0.9, neutrophil=0.9, microglia=-0.3, monocyte=-0.5)
    found = asked(whole(kinds.rows(kinds.cells(far))))
    answer = answer_of(found)
    facts = said(answer, "nearer_not_alike")
    similar = next(
        f
        for f in found
        if f.estimand.code == "similarity" and facts and f.estimand.facts["cell"] == facts["cell"]
    )
    assert facts is not None and facts["lower"] == similar.lower
    assert (facts["lower"] <= 0, answer.verdict) == (True, "not resolved")
    assert facts["cell"] == ("microglia" if (answer.estimate or 0) > 0 else "monocyte")


def test_the_pair_axis_knows_no_other_class() -> None:
    kinds = Kinds(2)
    cells = kinds.cells(kinds.mix(microglia=0.5, monocyte=0.4, macrophage=0.1))
    four = row_of(asked(kinds.rows(cells)), "pair_axis")
    kinds.samples = {k: v for k, v in kinds.samples.items() if not k.startswith("macrophage")}
    three = row_of(asked(kinds.rows(cells)), "pair_axis")
    alone = {k: v for k, v in kinds.means.items() if k in ("microglia", "monocyte")}
    kinds.means = alone
    assert four is not None and three is not None
    assert four.estimate == pytest.approx(three.estimate, abs=1e-10)
    assert four.estimate == pytest.approx(kinds.contrast(cells, "monocyte"), abs=1e-10)


def turned(neutrophil: float) -> tuple[Kinds, dict[str, Floats]]:
    """Further classes lie far beyond the first, and the cells between the second and the first,
    nearer the first: the centre takes them away from it, the midpoint of the two does not.
    """
    kinds = Kinds(3)
    step = kinds.rng.normal(0, 1, 60)
    base = kinds.mix(monocyte=1.0)
    for kind, far in (("microglia", 1.0), ("macrophage", 6.0), ("neutrophil", neutrophil)):
        kinds.means[kind] = base + far * step + kinds.rng.normal(0, 0.4, 60)
    kinds.samples = {
        k: kinds.means[k.split(":")[0]] + kinds.rng.normal(0, 0.02, 60) for k in kinds.samples
    }
    return kinds, kinds.cells(base + 0.75 * step, 0.05)


def test_a_sign_that_the_pair_axis_turns_is_capped() -> None:
    kinds, cells = turned(6.0)
    found = asked(whole(kinds.rows(cells)))
    answer, axis = answer_of(found), row_of(found, "pair_axis")
    assert axis is not None and answer.estimate is not None and axis.estimate is not None
    assert answer.estimate < 0 < axis.estimate
    facts = said(answer, "pair_axis_against")
    assert facts == {"like": "microglia", "against": "monocyte", "estimate": axis.estimate}
    assert answer.verdict == "not resolved"


def test_a_sign_that_hangs_on_one_class_names_it() -> None:
    kinds = Kinds(4)
    cells = kinds.cells(kinds.mix(microglia=0.5, monocyte=0.45, macrophage=0.05))
    found = asked(kinds.rows(cells))
    means = {kind: kinds.contrast(cells, "monocyte", without=kind) for kind in KINDS[2:]}
    firm = row_of(found, "without_class")
    assert firm is not None
    assert (firm.lower, firm.upper) == pytest.approx((min(means.values()), max(means.values())))
    estimate = answer_of(found).estimate or 0.0
    most = max(means, key=lambda kind: abs(means[kind] - estimate))
    assert firm.estimand.facts["cell"] == most
    turning = tuple(kind for kind, mean in means.items() if mean * estimate <= 0)
    facts = said(answer_of(found), "class_decides")
    assert facts == ({"cells": turning} if turning else None)


@pytest.mark.parametrize("neutrophil", [0.0, 6.0])
def test_a_class_that_decides_is_named_where_no_other_stands_for_it(neutrophil: float) -> None:
    kinds, cells = turned(neutrophil)
    found = asked(whole(kinds.rows(cells)))
    means = {kind: kinds.contrast(cells, "monocyte", without=kind) for kind in KINDS[2:]}
    facts = said(answer_of(found), "class_decides")
    assert (answer_of(found).estimate or 0) < 0
    assert facts == (None if neutrophil else {"cells": ("macrophage",)})
    assert (means["macrophage"] > 0) == (not neutrophil)


def test_with_three_classes_the_pair_axis_is_the_contrast_without_the_third() -> None:
    kinds = Kinds(5, KINDS[:3])
    cells = kinds.cells(kinds.mix(microglia=0.7, monocyte=0.3))
    found = asked(kinds.rows(cells))
    assert row_of(found, "without_class") is None
    axis = row_of(found, "pair_axis")
    assert axis is not None
    assert axis.estimate == pytest.approx(kinds.contrast(cells, "monocyte", without="macrophage"))


def in_batches(kit: float) -> tuple[Kinds, dict[str, Floats]]:
    """One kit's sample of the second class lies where the cells lie."""
    kinds = Kinds(6)
    cells = kinds.cells(kinds.mix(microglia=0.6, monocyte=0.4))
    odd = kinds.mix(microglia=0.6, monocyte=0.4)
    kinds.samples["monocyte:S0"] += kit * (odd - kinds.means["monocyte"])
    kinds.batches = {k: "kit" if k.endswith("S0") else "old" for k in kinds.samples}
    return kinds, cells


@pytest.mark.parametrize("kit", [0.0, 1.6])
def test_a_sign_that_hangs_on_a_batch_names_it(kit: float) -> None:
    kinds, cells = in_batches(kit)
    found = asked(whole(kinds.rows(cells)))
    means = {batch: kinds.contrast(cells, "monocyte", batch=batch) for batch in ("kit", "old")}
    firm = row_of(found, "without_batch")
    assert firm is not None
    assert (firm.lower, firm.upper) == pytest.approx((min(means.values()), max(means.values())))
    estimate = answer_of(found).estimate or 0.0
    turning = tuple(batch for batch, mean in means.items() if mean * estimate <= 0)
    assert bool(turning) == bool(kit)
    facts = said(answer_of(found), "batch_decides")
    assert facts == ({"batches": turning} if turning else None)
    assert (answer_of(found).verdict == "supported") == (not kit)


def test_a_class_of_one_batch_goes_with_it_and_a_side_of_one_batch_stays() -> None:
    kinds = Kinds(7)
    cells = kinds.cells(kinds.mix(microglia=0.7, monocyte=0.3))
    of = {"microglia": "a", "monocyte": "b", "macrophage": "c"}
    kinds.batches = {k: of.get(k.split(":")[0], "") for k in kinds.samples}
    found = asked(kinds.rows(cells))
    firm = row_of(found, "without_batch")
    expected = kinds.contrast(cells, "monocyte", without="macrophage")
    assert firm is not None
    assert (firm.lower, firm.upper) == pytest.approx((expected, expected))


def test_a_batch_that_is_a_class_is_told_and_one_in_both_is_not() -> None:
    kinds = Kinds(8)
    cells = kinds.cells(kinds.mix(microglia=1.0))
    for share, confounded in (("", False), ("b", False), ("a", True)):
        of = {"microglia:S0": "a", "microglia:S1": share}
        kinds.batches = {k: of.get(k, "b") for k in kinds.samples}
        facts = said(answer_of(asked(kinds.rows(cells))), "batch_is_class")
        assert (facts == {"like": "microglia", "against": "monocyte"}) == confounded
    kinds.batches = {}
    assert said(answer_of(asked(kinds.rows(cells))), "batch_is_class") is None


@pytest.mark.parametrize(
    ("own", "nearer", "farther", "capped"),
    [
        ("lab", ("lab", "lab"), ("kit", "kit"), True),
        ("lab", ("lab", "lab"), ("kit", ""), True),
        ("lab", ("lab", "lab"), ("kit", "lab"), False),
        ("lab", ("lab", "kit"), ("kit", "kit"), False),
        ("lab", ("kit", "kit"), ("kit", "kit"), False),
        ("", ("", ""), ("kit", "kit"), False),
    ],
)
def test_a_batch_that_the_cells_share_with_one_side_alone_is_capped(
    own: str, nearer: tuple[str, str], farther: tuple[str, str], capped: bool
) -> None:
    kinds = Kinds(8)
    cells = kinds.cells(kinds.mix(microglia=1.0))
    of = {"microglia": nearer, "monocyte": farther}
    kinds.batches = {k: of.get(k[:-3], ("kit", "lab"))[int(k[-1])] for k in kinds.samples}
    rows = [r | {"batch": own} if r["role"] == "cultured" else r for r in kinds.rows(cells)]
    answer = answer_of(asked(whole(rows)))
    facts = {"cell": "microglia", "against": "monocyte", "batches": ("lab",)}
    assert said(answer, "batch_of_cells") == (facts if capped else None)
    assert (answer.verdict == "not resolved") == capped


def over_panel(kinds: Kinds, cells: dict[str, Floats], panel: list[str]) -> list[Finding]:
    listed = row("markers", "m.csv", panel, np.array([])) | {"values": None, "scale": None}
    return asked([*kinds.rows(cells), listed], replace(WHO, markers="raw/m.csv"))


def test_a_panel_that_all_genes_speak_against_is_capped() -> None:
    kinds = Kinds(9, genes=200)
    profile = kinds.mix(microglia=1.0)
    profile[:20] = kinds.means["monocyte"][:20]
    cells = kinds.cells(profile)
    found = over_panel(kinds, cells, kinds.genes[:20])
    answer, wide = answer_of(found), row_of(found, "all_genes")
    alone = answer_of(asked(kinds.rows(cells)))
    assert wide is not None and wide.estimand.facts["genes"] == 200
    assert (wide.estimate, wide.lower, wide.upper) == pytest.approx(
        (alone.estimate, alone.lower, alone.upper)
    )
    facts = said(answer, "panel_against_all_genes")
    assert facts is not None and facts["estimate"] == wide.estimate
    assert (answer.upper or 0) < 0 < (wide.estimate or 0)
    agreeing = over_panel(kinds, kinds.cells(kinds.mix(microglia=1.0)), kinds.genes[:20])
    assert row_of(agreeing, "all_genes") is not None
    assert said(answer_of(agreeing), "panel_against_all_genes") is None


@pytest.mark.parametrize(("of_panel", "genes", "asks"), [(20, 199, False), (20, 200, True)])
def test_all_genes_are_asked_where_there_are_ten_times_as_many(
    of_panel: int, genes: int, asks: bool
) -> None:
    kinds = Kinds(10, genes=genes)
    found = over_panel(kinds, kinds.cells(kinds.mix(microglia=1.0)), kinds.genes[:of_panel])
    assert (row_of(found, "all_genes") is not None) == asks


def test_all_genes_are_not_asked_where_they_are_those_compared() -> None:
    kinds = Kinds(11)
    cells = kinds.cells(kinds.mix(microglia=1.0))
    assert row_of(asked(kinds.rows(cells)), "all_genes") is None
    every = over_panel(kinds, cells, kinds.genes)
    assert row_of(every, "all_genes") is None
    assert answer_of(every).estimate == answer_of(asked(kinds.rows(cells))).estimate


def test_a_panel_is_held_against_the_cells_it_was_made_for() -> None:
    kinds = Kinds(12, ("microglia", "monocyte", "T cell"))
    cells = kinds.cells(kinds.mix(microglia=1.0))
    panel = replace(WHO, markers="human myeloid cells")
    kinds.genes = [*MYELOID, *kinds.genes[len(MYELOID) :]]
    found = asked(kinds.rows(cells), panel)
    assert said(answer_of(found), "panel_outside_its_range") is None
    assert said(answer_of(found, "T cell"), "panel_outside_its_range") == {
        "panel": "human myeloid cells",
        "cell": "T cell",
    }
    assert answer_of(found, "T cell").verdict == "not resolved"


def test_more_than_sixty_references_are_left_out_one_by_one() -> None:
    kinds = Kinds(13)
    kinds.samples = kinds.givers(20, 0.3)
    cells = kinds.cells(kinds.mix(microglia=0.7, monocyte=0.3))
    firm = [f for f in asked(kinds.rows(cells)) if f.estimand.code == "without_reference"]
    samples, moved = dict(kinds.samples), []
    for name in samples:
        kinds.samples = {k: v for k, v in samples.items() if k != name}
        moved.append(kinds.contrast(cells, "monocyte"))
    assert len(firm) == 3
    assert (firm[0].lower, firm[0].upper) == pytest.approx((min(moved), max(moved)))


def test_cells_of_no_lineage_are_like_none_and_keep_their_numbers() -> None:
    kinds = Kinds(14)
    cells = kinds.cells(kinds.mix(microglia=1.0))
    rows = whole(kinds.rows(cells))
    silent = [r for r in whole(kinds.rows(cells), level=0.0) if r["role"] == "cultured"]
    found = asked([*silent, *(r for r in rows if r["role"] == "reference")])
    answers = [f for f in found if f.part == "answer"]
    assert [(f.verdict, f.reason and f.reason.code) for f in answers] == [
        ("not estimable", "like_none")
    ] * 3
    assert all(f.p is f.p_adjusted is f.estimate is None for f in answers)
    codes = {f.estimand.code for f in found if f.part == "beside"}
    assert {"similarity", "plain_correlation", "gate"} <= codes
    for f in asked(rows):
        if f.estimand.code == "similarity":
            again = next(g for g in found if (g.part, g.estimand) == (f.part, f.estimand))
            assert (again.estimate, again.lower) == (f.estimate, f.lower)
