"""The table of all human genes that HGNC offers for download: tab separated, a line a gene, or a
line a name of a gene.

The complete set, custom downloads and BioMart call the columns otherwise; all three are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import chain

from exvivo.errors import Mistake, ReadError
from exvivo.words import listed, shortened

_SPELLINGS: Mapping[str, frozenset[str]] = {
    "symbol": frozenset({"symbol", "approvedsymbol"}),
    "status": frozenset({"status"}),
    "previous": frozenset({"prevsymbol", "prevsymbols", "previoussymbol", "previoussymbols"}),
    "aliases": frozenset({"aliassymbol", "aliassymbols", "synonyms"}),
    "ensembl": frozenset(
        {"ensemblgeneid", "ensemblid", "ensemblidsuppliedbyensembl", "ensemblgeneidsuppliedbyhgnc"}
    ),
    "entrez": frozenset({"entrezid", "entrezgeneid", "ncbigeneid", "ncbigeneidsuppliedbyncbi"}),
}
"""How the columns are called, in small letters and digits only."""
_PARTS = re.compile(r"\s*\|\s*|, ")
_FROM_HGNC = (
    "HGNC's table of genes, tab separated, with the columns symbol, alias_symbol, prev_symbol, "
    "ensembl_gene_id, entrez_id and status"
)
_DOWNLOAD = "download the complete set of genenames.org as text (tsv), and leave it as it is"


@dataclass(frozen=True, slots=True)
class GeneEntry:
    """A gene as HGNC has it: its approved symbol, and every other name of each kind."""

    symbol: str
    previous: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    ensembl: tuple[str, ...] = ()
    entrez: tuple[str, ...] = ()


_Places = Mapping[str, Sequence[int]]
"""Where the columns of each kind stand."""
_KINDS = tuple(each.name for each in fields(GeneEntry) if each.name != "symbol")


def genes_of_hgnc(text: str, where: str) -> tuple[GeneEntry, ...]:
    """The approved genes of HGNC's download, whose place `where` names in messages.

    Entries that HGNC withdrew are passed over. Raises `ReadError` where it is not that table, or
    lines have no symbol or a cell too many.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    header, rows = _cells(lines[0] if lines else ""), list(map(_cells, lines[1:]))
    at = _columns(header)
    if mistakes := list(_no_table(header, at, where)):
        raise ReadError(mistakes)
    if mistakes := list(_no_genes(header, rows, at, where)):
        raise ReadError(mistakes)
    genes = tuple(_gene(row, at) for row in rows if _approved(row, at))
    if not genes:
        raise ReadError(Mistake(where, "no approved gene", _FROM_HGNC, _DOWNLOAD))
    return genes


def _cells(line: str) -> list[str]:
    return [cell.strip().strip('"').strip() for cell in line.split("\t")]


def _columns(header: Sequence[str]) -> _Places:
    """Where the columns of each kind stand; Entrez and Ensembl ids may have two."""
    plain = [re.sub("[^a-z0-9]", "", name.casefold()) for name in header]
    return {kind: _places(plain, spellings) for kind, spellings in _SPELLINGS.items()}


def _places(header: Sequence[str], spellings: frozenset[str]) -> list[int]:
    return [place for place, name in enumerate(header) if name in spellings]


def _no_table(header: Sequence[str], at: _Places, where: str) -> Iterator[Mistake]:
    lacking = []
    if not at["symbol"]:
        lacking.append("no column of approved symbols")
    if not any(at[kind] for kind in _KINDS):
        lacking.append("no column of other names")
    if lacking:
        names = shortened([name for name in header if name]) or "none"
        found = f"{listed(lacking)}; the columns are: {names}"
        yield Mistake(f"{where}:1", found, _FROM_HGNC, _DOWNLOAD)


def _no_genes(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    at: _Places,
    where: str,
) -> Iterator[Mistake]:
    for line, row in enumerate(rows, start=2):
        if not any(row):
            continue
        if len(row) > len(header):
            found = f"{len(row)} cells under {len(header)} columns"
            yield Mistake(f"{where}:{line}", found, _FROM_HGNC, _DOWNLOAD)
        elif not _names(row, at["symbol"]):
            yield Mistake(f"{where}:{line}", "a gene without a symbol", _FROM_HGNC, _DOWNLOAD)


def _names(row: Sequence[str], places: Iterable[int]) -> tuple[str, ...]:
    """The names in cells of a row, each once; a cell may be cut off, or hold several."""
    cells = (row[place] for place in places if place < len(row))
    return tuple(dict.fromkeys(filter(None, chain.from_iterable(map(_PARTS.split, cells)))))


def _approved(row: Sequence[str], at: _Places) -> bool:
    if not any(row):
        return False
    status = _names(row, at["status"])
    return not status or status[0] == "Approved"


def _gene(row: Sequence[str], at: _Places) -> GeneEntry:
    names = {kind: _names(row, at[kind]) for kind in _KINDS}
    return GeneEntry(_names(row, at["symbol"])[0], **names)
