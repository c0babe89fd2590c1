"""Which instrument wrote each file of a folder, by its content, and what plates it holds. A file
that no reader takes is kept with the reason.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import polars as pl

from exvivo.catalog import known_as
from exvivo.cells.guards import describe
from exvivo.cells.workbook import is_workbook, open_workbook
from exvivo.draft.expression import Expression, expression_of
from exvivo.errors import ExvivoError, Mistake, ReadError, UserMistake
from exvivo.read import READERS, Reader
from exvivo.read.cells.table import Table, looks_like_table, read_table
from exvivo.read.cytometer.facts import Tube, tube
from exvivo.read.qpcr.rdml import run_names
from exvivo.read.qpcr.run_files import run_file_mistake
from exvivo.read.result import FileRead, Ignored, Request
from exvivo.study import Assay, Immunoassay, Qpcr, Results
from exvivo.tables import READINGS

_LARGEST = 500_000_000
"""Bytes of a file that is looked into."""
_HIDDEN = (".", "~$")
_UNIT = re.compile(r"\s*[\[(][^\])]*[\])]\s*$")
"""A unit behind the name of an analyte: IL-6 (pg/mL)."""
_RESULT = ("result", "value", "concentration", "conc", "amount", "npx", "mfi")
_SOME_CYCLES = 45
_NO_TABLE = ("no table", "no matrix")
"""How readers of any table begin where a file holds none of theirs."""
Progress = Callable[[str], None]


@dataclass(frozen=True)
class RawPlate:
    """One plate (or run, or table) of a raw file. `assay` holds the settings it was read with;
    `trouble` is what a reader says where it recognises the file and cannot read it as it stands,
    `ignored` what of the file was not read.
    """

    file: str
    format: str
    assay: Assay
    run: str = ""
    readings: pl.DataFrame = field(default_factory=READINGS.frame)
    header: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""
    needs_cycles: bool = False
    ignored: tuple[Ignored, ...] = ()


@dataclass(frozen=True)
class TubeFile:
    """One FCS file: its path and header."""

    file: str
    tube: Tube


@dataclass(frozen=True)
class Recognised:
    """The files of a folder: plates, tubes of bead arrays, tables of gene expression, and files
    that are none of these, with why.
    """

    plates: tuple[RawPlate, ...]
    tubes: tuple[TubeFile, ...]
    unread: tuple[tuple[str, str], ...]
    expression: tuple[Expression, ...] = ()


def recognise(raw: Path, progress: Progress) -> Recognised:
    """Every file below a folder. Nothing is raised: a file that cannot be read is in `unread`."""
    each: list[Recognised] = []
    for path in sorted(raw.rglob("*")):
        if path.is_file() and not path.name.startswith(_HIDDEN):
            name = path.relative_to(raw).as_posix()
            progress(f"looking into {name}")
            each.append(recognise_file(path, name))
    return Recognised(
        tuple(chain.from_iterable(file.plates for file in each)),
        tuple(chain.from_iterable(file.tubes for file in each)),
        tuple(chain.from_iterable(file.unread for file in each)),
        tuple(chain.from_iterable(file.expression for file in each)),
    )


def recognise_file(path: Path, name: str) -> Recognised:
    """What one file is, under the name that it has in its folder. Nothing is raised."""
    header = tube(path)
    if header is not None:
        return Recognised((), (TubeFile(name, header),), ())
    try:
        return Recognised(tuple(_plates_of(path, name)), (), ())
    except (ExvivoError, OSError) as error:
        if (table := _expression(path, name)) is not None:
            return Recognised((), (), (), (table,))
        return Recognised((), (), ((name, _reason(error)),))


def _expression(path: Path, name: str) -> Expression | None:
    """The table of expression that no reader of instruments takes; None where it is none."""
    try:
        is_large = path.stat().st_size > _LARGEST
        return None if is_large else expression_of(path.read_bytes(), name)
    except OSError:
        return None


def _reason(error: Exception) -> str:
    """Why a file is no plate, on one line."""
    if isinstance(error, UserMistake):
        first = error.mistakes[0]
        return f"{first.found}; to fix: {first.cure}"
    return str(error)


def _plates_of(path: Path, name: str) -> list[RawPlate]:
    """The plates of one file. Raises `ReadError` where no reader takes it."""
    if path.stat().st_size > _LARGEST:
        raise _strange(name, "a file of more than 500 MB")
    raw, suffix = path.read_bytes(), path.suffix.lower()
    closed = run_file_mistake(raw, suffix, name)
    if closed is not None:
        raise ReadError(closed)
    for reader in READERS:
        if not reader.any_table and reader.sniff(raw, suffix):
            return _of_format(raw, name, reader)
    return [_any_table(raw, name, suffix)]


def _strange(name: str, what: str) -> ReadError:
    cure = "export it as one of the formats of docs/howto, or leave it out"
    return ReadError(Mistake(name, what, "an instrument file", cure))


def _of_format(raw: bytes, name: str, reader: Reader) -> list[RawPlate]:
    """A file whose format is known. What its reader cannot read stays a plate, with the reason."""
    if reader.one_well:
        raise _strange(name, f"one well of a {reader.name}: write its layout by hand (`file`)")
    assay: Assay = Qpcr(id="draft", kind="qpcr", references=())
    if "immunoassay" in reader.serves:
        assay = Immunoassay(id="draft", kind="immunoassay")
    runs = run_names(raw, name) if reader.id == "rdml" else [""]
    return [_read(raw, name, reader, assay, run if len(runs) > 1 else "") for run in runs]


def _read(raw: bytes, name: str, reader: Reader, assay: Assay, run: str) -> RawPlate:
    try:
        return _plate(_ask(raw, name, reader, assay, run), name, reader, assay, run)
    except ReadError as error:
        trouble = _reason(error)
    if reader.id == "plate_matrix":
        raise _strange(name, f"a matrix that is not one of readings ({trouble}); a layout perhaps")
    if isinstance(assay, Qpcr):
        return _with_some_cycles(raw, name, reader, run, trouble)
    return RawPlate(name, reader.name, assay, run, trouble=trouble)


def _with_some_cycles(raw: bytes, name: str, reader: Reader, run: str, trouble: str) -> RawPlate:
    """A file of Cq that does not say how many cycles were run: read for its names only."""
    assay = Qpcr(id="draft", kind="qpcr", references=(), cycles=_SOME_CYCLES)
    try:
        read = _ask(raw, name, reader, assay, run)
    except ReadError:
        return RawPlate(name, reader.name, assay, run, trouble=trouble)
    found = _plate(read, name, reader, assay, run)
    return RawPlate(**{**vars(found), "needs_cycles": True})


def _ask(raw: bytes, name: str, reader: Reader, assay: Assay, run: str = "") -> FileRead:
    digest = hashlib.sha256(raw).hexdigest()
    request = Request(source=name, sha256=digest, plate="draft", assay=assay, run=run)
    return reader.read(raw, request)


def _plate(read: FileRead, name: str, reader: Reader, assay: Assay, run: str = "") -> RawPlate:
    readings, header = read.readings, dict(read.header)
    return RawPlate(name, reader.name, assay, run, readings, header, ignored=read.ignored)


def _any_table(raw: bytes, name: str, suffix: str) -> RawPlate:
    """A table that names no instrument: of Cq or curves, of signals, or of results."""
    reasons: list[str] = []
    for reader, assay in _table_readers(raw, name, suffix):
        try:
            return _plate(_ask(raw, name, reader, assay), name, reader, assay)
        except ReadError as error:
            reason = _reason(error)
        if isinstance(assay, Qpcr):
            plate = _with_some_cycles(raw, name, reader, "", reason)
            if plate.needs_cycles:
                return plate
        reasons += [] if reason.startswith(_NO_TABLE) else [f"{reader.name}: {reason}"]
    if reasons:
        raise _strange(name, reasons[0])
    if looks_like_table(raw, suffix):
        raise _strange(name, "a text or table, but none of Cq, curves, signals or known analytes")
    raise _strange(name, f"{describe(raw[:4096])}: no format that exvivo reads")


def _table_readers(raw: bytes, name: str, suffix: str) -> Iterator[tuple[Reader, Assay]]:
    """The readers that take any table, each with settings for this one."""
    readers = {reader.id: reader for reader in READERS if reader.any_table}
    if not readers["results"].sniff(raw, suffix):
        return
    yield readers["cq_table"], Qpcr(id="draft", kind="qpcr", references=())
    yield readers["signal_table"], Immunoassay(id="draft", kind="immunoassay")
    sheets = [""]
    if is_workbook(raw):
        sheets = list(open_workbook(raw, name).sheets)
    for sheet in sheets:
        results = _results_assay(read_table(raw, name, sheet=sheet))
        if results is not None:
            yield readers["results"], replace(results, sheet=sheet if len(sheets) > 1 else "")


def _results_assay(table: Table) -> Results | None:
    """How a table of results is read: a column an analyte the catalog knows, or one that names
    analytes; None where there is neither.
    """
    channels = {name: symbol for name in table.header[1:] if (symbol := analyte_of(name))}
    if channels:
        return Results(
            id="draft", kind="results", sample=table.header[0], channels=_differing(channels)
        )
    for name in table.header[1:]:
        words = {word for word in table.texts(name) if word}
        known = {word: symbol for word in words if (symbol := analyte_of(word))}
        result = next((each for each in table.header if each.lower() in _RESULT), "")
        if result and len(known) * 2 > len(words):
            return Results(
                id="draft",
                kind="results",
                sample=table.header[0],
                analyte=name,
                result=result,
                channels=_differing(known),
            )
    return None


def _differing(names: Mapping[str, str]) -> dict[str, str]:
    """The analyte of each name in a file."""
    return dict(sorted(names.items()))


def analyte_of(name: str) -> str | None:
    """The analyte that a name in a file stands for, with or without a unit behind it.

    >>> analyte_of("IL-6 (pg/mL)"), analyte_of("age")
    ('IL6', None)
    """
    return known_as(_UNIT.sub("", name).strip())
