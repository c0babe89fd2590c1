"""What the genes of a table are called: approved symbols of HGNC where those are known, else as the
table has them without the version of an id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from exvivo.catalog.gene_names import (
    GeneId,
    GeneNames,
    kind_of,
    looks_like_mouse,
    without_version,
)
from exvivo.cells.messages import grouped
from exvivo.errors import Mistake
from exvivo.read.expression.dates import FAMILY, dates_among
from exvivo.read.expression.forms import Sheet
from exvivo.read.expression.grid import SPREADSHEET_ERRORS
from exvivo.read.result import Ignored
from exvivo.words import counted, listed, shortened

_SHOWN_TWICE = 20
_UNCOUNTED = frozenset({"N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous"})
"""Rows that STAR writes above the genes; HTSeq's start with two underscores."""
_NONE_WORDS = "NA N/A n/a nan NaN NULL null None none - -- --- ?"
_NAMELESS = frozenset((*SPREADSHEET_ERRORS, *_NONE_WORDS.split()))
"""What programs and spreadsheets write where a gene has no name."""
_ON_Y = "_PAR_Y"
"""How GENCODE marks the copy on Y of a gene that is on X and Y."""
_SMALL_BY = 0.5
"""The share of names in small letters throughout from which a program is said to have changed
them."""


@dataclass(frozen=True)
class Genes:
    """The genes of a table: their names, the rows of its sheet they stand in, and as what they were
    `written`. `dates` are rows whose names became dates; `kind` is what most names are, `odd`
    what is wrong with their capitals, in words.
    """

    sheet: Sheet
    names: tuple[str, ...]
    rows: tuple[int, ...]
    written: tuple[str, ...]
    dates: tuple[str, ...] = ()
    kind: GeneId | None = "symbol"
    odd: str = ""
    ignored: tuple[Ignored, ...] = ()
    mistakes: tuple[Mistake, ...] = ()

    def renamed(self, to: Mapping[str, str]) -> Genes:
        """The same genes, some under other names."""
        return replace(self, names=tuple(to.get(name, name) for name in self.names))


def genes_of(sheet: Sheet, known: GeneNames) -> Genes:
    """The genes of a table, each in one row; rows without a gene, and genes in several rows, are
    mistakes.
    """
    own, by_ids = _by_both(sheet)
    dates = dates_among(own, numbers_are_ids=kind_of(filter(None, own)) == "entrez")
    uncounted = [name for name in own if name in _UNCOUNTED or name.startswith("__")]
    copies, mixed = _copies_on_y(sheet, own)
    passed_over = {"", *dates, *uncounted, *copies, *_NAMELESS}
    rows = tuple(row for row, name in enumerate(own) if name not in passed_over)
    written = tuple(own[row] for row in rows)
    kind, odd = kind_of(written), odd_capitals(written)
    names = _approved(written, known, kind) if not odd else [without_version(n) for n in written]
    genes = Genes(sheet, tuple(names), rows, written, tuple(dates), kind, odd)
    ignored = [
        *by_ids,
        *_passed_over(uncounted, copies),
        *_nameless(own),
        *(_changed(genes, known) if not odd else ()),
    ]
    wrong = [*_without_gene(sheet, own), *mixed, *_twice(genes)]
    if not rows and not wrong:
        wrong.append(_no_gene(sheet, dates))
    return replace(genes, ignored=tuple(ignored), mistakes=tuple(wrong))


def _no_gene(sheet: Sheet, dates: Sequence[str]) -> Mistake:
    """The mistake of a table without a gene; the names of all of them may have become dates."""
    if not dates:
        return Mistake(sheet.top(), "no gene", "a row a gene", "fill the table")
    return Mistake(
        sheet.genes_place(),
        f"dates for names of genes: {shortened(dates)}",
        "the names of genes; a spreadsheet turned all of them into dates, and which genes they "
        "were cannot be told",
        "export the table again without a spreadsheet",
    )


