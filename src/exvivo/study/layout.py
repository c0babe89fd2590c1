"""Plate layouts: which well held whose cells, or which standard. One csv a plate, checked against
study and donors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from exvivo.errors import Mistake, StudyError
from exvivo.study.csv_rows import Row, Rows, read_rows
from exvivo.study.decimal_marks import with_points
from exvivo.study.entry import Ids, Mistakes
from exvivo.study.ids import Named, ids
from exvivo.study.instrument_files import absent_files, file_mistakes, shared_files
from exvivo.study.reasons import is_reason
from exvivo.study.records import Assay, Plate, Results, Study
from exvivo.tables import LAYOUT, ROLES

COLUMNS = (
    "plate",
    "well",
    "role",
    "donor",
    "visit",
    "cell_type",
    "culture",
    "stimulus",
    "dose",
    "time",
    "replicate",
    "control",
    "dilution",
    "nominal",
    "target",
    "file",
    "exclude",
)
_AS_WRITTEN = ("donor", "culture", "replicate", "control", "target", "file", "exclude")
"""Columns of LAYOUT whose text is the csv's."""
_OF_DONORS = ("sample", "spike")
"""Roles of wells that hold a donor's cells."""
_NOMINAL = "nominal:"
_WELL = re.compile(r"([A-Pa-p]|[Aa][A-Fa-f])0?([1-9]\d?)$")
_LARGEST = 1e300


def plain_well(text: str) -> str:
    """A well of a plate in its plain form; any other name stays as it is.

    >>> plain_well("a01"), plain_well("P12"), plain_well("CT001")
    ('A1', 'P12', 'CT001')
    """
    match = _WELL.match(text)
    return match[1].upper() + match[2] if match else text


@dataclass(frozen=True)
class _Layout:
    """The layout of one plate, and what it may refer to: the study, and the group of each donor
    (None where donors.csv could not be read).
    """

    table: Rows
    plate: Plate
    study: Study
    groups: dict[str, str] | None

    @cached_property
    def assay(self) -> Assay | None:
        """The assay of the plate, if the study declares it."""
        assays = {assay.id: assay for assay in self.study.assays}
        return assays.get(self.plate.assay)

    @cached_property
    def rows(self) -> list[Row]:
        """The rows of this plate; a layout of several plates names them in a column."""
        return [row for row in self.table.rows if row["plate"] in ("", self.plate.id)]

    @cached_property
    def nominals(self) -> list[str]:
        """The columns that hold a nominal amount for one analyte each."""
        return [name for name in self.table.header if name.startswith(_NOMINAL)]

    def well(self, row: Row) -> str:
        """The well of a row; a table of results names samples, which are not to be respelt."""
        return row["well"] if isinstance(self.assay, Results) else plain_well(row["well"])


def read_layouts(
    root: Path, study: Study, donors: pl.DataFrame | None
) -> tuple[pl.DataFrame, list[Mistake]]:
    """All plate layouts as one checked LAYOUT table of their sound rows, and every mistake of every
    layout.
    """
    groups = None if donors is None else dict(donors.select("donor", "group").iter_rows())
    mistakes: list[Mistake] = []
    sound: list[dict[str, object]] = []
    tables: dict[str, Rows] = {}
    for plate in study.plates:
        try:
            table = _with_points(read_rows(root / plate.layout, file=plate.layout))
        except StudyError as error:
            mistakes += error.mistakes
            continue
        layout = _Layout(tables.setdefault(plate.layout, table), plate, study, groups)
        mistakes += _plate_mistakes(layout, root)
        sound += _sound_rows(layout)
    for table in tables.values():
        mistakes += _stray_plates(table, ids(study.plates))
    for plate in study.plates:
        mistakes += file_mistakes(root, plate)
    frame = LAYOUT.frame(sound)
    return frame, [*dict.fromkeys(mistakes), *shared_files(study, frame)]


def _with_points(table: Rows) -> Rows:
    """The table with decimal points in its columns of numbers."""
    own = [name for name in table.header if name.startswith(_NOMINAL)]
    return with_points(table, ["dilution", "nominal", *own])


def _plate_mistakes(layout: _Layout, root: Path) -> Mistakes:
    """Everything to fix in the layout of one plate."""
    plate, rows = layout.plate, layout.rows
    yield from _column_mistakes(layout)
    if not rows:
        yield Mistake(plate.layout, f"no row for plate {plate.id}", "its wells", "fill the layout")
    for row in rows:
        yield from _row_mistakes(row, layout)
    yield from _repeated_wells(layout)
    if not plate.file:
        yield from absent_files(rows, root)


