"""Names of genes: the approved symbol of a gene by its earlier and other symbols, its Ensembl and
its Entrez id (HGNC, CC0).

The packaged table `gene_names.tsv` knows the genes of the catalog, and those whose names a
spreadsheet turns into dates; `exvivo.catalog.hgnc` reads HGNC's whole download.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from exvivo.catalog.hgnc import GeneEntry, genes_of_hgnc

GeneId = Literal["symbol", "ensembl", "entrez"]
"""What a table calls its genes by."""
_Pairs = Iterable[tuple[str, str]]
_Symbols = Mapping[str, set[str]]
_Names = Mapping[str, str]

KNOWN_BY = 0.8
"""The share of a column's names that have one form, from which the column is said to have it."""
MOUSE_BY = 0.5
"""The share of a column's symbols written as mouse symbols are, from which they are taken so."""

_ENSEMBL = re.compile(r"ENS[A-Z]{0,4}G[0-9]{11}(?:\.[0-9]+)?(?:_PAR_Y)?")
_ENTREZ = re.compile(r"[1-9][0-9]{0,9}")
_OTHER_ID = re.compile(
    r"ENS[A-Z]{0,4}[TPE][0-9]{11}.*|[NX][MRP]_[0-9]+.*|[0-9]+(?:_[a-z]+)?_at|ILMN_[0-9]+|HGNC:[0-9]+"
)
"""Ids of transcripts, proteins, exons and probes: no names of genes."""
_SYMBOL = re.compile(r"[0-9]{0,2}[A-Za-z][A-Za-z0-9._@/-]{0,29}")
_MOUSE = re.compile(r"[A-Z][a-z]+[A-Za-z]*[0-9]*[a-z0-9-]*")
_VERSION = re.compile(r"(?<=[0-9]{11})\.[0-9]+")


@dataclass(frozen=True)
class GeneNames:
    """Approved symbols by every other name: `previous` and `aliases` by symbol, `ensembl` and
    `entrez` by id, `any_case` by every symbol in lower case. A name that stands for several genes
    is in none of them.
    """

    approved: frozenset[str]
    previous: Mapping[str, str]
    aliases: Mapping[str, str]
    ensembl: Mapping[str, str]
    entrez: Mapping[str, str]
    any_case: Mapping[str, str]

    def approved_of(self, name: str, kind: GeneId = "symbol") -> str | None:
        """The approved symbol of a name; None where no gene, or none alone, is called so.

        An approved symbol stands for itself. A previous symbol goes before an alias: it was the
        approved symbol of its time, and tables were made with that (SEPT2 is SEPTIN2, of which
        SEPTIN6 has the alias). Upper and lower case count where the name as written is known;
        else they do not. Versions of Ensembl ids are passed over.

        >>> known_names().approved_of("SEPT2"), known_names().approved_of("tyrobp")
        ('SEPTIN2', 'TYROBP')
        """
        if kind == "ensembl":
            return self.ensembl.get(without_version(name))
        if kind == "entrez":
            return self.entrez.get(name)
        return self._by_symbol(name)

    def _by_symbol(self, name: str) -> str | None:
        return self._as_written(name) or self.approved_in_any_case(name)

    def approved_in_any_case(self, name: str) -> str | None:
        """The approved symbol of a name whose upper and lower case do not count."""
        return self.any_case.get(name.casefold())

    def _as_written(self, name: str) -> str | None:
        if name in self.approved:
            return name
        return self.previous.get(name) or self.aliases.get(name)


def _in_any_case(*ranks: _Pairs) -> _Names:
    """The symbols by names in lower case, where such a name, however it is written, stands for one
    gene alone in the first of the `ranks` that knows it.
    """
    known: dict[str, str] = {}
    for pairs in ranks:
        of = _by_name((name.casefold(), symbol) for name, symbol in pairs)
        known = {name: _alone(symbols) for name, symbols in of.items()} | known
    return {name: symbol for name, symbol in known.items() if symbol}


def _alone(symbols: set[str]) -> str:
    """The one symbol of these; empty where they are several."""
    return next(iter(symbols)) if len(symbols) == 1 else ""


def _by_name(pairs: _Pairs) -> _Symbols:
    of: defaultdict[str, set[str]] = defaultdict(set)
    for name, symbol in pairs:
        of[name].add(symbol)
    return of


