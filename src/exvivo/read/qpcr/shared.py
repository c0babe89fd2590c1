"""The reactions of one qPCR file as a reader gathers them, the guards every file must pass, and the
READINGS they make.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import polars as pl

from exvivo.cells.messages import and_more
from exvivo.cells.text import Unreadable
from exvivo.errors import Mistake
from exvivo.read.cells.table import Table
from exvivo.read.cells.values import number_of
from exvivo.read.result import FileRead, Gathered, Ignored
from exvivo.study import Qpcr
from exvivo.study.layout import plain_well
from exvivo.tables import READINGS
from exvivo.words import shortened

_COLUMNS = (
    "block",
    "well",
    "sample",
    "channel",
    "kind",
    "value",
    "censor",
    "lower",
    "unit",
    "x",
    "y",
    "vendor_role",
)
"""The columns of READINGS that a reaction fills."""
OMITTED_AND_KEPT = (
    "kept although the instrument's software omitted them: a Cq is a measurement; `exvivo exclude` "
    "leaves a well out, with a reason and on record"
)
"""Why a reading stays that a person omitted in the instrument's software."""
_MOST_CYCLES = 1000
_LATEST_CQ = 100
"""No run has as many cycles: a Cq from here on is a number without its decimals."""
_COMMAS = "look whether decimal commas were lost in the export, and export the run again"
_CURVES_END = (
    "the amplification data end before this Cq: export them again with every cycle of the run"
)
_CYCLES_END = "correct `cycles` in the assay of study.yaml: the run was longer"
_LEVELS = 3
"""Levels of stated standards from which their order can be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """One reaction of a file: its address for messages, its well and target, and what else the file
    says of it.

    `channel` is empty where the file names no target. `nominal` is the amount the file states for a
    standard; it is held against the Cq and goes no further.
    """

    where: str
    block: str
    well: str
    channel: str = ""
    sample: str | None = None
    role: str | None = None
    nominal: float | None = None

    @property
    def name(self) -> str:
        """Well and target in words."""
        return f"{self.well} {self.channel}".strip()

    @property
    def columns(self) -> dict[str, object]:
        """What READINGS holds of it."""
        return {
            "block": self.block,
            "well": plain_well(self.well),
            "sample": self.sample or None,
            "channel": self.channel,
            "vendor_role": self.role,
        }


@dataclass
class Reactions(Gathered):
    """The reactions gathered of one file. `mistakes` may be added to; `read` raises them all, or
    makes the readings.
    """

    _columns: dict[str, list[object]] = field(
        default_factory=lambda: {name: [] for name in _COLUMNS}
    )
    _seen: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _twice: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    _uncounted: list[Reaction] = field(default_factory=list)
    _left_out: dict[tuple[str, str], str] = field(default_factory=dict)
    _standards: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def complain_of_column(
        self, table: Table, column: int, cells: Sequence[tuple[int, str]], expected: str, cure: str
    ) -> None:
        """One mistake for the cells of a column, given by row and finding: the first is named, the
        others are counted.
        """
        if cells:
            row, finding = cells[0]
            more = and_more(len(cells) - 1, "in this column")
            self.complain(table.where(row, column), finding + more, expected, cure)

    def number(
        self, table: Table, row: int, column: int, mark: str, expected: str, cure: str
    ) -> float | None:
        """The number in a cell; None, and a mistake, where it is none."""
        try:
            return number_of(table.rows[row][column], mark)
        except Unreadable as why:
            self.complain(table.where(row, column), str(why), expected, cure)
            return None

    def curve(
        self,
        reaction: Reaction,
        x: Sequence[float],
        y: Sequence[float],
        *,
        unit: str = "fluorescence",
    ) -> None:
        """An amplification curve: cycles in rising order, and the fluorescence at each. A gap is a
        cycle left out.
        """
        if not self._is_first(reaction, "amplification"):
            return
        if _is_sound(x, y) and x and x[0] >= 0 and x[-1] < _MOST_CYCLES:
            self._add(reaction, kind="amplification", unit=unit, x=list(x), y=list(y))
        else:
            self.complain(
                reaction.where,
                "a curve with a cycle twice, or cycles or fluorescence out of any range",
                "each cycle once, finite numbers",
                "export the run again",
            )

    def melt(self, reaction: Reaction, points: Iterable[tuple[float, float]]) -> None:
        """A melting curve: temperatures, in any order, with the fluorescence at each; of several
        readings at one temperature the mean is taken. One that is damaged is listed, and not read.
        """
        if not self._is_first(reaction, "melt"):
            return
        curve = _by_temperature(points)
        if _is_sound(list(curve), list(curve.values())):
            self._add(
                reaction, kind="melt", unit="fluorescence", x=list(curve), y=list(curve.values())
            )
        else:
            self.ignore("a melting curve", f"its points are not finite: {reaction.name}")

    def cq(self, reaction: Reaction, value: float | None, *, last: float | None = None) -> None:
        """The instrument's Cq, None where there is none. `last` is the last cycle; else the assay's
        `cycles` is taken.
        """
        if not self._is_first(reaction, "cq"):
            return
        if value is None:
            self._undetected(reaction, last)
        else:
            self._detected(reaction, value, last)

    def leave_out(self, reaction: Reaction) -> None:
        """A reaction that the instrument's software omitted and gives no Cq for: no result, and not
        an undetected one. Nothing of it is read, and it is listed.
        """
        self._left_out[plain_well(reaction.well), reaction.channel] = reaction.name

    def is_left_out(self, name: str) -> bool:
        """Whether the reaction of a name was left out."""
        return name in self._left_out.values()

    @property
    def _cycles_run(self) -> int | None:
        """How many cycles were run, where the study states it."""
        assay = self.request.assay
        return assay.cycles if isinstance(assay, Qpcr) else None

    def _undetected(self, reaction: Reaction, last: float | None) -> None:
        """No Cq: right-censored at the last cycle, which must be known."""
        last = self._cycles_run if last is None else last
        if last is None:
            self._uncounted.append(reaction)
        self._add(reaction, kind="cq", unit="cycles", censor="right", lower=last)

    def _detected(self, reaction: Reaction, value: float, last: float | None) -> None:
        highest = last or self._cycles_run or _MOST_CYCLES
        if not 0 < value <= highest:
            self._complain_of_cq(reaction, value, last, highest)
            return
        self._add(reaction, kind="cq", unit="cycles", value=value)
        if reaction.nominal and reaction.nominal > 0:
            self._standards.setdefault(reaction.channel, []).append((reaction.nominal, value))

    def _complain_of_cq(
        self, reaction: Reaction, value: float, last: float | None, highest: float
    ) -> None:
        """A Cq that the run cannot have: a number without its decimals, else cycles that lack."""
        cure = _COMMAS
        if 0 < value < _LATEST_CQ and highest < _LATEST_CQ:
            cure = _CURVES_END if last else _CYCLES_END
        expected = f"a Cq between 0 and {highest:g}, the last cycle"
        self.complain(reaction.where, f"Cq {value:g}", expected, cure)

    def read(self, *, ignored: Iterable[Ignored] = (), header: Mapping[str, str]) -> FileRead:
        """The readings, after every guard. Raises `ReadError` with all mistakes of the file."""
        self.mistakes += [*self._repeated(), *self._without_cycles(), *self._reversed()]
        if not self._columns["kind"] and not self._left_out and not self.mistakes:
            self.complain(
                self.request.source,
                "a run without amplification curves and without Cq",
                "at least one of the two",
                "export the results of the run, with its amplification data",
            )
        self.refuse_mistakes()
        self.ignored += [*ignored, *self._omitted()]
        left_out = frozenset(self._left_out)
        return self.file_read(self._frame(), header).without(left_out)

    def _omitted(self) -> Iterator[Ignored]:
        """The reactions that were left out, by their names."""
        if self._left_out:
            yield Ignored(
                f"omitted wells without a Cq ({len(self._left_out)})",
                "left out by a person in the instrument's software: no result, and not an "
                f"undetected one: {', '.join(self._left_out.values())}",
            )

    def _frame(self) -> pl.DataFrame:
        """The reactions as columns of READINGS."""
        schema = READINGS.schema
        series = [
            pl.Series(name, cells, dtype=schema[name]) for name, cells in self._columns.items()
        ]
        return pl.DataFrame(series).with_columns(upper=pl.lit(None, dtype=pl.Float64))

    def holds(self, kind: str) -> bool:
        """Whether any reading of this kind was gathered."""
        return kind in self._columns["kind"]

    def holds_results(self) -> bool:
        """Whether there is any curve, or any Cq that is a number."""
        numbers = (value is not None for value in self._columns["value"])
        return self.holds("amplification") or any(numbers)

    def _is_first(self, reaction: Reaction, kind: str) -> bool:
        """Whether this is the first reading of this kind of a well and target; a second one is a
        mistake.
        """
        key = (plain_well(reaction.well), reaction.channel, kind)
        if key in self._seen:
            self._twice.setdefault((self._seen[key], reaction.block), []).append(reaction.name)
            return False
        self._seen[key] = reaction.block
        return True

    def _add(self, reaction: Reaction, *, censor: str = "none", **cells: object) -> None:
        row = {**reaction.columns, "censor": censor, **cells}
        for name, column in self._columns.items():
            column.append(row.get(name))

    def _repeated(self) -> Iterator[Mistake]:
        for (first, second), places in self._twice.items():
            yield Mistake(
                f"{self.request.source}, {second}",
                f"{_shared_by(first, second)}: {shortened(places)}",
                "one reading of a well and target in a plate",
                "export one plate a file, or name the run of each plate in study.yaml (`run:`) "
                "where the file holds several",
            )

    def _without_cycles(self) -> Iterator[Mistake]:
        if self._uncounted:
            wells = [reaction.name for reaction in self._uncounted]
            yield Mistake(
                self._uncounted[0].where,
                f"no Cq in {len(wells)} wells ({shortened(wells)}), in a file that "
                "does not say how many cycles were run",
                "the number of cycles: an undetected well has its Cq above the last one",
                "write `cycles: 40` (or what it was) in the assay of study.yaml, "
                "or export the amplification data as well",
            )

    def _reversed(self) -> Iterator[Mistake]:
        """Standards whose Cq rises with the amount the file states: their amounts are reversed."""
        for channel, points in self._standards.items():
            if _rises(points):
                yield Mistake(
                    f"{self.request.source}, standards of {channel or 'the target'}",
                    "Cq that rise with the stated amount",
                    "more copies cross earlier",
                    "the amounts of the standards run the wrong way: "
                    "correct them in the instrument's software",
                )


def _shared_by(first: str, second: str) -> str:
    """What the blocks of a file share, or one block has twice, in words."""
    another = first != second
    return f"wells and targets that {first} has too" if another else "wells and targets twice"


def _rises(points: Sequence[tuple[float, float]]) -> bool:
    """Whether the least-squares line of Cq on log10 amount rises, where enough amounts tell."""
    amount, cq = np.array(points).T
    log_amount = np.log10(amount)
    return np.unique(log_amount).size >= _LEVELS and np.polyfit(log_amount, cq, 1)[0] > 0


def _by_temperature(points: Iterable[tuple[float, float]]) -> dict[float, float]:
    """The mean fluorescence at each temperature, in rising order."""
    readings = _readings_at(points)
    return {temperature: sum(each) / len(each) for temperature, each in readings.items()}


def _readings_at(points: Iterable[tuple[float, float]]) -> dict[float, list[float]]:
    """The fluorescence of every reading at each temperature, in rising order."""
    readings: dict[float, list[float]] = {}
    for temperature, fluorescence in sorted(points):
        readings.setdefault(temperature, []).append(fluorescence)
    return readings


def _is_sound(x: Sequence[float], y: Sequence[float]) -> bool:
    """Whether the points of a curve rise along x and are finite."""
    return all(a < b for a, b in pairwise(x)) and bool(np.isfinite([*x, *y]).all())