def _sound_rows(layout: _Layout) -> Iterator[dict[str, object]]:
    for row in layout.rows:
        if not any(_row_mistakes(row, layout)):
            yield _layout_row(row, layout)


def _stray_plates(table: Rows, plates: Ids) -> Mistakes:
    """Rows of a plate that study.yaml lacks: they would be read by nobody."""
    stray: dict[str, list[Row]] = {}
    for row in table.rows:
        if row["plate"] and row["plate"] not in plates:
            stray.setdefault(row["plate"], []).append(row)
    for plate, rows in stray.items():
        count = f", in {len(rows)} lines" if len(rows) > 1 else ""
        yield rows[0].mistake(
            f"plate {plate}{count}",
            "a plate of study.yaml: " + ", ".join(plates),
            "correct the name, or declare the plate in study.yaml",
        )


def _column_mistakes(layout: _Layout) -> Mistakes:
    table = layout.table
    yield from table.lacking("well", "role")
    expected = "only " + ", ".join(COLUMNS) + ", nominal:ANALYTE"
    cure = "rename it, or move what it says to donors.csv or cultures.csv"
    analytes = {_NOMINAL + analyte.id for analyte in layout.study.analytes}
    for name in table.header:
        if name not in COLUMNS and name not in analytes:
            yield table.mistake(f"a column `{name}`", expected, cure)
    yield from _file_column_mistakes(layout)


def _file_column_mistakes(layout: _Layout) -> Mistakes:
    if not layout.plate.file and "file" not in layout.table.header:
        finding = f"plate {layout.plate.id} has no `file` in study.yaml and no `file` column here"
        expected = "the instrument file of the plate, or one file a well"
        yield layout.table.mistake(finding, expected, "give one of the two")


def _repeated_wells(layout: _Layout) -> Mistakes:
    for row, first in _repeats(layout):
        finding = f"well {layout.well(row)} again (first at {first.where})"
        yield row.mistake(finding, "each well once", "correct the well, or remove one line")


def _repeats(layout: _Layout) -> Iterator[tuple[Row, Row]]:
    """Every row whose well stood before, with the first row of that well."""
    rows: dict[str, Row] = {}
    for row in layout.rows:
        first = rows.setdefault(layout.well(row), row)
        if first is not row:
            yield row, first


def _row_mistakes(row: Row, layout: _Layout) -> Mistakes:
    """Everything to fix in one row."""
    if not row["well"]:
        yield row.mistake("no well", "the well, as in A1", "fill it, or remove the line")
    yield from _role_mistakes(row)
    yield from _reason_mistakes(row)
    yield from _number_mistakes(row, ("dilution", "nominal", *layout.nominals))
    yield from _fluorescence_mistakes(row, layout.assay)
    if not layout.plate.file and "file" in layout.table.header:
        yield from _no_file(row)
    if row["role"] in _OF_DONORS:
        yield from _sample_mistakes(row, layout)


def _role_mistakes(row: Row) -> Mistakes:
    if row["role"] not in ROLES:
        expected = "one of: " + ", ".join(ROLES)
        yield row.mistake(f"role {row['role']!r}", expected, "correct the role")


def _reason_mistakes(row: Row) -> Mistakes:
    """A well that is left out without a reason: a mark says neither why nor whether."""
    reason = row["exclude"]
    if reason and not is_reason(reason):
        yield row.mistake(
            f"exclude {reason!r}",
            "why the well is left out, in words; nothing where it stays",
            "write the reason (bubble in the curve), or leave the cell empty",
        )


def _number_mistakes(row: Row, columns: tuple[str, ...]) -> Mistakes:
    for name in columns:
        if row[name] and _amount(row[name], zero=name != "dilution") is None:
            yield _no_number(row, name)


def _no_number(row: Row, name: str) -> Mistake:
    """The mistake of a cell that is no number; 1,500 can be read in two ways."""
    finding, expected = f"{name} {row[name]!r}", "a number with a decimal point"
    in_two_ways = "," in row[name]
    cure = "write 1.5 or 1000" if in_two_ways else "write the number without a unit"
    return row.mistake(finding, expected, cure)


