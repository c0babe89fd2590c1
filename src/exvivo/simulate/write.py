"""A virtual study as a study folder, with its instrument files in the layouts of real
instruments.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.simulate.design import CHANNELS, STIMULI
from exvivo.simulate.fcs_file import write_fcs
from exvivo.simulate.frames import sample_names
from exvivo.simulate.model import VirtualStudy
from exvivo.simulate.rdml_file import MARK, write_rdml
from exvivo.simulate.study_file import study_yaml

_HEADING = f"""{MARK}
The model study of exvivo: 14 people with fibromyalgia and 10 healthy people, microglia-like cells made of their blood
monocytes, TNF and four other cytokines as mRNA and protein, without and with ATP. What is true in it: truth/."""

_README = """# A simulated study

**{mark}**

This folder has the form of a study of exvivo, drawn at random from assumed effects and noise. It serves to try the
software, to test it, and to see what a study of this size can find. It says nothing about fibromyalgia.

- `study.yaml`, `donors.csv`, `plates/`, `clinic.csv`: what a laboratory would write down.
- `raw/`: qPCR plates as RDML files with amplification curves, bead-array tubes as FCS files.
- `truth/`: what is true in this study. No analysis reads it.
  - `responses.csv`: each donor's log2 level without ATP and log2 fold with it.
  - `differences.csv`: patients minus controls in the population, log2 fold.
  - `correlations.csv`: correlation of the true response with each scale within patients.
  - `efficiencies.csv`: copies after a PCR cycle per copy before it. `curves.csv`: the calibration curve of each bead.

The design follows Ohgidani et al. 2017, doi:10.1038/s41598-017-11506-4. Its effect sizes, doses and noise are
assumptions: `exvivo.simulate.ModelStudy` lists each with its source.
"""
_SHOWN = 5
"""Files a message names before it counts them."""
_LAYOUT_COLUMNS = ("well", "role", "donor", "stimulus", "replicate", "nominal")


def write(virtual: VirtualStudy, folder: Path | str) -> None:
    """Write the study folder of a virtual study: study.yaml, donors.csv, plates/, clinic.csv, raw/,
    truth/, README.md.

    The same virtual study gives the same bytes. Raises `StudyError`, and writes nothing, where one
    of the files is there already. study.yaml comes last: where it is, the folder is whole.
    """
    root = Path(folder)
    refuse_to_overwrite(root, written(virtual))
    for name in ("plates", "raw", "truth"):
        (root / name).mkdir(parents=True, exist_ok=True)
    _text(root / "README.md", _README.format(mark=MARK))
    _table(root / "donors.csv", virtual.study.donors)
    _table(root / "clinic.csv", scores(virtual))
    for name, table in virtual.truth.tables().items():
        _table(root / "truth" / f"{name}.csv", table)
    for plate in virtual.study.plates:
        _table(root / plate.layout, plate_layout(virtual, plate.id, files=not plate.file))
    _write_curves(virtual, root)
    _write_tubes(virtual, root)
    _text(root / "study.yaml", study_yaml(virtual.study, heading=_HEADING))


def written(virtual: VirtualStudy) -> list[str]:
    """The path of every file that `write` makes of a virtual study, from its folder."""
    plates = virtual.study.plates
    return [
        "study.yaml",
        "README.md",
        "donors.csv",
        "clinic.csv",
        *(f"truth/{name}.csv" for name in virtual.truth.tables()),
        *(plate.layout for plate in plates),
        *(plate.file for plate in plates if plate.file),
        *virtual.tubes.wells["file"],
    ]


def refuse_to_overwrite(folder: Path, names: Iterable[str]) -> None:
    """Raise `StudyError` where a file of one of these names is in the folder: it may be someone's
    only copy.
    """
    there = [name for name in names if (folder / name).exists() or (folder / name).is_symlink()]
    if there:
        more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
        raise StudyError(
            Mistake(
                str(folder),
                f"files that would be written over: {', '.join(there[:_SHOWN])}{more}",
                "a new or empty folder",
                "name another folder, or move these files away",
            )
        )


def scores(virtual: VirtualStudy) -> pl.DataFrame:
    """clinic.csv: one row a donor, one column a scale."""
    columns = {s.id: virtual.people.scores[:, i] for i, s in enumerate(virtual.study.scales)}
    return pl.DataFrame({"donor": virtual.people.donors, **columns}).cast(
        dict.fromkeys(columns, pl.Int64)
    )


def plate_layout(virtual: VirtualStudy, plate: str, *, files: bool) -> pl.DataFrame:
    """The layout of one plate as its csv says it; `files` adds the columns dilution and file of
    one-file-a-well plates.
    """
    columns = (*_LAYOUT_COLUMNS, *(("dilution", "file") if files else ()))
    return virtual.study.layout.filter(pl.col("plate") == plate).select(columns)


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _table(path: Path, table: pl.DataFrame) -> None:
    _text(path, f"# {MARK}\n{table.write_csv()}")


def _write_curves(virtual: VirtualStudy, root: Path) -> None:
    made = virtual.reactions
    wells = made.wells.with_columns(sample=sample_names(virtual))
    for plate in wells["plate"].unique(maintain_order=True):
        mine = (wells["plate"] == plate).to_numpy()
        write_rdml(
            root / "raw" / f"{plate}.rdml",
            wells.filter(mine),
            made.curves[mine],
            plate=plate,
            references=virtual.parameters.references,
            cycles=virtual.parameters.cycles,
        )


def _write_tubes(virtual: VirtualStudy, root: Path) -> None:
    wells = virtual.tubes.wells.with_columns(
        donor=pl.Series(virtual.people.donors).gather(virtual.tubes.wells["donor"]),
        stimulus=pl.Series(STIMULI).gather(virtual.tubes.wells["stimulus"]),
    )
    named = wells.select(
        "file",
        "well",
        name=pl.coalesce(
            pl.format("{} {}", "donor", "stimulus"), pl.format("standard {}", "nominal")
        ),
    )
    for (file, well, name), events in zip(named.iter_rows(), virtual.tubes.events, strict=True):
        path = root / file
        path.parent.mkdir(exist_ok=True)
        write_fcs(path, events, channels=CHANNELS, well=well, sample=name)
