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

from exvivo.errors import Mistake, ReadError
from exvivo.read.cells.cell import Cell, text_of
from exvivo.read.cells.messages import shortened
from exvivo.read.cells.sheet import Sheet
from exvivo.read.cells.workbook import is_workbook
from exvivo.read.plate_reader.shared import (
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

PLATES = ((4, 6), (6, 8), (8, 12), (16, 24), (32, 48))
"""Rows and columns of the plates there are."""
BARE = ((8, 12), (16, 24))
"""Plates that are told from other tables by their size alone."""
LETTERS = tuple(chr(65 + n) for n in range(26)) + tuple("A" + chr(65 + n) for n in range(6))
"""The rows of a plate."""

_WHOLE = re.compile(r"[1-9][0-9]?$")
_CORNER = ("", "<>")
_FEWEST = 4
"""Lines and numbers a line from which numbers look like a matrix."""


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
    def whole(self) -> bool:
        """Whether it is a whole plate."""
        starts = self.letters[:1] == ("A",) and self.columns[:1] == (1,)
        return starts and (len(self.letters), len(self.columns)) in PLATES

    def where(self) -> str:
        """The address of its header."""
        return self.sheet.where(self.head, max(self.left - 1, 0))

    def wells(self) -> Iterator[tuple[str, str, Cell]]:
        """Address, well and cell of every position."""
        for row, letter in enumerate(self.letters, start=self.top):
            for column, number in enumerate(self.columns, start=self.left):
                yield (
                    self.sheet.where(row, column),
                    f"{letter}{number}",
                    self.sheet.cell(row, column),
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
    assay = immunoassay(request)
    gathered = Signals(request)
    plans = list(_chosen(plans_of(raw, request.source), assay.sheet, gathered))
    for plan in plans:
        gathered.mistakes += plan.mistakes
        gathered.ignored += _aside(plan)
    names = names_of(plans)
    for plan in plans:
        words = [text_of(plan.sheet.cell(*place)) for place in plan.aside]
        for matrix in plan.matrices:
            unit = unit_of([matrix.title]) or unit_of([matrix.title, matrix.sheet.name, *words])
            for where, well, cell in matrix.wells():
                gathered.signals.append(
                    Signal(
                        where=where,
                        block=names[id(matrix)],
                        well=well,
                        cell=cell,
                        channel=assay.analyte,
                        unit=unit,
                    )
                )
    separator = plans[0].sheet.separator if plans else ""
    return gathered.read(
        {"format": "plate matrix", "readings": ", ".join(names.values())}, separator=separator
    )


def plans_of(raw: bytes, source: str) -> list[Plan]:
    """The plan of every sheet; of a text, under the separator that gives most of a plate. Raises
    `ReadError`.
    """
    plans = [_plan(sheet) for sheet in sheets_of(raw, source)]
    return plans if is_workbook(raw) else [max(plans, key=lambda plan: plan.weight)]


def _chosen(plans: list[Plan], wanted: str, gathered: Signals) -> Iterator[Plan]:
    """The plans of the sheets that are read; the others are listed."""
    names = [plan.sheet.name for plan in plans]
    if wanted and wanted not in names:
        found = (
            f"no sheet {wanted!r}"
            if any(names)
            else f"a text, where study.yaml names the sheet {wanted!r}"
        )
        gathered.mistakes.append(
            Mistake(
                gathered.request.source,
                found,
                "one of its sheets: " + (", ".join(names) or "none"),
                "correct `sheet` of the assay in study.yaml",
            )
        )
        return
    for plan in plans:
        if wanted and plan.sheet.name != wanted:
            gathered.ignored.append(
                Ignored(f"sheet {plan.sheet.name}", f"the assay names sheet {wanted}")
            )
        elif plan.matrices or plan.mistakes:
            yield plan
        elif plan.sheet.name:
            gathered.ignored.append(Ignored(f"sheet {plan.sheet.name}", "no matrix of a plate"))


def names_of(plans: Sequence[Plan]) -> dict[int, str]:
    """The name of every matrix, by its id(): its title; where it has none the sheet, numbered where
    it holds several.
    """
    names: dict[int, str] = {}
    titles = Counter(m.title for plan in plans for m in plan.matrices)
    for plan in plans:
        for number, matrix in enumerate(plan.matrices, start=1):
            place = plan.sheet.name or ("table" if len(plan.matrices) == 1 else "matrix")
            own = place if len(plan.matrices) == 1 else f"{place} {number}"
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
    plan = Plan(sheet)
    found = labelled(sheet)
    for matrix in found:
        if matrix.whole:
            plan.matrices.append(matrix)
        else:
            plan.mistakes.append(_not_whole(matrix))
    plan.mistakes += _on_its_side(sheet)
    if not plan.matrices and not plan.mistakes:
        found = _bare(plan)
    taken = {place for matrix in found for place in _places(matrix)}
    plan.aside = [
        (row, column)
        for row, cells in enumerate(sheet.rows)
        for column, cell in enumerate(cells)
        if cell != "" and (row, column) not in taken
    ]
    if plan.matrices:
        plan.mistakes += _stray(plan)
    return plan


def _places(matrix: Matrix) -> Iterator[tuple[int, int]]:
    """The cells a matrix takes, its header and title among them."""
    named = matrix.head < matrix.top
    for row in range(matrix.head, matrix.bottom):
        for column in range(matrix.left - named, matrix.right):
            if (
                row != matrix.head
                or not named
                or column >= matrix.left
                or _corner(matrix) in (*_CORNER, matrix.title)
            ):
                yield row, column
    above = _above(matrix.sheet, matrix.head)
    if above is not None and matrix.title:
        yield from (
            (above, c) for c, x in enumerate(matrix.sheet.rows[above]) if text_of(x) == matrix.title
        )


def _corner(matrix: Matrix) -> str:
    return text_of(matrix.sheet.cell(matrix.head, matrix.left - 1))


def labelled(sheet: Sheet) -> list[Matrix]:
    """The matrices with column numbers above and row letters beside them, whole or not."""
    found = []
    for head, cells in enumerate(sheet.rows):
        runs = [
            (start, numbers)
            for start, numbers in _runs(cells)
            if start and _letter(sheet.cell(head + 1, start - 1))
        ]
        for start, numbers in runs:
            letters = _rows(sheet, head + 1, start - 1)
            span = (start - 1, start + len(numbers)) if len(runs) > 1 else (0, 1 << 20)
            matrix = Matrix(
                sheet, head + 1, start, letters, numbers, _title(sheet, head, span), head
            )
            if not matrix.title and _corner(matrix) not in _CORNER:
                matrix = Matrix(sheet, head + 1, start, letters, numbers, _corner(matrix), head)
            found.append(matrix)
    return found


def _runs(cells: Sequence[Cell]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Where whole numbers that rise by one stand side by side, two or more."""
    start, numbers = 0, list[int]()
    for column, cell in enumerate([*cells, ""]):
        said = text_of(cell)
        number = int(said) if _WHOLE.match(said) else None
        if numbers and number == numbers[-1] + 1:
            numbers.append(number)
            continue
        if len(numbers) > 1:
            yield start, tuple(numbers)
        start, numbers = column, [number] if number is not None else []


def _letter(cell: Cell) -> str:
    said = text_of(cell).upper()
    return said if said in LETTERS else ""


def _rows(sheet: Sheet, top: int, column: int) -> tuple[str, ...]:
    """The letters under one another from a row on, as long as each follows the one above."""
    letters = [_letter(sheet.cell(top, column))]
    while (after := LETTERS.index(letters[-1]) + 1) < len(LETTERS) and _letter(
        sheet.cell(top + len(letters), column)
    ) == LETTERS[after]:
        letters.append(LETTERS[after])
    return tuple(letters)


def _above(sheet: Sheet, head: int) -> int | None:
    """The last row above that is not empty."""
    return next(
        (row for row in range(head - 1, -1, -1) if any(cell != "" for cell in sheet.rows[row])),
        None,
    )


def _title(sheet: Sheet, head: int, span: tuple[int, int]) -> str:
    """The words above a matrix, where its line says nothing else."""
    row = _above(sheet, head)
    if row is None:
        return ""
    said = [text_of(cell) for cell in sheet.rows[row][span[0] : span[1]] if cell != ""]
    return said[0] if len(said) == 1 else ""


def _bare(plan: Plan) -> list[Matrix]:
    """Runs of lines that hold numbers alone: whole plates are kept, other sizes are mistakes."""
    sheet, found = plan.sheet, []
    for top, height in _numeric(sheet):
        left, width = _box(sheet, top, height)
        if (height, width) in BARE:
            numbers = tuple(range(1, width + 1))
            matrix = Matrix(
                sheet, top, left, LETTERS[:height], numbers, _title(sheet, top, (0, 1 << 20)), top
            )
            plan.matrices.append(matrix)
            found.append(matrix)
        elif height >= _FEWEST and width >= _FEWEST:
            plan.mistakes.append(
                Mistake(
                    sheet.where(top, left),
                    f"{height} x {width} numbers without row letters and column numbers",
                    "8 x 12 or 16 x 24 numbers",
                    "export the whole plate with its row letters and column numbers",
                )
            )
    return found


def _numeric(sheet: Sheet) -> Iterator[tuple[int, int]]:
    """First row and height of every run of lines that hold nothing but signals, two or more of
    them.
    """
    top = None
    for row in range(len(sheet.rows) + 1):
        cells = [cell for cell in (sheet.rows[row] if row < len(sheet.rows) else ()) if cell != ""]
        signals = [cell for cell in cells if not nothing_read(cell)]
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
    lengths = {len(row) for row in rows}
    if (
        sheet.separator
        and len(lengths) == 1
        and (width := lengths.pop()) in {columns for _, columns in BARE}
    ):
        return 0, width
    used = [column for row in rows for column, cell in enumerate(row) if cell != ""]
    return min(used), max(used) - min(used) + 1


def _not_whole(matrix: Matrix) -> Mistake:
    letters, numbers = matrix.letters, matrix.columns
    return Mistake(
        matrix.where(),
        f"a matrix of rows {letters[0]} to {letters[-1]} and columns {numbers[0]} to {numbers[-1]}",
        "a whole plate: " + ", ".join(f"{rows} x {columns}" for rows, columns in PLATES),
        "export the whole plate; wells that were not read stay blank",
    )


def _on_its_side(sheet: Sheet) -> Iterator[Mistake]:
    """Matrices with letters above and numbers beside them."""
    for head, cells in enumerate(sheet.rows):
        letters = [column for column, cell in enumerate(cells) if _letter(cell)]
        start = letters[0] if letters else 0
        aligned = [text_of(cell).upper() for cell in cells[start : start + 3]] == list("ABC")
        if (
            start
            and aligned
            and [text_of(sheet.cell(head + n, start - 1)) for n in (1, 2, 3)] == ["1", "2", "3"]
        ):
            yield Mistake(
                sheet.where(head, start),
                "a matrix on its side: letters above, numbers beside",
                "letters beside, numbers above",
                "turn it (copy, paste special, transpose), or export it again",
            )


def _stray(plan: Plan) -> Iterator[Mistake]:
    """Numbers beside a matrix, and matrices without letters below one with letters."""
    beside = {row for matrix in plan.matrices for row in range(matrix.top, matrix.bottom)}
    for row, column in plan.aside:
        cell = plan.sheet.cell(row, column)
        if row in beside and not nothing_read(cell) and number_like(cell):
            yield Mistake(
                plan.sheet.where(row, column),
                f"{text_of(cell)!r} beside a matrix",
                "the columns of the plate alone",
                "remove it, or give its column a number",
            )
    rest = Counter(row for row, column in plan.aside if number_like(plan.sheet.cell(row, column)))
    wide = [row for row, count in rest.items() if count >= 6 and row not in beside]
    if len(wide) >= _FEWEST:
        yield Mistake(
            plan.sheet.where(wide[0], 0),
            f"{len(wide)} lines of numbers that belong to no matrix",
            "row letters and column numbers at every matrix",
            "label it as the others are, or remove it",
        )
