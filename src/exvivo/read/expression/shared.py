"""What both tables and the markers share: genes under one name. Tables that share few genes call
them otherwise, and are refused with what they call them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from exvivo.catalog.gene_names import GeneId, kind_of
from exvivo.errors import Mistake
from exvivo.read.expression.names import Genes
from exvivo.read.result import Ignored
from exvivo.words import shortened

FEWEST_SHARED = 0.5
"""The share of the smaller table's genes, and of markers called otherwise, that both tables must
have.
"""
MANY_LACKING = 0.1
"""The share of a table's genes that the other lacks above which it is told."""
_KINDS: Mapping[GeneId | None, str] = {
    "symbol": "symbols",
    "ensembl": "Ensembl ids",
    "entrez": "Entrez ids (numbers)",
    None: "other ids",
}
_TRANSLATE = (
    "name HGNC's download of gene names under `gene_names` in study.yaml (genenames.org, "
    "complete set as tsv), which says what each is called; or export both tables with the same "
    "names"
)
_HUMAN = (
    "if the cells are human, write the symbols as HGNC does (P2RY12): a program changed them; a "
    "mouse's genes are not compared with human ones"
)


def in_one_spelling(genes: Genes, others: Genes) -> Genes:
    """The genes, those of them spelt as in the other table that differ from a gene there in
    capitals only; where that gene is not among them and no third one is spelt so.
    """
    if genes.odd or others.odd:
        return genes
    own, there = set(genes.names), set(others.names)
    alike = _by_small_letters(there - own)
    mine = Counter(name.lower() for name in own)
    return genes.renamed(
        {
            name: alike[name.lower()]
            for name in own - there
            if mine[name.lower()] == 1 and name.lower() in alike
        }
    )


def _by_small_letters(names: Collection[str]) -> dict[str, str]:
    """Names by their small letters, where those are of one name alone."""
    times = Counter(name.lower() for name in names)
    return {name.lower(): name for name in names if times[name.lower()] == 1}


def odd_spelling(genes: Genes, others: Genes, markers: Sequence[str]) -> Iterator[Mistake]:
    """A table whose symbols are no human ones, against human markers or a table that has them."""
    if genes.odd and (markers or not others.odd):
        yield Mistake(
            genes.sheet.top(),
            f"names of genes {genes.odd}: {shortened(genes.written)}",
            "symbols of human genes, as the "
            + ("markers" if markers else "other table")
            + " has them",
            _HUMAN,
        )


def too_few_shared(
    cultured: Genes, references: Genes, markers: Sequence[str], panel: str
) -> Iterator[Mistake]:
    """Tables that share too few genes with one another or with the markers."""
    smaller, larger = sorted((cultured, references), key=lambda genes: len(genes.names))
    both = set(smaller.names) & set(larger.names)
    if len(both) < FEWEST_SHARED * len(smaller.names):
        yield Mistake(
            smaller.sheet.source,
            f"{len(both):,} of its {len(smaller.names):,} genes are in {larger.sheet.source} "
            f"({len(larger.names):,} genes); here they are {_called(smaller)}, there "
            f"{_called(larger)}",
            f"at least {FEWEST_SHARED:.0%} of the smaller table's genes, under the same names",
            _cure(smaller, larger),
        )
    elif smaller.kind != kind_of(markers):
        yield from _too_few_markers(smaller, both, markers, panel)


def _too_few_markers(
    genes: Genes, both: Collection[str], markers: Sequence[str], panel: str
) -> Iterator[Mistake]:
    """Markers that are called otherwise than the genes of the tables. Markers that were not
    measured are no mistake: the answer names them.
    """
    lacking = [gene for gene in markers if gene not in both]
    if len(lacking) > FEWEST_SHARED * len(markers):
        yield Mistake(
            genes.sheet.source,
            f"{len(markers) - len(lacking)} of the {len(markers)} genes of {panel} are in both "
            f"tables; not there: {shortened(lacking)}; the tables have {_called(genes)}",
            f"at least {FEWEST_SHARED:.0%} of the markers, under the same names",
            _TRANSLATE,
        )


def lacking(genes: Genes, others: Collection[str]) -> Iterator[Ignored]:
    """The genes of a table that are not among the `others`, those of the other table, where they
    are many.
    """
    there = set(others)
    without = [name for name in genes.names if name not in there]
    if len(without) > MANY_LACKING * len(genes.names):
        yield Ignored(
            f"{len(without):,} of {len(genes.names):,} genes ({shortened(without, 3)})",
            "the other table lacks them; genes are compared that both have",
        )


def _called(genes: Genes) -> str:
    """What a table calls its genes, with examples."""
    return f"{_KINDS[genes.kind]} ({shortened(genes.written, 3)})"


def _cure(one: Genes, other: Genes) -> str:
    """What to do about two tables that share few genes."""
    if one.kind != other.kind or one.kind is None:
        return _TRANSLATE
    if one.dates or other.dates:
        return "export the tables without a spreadsheet, which made dates of names"
    return (
        f"{_TRANSLATE}. If they are called the same, the tables are of different genes: hand in "
        "both with all genes that were measured"
    )
