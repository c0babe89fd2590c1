"""The clinic table: one row a donor and visit, one column a clinical scale or item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from exvivo.catalog import spelling
from exvivo.cells.cell import Cell, OddCell, blank, text_of, typed_texts
from exvivo.cells.guards import load
from exvivo.cells.text import Unreadable, decimal_mark
from exvivo.errors import Mistake, ReadError, StudyError
from exvivo.read.cells.table import Table, unread_columns
from exvivo.read.cells.values import number_of
from exvivo.read.result import Ignored
from exvivo.sources import Content
from exvivo.study import Study
from exvivo.study.answers_possible import impossible_answers
from exvivo.study.csv_rows import Located, locate
from exvivo.study.headings import Columns
from exvivo.study.questionnaires import Column, answer_columns
from exvivo.study.unknown import is_missing
from exvivo.tables import ANSWERS
from exvivo.words import MOST_LISTED, counted, shortened

_FIRST_VISIT = "1"
_HOURS = 24
_NO_ROWS = ANSWERS.frame().with_columns(row=pl.Series([], dtype=pl.Int64))


@dataclass(frozen=True, slots=True)
class _NotGiven:
    """Says of a cell whether its score was not given: empty, NA, or declared under `missing`.
    `none` is asked about: it may be a score of 0.
    """

    missing: tuple[str, ...]

    def __call__(self, cell: Cell) -> bool:
        if isinstance(cell, OddCell):
            return False
        text = text_of(cell)
        if is_missing(text, self.missing):
            return True
        return blank(cell) and text.casefold() != "none"


@dataclass(frozen=True, slots=True)
class _Visit:
    """A row of the table: the donor, and the visit."""

    donor: str
    visit: str


def read_clinic(
    file: Path | Content, *, source: str, study: Study
) -> tuple[pl.DataFrame, tuple[Ignored, ...]]:
    """The ANSWERS table of a csv, tsv or xlsx file (a workbook: its only sheet, or the sheet
    `clinic`), and what was ignored.

    Column `donor`, `visit` where there is more than one (else visit 1), and a column for every
    scale of the study, or for the items and totals of its questionnaires; blank, NA or a word of
    `missing` is an answer not given. Raises `StudyError` with every mistake: a missing column, an
    unknown donor, a donor and visit twice, an answer that is no number or outside its range.
    """
    try:
        content = load(file, source)
    except ReadError as error:
        raise StudyError(error.mistakes) from None
    asked = answer_columns(study)
    columns = Columns(("donor", *(column.name for column in asked)), ("visit",))
    located, passed = locate(content.raw, file=source, columns=columns)
    table = _table(located)
    mistakes = list(_missing_columns(table, asked, columns))
    if "donor" not in table.header:
        raise StudyError(mistakes)
    visits, groups = _visits(table), _groups(study)
    mistakes += _visit_mistakes(table, visits, groups)
    mistakes += _blank_visits(table, visits)
    form = _Form(table, visits, groups, _NotGiven(study.missing))
    of_file = {"source": pl.lit(source), "sha256": pl.lit(content.sha256)}
    answers = ANSWERS.complete(form.all_answers(asked, mistakes).with_columns(**of_file))
    mistakes += impossible_answers(answers, study)
    if mistakes:
        raise StudyError(mistakes)
    left = (Ignored(part.what, part.why) for part in passed)
    return answers, (*_ignored(table, asked), *left)


def _table(located: Located) -> Table:
    """A located table as readers have it: donors and visits are text, scores as they are."""
    sheet = located.sheet
    as_text = [name in ("donor", "visit") for name in located.header]
    rows = (
        zip(as_text, *both, strict=True) for both in zip(located.texts, located.cells, strict=True)
    )
    return Table(
        sheet.file,
        sheet.name,
        located.header,
        tuple(tuple(text if is_text else cell for is_text, text, cell in row) for row in rows),
        sheet.lines[located.top],
        located.lines,
        separator=sheet.separator,
        at=located.at,
    )


def _groups(study: Study) -> dict[str, str]:
    """The group of every donor; nothing where donors.csv could not be read."""
    if "donor" not in study.donors.columns:
        return {}
    return dict(study.donors.select("donor", "group").iter_rows())


def _missing_columns(table: Table, asked: Sequence[Column], columns: Columns) -> Iterator[Mistake]:
    listed = shortened(list(filter(None, table.header)), MOST_LISTED) or "none"
    wanted = {"donor": "the donor", **{column.name: _meaning(column) for column in asked}}
    for name, what in wanted.items():
        if name not in table.header:
            near = [word for word in table.header if word and columns.meant(word) == name]
            instead = f" (did you mean `{near[0]}`?)" if near else ""
            yield Mistake(
                table.top(),
                f"no column `{name}` ({what}){instead}; there are: {listed}",
                "donor and one column a scale",
                "name the column so, or correct the scale's id in study.yaml",
            )


def _meaning(column: Column) -> str:
    """What a column is in study.yaml."""
    if column.item is not None:
        return f"item {column.item.id} of {column.questionnaire}"
    return "a scale of study.yaml" if not column.questionnaire else "a total of study.yaml"


def _visits(table: Table) -> list[_Visit]:
    """Donor and visit of every row."""
    pairs = zip(table.texts("donor"), table.texts("visit"), strict=True)
    return [_Visit(donor, visit or _FIRST_VISIT) for donor, visit in pairs]


def _visit_mistakes(
    table: Table, visits: Sequence[_Visit], groups: Mapping[str, str]
) -> Iterator[Mistake]:
    first: dict[_Visit, int] = {}
    for row, visit in enumerate(visits):
        where, donor = table.where(row, table.header.index("donor")), visit.donor
        if not donor:
            yield Mistake(
                where, "no donor", "a donor of donors.csv", "fill the cell, or remove the row"
            )
            continue
        if groups and donor not in groups:
            yield Mistake(
                where,
                f"donor {donor}{spelling.did_you_mean(donor, groups)}",
                "a donor of donors.csv",
                "correct the name, or add the donor to donors.csv",
            )
        before = first.setdefault(visit, row)
        if before != row:
            line = table.lines[before]
            yield Mistake(
                where,
                f"donor {donor}, visit {visit.visit}, again (first in line {line})",
                "each donor once a visit",
                "remove one row, or number the visits in a column `visit`",
            )


def _blank_visits(table: Table, visits: Sequence[_Visit]) -> Iterator[Mistake]:
    """A blank visit beside filled ones: asked about, never taken as the first."""
    given = table.texts("visit")
    blank = [row for row, visit in enumerate(given) if not visit]
    if not blank or len(blank) == len(given):
        return
    donors = shortened(list(dict.fromkeys(visits[row].donor for row in blank)))
    yield Mistake(
        table.where(blank[0], table.header.index("visit")),
        f"no visit in {counted(len(blank), 'line')} ({donors}), beside lines with one",
        "a visit in every line, or in none",
        "fill the blank cells: a score of an unknown day belongs to no cells",
    )


@dataclass(frozen=True)
class _Form:
    """The rows of a clinic table: donors and visits, the groups of the donors, and which cells hold
    no answer.
    """

    table: Table
    visits: Sequence[_Visit]
    groups: Mapping[str, str]
    not_given: _NotGiven

    def all_answers(self, asked: Sequence[Column], mistakes: list[Mistake]) -> pl.DataFrame:
        """The rows of ANSWERS of all columns that are there, line by line."""
        given = [column for column in asked if column.name in self.table.header]
        frames = [_NO_ROWS, *(self.answers(column, mistakes) for column in given)]
        rows = pl.concat(frames, how="diagonal")
        return rows.sort("row", maintain_order=True).drop("row")

    def answers(self, column: Column, mistakes: list[Mistake]) -> pl.DataFrame:
        """The rows of ANSWERS of a column, with the number of their `row`; what cannot be read
        is a mistake.
        """
        at = self.table.header.index(column.name)
        cells = ["" if self.not_given(cell) else cell for cell in self.table.column(at)]
        try:
            mark = decimal_mark(typed_texts(cells))
        except Unreadable as why:
            where = f"{self.table.top()} column {column.name}"
            mistakes.append(Mistake(where, str(why), _expected(column), "use one decimal mark"))
            return pl.DataFrame()
        numbers: list[float | None] = []
        for row, cell in enumerate(cells):
            try:
                numbers.append(_answer(cell, mark, column))
            except Unreadable as why:
                mistakes.append(self._unreadable(why, row, cell, column))
                numbers.append(None)
        return self._rows(column, at, numbers)

    def _unreadable(self, why: Unreadable, row: int, cell: Cell, column: Column) -> Mistake:
        at = self.table.header.index(column.name)
        words = f"{why} as {column.name} of donor {self.visits[row].donor}"
        cure = why.cure or "correct the score, or leave the cell empty"
        cure = cell.cure(cure) if isinstance(cell, OddCell) else cure
        return Mistake(self.table.where(row, at), words, _expected(column), cure)

    def _rows(self, column: Column, at: int, numbers: Sequence[float | None]) -> pl.DataFrame:
        rows = range(len(numbers))
        donors = [visit.donor for visit in self.visits]
        item = None if column.item is None else column.item.id
        scale = None if column.item is not None or column.scale is None else column.scale.id
        return pl.DataFrame(
            {
                "row": rows,
                "place": [self.table.where(row, at) for row in rows],
                "donor": donors,
                "visit": [visit.visit for visit in self.visits],
                "group": [self.groups.get(donor, "") for donor in donors],
                "answer": pl.Series(numbers, dtype=pl.Float64),
            },
            schema_overrides={"row": pl.Int64},
        ).with_columns(
            column=pl.lit(column.name),
            questionnaire=pl.lit(column.questionnaire or None, dtype=pl.String),
            item=pl.lit(item, dtype=pl.String),
            scale=pl.lit(scale, dtype=pl.String),
            state=pl.when(pl.col("answer").is_null())
            .then(pl.lit("missing"))
            .otherwise(pl.lit("given")),
        )


def _expected(column: Column) -> str:
    """What a cell may hold."""
    if column.item is not None:
        return f"an answer to {_meaning(column)}, or nothing"
    assert column.scale is not None
    scale = column.scale
    return f"a number from {scale.lowest:g} to {scale.highest:g} ({scale.name}), or nothing"


def _answer(cell: Cell, mark: str, column: Column) -> float | None:
    """The number of a cell; None where none is given. Raises `Unreadable`."""
    if cell == "" and not isinstance(cell, OddCell):
        return None
    if column.item is not None and column.item.kind == "clock":
        return hours_of(text_of(cell)) if ":" in text_of(cell) else number_of(cell, mark)
    return number_of(cell, mark)


def hours_of(text: str) -> float:
    """A time of day in hours. Raises `Unreadable`.

    >>> hours_of("23:30")
    23.5
    """
    hours, _, minutes = text.partition(":")
    if not (hours.isdigit() and minutes[:2].isdigit() and int(hours) < _HOURS):
        raise Unreadable(repr(text), "write a time of day: 23:30")
    return int(hours) + int(minutes[:2]) / 60


def _ignored(table: Table, asked: Sequence[Column]) -> Iterator[Ignored]:
    read = table.places({"donor", "visit", *(column.name for column in asked)})
    yield from unread_columns(table, read, otherwise="no scale of study.yaml has this name")
