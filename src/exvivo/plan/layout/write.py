"""A layout written into its study folder."""

from __future__ import annotations

from pathlib import Path

from exvivo.errors import Mistake, StudyError
from exvivo.plan.layout.files import planned_files, taken, taken_study
from exvivo.plan.layout.laid import PlannedLayout
from exvivo.plan.layout.people import refuse_made_up, table_of_people
from exvivo.plan.layout.shown import maps_of
from exvivo.study.files import STUDY_FILE

FOLDER = "planned/layout"
"""Where a layout lies in a study folder."""
MAPS = "maps.pdf"


def write_layout(planned: PlannedLayout, folder: Path) -> list[str]:
    """Write the files of a layout and its maps; their paths in the study folder."""
    people = table_of_people(planned, folder)
    files = {**planned_files(planned), MAPS: maps_pdf(planned), **dict([people] if people else [])}
    return _write(folder, {f"{FOLDER}/{path}": raw for path, raw in files.items()})


def maps_pdf(planned: PlannedLayout) -> bytes:
    """Every plate as a map to print, on A4."""
    from exvivo.tell.planned.sheets import layout_pdf

    return layout_pdf(maps_of(planned), planned.study)


def take_layout(planned: PlannedLayout, folder: Path) -> list[str]:
    """Make a layout that of the study: its tables below `plates/`, and in study.yaml the plates
    that it lacks. The paths of what was written.

    Raises `StudyError`, and writes nothing, where donors are made up, or a layout of one of the
    plates is there already.
    """
    refuse_made_up(planned, folder)
    files = taken(planned)
    refuse_taken([path for path in files if (folder / path).exists()])
    before = (folder / STUDY_FILE).read_bytes()
    after = taken_study(planned, before)
    if after != before:
        files[STUDY_FILE] = after
    return _write(folder, files)


def refuse_taken(there: list[str]) -> None:
    """Raises `StudyError` for layouts that lie in the study folder already."""
    cure = "move it away, if nothing was pipetted by it yet; else keep it"
    expected = "no layout of this plate yet: the one that is there may have been pipetted"
    if there:
        raise StudyError([Mistake(path, "a layout", expected, cure) for path in there])


def _write(folder: Path, files: dict[str, bytes]) -> list[str]:
    """Write files below a folder; their paths."""
    for path, raw in files.items():
        _write_whole(folder / path, raw)
    return list(files)


def _write_whole(path: Path, raw: bytes) -> None:
    """A file that is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(raw)
    beside.replace(path)
