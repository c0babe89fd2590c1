"""The instrument files of every assay of a drawn study, with its record and layouts as study.yaml
and plates/ have them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import polars as pl

from exvivo.errors import Mistake
from exvivo.simulate.fcs_file import write_fcs
from exvivo.simulate.files import proteins, reactions, tubes
from exvivo.simulate.files.layouts import layout_csv
from exvivo.simulate.files.places import Bench, Room
from exvivo.simulate.files.quantstudio_file import quantstudio_text
from exvivo.simulate.files.results_table import as_results, result_csv, result_wells
from exvivo.simulate.files.xponent_file import as_immunoassay, read_wells, xponent_csv
from exvivo.simulate.parameters import ModelStudy, Rng
from exvivo.simulate.rdml_file import MARK, write_rdml
from exvivo.study import Assay, Beads, Plate, Qpcr, Results

QpcrFile = Literal["rdml", "quantstudio"]
ProteinFile = Literal["fcs", "xponent"]
"""The instrument that a protein assay is read on: a flow cytometer, or a Luminex."""
Writer = Callable[[Path], object]
"""Writes one file at its place."""


@dataclass(frozen=True, kw_only=True)
class Instruments:
    """How the files of a drawn study are to look. `qpcr`: RDML with curves, or QuantStudio's text
    with Cq and curves; `protein`: what every assay of standards is read on (left out: as the study
    has it); `noise` multiplies every error of the instruments (0: none).
    """

    qpcr: QpcrFile = "rdml"
    protein: ProteinFile | None = None
    noise: float = 1.0


@dataclass(frozen=True)
class Measured:
    """What became of one assay: its record, its plates, and every file by its path: those of the
    instruments, and layouts.
    """

    assay: Assay
    plates: tuple[Plate, ...]
    files: Mapping[str, Writer]


def mistakes_of(bench: Bench, assay: Assay, instruments: Instruments) -> list[Mistake]:
    """Why an assay cannot be measured on these plates."""
    room = room_of(bench, assay, instruments)
    full = [] if room is None else list(room.mistakes())
    lacking = tubes.mistakes(assay, bench) if _is_tubes(assay, instruments) else []
    return [*full, *lacking]


def room_of(bench: Bench, assay: Assay, instruments: Instruments) -> Room | None:
    """The wells that an assay needs on a plate; None for a table of results, which has no end."""
    if isinstance(assay, Qpcr):
        return reactions.room(bench, assay)
    return None if _is_table(assay, instruments) else proteins.room(bench)


def measure(bench: Bench, assay: Assay, instruments: Instruments, *, rng: Rng) -> Measured:
    """The files of one assay."""
    if isinstance(assay, Qpcr):
        return _qpcr(bench, assay, instruments, rng)
    if isinstance(assay, Results) and _is_table(assay, instruments):
        return _results(bench, assay)
    if _is_tubes(assay, instruments):
        return _tubes(bench, tubes.as_beads(assay, bench), rng)
    return _luminex(bench, assay, rng)


def _is_table(assay: Assay, instruments: Instruments) -> bool:
    """Whether an assay hands in finished results."""
    return isinstance(assay, Results) and instruments.protein is None


def _is_tubes(assay: Assay, instruments: Instruments) -> bool:
    """Whether an assay of standards is read on a flow cytometer, tube by tube."""
    if isinstance(assay, Qpcr) or _is_table(assay, instruments):
        return False
    own = "fcs" if isinstance(assay, Beads) else "xponent"
    return (instruments.protein or own) == "fcs"


def write_text(text: str, path: Path) -> None:
    """Write a text with the line ends of every platform alike."""
    path.write_text(text, encoding="utf-8", newline="\n")


def _layouts(bench: Bench, wells: pl.DataFrame) -> dict[str, Writer]:
    """The layout of every plate."""
    return {
        f"plates/{plate}.csv": partial(write_text, layout_csv(wells, plate, heading=MARK))
        for plate in bench.plates
    }


def _plates(bench: Bench, assay: Assay, ending: str = "") -> tuple[Plate, ...]:
    """The plates of an assay, each with a file of its own where files have an ending."""
    return tuple(
        Plate(
            id=plate,
            assay=assay.id,
            layout=f"plates/{plate}.csv",
            file=f"raw/{plate}.{ending}" if ending else "",
        )
        for plate in bench.plates
    )


def _qpcr(bench: Bench, assay: Qpcr, instruments: Instruments, rng: Rng) -> Measured:
    """Reactions in RDML (curves) or in QuantStudio's text (Cq and curves)."""
    read = reactions.react(bench, assay, rng=rng)
    layouts = _layouts(bench, read.wells)
    own = replace(assay, standards="copies", columns={}, one_copy={})
    if instruments.qpcr == "quantstudio":
        plates = _plates(bench, assay, "txt")
        return Measured(own, plates, {p.file: _quantstudio(read, p.id) for p in plates} | layouts)
    plates = _plates(bench, assay, "rdml")
    files = {plate.file: _rdml(read, plate.id, assay.references) for plate in plates}
    return Measured(replace(own, cq="curve"), plates, files | layouts)


def _rdml(read: reactions.Reactions, plate: str, references: tuple[str, ...]) -> Writer:
    own = read.on_plate(plate)
    return partial(
        write_rdml,
        reactions=own.wells,
        curves=own.curves,
        plate=plate,
        references=references,
        cycles=ModelStudy().cycles,
    )


def _quantstudio(read: reactions.Reactions, plate: str) -> Writer:
    own = read.on_plate(plate)
    return partial(write_text, quantstudio_text(own.wells, own.curves, own.cq, plate=plate))


def _tubes(bench: Bench, assay: Beads, rng: Rng) -> Measured:
    """One FCS file a tube."""
    filled, events = tubes.read_tubes(bench, assay, rng=rng)
    file = pl.format("raw/{}/{}.fcs", "plate", "well")
    wells = filled.wells.with_columns(file=file, dilution=pl.lit(1.0))
    names = wells.select("file", "well", "sample").iter_rows()
    files: dict[str, Writer] = {
        path: partial(
            write_fcs, events=own, channels=tubes.channels(assay), well=well, sample=sample
        )
        for (path, well, sample), own in zip(names, events, strict=True)
    }
    return Measured(assay, _plates(bench, assay), {**files, **_layouts(bench, wells)})


def _luminex(bench: Bench, assay: Assay, rng: Rng) -> Measured:
    """One export of xPONENT a plate."""
    own, read = as_immunoassay(assay), read_wells(bench, rng=rng)
    plates = _plates(bench, own, "csv")
    files: dict[str, Writer] = {
        plate.file: partial(
            write_text, xponent_csv(read, bench.analytes, plate=plate.id, unit=own.unit)
        )
        for plate in plates
    }
    return Measured(own, plates, {**files, **_layouts(bench, read.filled.wells)})


def _results(bench: Bench, assay: Results) -> Measured:
    """One table of finished results a plate."""
    own, wells = as_results(assay), result_wells(bench)
    plates = _plates(bench, own, "csv")
    files: dict[str, Writer] = {
        plate.file: partial(write_text, result_csv(bench, own, wells, plate=plate.id))
        for plate in plates
    }
    return Measured(own, plates, {**files, **_layouts(bench, wells)})
