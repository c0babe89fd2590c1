"""One name a gene: the table that the package carries, HGNC's download, and what a column of genes
is called by.
"""

from __future__ import annotations

import runpy
import time
from importlib.resources import files
from itertools import chain
from pathlib import Path

import pytest

from exvivo.catalog.cells import cells
from exvivo.catalog.gene_names import (
    PACKAGED,
    kind_of,
    known_names,
    looks_like_mouse,
    names_of,
    names_of_hgnc,
    without_version,
)
from exvivo.catalog.hgnc import GeneEntry
from exvivo.catalog.lineages import lineages
from exvivo.catalog.markers import panels
from exvivo.errors import ReadError

ROOT = Path(__file__).parents[2]
HGNC = """\
hgnc_id\tsymbol\tname\tstatus\talias_symbol\tprev_symbol\tentrez_id\tensembl_gene_id
HGNC:1\tSEPTIN2\tseptin 2\tApproved\t"KIAA0158|Pnutl3"\t"DIFF6|SEPT2"\t4735\tENSG00000168385
HGNC:2\tSEPTIN6\tseptin 6\tApproved\tSEPT2\tSEPT6\t23157\tENSG00000125354
HGNC:3\tSEPTIN1\tseptin 1\tApproved\tPNUTL3\tDIFF6\t1731\tENSG00000180096
HGNC:4\tMART\tMART\tApproved\t\t\t9\tENSG00000000009
HGNC:5\tOLD\tgone\tSymbol Withdrawn\t\tMART1\t7\t
HGNC:6\tSEPTIN4\tseptin 4\tApproved\tMart|ARTS\t\t5414\tENSG00000108387
HGNC:7\tTYROBP\tTYRO\tApproved\tDAP12\tPLOSL\t7305\tENSG00000011600
"""


def genes_of_the_catalog() -> dict[str, set[str]]:
    """The genes that the catalog names, by where."""
    named = {f"panel {name}": set(panel.genes) for name, panel in panels().items()}
    named |= {f"lineage {name}": set(each.genes) for name, each in lineages().items()}
    for kind in cells().values():
        proteins = chain.from_iterable(item.analytes for item in kind.checklist)
        named[f"cells {kind.name}"] = {each.gene for each in proteins}
    return named


def test_every_gene_of_the_catalog_is_an_approved_symbol() -> None:
    """`scripts/gene_names.py` takes them from HGNC again when the catalog changes."""
    approved = known_names().approved
    strange = {where: genes - approved for where, genes in genes_of_the_catalog().items()}
    assert not {where: genes for where, genes in strange.items() if genes}


def test_the_packaged_table_says_what_it_is() -> None:
    text = files("exvivo.catalog").joinpath(PACKAGED).read_text(encoding="utf-8")
    genes = [line for line in text.splitlines() if line and not line.startswith("#")][1:]
    head = text.splitlines()[0]
    assert f"Names of {len(genes)} human genes" in head
    assert "CC0" in text and "2026" in text
    kilobytes = len(text.encode()) / 1000
    stated = (ROOT / "docs" / "gene-names.md").read_text(encoding="utf-8")
    assert f"{len(genes)} genes, {kilobytes:.0f} kB" in stated
    assert kilobytes < 30


def test_the_packaged_table_is_read_at_once() -> None:
    known_names.cache_clear()
    start = time.perf_counter()
    known_names()
    assert time.perf_counter() - start < 0.02 * 5  # 20 ms; the margin is for a busy machine


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("SEPT2", "SEPTIN2"),
        ("MARCH3", "MARCHF3"),
        ("DEC1", "DELEC1"),
        ("IBA1", "AIF1"),
        ("Tyrobp", "TYROBP"),
        ("no gene", None),
    ],
)
def test_a_name_has_one_gene(name: str, symbol: str | None) -> None:
    assert known_names().approved_of(name) == symbol


def test_ids_are_known_whatever_their_version() -> None:
    names = known_names()
    assert names.approved_of("ENSG00000011600.12", "ensembl") == "TYROBP"
    assert names.approved_of("ENSG00000011600", "ensembl") == "TYROBP"
    assert names.approved_of("7305", "entrez") == "TYROBP"
    assert names.approved_of("7305") is None
    assert without_version("AC012345.1") == "AC012345.1"


def test_a_name_of_two_genes_is_in_none() -> None:
    """But an approved symbol is its own gene's, and a previous symbol goes before an alias."""
    names = names_of_hgnc(HGNC, "hgnc.txt")
    assert names.approved_of("DIFF6") is None
    assert names.approved_of("SEPT2") == "SEPTIN2"
    assert (names.approved_of("MART"), names.approved_of("Mart")) == ("MART", "SEPTIN4")
    assert names.approved_of("mart") == "MART"
    assert names.approved_of("pnutl3") is None, "of SEPTIN1 and SEPTIN2 in small letters"
    assert (names.approved_of("PNUTL3"), names.approved_of("Pnutl3")) == ("SEPTIN1", "SEPTIN2")
    assert names.approved_of("OLD") is None and names.approved_of("MART1") is None


