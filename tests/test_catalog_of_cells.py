"""The marker panels and kinds of cells of the catalog: sources, doubts, ranges, names, checklists."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from exvivo import catalog
from exvivo.catalog.cells import asked_kind, cell_named, cells, key_of_cells
from exvivo.catalog.lineages import lineages
from exvivo.catalog.load import entries
from exvivo.catalog.markers import left_out, papers, together

DOI = re.compile(r"10\.\d{4,}/\S+")
PANELS = sorted(catalog.panels())
KINDS = sorted(cells())
OF_0_1_0 = (
    *("human microglia", "human monocytes", "human macrophages"),
    *("myeloid cells", "img surface markers", "human myeloid cells"),
)
"""The panels that a study of version 0.1.0 may name."""


@pytest.mark.parametrize("name", PANELS)
def test_every_gene_stands_once_in_a_panel_with_sources_and_its_doubts(name: str) -> None:
    panel = catalog.panels()[name]
    assert len(set(panel.genes)) == len(panel.genes)
    for marker in panel.markers:
        assert marker.sources and all(map(DOI.fullmatch, marker.sources)), marker.gene
        assert bool(marker.doubt) == bool(marker.against), marker.gene
        assert set(marker.against) <= set(cells()), marker.gene
    assert set(panel.meets) <= set(cells())


def test_every_source_is_a_doi_that_a_gene_uses() -> None:
    used = {
        paper for panel in catalog.panels().values() for m in panel.markers for paper in m.papers
    }
    assert set(papers().values()) == used
    assert all(DOI.fullmatch(paper.doi) for paper in used)


def test_a_gene_stands_once_in_the_file_of_a_panel() -> None:
    """ruamel refuses a key twice; what a panel adds is not in the panels it is made of."""
    made = entries("markers.yaml")["panels"]
    for entry in made.values():
        parts = {gene for part in entry.get("of", ()) for gene in catalog.panels()[part].genes}
        assert parts.isdisjoint(entry.get("genes", {}))


def test_panels_of_old_studies_stay_by_name() -> None:
    assert all(catalog.panel_named(name.upper()) is not None for name in OF_0_1_0)
    names = Counter(name for p in catalog.panels().values() for name in (p.name, *p.names))
    assert max(names.values()) == 1
    assert catalog.panel_named("Border macrophages") is catalog.panels()["perivascular macrophages"]


def test_a_gene_without_support_is_in_no_panel() -> None:
    every = {gene for panel in catalog.panels().values() for gene in panel.genes}
    assert "CHIT1" in left_out() and every.isdisjoint(left_out())


@pytest.mark.parametrize(
    ("cell", "genes"),
    [
        ("Macrophages", "TREM2 C1QA C1QB C1QC GAS6 PROS1 MERTK OLFML3 SLC2A5 LYZ CD14"),
        ("monocytes", "CX3CR1 P2RY13"),
        ("CAFs", "TMEM119"),
        ("unheard of", ""),
    ],
)
def test_doubtful_genes_are_named_against_the_cells_that_have_them(cell: str, genes: str) -> None:
    panel = catalog.panels()["human myeloid cells"]
    doubtful = panel.doubtful_against(cell)
    assert set(genes.split()) <= set(doubtful)
    assert "P2RY12" not in doubtful and bool(doubtful) == bool(genes)


@pytest.mark.parametrize(
    ("panel", "cell", "may"),
    [
        ("human myeloid cells", "Monocytes", True),
        ("human myeloid cells", "monocyte, LPS 24 h", True),
        ("human myeloid cells", "BAMs", True),
        ("human myeloid cells", "CD8_Tcells", False),
        ("human myeloid cells", "neutrophils", False),
        ("human myeloid cells", "dendritic", False),
        ("human myeloid cells", "moDC", False),
        ("human myeloid cells", "our cells", None),
        ("told in culture", "moDC", True),
        ("told in culture", "monocyte", False),
        ("macrophage-like", "monocyte", True),
        ("myeloid cells", "CD8_Tcells", True),
        ("myeloid cells", "our cells", None),
    ],
)
def test_a_panel_may_meet_only_the_references_it_was_made_for(
    panel: str, cell: str, may: bool | None
) -> None:
    assert catalog.panels()[panel].may_meet(cell) is may


def test_a_panel_with_rivals_holds_both_sides() -> None:
    genes = catalog.panels()["told in culture"].genes
    assert {"P2RY12", "TMEM119", "SALL1", "CD163", "LYVE1", "F13A1", "COLEC12", "HEXB"} <= set(
        genes
    )
    assert len(genes) >= 10, "fewer genes are not compared"


def test_what_two_panels_say_of_a_gene_is_said_once() -> None:
    panel = catalog.panels()["human myeloid cells"]
    one = next(marker for marker in panel.markers if marker.gene == "CX3CR1")
    assert {"10.1038/srep04957", "10.1038/nn.4597"} <= set(one.sources)
    assert one.doubt.count("lost within a day") == 1
    assert together(("monocyte", "neutrophil")) == ("monocyte", "neutrophil")


# Kinds of cells.


def test_a_name_means_one_kind() -> None:
    names = [key_of_cells(name) for kind in cells().values() for name in (kind.name, *kind.names)]
    assert all(names)
    assert [name for name, times in Counter(names).items() if times > 1] == []


@pytest.mark.parametrize("name", KINDS)
def test_the_lineage_of_a_kind_is_one_of_the_catalog(name: str) -> None:
    lineage = cells()[name].lineage
    assert not lineage or lineage in lineages()


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("Primary human microglia", "microglia"),
        ("iMGs", "induced microglia-like cell"),
        ("hiPSC-derived microglia", "stem cell-derived microglia"),
        ("CD14+ Monocytes", "monocyte"),
        ("CD14+CD16- monocytes", "classical monocyte"),
        ("Non-classical_monocytes", "non-classical monocyte"),
        ("Macrophages_M2", "macrophage"),
        ("monocyte derived macrophages", "monocyte-derived macrophage"),
        ("TAM", "tumour-associated macrophage"),
        ("CD4_NAIVE", "CD4 T cell"),
        ("CD8T", "CD8 T cell"),
        ("Tregs", "regulatory T cell"),
        ("CD4+/CD25 T Reg", "regulatory T cell"),
        ("NKcells", "NK cell"),
        ("Bcells", "B cell"),
        ("B", "B cell"),
        ("iPS cells", "pluripotent stem cell"),
        ("dendritic cells, plasmacytoid", "plasmacytoid dendritic cell"),
    ],
)
def test_names_are_known_however_they_are_written(written: str, kind: str) -> None:
    named = cell_named(written)
    assert named is not None and named.name == kind


@pytest.mark.parametrize(
    "written",
    [
        *("", "human", "microglia_macrophage", "monocytes without CD16", "not microglia"),
        *("CD14- cells", "CD4+CD25- T reg", "macrophages and monocytes", "m_active", "T cell line"),
    ],
)
def test_a_part_of_a_name_is_no_name(written: str) -> None:
    assert cell_named(written) is None


# Checklists.


@pytest.mark.parametrize("name", KINDS)
def test_every_item_says_what_it_needs(name: str) -> None:
    for item in cells()[name].checklist:
        assert item.name and item.shows and item.control
        assert item.sources and all(map(DOI.fullmatch, item.sources)), item.id
        assert bool(item.analytes) == (item.how == "protein"), item.id
        assert bool(item.stimuli) == bool(item.blockers), item.id
        assert not item.isotype or "isotype control" in item.control, item.id


def test_the_checklist_is_that_of_what_cells_are_said_to_be_like() -> None:
    like = asked_kind("Macrophages", "iMG")
    assert like is not None and like.name == "macrophage"
    other = asked_kind("unheard of", "iMG")
    assert other is not None and other.checklist == cells()["microglia"].checklist
    assert asked_kind("neutrophils", "unheard of") is None, "no checklist"
    ids = [item.id for item in other.checklist]
    assert ids == ["markers_by_protein", "phagocytosis", "adp_response", "genotype_match"]
    assert other.item("phagocytosis") and other.item("colour") is None