def _fluorescence_mistakes(row: Row, assay: Assay | None) -> Mistakes:
    is_fluorescence = isinstance(assay, Results) and assay.value == "mfi"
    if is_fluorescence and _amount(row["dilution"] or "1", zero=True) not in (1.0, None):
        yield row.mistake(
            f"dilution {row['dilution']} for fluorescence (`value: mfi`)",
            "1, or no dilution",
            "fluorescence does not grow with the amount as a concentration does: leave the "
            "dilution out",
        )


def _no_file(row: Row) -> Mistakes:
    if row["role"] != "empty" and not row["file"]:
        cure = "name it, or give the well the role `empty`"
        yield row.mistake("no file", "the instrument file of this well", cure)


def _sample_mistakes(row: Row, layout: _Layout) -> Mistakes:
    yield from _donor_mistakes(row, layout.groups)
    yield from _choice_mistakes(row, "stimulus", ids(layout.study.stimuli))
    yield from _choice_mistakes(row, "cell_type", ids(layout.study.cell_types))


def _amount(text: str, *, zero: bool) -> float | None:
    """A finite number above 0, or 0 where that may be; None for any other text."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 < number < _LARGEST or (zero and number == 0) else None


def _donor_mistakes(row: Row, groups: dict[str, str] | None) -> Mistakes:
    donor = row["donor"]
    expected = "a donor of donors.csv"
    if donor.startswith("#"):
        yield _hidden_donor(row)
    elif not donor:
        cure = "name the donor, or correct the role"
        yield row.mistake("a sample without a donor", expected, cure)
    elif groups is not None and donor not in groups:
        cure = "correct the name, or add the donor to donors.csv"
        yield row.mistake(f"donor {donor}", expected, cure)


def _hidden_donor(row: Row) -> Mistake:
    return row.mistake(
        f"donor {row['donor']}",
        "an id that starts with a letter or digit",
        "rename the donor in all tables: a line that starts with # is a comment there and is "
        "passed over",
    )


def _choice_mistakes(row: Row, name: str, declared: Ids) -> Mistakes:
    """A stimulus or cell type that is not declared, or that is missing where there are several."""
    expected = "one of: " + ", ".join(declared)
    if not declared:
        expected = f"nothing: study.yaml declares no {name}"
    if not row[name] and len(declared) > 1:
        yield row.mistake(f"no {name}", expected, "fill the column")
    if row[name] and row[name] not in declared:
        cure = "correct it, or declare it in study.yaml"
        yield row.mistake(f"{name} {row[name]!r}", expected, cure)


def _layout_row(row: Row, layout: _Layout) -> dict[str, object]:
    """A sound row as LAYOUT has it, with what goes without saying filled in. A well that is left
    out keeps whose it is and takes the role `empty`, which every result passes over.
    """
    study, of_donor = layout.study, row["role"] in _OF_DONORS
    stimulus = row["stimulus"] or (_only(study.stimuli) if of_donor else None)
    cell_type = row["cell_type"] or (_only(study.cell_types) if of_donor else None)
    return {
        **{name: row[name] or None for name in _AS_WRITTEN},
        **_exposure(row, stimulus, study),
        "line": row.where,
        "plate": layout.plate.id,
        "well": layout.well(row),
        "role": "empty" if row["exclude"] else row["role"],
        "visit": row["visit"] or ("1" if of_donor else None),
        "group": (layout.groups or {}).get(row["donor"]),
        "cell_type": cell_type,
        "stimulus": stimulus,
        "dilution": _number(row["dilution"]),
        "nominal": _number(row["nominal"]),
        "nominals": _nominals(row, layout),
    }


def _nominals(row: Row, layout: _Layout) -> list[dict[str, object]]:
    """The nominal amounts that a row states for single analytes."""
    return [
        {"name": name.removeprefix(_NOMINAL), "value": float(row[name])}
        for name in layout.nominals
        if row[name]
    ]


def _only(records: Sequence[Named]) -> str | None:
    """The one declared thing, if there is one: leaving it out is then no guess."""
    return records[0].id if len(records) == 1 else None


def _exposure(row: Row, stimulus: str | None, study: Study) -> dict[str, str | None]:
    """Dose and time of a well: its own, else those of its stimulus."""
    stated = {record.id: (record.dose, record.time) for record in study.stimuli}
    dose, time = stated.get(stimulus or "", ("", ""))
    return {"dose": row["dose"] or dose or None, "time": row["time"] or time or None}


def _number(text: str) -> float | None:
    return float(text) if text else None
