"""The forms that tables of expression have: a column of genes under one of its many names, GCT,
featureCounts with its annotation, R's header without a name for the first column, and samples in
rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from exvivo.catalog.gene_names import kind_of
from exvivo.cells.messages import read_error
from exvivo.errors import Mistake, ReadError
from exvivo.read.expression.gct import Gct, gct_of
from exvivo.read.expression.grid import Grid, grid_of, lines_in
from exvivo.read.result import Ignored
from exvivo.sources import Content
from exvivo.words import listed, shortened

GENE = "gene"
"""How the column of genes is best called."""
_SHOWN = 6
_SIGNS = re.compile(r"[\s._-]+")
_GENE_WORDS = (
    "gene genes geneid genename genesymbol symbol hgncsymbol hugosymbol externalgenename genenames "
    "ensembl ensemblid ensemblgene ensemblgeneid entrez entrezid entrezgene entrezgeneid "
    "ncbigeneid hgncid"
)
GENE_COLUMNS = frozenset(_GENE_WORDS.split())
"""The names that columns of genes have, in lower case and without spaces, points and hyphens."""
_ROW_NAMES = frozenset({"", "x", "unnamed:0", "rownames", "rowname", "name"})
"""What the first column is called where a program wrote the names of rows; it holds the genes."""
_GCT_NAMES = frozenset({"name", "id", "description"})
_ANNOTATION_WORDS = (
    "chr chrom chromosome chromosomename seqname seqnames start end startposition endposition "
    "genestart geneend strand length genelength width gc gccontent biotype genebiotype genetype "
    "description genedescription transcriptid transcriptid(s) source level"
)
_ANNOTATION = frozenset(_ANNOTATION_WORDS.split())
"""Columns beside the genes that say what or where they are."""
IsSample = Callable[[str], bool]


@dataclass(frozen=True)
class Sheet:
    """A table of expression as it is in the file: what its rows and columns are called, and a
    String column of `cells` a sample. `others` are the genes' names of a second kind, where the
    table has two columns of names. `is_turned` where samples are in rows.
    """

    grid: Grid
    genes: tuple[str, ...]
    samples: tuple[str, ...]
    cells: pl.DataFrame
    columns: tuple[int, ...]
    gene_column: int = 0
    others: tuple[str, ...] = ()
    ignored: tuple[Ignored, ...] = field(default=())
    is_turned: bool = False

    @property
    def source(self) -> str:
        """The file."""
        return self.grid.source

    def top(self) -> str:
        """The address of the header line."""
        return self.grid.top()

    def where(self, gene: int, sample: int) -> str:
        """The address of the number of a gene and a sample."""
        if self.is_turned:
            return self.grid.where(sample, self.columns[gene])
        return self.grid.where(gene, self.columns[sample])

    def genes_place(self) -> str:
        """The address of the genes' names, all together."""
        name = self.grid.header[self.gene_column] or "1"
        return self.top() if self.is_turned else f"{self.top()} column {name}"

    def gene_place(self, gene: int) -> str:
        """The address of a gene's name."""
        if self.is_turned:
            return self.top()
        return self.grid.where(gene, self.gene_column)

    def line(self, gene: int) -> str:
        """Where a gene stands, in words: `line 12`, or `column 12` where samples are in rows."""
        if self.is_turned:
            return f"column {self.columns[gene] + 1}"
        return f"line {self.grid.lines[gene]}"


def sheet_of(content: Content, source: str, is_sample: IsSample) -> Sheet:
    """A table of expression in any of its forms. Columns that are neither genes, annotation nor
    samples stay among its samples.

    Raises `ReadError` where it is no text, no table, or no column of genes is known.
    """
    lines = lines_in(content, source)
    gct = gct_of(lines, source)
    grid = grid_of(gct.lines if gct else lines, source, content.sha256, GENE_COLUMNS)
    if gct:
        grid = gct.without_annotation(grid)
    named = _named(grid, gct)
    if _is_turned(grid, named, is_sample):
        return _turned(grid)
    if not named or not grid.lines:
        raise _no_genes(grid, named)
    return _upright(grid, named, is_sample, gct)


def gene_column(grid: Grid) -> list[int]:
    """The columns that hold names of genes. Raises `ReadError` where there is none, or no row."""
    named = _named(grid, None)
    if not named or not grid.lines:
        raise _no_genes(grid, named)
    return named


def plain(name: str) -> str:
    """The name of a column in lower case, without spaces, points, hyphens and underscores.

    >>> plain("Gene_ID"), plain("Unnamed: 0")
    ('geneid', 'unnamed:0')
    """
    return _SIGNS.sub("", name.lower())


def _named(grid: Grid, gct: Gct | None) -> list[int]:
    """The columns of names; those that are called as genes are go first."""
    called = [at for at, name in enumerate(grid.header) if plain(name) in GENE_COLUMNS]
    if called or not grid.header:
        return called
    if gct:
        return [at for at, name in enumerate(grid.header[:2]) if plain(name) in _GCT_NAMES]
    return [0] if plain(grid.header[0]) in _ROW_NAMES else []


