"""The clinic table: one row a donor and visit, one column a clinical scale."""

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
from exvivo.study import Scale, Study
from exvivo.study.csv_rows import Located, locate
from exvivo.study.headings import Columns
from exvivo.study.unknown import is_missing
from exvivo.table import check
from exvivo.tables import CLINIC
from exvivo.words import counted, shortened

_FIRST_VISIT = "1"
_OUTSIDE = "correct the score, or the range of the scale in study.yaml"


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
    """The CLINIC table of a csv, tsv or xlsx file (a workbook: its only sheet, or the sheet
    `clinic`), and what was ignored.

    Column `donor`, `visit` where there is more than one (else visit 1), and a column for every
    scale of the study; blank, NA or a word of `missing` is a score not given. Raises `StudyError`
    with every mistake: a missing column, an unknown donor, a donor and visit twice, a score that is
    no number or outside its scale.
    """
    try:
        content = load(file, source)
    except ReadError as error:
        raise StudyError(error.mistakes) from None
    columns = _columns(study)
    located, passed = locate(content.raw, file=source, columns=columns)
    table = _table(located)
    mistakes = list(_missing_columns(table, study, columns))
    if "donor" not in table.header:
        raise StudyError(mistakes)
    visits, groups = _visits(table), _groups(study)
    mistakes += _visit_mistakes(table, visits, groups)
    mistakes += _blank_visits(table, visits)
    not_given = _NotGiven(study.missing)
    given = [scale for scale in study.scales if scale.id in table.header]
    scores = [_scores(table, scale, visits, mistakes, not_given) for scale in given]
    if mistakes:
        raise StudyError(mistakes)
    rows: list[dict[str, object]] = []
    for row, visit in enumerate(visits):
        for scale, column in zip(study.scales, scores, strict=True):
            group = groups.get(visit.donor, "")
            rows.append(_clinic_row(visit, group, scale, column[row]))
    clinic = pl.DataFrame(rows, schema=CLINIC.schema).with_columns(
        source=pl.lit(source), sha256=pl.lit(content.sha256)
    )
    left = (Ignored(part.what, part.why) for part in passed)
    return check(CLINIC, clinic), (*_ignored(table, study), *left)


def _columns(study: Study) -> Columns:
    """The columns that are read of a clinic table."""
    return Columns(("donor", *(scale.id for scale in study.scales)), ("visit",))


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


def _clinic_row(visit: _Visit, group: str, scale: Scale, score: float | None) -> dict[str, object]:
    return {
        "donor": visit.donor,
        "visit": visit.visit,
        "group": group,
        "scale": scale.id,
        "score": score,
        "state": "missing" if score is None else "given",
        "higher_is": scale.higher_is,
    }


def _groups(study: Study) -> dict[str, str]:
    """The group of every donor; nothing where donors.csv could not be read."""
    if "donor" not in study.donors.columns:
        return {}
    return dict(study.donors.select("donor", "group").iter_rows())


def _missing_columns(table: Table, study: Study, columns: Columns) -> Iterator[Mistake]:
    listed = shortened(list(filter(None, table.header))) or "none"
    for name in ("donor", *(scale.id for scale in study.scales)):
        if name not in table.header:
            what = "the donor" if name == "donor" else "a scale of study.yaml"
            near = [word for word in table.header if word and columns.meant(word) == name]
            instead = f" (did you mean `{near[0]}`?)" if near else ""
            yield Mistake(
                table.top(),
                f"no column `{name}` ({what}){instead}; there are: {listed}",
                "donor and one column a scale",
                "name the column so, or correct the scale's id in study.yaml",
            )


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


def _scores(
    table: Table,
    scale: Scale,
    visits: Sequence[_Visit],
    mistakes: list[Mistake],
    not_given: _NotGiven,
) -> list[float | None]:
    """The scores of a scale; those that cannot be read, or lie outside the scale, are mistakes."""
    column = table.header.index(scale.id)
    cells = ["" if not_given(cell) else cell for cell in table.column(column)]
    expected = f"a number from {scale.lowest:g} to {scale.highest:g} ({scale.name}), or nothing"
    try:
        mark = decimal_mark(typed_texts(cells))
    except Unreadable as why:
        where = f"{table.top()} column {scale.id}"
        mistakes.append(Mistake(where, str(why), expected, "use one decimal mark"))
        return []
    scores: list[float | None] = []
    for row, cell in enumerate(cells):
        try:
            scores.append(_score(cell, mark, scale))
        except Unreadable as why:
            words = f"{why} as {scale.id} of donor {visits[row].donor}"
            cure = why.cure or "correct the score, or leave the cell empty"
            cure = cell.cure(cure) if isinstance(cell, OddCell) else cure
            mistakes.append(Mistake(table.where(row, column), words, expected, cure))
    return scores


def _score(cell: Cell, mark: str, scale: Scale) -> float | None:
    """The score of a cell; None where it is not given. Raises `Unreadable`."""
    if cell == "" and not isinstance(cell, OddCell):
        return None
    score = number_of(cell, mark)
    if scale.lowest < scale.highest and not scale.lowest <= score <= scale.highest:
        raise Unreadable(f"{score:g}", _OUTSIDE)
    return score


def _ignored(table: Table, study: Study) -> Iterator[Ignored]:
    read = table.places({"donor", "visit", *(scale.id for scale in study.scales)})
    yield from unread_columns(table, read, otherwise="no scale of study.yaml has this name")