def odd_capitals(names: Sequence[str]) -> str:
    """What most names show that no table of human symbols has, in words; empty for others."""
    if looks_like_mouse(names):
        return "written as a mouse's genes are"
    return "in small letters" if _mostly_small(names) else ""


def _mostly_small(names: Sequence[str]) -> bool:
    letters = [name for name in names if name[:1].isalpha()]
    small = sum(name == name.lower() for name in letters)
    return small > _SMALL_BY * max(1, len(letters))


def _by_both(sheet: Sheet) -> tuple[list[str], list[Ignored]]:
    """The name of each row: its symbol, or its id where the symbol stands in several rows."""
    own = [name.strip() for name in sheet.genes]
    if not sheet.others:
        return own, []
    single = grouped(zip(own, sheet.others, strict=True))
    several = {name for name, ids in single.items() if len(_on_x(ids)) > 1 or _says_none(name)}
    names = [
        other if name in several or other.endswith(_ON_Y) else name
        for name, other in zip(own, sheet.others, strict=True)
    ]
    shown = [name for name in several if not _says_none(name)]
    told = Ignored(
        f"names that several rows have: {shortened(shown)}", "these genes are called by their ids"
    )
    return names, [told] if shown else []


def _says_none(name: str) -> bool:
    """Whether a name says that there is none."""
    return not name or name in _NAMELESS


def _nameless(names: Sequence[str]) -> Iterator[Ignored]:
    """The rows in which something stands for a name that a gene does not have."""
    found = Counter(name for name in names if name in _NAMELESS)
    if found:
        told = (f"{name} ({counted(times, 'time')})" for name, times in found.items())
        yield Ignored(
            f"rows whose gene has no name: {listed(list(told))}",
            "which genes they are cannot be told",
            "write the names of these genes, or remove the rows if they are no genes",
        )


def _on_x(ids: Iterable[str]) -> list[str]:
    return [each for each in ids if not each.endswith(_ON_Y)]


def _copies_on_y(sheet: Sheet, names: Sequence[str]) -> tuple[list[str], list[Mistake]]:
    """The rows that are the copy on Y of a gene whose row on X is there, and those of them that
    hold numbers of their own, as mistakes.
    """
    ids = [name.strip() for name in sheet.others or sheet.genes]
    on_x = set(map(without_version, _on_x(ids)))
    copies = [
        (row, name)
        for row, name in enumerate(names)
        if name.endswith(_ON_Y) and without_version(name).removesuffix(_ON_Y) in on_x
    ]
    mistakes = [
        Mistake(
            sheet.gene_place(row),
            f"{name}, the copy on Y of a gene, with numbers of its own",
            "each gene in one row",
            "add up the counts of both rows, or remove this one",
        )
        for row, name in copies
        if sheet.samples and _says_anything(sheet.cells.row(row))
    ]
    return [name for _, name in copies], mistakes


def _says_anything(cells: Sequence[str | None]) -> bool:
    """Whether a row has numbers that differ, or a single one that is not 0."""
    values = {(cell or "").strip() for cell in cells}
    return bool(values - {"", "0", "0.0"}) and (len(values) > 1 or len(cells) == 1)


def _passed_over(uncounted: Sequence[str], copies: Sequence[str]) -> Iterator[Ignored]:
    if uncounted:
        yield Ignored(f"rows {shortened(uncounted)}", "reads that belong to no gene")
    if copies:
        yield Ignored(
            f"rows {shortened(copies)}",
            "the copies on Y of genes that are on X and Y; they have no numbers of their own",
        )


def _approved(names: Sequence[str], known: GeneNames, kind: GeneId | None) -> list[str]:
    """The approved symbol of each name, else the name without the version of an id.

    A name that the gene had once, or an alias, is left as it is where another row is of that gene:
    tables of some years ago have genes apart that are one today (C17orf47 and SEPT4).
    """
    found = [known.approved_of(name, _kind_of_one(name, kind)) for name in names]
    claims = Counter(found)
    pairs = zip(names, found, strict=True)
    return [_today(name, symbol, claims[symbol]) for name, symbol in pairs]


