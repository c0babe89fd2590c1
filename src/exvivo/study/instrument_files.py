"""The instrument files a study names: each is there, can be read, and is the file of one plate or
one well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from posixpath import normpath

import polars as pl

from exvivo.errors import Mistake
from exvivo.sources import ABSENT, Sources, Trouble, printable
from exvivo.study.csv_rows import Row
from exvivo.study.entry import Mistakes
from exvivo.study.files import (
    CLINIC_FILE,
    CULTURES_FILE,
    DONORS_FILE,
    EXCLUSIONS_FILE,
    STUDY_FILE,
    form_there,
)
from exvivo.study.question_records import Identity
from exvivo.study.records import Plate, Results, Study
from exvivo.words import shortened

FileOfWell = tuple[str, str | None]
"""An instrument file, and its well where it holds one well."""


def files_of(plate: Plate, study: Study) -> list[FileOfWell]:
    """The instrument files of a plate, each with its well where a file holds one well."""
    if plate.file:
        return [(name, None) for name in _own_files(plate)]
    return study.layout.filter(plate=plate.id).drop_nulls("file").select("file", "well").rows()


def files_of_study(study: Study, sources: Sources) -> list[str]:
    """Every file a run of the study reads, from the study folder, sorted."""
    files = _own_tables(study, sources) | _reference_files(study)
    for plate in study.plates:
        tables = {plate.layout} if plate.layout else set()
        files |= tables | {name for name, _ in files_of(plate, study)}
    return sorted(files)


def _reference_files(study: Study) -> set[str]:
    """The files that questions of identity compare with."""
    files: set[str] = set()
    for question in study.questions:
        if isinstance(question, Identity):
            files.update(question.files)
    return files


def expression_files(study: Study) -> frozenset[str]:
    """The tables of expression that questions of identity are answered from, with what says of
    whom their columns are.
    """
    asked = (each.data_files for each in study.questions if isinstance(each, Identity))
    return frozenset(chain.from_iterable(asked))


def _own_tables(study: Study, sources: Sources) -> set[str]:
    """study.yaml, and the tables beside it that the study has."""
    tables = [] if study.redcap else [DONORS_FILE]
    if study.scales and not study.redcap:
        tables.append(CLINIC_FILE)
    if study.cultures.height:
        tables.append(CULTURES_FILE)
    exclusions = form_there(sources, EXCLUSIONS_FILE)
    if sources.is_there(exclusions):
        tables.append(exclusions)
    named = {STUDY_FILE, *files_of_scales(study), *files_of_redcap(study)}
    return named | {form_there(sources, name) for name in tables}


def files_of_scales(study: Study) -> list[str]:
    """The scoring keys and tables of one's own that questionnaires name."""
    named = ((each.file, each.table) for each in study.questionnaires)
    return [name for pair in named for name in pair if name]


def files_of_redcap(study: Study) -> list[str]:
    """The files of a REDCap project that a study names."""
    project = study.redcap
    if project is None:
        return []
    named = (project.dictionary, project.data, project.events, project.xml, project.links)
    return [name for name in named if name]


@dataclass(frozen=True)
class AbsentFile(Mistake):
    """Instrument files that are not there: no slip yet where nothing was measured."""


def told_once(mistakes: Sequence[Mistake], study: Study, sources: Sources) -> list[Mistake]:
    """Mistakes with a single one of all instrument files, where none is there because the study is
    planned only: a group has a planned size, and where the files will lie there is no file at all.
    """
    names = list(dict.fromkeys(_named(study)))
    is_asked = any(isinstance(each, AbsentFile) for each in mistakes)
    if not (is_asked and _is_planned(study) and not _any_there(names, sources)):
        return list(mistakes)
    rest = [each for each in mistakes if not isinstance(each, AbsentFile)]
    return [*rest, _not_measured(names)]


def _named(study: Study) -> Iterator[str]:
    """The instrument files that plates and their wells name."""
    for plate in study.plates:
        for name, _ in files_of(plate, study):
            yield name


def _is_planned(study: Study) -> bool:
    """Whether study.yaml says how many donors a group shall have."""
    return any(group.n for group in study.groups)


def _any_there(names: Iterable[str], sources: Sources) -> bool:
    """Whether some file lies where instrument files will: then a name may be wrong."""
    folders = {(sources.root / name).parent for name in names}
    return any(_holds_files(folder) for folder in folders)


def _holds_files(folder: Path) -> bool:
    """Whether a folder has files, but hidden ones and a README; one that cannot be read is taken
    to.
    """
    try:
        there = [each for each in folder.glob("[!.]*") if each.is_file()]
        return any(each.stem.upper() != "README" for each in there)
    except OSError:
        return True


