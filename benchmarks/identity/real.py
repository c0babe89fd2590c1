"""Impostors and true cells made of plain tables: a column of genes, then columns CELL:NAME.

Nothing is known of a table but the names of its columns. Every kind of at least three samples is
taken as cultured cells; kinds of a single profile are put together by their family (`words`), each
profile then standing for a donor. The references are the rest of the same table, or another table.

An impostor is a kind whose lineage no reference has: whatever is supported of it is wrong. Of true
cells the references hold the lineage: they may not be rejected, and classes of their lineage must
be nearer than those of another.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.identity.asking import Answer, Case, Column, asked
from benchmarks.identity.handed import shown
from benchmarks.identity.words import UNSURE, family_of, kin, told_apart
from benchmarks.row import Row
from exvivo.arrays import Floats
from exvivo.catalog.lineages import lineages
from exvivo.errors import UserMistake
from exvivo.gather import gather

SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
NOT_TABLES = frozenset({"right.csv", "donors.csv"})
FEWEST = 3
"""Samples that a kind needs to be taken as cultured cells."""
MOST_LIKES, MOST_SAMPLES = 2, 8
PANEL = "human myeloid cells"
_LOG2 = 40.0
"""Numbers none of which is above this are taken as log2."""
_FEWEST_GENES = 1000


@dataclass(frozen=True)
class RealTable:
    """A table as it was read: log2, its classes by family."""

    name: str
    genes: tuple[str, ...] = field(repr=False)
    classes: dict[str, tuple[Column, ...]] = field(repr=False)
    lineage: dict[str, str]
    family: dict[str, str]


def tables_of(folder: Path) -> list[RealTable]:
    """Every plain table below a folder that is no part of a study."""
    studies = {path.parent for path in folder.rglob("study.yaml")}
    read = []
    for path in sorted(folder.rglob("*")):
        inside = any(study in path.parents for study in studies)
        if path.is_file() and path.name.endswith(SUFFIXES) and not inside:
            table = None if path.name in NOT_TABLES else table_of(path)
            read += [] if table is None else [table]
    return read


def table_of(path: Path) -> RealTable | None:
    """A table through the tool's own reader; None, and a word, where it is none."""
    plain = _plain(path)
    if plain is None:
        shown(path.name, ["no table of genes with columns CELL:NAME: passed over"])
        return None
    genes, names, values = plain
    try:
        genes, values = _read_by_tool(genes, names, log2_of(values))
    except UserMistake as error:
        shown(path.name, [f"refused: {str(error)[:300]}"])
        return None
    classes, lineage, family = classes_of(names, values, genes)
    return RealTable(path.name.partition(".")[0], genes, classes, lineage, family)


def _plain(path: Path) -> tuple[tuple[str, ...], list[str], Floats] | None:
    """Genes, names of columns and numbers as they stand; of a gene that stands twice, the row with
    the larger sum.
    """
    separator = "," if ".csv" in path.name else "\t"
    frame = pl.read_csv(path, separator=separator, infer_schema_length=None, ignore_errors=True)
    first, *others = frame.columns
    named = [name for name in others if ":" in name and frame[name].dtype.is_numeric()]
    if len(named) < FEWEST or len(named) < 0.5 * len(others) or frame.height < _FEWEST_GENES:
        return None
    kept = frame.with_columns(total=pl.sum_horizontal(named)).drop_nulls([first])
    kept = kept.sort("total", descending=True).unique(first, keep="first", maintain_order=True)
    values = kept.select(named).cast(pl.Float64).fill_null(np.nan).to_numpy()
    measured = np.isfinite(values).all(axis=1)
    genes = tuple(str(gene) for gene in kept.filter(pl.Series(measured))[first])
    return genes, named, np.asarray(values[measured])


def log2_of(values: Floats) -> Floats:
    """The numbers as log2: counts per million of whole numbers, log2(x + 1) of other linear ones;
    as they are where they are logarithms, none above 40 or some below 0.
    """
    if values.min() < 0 or values.max() <= _LOG2:
        return values
    whole = (values == np.rint(values)).mean() > 0.95
    linear = 1e6 * values / values.sum(axis=0) if whole else values
    return np.round(np.log2(linear + 1), 4)