def names_of(genes: Iterable[GeneEntry]) -> GeneNames:
    """The names of these genes. A name that stands for several of them is left out; one that is
    an approved symbol stands for that gene alone, and a previous symbol goes before an alias.
    """
    genes = tuple(genes)
    approved = frozenset(gene.symbol for gene in genes)
    earlier = _by_name(_pairs(genes, lambda gene: gene.previous))
    others = _by_name(_pairs(genes, lambda gene: gene.aliases))
    return GeneNames(
        approved=approved,
        previous=_single(earlier, without=approved),
        aliases=_single(others, without=approved | earlier.keys()),
        ensembl=_single(_by_name(_pairs(genes, lambda gene: gene.ensembl))),
        entrez=_single(_by_name(_pairs(genes, lambda gene: gene.entrez))),
        any_case=_in_any_case(
            ((symbol, symbol) for symbol in approved),
            _pairs(genes, lambda gene: gene.previous),
            _pairs(genes, lambda gene: gene.aliases),
        ),
    )


def _pairs(genes: Iterable[GeneEntry], names: Callable[[GeneEntry], tuple[str, ...]]) -> _Pairs:
    for gene in genes:
        yield from ((name, gene.symbol) for name in names(gene))


def _single(of: _Symbols, without: Iterable[str] = ()) -> _Names:
    """The names that stand for one gene alone, and are not among those `without`."""
    other = frozenset(without)
    left = [name for name in of if name not in other]
    return {name: symbol for name in left if (symbol := _alone(of[name]))}


PACKAGED = "gene_names.tsv"
"""The file of the catalog with the genes it knows: lines that begin with # say where it is from."""
COLUMNS = ("symbol", "previous", "aliases", "ensembl", "entrez")
"""Its columns; several names in a cell are parted by |."""


@cache
def known_names() -> GeneNames:
    """The names of the genes of the catalog, and of those that spreadsheets turn into dates.

    >>> known_names().approved_of("ENSG00000011600.12", "ensembl")
    'TYROBP'
    """
    text = files("exvivo.catalog").joinpath(PACKAGED).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return names_of(map(_entry, lines[1:]))


def _entry(line: str) -> GeneEntry:
    symbol, *names = line.split("\t")
    return GeneEntry(symbol, *map(_parted, names))


def names_of_hgnc(text: str, where: str) -> GeneNames:
    """The names of all genes of HGNC's download, tab separated; `where` is its place in messages.

    Raises `ReadError` where it is not that table.
    """
    return names_of(genes_of_hgnc(text, where))


def _parted(cell: str) -> tuple[str, ...]:
    return tuple(filter(None, cell.split("|")))


def without_version(name: str) -> str:
    """An Ensembl id without its version; the copy on the Y chromosome stays apart.

    >>> without_version("ENSG00000011600.12"), without_version("ENSG00000002586.20_PAR_Y")
    ('ENSG00000011600', 'ENSG00000002586_PAR_Y')
    """
    return _VERSION.sub("", name) if name.startswith("ENS") else name


def kind_of(names: Iterable[str]) -> GeneId | None:
    """What a column calls its genes by, if at least four in five of its names have that form;
    None where no form is so frequent, or where they are transcripts, proteins or probes.

    >>> kind_of(["ENSG00000011600.12"]), kind_of(["7305"]), kind_of(["TYROBP"])
    ('ensembl', 'entrez', 'symbol')
    >>> kind_of(["ENST00000262629.9"]), kind_of(["200000_s_at"])
    (None, None)
    """
    forms = Counter(map(_form, names))
    most = KNOWN_BY * forms.total()
    return next((kind for kind in _KINDS if forms[kind] >= most > 0), None)


_KINDS: tuple[GeneId, ...] = ("ensembl", "entrez", "symbol")


def _form(name: str) -> GeneId | None:
    if _ENSEMBL.fullmatch(name):
        return "ensembl"
    if _ENTREZ.fullmatch(name):
        return "entrez"
    return "symbol" if _SYMBOL.fullmatch(name) and not _OTHER_ID.fullmatch(name) else None


def looks_like_mouse(names: Iterable[str]) -> bool:
    """Whether most of the names are written as symbols of mouse genes are (Tyrobp, Csf1r), or are
    Ensembl ids of the mouse.

    >>> looks_like_mouse(["Tyrobp", "Csf1r", "H2-Aa"]), looks_like_mouse(["TYROBP", "C1orf112"])
    (True, False)
    """
    told = [bool(_is_mouse(name)) for name in names if name[:1].isalpha()]
    return bool(told) and sum(told) > MOUSE_BY * len(told)


def _is_mouse(name: str) -> bool:
    return name.startswith("ENSMUSG") or bool(_MOUSE.fullmatch(name))
