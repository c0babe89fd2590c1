"""Plates as matrices, from any plate reader: rows A to H and columns 1 to 12 (or another plate),
csv, text or workbook.

A file may hold several, each with a title above it. A plate of 96 or 384 wells may also come as
bare numbers, without letters and column numbers. A matrix that is not a whole plate, or lies on its
side, is refused: nobody could say which wells are missing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from exvivo.cells.cell import Cell, any_filled, filled_texts, text_of
from exvivo.cells.sheet import Sheet
from exvivo.cells.workbook import is_workbook
from exvivo.errors import Mistake, ReadError
from exvivo.read.plate_reader.shared import (
    LETTERS,
    PLATES,
    Signal,
    Signals,
    immunoassay,
    is_text,
    nothing_read,
    number_like,
    sheets_of,
    unit_of,
)
from exvivo.read.result import FileRead, Ignored, Request
from exvivo.words import shortened

BARE = ((8, 12), (16, 24))
"""Plates that are told from other tables by their size alone."""

_WHOLE = re.compile(r"0?[1-9][0-9]?$")
_CORNER = ("", "<>")
_FEWEST = 4
"""Lines and numbers a line from which numbers look like a matrix."""
_WIDE = 6
"""Numbers of a line from which it looks like the row of a plate."""


@dataclass(frozen=True)
class Matrix:
    """A matrix of a sheet: where its numbers start, the names of its rows and columns, its title
    and the rows it takes.
    """

    sheet: Sheet
    top: int
    left: int
    letters: tuple[str, ...]
    columns: tuple[int, ...]
    title: str = ""
    head: int = 0
    """The row of its header; the row of its first numbers where it has none."""

    @property
    def bottom(self) -> int:
        """The row behind its last."""
        return self.top + len(self.letters)

    @property
    def right(self) -> int:
        """The column behind its last."""
        return self.left + len(self.columns)

    @property
    def corner(self) -> str:
        """What stands where the column numbers and the row letters meet."""
        return text_of(self.sheet.cell(self.head, self.left - 1))

    @property
    def whole(self) -> bool:
        """Whether it is a whole plate."""
        starts = self.letters[:1] == ("A",) and self.columns[:1] == (1,)
        return starts and (len(self.letters), len(self.columns)) in PLATES

    def where(self) -> str:
        """The address of its header."""
        return self.sheet.where(self.head, max(self.left - 1, 0))

    def not_whole(self) -> Mistake:
        """The mistake of a matrix that is no whole plate."""
        letters, numbers = self.letters, self.columns
        rows = f"rows {letters[0]} to {letters[-1]}"
        return Mistake(
            self.where(),
            f"a matrix of {rows} and columns {numbers[0]} to {numbers[-1]}",
            "a whole plate: " + ", ".join(f"{rows} x {columns}" for rows, columns in PLATES),
            "export the whole plate; wells that were not read stay blank",
        )

    def signals(self, block: str, channel: str, unit: str) -> Iterator[Signal]:
        """The signal of every position."""
        for row, letter in enumerate(self.letters, start=self.top):
            for column, number in enumerate(self.columns, start=self.left):
                yield Signal(
                    where=self.sheet.where(row, column),
                    block=block,
                    well=f"{letter}{number}",
                    cell=self.sheet.cell(row, column),
                    channel=channel,
                    unit=unit,
                )


@dataclass
class Plan:
    """The matrices of one sheet, what is wrong with them, and the cells that belong to none."""

    sheet: Sheet
    matrices: list[Matrix] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    aside: list[tuple[int, int]] = field(default_factory=list)

    @property
    def weight(self) -> tuple[int, int]:
        """How much of a plate was found: whole matrices go before faulty ones."""
        return sum(len(m.letters) * len(m.columns) for m in self.matrices), len(self.mistakes)


def sniff(raw: bytes, suffix: str) -> bool:
    """A plate's matrix, whole or faulty, stands in the text or on one of the sheets."""
    del suffix
    if not is_workbook(raw) and not is_text(raw):
        return False
    try:
        return any(plan.matrices or plan.mistakes for plan in plans_of(raw, ""))
    except ReadError:
        return False


