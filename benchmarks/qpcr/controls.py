"""What controls without template, and without transcriptase, make of the sample wells beside them
in real files.

Roles are those of the files, or of names that say no template (NTC, no primer, water, H2O). Wells
of known standards count as samples, so that few copies are asked as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from benchmarks.qpcr.published import SHARED
from benchmarks.row import Row
from exvivo.errors import UserMistake
from exvivo.quantify.qpcr.controls import BEARS, ROLES, with_controls
from exvivo.quantify.qpcr.copies import with_copies
from exvivo.quantify.qpcr.cq import read_cq
from exvivo.quantify.qpcr.efficiency import fit_efficiencies
from exvivo.quantify.qpcr.spread import replicate_spread
from exvivo.read import read_plate
from exvivo.study import Qpcr
from exvivo.tables import WELLS

_NO_TEMPLATE = r"(?i)\bntc\b|no template|no primer|no dna|water|\bh2o\b"
_KIND = {"vendor": "cq", "curve": "amplification"}
_FOLDERS = ("qpcr", "qpcr_undetermined")


def rows(*, sets: Sequence[Path] = ()) -> list[Row]:
    """For every file with such a control: its wells, and what became of them."""
    folders = [*(SHARED / name for name in _FOLDERS), *sets]
    found = []
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        if path.is_file() and path.suffix not in (".md", ".tsv"):
            found += list(_of_file(path))
    return found


def _of_file(path: Path) -> Iterator[Row]:
    for source in _KIND:
        held = _held(path, source)
        if held is None:
            continue
        controls = held.filter(pl.col("role").is_in(ROLES))
        if controls.height:
            name = f"{path.stem} ({source})"
            amplified = controls["cq"].count()
            yield Row(what=f"{name}: controls that amplify", value=amplified, unit="wells")
            samples = held.filter(role="sample").drop_nulls("cq")
            yield Row(what=f"{name}: other wells with a Cq", value=samples.height, unit="wells")
            bears = samples["near_control"].struct.field("bears")
            for bear in BEARS:
                count = int((bears == bear).sum())
                yield Row(what=f"{name}: {bear}", value=count, unit="wells")


def _held(path: Path, source: str) -> pl.DataFrame | None:
    """The reactions of a file with what controls bear on them; None where it holds none."""
    assay = Qpcr(id="mrna", kind="qpcr", references=(), cq=source, cycles=50)  # type: ignore[arg-type]
    try:
        readings = read_plate(path, source=path.name, plate="P", assay=assay).readings
    except UserMistake:
        return None
    wells = _wells(readings, assay)
    if wells.filter(kind=_KIND[source]).is_empty():
        return None
    called = read_cq(wells.filter(pl.col("kind").is_in([_KIND[source], "melt"])), assay)
    efficiencies = fit_efficiencies(called.reactions, assay, growth=called.growth)
    reactions = with_copies(called.reactions, efficiencies, assay)
    spread = replicate_spread(reactions)
    return with_controls(reactions, spread, efficiencies, wells, assay)


def _wells(readings: pl.DataFrame, assay: Qpcr) -> pl.DataFrame:
    """The readings as wells: each sample of the file a donor, in the role that the file gives."""
    no_template = pl.col("sample").str.contains(_NO_TEMPLATE).fill_null(False)
    control = pl.col("vendor_role").is_in(ROLES).fill_null(False)
    role = pl.when(control).then("vendor_role").when(no_template).then(pl.lit("ntc"))
    frame = readings.with_columns(
        assay=pl.lit(assay.id),
        readout=pl.lit("mRNA"),
        analyte="channel",
        role=role.otherwise(pl.lit("sample")),
        donor=pl.when(~control & ~no_template).then(pl.coalesce("sample", "well")),
        dilution=pl.lit(1.0),
    )
    return WELLS.complete(frame.unique(["well", "channel", "kind"], maintain_order=True))
