"""A file of plate layouts as rows, a well each: lines of a table, or grids, on one sheet or on
several, of one plate or of several.

What a grid says is never guessed: its field is named in its corner, above it or by the sheet, or
its cells hold names that the study's own words cover. A well that is empty in every grid is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from exvivo.errors import Mistake, StudyError
from exvivo.study.csv_rows import Passed, Row, Rows, above, located_in, rows_of
from exvivo.study.entry import Mistakes
from exvivo.study.grids import Grid, Place, cell_address, grids_of, is_grid, touching
from exvivo.study.headings import Columns, header_of, plain
from exvivo.study.sample_names import Named, Words, meant, split
from exvivo.study.sheets import TextSheet, hollow_cell, sheets_of
from exvivo.words import shortened

_NAMES = ("sample", "samples", "name", "names", "samplename", "samplenames", "samplename(s)")
"""What is written above a grid of names, beside nothing."""
_PLATE_WORD = re.compile(r"\b(?:plate|platte|layout|map)\b", re.IGNORECASE)
_SIGNS = re.compile(r"[\s,;()\[\]#-]+")
_OF_NAME = ("role", "donor", "stimulus", "cell_type", "visit", "replicate", "dilution")
"""What the name of a sample may say of its well."""
_FORMS = (
    "one line a well (columns `well`, `role`, ...), or grids: 1 to 12 above, A to H at the left"
)


@dataclass(frozen=True)
class _Table:
    """A table of a layout file, and the plate it is of; empty for every plate of the file."""

    rows: Rows
    plate: str


@dataclass(frozen=True)
class _Field:
    """A grid of one field (of names where that is empty), and its plate; empty for every plate of
    the file.
    """

    grid: Grid
    name: str
    plate: str

    @property
    def title(self) -> str:
        """What is written nearest to it."""
        return self.grid.titles[0][0] if self.grid.titles else ""


@dataclass
class LayoutFile:
    """What a layout file holds, for the plates that name it; and what is to be fixed in it."""

    file: str
    columns: Columns
    tables: list[_Table] = field(default_factory=list)
    fields: list[_Field] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    def of_plate(self, plate: str, words: Words) -> tuple[Rows, list[Mistake]]:
        """The rows of one plate, and what is to be fixed in its grids."""
        tables = [table.rows for table in self.tables if table.plate in ("", plate)]
        fields = [each for each in self.fields if each.plate in ("", plate)]
        mistakes: list[Mistake] = []
        if fields:
            tables.append(_grid_rows(self.file, fields, self.columns, words, mistakes))
        return _together(self.file, tables, self.columns), mistakes


def _together(file: str, tables: Sequence[Rows], columns: Columns) -> Rows:
    """Tables as one, with the columns of all."""
    if len(tables) == 1:
        return tables[0]
    header = tuple(dict.fromkeys(name for table in tables for name in table.header))
    rows = tuple(row for table in tables for row in table.rows)
    top, separator = (tables[0].top, tables[0].separator) if tables else (file, "")
    return Rows(file, header, rows, top, columns, separator=separator)


def read_layout_file(
    raw: bytes, *, file: str, columns: Columns, plates: Sequence[str]
) -> LayoutFile:
    """A layout file by its bytes, csv or workbook; `plates` are the ids of all plates of the study.

    Raises `StudyError` where the file itself cannot be read.
    """
    layout = LayoutFile(file, columns)
    sheets = sheets_of(raw, file=file, likeness=lambda rows: _likeness(rows, columns))
    shown = [sheet for sheet in sheets if not sheet.hidden] or sheets
    for sheet in sheets:
        if sheet in shown:
            _read_sheet(sheet, layout, plates)
        else:
            why = "a hidden sheet is no part of a layout"
            layout.passed.append(Passed(f"hidden sheet {sheet.name}", why, look=True))
    if not layout.tables and not layout.fields and not layout.mistakes:
        layout.mistakes.append(_no_layout(shown[0], columns))
    return layout


def _likeness(rows: Sequence[Sequence[str]], columns: Columns) -> int:
    """Whether rows hold a grid, else the most columns that a line of them names."""
    if is_grid(rows):
        return len(columns.names)
    return max((columns.known(row) for row in rows), default=0)


def _no_layout(sheet: TextSheet, columns: Columns) -> Mistake:
    """A sheet that is neither a table nor a grid."""
    header = header_of(sheet.rows, columns)
    top = header.at if header else 0
    words = [word + columns.did_you_mean(word) for word in sheet.rows[top] if word]
    cure = "name the columns so, or write row letters and column numbers around the plate"
    return Mistake(sheet.where(top), f"a layout with: {shortened(words)}", _FORMS, cure)


def _read_sheet(sheet: TextSheet, layout: LayoutFile, plates: Sequence[str]) -> None:
    """One sheet: its grids, else its table; a sheet of neither is passed over."""
    grids, others = grids_of(sheet)
    plate = sheet.name if sheet.name in plates else ""
    if grids:
        layout.fields += [_field(grid, layout.columns, plates) for grid in grids]
        layout.mistakes += _beside_grids(sheet, grids, others)
        layout.mistakes += _hollow_cells(sheet, grids)
        layout.passed += _words_beside(sheet, grids, others)
    elif max(map(layout.columns.known, sheet.rows)) > 0:
        _read_table(sheet, layout, plate)
    elif sheet.name:
        layout.passed.append(Passed(f"sheet {sheet.name}", "neither a table nor a grid", look=True))


def _read_table(sheet: TextSheet, layout: LayoutFile, plate: str) -> None:
    try:
        located = located_in(sheet, layout.columns)
    except StudyError as error:
        layout.mistakes += error.mistakes
        return
    layout.passed += above(located)
    layout.tables.append(_Table(rows_of(located, layout.columns), plate))


def _beside_grids(sheet: TextSheet, grids: Sequence[Grid], others: Sequence[Place]) -> Mistakes:
    """Cells that touch a grid and are no well of it."""
    if touch := touching(grids, others):
        words = [repr(sheet.rows[row][column]) for row, column in touch]
        yield Mistake(
            cell_address(sheet, *touch[0]),
            f"beside a grid: {shortened(words)}",
            "a column number above and a row letter at the left of every well",
            "complete the letters and numbers, or leave a line or column free between grid and "
            "notes",
        )


def _hollow_cells(sheet: TextSheet, grids: Sequence[Grid]) -> Mistakes:
    """Errors and formulas without a value within grids."""
    for grid in grids:
        for row, column in grid.places():
            yield from hollow_cell(sheet, row, column)


def _words_beside(
    sheet: TextSheet, grids: Sequence[Grid], others: Sequence[Place]
) -> Iterator[Passed]:
    """The words of a sheet that belong to no grid."""
    apart = set(others) - set(touching(grids, others))
    words = [sheet.rows[row][column] for row, column in sorted(apart)]
    if words:
        place = f"{sheet.name}: ".removeprefix(": ")
        yield Passed(f"{place}{shortened(words)}", "beside the grids of the layout")


def _field(grid: Grid, columns: Columns, plates: Sequence[str]) -> _Field:
    """What a grid says, and of which plate: by the text nearest to it that tells."""
    texts = [*dict.fromkeys(text for text, _ in grid.titles), grid.sheet.name]
    read = [_title(text, columns, plates) for text in texts]
    name = next((name for name, _ in read if name), "")
    plate = next((plate for _, plate in read if plate), "")
    return _Field(grid, "" if plain(name) in _NAMES else name, plate)


def _title(text: str, columns: Columns, plates: Sequence[str]) -> tuple[str, str]:
    """The field and the plate that a title names; empty for none."""
    plate = next((own for own in sorted(plates, key=len, reverse=True) if _has(text, own)), "")
    rest = _PLATE_WORD.sub(" ", text.replace(plate, " ", 1) if plate else text)
    for words in (text, " ".join(_SIGNS.sub(" ", rest).split()).strip(": ")):
        for heading in (words, words.replace(" ", ":", 1)):
            if (name := columns.column(heading)) in columns.names or plain(heading) in _NAMES:
                return name, plate
    return "", plate


def _has(text: str, plate: str) -> bool:
    """Whether a title names a plate, as a word of its own."""
    return re.search(rf"(?<!\w){re.escape(plate)}(?!\w)", text) is not None


@dataclass
class _Well:
    """What the grids of a plate say of a well: by column the text and its address."""

    place: str
    cells: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)


def _grid_rows(
    file: str,
    fields: Sequence[_Field],
    columns: Columns,
    words: Words,
    mistakes: list[Mistake],
) -> Rows:
    """The grids of a plate as rows: each well they draw, those empty in all with the role
    `empty`.
    """
    wells: dict[str, _Well] = {}
    for each in fields:
        said = _cells_of(each, words, columns, mistakes)
        for well, _, where in each.grid.wells():
            _fill(wells.setdefault(well, _Well(where)), said.get(well, {}), where, mistakes)
    has_roles = any(each.name == "role" for each in fields)
    rows = tuple(_row(well, each, has_roles=has_roles) for well, each in wells.items())
    header = ("well", "role", *dict.fromkeys(name for row in rows for name in row.cells))
    first = fields[0].grid
    names = tuple(dict.fromkeys(header))
    return Rows(file, names, rows, first.where, columns, separator=first.sheet.separator)


def _cells_of(
    each: _Field, words: Words, columns: Columns, mistakes: list[Mistake]
) -> dict[str, dict[str, str]]:
    """What a grid says of each of its wells that is not empty, by column."""
    filled = {well: (text, where) for well, text, where in each.grid.wells() if text}
    if each.name:
        return {well: {each.name: text} for well, (text, _) in filled.items()}
    named = {well: split(text, words) for well, (text, _) in filled.items()}
    if words.donors and not all(named.values()):
        untold = [filled[well] for well, name in named.items() if name is None]
        mistakes.append(_untold(each, untold, words, columns))
    return {well: _of_name(name, filled[well][0]) for well, name in named.items() if name}


def _untold(
    each: _Field, cells: Sequence[tuple[str, str]], words: Words, columns: Columns
) -> Mistake:
    """Cells of a grid without a field that are no names of samples."""
    texts = dict.fromkeys(text for text, _ in cells)
    shown = shortened([_asked(text, words) for text in texts])
    title = f" under {each.title!r}{columns.did_you_mean(each.title)}" if each.title else ""
    return Mistake(
        cells[0][1],
        f"a grid{title} with {shown}",
        "names made of a donor of donors.csv, a stimulus of study.yaml, a replicate; or Std1, "
        "Blank, NTC, empty",
        "correct the names, or write above the grid what it holds (donor, stimulus, role, "
        "dilution, nominal, ...) and draw a grid for each",
    )


def _asked(text: str, words: Words) -> str:
    near = meant(text, words)
    return f"{text!r}" + (f" (did you mean `{near}`?)" if near else "")


def _of_name(name: Named, text: str) -> dict[str, str]:
    """What a name says, by column; a control keeps its name."""
    said = {column: getattr(name, column) for column in _OF_NAME}
    filled = {column: text for column, text in said.items() if text}
    return {**filled, "control": text} if _keeps_its_name(name) else filled


def _keeps_its_name(name: Named) -> bool:
    """Whether a well is a control, or one level of the standards."""
    is_level = name.role == "standard" and bool(name.level)
    return is_level or name.role in ("qc", "positive", "calibrator")


def _fill(well: _Well, said: Mapping[str, str], where: str, mistakes: list[Mistake]) -> None:
    """Note what a grid says of a well, unless another says otherwise."""
    for column, text in said.items():
        before = well.cells.setdefault(column, text)
        first = well.places.setdefault(column, where)
        if before != text:
            finding = f"{column} {text}, where {first} says {before}"
            mistakes.append(_contradiction(where, column, finding))


def _contradiction(where: str, column: str, finding: str) -> Mistake:
    return Mistake(where, finding, f"one {column} a well", "correct one of the two grids")


def _row(well: str, said: _Well, *, has_roles: bool) -> Row:
    """A well as a row: its role is that of the grids, else what its other cells make plain."""
    role = said.cells.get("role", "") if said.cells else "empty"
    if not role and not has_roles:
        role = _role_by_cells(said)
    where = next(iter(said.places.values()), said.place)
    return Row(where, {"well": well, **said.cells, "role": role}, said.places)


def _role_by_cells(said: _Well) -> str:
    """A well with a donor is a sample; one with a known amount and nobody's cells a standard."""
    if said.cells.get("donor"):
        return "sample"
    return "standard" if any(name.startswith("nominal") for name in said.cells) else ""