def read(raw: bytes, request: Request) -> FileRead:
    """A reading (`signal`) of every well of every matrix. The block is the matrix's title, else the
    sheet, else its number.

    The channel is the assay's analyte. The unit is OD, RFU or RLU where title or file name one way
    of reading. Cells that belong to no matrix are listed. Raises `ReadError`: matrices that are no
    whole plate or lie on their side, numbers that belong to no matrix, cells that are no signal.
    """
    gathered = Signals(request)
    plans = list(_chosen(plans_of(raw, request.source), gathered))
    for plan in plans:
        gathered.mistakes += plan.mistakes
        gathered.ignored += _aside(plan)
    analyte, names = immunoassay(request).analyte, names_of(plans)
    for plan in plans:
        words = [text_of(plan.sheet.cell(*place)) for place in plan.aside]
        for matrix in plan.matrices:
            unit = unit_of([matrix.title]) or unit_of([matrix.title, matrix.sheet.name, *words])
            gathered.signals += matrix.signals(names[id(matrix)], analyte, unit)
    header = {"format": "plate matrix", "readings": ", ".join(names.values())}
    return gathered.read(header, separator=plans[0].sheet.separator if plans else "")


def plans_of(raw: bytes, source: str) -> list[Plan]:
    """The plan of every sheet; of a text, under the separator that gives most of a plate. Raises
    `ReadError`.
    """
    plans = [_plan(sheet) for sheet in sheets_of(raw, source)]
    return plans if is_workbook(raw) else [max(plans, key=lambda plan: plan.weight)]


def _chosen(plans: Sequence[Plan], gathered: Signals) -> Iterator[Plan]:
    """The plans of the sheets that are read; the others are listed."""
    if not gathered.has_sheet([plan.sheet.name for plan in plans]):
        return
    for plan in plans:
        name = plan.sheet.name
        if not gathered.takes_sheet(name):
            continue
        if plan.matrices or plan.mistakes:
            yield plan
        elif name:
            gathered.ignore(f"sheet {name}", "no matrix of a plate")


def names_of(plans: Sequence[Plan]) -> dict[int, str]:
    """The name of every matrix, by its id(): its title; where it has none the sheet, numbered where
    it holds several.
    """
    titles: Counter[str] = Counter()
    for plan in plans:
        titles.update(matrix.title for matrix in plan.matrices)
    names: dict[int, str] = {}
    for plan in plans:
        alone = len(plan.matrices) == 1
        place = plan.sheet.name or ("table" if alone else "matrix")
        for number, matrix in enumerate(plan.matrices, start=1):
            own = place if alone else f"{place} {number}"
            titled = matrix.title if titles[matrix.title] == 1 else f"{matrix.title} ({own})"
            names[id(matrix)] = titled if matrix.title else own
    return names


def _aside(plan: Plan) -> Iterator[Ignored]:
    """The cells of a sheet that belong to no matrix, line by line."""
    lines: dict[int, str] = {}
    for row, column in plan.aside:
        lines.setdefault(row, text_of(plan.sheet.cell(row, column)))
    if lines:
        sheet = f"sheet {plan.sheet.name}: " if plan.sheet.name else ""
        yield Ignored(
            f"{sheet}{len(lines)} lines beside the matrices",
            "no part of any: " + shortened(list(lines.values())),
        )