def _read_by_tool(
    genes: tuple[str, ...], names: Sequence[str], values: Floats
) -> tuple[tuple[str, ...], Floats]:
    """Genes and numbers as the tool reads them, columns in their order."""
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        (folder / "raw").mkdir()
        columns = {f"cell:{i}": values[:, i] for i in range(len(names))}
        table = pl.DataFrame({"gene": genes, **columns})
        table.write_csv(folder / "raw/r.csv")
        first = (pl.col("cell:0") + pl.col("cell:1")) / 2  # a copy of a column would be refused
        table.select("gene", D1=first).write_csv(folder / "raw/p.csv")
        (folder / "donors.csv").write_text("donor,group\nD1,A\n", encoding="utf-8")
        (folder / "study.yaml").write_text(_STUDY, encoding="utf-8")
        profiles = gather(folder).profiles
    if profiles is None:
        raise SystemExit("no profiles were read")
    rows = profiles.filter(role="reference").rows(named=True)
    return tuple(rows[0]["genes"]), np.array([row["values"] for row in rows], dtype=float).T


_STUDY = """exvivo: 1
title: a table
groups: [{id: A, name: everybody}]
cell_types: [{id: cultured, name: cultured cells}]
questions:
  - {id: who, ask: identity, cell_type: cultured, like: cell, profiles: raw/p.csv,
     references: raw/r.csv, scale: log2}
analytes: []
assays: []
plates: []
"""


def classes_of(
    names: Sequence[str], values: Floats, genes: tuple[str, ...]
) -> tuple[dict[str, tuple[Column, ...]], dict[str, str], dict[str, str]]:
    """The classes of a table, the lineage and the family of each: kinds with several samples as
    they are, kinds of a single profile by their family; mixtures and kinds of no plain lineage are
    left out.
    """
    kinds = [name.partition(":")[0] for name in names]
    classes: dict[str, list[Column]] = {}
    lineage: dict[str, str] = {}
    families: dict[str, str] = {}
    for i, (kind, name) in enumerate(zip(kinds, names, strict=True)):
        if UNSURE.search(kind.lower().replace("microglia", "")):
            continue
        family, of = family_of(kind) or (kind, by_gate(genes, values[:, i]))
        if not of:
            continue
        cell = kind if kinds.count(kind) >= FEWEST else family
        donor = name.replace(":", ".")
        column = Column(cell, f"{cell}:{donor}", values[:, i], donor=donor)
        classes.setdefault(cell, []).append(column)
        lineage[cell], families[cell] = of, family
    few = {cell: tuple(columns[:MOST_SAMPLES]) for cell, columns in classes.items()}
    return few, lineage, families


_OF_GATE = {
    "myeloid": "myeloid",
    "T": "T",
    "B": "B",
    "NK": "NK",
    "endothelial": "endothelial",
    "fibroblastic": "fibroblastic",
}


def by_gate(genes: tuple[str, ...], values: Floats) -> str:
    """The lineage whose gate a profile passes, if it passes just one; an own count of ranks."""
    at = {gene: i for i, gene in enumerate(genes)}
    passed = set()
    for name, lineage in lineages().items():
        places = [at[gene] for gene in lineage.genes if gene in at]
        if len(places) >= 5 and len(genes) >= 5000 and name in _OF_GATE:
            above = [(values > values[i]).sum() + (values == values[i]).sum() / 2 for i in places]
            rank = 1 - np.median(above) / min(len(genes), 20_000)
            passed |= {_OF_GATE[name]} if rank >= lineage.cut else set()
    return passed.pop() if len(passed) == 1 else ""


@dataclass(frozen=True)
class RealCase:
    """A case, and the lineages: of the cells, and of each class of the references."""

    case: Case
    cells: str
    lineage: dict[str, str]

    @property
    def impostor(self) -> bool:
        """Whether no reference is of the lineage of the cells, or of one that may be like it."""
        return not any(kin(self.cells, lineage) for lineage in self.lineage.values())


def cases_of(tables: Sequence[RealTable]) -> Iterator[RealCase]:
    """Every kind of every table against the rest of its table, and against each other table."""
    for cells in tables:
        for cell, columns in cells.classes.items():
            if len(columns) >= FEWEST:
                for references in tables:
                    yield from _cases(cells, cell, references)


