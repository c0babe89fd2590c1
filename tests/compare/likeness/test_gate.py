"""Whether cells are of the lineage of the references at all: standings by a plain count, invariance
to everything that keeps ranks, and what is said in each case.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exvivo.arrays import Floats
from exvivo.catalog.lineages import lineages
from exvivo.compare.likeness.gate import (
    FEWEST_OF_LINEAGE,
    FEWEST_OF_TABLE,
    MOST_COUNTED,
    Gates,
    read_gates,
    shares_below,
)
from exvivo.compare.likeness.profiles import Expression, Person, Profiles, with_genes
from exvivo.findings import CAPS, Caveat, Count, Estimand, Facts, Finding
from exvivo.units import COEFFICIENT

MARKED = tuple(gene for lineage in lineages().values() for gene in lineage.genes)
GENES = (*MARKED, *(f"G{i}" for i in range(6000 - len(MARKED))))
BASE = np.random.default_rng(20).permutation(len(GENES)) / len(GENES) * 10
"""What every cell expresses; the genes of lineages lie anywhere in it."""
DONORS = ("D1", "D2", "D3", "D4")


def cells_of(*of: str, below: Iterable[str] = MARKED, genes: Sequence[str] = GENES) -> Floats:
    """A profile in which the genes of some lineages stand above all others and those of the rest
    below most.
    """
    high = {gene for name in of for gene in lineages()[name].genes}
    own = BASE.copy()
    for i, gene in enumerate(GENES):
        if gene in high:
            own[i] = 11.0 + i / 1e6
        elif gene in set(below):
            own[i] = 0.1 + i / 1e6
    at = {gene: i for i, gene in enumerate(GENES)}
    return np.asarray(own[[at[gene] for gene in genes]])


def profiles(
    cultured: Sequence[Floats],
    references: Sequence[tuple[str, Floats]],
    genes: Sequence[str] = GENES,
    of_references: Sequence[str] = GENES,
) -> Profiles:
    """A question's profiles: a column of `cultured` a donor, two samples of every reference."""
    people = tuple(Person(name, None, f"{name}:{i}") for name, _ in references for i in range(2))
    donors = DONORS[: len(cultured)]
    whole = (
        Expression(
            tuple(genes), np.column_stack(cultured), tuple(Person("q", d, "") for d in donors)
        ),
        Expression(
            tuple(of_references),
            np.column_stack([column for _, column in references for _ in range(2)]),
            people,
        ),
    )
    bare = Profiles(
        genes=(),
        donors=donors,
        cultured=np.empty((0, len(donors))),
        classes=tuple(person.cell for person in people),
        people=people,
        references=np.empty((0, len(people))),
        own=np.zeros((len(donors), len(people)), dtype=np.bool_),
        asked=0,
        whole=whole,
    )
    return with_genes(bare, ())


def gates_of(*cells: Floats, references: Sequence[tuple[str, Floats]]) -> Gates:
    return read_gates(profiles(cells, references))


MYELOID, T_CELL = cells_of("myeloid"), cells_of("T")
MACROPHAGES = (("macrophage", MYELOID), ("monocyte", MYELOID))


def standing(column: Sequence[float], place: int) -> float:
    """The share of a sample's genes below one of them, counted one by one."""
    measured = [value for value in column if not np.isnan(value)]
    above = sum(value > column[place] for value in measured)
    level = sum(value == column[place] for value in measured)
    return max(0.0, 1 - (above + level / 2) / min(len(measured), 20_000))


@given(
    st.lists(st.one_of(st.integers(-3, 3), st.just(None)), min_size=2, max_size=40),
    st.data(),
)
@settings(max_examples=60, deadline=None)
def test_a_standing_is_a_plain_count_of_the_measured_genes(
    values: list[int | None], data: st.DataObject
) -> None:
    column = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    place = data.draw(st.integers(0, len(values) - 1))
    got = shares_below(column[:, None], column[[place]][:, None])[0, 0]
    if values[place] is None:
        assert np.isnan(got)
    else:
        assert got == pytest.approx(standing(column.tolist(), place))