def _today(name: str, symbol: str | None, claims: int) -> str:
    """What a gene is called, by its symbol and how many rows are of that symbol."""
    if symbol is None or (claims > 1 and not _is_certain(name, symbol)):
        return without_version(name)
    return symbol


def _is_certain(name: str, symbol: str) -> bool:
    """Whether a name is an id, the symbol itself in whatever capitals, or one of those that were
    renamed as they are taken for dates.
    """
    is_id = name.startswith("ENS") or name.isdecimal()
    return is_id or name.lower() == symbol.lower() or bool(FAMILY.fullmatch(name))


def _kind_of_one(name: str, kind: GeneId | None) -> GeneId:
    """What one name is; a number is an Entrez id only where most names are."""
    if name.startswith("ENS"):
        return "ensembl"
    return "entrez" if kind == "entrez" and name.isdecimal() else "symbol"


def _kept(genes: Genes, known: GeneNames) -> list[str]:
    """The names that were left as written, each with the symbol that another row may have."""
    kept = []
    for written, name in zip(genes.written, genes.names, strict=True):
        symbol = known.approved_of(name, _kind_of_one(name, genes.kind))
        if symbol and written == name != symbol:
            kept.append(f"{name} ({symbol})")
    return kept


def _changed(genes: Genes, known: GeneNames) -> Iterator[Ignored]:
    """What the genes are called now where that is not as they were written."""
    pairs = [(w, n) for w, n in zip(genes.written, genes.names, strict=True) if w != n]
    cut = [w for w, n in pairs if without_version(w) == n]
    renamed = [f"{w} as {n}" for w, n in pairs if without_version(w) != n]
    kept = _kept(genes, known)
    if kept:
        yield Ignored(
            f"what {counted(len(kept), 'name')} would be today: {shortened(kept)}",
            "another row is of that gene; both are kept as they are written",
        )
    if cut:
        yield Ignored(
            f"the versions of {counted(len(cut), 'Ensembl id')} ({shortened(cut, 2)})",
            "an id without its version is the same gene",
        )
    if renamed:
        yield Ignored(
            f"{counted(len(renamed), 'name')} as written",
            f"the genes are called by their approved symbols: {shortened(renamed)}",
        )


def _without_gene(sheet: Sheet, names: Sequence[str]) -> Iterator[Mistake]:
    for row, name in enumerate(names):
        if not name:
            yield Mistake(
                sheet.gene_place(row),
                "a row without a gene",
                "a gene in every row",
                "name it",
            )


def _twice(genes: Genes) -> Iterator[Mistake]:
    """Genes in several rows, by one name or by several."""
    rows = pl.DataFrame({"name": genes.names, "at": range(len(genes.names))})
    several = rows.group_by("name", maintain_order=True).all().filter(pl.col("at").list.len() > 1)
    told = [_rows_of(genes, name, at) for name, at in several.rows()]
    if told:
        yield Mistake(
            genes.sheet.genes_place(),
            f"genes more than once: {shortened(told, _SHOWN_TWICE, separator='; ')}",
            "each gene in one row",
            "add up the counts of a gene's rows; of log2 numbers keep the one transcript or probe "
            "that was chosen beforehand (not by how the answer comes out), and remove the others",
        )


def _rows_of(genes: Genes, name: str, at: Sequence[int]) -> str:
    """A gene and where it stands: `X (lines 2 and 4)`, `SEPTIN2 (SEPT2 in line 2, ...)`."""
    written = [genes.written[i] for i in at]
    lines = [genes.sheet.line(genes.rows[i]) for i in at]
    if len(set(written)) == 1:
        return f"{name} ({listed(lines)})"
    parts = [f"{w} in {line}" for w, line in zip(written, lines, strict=True)]
    return f"{name} ({listed(parts)})"