def _no_genes(grid: Grid, named: Sequence[int]) -> ReadError:
    lack = "no gene" if named else f"no column `{GENE}`"
    return read_error(
        grid.top(),
        f"{lack}; the first columns are: {_first_columns(grid)}",
        f"a column `{GENE}` and a row a gene, or a row a sample that begins with its name",
        "name the column that holds the genes so",
    )


def _first_columns(grid: Grid) -> str:
    return ", ".join(name or "(no name)" for name in grid.header[:_SHOWN])


def _is_turned(grid: Grid, named: Sequence[int], is_sample: IsSample) -> bool:
    """Whether samples are in rows: all names of the first column are samples, none of the header.

    Raises `ReadError` where there are samples in both.
    """
    if not grid.header or not grid.lines or any(at > 0 for at in named):
        return False
    rows = grid.texts(0)
    if len(grid.header) < 2 or not all(map(is_sample, rows)):
        return False
    above = [name for name in grid.header[1:] if is_sample(name)]
    if above:
        raise read_error(
            grid.top(),
            f"samples in the header ({shortened(above)}) and in the first column "
            f"({shortened(rows)})",
            "a row a gene and a column a sample, or a row a sample and a column a gene",
            "correct the names in the first column",
        )
    return True


def _turned(grid: Grid) -> Sheet:
    """A table with a row a sample."""
    samples = grid.texts(0)
    twice = [name for name, times in Counter(samples).items() if times > 1]
    if twice:
        raise read_error(
            f"{grid.source} column {grid.header[0] or 1}",
            f"samples in several rows: {shortened(twice)}",
            "each sample in one row",
            "name repeats of a donor apart (D1:a, D1:b), or remove a row",
        )
    told = Ignored(
        f"the name of the first column, {grid.header[0] or '(no name)'}",
        "samples stand in rows here and genes in columns; it was read so",
    )
    return Sheet(
        grid=grid,
        genes=grid.header[1:],
        samples=tuple(samples),
        cells=grid.cells[:, 1:].transpose(),
        columns=tuple(range(1, len(grid.header))),
        ignored=(told,),
        is_turned=True,
    )


def _upright(grid: Grid, named: Sequence[int], is_sample: IsSample, gct: Gct | None) -> Sheet:
    """A table with a row a gene."""
    known = frozenset(_GCT_NAMES if gct else ())
    beside = [
        at
        for at, name in enumerate(grid.header)
        if at not in named and plain(name) in _ANNOTATION | known and not is_sample(name)
    ]
    columns = [at for at in range(len(grid.header)) if at not in (*named, *beside)]
    first, other = _two_names(grid, named)
    sheet = Sheet(
        grid=grid,
        genes=tuple(grid.texts(first)),
        samples=tuple(grid.header[at] for at in columns),
        cells=grid.cells[:, columns],
        columns=tuple(columns),
        gene_column=first,
        others=tuple(grid.texts(other)) if other is not None else (),
        ignored=tuple(_unread(grid, (named, first, other), beside)),
    )
    return replace(sheet, ignored=(*(gct.ignored if gct else ()), *sheet.ignored))


def _two_names(grid: Grid, named: Sequence[int]) -> tuple[int, int | None]:
    """The column of symbols and that of ids, where there are both; else the first, and none."""
    kinds = {at: kind_of(grid.texts(at)) for at in named} if len(named) > 1 else {}
    symbols = [at for at in named if kinds.get(at) == "symbol"]
    ids = [at for at in named if kinds.get(at) in ("ensembl", "entrez")]
    return (symbols or named)[0], ids[0] if symbols and ids else None


def _unread(
    grid: Grid, names: tuple[Sequence[int], int, int | None], beside: Sequence[int]
) -> Iterator[Ignored]:
    named, first, other = names
    taken = grid.header[first] or "without a name"
    for at in named:
        if at == other:
            yield Ignored(
                f"column {grid.header[at]}",
                f"the genes are called as in the column {taken}, and by this id only where that "
                "name stands in several rows or is empty",
            )
        elif at != first:
            yield Ignored(
                f"column {grid.header[at]}", f"the genes are called as in the column {taken}"
            )
    if beside:
        columns = listed([grid.header[at] for at in beside])
        yield Ignored(
            f"column{'s' * (len(beside) > 1)} {columns}",
            "what a gene is and where it lies, no sample",
        )


def no_samples(
    sheet: Sheet, form: str, is_sample: IsSample, hint: Callable[[str], str]
) -> Iterator[Mistake]:
    """Columns that are no sample of anybody. They are not passed over: one may be a sample whose
    name is misspelt. `form` says how samples are named, `hint` what a name may be meant for.
    """
    if not sheet.samples:
        yield Mistake(
            sheet.top(), "no sample", f"a column for each, named as {form}", "add the samples"
        )
    for name in sheet.samples:
        if not is_sample(name):
            yield _stranger(sheet, name, form, hint(name))


def _stranger(sheet: Sheet, name: str, form: str, hint: str) -> Mistake:
    return Mistake(
        sheet.top(),
        f"a column {name or '(no name)'!r}{hint}",
        form,
        "correct the name, say whose it is in a table `samples`, or take the column out of the "
        "table if it is no sample",
    )
