"""All files a question of identity is answered from, as PROFILES: tables of expression, a list of
marker genes, a table of samples and HGNC's names of genes.

csv or tsv, plain or packed (.gz), in any of the forms of `forms`. Whether the numbers are log2 or
counts is what the study says; numbers that cannot be what it says are refused. Workbooks are not
read: a spreadsheet turns gene names into dates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl

from exvivo import catalog
from exvivo.arrays import Bools
from exvivo.catalog import spelling
from exvivo.catalog.gene_names import GeneNames, known_names, names_of_hgnc
from exvivo.cells.messages import read_error
from exvivo.errors import Mistake, ReadError
from exvivo.read.expression.alike import Named, written_otherwise
from exvivo.read.expression.copies import equal_samples
from exvivo.read.expression.dates import unread_dates
from exvivo.read.expression.forms import (
    GENE_COLUMNS,
    Sheet,
    gene_column,
    no_samples,
    sheet_of,
)
from exvivo.read.expression.grid import grid_of, lines_in
from exvivo.read.expression.names import Genes, genes_of
from exvivo.read.expression.numbers import mostly_blank, numbers_of
from exvivo.read.expression.scales import Measured, not_of_one_scale, not_of_scale
from exvivo.read.expression.shared import in_one_spelling, lacking, odd_spelling, too_few_shared
from exvivo.read.expression.whose import (
    NOTHING_SAID,
    Origin,
    Role,
    Said,
    Samples,
    not_there,
    read_samples,
)
from exvivo.read.result import Ignored
from exvivo.sources import Sources
from exvivo.study import Identity, Study
from exvivo.table import check
from exvivo.tables import PROFILES
from exvivo.words import shortened

T = TypeVar("T")
Unread = tuple[tuple[str, Ignored], ...]
"""Files, and what of each was not read."""


@dataclass(frozen=True)
class _Table:
    """A table of expression that was read: whose its samples are, its genes and its numbers."""

    samples: Samples
    genes: Genes
    measured: Measured

    @property
    def sheet(self) -> Sheet:
        return self.genes.sheet

    @property
    def origins(self) -> list[Origin]:
        return [self.samples.origin(name) for name in self.sheet.samples]


@dataclass
class _Reading:
    """What is read for one question, and all mistakes of its files so far."""

    sources: Sources
    question: Identity
    mistakes: list[Mistake] = field(default_factory=list)
    ignored: list[tuple[str, Ignored]] = field(default_factory=list)
    names: dict[Role, tuple[str, ...]] = field(default_factory=dict)
    """The columns of each table that are no genes, whether or not it can be read."""
    named: dict[Role, Named] = field(default_factory=dict)
    """The same with whose they are, of tables that were not taken for one another."""

    def file(self, field_: str) -> str:
        """The file of a field of the question; empty where there is none."""
        return self.question.named_files.get(field_, "")

    def tried(self, read: Callable[[str], T], field_: str, otherwise: T) -> T:
        """What is read of the file of a field; `otherwise` where there is none, or after its
        mistakes.
        """
        source = self.file(field_)
        try:
            return read(source) if source else otherwise
        except ReadError as error:
            self.mistakes += _with_hint(error, _elsewhere(self.sources, source))
            return otherwise

    def raise_mistakes(self) -> None:
        """Raise all mistakes so far as one `ReadError`."""
        if self.mistakes:
            raise ReadError(self.mistakes)

    def ignore(self, source: str, parts: Sequence[Ignored]) -> None:
        self.ignored += [(source, part) for part in parts]


def read_profiles(
    sources: Sources, question: Identity, study: Study
) -> tuple[pl.DataFrame, Unread]:
    """Everything a question of identity is answered from, as PROFILES; and what of each file was
    not read.

    Genes have their approved symbols where those are known. A blank cell is a gene not measured in
    that sample. Raises `ReadError` with the mistakes of all its files: no column of genes, a gene
    twice, a column that is no sample, a cell that is no number, numbers that are not of the
    question's scale, tables that call genes otherwise, a `like` that no reference has.
    """
    reading = _Reading(sources, question)
    said = reading.tried(lambda name: read_samples(sources.read(name), name), "samples", None)
    reading.raise_mistakes()  # without it, whose the samples are is not known
    known = reading.tried(lambda name: _known(sources, name), "gene_names", known_names())
    markers = reading.tried(lambda name: _markers(reading, name, known), "markers", None)
    cultured, references = _tables(reading, study, said or NOTHING_SAID, known)
    if cultured and references:
        cultured = _agreed(reading, cultured, references, markers)
    reading.mistakes += _of_names(reading, said, references)
    reading.raise_mistakes()
    frames = [_frame(table, question) for table in (cultured, references) if table]
    lists = [] if markers is None else [_frame_of_markers(markers, question)]
    return pl.concat([PROFILES.frame(), *frames, *lists]), tuple(reading.ignored)


def _tables(
    reading: _Reading, study: Study, said: Said, known: GeneNames
) -> tuple[_Table | None, _Table | None]:
    """The tables of the cultured cells and of the references; None for one with mistakes."""
    donors = set(study.donors["donor"]) if "donor" in study.donors.columns else set()
    of = reading.question
    cultured = Samples("cultured", of.cell_type, of.condition, donors, said)
    references = replace(cultured, role="reference")
    return (
        reading.tried(_reader(reading, cultured, known), "profiles", None),
        reading.tried(_reader(reading, references, known), "references", None),
    )


def _of_names(reading: _Reading, said: Said | None, references: _Table | None) -> Iterator[Mistake]:
    """Mistakes in what samples are called: in the table of samples, in two spellings, in `like`."""
    if said and len(reading.names) > 1:
        yield from not_there(said, reading.names["cultured"], reading.names["reference"])
    yield from written_otherwise(reading.named, reading.question)
    if references:
        yield from _not_like(references, reading.question)


def _with_hint(error: ReadError, hint: str) -> list[Mistake]:
    return [replace(each, found=each.found + hint) for each in error.mistakes]


def _elsewhere(sources: Sources, name: str) -> str:
    """Where a file that is not there may be: in the folder of raw files, as a message says it."""
    likely = f"raw/{Path(name).name}"
    is_moved = not sources.is_there(name) and sources.is_there(likely)
    return f" (did you mean `{likely}`?)" if is_moved else ""


def _known(sources: Sources, name: str) -> GeneNames:
    return names_of_hgnc("\n".join(lines_in(sources.read(name), name)), name)


def _markers(reading: _Reading, source: str, known: GeneNames) -> Genes:
    """A list of marker genes: the column of genes of a table. Raises `ReadError` as for a table of
    expression.
    """
    content = reading.sources.read(source)
    grid = grid_of(lines_in(content, source), source, content.sha256, GENE_COLUMNS)
    column = gene_column(grid)[0]
    names = tuple(grid.texts(column))
    genes = genes_of(Sheet(grid, names, (), grid.cells[:, []], (), column), known)
    if genes.mistakes:
        raise ReadError(list(genes.mistakes))
    others = [
        Ignored(f"column {name}", "a list of markers is read for its genes only")
        for at, name in enumerate(grid.header)
        if at != column
    ]
    reading.ignore(source, [*genes.ignored, *unread_dates(genes.dates, (), ()), *others])
    return genes


def _reader(
    reading: _Reading, samples: Samples, known: GeneNames
) -> Callable[[str], _Table | None]:
    """What reads one table of expression."""

    def read(source: str) -> _Table:
        sheet = sheet_of(reading.sources.read(source), source, samples.is_sample)
        reading.names[samples.role] = sheet.samples
        _refuse_exchanged(sheet, samples)
        reading.named[samples.role] = samples, source, sheet.samples
        mistakes = [
            *no_samples(sheet, samples.form, samples.is_sample, samples.hint),
            *samples.mistakes(sheet.samples, sheet.top()),
        ]
        genes = genes_of(sheet, known)
        mistakes += genes.mistakes
        if genes.mistakes:
            raise ReadError(mistakes)
        values = numbers_of(sheet, genes.rows, mistakes)
        table = _Table(samples, genes, Measured(sheet, genes.rows, values))
        if not mistakes:
            mistakes += mostly_blank(sheet, values)
            mistakes += not_of_scale(table.measured, reading.question.scale)
        if mistakes:
            raise ReadError(mistakes)
        return table

    return read


def _refuse_exchanged(sheet: Sheet, samples: Samples) -> None:
    """Raises `ReadError` where all columns are named as those of the other table are."""
    is_reference = samples.role == "reference"
    other = replace(samples, role="cultured" if is_reference else "reference")
    names = sheet.samples
    if names and not any(map(samples.may_be_own, names)) and all(map(other.is_named, names)):
        field_ = "profiles" if is_reference else "references"
        raise read_error(
            sheet.top(),
            f"columns named as those of `{field_}` are: {shortened(names)}",
            f"columns named as {samples.form}",
            "exchange `profiles` and `references` if they were taken for one another; else rename "
            "the columns, or say whose they are in a table `samples`",
        )


def _agreed(
    reading: _Reading, cultured: _Table, references: _Table, markers: Genes | None
) -> _Table:
    """The cultured cells with their genes spelt as in the references; adds the mistakes of two
    tables that do not fit, and what of both was not read.
    """
    question = reading.question
    wanted = _wanted(question, markers)
    one = in_one_spelling(cultured.genes, references.genes)
    other = references.genes
    odd = [*odd_spelling(one, other, wanted), *odd_spelling(other, one, wanted)]
    few = list(too_few_shared(one, other, wanted, question.markers)) if not odd else []
    reading.mistakes += [*odd, *few]
    if not odd and not few and question.scale == "log2":
        reading.mistakes += not_of_one_scale(
            cultured.measured, references.measured, _shared(one, other)
        )
    reading.mistakes += equal_samples((one, cultured.measured), (other, references.measured))
    for genes, names in ((one, other.names), (other, one.names)):
        dates = unread_dates(genes.dates, set(genes.names), names)
        parts = (*genes.sheet.ignored, *genes.ignored, *dates, *lacking(genes, names))
        reading.ignore(genes.sheet.source, parts)
    return replace(cultured, genes=one)


def _wanted(question: Identity, markers: Genes | None) -> tuple[str, ...]:
    """The marker genes: of the file, else of the panel of the catalog."""
    if markers is not None:
        return markers.names
    panel = catalog.panel_named(question.markers)
    return () if panel is None else tuple(panel.genes)


def _shared(one: Genes, other: Genes) -> tuple[Bools, Bools]:
    """Which genes of each table the other has too."""
    both = set(one.names) & set(other.names)
    return _are_in(both, one.names), _are_in(both, other.names)


def _are_in(both: Collection[str], names: Sequence[str]) -> Bools:
    return np.array([name in both for name in names], dtype=np.bool_)


def _classes(origins: Sequence[Origin]) -> list[str]:
    """The classes of the references: the cell, with its condition where it has several."""
    distinct = {(one.cell, one.condition) for one in origins}
    kinds = Counter(cell for cell, _ in distinct)
    classes = (
        f"{one.cell}, {one.condition}" if one.condition and kinds[one.cell] > 1 else one.cell
        for one in origins
    )
    return list(dict.fromkeys(classes))


def _not_like(table: _Table, question: Identity) -> Iterator[Mistake]:
    """A `like` that is no class of the references: a cell, or the cell and its condition where it
    is there in several.
    """
    classes = _classes(table.origins)
    if question.like not in classes:
        compared = f"which the question {question.id} compares with (`like`)"
        yield Mistake(
            table.sheet.source,
            f"no sample of `{question.like}`{spelling.did_you_mean(question.like, classes)}, "
            f"{compared}; the cells here are: " + ", ".join(classes),
            "one of the reference cells",
            "correct `like` in study.yaml, the names of the columns (CELL:NAME), or the table "
            "`samples`",
        )


def _frame(table: _Table, question: Identity) -> pl.DataFrame:
    """A table of expression as PROFILES: a row a sample, in the order of the columns."""
    values = table.measured.values.T
    numbers = pl.Series(values.reshape(-1)).fill_nan(None)
    genes = pl.Series([list(table.genes.names)], dtype=pl.List(pl.String))
    origins = table.origins
    frame = pl.DataFrame(
        {
            "sample": table.sheet.samples,
            "cell_type": [one.cell or None for one in origins],
            "donor": [one.donor or None for one in origins],
            "batch": [one.batch or None for one in origins],
            "condition": [one.condition or None for one in origins],
            "genes": genes.gather([0] * len(origins)),
            "values": numbers.reshape(values.shape).arr.to_list(),
        },
        schema_overrides=dict.fromkeys(("donor", "batch", "condition"), pl.String),
    )
    return _complete(frame, question, table.sheet, table.samples.role, question.scale)


def _frame_of_markers(markers: Genes, question: Identity) -> pl.DataFrame:
    """A list of markers as a row of PROFILES."""
    genes = pl.Series([list(markers.names)], dtype=pl.List(pl.String))
    frame = pl.DataFrame({"sample": [Path(markers.sheet.source).name], "genes": genes})
    return _complete(frame, question, markers.sheet, "markers", None)


def _complete(
    frame: pl.DataFrame, question: Identity, sheet: Sheet, role: str, scale: str | None
) -> pl.DataFrame:
    same = {
        "source": sheet.source,
        "sha256": sheet.grid.sha256,
        "question": question.id,
        "role": role,
        "scale": scale,
    }
    lits = {name: pl.lit(value, dtype=pl.String) for name, value in same.items()}
    return check(PROFILES, PROFILES.complete(frame.with_columns(**lits)))
