"""Which files are tables of gene expression, by their column of genes; told cheaply, as such tables
are large. What is wrong with one is said when a question is answered from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath

from exvivo.catalog.gene_names import kind_of, known_names
from exvivo.cells.guards import gunzip
from exvivo.errors import ReadError
from exvivo.words import counted

_CALLED = re.compile(
    r"(gene|genes|symbol|hgnc|ensembl|entrez|target)?[ _.-]?"
    r"(id|ids|name|names|symbol|symbols|gene|gene[ _.-]?id)?",
    re.IGNORECASE,
)
"""How a column of genes is called; in a table of R it may have no name."""
_ABOUT_GENES = frozenset({"chr", "start", "end", "strand", "length", "description"})
"""Columns that say where a gene lies, or what it is (featureCounts, GCT)."""
_OF_SAMPLES = frozenset({"cell", "batch", "condition"})
"""Columns of a table of samples that tables of results have not."""
_BESIDE = {
    "samples": "a table of the samples of expression",
    "gene_names": "the table of gene names of HGNC",
    "markers": "a list of genes",
}
"""What the tables beside those of expression are, by the field of a question that takes them."""
_PACKED = b"\x1f\x8b"
_FEWEST, _KNOWN, _LOOKED_AT = 10, 5, 5_000
_DIFFERENT = 0.9
"""The share of the genes of a table that stand in it once; a list of results repeats them."""


@dataclass(frozen=True)
class Expression:
    """A table of gene expression: how many genes it has, and the names of its samples; or another
    table, which `about` says, that questions of identity take under `field`.
    """

    file: str
    genes: int = 0
    samples: tuple[str, ...] = ()
    about: str = ""
    field: str = ""

    @property
    def words(self) -> str:
        """What it is, in words."""
        if self.about:
            return self.about
        genes = counted(self.genes, "gene")
        return f"a table of gene expression: {genes}, {counted(len(self.samples), 'sample')}"

    @property
    def is_reference(self) -> bool:
        """Whether its samples are named as those of reference cells are: CELL:NAME."""
        return all(":" in name for name in self.samples)


def expression_of(raw: bytes, file: str) -> Expression | None:
    """The table of expression that a file holds, csv, tsv or GCT, plain or packed, or the table of
    its samples, of markers or of gene names; None where it is none.

    >>> lines = ["gene,P1,P2", *(f"ENSG{n:011d},{n},2" for n in range(1, 40))]
    >>> expression_of(chr(10).join(lines).encode(), "profiles.csv").words
    'a table of gene expression: 39 genes, 2 samples'
    """
    try:
        content = gunzip(raw, file) if raw.startswith(_PACKED) else raw
        lines = content.decode("utf-8-sig").splitlines()
    except (ReadError, UnicodeDecodeError):
        return None
    rows = list(_rows(lines))
    if rows and (field := _field_of(rows[0])):
        return Expression(file, about=_BESIDE[field], field=field)
    return _table_of(rows, file) if len(rows) > _FEWEST else None


def _field_of(header: Sequence[str]) -> str:
    """The field of a question that a table beside those of expression is for, by the names of its
    columns.
    """
    names = {re.sub("[ _]", "", name.casefold()) for name in header}
    if "sample" in names and names & _OF_SAMPLES:
        return "samples"
    if {"symbol", "approvedsymbol"} & names and any("prev" in name for name in names):
        return "gene_names"
    return "markers" if names == {"gene"} else ""


def _table_of(rows: Sequence[list[str]], file: str) -> Expression | None:
    """The table of expression of these rows."""
    header, first = rows[0], rows[1]
    if len(header) == len(first) - 1:
        header = ["", *header]
    genes = [row[0] for row in rows[1:]]
    columns = zip(header, first, strict=False)
    samples = tuple(name for name, cell in columns if _is_sample(name, cell))
    is_table = len(samples) > 0 and _are_genes(genes, header[0])
    return Expression(file, len(genes), samples) if is_table else None


def _rows(lines: Sequence[str]) -> Iterator[list[str]]:
    """The cells of the lines, without those above the table: comments, and the size of a GCT."""
    sizes = 2 if lines and lines[0].startswith("#1.") else 0
    table = [line for line in lines[sizes:] if line.strip() and not line.startswith("#")]
    separator = max("\t;,", key=table[0].count) if table else ","
    for line in table:
        yield [cell.strip().strip('"') for cell in line.split(separator)]


def _are_genes(names: Sequence[str], header: str) -> bool:
    """Whether a column holds genes: by its name and form, or because some of them are known."""
    kind = kind_of(islice(names, _LOOKED_AT))
    if kind is None or len(set(names)) < _DIFFERENT * len(names):
        return False
    if kind == "ensembl" or (header and _CALLED.fullmatch(header)):
        return True
    known = filter(None, map(known_names().approved_of, names))
    return kind == "symbol" and len(list(islice(known, _KNOWN))) == _KNOWN


def _is_sample(name: str, cell: str) -> bool:
    return name.casefold() not in _ABOUT_GENES and _is_number(cell)


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return cell in ("", "NA")
    return True


def donors_of(tables: Sequence[Expression]) -> list[str]:
    """The donors that the one table of cultured cells names its columns by; nothing where it cannot
    be told which table that is.
    """
    own = [each for each in measured(tables) if not _is_of_references(each)]
    if len(own) != 1:
        return []
    return list(dict.fromkeys(name.partition(":")[0].strip() for name in own[0].samples))


def measured(tables: Sequence[Expression]) -> list[Expression]:
    """Those that hold expression."""
    return [each for each in tables if not each.about]


def _is_of_references(table: Expression) -> bool:
    return table.is_reference or PurePosixPath(table.file).name.casefold().startswith("ref")
