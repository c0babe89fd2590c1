"""Write the table of gene names that the package carries, from HGNC's download (CC0).

    python scripts/gene_names.py hgnc_complete_set.txt --source "complete set of 2026-06-25"

It takes the genes of the catalog: every approved symbol in the YAML files below, panels, lineages
and checklists of cells among them; and the genes of which a spreadsheet turns a name into a date,
with their families. Run it again when these files change. A name that stands for several genes,
among all genes there are, is left out.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

from exvivo.catalog.gene_names import COLUMNS, PACKAGED, GeneNames, names_of
from exvivo.catalog.hgnc import GeneEntry, genes_of_hgnc

CATALOG = ("markers", "lineages", "cells", "analytes", "reference_genes")
OUT = Path(__file__).parents[1] / "src" / "exvivo" / "catalog" / PACKAGED
PAGE = Path(__file__).parents[1] / "docs" / "gene-names.md"
_STATED = re.compile(r"[0-9]+ genes, [0-9]+ kB")
"""Where the page of the docs says how large the table is."""
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]+")
_FAMILY = re.compile(r"(?:SEPTIN|MARCHF|MTARC|DELEC)[0-9]+")
_MONTH = "jan|feb|mar|march|apr|april|may|jun|june|jul|july|aug|sep|sept|oct|nov|dec"
_DATE = re.compile(rf"(?:{_MONTH})-?[0-9]{{1,2}}", re.IGNORECASE)
_KINDS = ("previous", "aliases")


def words_of_catalog() -> frozenset[str]:
    """Every word of the catalog's files; those that are symbols are its genes."""
    texts = (
        files("exvivo.catalog").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
        for name in CATALOG
    )
    lines = (line.partition("#")[0] for text in texts for line in text.splitlines())
    return frozenset(word for line in lines for word in _WORD.findall(line))


def packaged(genes: Sequence[GeneEntry], words: frozenset[str]) -> list[GeneEntry]:
    """The genes that the package knows, by their symbols, each with the names that are its own."""
    every = names_of(genes)
    taken = [gene for gene in genes if gene.symbol in words or _like_a_date(gene)]
    return sorted((_own(gene, every) for gene in taken), key=lambda gene: gene.symbol)


def _like_a_date(gene: GeneEntry) -> bool:
    names = (gene.symbol, *gene.previous, *gene.aliases)
    return bool(_FAMILY.fullmatch(gene.symbol)) or any(map(_DATE.fullmatch, names))


def _own(gene: GeneEntry, every: GeneNames) -> GeneEntry:
    """A gene with those of its names that stand for it alone, in lower case too."""
    kept = {
        kind: tuple(
            name
            for name in getattr(gene, kind)
            if {every.approved_of(name), every.approved_in_any_case(name)} == {gene.symbol}
        )
        for kind in _KINDS
    }
    ensembl = tuple(name for name in gene.ensembl if every.ensembl.get(name))
    entrez = tuple(name for name in gene.entrez if every.entrez.get(name))
    return GeneEntry(gene.symbol, **kept, ensembl=ensembl, entrez=entrez)


def lines_of(genes: Sequence[GeneEntry], source: str) -> Iterator[str]:
    """The lines of the file, what it is and where it is from at their head."""
    yield f"# Names of {len(genes)} human genes: those of this catalog, and those of which a"
    yield "# spreadsheet turns a name into a date. A name that stands for several genes of HGNC is"
    yield "# left out. Written by scripts/gene_names.py; not to be edited."
    yield f"# Source: HUGO Gene Nomenclature Committee (genenames.org), CC0: {source}"
    yield "\t".join(COLUMNS)
    for gene in genes:
        yield "\t".join([gene.symbol, *("|".join(getattr(gene, name)) for name in COLUMNS[1:])])


def main() -> int:
    """Write the table; exit code 1 where it would call a gene otherwise than HGNC does."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hgnc", type=Path, help="HGNC's download, tab separated")
    parser.add_argument("--source", required=True, help="which download it is, and of which day")
    asked = parser.parse_args()
    every = genes_of_hgnc(asked.hgnc.read_text(encoding="utf-8"), asked.hgnc.name)
    genes = packaged(every, words_of_catalog())
    if wrong := list(_otherwise(names_of(genes), every)):
        print(f"called otherwise than in HGNC: {', '.join(wrong)}")
        return 1
    OUT.write_text("\n".join(lines_of(genes, asked.source)) + "\n", encoding="utf-8")
    stated = f"{len(genes)} genes, {OUT.stat().st_size / 1000:.0f} kB"
    PAGE.write_text(_STATED.sub(stated, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{OUT.name}: {stated}")
    return 0


def _otherwise(known: GeneNames, genes: Sequence[GeneEntry]) -> Iterator[str]:
    """The names, of all genes, that the packaged ones say otherwise."""
    every = names_of(genes)
    for gene in genes:
        for name in (gene.symbol, *gene.previous, *gene.aliases):
            if known.approved_of(name) not in (None, every.approved_of(name)):
                yield name


if __name__ == "__main__":
    sys.exit(main())
