"""Every format that is read, and the first of them that claims a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exvivo.cells.guards import describe, load
from exvivo.cells.messages import read_error
from exvivo.errors import ReadError
from exvivo.read.cytometer import fcs
from exvivo.read.formats import Reader
from exvivo.read.luminex import bead_level, bioplex, bioplex_xml, intelliflex, xponent
from exvivo.read.plate_reader import (
    envision,
    gen5,
    icontrol,
    magellan,
    msd,
    plate_matrix,
    signal_table,
    skanit,
    smart_control,
    softmax,
)
from exvivo.read.qpcr import applied_biosystems, cfx, cq_table, lightcycler480, qtower, rdml
from exvivo.read.qpcr.run_files import run_file_mistake
from exvivo.read.result import AssayKind, FileRead, Request
from exvivo.read.tables import results
from exvivo.sources import Content
from exvivo.study import Assay, Qpcr

_QPCR: tuple[AssayKind, ...] = ("qpcr",)
_IMMUNO: tuple[AssayKind, ...] = ("immunoassay",)
_PLATE = "plate-reader.md"

READERS = (
    Reader("rdml", "RDML", _QPCR, rdml, "rdml.md", runs=True),
    Reader(
        "applied_biosystems",
        "Applied Biosystems (QuantStudio, StepOne, 7500)",
        _QPCR,
        applied_biosystems,
        "quantstudio.md",
    ),
    Reader("cfx", "Bio-Rad CFX", _QPCR, cfx, "cfx.md"),
    Reader("lightcycler480", "LightCycler 480", _QPCR, lightcycler480, "lightcycler.md"),
    Reader("qtower", "qTOWER (qPCRsoft)", _QPCR, qtower, "qtower.md"),
    Reader(
        "cq_table",
        "plain table of Cq or curves (csv, tsv, xlsx)",
        _QPCR,
        cq_table,
        "any-other-instrument.md",
        any_table=True,
    ),
    Reader("fcs", "FCS", ("beads",), fcs, "flow-cytometer.md", one_well=True),
    Reader("xponent", "Luminex xPONENT", _IMMUNO, xponent, "luminex.md"),
    Reader("intelliflex", "Luminex INTELLIFLEX", _IMMUNO, intelliflex, "luminex.md"),
    Reader(
        "bead_level",
        "Luminex bead-level run (one file a well)",
        _IMMUNO,
        bead_level,
        "luminex.md",
        one_well=True,
    ),
    Reader("bioplex", "Bio-Plex Manager", _IMMUNO, bioplex, "luminex.md"),
    Reader("bioplex_xml", "Bio-Plex Manager XML", _IMMUNO, bioplex_xml, "luminex.md"),
    Reader("gen5", "Gen5", _IMMUNO, gen5, _PLATE),
    Reader("softmax", "SoftMax Pro", _IMMUNO, softmax, _PLATE, runs=True),
    Reader("msd", "MSD Workbench", _IMMUNO, msd, _PLATE),
    Reader("magellan", "Tecan Magellan", _IMMUNO, magellan, _PLATE),
    Reader("icontrol", "Tecan i-control", _IMMUNO, icontrol, _PLATE),
    Reader("envision", "EnVision", _IMMUNO, envision, _PLATE, runs=True),
    Reader("skanit", "SkanIt", _IMMUNO, skanit, _PLATE, runs=True),
    Reader("smart_control", "BMG SMART Control", _IMMUNO, smart_control, _PLATE),
    Reader("plate_matrix", "plate matrix (csv, tsv, xlsx)", _IMMUNO, plate_matrix, _PLATE),
    Reader(
        "signal_table",
        "plain table of signals (csv, tsv, xlsx)",
        _IMMUNO,
        signal_table,
        _PLATE,
        any_table=True,
    ),
    Reader(
        "results",
        "table of results (csv, tsv, xlsx)",
        ("results",),
        results,
        "flow-cytometer.md",
        any_table=True,
    ),
)


def read_plate(
    file: Path | Content,
    *,
    source: str,
    plate: str,
    assay: Assay,
    well: str | None = None,
    run: str = "",
    analytes: Sequence[str] = (),
    constant_well: str = "",
) -> FileRead:
    """One instrument file as READINGS, with what was not read of it and why: by its path, or by its
    bytes where they were read already.

    `source` is the file's name from the study folder, written into every row; `well` the well of a
    one-well file (FCS); `run` the run of a file that holds several (RDML); `analytes` the ids that
    a table of results may use as column names; `constant_well` a well that is not to be held
    against the layout (`Request`). The file's bytes are read once and hashed (sha256). Raises
    `ReadError` with every mistake of the file.
    """
    content = load(file, source)
    raw = content.raw
    reader = _reader_of(raw, source, assay)
    if run and not reader.runs:
        raise read_error(
            source,
            f"`run: {run}` for a file of the format {reader.name}",
            "one run a file in this format",
            f"remove `run` from plate {plate} in study.yaml",
        )
    request = Request(
        source=source,
        sha256=content.sha256,
        plate=plate,
        assay=assay,
        well=well,
        run=run,
        analytes=tuple(analytes),
        constant_well=constant_well,
        bounds=content.bounds,
    )
    return reader.read(raw, request)


def _reader_of(raw: bytes, source: str, assay: Assay) -> Reader:
    """The first reader of the assay's kind that claims the file. Raises `ReadError` for none."""
    suffix = Path(source).suffix.lower()
    closed = run_file_mistake(raw, suffix, source) if isinstance(assay, Qpcr) else None
    if closed is not None:
        raise ReadError(closed)
    serving = [reader for reader in READERS if assay.kind in reader.serves]
    for reader in serving:
        if reader.sniff(raw, suffix):
            return reader
    formats = " or ".join(reader.name for reader in serving)
    raise read_error(
        source,
        describe(raw),
        f"{formats}, for the {assay.kind} assay {assay.id}",
        "name the instrument file in study.yaml or the layout, or export it in that format",
    )