def _cases(cells: RealTable, cell: str, references: RealTable) -> Iterator[RealCase]:
    columns, lineage = cells.classes[cell], cells.lineage[cell]
    same = cells is references
    if not same and len(set(cells.genes) & set(references.genes)) < _FEWEST_GENES:
        return
    half = max(FEWEST, len(columns) // 2) if same and len(columns) > FEWEST else len(columns)
    mine, left = columns[:half], columns[half:] if same else ()
    kept = {name: c for name, c in references.classes.items() if not (same and name == cell)}
    others = {n: c for n, c in kept.items() if not kin(references.lineage[n], lineage)}
    sets = {"all others": others}
    myeloid = {n: c for n, c in others.items() if references.lineage[n] == "myeloid"}
    if len(myeloid) < len(others):
        sets["myeloid only"] = myeloid
    full = {**({cell: left} if left else {}), **kept}
    if any(references.lineage.get(n, lineage) == lineage for n in full) and len(full) > len(left):
        sets["all"] = full
    for word, classes in sets.items():
        if len(classes) > 1:
            yield from _asked_of(cells, (cell, mine), references, word, classes)


def _asked_of(
    cells: RealTable,
    mine: tuple[str, tuple[Column, ...]],
    references: RealTable,
    word: str,
    classes: dict[str, tuple[Column, ...]],
) -> Iterator[RealCase]:
    """The case with all genes, and with the panel where myeloid cells are among the references."""
    cell, columns = mine
    lineage = {n: references.lineage.get(n, cells.lineage[cell]) for n in classes}
    own = [name for name in classes if lineage[name] == cells.lineage[cell]]
    family = {n: references.family.get(n, cells.family[cell]) for n in own}
    own = [name for name in own if family[name] == cells.family[cell]] or own
    case = Case(
        name=f"{cells.name} {cell} against {references.name}, {word}",
        genes=cells.genes,
        genes_of_references=references.genes,
        cultured=tuple(replace(column, name=str(column.donor)) for column in columns),
        references=tuple(column for name in classes for column in classes[name]),
        likes=tuple(own or classes)[:MOST_LIKES],
    )
    yield RealCase(case, cells.lineage[cell], lineage)
    if "myeloid" in lineage.values() and word != "all":
        named = replace(case, name=f"{case.name}, panel", markers=PANEL)
        yield RealCase(named, cells.lineage[cell], lineage)


@dataclass
class Found:
    """Counts over the cases of a folder."""

    impostors: int = 0
    claimed: int = 0
    true: int = 0
    rejected: int = 0
    nearest: int = 0
    wrong: int = 0
    supported: int = 0
    contrasts: int = 0

    def add(self, of: RealCase, answers: Sequence[Answer]) -> None:
        """Count one case, and print it where it fails."""
        claims = [answer for answer in answers if answer.supported]
        if of.impostor:
            self.impostors += 1
            self.claimed += bool(claims)
            shown(f"impostor {of.case.name}", [str(answer) for answer in claims])
            return
        telling = [a for a in answers if _telling(of, a)]
        rejected = [a for a in telling if a.codes & {"like_none"}]
        wrong = [a for a in telling if a.nearer and of.lineage[a.nearer] != of.cells]
        self.true += 1
        self.rejected += bool(rejected)
        self.nearest += not wrong
        self.wrong += any(answer.supported for answer in wrong)
        self.contrasts += len(telling)
        self.supported += sum(answer.supported for answer in telling)
        shown(f"true {of.case.name}", [str(a) for a in dict.fromkeys((*rejected, *wrong))])


def _telling(of: RealCase, answer: Answer) -> bool:
    """Whether one of the two classes is of the lineage of the cells, the other plainly not."""
    both = [of.lineage.get(name, "") for name in (answer.like, answer.against)]
    other = [lineage for lineage in both if lineage != of.cells]
    return len(other) == 1 and told_apart(of.cells, other[0])


def rows(*, sets: Sequence[Path] = ()) -> Iterator[Row]:
    """The tables below each folder."""
    for folder in sets:
        tables = tables_of(folder)
        found = Found()
        for of in cases_of(tables):
            found.add(of, asked(of.case))
        yield from _rows(found, folder.name, len(tables)) if tables else ()


def _rows(found: Found, name: str, tables: int) -> Iterator[Row]:
    yield Row(what=f"{name}: tables read", value=tables, unit="tables")
    yield Row(
        what=f"{name}: impostors supported",
        value=found.claimed,
        unit=f"of {found.impostors}",
        bar="<= 0",
    )
    of_true = f"of {found.true}"
    yield Row(what=f"{name}: true cells rejected", value=found.rejected, unit=of_true, bar="<= 0")
    yield Row(
        what=f"{name}: true cells, lineage nearest",
        value=found.nearest,
        unit=of_true,
        bar=f">= {found.true}",
    )
    yield Row(
        what=f"{name}: true cells, wrong and supported", value=found.wrong, unit=of_true, bar="<= 0"
    )
    yield Row(
        what=f"{name}: true cells, contrasts supported",
        value=found.supported,
        unit=f"of {found.contrasts}",
    )