def _plan(sheet: Sheet) -> Plan:
    matrices = labelled(sheet)
    plan = Plan(sheet, [matrix for matrix in matrices if matrix.whole])
    plan.mistakes += [matrix.not_whole() for matrix in matrices if not matrix.whole]
    plan.mistakes += _on_its_side(sheet)
    if not plan.matrices and not plan.mistakes:
        matrices = _bare(plan)
    taken: set[tuple[int, int]] = set()
    for matrix in matrices:
        taken.update(_places(matrix))
    plan.aside = [place for place in _filled_places(sheet) if place not in taken]
    if plan.matrices:
        plan.mistakes += _stray(plan)
    return plan


def _filled_places(sheet: Sheet) -> Iterator[tuple[int, int]]:
    """Row and column of every cell that is not empty."""
    for row, cells in enumerate(sheet.rows):
        for column, cell in enumerate(cells):
            if cell != "":
                yield row, column


def _places(matrix: Matrix) -> Iterator[tuple[int, int]]:
    """The cells a matrix takes, its header and title among them; a corner that says anything else
    is none of them.
    """
    has_header = matrix.head < matrix.top
    odd_corner = has_header and matrix.corner not in (*_CORNER, matrix.title)
    for row in range(matrix.head, matrix.bottom):
        for column in range(matrix.left - has_header, matrix.right):
            if (row, column) != (matrix.head, matrix.left - 1) or not odd_corner:
                yield row, column
    above = _row_above(matrix.sheet, matrix.head)
    if above is not None and matrix.title:
        for column, cell in enumerate(matrix.sheet.rows[above]):
            if text_of(cell) == matrix.title:
                yield above, column


def labelled(sheet: Sheet) -> list[Matrix]:
    """The matrices with column numbers above and row letters beside them, whole or not."""
    matrices: list[Matrix] = []
    for head, cells in enumerate(sheet.rows):
        headers = [
            (start, numbers)
            for start, numbers in _number_runs(cells)
            if start and _letter(sheet.cell(head + 1, start - 1))
        ]
        alone = len(headers) == 1
        matrices += [_matrix(sheet, head, start, numbers, alone) for start, numbers in headers]
    return matrices


def _matrix(sheet: Sheet, head: int, left: int, numbers: tuple[int, ...], alone: bool) -> Matrix:
    """The matrix below a line of column numbers. Its title is what stands above it (where it is
    not `alone`: above its columns), else what stands in its corner.
    """
    letters = _letters_down(sheet, head + 1, left - 1)
    span = slice(None) if alone else slice(left - 1, left + len(numbers))
    corner = text_of(sheet.cell(head, left - 1))
    title = _title(sheet, head, span) or ("" if corner in _CORNER else corner)
    return Matrix(sheet, head + 1, left, letters, numbers, title, head)


