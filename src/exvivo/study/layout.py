"""Plate layouts: which well held whose cells, or which standard; tables or grids, checked against
study and donors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from exvivo.catalog import spelling
from exvivo.errors import Mistake, StudyError
from exvivo.sources import Sources
from exvivo.study.csv_rows import Passed, Row, Rows
from exvivo.study.entry import Ids, Mistakes
from exvivo.study.files import table_of
from exvivo.study.headings import Columns
from exvivo.study.ids import Named, ids
from exvivo.study.instrument_files import absent_files, file_mistakes, shared_files
from exvivo.study.layout_cells import with_plain_cells
from exvivo.study.layout_files import LayoutFile, read_layout_file
from exvivo.study.reasons import is_reason
from exvivo.study.records import Assay, Beads, Immunoassay, Plate, Results, Study
from exvivo.study.sample_names import Words, spellings
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
_CHOICES = {"stimulus": "stimulus", "cell_type": "cell type"}
"""Columns that hold one of several things study.yaml declares, and their words."""
_NOMINAL = "nominal:"
_WELL = re.compile(r"([A-Za-z]|[Aa][A-Fa-f])0?([1-9]\d?)$")
_OF_SPREADSHEET = re.compile(r"\d{1,2}:\d{2}|\d{4}-\d{2}-\d{2}|[A-Za-zÀ-ÿ]{3,4}[ .-]+\d{2,4}$")
"""What a spreadsheet makes of 1:50 or 1/50."""
_LARGEST = 1e300


def plain_well(text: str) -> str:
    """A well of a plate in its plain form; any other name stays as it is.

    >>> plain_well("a01"), plain_well("P12"), plain_well("z48"), plain_well("CT001")
    ('A1', 'P12', 'Z48', 'CT001')
    """
    match = _WELL.match(text)
    return match[1].upper() + match[2] if match else text


def is_well(text: str) -> bool:
    """Whether a text is the name of a well of a plate."""
    return _WELL.match(text) is not None


@dataclass(frozen=True)
class _Layout:
    """The layout of one plate, and what it may refer to: the study, and the group of each donor
    (None where donors.csv could not be read). `slips` are the mistakes of its grids, `unsound` the
    names of records in which something is to fix.
    """

    table: Rows
    plate: Plate
    study: Study
    groups: dict[str, str] | None
    slips: tuple[Mistake, ...] = ()
    unsound: frozenset[str] = frozenset()

    @cached_property
    def assay(self) -> Assay | None:
        """The assay of the plate, if the study declares it."""
        assays = {assay.id: assay for assay in self.study.assays}
        return assays.get(self.plate.assay)

    @cached_property
    def standards(self) -> dict[str, float]:
        """The amounts of the assay's standards by their names."""
        return self.assay.standards if isinstance(self.assay, (Beads, Immunoassay)) else {}

    @cached_property
    def rows(self) -> list[Row]:
        """The rows of this plate; a layout of several plates names them in a column."""
        return [row for row in self.table.rows if row["plate"] in ("", self.plate.id)]

    @cached_property
    def strange(self) -> list[str]:
        """The columns of its table that no layout has."""
        return [name for name in self.table.header if name not in self.table.columns.names]

    @cached_property
    def lacking(self) -> set[str]:
        """The columns it cannot do without and has not: what its rows lack by that is said once."""
        needed = {"well", "role"}
        if any(row["role"] in _OF_DONORS for row in self.rows):
            needed |= {"donor", *self._choices}
        return needed - set(self.table.header)

    @property
    def _choices(self) -> list[str]:
        """The columns of which the study declares several, so that each sample must say which."""
        declared = {"stimulus": self.study.stimuli, "cell_type": self.study.cell_types}
        return [name for name, records in declared.items() if len(records) > 1]

    @cached_property
    def nominals(self) -> list[str]:
        """The columns that hold a nominal amount for one analyte each."""
        return [name for name in self.table.header if name.startswith(_NOMINAL)]

    def well(self, row: Row) -> str:
        """The well of a row; a table of results names samples, which are not to be respelt."""
        return row["well"] if isinstance(self.assay, Results) else plain_well(row["well"])


