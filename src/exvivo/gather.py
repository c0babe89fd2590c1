"""Everything a study folder holds: study.yaml and its tables, the instrument files of every plate,
clinic.csv and expression profiles; read, held against one another, and assigned to donors.

All mistakes of all files come at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from exvivo.errors import Mistake
    from exvivo.read import FileRead, Ignored
    from exvivo.store import File
    from exvivo.study import Assay, Plate, Study

Progress = Callable[[str], None]
"""Called with the name of every step as it begins."""

Unread = tuple[str, str, str]
"""Something a file holds that was not read: the file, what, and why."""


@dataclass(frozen=True)
class Gathered:
    """A study with everything its files hold: WELLS, CLINIC, VENDOR, what was not read, and every
    input by its hash.

    `headers` are the facts each instrument file states about itself, `profiles` the expression that
    questions of identity are answered from.
    """

    study: Study
    wells: pl.DataFrame
    clinic: pl.DataFrame
    vendor: pl.DataFrame
    ignored: tuple[Unread, ...]
    inputs: tuple[File, ...]
    headers: tuple[tuple[str, dict[str, str]], ...] = ()
    profiles: pl.DataFrame | None = None


@dataclass
class _Collected:
    """What was read so far: instrument files by name, what they hold and was not read, and the
    mistakes of the study's own tables apart from those of files.
    """

    files: list[tuple[str, FileRead]] = field(default_factory=list)
    ignored: list[Unread] = field(default_factory=list)
    study_mistakes: list[Mistake] = field(default_factory=list)
    file_mistakes: list[Mistake] = field(default_factory=list)

    def ignore(self, file: str, parts: Iterable[Ignored]) -> None:
        """Note parts of a file that were not read."""
        self.ignored += [(file, part.what, part.why) for part in parts]

    def raise_mistakes(self) -> None:
        """Raise all mistakes as one error, of the study if one of them is of its tables."""
        from exvivo.errors import ReadError, StudyError

        if self.study_mistakes:
            raise StudyError([*self.study_mistakes, *self.file_mistakes])
        if self.file_mistakes:
            raise ReadError(self.file_mistakes)


def gather(folder: Path, *, progress: Progress = lambda step: None) -> Gathered:
    """Read everything a study folder holds. Raises `StudyError` or `ReadError` with the mistakes of
    all files at once.
    """
    import polars as pl

    from exvivo.assign import assign
    from exvivo.reconcile import copied_files, missing_targets
    from exvivo.study.load import examine
    from exvivo.tables import READINGS, VENDOR

    progress("reading the study")
    examined = examine(folder)
    study = examined.study
    collected = _Collected(study_mistakes=list(examined.mistakes))
    clinic = _read_clinic(folder, study, collected)
    for plate in study.plates:
        progress(f"reading plate {plate.id}")
        _read_plate(folder, plate, study, collected)
    files = [read for _, read in collected.files]
    readings = pl.concat([READINGS.frame(), *(read.readings for read in files)])
    inputs = _inputs(folder, study)
    hashes = {file.path: file.sha256 for file in inputs}
    collected.file_mistakes += copied_files(hashes, study)
    if not collected.file_mistakes:
        collected.study_mistakes += missing_targets(readings, study, examined.entry)
    profiles = _read_profiles(folder, study, collected)
    collected.raise_mistakes()
    for name, read in collected.files:
        collected.ignore(name, read.ignored)
    return Gathered(
        study,
        assign(readings, study=study),
        clinic,
        pl.concat([VENDOR.frame(), *(read.vendor for read in files)]),
        tuple(collected.ignored),
        inputs,
        tuple((name, dict(read.header)) for name, read in collected.files),
        profiles,
    )


def _inputs(folder: Path, study: Study) -> tuple[File, ...]:
    """Every file a run reads, by its hash; those that cannot be read are mistakes already."""
    from exvivo.store import hashed
    from exvivo.study.instrument_files import file_trouble, files_of_study

    paths = [name for name in files_of_study(study) if not file_trouble(folder, name)]
    return tuple(hashed(folder / name, root=folder) for name in paths)


def _read_clinic(folder: Path, study: Study, collected: _Collected) -> pl.DataFrame:
    """The scores; none where no scale or no donor is known."""
    from exvivo.errors import StudyError
    from exvivo.read import read_clinic
    from exvivo.study.files import CLINIC_FILE
    from exvivo.tables import CLINIC

    if not study.scales or study.donors.is_empty():
        return CLINIC.frame()
    try:
        clinic, unread = read_clinic(folder / CLINIC_FILE, source=CLINIC_FILE, study=study)
    except StudyError as error:
        collected.study_mistakes += error.mistakes
        return CLINIC.frame()
    collected.ignore(CLINIC_FILE, unread)
    return clinic


def _read_profiles(folder: Path, study: Study, collected: _Collected) -> pl.DataFrame:
    """The expression that questions of identity are answered from."""
    import polars as pl

    from exvivo.errors import ReadError
    from exvivo.read.tables.expression import read_profiles
    from exvivo.study import Identity
    from exvivo.tables import PROFILES

    frames = [PROFILES.frame()]
    for question in study.questions:
        if not isinstance(question, Identity) or study.donors.is_empty():
            continue
        try:
            frame, unread = read_profiles(folder, question, study)
        except ReadError as error:
            collected.file_mistakes += error.mistakes
            continue
        frames.append(frame)
        for file, part in unread:
            collected.ignore(file, [part])
    return pl.concat(frames)


def _read_plate(folder: Path, plate: Plate, study: Study, collected: _Collected) -> None:
    """A plate's file, or its one file a well. Files that are not there are mistakes already."""
    from exvivo.errors import ReadError
    from exvivo.read import read_plate
    from exvivo.study.instrument_files import file_trouble, files_of

    assay = next((assay for assay in study.assays if assay.id == plate.assay), None)
    if assay is None:
        return
    analytes = [analyte.id for analyte in study.analytes]
    files: list[tuple[str, FileRead]] = []
    # Curves come first: they tell the cycles of the run, which a file of Cq may not.
    for file, well in sorted(files_of(plate, study), key=lambda file: file[0] != plate.curves):
        if file_trouble(folder, file):
            continue
        try:
            read = read_plate(
                folder / file,
                source=file,
                plate=plate.id,
                assay=assay,
                well=well,
                run=plate.run,
                analytes=analytes,
            )
        except ReadError as error:
            collected.file_mistakes += error.mistakes
            continue
        files.append((file, read))
        if file == plate.curves:
            assay = _with_cycles(assay, read)
    collected.files += sorted(files, key=lambda file: file[0] != plate.file)


def _with_cycles(assay: Assay, curves: FileRead) -> Assay:
    """The assay with the cycles its curves run to, for the file of Cq that does not say."""
    from exvivo.study import Qpcr

    ends = curves.readings["x"].drop_nulls().list.max().drop_nulls()
    if not isinstance(assay, Qpcr) or assay.cycles is not None or ends.is_empty():
        return assay
    return replace(assay, cycles=int(ends.to_numpy().max()))
