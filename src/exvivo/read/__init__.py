"""Instrument files and the clinic table, read into the tables of the house. One file a format, one
registry line each.

Every column, block and element of a file is either read or listed as ignored with its reason.
Whatever a file holds, the only error is `ReadError` (`StudyError` for the clinic table).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells import table
from exvivo.read.cells.guards import describe, load
from exvivo.read.cytometer import fcs
from exvivo.read.luminex import bead_level, bioplex, intelliflex, xponent
from exvivo.read.plate_reader import (
    gen5,
    icontrol,
    magellan,
    msd,
    plate_matrix,
    signal_table,
    softmax,
)
from exvivo.read.qpcr import applied_biosystems, cfx, cq_table, lightcycler480, qtower, rdml
from exvivo.read.result import FileRead, Ignored, Reader, Request
from exvivo.read.tables import results
from exvivo.read.tables.clinic import read_clinic
from exvivo.study import Assay

__all__ = ["READERS", "FileRead", "Ignored", "Reader", "read_clinic", "read_plate"]

READERS = (
    Reader("RDML", ("qpcr",), rdml.sniff, rdml.read, runs=True),
    Reader(
        "Applied Biosystems (QuantStudio, StepOne, 7500)",
        ("qpcr",),
        applied_biosystems.sniff,
        applied_biosystems.read,
    ),
    Reader("Bio-Rad CFX", ("qpcr",), cfx.sniff, cfx.read),
    Reader("LightCycler 480", ("qpcr",), lightcycler480.sniff, lightcycler480.read),
    Reader("qTOWER (qPCRsoft)", ("qpcr",), qtower.sniff, qtower.read),
    Reader(
        "plain table of Cq or curves (csv, tsv, xlsx)", ("qpcr",), cq_table.sniff, cq_table.read
    ),
    Reader("FCS", ("beads",), fcs.sniff, fcs.read),
    Reader("Luminex xPONENT", ("immunoassay",), xponent.sniff, xponent.read),
    Reader("Luminex INTELLIFLEX", ("immunoassay",), intelliflex.sniff, intelliflex.read),
    Reader(
        "Luminex bead-level run (one file a well)",
        ("immunoassay",),
        bead_level.sniff,
        bead_level.read,
    ),
    Reader("Bio-Plex Manager", ("immunoassay",), bioplex.sniff, bioplex.read),
    Reader("Gen5", ("immunoassay",), gen5.sniff, gen5.read),
    Reader("SoftMax Pro", ("immunoassay",), softmax.sniff, softmax.read, runs=True),
    Reader("MSD Workbench", ("immunoassay",), msd.sniff, msd.read),
    Reader("Tecan Magellan", ("immunoassay",), magellan.sniff, magellan.read),
    Reader("Tecan i-control", ("immunoassay",), icontrol.sniff, icontrol.read),
    Reader(
        "plate matrix (csv, tsv, xlsx)", ("immunoassay",), plate_matrix.sniff, plate_matrix.read
    ),
    Reader(
        "plain table of signals (csv, tsv, xlsx)",
        ("immunoassay",),
        signal_table.sniff,
        signal_table.read,
    ),
    Reader("table of results (csv, tsv, xlsx)", ("results",), table.looks_like_table, results.read),
)


def read_plate(
    path: Path,
    *,
    source: str,
    plate: str,
    assay: Assay,
    well: str | None = None,
    run: str = "",
    analytes: Sequence[str] = (),
) -> FileRead:
    """One instrument file as READINGS, with what was not read of it and why.

    `source` is the file's name from the study folder, written into every row; `well` the well of a
    one-well file (FCS); `run` the run of a file that holds several (RDML); `analytes` the ids that
    a table of results may use as column names. The file's bytes are read once and hashed (sha256).
    Raises `ReadError` with every mistake of the file.
    """
    raw = load(path, source)
    suffix = Path(source).suffix.lower()
    serving = [reader for reader in READERS if assay.kind in reader.serves]
    chosen = next((reader for reader in serving if reader.sniff(raw, suffix)), None)
    if chosen is None:
        formats = " or ".join(reader.name for reader in serving)
        raise ReadError(
            Mistake(
                source,
                describe(raw),
                f"{formats}, for the {assay.kind} assay {assay.id}",
                "name the instrument file in study.yaml or the layout, or export it in that format",
            )
        )
    if run and not chosen.runs:
        raise ReadError(
            Mistake(
                source,
                f"`run: {run}` for a file of the format {chosen.name}",
                "one run a file in this format",
                f"remove `run` from plate {plate} in study.yaml",
            )
        )
    digest = hashlib.sha256(raw).hexdigest()
    return chosen.read(
        raw,
        Request(
            source=source,
            sha256=digest,
            plate=plate,
            assay=assay,
            well=well,
            run=run,
            analytes=tuple(analytes),
        ),
    )
