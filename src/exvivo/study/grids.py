"""Plates drawn as grids: column numbers above, row letters at the left, a word or number a well.

One grid a field (`donor`, `stimulus`, `dilution`, named in the corner, above the grid or by the
sheet), or one whose cells hold the names of samples (`RA01 LPS 1`, `Std1`, `Blank`). Several stand
on a sheet, beside or under one another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from string import ascii_uppercase

from exvivo.study.sheets import TextSheet

_FEWEST = 2
"""Rows and columns a grid has at least."""
_TITLES = 3
"""Lines above a grid that may name it."""
_LETTERS = [*ascii_uppercase, *(f"A{letter}" for letter in ascii_uppercase[:6])]
"""The rows of a plate of up to 1536 wells."""
_NUMBER = re.compile(r"0?[1-9]|[1-4]\d")
Place = tuple[int, int]
"""Row and column of a cell of a sheet, counted from 0."""


@dataclass(frozen=True)
class Grid:
    """A grid of a sheet: where its corner is, how many rows and columns it has, and which wells
    they are. `titles` are the texts that may name it, the nearest first, with their places.
    """

    sheet: TextSheet
    corner: Place
    letters: tuple[str, ...]
    numbers: tuple[int, ...]
    titles: tuple[tuple[str, Place], ...] = ()

    def wells(self) -> Iterator[tuple[str, str, str]]:
        """Each well with its text and the address of its cell."""
        for down, letter in enumerate(self.letters, start=1):
            for right, number in enumerate(self.numbers, start=1):
                row, column = self.corner[0] + down, self.corner[1] + right
                text = _cell(self.sheet.rows, row, column)
                yield f"{letter}{number}", text, cell_address(self.sheet, row, column)

    def places(self) -> Iterator[Place]:
        """All its cells, with those of its letters and numbers."""
        for row in range(self.corner[0], self.corner[0] + len(self.letters) + 1):
            for column in range(self.corner[1], self.corner[1] + len(self.numbers) + 1):
                yield row, column

    @property
    def where(self) -> str:
        """The address of its corner."""
        return cell_address(self.sheet, *self.corner)


def cell_address(sheet: TextSheet, row: int, column: int) -> str:
    """The address of a cell; in a text its line and the number of the cell."""
    where = sheet.where(row, column)
    return where if sheet.name else f"{where}, cell {column + 1}"


def grids_of(sheet: TextSheet) -> tuple[list[Grid], list[Place]]:
    """The grids of a sheet, and the filled cells that belong to none."""
    grids: list[Grid] = []
    taken: set[Place] = set()
    for corner, numbers in _number_lines(sheet.rows):
        letters = _letters_below(sheet.rows, corner)
        if corner not in taken and len(letters) >= _FEWEST:
            grid = Grid(sheet, corner, letters, numbers)
            taken.update(grid.places())
            grids.append(grid)
    titled = [_titled(grid, grids, taken) for grid in grids]
    named = {place for grid in titled for _, place in grid.titles}
    return titled, [place for place in _filled(sheet.rows) if place not in taken | named]


def is_grid(rows: Sequence[Sequence[str]]) -> bool:
    """Whether rows of cells hold a grid."""
    lines = _number_lines(rows)
    return any(len(_letters_below(rows, corner)) >= _FEWEST for corner, _ in lines)


def _number_lines(
    rows: Sequence[Sequence[str]],
) -> Iterator[tuple[Place, tuple[int, ...]]]:
    """Every run of column numbers with a column at its left, and the corner before it."""
    for at, row in enumerate(rows):
        numbers = [int(cell) if _NUMBER.fullmatch(cell) else 0 for cell in row]
        begin = 1
        while begin < len(row):
            end = begin + 1
            while end < len(row) and numbers[begin] and numbers[end] > numbers[end - 1]:
                end += 1
            if numbers[begin] and end - begin >= _FEWEST:
                yield (at, begin - 1), tuple(numbers[begin:end])
            begin = end


def _letters_below(rows: Sequence[Sequence[str]], corner: Place) -> tuple[str, ...]:
    """The letters under a corner, as far as each comes later than the one above."""
    letters: list[str] = []
    for row in range(corner[0] + 1, len(rows)):
        letter = _cell(rows, row, corner[1]).upper()
        place = _LETTERS.index(letter) if letter in _LETTERS else -1
        if place < 0 or (letters and place <= _LETTERS.index(letters[-1])):
            break
        letters.append(letter)
    return tuple(letters)


def _titled(grid: Grid, grids: Sequence[Grid], taken: set[Place]) -> Grid:
    """The grid with the texts that may name it: that of its corner, then the lines above."""
    titles: list[tuple[str, Place]] = []
    top, left = grid.corner
    alone = not any(_beside(grid, other) for other in grids)
    if corner := _cell(grid.sheet.rows, top, left):
        titles.append((corner, grid.corner))
    for row in range(top - 1, max(top - 1 - _TITLES, -1), -1):
        line = _line_above(grid, row, taken, alone=alone)
        if not line:
            break
        titles += line
    return replace(grid, titles=tuple(titles))


def _beside(grid: Grid, other: Grid) -> bool:
    """Whether two grids stand beside one another."""
    ends = (one.corner[0] + len(one.letters) for one in (grid, other))
    return grid is not other and max(grid.corner[0], other.corner[0]) <= min(ends)


def _line_above(grid: Grid, row: int, taken: set[Place], *, alone: bool) -> list[tuple[str, Place]]:
    """The one text of a line above a grid, within its columns or, where it stands alone, on the
    whole line; nothing where other cells or several texts stand there.
    """
    cells = grid.sheet.rows[row]
    left, right = grid.corner[1], grid.corner[1] + len(grid.numbers)
    if any((row, column) in taken for column in range(left, right + 1)):
        return []
    within = {column: cells[column] for column in range(left, min(right + 1, len(cells)))}
    for part in (within, dict(enumerate(cells))) if alone else (within,):
        filled = {column: text for column, text in part.items() if text}
        if len(set(filled.values())) == 1:
            return [(text, (row, column)) for column, text in filled.items()]
    return []


def touching(grids: Sequence[Grid], places: Sequence[Place]) -> list[Place]:
    """The cells that touch a grid: what they say may be of its wells."""
    around = {near for grid in grids for place in grid.places() for near in _around(grid, place)}
    return [place for place in places if place in around]


def _around(grid: Grid, place: Place) -> Iterator[Place]:
    """The cells around one, as far as the lines of the file follow one another."""
    lines = grid.sheet.lines
    for row in range(max(place[0] - 1, 0), min(place[0] + 2, len(lines))):
        if abs(lines[row] - lines[place[0]]) <= 1:
            yield from ((row, column) for column in range(place[1] - 1, place[1] + 2))


def _filled(rows: Sequence[Sequence[str]]) -> Iterator[Place]:
    """The cells that hold anything."""
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            if text:
                yield at, column


def _cell(rows: Sequence[Sequence[str]], row: int, column: int) -> str:
    inside = 0 <= row < len(rows) and 0 <= column < len(rows[row])
    return rows[row][column] if inside else ""
