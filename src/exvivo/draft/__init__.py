"""A study folder drafted from the files of the instruments: everything they tell, and a short list
of questions that they cannot answer (`open` of study.yaml).

Nothing is guessed: what was proposed (by a name, an order, the letters of an id) is a question too.
It strings rooms together, as `run` does.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from exvivo.draft.expression import measured
from exvivo.draft.folder import study_of, texts, texts_of_people
from exvivo.draft.like import read_like
from exvivo.draft.material import Material, material
from exvivo.draft.people import People, read_people
from exvivo.draft.recognise import Progress, Recognised, recognise
from exvivo.draft.redcap import DraftedRedcap, Handed, draft_redcap
from exvivo.errors import Mistake, StudyError
from exvivo.simulate.write import refuse_to_overwrite
from exvivo.study import Study
from exvivo.words import shortened

__all__ = ["Drafted", "Handed", "draft", "draft_people"]

_RAW = "raw"
_MOST_LISTED = 5
_NO_CYCLES = "it does not say how many cycles were run; write `cycles` of the assay"


@dataclass(frozen=True)
class Drafted:
    """What was drafted: the study with its open questions, what each file is, and the files that
    were not read, each with the reason.
    """

    study: Study
    files: tuple[str, ...]
    unread: tuple[tuple[str, str], ...]


def draft(
    folder: Path,
    raw: Path,
    *,
    donors: Path | None = None,
    clinic: Path | None = None,
    like: Path | None = None,
    redcap: Handed | None = None,
    progress: Progress = lambda step: None,
) -> Drafted:
    """Write a study folder from the instrument files below `raw`, which are copied into its raw/
    (or stay, where they lie in the folder already).

    `donors` is a table of the people, `clinic` one of their scores (csv or xlsx), `redcap` a
    project in the place of both, `like` the folder of another study whose words and settings are
    taken over. Raises `StudyError`, and writes nothing, where the folder holds something else, or
    no file can be read.
    """
    _refuse(folder, raw, (donors, clinic, *(redcap.paths if redcap else ())))
    recognised = recognise(raw, progress)
    _refuse_nothing(raw, recognised)
    people = read_people(donors) if donors else People()
    scores = read_people(clinic, several=True) if clinic else None
    progress("putting it together")
    found = material(
        _prefix(folder, raw),
        recognised,
        people,
        clinic=scores,
        like=read_like(like) if like else None,
    )
    project = draft_redcap(redcap, folder, donors=found.donors) if redcap else None
    found = replace(found, project=project)
    written = texts(found)
    refuse_to_overwrite(folder, [*written, *(name for _, name in _copies(project))])
    progress("writing the draft")
    if found.prefix == _RAW and not (folder / _RAW).exists():
        shutil.copytree(raw, folder / _RAW)
    _write(folder, written, project)
    lines = (*_lines(found), *(project.lines if project else ()))
    return Drafted(study_of(found), lines, recognised.unread)


def draft_people(folder: Path, redcap: Handed) -> Drafted:
    """Write a study folder of people alone, from a REDCap project: plates may follow. Raises
    `StudyError` or `ReadError`, and writes nothing, as `draft` does.
    """
    _refuse_other_files(folder, redcap.paths)
    project = draft_redcap(redcap, folder)
    study, written = texts_of_people(project)
    refuse_to_overwrite(folder, [*written, *(name for _, name in project.copies)])
    _write(folder, written, project)
    return Drafted(study, project.lines, ())


def _copies(project: DraftedRedcap | None) -> tuple[tuple[Path, str], ...]:
    return project.copies if project else ()


def _prefix(folder: Path, raw: Path) -> str:
    """Where the raw files will lie, from the study folder."""
    if raw.resolve().is_relative_to(folder.resolve()):
        return raw.resolve().relative_to(folder.resolve()).as_posix()
    return _RAW


def _refuse(folder: Path, raw: Path, tables: Iterable[Path | None]) -> None:
    """Raises `StudyError` for raw files that are not there, and for a folder that holds anything
    but them.
    """
    if not raw.is_dir():
        what = "a file" if raw.exists() else "no such folder"
        cure = "name the folder that the instrument files lie in"
        raise StudyError(Mistake(str(raw), what, "a folder of instrument files", cure))
    if folder.resolve().is_relative_to(raw.resolve()):
        cure = f"put the files into {folder / _RAW}, and write --from {folder / _RAW}"
        expected = "a study folder beside the instrument files, or around them"
        raise StudyError(Mistake(str(folder), f"a folder within {raw}", expected, cure))
    _refuse_other_files(folder, (raw, *filter(None, tables)))


def _refuse_other_files(folder: Path, handed: Iterable[Path]) -> None:
    """Raises `StudyError` for a folder that holds anything but what was handed in."""
    own = [path.resolve() for path in handed]
    there = [
        each.name
        for each in (sorted(folder.iterdir()) if folder.is_dir() else [])
        if not any(path.is_relative_to(each.resolve()) for path in own)
    ]
    if there:
        cure = "name another folder, or move these files away"
        finding = f"a folder that holds {shortened(there, _MOST_LISTED)}"
        raise StudyError(Mistake(str(folder), finding, "a new or empty folder", cure))


def _refuse_nothing(raw: Path, recognised: Recognised) -> None:
    if recognised.plates or recognised.tubes or measured(recognised.expression):
        return
    beside = [(each.file, each.words) for each in recognised.expression]
    reasons = [f"{file}: {why}" for file, why in (*recognised.unread, *beside)]
    reasons = reasons or ["it holds no file"]
    cure = "export the runs as one of the formats of docs/howto, and put the files there"
    finding = f"no instrument file ({shortened(reasons, _MOST_LISTED, separator='; ')})"
    raise StudyError(Mistake(str(raw), finding, "files of the instruments", cure))


def _write(folder: Path, written: dict[str, str], project: DraftedRedcap | None) -> None:
    """Write the folder; study.yaml comes last: where it is, the folder is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for source, name in _copies(project):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / name)
    for name, text in sorted(written.items(), key=lambda item: item[0] == "study.yaml"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def _lines(found: Material) -> Iterable[str]:
    """What each plate and each table of expression is, a line each."""
    for plate in found.made.plates:
        file = plate.raw.file if not plate.tubes else f"{len(plate.tubes)} FCS files"
        run = f", run {plate.raw.run}" if plate.raw.run else ""
        date = next((v for k, v in plate.raw.header.items() if "date" in k or "end" in k), "")
        wells = plate.readings["well"].n_unique() or len(plate.tubes)
        told = f"{plate.raw.format}{run}, {wells} wells" + (f", {date}" if date else "")
        trouble = plate.raw.trouble or (_NO_CYCLES if plate.raw.needs_cycles else "")
        yield f"{plate.id} ({plate.assay}): {file}: {told}{trouble and f'. To fix: {trouble}'}"
    for table in found.recognised.expression:
        yield f"{table.file}: {table.words}"