def _number_runs(cells: Sequence[Cell]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Where whole numbers that rise by one stand side by side, two or more."""
    start, numbers = 0, list[int]()
    for column, cell in enumerate([*cells, ""]):
        text = text_of(cell)
        number = int(text) if _WHOLE.match(text) else None
        if numbers and number == numbers[-1] + 1:
            numbers.append(number)
            continue
        if len(numbers) > 1:
            yield start, tuple(numbers)
        start, numbers = column, [] if number is None else [number]


def _letter(cell: Cell) -> str:
    text = text_of(cell).upper()
    return text if text in LETTERS else ""


def _letters_down(sheet: Sheet, top: int, column: int) -> tuple[str, ...]:
    """The letters under one another from a row on, as long as each follows the one above."""
    first = LETTERS.index(_letter(sheet.cell(top, column)))
    count = 1
    for row, letter in enumerate(LETTERS[first + 1 :], start=top + 1):
        if _letter(sheet.cell(row, column)) != letter:
            break
        count += 1
    return LETTERS[first : first + count]


def _row_above(sheet: Sheet, head: int) -> int | None:
    """The last row above that is not empty."""
    return next((row for row in range(head - 1, -1, -1) if any_filled(sheet.rows[row])), None)


def _title(sheet: Sheet, head: int, span: slice) -> str:
    """The words above a matrix, where its line says nothing else."""
    row = _row_above(sheet, head)
    texts = [] if row is None else filled_texts(sheet.rows[row][span])
    return texts[0] if len(texts) == 1 else ""


def _bare(plan: Plan) -> list[Matrix]:
    """Runs of lines that hold numbers alone: whole plates are kept, other sizes are mistakes."""
    sheet = plan.sheet
    for top, height in _numeric_runs(sheet):
        left, width = _box(sheet, top, height)
        if (height, width) in BARE:
            numbers = tuple(range(1, width + 1))
            title = _title(sheet, top, slice(None))
            plan.matrices.append(Matrix(sheet, top, left, LETTERS[:height], numbers, title, top))
        elif min(height, width) >= _FEWEST:
            plan.mistakes.append(
                Mistake(
                    sheet.where(top, left),
                    f"{height} x {width} numbers without row letters and column numbers",
                    "8 x 12 or 16 x 24 numbers",
                    "export the whole plate with its row letters and column numbers",
                )
            )
    return plan.matrices


def _numeric_runs(sheet: Sheet) -> Iterator[tuple[int, int]]:
    """First row and height of every run of lines that hold nothing but signals, two or more of
    them.
    """
    top = None
    for row, cells in enumerate([*sheet.rows, []]):
        signals = [cell for cell in cells if cell != "" and not nothing_read(cell)]
        fits = len(signals) > 1 and all(map(number_like, signals))
        if fits and top is None:
            top = row
        elif not fits and top is not None:
            yield top, row - top
            top = None


def _box(sheet: Sheet, top: int, height: int) -> tuple[int, int]:
    """First column and width of such a run: of a text as its lines have cells, where that is a
    plate's width.
    """
    rows = sheet.rows[top : top + height]
    widths = {len(row) for row in rows}
    if sheet.separator and len(widths) == 1 and widths <= {columns for _, columns in BARE}:
        return 0, widths.pop()
    used: set[int] = set()
    for row in rows:
        used.update(column for column, cell in enumerate(row) if cell != "")
    return min(used), max(used) - min(used) + 1


def _on_its_side(sheet: Sheet) -> Iterator[Mistake]:
    """Matrices with letters above and numbers beside them."""
    for head, cells in enumerate(sheet.rows):
        start = next((column for column, cell in enumerate(cells) if _letter(cell)), 0)
        above = [text_of(cell).upper() for cell in cells[start : start + 3]]
        beside = [text_of(sheet.cell(head + down, start - 1)) for down in (1, 2, 3)]
        if start and above == ["A", "B", "C"] and beside == ["1", "2", "3"]:
            yield Mistake(
                sheet.where(head, start),
                "a matrix on its side: letters above, numbers beside",
                "letters beside, numbers above",
                "turn it (copy, paste special, transpose), or export it again",
            )


def _stray(plan: Plan) -> Iterator[Mistake]:
    """Numbers beside a matrix, and matrices without letters below one with letters."""
    rows_of_matrices: set[int] = set()
    for matrix in plan.matrices:
        rows_of_matrices.update(range(matrix.top, matrix.bottom))
    numbers: Counter[int] = Counter()
    for row, column in plan.aside:
        cell = plan.sheet.cell(row, column)
        if not number_like(cell):
            continue
        numbers[row] += row not in rows_of_matrices
        if row in rows_of_matrices and not nothing_read(cell):
            yield Mistake(
                plan.sheet.where(row, column),
                f"{text_of(cell)!r} beside a matrix",
                "the columns of the plate alone",
                "remove it, or give its column a number",
            )
    wide = [row for row, count in numbers.items() if count >= _WIDE]
    if len(wide) >= _FEWEST:
        yield Mistake(
            plan.sheet.where(wide[0], 0),
            f"{len(wide)} lines of numbers that belong to no matrix",
            "row letters and column numbers at every matrix",
            "label it as the others are, or remove it",
        )
