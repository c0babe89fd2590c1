"""The layout of one plate as the editor shows it: whatever its form, a well each, the cells as they
are written; and the file that a save would write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from hashlib import sha256
from pathlib import PurePath

from exvivo.errors import Mistake, StudyError
from exvivo.study import Assay, Plate, Results, Study
from exvivo.study.csv_rows import Rows
from exvivo.study.edited_layout import edited_layout
from exvivo.study.files import table_of
from exvivo.study.ids import ids
from exvivo.study.layout import layout_columns, plain_well
from exvivo.study.layout_files import LayoutFile, read_layout_file
from exvivo.study.load import Examined
from exvivo.study.sample_names import Words, spellings
from exvivo.web.plates.sizes import place, size_of
from exvivo.words import shortened

Wells = dict[str, dict[str, str]]
"""The cells of wells by their columns; nothing for an empty cell."""
_NO_NAME = re.compile(r"[^\w.-]+")
_TEXTS = (".csv", ".tsv", ".txt")
_LONGEST_STEM = 60
NOT_SHOWN = ("plate", "well")
"""Columns that say where a cell is."""


class Form(Enum):
    """How the layout of a plate stands in the study."""

    LINES = "lines"
    GRID = "grid"
    WORKBOOK = "workbook"
    NAMES = "names"
    NONE = "none"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Shown:
    """The layout of a plate: its form, the file that study.yaml names, the one that a save would
    write, the hash of what is there, its wells, and the lines that name no well of a plate.
    """

    plate: Plate
    assay: Assay | None
    form: Form
    file: str = ""
    target: str = ""
    version: str = ""
    shared: bool = False
    wells: Wells = field(default_factory=dict)
    others: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The wells of the smallest plate that has all of them."""
        return size_of(self.wells)

    @property
    def is_list(self) -> bool:
        """Whether it is a table of results whose lines are samples, and no wells of a plate."""
        return isinstance(self.assay, Results) and bool(self.others) and not self.wells


def plate_of(study: Study, plate: str) -> Plate | None:
    """The plate of this name; None where study.yaml declares none."""
    return next((each for each in study.plates if each.id == plate), None)


def words_of_cells(study: Study) -> Words:
    """The words of which the names of samples may be made."""
    known = "donor" in study.donors.columns
    donors = study.donors["donor"].to_list() if known else []
    stimuli, cells = spellings(study.stimuli), spellings(study.cell_types)
    return Words({donor: donor for donor in donors}, stimuli, cells)


def shown(examined: Examined, plate: Plate) -> Shown:
    """The layout of a plate as it stands in the folder."""
    assays = {assay.id: assay for assay in examined.study.assays}
    blank = Shown(plate, assays.get(plate.assay), Form.NONE, plate.layout, plate.layout)
    blank = replace(blank, version=version_of(examined, plate.layout))
    if not plate.layout or not examined.sources.is_there(plate.layout):
        form = Form.NAMES if plate.samples else Form.NONE
        target = plate.layout or free_file(examined, plate.id)
        return replace(blank, form=form, target=target)
    try:
        file = _read(examined, plate)
    except StudyError:
        is_text = PurePath(plate.layout).suffix.casefold() in _TEXTS
        target = plate.layout if is_text else free_file(examined, plate.id)
        return replace(blank, form=Form.UNREADABLE, target=target)
    return _of_file(blank, file, examined)


def version_of(examined: Examined, file: str) -> str:
    """The hash of a file of the study as it was read; empty where there is none."""
    if not file or not examined.sources.is_there(file):
        return ""
    try:
        return sha256(table_of(examined.sources, file)).hexdigest()
    except StudyError:
        return ""


def _read(examined: Examined, plate: Plate) -> LayoutFile:
    study = examined.study
    raw = table_of(examined.sources, plate.layout)
    columns, plates = layout_columns(study), ids(study.plates)
    return read_layout_file(raw, file=plate.layout, columns=columns, plates=plates)


def _of_file(blank: Shown, file: LayoutFile, examined: Examined) -> Shown:
    """A layout with what its file says of the plate."""
    plate, study = blank.plate, examined.study
    rows, _ = file.of_plate(plate.id, words_of_cells(study))
    form = _form(file, rows)
    wells, others = wells_of(rows, plate.id)
    target = plate.layout if form is Form.LINES else free_file(examined, plate.id)
    shared = sum(each.layout == plate.layout for each in study.plates) > 1
    return replace(
        blank, form=form, target=target, shared=shared, wells=wells, others=tuple(others)
    )


def _form(file: LayoutFile, rows: Rows) -> Form:
    """How a file that could be read is written."""
    if file.fields:
        return Form.GRID
    if any(row.places for row in rows.rows):
        return Form.WORKBOOK
    return Form.LINES if file.tables else Form.UNREADABLE


def wells_of(rows: Rows, plate: str) -> tuple[Wells, list[str]]:
    """The wells of a plate in its rows; and what is written where no well of a plate is."""
    wells: Wells = {}
    others: list[str] = []
    for row in rows.rows:
        if row["plate"] not in ("", plate):
            continue
        well = plain_well(row["well"])
        if place(well) is None:
            others.append(well or row.where)
            continue
        cells = {name: text for name, text in row.cells.items() if text and name not in NOT_SHOWN}
        wells.setdefault(well, {}).update(cells)
    return wells, others


def free_file(examined: Examined, plate: str) -> str:
    """The name of a file of lines for a plate, that is not taken."""
    stem = _NO_NAME.sub("_", plate).strip("._")[:_LONGEST_STEM] or "plate"
    names = (f"plates/{stem}{end}.csv" for end in ("", "_wells", *map(str, range(2, 1000))))
    return next(name for name in names if not examined.sources.is_there(name))


def changed(
    before: Mapping[str, Mapping[str, str]], changes: Mapping[str, Mapping[str, str]]
) -> Wells:
    """Wells with changes made to their cells."""
    wells = {well: dict(cells) for well, cells in before.items()}
    for well, cells in changes.items():
        whole = {**wells.get(well, {}), **cells}
        wells[well] = {name: text for name, text in whole.items() if text}
    return {well: cells for well, cells in wells.items() if cells}


def bytes_after(
    layout: Shown, examined: Examined, changes: Mapping[str, Mapping[str, str]]
) -> bytes:
    """The bytes of the file that a save would write: the lines with their changes, or all wells as
    new lines. Raises `StudyError` where the file cannot be changed.
    """
    if layout.form is not Form.LINES:
        if layout.others:
            raise StudyError(would_be_lost(layout))
        return edited_layout(
            None,
            file=layout.target,
            columns=layout_columns(examined.study),
            plate=layout.plate.id,
            wells=changed(layout.wells, changes),
        )
    raw = table_of(examined.sources, layout.file)
    columns = layout_columns(examined.study)
    return edited_layout(
        raw, file=layout.file, columns=columns, plate=layout.plate.id, wells=changes
    )


def would_be_lost(layout: Shown) -> Mistake:
    """Lines of a workbook that no plate shows, and that a file of wells would not have."""
    finding = f"lines that name no well of a plate: {shortened(list(layout.others))}"
    expected = "wells only, where a workbook becomes a file of one line a well"
    return Mistake(layout.file, finding, expected, "change the layout in the workbook itself")


def fields_of(study: Study, layouts: Iterable[Shown] = ()) -> list[str]:
    """The columns of a layout that a well may fill, and further ones that a layout has."""
    names = [name for name in layout_columns(study).names if name not in NOT_SHOWN]
    more = {name for layout in layouts for cells in layout.wells.values() for name in cells}
    return [*names, *sorted(more - {*names})]
