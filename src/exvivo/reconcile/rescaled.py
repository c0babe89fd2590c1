"""Plates whose readings are those of another plate, multiplied, shifted or turned round.

Of two plates that were both measured, equal wells scatter around any line. A copy lies on it to the
last digit: y = a + b x, with x in the same well, or in the well that a turned plate, or a slip by
one row or column, puts it in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import log10

import numpy as np
import polars as pl

from exvivo.arrays import Bools, Floats, Ints
from exvivo.flagged import Flag, Scope
from exvivo.reconcile.chance import log10_tail
from exvivo.reconcile.matrix import FEWEST, LIKELY
from exvivo.reconcile.names.places import place_of
from exvivo.reconcile.numbers import SERIES

_KINDS = ("signal", "mfi", "net_mfi", "cq")
_MOSTLY = 0.8
"""The part of the wells of two plates that must lie on the line."""
_ALIKE = 0.995
"""The correlation of two plates from which their wells are held against a line."""
_PLACES = frozenset(product(range(16), range(24)))
"""The rows and columns of a plate of 384 wells, from 0."""
_ROUNDING = 1e-6
_MOVES = {
    "the same wells": (1, 1, 0, 0),
    "wells of the plate turned by 180°": (-1, -1, 0, 0),
    "wells of the plate mirrored from left to right": (1, -1, 0, 0),
    "wells of the plate mirrored from top to bottom": (-1, 1, 0, 0),
    "wells one row lower": (1, 1, 1, 0),
    "wells one row higher": (1, 1, -1, 0),
    "wells one column to the right": (1, 1, 0, 1),
    "wells one column to the left": (1, 1, 0, -1),
}
"""Where the numbers of a plate may have gone: signs of row and column, and steps of them."""


@dataclass(frozen=True)
class _Line:
    """The line on which the wells of two plates lie, and how many of how many do."""

    channel: str
    first: str
    second: str
    move: str
    a: float
    b: float
    on_line: int
    shared: int

    @property
    def plates(self) -> frozenset[str]:
        """Both plates, in no order."""
        return frozenset((self.first, self.second))

    @property
    def words(self) -> str:
        """How the second plate follows from the first."""
        times = "" if abs(self.b - 1) < _ROUNDING else f" times {self.b:.6g}"
        return times + self._shift

    @property
    def _shift(self) -> str:
        if abs(self.a) < _ROUNDING:
            return ""
        return f" {'plus' if self.a > 0 else 'minus'} {abs(self.a):.4g}"


def rescaled_plates(assay: str, own: pl.DataFrame) -> Iterator[Flag]:
    """Two plates of an assay whose readings are one another's, but for a factor, a shift or a
    turn; `own` are its `numbers`.
    """
    seen: set[frozenset[str]] = set()
    for line in _all_lines(own):
        if line.plates not in seen:
            seen.add(line.plates)
            yield _flag(assay, line)


def _all_lines(own: pl.DataFrame) -> Iterator[_Line]:
    """The lines of each kind and channel."""
    measured = own.filter(pl.col("kind").is_in(_KINDS))
    for rows in measured.partition_by(SERIES, maintain_order=True):
        yield from _lines(rows)


def _lines(rows: pl.DataFrame) -> Iterator[_Line]:
    """The lines that plates of one channel lie on."""
    plates = rows["plate"].unique(maintain_order=True).to_list()
    if len(plates) < 2:
        return
    grids = np.stack([_grid(rows.filter(plate=plate)) for plate in plates])
    values, steps, chances = grids[:, 0], grids[:, 1], grids[:, 2]
    for name, move in _MOVES.items():
        moved = _moved(values, move)
        alike = _correlations(values, moved)
        for i, j in np.argwhere(alike >= _ALIKE).tolist():
            upward = i < j if name == "the same wells" else i != j
            if upward:
                x, y = values[i], moved[j]
                line = _line(x, y, steps[i], _moved(steps, move)[j], chances[i], len(plates))
                if line is not None and not (name == "the same wells" and _is_same(*line)):
                    yield _Line(rows["channel"][0], plates[i], plates[j], name, *line)


def _grid(rows: pl.DataFrame) -> Floats:
    """The number, step and chance of each well of a plate of 16 x 24 (or of 8 x 12 within it)."""
    grid = np.full((3, 16, 24), np.nan)
    for well, *facts in rows.select("well", "number", "step", "chance").iter_rows():
        place = place_of(well)
        if place in _PLACES:
            grid[:, place[0], place[1]] = facts
    return grid


def _moved(grids: Floats, move: tuple[int, int, int, int]) -> Floats:
    """Grids moved back, so that each number lies where the other plate has it."""
    rows, columns, down, right = move
    height, width = _size(grids)
    moved = np.full(grids.shape, np.nan)
    inner = grids[:, :height, :width][:, ::rows, ::columns]
    shifted = moved[:, :height, :width]
    shifted[:, _kept(-down, height), _kept(-right, width)] = inner[
        :, _kept(down, height), _kept(right, width)
    ]
    return moved


def _size(grids: Floats) -> tuple[int, int]:
    """Rows and columns of the plates: those of 96 wells where none has a number beyond."""
    beyond = np.isnan(grids)
    beyond[:, :8, :12] = True
    return (8, 12) if beyond.all() else (16, 24)


def _kept(steps: int, size: int) -> slice:
    """The places, among so many, from which one can go back so many steps."""
    return slice(max(steps, 0), size - max(-steps, 0))


def _correlations(first: Floats, second: Floats) -> Floats:
    """The correlation of every two plates over the wells that both have; 0 with few of them."""
    x, y = first.reshape(len(first), -1), second.reshape(len(second), -1)
    has_x, has_y = ~np.isnan(x) * 1.0, ~np.isnan(y) * 1.0
    x, y = np.nan_to_num(x), np.nan_to_num(y)
    n = has_x @ has_y.T
    sum_x, sum_y = x @ has_y.T, has_x @ y.T
    with np.errstate(invalid="ignore", divide="ignore"):
        cross = x @ y.T - sum_x * sum_y / n
        square_x = (x**2) @ has_y.T - sum_x**2 / n
        square_y = has_x @ (y**2).T - sum_y**2 / n
        correlation = cross / np.sqrt(square_x * square_y)
    return np.where(n >= FEWEST, np.nan_to_num(correlation), 0.0)


def _line(
    x: Floats, y: Floats, step_x: Floats, step_y: Floats, chance: Floats, plates: int
) -> tuple[float, float, int, int] | None:
    """a, b, and how many of how many wells lie on y = a + b x to their last digits; None where
    chance, or an honest repeat, puts them there.
    """
    both = ~np.isnan(x) & ~np.isnan(y)
    x, y, chances = x[both], y[both], np.minimum(2 * chance[both], 1.0)
    a, b = _through(x, y)
    off = (step_y[both] + abs(b) * step_x[both]) / 2 * (1 + _ROUNDING) + _ROUNDING * np.abs(y)
    on_line: Bools = np.abs(y - a - b * x) <= off
    if np.unique(x[on_line]).size < FEWEST or on_line.sum() < _MOSTLY * x.size or b <= 0:
        return None
    chances[np.argsort(chances)[:2]] = 1.0  # two points make the line
    tail = log10_tail(on_line, chances) + log10(plates**2 * len(_MOVES))
    return (a, b, int(on_line.sum()), int(x.size)) if tail <= LIKELY else None


def _through(x: Floats, y: Floats) -> tuple[float, float]:
    """The line through most of the points: the median of slopes over half the wells (Theil-Sen),
    refined on the half that lies nearest.
    """
    b = _middle_slope(x, y)
    a = float(np.median(y - b * x))
    for _ in range(2):
        near = _nearer_half(y - a - b * x)
        a, b = _least_squares(x[near], y[near], b)
    return a, b


def _nearer_half(off: Floats) -> Ints:
    """The points that lie nearest to a line."""
    order: Ints = np.argsort(np.abs(off), kind="stable")
    return order[: max(off.size // 2, FEWEST)]


def _middle_slope(x: Floats, y: Floats) -> float:
    """The median of the slopes between points that lie half the points apart in x."""
    order = np.argsort(x, kind="stable")
    run, rise = _over_half(x[order]), _over_half(y[order])
    upward = run > 0
    return float(np.median(rise[upward] / run[upward])) if upward.any() else 0.0


def _over_half(values: Floats) -> Floats:
    """How far each value of the first half lies below the one half of them further on."""
    half = values.size // 2
    return values[half:] - values[: values.size - half]


def _least_squares(x: Floats, y: Floats, default: float) -> tuple[float, float]:
    """Intercept and slope of the line through points; the default slope where x does not differ."""
    b = _slope(x - x.mean(), y, default)
    return float(y.mean() - b * x.mean()), b


def _slope(x: Floats, y: Floats, default: float) -> float:
    """The slope through points whose x has the mean 0."""
    square = float((x**2).sum())
    return float((x * y).sum()) / square if square > 0 else default


def _is_same(a: float, b: float, *_: int) -> bool:
    """Whether the numbers are plainly equal: copies are told as such."""
    return abs(b - 1) < 1e-3 and abs(a) < 1e-3


def _flag(assay: str, line: _Line) -> Flag:
    named = f" of {line.channel}" if line.channel else ""
    return Flag(
        table="wells",
        row=f"{assay}: plates {line.first}, {line.second}",
        severity="stop" if _is_same(line.a, line.b) else "look",
        what=(
            f"{line.on_line} of {line.shared} readings{named} of plate {line.second} are those of "
            f"plate {line.first}{line.words} to the last digit, in {line.move}"
        ),
        why="two measurements scatter around such a line: one plate was made from the other",
        cure="export both plates again from the instrument's software",
        place=assay,
        evidence=(line.first, line.second, line.move, f"{line.on_line}", f"{line.b:.6g}"),
        scope=Scope(assays=(assay,), plates=(line.first, line.second)),
    )