@dataclass
class Layouts:
    """The plate layouts of a study: the sound rows as LAYOUT, every mistake, and what no table took
    up, by file.

    `asked` are the wells of which something is asked, `unknown` the plates of which it is not known
    which wells they name: further mistakes of these only follow from the first.
    """

    sound: list[dict[str, object]] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    passed: list[tuple[str, Passed]] = field(default_factory=list)
    asked: set[tuple[str, str]] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The sound rows of all layouts."""
        return LAYOUT.frame(self.sound)


def read_layouts(
    sources: Sources,
    study: Study,
    donors: pl.DataFrame | None,
    *,
    unsound: frozenset[str] = frozenset(),
) -> Layouts:
    """All plate layouts, checked, with every mistake of every one; nothing is said of stimuli and
    cell types that are `unsound` in study.yaml.
    """
    groups = None if donors is None else dict(donors.select("donor", "group").iter_rows())
    layouts = Layouts()
    files: dict[str, LayoutFile | None] = {}
    for plate in study.plates:
        if not plate.layout:
            continue
        if plate.layout not in files:
            files[plate.layout] = _read_file(plate.layout, sources, study, layouts)
        file = files[plate.layout]
        if file is None or file.mistakes:
            layouts.unknown.add(plate.id)
        if file is not None:
            _read_plate(plate, file, _Read(sources, study, groups, unsound), layouts)
    for file in filter(None, files.values()):
        for table in file.tables:
            layouts.mistakes += _stray_plates(table.rows, ids(study.plates))
    for plate in study.plates:
        layouts.mistakes += file_mistakes(sources, plate)
    layouts.mistakes = [*dict.fromkeys(layouts.mistakes), *shared_files(study, layouts.frame)]
    return layouts


def layout_of_names(table: Rows, plate: Plate, study: Study) -> tuple[pl.DataFrame, list[Mistake]]:
    """The LAYOUT rows of wells that an instrument file names, and what is wrong with them."""
    donors = study.donors
    groups = dict(donors.select("donor", "group").iter_rows()) if donors.width else None
    layout = _Layout(table, plate, study, groups)
    mistakes: list[Mistake] = []
    sound: list[dict[str, object]] = []
    for row in layout.rows:
        slips = list(_row_mistakes(row, layout))
        mistakes += slips
        sound += [] if slips else [_layout_row(row, layout)]
    return LAYOUT.frame(sound), list(dict.fromkeys(mistakes))


@dataclass(frozen=True)
class _Read:
    """What the layouts of a study are read with: its files, study.yaml and the groups of its
    donors.
    """

    sources: Sources
    study: Study
    groups: dict[str, str] | None
    unsound: frozenset[str]

    @cached_property
    def words(self) -> Words:
        """The words that names of samples are made of."""
        donors = {donor: donor for donor in self.groups or ()}
        visits = {visit: visit for visit in getattr(self.study, "visits", ())}
        stimuli, cells = spellings(self.study.stimuli), spellings(self.study.cell_types)
        return Words(donors, stimuli, cells, visits)


def _read_file(name: str, sources: Sources, study: Study, layouts: Layouts) -> LayoutFile | None:
    """A layout file; None where it cannot be read. Of one outside the study it is told with its
    plate.
    """
    if (why := sources.trouble(name)) and why.is_wall:
        return None
    try:
        file = read_layout_file(
            table_of(sources, name),
            file=name,
            columns=layout_columns(study),
            plates=ids(study.plates),
        )
    except StudyError as error:
        layouts.mistakes += error.mistakes
        return None
    layouts.mistakes += file.mistakes
    layouts.passed += [(name, passed) for passed in file.passed]
    return file


def layout_columns(study: Study) -> Columns:
    """The columns a layout of the study may have."""
    own = (_NOMINAL + analyte.id for analyte in study.analytes)
    return Columns(("well", "role"), (*COLUMNS, *own))


def _read_plate(plate: Plate, file: LayoutFile, reading: _Read, layouts: Layouts) -> None:
    """The layout of one plate: its sound rows, its mistakes and the wells they are of."""
    rows, slips = file.of_plate(plate.id, reading.words)
    if not rows.header:
        return
    table = with_plain_cells(rows)
    layout = _Layout(table, plate, reading.study, reading.groups, tuple(slips), reading.unsound)
    layouts.mistakes += _plate_mistakes(layout, reading.sources)
    if layout.lacking or not layout.rows or slips:
        layouts.unknown.add(plate.id)
    repeated = {layout.well(row) for row, _ in _repeats(layout)}
    for row in layout.rows:
        if layout.well(row) in repeated or any(_row_mistakes(row, layout)):
            layouts.asked.add((plate.id, layout.well(row)))
        elif not layout.lacking:
            layouts.sound.append(_layout_row(row, layout))


def _plate_mistakes(layout: _Layout, sources: Sources) -> Mistakes:
    """Everything to fix in the layout of one plate."""
    plate, rows = layout.plate, layout.rows
    yield from layout.slips
    yield from _column_mistakes(layout)
    if not rows:
        yield Mistake(plate.layout, f"no row for plate {plate.id}", "its wells", "fill the layout")
    for row in rows:
        yield from _row_mistakes(row, layout)
    if "well" in layout.table.header:
        yield from _repeated_wells(layout)
    if not plate.file:
        yield from absent_files(rows, sources)


def _stray_plates(table: Rows, plates: Ids) -> Mistakes:
    """Rows of a plate that study.yaml lacks: they would be read by nobody."""
    stray: dict[str, list[Row]] = {}
    for row in table.rows:
        if row["plate"] and row["plate"] not in plates:
            stray.setdefault(row["plate"], []).append(row)
    for plate, rows in stray.items():
        count = f", in {len(rows)} lines" if len(rows) > 1 else ""
        yield rows[0].mistake(
            f"plate {plate}{spelling.did_you_mean(plate, plates)}{count}",
            f"a plate of study.yaml, {spelling.one_of(plates, plate)}",
            "correct the name, or declare the plate in study.yaml",
        )


def _column_mistakes(layout: _Layout) -> Mistakes:
    table = layout.table
    yield from table.lacking("well", "role")
    yield from _lacking_choices(layout)
    meant = {table.columns.meant(name): name for name in layout.strange}
    cure = "rename it, or move what it says to donors.csv or cultures.csv"
    for name in layout.strange:
        if name in (meant.get("well"), meant.get("role")):
            continue
        near = table.columns.meant(name) or name
        expected = f"a column of a layout, {spelling.one_of(table.columns.names, near)}"
        finding = f"a column `{name}`{table.columns.did_you_mean(name)}"
        yield table.mistake(finding, expected, cure)
    yield from _file_column_mistakes(layout)


def _lacking_choices(layout: _Layout) -> Mistakes:
    """Columns without which no sample of the plate can be told: one mistake for all of it."""
    meant = set(map(layout.table.columns.meant, layout.strange))
    for name in sorted(layout.lacking - {"well", "role", *filter(None, meant)}):
        cure = f"add a column `{name}`"
        yield layout.table.mistake(f"no column `{name}`", _expected_of_samples(name), cure)


def _expected_of_samples(column: str) -> str:
    """What a column that is lacking would say of every sample."""
    if column in _CHOICES:
        return f"the {_CHOICES[column]} of every sample: study.yaml declares several"
    return "a donor of donors.csv for every sample"


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
    """Everything to fix in one row; nothing that only follows from a column that is lacking."""
    if not row["well"] and "well" not in layout.lacking:
        yield row.mistake("no well", "the well, as in A1", "fill it, or remove the line")
    if "role" not in layout.lacking:
        yield from _role_mistakes(row)
    yield from _reason_mistakes(row)
    yield from _number_mistakes(row, ("dilution", "nominal", *layout.nominals))
    yield from _fluorescence_mistakes(row, layout.assay)
    if not layout.plate.file and "file" in layout.table.header:
        yield from _no_file(row)
    if row["role"] in _OF_DONORS:
        yield from _sample_mistakes(row, layout)


def _role_mistakes(row: Row) -> Mistakes:
    role = row["role"]
    if role not in ROLES:
        expected = spelling.one_of(ROLES, _MAY_MEAN_ROLE.get(role.casefold(), role))
        yield row.mistake(_strange_role(role), expected, "correct the role", column="role")


def _strange_role(role: str) -> str:
    return f"role {role!r}{_role_meant(role)}" if role else "no role"


def _role_meant(role: str) -> str:
    """What a message adds behind a role nobody knows."""
    near = _MAY_MEAN_ROLE.get(role.casefold()) or spelling.meant(role, ROLES)
    return f" (did you mean `{near}`?)" if near else ""


_MAY_MEAN_ROLE = {
    "unknown": "sample",
    "unk": "sample",
    "unkn": "sample",
    "probe": "sample",
    "std": "standard",
    "calibration": "standard",
    "leer": "empty",
    "control": "qc",
    "background": "blank",
    "bkg": "blank",
    "no template": "ntc",
    "no rt": "no_rt",
    "-rt": "no_rt",
}
"""Words of which it is asked whether a role is meant."""


def _reason_mistakes(row: Row) -> Mistakes:
    """A well that is left out without a reason: a mark says neither why nor whether."""
    reason = row["exclude"]
    if reason and not is_reason(reason):
        yield row.mistake(
            f"exclude {reason!r}",
            "why the well is left out, in words; nothing where it stays",
            "write the reason (bubble in the curve), or leave the cell empty",
            column="exclude",
        )


def _number_mistakes(row: Row, columns: tuple[str, ...]) -> Mistakes:
    for name in columns:
        if row[name] and _amount(row[name], zero=name != "dilution") is None:
            yield _no_number(row, name)


def _no_number(row: Row, name: str) -> Mistake:
    """The mistake of a cell that is no number; 1,500 can be read in two ways."""
    finding, expected = f"{name} {row[name]!r}", "a number with a decimal point"
    cure = "write the number without a unit"
    if name == "dilution":
        expected = "how many times the sample was diluted: 50, or 1:50"
        cure = "write the factor alone (50)"
    if _OF_SPREADSHEET.match(row[name]):
        cure = "a spreadsheet made a time or date of it: format the column as text, and write 50"
    if "," in row[name]:
        cure = "write 1.5 or 1000"
    return row.mistake(finding, expected, cure, column=name)


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
    if "donor" not in layout.lacking:
        yield from _donor_mistakes(row, layout.groups)
    for name, records in (
        ("stimulus", layout.study.stimuli),
        ("cell_type", layout.study.cell_types),
    ):
        if name not in layout.lacking and row[name] not in layout.unsound:
            yield from _choice_mistakes(row, name, ids(records))


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
        yield row.mistake("a sample without a donor", expected, cure, column="donor")
    elif groups is not None and donor not in groups:
        cure = "correct the name, or add the donor to donors.csv"
        finding = f"donor {donor}{spelling.did_you_mean(donor, groups)}"
        yield row.mistake(finding, expected, cure, column="donor")


def _hidden_donor(row: Row) -> Mistake:
    return row.mistake(
        f"donor {row['donor']}",
        "an id that starts with a letter or digit",
        "rename the donor in all tables: a line that starts with # is a comment there and is "
        "passed over",
    )


def _choice_mistakes(row: Row, name: str, declared: Ids) -> Mistakes:
    """A stimulus or cell type that is not declared, or that is missing where there are several."""
    expected = spelling.one_of(declared)
    if not declared:
        expected = f"nothing: study.yaml declares no {name}"
    if not row[name] and len(declared) > 1:
        yield row.mistake(f"no {name}", expected, "fill the column", column=name)
    if row[name] and row[name] not in declared:
        cure = "correct it, or declare it in study.yaml"
        finding = f"{name} {row[name]!r}{spelling.did_you_mean(row[name], declared)}"
        yield row.mistake(finding, expected, cure, column=name)


def _layout_row(row: Row, layout: _Layout) -> dict[str, object]:
    """A sound row as LAYOUT has it, with what goes without saying filled in. A well that is left
    out keeps whose it is and takes the role `empty`, which every result passes over.
    """
    study, of_donor = layout.study, row["role"] in _OF_DONORS
    role = _role(row, layout)
    stimulus = row["stimulus"] or (_only(study.stimuli) if of_donor else None)
    cell_type = row["cell_type"] or (_only(study.cell_types) if of_donor else None)
    return {
        **{name: row[name] or None for name in _AS_WRITTEN},
        **_exposure(row, stimulus, study),
        "line": row.where,
        "plate": layout.plate.id,
        "well": layout.well(row),
        "role": "empty" if row["exclude"] else role,
        "role_within": role if row["exclude"] else None,
        "visit": row["visit"] or ("1" if of_donor else None),
        "group": (layout.groups or {}).get(row["donor"]),
        "cell_type": cell_type,
        "stimulus": stimulus,
        "dilution": _number(row["dilution"]) or _usual_dilution(row, stimulus, layout),
        "nominal": _nominal(row, layout),
        "nominals": _nominals(row, layout),
    }


def _nominal(row: Row, layout: _Layout) -> float | None:
    """The amount of a well: its own, else that of the assay's standard of its name."""
    own = _number(row["nominal"])
    return own if own is not None else layout.standards.get(row["control"])


def _role(row: Row, layout: _Layout) -> str:
    """The role of a well; a standard of amount 0 that the assay names is a blank."""
    is_zero = row["role"] == "standard" and layout.standards.get(row["control"]) == 0
    return "blank" if is_zero else row["role"]


def _usual_dilution(row: Row, stimulus: str | None, layout: _Layout) -> float | None:
    """How many times the samples of a stimulus were diluted, as the assay says."""
    assay = layout.assay
    if row["role"] not in _OF_DONORS or not isinstance(assay, (Beads, Immunoassay)):
        return None
    return assay.dilutions.get(stimulus or "")


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
