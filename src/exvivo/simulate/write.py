"""A virtual study as a study folder, with its instrument files in the layouts of real
instruments.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.simulate.design import CHANNELS, with_names
from exvivo.simulate.fcs_file import write_fcs
from exvivo.simulate.frames import sample_names
from exvivo.simulate.model import VirtualStudy
from exvivo.simulate.parameters import Rng
from exvivo.simulate.rdml_file import MARK, write_rdml
from exvivo.simulate.redcap_file import redcap_files, with_redcap
from exvivo.simulate.study_file import study_yaml
from exvivo.study.files import CLINIC_FILE, DONORS_FILE, STUDY_FILE
from exvivo.words import shortened

_HEADING = f"""{MARK}
The model study of exvivo: 14 people with fibromyalgia and 10 healthy people, \
microglia-like cells made of their blood
monocytes, TNF and four other cytokines as mRNA and protein, without and with ATP. \
What is true in it: truth/."""

_README = """# A simulated study

**{mark}**

This folder has the form of a study of exvivo, drawn at random from assumed effects and noise. It
serves to try the software, to test it, and to see what a study of this size can find. It says
nothing about fibromyalgia.

- `study.yaml`, `donors.csv`, `plates/`, `clinic.csv`: what a laboratory would write down.
- `raw/`: qPCR plates as RDML files with amplification curves, bead-array tubes as FCS files.
- `truth/`: what is true in this study. No analysis reads it.
  - `responses.csv`: each donor's log2 level without ATP and log2 fold with it.
  - `differences.csv`: patients minus controls in the population, log2 fold.
  - `correlations.csv`: correlation of the true response with each scale within patients.
  - `efficiencies.csv`: copies after a PCR cycle per copy before it.
  - `curves.csv`: the calibration curve of each bead.

The design follows Ohgidani et al. 2017, doi:10.1038/s41598-017-11506-4. Its effect sizes, doses and
noise are assumptions: `exvivo.simulate.ModelStudy` lists each with its source.
"""
_OF_PEOPLE = (DONORS_FILE, CLINIC_FILE)
_LAYOUT_COLUMNS = ("well", "role", "donor", "stimulus", "replicate", "nominal")


def write(
    virtual: VirtualStudy, folder: Path | str, *, redcap: Rng | None = None, linked: bool = False
) -> None:
    """Write the study folder of a virtual study: study.yaml, donors.csv, plates/, clinic.csv, raw/,
    truth/, README.md.

    With a generator as `redcap`, people and scores come as the exports of a REDCap project instead,
    answer by answer; `linked` gives its records names of their own.

    The same virtual study gives the same bytes. Raises `StudyError`, and writes nothing, where one
    of the files is there already. study.yaml comes last: where it is, the folder is whole.
    """
    root, study = Path(folder), virtual.study
    texts = _tables(virtual)
    if redcap is not None:
        study = with_redcap(virtual, linked=linked)
        texts = {name: text for name, text in texts.items() if name not in _OF_PEOPLE}
        texts |= redcap_files(virtual, rng=redcap, linked=linked)
    refuse_inside_a_study(root)
    refuse_to_overwrite(root, [*_always(virtual), *texts])
    for path, text in {**texts, "README.md": _README.format(mark=MARK)}.items():
        _write_text(root / path, text)
    _write_curves(virtual, root)
    _write_tubes(virtual, root)
    _write_text(root / STUDY_FILE, study_yaml(study, heading=_HEADING))


def _tables(virtual: VirtualStudy) -> dict[str, str]:
    """Every csv of the folder by its path."""
    study = virtual.study
    tables = {DONORS_FILE: study.donors, CLINIC_FILE: scores(virtual)}
    for name, table in virtual.truth.tables().items():
        tables[f"truth/{name}.csv"] = table
    for plate in study.plates:
        tables[plate.layout] = plate_layout(virtual, plate.id, files=not plate.file)
    return {path: f"# {MARK}\n{table.write_csv()}" for path, table in tables.items()}


def written(virtual: VirtualStudy) -> list[str]:
    """The path of every file that `write` makes of a virtual study, from its folder."""
    return [*_tables(virtual), *_always(virtual)]


def _always(virtual: VirtualStudy) -> list[str]:
    """The files that do not hang on where the people stand."""
    curves = [plate.file for plate in virtual.study.plates if plate.file]
    tubes = virtual.tubes.wells["file"]
    return [STUDY_FILE, "README.md", *curves, *tubes]


def refuse_inside_a_study(folder: Path) -> None:
    """Raise `StudyError` for a folder that lies inside that of a study: what is simulated there
    would be taken for its files.
    """
    place = folder.resolve()
    around = next((each for each in place.parents if (each / STUDY_FILE).is_file()), None)
    if around is not None:
        finding = f"a folder inside the study {around}"
        cure = f"name a folder beside it, such as {around.with_name(f'{around.name}-simulated')}"
        expected = "a folder of its own for what is simulated"
        raise StudyError(Mistake(str(folder), finding, expected, cure))


def refuse_to_overwrite(folder: Path, names: Iterable[str]) -> None:
    """Raise `StudyError` where a file of one of these names is in the folder: it may be someone's
    only copy.
    """
    # Not `exists`: a link that leads nowhere is a file of someone, too.
    if there := [name for name in names if os.path.lexists(folder / name)]:
        raise StudyError(
            Mistake(
                str(folder),
                f"files that would be written over: {shortened(there, 5)}",
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


def _write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_curves(virtual: VirtualStudy, root: Path) -> None:
    made = virtual.reactions
    wells = made.wells.with_columns(sample=sample_names(virtual))
    for plate in wells["plate"].unique(maintain_order=True):
        own = (wells["plate"] == plate).to_numpy()
        path = root / "raw" / f"{plate}.rdml"
        path.parent.mkdir(exist_ok=True)
        write_rdml(
            path,
            wells.filter(own),
            made.curves[own],
            plate=plate,
            references=virtual.parameters.references,
            cycles=virtual.parameters.cycles,
        )


def _write_tubes(virtual: VirtualStudy, root: Path) -> None:
    for (file, well, name), events in zip(_tube_names(virtual), virtual.tubes.events, strict=True):
        path = root / file
        path.parent.mkdir(exist_ok=True)
        write_fcs(path, events, channels=CHANNELS, well=well, sample=name)


def _tube_names(virtual: VirtualStudy) -> list[tuple[str, str, str]]:
    """File, well and sample name of every tube."""
    wells = with_names(virtual.tubes.wells, virtual.people.donors)
    own = pl.format("{} {}", "donor", "stimulus")
    name = pl.coalesce(own, pl.format("standard {}", "nominal"))
    return wells.select("file", "well", name=name).rows()