def _not_measured(names: Sequence[str]) -> Mistake:
    """No file of any instrument is there."""
    return Mistake(
        "the instrument files",
        f"none of the {len(names)} that plates name is there yet: {shortened(list(names))}",
        "the files of the instruments, once the plates are measured",
        "before the measurement there is nothing to fix; then put them there under these names, "
        "or write theirs into study.yaml or the layouts",
    )


def absent_files(rows: Iterable[Row], sources: Sources) -> Mistakes:
    """Files of the column `file` that cannot be read: one mistake for all of a kind, with the first
    line by its number.
    """
    kinds: dict[Trouble, list[Row]] = {}
    for row in rows:
        if row["role"] != "empty" and row["file"] and (why := sources.trouble(row["file"])):
            kinds.setdefault(why, []).append(row)
    absent = (
        "put the files there, correct the column `file`, or give wells without one the role `empty`"
    )
    for why, (first, *others) in kinds.items():
        names = [printable(row["file"]) for row in (first, *others)]
        kind = _kind_of(why)
        told = first.mistake(
            f"{why}: {shortened(names)}",
            "the instrument file of each well, named from the study folder",
            why.cure or absent,
        )
        yield kind(told.where, told.found, told.expected, told.cure)


def file_mistakes(sources: Sources, plate: Plate) -> Mistakes:
    """The files of a plate that cannot be read."""
    files = ((plate.file, "file"), (plate.curves, "curves"), (plate.melt, "melt"))
    for name, field in files:
        if name and (why := sources.trouble(name)) and not why.is_wall:
            absent = f"put it there, or correct `{field}` in study.yaml"
            yield _kind_of(why)(
                name,
                f"{why} (plate {plate.id})",
                "the instrument file of the plate, named from the study folder",
                why.cure or absent,
            )


def _kind_of(why: Trouble) -> type[Mistake]:
    """A file that is plainly not there, or one that has another trouble."""
    return AbsentFile if why == ABSENT else Mistake


@dataclass(frozen=True)
class _Reader:
    """A plate that reads a file, or a well of it; `words` name it, with its line if it has one."""

    plate: Plate
    words: str


_Readers = dict[str, list[_Reader]]
"""Those who read each file so far."""


def shared_files(study: Study, layout: pl.DataFrame) -> Mistakes:
    """Instrument files named a second time, as copied lines do: the same numbers would count as
    other people's.

    An RDML file may hold a run for each plate, and a table of results may serve plates that share
    no sample.
    """
    wells = layout.filter(pl.col("role") != "empty")
    readers: _Readers = {}
    yield from _shared_by_plates(study, wells, readers)
    yield from _shared_by_wells(study, wells, readers)


def _shared_by_plates(study: Study, wells: pl.DataFrame, readers: _Readers) -> Mistakes:
    for plate in study.plates:
        reader = _Reader(plate, f"plate {plate.id}")
        for name in _own_files(plate):
            before = readers.setdefault(normpath(name), [])
            for first in before:
                if not _apart(first.plate, plate, study, wells):
                    yield _twice(name, first, reader.words, field="`file` or `run`")
            before.append(reader)


def _shared_by_wells(study: Study, wells: pl.DataFrame, readers: _Readers) -> Mistakes:
    plates = {plate.id: plate for plate in study.plates}
    rows = wells.drop_nulls("file").select("plate", "well", "file", "line")
    for plate, well, name, line in rows.iter_rows():
        if plates[plate].file:
            continue
        words = f"well {well} of plate {plate}"
        before = readers.setdefault(normpath(name), [])
        if before:
            yield _twice(name, before[0], words, field="the column `file`", place=line)
        before.append(_Reader(plates[plate], f"{words} ({line})"))


def _own_files(plate: Plate) -> list[str]:
    """The files a plate itself names in study.yaml."""
    return [name for name in (plate.file, plate.curves, plate.melt) if name]


def _twice(name: str, first: _Reader, again: str, *, field: str, place: str = "") -> Mistake:
    return Mistake(
        place or name,
        f"{name} for {first.words} and again for {again}",
        "each file for one plate or well",
        f"correct {field}: one of the two is a copied line",
    )


def _apart(first: Plate, second: Plate, study: Study, wells: pl.DataFrame) -> bool:
    """Whether two plates of one file read different things of it."""
    if first is second:
        return False
    if first.run and second.run and first.run != second.run:
        return True
    if not {first.assay, second.assay} <= _tables(study):
        return False
    return first.assay != second.assay or _share_no_well(first, second, wells)


def _tables(study: Study) -> set[str]:
    """The assays that read a table of results."""
    return {assay.id for assay in study.assays if isinstance(assay, Results)}


def _share_no_well(first: Plate, second: Plate, wells: pl.DataFrame) -> bool:
    first_wells, second_wells = (set(wells.filter(plate=p.id)["well"]) for p in (first, second))
    return first_wells.isdisjoint(second_wells)