OTHER_SPELLINGS = {
    "custom download": HGNC.replace("symbol\tname", "Approved symbol\tname")
    .replace("alias_symbol", "Alias symbols")
    .replace("prev_symbol", "Previous symbols")
    .replace("entrez_id", "NCBI Gene ID(supplied by NCBI)")
    .replace("ensembl_gene_id", "Ensembl gene ID")
    .replace('"DIFF6|SEPT2"', "DIFF6, SEPT2"),
    "a line a name": HGNC.replace('"DIFF6|SEPT2"', "DIFF6")
    + "HGNC:1\tSEPTIN2\tseptin 2\tApproved\t\tSEPT2\t4735\tENSG00000168385\n",
    "mark and line ends of Windows": "\ufeff" + HGNC.replace("\n", "\r\n"),
}


@pytest.mark.parametrize("text", OTHER_SPELLINGS.values(), ids=OTHER_SPELLINGS)
def test_every_download_of_hgnc_is_read(text: str) -> None:
    assert names_of_hgnc(text, "hgnc.txt") == names_of_hgnc(HGNC, "hgnc.txt")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "the columns are: none"),
        ("<html>\n<body>", "no column of approved symbols"),
        ("symbol\tstatus\nA\tApproved", "no column of other names"),
        ("symbol\tprev_symbol\nA\tB\tC\tD", "4 cells under 2 columns"),
        ("symbol\tprev_symbol\n\tB", "a gene without a symbol"),
        ("symbol\tprev_symbol\tstatus\nA\tB\tEntry Withdrawn", "no approved gene"),
    ],
)
def test_what_is_no_table_of_hgnc_is_refused(text: str, found: str) -> None:
    with pytest.raises(ReadError, match="genenames") as error:
        names_of_hgnc(text, "raw/hgnc.txt")
    assert found in error.value.mistakes[0].found
    assert error.value.mistakes[0].where.startswith("raw/hgnc.txt")


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["TYROBP", "C1orf112", "7SK", "AC098850.4", "HLA-DRA"], "symbol"),
        (["ENSG00000011600.12", "ENSG00000002586.20_PAR_Y"], "ensembl"),
        (["7305", "5552"], "entrez"),
        (["ENST00000262629.9", "ENST00000262630.1"], None),
        (["200000_s_at", "ILMN_123"], None),
        (["TYROBP", "7305", "ENSG00000011600"], None),
        (["TYROBP", "CD14", "LYZ", "1-Mar"], None),
        (["TYROBP", "CD14", "LYZ", "AIF1", "1-Mar"], "symbol"),
        ([], None),
    ],
)
def test_a_column_is_told_by_four_in_five_of_its_names(names: list[str], kind: str | None) -> None:
    assert kind_of(names) == kind


def test_mouse_symbols_are_told() -> None:
    assert looks_like_mouse(["Tyrobp", "Csf1r", "Aif1", "H2-Aa"])
    assert looks_like_mouse(["ENSMUSG00000030579"])
    assert not looks_like_mouse(known_names().approved)
    assert not looks_like_mouse(["7305"]) and not looks_like_mouse([])


def test_the_table_is_made_of_what_the_catalog_names() -> None:
    """A name that another gene has, in small letters too, is not packed."""
    from exvivo.catalog.hgnc import genes_of_hgnc

    script = runpy.run_path(str(ROOT / "scripts" / "gene_names.py"))
    made = script["packaged"](genes_of_hgnc(HGNC, "hgnc.txt"), script["words_of_catalog"]())
    packed = {gene.symbol: gene for gene in made}
    assert list(packed) == ["SEPTIN1", "SEPTIN2", "SEPTIN4", "SEPTIN6", "TYROBP"]
    assert packed["SEPTIN2"].previous == ("SEPT2",)
    assert packed["SEPTIN2"].aliases == ("KIAA0158",)
    assert packed["SEPTIN6"].aliases == () and packed["SEPTIN4"].aliases == ("ARTS",)
    head, *lines = script["lines_of"](made, "a test")
    assert head.startswith("# Names of 5 human genes") and lines[-1].startswith("TYROBP\tPLOSL\t")


def test_a_name_of_several_genes_is_none_of_another_written_otherwise() -> None:
    """P65 is another name of two genes, p65 that of a third: neither stands for the third."""
    genes = [
        GeneEntry("GORASP1", aliases=("P65",)),
        GeneEntry("SYT1", aliases=("P65",)),
        GeneEntry("RELA", aliases=("p65",)),
    ]
    names = names_of(genes)
    assert names.approved_of("P65") is None
    assert names.approved_of("p65") == "RELA"
    assert names_of(genes[2:]).approved_of("P65") == "RELA"
