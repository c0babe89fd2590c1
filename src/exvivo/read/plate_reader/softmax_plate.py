"""A plate of SoftMax Pro: what its line of settings says, and its wells, by rows or in one line.

`PlateFormat` shows every wavelength as a matrix, side by side; `TimeFormat` names the wells in a
header and has a line for each wavelength. A part of a plate is read where the settings say which
columns and rows were read. The fields are those of the program's guide, and of real files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import dropwhile, takewhile

from exvivo.errors import Mistake
from exvivo.read.cells.located import is_well
from exvivo.read.plate_reader.shared import LETTERS, PLATES

Cells = tuple[str, ...]
"""The cells of a line."""
BY_ROWS, BY_WELLS = "PlateFormat", "TimeFormat"
FIRST_ROW = 2
"""The line of a block with its first readings, behind the settings and the header."""
_FORMAT, _TYPE, _MODE, _DATA, _WAVES = 3, 4, 5, 6, 15
"""Fields of the line `Plate:`; those from the data on lie one further where the fluorescence's
field stands before them."""
_DATA_TYPES = ("Raw", "Reduced")
_ABSORBANCE = "Absorbance"
_ROWS_OF_ABSORBANCE, _ROWS_OF_LIGHT = 19, 28
_FIRST_VALUE = 2
"""The first cell of a line with a reading, behind the time and the temperature."""


def cell_at(cells: Sequence[str], at: int) -> str:
    """A cell of a line; nothing where the line ends before it."""
    return cells[at] if at < len(cells) else ""


def _count(text: str) -> int:
    """A whole number; 0 where the text is none."""
    return int(text) if text.isascii() and text.isdigit() else 0


@dataclass(frozen=True)
class Settings:
    """The line `Plate:` of a block."""

    fields: Cells

    @property
    def shift(self) -> int:
        """How much further the fields from the data on lie."""
        return int(cell_at(self.fields, _DATA + 1) in _DATA_TYPES)

    @property
    def format(self) -> str:
        """By rows or by wells."""
        return cell_at(self.fields, _FORMAT)

    @property
    def type(self) -> str:
        """Endpoint, Kinetic, Spectrum, ..."""
        return cell_at(self.fields, _TYPE)

    @property
    def mode(self) -> str:
        """Absorbance, Fluorescence, Luminescence, ..."""
        return cell_at(self.fields, _MODE)

    @property
    def data(self) -> str:
        """Raw or Reduced."""
        return cell_at(self.fields, _DATA + self.shift)

    @property
    def waves(self) -> list[str]:
        """The wavelengths."""
        return cell_at(self.fields, _WAVES + self.shift).split()

    @property
    def columns(self) -> range:
        """The numbers of the columns that were read; none where the line does not say."""
        at = _WAVES + self.shift + 1
        return self._numbers(at)

    @property
    def rows(self) -> range:
        """The numbers of the rows that were read, from 1; none where the line does not say."""
        of_light = _ROWS_OF_LIGHT + self.shift
        return self._numbers(_ROWS_OF_ABSORBANCE if self.mode == _ABSORBANCE else of_light)

    def _numbers(self, at: int) -> range:
        first, count = (_count(cell_at(self.fields, place)) for place in (at, at + 1))
        return range(first, first + count) if first else range(0)

    def unread(self, where: str, name: str) -> Iterator[Mistake]:
        """Settings that are not read: kinetics, spectra, reduced data."""
        wanted = (
            (self.format, (BY_ROWS, BY_WELLS)),
            (self.type, ("Endpoint",)),
            (self.data, ("Raw",)),
        )
        for setting, expected in wanted:
            if setting not in expected:
                yield Mistake(
                    where,
                    f"plate {name}: {setting or 'nothing'}",
                    " or ".join(expected),
                    "export the raw data of an endpoint in plate format",
                )


@dataclass(frozen=True)
class Reading:
    """One reading of a plate: its wavelength, well and cell, and the line it stands in, counted
    from that of the settings.
    """

    wave: str
    well: str
    cell: str
    line: int


@dataclass(frozen=True)
class Span:
    """Where column numbers that follow one another start in a header, the first of them, and how
    many there are.
    """

    start: int
    first: int
    width: int

    def cells(self, line: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Column number and cell of every column."""
        for column in range(self.width):
            yield self.first + column, cell_at(line, self.start + column)


def spans(header: Sequence[str]) -> list[Span]:
    """The runs of column numbers of a header: one for every wavelength."""
    runs: list[Span] = []
    for at, number in enumerate(map(_count, header)):
        last = runs[-1] if runs else Span(-1, 0, 0)
        if number and (at, number) == (last.start + last.width, last.first + last.width):
            runs[-1] = Span(last.start, last.first, last.width + 1)
        elif number:
            runs.append(Span(at, number, 1))
    return runs


@dataclass(frozen=True)
class Wells:
    """The readings of a plate, what is wrong with them, the temperature of each line, and the
    lines behind them.
    """

    readings: tuple[Reading, ...]
    mistakes: tuple[Mistake, ...]
    temperatures: tuple[tuple[str, str], ...]
    below: tuple[Cells, ...]


def wells_of(lines: Sequence[Cells], number: int, source: str) -> Wells:
    """The wells of a plate block: its lines (the settings first), the number of the first in the
    file, and the file's name for messages.
    """
    settings = Settings(lines[0])
    if settings.format == BY_WELLS:
        return _by_wells(settings, lines, f"{source}:{number}")
    return _by_rows(settings, lines, number, source)