@given(
    st.lists(st.integers(0, 30), min_size=3, max_size=40),
    st.lists(st.floats(0.01, 5), min_size=31, max_size=31),
    st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_a_standing_is_of_ranks_alone(
    values: list[int], steps: list[float], random: object
) -> None:
    """Any transform that keeps the order of values, and any order of the genes, leaves it."""
    column = np.array(values, dtype=np.float64)
    moved = np.cumsum(steps)[np.array(values)]
    order = np.random.default_rng(len(values)).permutation(len(values))
    of_all = shares_below(column[:, None], column[:, None])[:, 0]
    assert shares_below(moved[:, None], moved[:, None])[:, 0] == pytest.approx(of_all)
    mixed = column[order]
    assert shares_below(mixed[:, None], mixed[:, None])[:, 0] == pytest.approx(of_all[order])


def test_silent_genes_beyond_20000_change_no_standing() -> None:
    expressed = np.arange(1.0, MOST_COUNTED + 1)[:, None]
    with_silent = np.vstack([expressed, np.zeros((40_000, 1))])
    some = expressed[::500]
    np.testing.assert_allclose(shares_below(with_silent, some), shares_below(expressed, some))
    assert shares_below(with_silent, np.zeros((1, 1)))[0, 0] == 0.0


def test_cells_of_the_lineage_pass() -> None:
    gates = gates_of(MYELOID, MYELOID, MYELOID, references=MACROPHAGES)
    assert gates.verdict("macrophage", "monocyte") == (None, ())


def test_cells_of_another_lineage_are_like_none() -> None:
    """The impostor: T cells, macrophages and monocytes; nearer to one of these, near to neither."""
    gates = gates_of(T_CELL, T_CELL, T_CELL, references=MACROPHAGES)
    reason, warnings = gates.verdict("macrophage", "monocyte")
    assert reason is not None and reason.code == "like_none" and warnings == ()
    assert reason.facts["lineages"] == ("myeloid",) and reason.facts["passed"] == ("T",)
    assert float(str(reason.facts["percentile"])) < float(str(reason.facts["cut"])) == 0.95
    assert (reason.facts["n"], reason.facts["donors"]) == (3, 3)


def test_each_class_has_its_own_gate() -> None:
    """T cells may be called more like T cells than like macrophages, never the other way."""
    references = (*MACROPHAGES, ("T cell", T_CELL))
    gates = gates_of(T_CELL, T_CELL, T_CELL, references=references)
    assert gates.verdict("T cell", "macrophage") == (None, ())
    reason, _ = gates.verdict("macrophage", "monocyte")
    assert reason is not None and reason.code == "like_none"


def test_cells_of_the_farther_lineage_are_not_like_none() -> None:
    """A sign against the gates: T cells nearer to macrophages than to T cells."""
    gates = gates_of(T_CELL, T_CELL, MYELOID, references=(*MACROPHAGES, ("T cell", T_CELL)))
    reason, warnings = gates.verdict("macrophage", "T cell")
    below = Caveat("gate_failed_by_donors", {"donors": ("D1", "D2"), "lineage": "myeloid"})
    assert reason is None and warnings == (below,)


def test_the_median_donor_decides_and_donors_below_are_named() -> None:
    three = gates_of(MYELOID, MYELOID, T_CELL, references=MACROPHAGES)
    reason, warnings = three.verdict("monocyte", "macrophage")
    assert reason is None
    assert warnings == (Caveat("gate_failed_by_donors", {"donors": ("D3",), "lineage": "myeloid"}),)
    reason, _ = gates_of(MYELOID, T_CELL, T_CELL, references=MACROPHAGES).verdict(
        "monocyte", "macrophage"
    )
    assert reason is not None and reason.facts["n"] == 2


@pytest.mark.parametrize(("size", "asked"), [(FEWEST_OF_TABLE, True), (FEWEST_OF_TABLE - 1, False)])
def test_the_cells_table_must_hold_5000_genes(size: int, asked: bool) -> None:
    genes = GENES[:size]
    own = profiles([T_CELL[:size]] * 3, MACROPHAGES, genes)
    reason, warnings = read_gates(own).verdict("macrophage", "monocyte")
    assert (reason is not None) == asked
    facts: Facts = {"why": "few_genes", "table": size, "lineage": "myeloid"}
    assert warnings == (() if asked else (Caveat("gate_not_possible", facts),))


def test_genes_that_were_not_measured_do_not_count() -> None:
    missing = T_CELL.copy()
    missing[-(len(GENES) - FEWEST_OF_TABLE + 1) :] = np.nan
    _, warnings = read_gates(profiles([T_CELL, T_CELL, missing], MACROPHAGES)).verdict(
        "monocyte", "macrophage"
    )
    assert [caveat.facts.get("table") for caveat in warnings] == [FEWEST_OF_TABLE - 1]


@pytest.mark.parametrize("found", [FEWEST_OF_LINEAGE, FEWEST_OF_LINEAGE - 1])
def test_five_genes_of_the_lineage_must_be_there(found: int) -> None:
    dropped = set(lineages()["myeloid"].genes[found:])
    genes = [gene for gene in GENES if gene not in dropped]
    cells = [cells_of("T", genes=genes)] * 3
    reason, warnings = read_gates(profiles(cells, MACROPHAGES, genes)).verdict(
        "macrophage", "monocyte"
    )
    if found == FEWEST_OF_LINEAGE:
        assert reason is not None and len(tuple(str(reason.facts["genes"]).split(","))) == 5
    else:
        facts: Facts = {"why": "few_gate_genes", "genes": found, "lineage": "myeloid"}
        assert reason is None and warnings == (Caveat("gate_not_possible", facts),)


def test_a_panel_cannot_be_asked_for_a_lineage() -> None:
    panel = (*lineages()["myeloid"].genes, *(f"G{i}" for i in range(29)))
    small = [(name, cells_of("myeloid", genes=panel)) for name, _ in MACROPHAGES]
    own = profiles([cells_of("T", genes=panel)] * 3, small, panel, panel)
    reason, warnings = read_gates(own).verdict("macrophage", "monocyte")
    assert reason is None and [caveat.code for caveat in warnings] == ["gate_not_possible"]
    assert "gate_not_possible" in CAPS


def test_names_serve_where_the_references_table_is_a_panel() -> None:
    """The cells' table whole, that of the references short: the lineage is that of the name."""
    panel = GENES[-40:]
    small = [(name, cells_of("myeloid", genes=panel)) for name in ("macrophage", "R7")]
    gates = read_gates(profiles([T_CELL] * 3, small, of_references=panel))
    reason, warnings = gates.verdict("macrophage", "R7")
    assert reason is not None and reason.code == "like_none" and warnings == ()
    nothing = Caveat("gate_not_possible", {"why": "no_gate", "cell": "R7"})
    assert gates.verdict("R7", "macrophage") == (None, (nothing,))


def test_a_class_of_any_name_has_the_lineage_that_its_samples_show() -> None:
    gates = gates_of(T_CELL, T_CELL, T_CELL, references=[("R7", MYELOID), ("R8", cells_of())])
    assert (gates.lineage_of("R7"), gates.lineage_of("R8")) == ("myeloid", None)
    reason, _ = gates.verdict("R7", "R8")
    assert reason is not None and reason.code == "like_none"


def test_a_reference_that_is_not_what_it_is_called_is_named() -> None:
    gates = gates_of(MYELOID, MYELOID, MYELOID, references=[("macrophage", T_CELL), MACROPHAGES[1]])
    reason, warnings = gates.verdict("macrophage", "monocyte")
    wrong = Caveat("reference_fails_gate", {"cell": "macrophage", "lineage": "myeloid"})
    assert reason is None and warnings == (wrong,) and wrong.code in CAPS
    assert gates.verdict("monocyte", "macrophage") == (None, (wrong,)), "nor is it unlike that one"


def test_cells_of_a_kind_with_a_wrong_name_are_not_like_none() -> None:
    """Myeloid cells beside myeloid references that are called B cells."""
    references = [("B cell", MYELOID), ("T cell", T_CELL)]
    gates = gates_of(MYELOID, MYELOID, MYELOID, references=references)
    wrong = Caveat("reference_fails_gate", {"cell": "B cell", "lineage": "B"})
    assert gates.verdict("B cell", "T cell") == (None, (wrong,))


def test_cells_that_pass_two_gates_are_a_mixture() -> None:
    both = cells_of("myeloid", "T")
    _, warnings = gates_of(both, both, both, references=MACROPHAGES).verdict(
        "macrophage", "monocyte"
    )
    mixed: Facts = {"cell": "", "lineages": ("myeloid", "T")}
    assert warnings == (Caveat("gate_of_several", mixed),) and warnings[0].code in CAPS
    impure = [("macrophage", both), MACROPHAGES[1]]
    _, warnings = gates_of(MYELOID, MYELOID, MYELOID, references=impure).verdict(
        "macrophage", "monocyte"
    )
    assert warnings == (Caveat("gate_of_several", {**mixed, "cell": "macrophage"}),)


@pytest.mark.parametrize(("mixed", "seen"), [(2, True), (1, False)])
def test_half_of_the_donors_make_a_mixture(mixed: int, seen: bool) -> None:
    """Each of them with other cells among: T cells in one, NK cells in the next."""
    cells = [cells_of("myeloid", "T"), cells_of("myeloid", "NK")][:mixed]
    cells += [MYELOID] * (4 - mixed)
    _, warnings = gates_of(*cells, references=MACROPHAGES).verdict("macrophage", "monocyte")
    facts: Facts = {"cell": "", "lineages": ("myeloid", "T", "NK")}
    assert warnings == ((Caveat("gate_of_several", facts),) if seen else ())


@pytest.mark.parametrize(("share", "seen"), [(0.93, True), (0.919, False)])
def test_cells_that_became_few_are_seen_among_others(share: float, seen: bool) -> None:
    """NK cells below their own cut, among cells that pass as myeloid."""
    gates = gates_of(MYELOID, MYELOID, MYELOID, references=MACROPHAGES)
    few = replace(gates.cells["NK"], table=MOST_COUNTED, shares=np.full(3, share))
    diluted = replace(gates, cells={**gates.cells, "NK": few})
    assert few.lineage.among <= 0.92 < few.lineage.cut
    _, warnings = diluted.verdict("macrophage", "monocyte")
    assert bool(warnings) == seen
    alone = replace(diluted, cells={**diluted.cells, "myeloid": replace(few, shares=np.zeros(3))})
    assert not [c for c in alone.verdict("macrophage", "monocyte")[1] if c.code in CAPS]


@pytest.mark.parametrize(("share", "seen"), [(0.3, ["gate_of_several"]), (0.1, [])])
def test_a_third_of_t_cells_among_monocytes_is_seen_and_a_tenth_is_not(
    share: float, seen: list[str]
) -> None:
    """Mixed by counts, among 20,000 genes that both express alike; a filter hides no mixture."""
    genes = (*MARKED, *(f"X{i}" for i in range(MOST_COUNTED - len(MARKED))))
    counts = np.random.default_rng(4).lognormal(2.0, 2.2, len(genes))
    of = {"myeloid": 2000 * (1 - share), "T": 600 * share}
    for i, gene in enumerate(MARKED):
        of_gene = [part for name, part in of.items() if gene in lineages()[name].genes]
        counts[i] = sum(of_gene)
    for left in (MOST_COUNTED, 12_000):
        kept = np.argsort(-counts, kind="stable")[:left]
        mixed = np.log2(counts[kept] + 1)
        own = profiles([mixed] * 3, MACROPHAGES, [genes[i] for i in kept])
        reason, warnings = read_gates(own).verdict("macrophage", "monocyte")
        shown = seen if left == MOST_COUNTED else ["gate_not_possible"] * len(seen)
        assert reason is None and [caveat.code for caveat in warnings] == shown
        assert not seen or warnings[0].facts.get("why", "hidden") == "hidden"


def of_ranks(**above: int) -> Floats:
    """A profile of 24,000 genes in which so many stand above the genes of a lineage; those of the
    others are silent.
    """
    silent = 12_000
    order = [f"X{i}" for i in range(silent)]
    for name, place in sorted(above.items(), key=lambda one: -one[1]):
        order[place:place] = lineages()[name].genes
    rest = [gene for gene in MARKED if gene not in order]
    order += [*rest, *(f"X{i}" for i in range(silent, 24_000))]
    values = {gene: float(max(silent - i, 0)) for i, gene in enumerate(order)}
    return np.array([values[gene] for gene in RANKED])


RANKED = (*MARKED, *(f"X{i}" for i in range(24_000)))


@pytest.mark.parametrize(
    ("above", "whole"), [(1_500, None), (1_900, None), (2_100, "like_none"), (6_000, "like_none")]
)
def test_silent_genes_taken_out_never_make_cells_like_none(above: int, whole: str | None) -> None:
    """T cells by genes that stand at 0.925 and 0.905, and others at 0.895 and 0.7, in the table
    whole and in what a filter leaves of it: no verdict turns, but it may stay open.
    """
    cells, references = of_ranks(T=above), [("T cell", T_CELL), ("B cell", cells_of("B"))]
    for left in (24_000, 16_000, 12_000, 8_000):
        kept = np.argsort(-cells, kind="stable")[:left]
        own = profiles([cells[kept]] * 3, references, [RANKED[i] for i in kept])
        reason, warnings = read_gates(own).verdict("T cell", "B cell")
        assert (reason.code if reason else None) == whole
        facts: Facts = {"why": "filtered", "table": left, "lineage": "T"}
        is_open = whole is None and 1 - above / min(left, MOST_COUNTED) < 0.9
        assert warnings == ((Caveat("gate_not_possible", facts),) if is_open else ())


def test_cells_that_a_whole_table_may_show_to_be_of_the_farther_class_are_not_like_none() -> None:
    cells = of_ranks(T=1_500, B=9_000)
    kept = np.argsort(-cells, kind="stable")[:10_000]
    references = [("T cell", T_CELL), ("B cell", cells_of("B"))]
    own = profiles([cells[kept]] * 3, references, [RANKED[i] for i in kept])
    reason, warnings = read_gates(own).verdict("B cell", "T cell")
    assert reason is None and [caveat.code for caveat in warnings] == ["gate_failed_by_donors"]


def test_a_farther_class_whose_lineage_a_filter_hides_leaves_it_open() -> None:
    """T cells whose own references, of a name that says nothing, are filtered below the gate."""
    cells = of_ranks(T=1_500, B=9_000)
    kept = np.argsort(-cells, kind="stable")[:10_000]
    genes, left = [RANKED[i] for i in kept], cells[kept]
    b_cell = np.where(np.isin(genes, lineages()["B"].genes), 2e4, left)
    own = profiles([left] * 3, [("R7", left), ("B cell", b_cell)], genes, genes)
    gates = read_gates(own)
    assert gates.lineage_of("R7") is None and gates.verdict("B cell", "R7")[0] is None
    other = np.where(np.isin(genes, lineages()["T"].genes), 0.0, left)
    nothing = profiles([left] * 3, [("R7", other), ("B cell", b_cell)], genes, genes)
    reason, _ = read_gates(nothing).verdict("B cell", "R7")
    assert reason is not None and reason.code == "like_none"


def test_a_gate_that_was_never_measured_says_so() -> None:
    assert not lineages()["neuronal"].measured
    neurons = cells_of("neuronal")
    gates = gates_of(neurons, neurons, neurons, references=[("neuron", neurons), MACROPHAGES[0]])
    assert gates.verdict("neuron", "macrophage") == (
        None,
        (Caveat("gate_not_measured", {"lineage": "neuronal"}),),
    )
    assert "gate_not_measured" not in CAPS
    references = [("neuron", neurons), ("astrocyte", cells_of("astrocytic"))]
    reason, warnings = gates_of(T_CELL, T_CELL, references=references).verdict(
        "neuron", "astrocyte"
    )
    assert reason is not None and reason.code == "like_none"
    assert warnings == (Caveat("gate_not_measured", {"lineage": "neuronal"}),)


def test_findings_hold_the_lowest_donor_and_the_references_own_standing() -> None:
    blank = Finding(
        question="who",
        ask="identity",
        family="f",
        assay="expression",
        readout="expression",
        analyte="",
        level=0.95,
        unit=COEFFICIENT,
        n=(Count("A", 3),),
        donors=DONORS[:3],
        estimand=Estimand("similarity", {}),
        cell_type="q",
        part="beside",
    )
    gates = gates_of(MYELOID, T_CELL, MYELOID, references=MACROPHAGES)
    first, *others = gates.findings(blank)
    place = [GENES.index(gene) for gene in lineages()["myeloid"].genes]
    lowest = float(np.median([standing(T_CELL.tolist(), i) for i in place]))
    assert first.estimate == pytest.approx(lowest) and first.donors == DONORS[:3]
    assert dict(first.estimand.facts) == {"lineage": "myeloid", "cell": "q", "cut": 0.95}
    assert (first.method_facts["genes"], first.method_facts["table"]) == (8, len(GENES))
    assert [(one.analyte, one.donors) for one in others] == [("macrophage", ()), ("monocyte", ())]
    assert all(float(one.estimate or 0) > 0.99 for one in others)
    short = profiles([T_CELL[:100]] * 3, MACROPHAGES, GENES[:100])
    assert [one.analyte for one in read_gates(short).findings(blank)] == ["macrophage", "monocyte"]


def test_every_lineage_can_be_asked() -> None:
    every = lineages().values()
    assert len(MARKED) == len(set(MARKED)), "a gene of two gates tells neither"
    for lineage in every:
        assert len(lineage.genes) > FEWEST_OF_LINEAGE and 0.85 <= lineage.cut < 1
        assert lineage.sources and all(source.startswith("10.") for source in lineage.sources)
    assert {"myeloid", "T", "B", "NK"} <= {one.name for one in every if one.measured}


@pytest.mark.parametrize("name", sorted(lineages()))
def test_the_page_of_the_method_holds_every_gate(name: str) -> None:
    page = Path(__file__).parents[3] / "docs" / "methods" / "identity.md"
    text = " ".join(page.read_text(encoding="utf-8").split())
    one = lineages()[name]
    said = one.measured or "Never measured"
    among = "" if one.among == one.cut else f" (among other cells {one.among:g})"
    entry = f"- **{name}** ({one.meaning}), cut {one.cut:g}{among}: {', '.join(one.genes)}. "
    assert entry in text and " ".join(said.split()) in text.partition(entry)[2]
    assert all(f"doi:{source}" in text for source in one.sources)


@pytest.mark.parametrize("name", sorted(lineages()))
def test_cells_of_each_lineage_pass_its_gate_alone(name: str) -> None:
    own = cells_of(name)
    cells = gates_of(own, own, own, references=MACROPHAGES).cells
    assert [other for other, one in cells.items() if one.passes] == [name]
    at_cut = replace(cells[name], shares=np.full(3, lineages()[name].cut))
    assert at_cut.passes, "the cut itself passes"
    assert not replace(at_cut, shares=np.full(3, lineages()[name].cut - 1e-9)).passes
