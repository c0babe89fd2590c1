"""Where a number lies on an axis, and what stands at its ticks."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Spec = dict[str, Any]
Lines = tuple[str, ...]
"""A label, line by line."""
Tick = tuple[float, Lines]
"""A value with its label."""
_PIXELS = 40
_STEPS = ((math.sqrt(50), 10.0), (math.sqrt(10), 5.0), (math.sqrt(2), 2.0))
"""From which share of a power of ten on a step is ten, five or two times it."""


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis of `length` pixels from the first to the second value of its domain, from the left,
    or from the bottom where it is `upright`.
    """

    low: float
    high: float
    length: float
    upright: bool
    logarithmic: bool = False

    @classmethod
    def of(cls, channel: Spec, length: float, *, upright: bool) -> Scale:
        """The scale of a channel of a specification."""
        scale = channel["scale"]
        low, high = (float(end) for end in scale["domain"])
        return cls(low, high, length, upright, scale.get("type") == "log")

    def place(self, value: float) -> float:
        """The place of a value, in pixels from the left or the top."""
        share = self._share(value)
        return (1 - share) * self.length if self.upright else share * self.length

    def _share(self, value: float) -> float:
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


def even_ticks(low: float, high: float, most: int) -> list[float]:
    """Round values inside a range, about `most` of them: steps of 1, 2 or 5 times a power of ten.

    >>> even_ticks(0, 10, 4)
    [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    """
    step = _step((high - low) / max(most, 1))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{count * step:.12g}") for count in range(first, last + 1)]


def _step(rough: float) -> float:
    """The round step next to a rough one."""
    power = 10.0 ** math.floor(math.log10(rough))
    times = next((times for least, times in _STEPS if rough / power >= least), 1.0)
    return times * power


def number_labels(values: Sequence[float]) -> list[str]:
    """Numbers with the decimals that tell them apart.

    >>> number_labels([0.0, 0.5, 1.0]), number_labels([-1000.0, 0.0])
    (['0.0', '0.5', '1.0'], ['−1,000', '0'])
    """
    digits = _decimals(min((abs(b - a) for a, b in pairwise(values)), default=1.0))
    return [f"{value:,.{digits}f}".replace("-", "−") for value in values]


def _decimals(step: float) -> int:
    """The decimals of numbers a step apart."""
    return max(0, -math.floor(math.log10(step) + 1e-9))


def ticks_of(channel: Spec, length: float) -> list[Tick]:
    """The ticks of an axis of a length with their labels: those it lists, or round values, one in
    forty pixels where it does not say how many.
    """
    axis, (low, high) = channel["axis"], channel["scale"]["domain"]
    values = axis.get("values")
    if values is None:
        values = even_ticks(
            min(low, high), max(low, high), axis.get("tickCount", math.ceil(length / _PIXELS))
        )
    inside = [value for value in values if min(low, high) <= value <= max(low, high)]
    labels = _labels(axis, inside) if axis.get("labels", True) else [()] * len(inside)
    return list(zip(inside, labels, strict=True))


def _labels(axis: Spec, values: Sequence[float]) -> list[Lines]:
    """The label of each tick: from the table in the axis's expression, or the number itself."""
    if "labelExpr" not in axis:
        return [(label,) for label in number_labels(values)]
    expression = axis["labelExpr"]
    if expression == "''":
        return [()] * len(values)
    table, end = json.JSONDecoder().raw_decode(expression)
    if expression[end:].startswith("[indexof"):
        by_value = {round(value, 6): label for value, label in table}
        return [_lines(by_value[round(value, 6)]) for value in values]
    return [_lines(table[round(value)]) for value in values]


def _lines(label: str | list[str]) -> Lines:
    return (label,) if isinstance(label, str) else tuple(label)