def _by_rows(settings: Settings, lines: Sequence[Cells], number: int, source: str) -> Wells:
    header = lines[1] if len(lines) > 1 else ()
    runs, first = spans(header), _first_filled(lines)
    rows = list(takewhile(any, lines[first:]))
    mistakes = [*_other_size(settings, runs, len(rows), f"{source}:{number}")]
    if not mistakes:
        mistakes = [
            mistake
            for at, line in enumerate(rows, start=number + first)
            for mistake in _outside(line, runs, settings.columns, f"{source}:{at}")
        ]
    letters = _letters(settings, len(rows))
    readings = () if mistakes else tuple(_readings(settings, runs, letters, rows, first))
    temperatures = tuple(
        (f"row {letter}", cell_at(line, 1)) for letter, line in zip(letters, rows, strict=False)
    )
    below = tuple(lines[first + len(rows) :])
    return Wells(readings, tuple(mistakes), temperatures, below)


def _first_filled(lines: Sequence[Cells]) -> int:
    """The first line behind the header that is not empty; rows that were not read may be."""
    behind = lines[FIRST_ROW:]
    return FIRST_ROW + len(behind) - len(list(dropwhile(lambda line: not any(line), behind)))


def _letters(settings: Settings, height: int) -> Sequence[str]:
    """The letters of the rows, the first as the settings say."""
    start = settings.rows.start - 1 if settings.rows else 0
    return LETTERS[start : start + height]


def _readings(
    settings: Settings,
    runs: Sequence[Span],
    letters: Sequence[str],
    rows: Sequence[Cells],
    first: int,
) -> Iterator[Reading]:
    read = settings.columns
    for at, (letter, line) in enumerate(zip(letters, rows, strict=True), start=first):
        for wave, run in zip(settings.waves, runs, strict=True):
            for column, cell in run.cells(line):
                if not read or column in read:
                    yield Reading(wave, f"{letter}{column}", cell, at)


def _other_size(
    settings: Settings, runs: Sequence[Span], height: int, where: str
) -> Iterator[Mistake]:
    """Matrices of another size than the settings state; where they state none, no whole plate."""
    waves, read = settings.waves, settings.columns
    covered = all(set(read) <= set(range(run.first, run.first + run.width)) for run in runs)
    sizes = {(height, run.width) for run in runs}
    stated = bool(settings.rows and read)
    right = covered and height == len(settings.rows) if stated else sizes <= set(PLATES)
    if runs and len(runs) == len(waves) and len(sizes) == 1 and right:
        return
    width = runs[0].width if runs else 0
    listed = ", ".join(waves) or "none"
    rows, columns = settings.rows, settings.columns
    part = f", {len(rows)} rows and columns {columns.start} to {columns.stop - 1}" if stated else ""
    yield Mistake(
        where,
        f"{len(runs)} matrices of {height} x {width} for the wavelengths {listed}",
        f"one whole plate a wavelength{part}",
        "export the plate again, as an endpoint in plate format",
    )


def _outside(
    line: Sequence[str], runs: Sequence[Span], read: range, where: str
) -> Iterator[Mistake]:
    """Cells beside the columns of the plate, and in columns that the settings do not read."""
    for at, cell in enumerate(line[_FIRST_VALUE:], start=_FIRST_VALUE):
        column = next((run.first + at - run.start for run in runs if _covers(run, at)), None)
        if cell and (column is None or (read and column not in read)):
            yield Mistake(
                where,
                f"{cell!r} beside the columns"
                if column is None
                else f"{cell!r} in column {column}, which the settings do not read",
                "the columns of the plate alone",
                "export the plate again",
            )


def _covers(run: Span, at: int) -> bool:
    return run.start <= at < run.start + run.width


def _by_wells(settings: Settings, lines: Sequence[Cells], where: str) -> Wells:
    """The readings of TimeFormat: the header names the wells, each wavelength has one line."""
    names = lines[1][_FIRST_VALUE:] if len(lines) > 1 else ()
    behind = [(at, line) for at, line in enumerate(lines) if at >= FIRST_ROW and any(line)]
    of_waves = list(takewhile(lambda row: not _names_wells(row[1]), behind))
    mistakes = [*_not_a_line_a_wave(settings, names, len(of_waves), where)]
    readings: list[Reading] = []
    for wave, (at, line) in zip(settings.waves, of_waves, strict=False):
        cells = zip(names, line[_FIRST_VALUE:], strict=False)
        readings += [Reading(wave, name, cell, at) for name, cell in cells if name]
    below = lines[of_waves[-1][0] + 1 :] if of_waves else ()
    temperatures = tuple(
        (wave, cell_at(line, 1)) for wave, (_, line) in zip(settings.waves, of_waves, strict=False)
    )
    return Wells(() if mistakes else tuple(readings), tuple(mistakes), temperatures, tuple(below))


def _names_wells(line: Cells) -> bool:
    """Whether a line is a header of wells."""
    return bool(line[_FIRST_VALUE:]) and all(map(is_well, filter(None, line[_FIRST_VALUE:])))


def _not_a_line_a_wave(
    settings: Settings, names: Sequence[str], count: int, where: str
) -> Iterator[Mistake]:
    no_wells = [name for name in names if name and not is_well(name)]
    if count == len(settings.waves) and any(names) and not no_wells:
        return
    listed = ", ".join(settings.waves) or "none"
    wells = f"and {no_wells[0]!r} among the wells " if no_wells else ""
    yield Mistake(
        where,
        f"{count} lines of readings {wells}for the wavelengths {listed}",
        "a line of wells (A1, A2, ...), and one line a wavelength below it",
        "export the plate again, as an endpoint in plate format",
    )
