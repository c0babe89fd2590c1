"""What is to be fixed in the layout of one plate, each mistake with the well that it is of: quick
enough to be asked after every stroke, because only this layout is read again.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from exvivo.errors import Mistake, StudyError
from exvivo.sources import Sources
from exvivo.study import Plate
from exvivo.study.files import table_of
from exvivo.study.ids import ids
from exvivo.study.layout import layout_columns, plain_well, read_layouts
from exvivo.study.layout_files import read_layout_file
from exvivo.study.load import Examined, examine
from exvivo.web.plates.layouts import Form, Shown, bytes_after, words_of_cells

_MOST_KEPT = 32
_JUST_NOW = 50_000_000
"""Nanoseconds in which a second change of a file may leave its time as it was: what was written so
lately is not kept.
"""
_Stamps = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Placed:
    """A mistake, and the well and column that it is of; empty where it is of no single one."""

    mistake: Mistake
    well: str = ""
    column: str = ""


class Examinations:
    """Studies as they were examined last, until one of their tables changes."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Path, tuple[_Stamps, Examined]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, folder: Path) -> Examined:
        """A study folder, examined. Raises `StudyError` where study.yaml cannot be read."""
        from exvivo.people_files import read_people

        with self._lock:
            kept = self._kept.get(folder)
        if kept and kept[0] == _stamps(folder, kept[1]):
            return kept[1]
        began = time.time_ns()
        examined = examine(folder, read_people=read_people)
        stamps = _stamps(folder, examined)
        if max(written for _, written, _ in stamps) > began - _JUST_NOW:
            return examined
        with self._lock:
            self._kept[folder] = (stamps, examined)
            self._kept.move_to_end(folder)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return examined


def _stamps(folder: Path, examined: Examined) -> _Stamps:
    """When the tables of a study were written, and those that may come to be."""
    layouts = [plate.layout for plate in examined.study.plates if plate.layout]
    names = {*examined.sources.texts, *layouts, "donors.csv", "donors.xlsx"}
    return tuple(_stamp(folder, name) for name in sorted(names))


def _stamp(folder: Path, name: str) -> tuple[str, int, int]:
    try:
        about = (folder / name).stat()
    except OSError:
        return name, 0, -1
    return name, about.st_mtime_ns, about.st_size


def checked(
    examined: Examined, layout: Shown, changes: Mapping[str, Mapping[str, str]]
) -> list[Placed]:
    """The mistakes of a plate's layout with changes that are not saved yet."""
    plate, drafts = layout.plate, {}
    if changes:
        try:
            raw = bytes_after(layout, examined, changes)
        except StudyError as error:
            return [Placed(mistake) for mistake in error.mistakes]
        plate, drafts = replace(plate, layout=layout.target), {layout.target: raw}
    elif layout.form in (Form.NONE, Form.NAMES):
        return []
    return _of_plate(examined, plate, drafts)


def _of_plate(examined: Examined, plate: Plate, drafts: Mapping[str, bytes]) -> list[Placed]:
    study, before = examined.study, examined.sources
    sources = Sources(before.root, roots=before.roots, bounds=before.bounds, drafts=drafts)
    beside = [each for each in study.plates if each.layout == plate.layout and each.id != plate.id]
    alone = replace(study, plates=(plate, *beside))
    donors = study.donors if study.donors.width else None
    layouts = read_layouts(sources, alone, donors, unsound=examined.entry.unsound)
    wells = _wells_by_place(sources, examined, plate)
    placed = [_placed(mistake, wells) for mistake in layouts.mistakes]
    return [each for each in placed if each is not None]


def _placed(mistake: Mistake, wells: Mapping[str, tuple[str, str, str]]) -> Placed | None:
    """A mistake with its well; None where it is of another plate of the file."""
    if mistake.where not in wells:
        return Placed(mistake)
    well, column, is_own = wells[mistake.where]
    return Placed(mistake, well, column) if is_own else None


def _wells_by_place(
    sources: Sources, examined: Examined, plate: Plate
) -> dict[str, tuple[str, str, str]]:
    """The well, and the column where it has a place of its own, of every address of a layout; and
    whether it is of this plate.
    """
    study = examined.study
    try:
        file = read_layout_file(
            table_of(sources, plate.layout),
            file=plate.layout,
            columns=layout_columns(study),
            plates=ids(study.plates),
        )
    except StudyError:
        return {}
    rows, _ = file.of_plate(plate.id, words_of_cells(study))
    wells: dict[str, tuple[str, str, str]] = {}
    for row in rows.rows:
        own = "own" if row["plate"] in ("", plate.id) else ""
        well = plain_well(row["well"])
        wells.setdefault(row.where, (well, "", own))
        for column, where in row.places.items():
            wells.setdefault(where, (well, column, own))
    return wells
