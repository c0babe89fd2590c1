"""Axes and channels. What is read as an amount has round ticks on a logarithmic scale and labels
without prefixes a reader must decode.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

from exvivo.tell.drawing.scales import even_ticks
from exvivo.tell.drawing.text import width_of
from exvivo.tell.figures.chart import INK, Names, Numbers, Spec

_EDGE = 0.04
"""The share of an axis at its end that stays without a tick: a label there would push its panel out
of line with its neighbours.
"""
_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))
_LEADS = ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,))
"""First digits of round amounts in a decade: from the densest set of ticks to the sparsest."""


def round_amounts(low: float, high: float, *, most: int = 5) -> list[float]:
    """Round amounts inside a positive range: decades, every second (third ...) of many, 1-2-5 steps
    where decades are few, even steps where the range is narrow.

    >>> round_amounts(0.8, 12000)
    [1.0, 10.0, 100.0, 1000.0, 10000.0]
    >>> round_amounts(3, 60)
    [5.0, 10.0, 20.0, 50.0]
    >>> round_amounts(56, 110)
    [60.0, 80.0, 100.0]
    """
    if high < 3 * low:
        return _even(low, high, most)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    amounts: list[float] = []
    for leads in _LEADS:
        amounts = [amount for amount in _multiples(leads, powers) if low <= amount <= high]
        if len(amounts) <= most:
            break
    return amounts[:: max(-(-len(amounts) // most), 1)]


def _multiples(leads: Numbers, powers: range) -> Iterator[float]:
    """Every lead times every power of ten."""
    for power in powers:
        for lead in leads:
            yield lead * 10.0**power


def _even(low: float, high: float, most: int) -> list[float]:
    size = 10.0 ** (math.floor(math.log10(high - low)) - 1) if high > low else low
    steps = (lead * size for lead in (1, 2, 5, 10, 20, 50, 100))
    step = next(step for step in steps if (high - low) / step < most)
    counts = range(math.ceil(low / step), math.floor(high / step) + 1)
    return [float(f"{step * count:.6g}") for count in counts]


def amount_label(value: float) -> str:
    """An amount on an axis: thousands, millions and billions as k, M and G, small ones with their
    zeros.

    >>> [amount_label(value) for value in (0, 0.05, 2, 500, 20000, 1e6)]
    ['0', '0.05', '2', '500', '20k', '1M']
    """
    for size, letter in _PREFIXES:
        if abs(value) >= size:
            return f"{value / size:.4g}{letter}"
    return f"{value:.4g}"


def labelled(positions: Numbers, labels: Names, title: str | None) -> Spec:
    """An axis with words at given positions."""
    values = [round(position, 6) for position in positions]
    pairs = json.dumps(list(zip(values, labels, strict=True)))
    pick = f"{pairs}[indexof({json.dumps(values)}, datum.value)][1]"
    return {"title": title, "values": values, "labelExpr": pick if values else "''"}


def log_channel(
    name: str, low: float, high: float, title: str | None, *, most: int = 5, labels: bool = True
) -> Spec:
    """A channel on a logarithmic scale from `low` to `high` (positive), its ticks round amounts."""
    ticks = round_amounts(low, high / (high / low) ** _EDGE, most=most)
    axis = _amount_axis(ticks, ticks, title)
    if not labels:
        axis |= {"labels": False, "title": None}
    scale = {"type": "log", "domain": [low, high], "nice": False}
    return {"field": name, "type": "quantitative", "scale": scale, "axis": axis}


def amounts_in_log2(domain: Numbers, title: str | None, *, most: int = 5) -> Spec:
    """An axis over log2 of amounts, with round amounts as its ticks."""
    end = domain[1] - _EDGE * (domain[1] - domain[0])
    ticks = round_amounts(2.0 ** domain[0], 2.0**end, most=most)
    positions = [math.log2(tick) for tick in ticks]
    return _amount_axis(positions, ticks, title) | {"minExtent": 32}


def _amount_axis(positions: Numbers, amounts: Numbers, title: str | None) -> Spec:
    """An axis with amounts at given positions."""
    return labelled(positions, [amount_label(amount) for amount in amounts], title)


_EASY = (0.125, 0.25, 1 / 3, 0.5, 2 / 3, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 8.0)
_FOLDS = [math.log2(fold) for fold in _EASY]
"""Folds that are easy to read (log2), for axes on which doublings would leave too few ticks."""
_CROWDING = (0.8, 1.25)
"""Those that go first where there are many."""


def steps(domain: Numbers, *, most: int = 6) -> list[float]:
    """Round tick positions inside a domain in log2: doublings (or fours, ...), or easy folds where
    the domain is narrow.

    >>> steps([-0.4, 3.2])
    [0.0, 1.0, 2.0, 3.0]
    >>> [round(2**at, 2) for at in steps([-0.7, 0.7])]
    [0.67, 0.8, 1.0, 1.25, 1.5]
    >>> [round(2**at, 2) for at in steps([4.2, 5.9])]
    [20.0, 30.0, 50.0]
    """
    if domain[1] - domain[0] < 2 and domain[0] > -3 and domain[1] < 3:
        return _easy_folds(domain, most)
    step = 1.0
    while (domain[1] - domain[0]) / step > most:
        step *= 2
    counts = range(math.ceil(domain[0] / step), math.floor(domain[1] / step) + 1)
    return [step * count for count in counts] if len(counts) > 1 else _round_folds(domain)


def _round_folds(domain: Numbers) -> list[float]:
    """Round folds inside a domain that has fewer than two doublings: one label is no scale."""
    folds = round_amounts(2.0 ** domain[0], 2.0 ** domain[1], most=3)
    return [math.log2(fold) for fold in folds]


def _easy_folds(domain: Numbers, most: int) -> list[float]:
    inside = [position for position in _FOLDS if domain[0] <= position <= domain[1]]
    if len(inside) <= most:
        return inside
    return [position for position in inside if 2**position not in _CROWDING]


def reaching_ticks(domain: Numbers) -> list[float]:
    """A domain (log2) whose lower end has a tick, where its lowest tick stands far above it.

    >>> reaching_ticks([0.5, 4.5]), reaching_ticks([0.9, 3.2])
    ([-0.1, 4.5], [0.9, 3.2])
    """
    low, high = domain
    ticks = steps(domain)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 0.0
    if step < 1 or ticks[0] - low < _FAR * step:  # easy folds are dense as they are
        return [low, high]
    widened = [round(ticks[0] - (1 + _UNDER) * step, 4), high]
    first, second, *_ = steps(widened)
    return widened if second - first == step else [low, high]


_FAR, _UNDER = 0.5, 0.1
"""The share of a step below the lowest tick that is too much without a label; and how far the axis
goes below the tick that is added.
"""


def fold_label(position: float) -> str:
    """The fold at a position in log2.

    >>> [fold_label(position) for position in (-5, -1, 0, 1.584963, 4, 14)]
    ['0.0312', '0.5', '1', '3', '16', '16.4k']
    """
    fold = 2.0**position
    if position > 13.2:
        return amount_label(float(f"{fold:.3g}"))
    if position > 3.4:
        return f"{fold:.0f}"
    if position < -2.4:
        return f"{fold:.3g}"
    return f"{fold:.2f}".rstrip("0").rstrip(".")


def power_label(position: float) -> str:
    """The amount at a position in log10.

    >>> [power_label(position) for position in (-2, 0, 4)]
    ['0.01', '1', '10k']
    """
    return amount_label(10.0**position)


def amounts(domain: Numbers, *, most: int) -> Spec:
    """The ticks of an axis of amounts from a low to a high one, with round amounts."""
    low, high = domain
    ticks = even_ticks(low, high, most)
    return labelled(ticks, [amount_label(tick) for tick in ticks], None)


BESIDE: Spec = {"minExtent": 32, "maxExtent": 60}
"""The room for an upright axis, alike in cells that stand above one another."""


def log2_axis(domain: Numbers, title: str | None, *, most: int = 6) -> Spec:
    """An axis in log2 units whose labels are read as folds or amounts."""
    values = steps(domain, most=most)
    return {**labelled(values, [fold_label(value) for value in values], title), **BESIDE}


_BARE: Spec = {
    "title": None,
    "grid": False,
    "ticks": False,
    "domain": False,
    "labelAngle": 0,
}
_NAMES: Spec = _BARE | {"labelPadding": 6, "labelColor": INK}
_WELLS: Spec = _BARE | {"labelPadding": 3, "labelOverlap": "parity"}


def named_axis(names: Names) -> Spec:
    """An axis whose positions 0, 1, 2 ... carry names; `|` in a name breaks the line."""
    labels = json.dumps([name.split("|") for name in names], ensure_ascii=False)
    return _NAMES | {"values": list(range(len(names))), "labelExpr": f"{labels}[datum.value]"}


def plate_axis(labels: Names, *, orient: str) -> Spec:
    """The numbers above a plate or the letters beside it; every second (fourth, ...) where wells
    are small.
    """
    return _WELLS | {
        "orient": orient,
        "values": list(range(len(labels))),
        "labelExpr": f"{json.dumps(labels)}[datum.value]",
        "labelFontSize": 11,
    }


def quantitative(name: str, domain: Numbers, axis: Spec | None) -> Spec:
    """A quantitative channel with a fixed domain."""
    return {
        "field": name,
        "type": "quantitative",
        "scale": {"domain": list(domain), "nice": False, "zero": False},
        "axis": axis,
    }


def log2_channel(name: str, domain: Numbers, title: str | None, *, most: int = 6) -> Spec:
    """A channel in log2 units."""
    return quantitative(name, domain, log2_axis(domain, title, most=most))


def results_channel(domain: Numbers, title: str | None, *, folds: bool) -> Spec:
    """The upright channel of results in log2: folds, or amounts with round ticks."""
    axis = log2_axis(domain, title) if folds else {**amounts_in_log2(domain, title), **BESIDE}
    return quantitative("y", domain, axis)


def named_rows(names: Names, *, most: int) -> Spec:
    """An upright channel with a row for each name, from the top; `most` pixels for a name."""
    return quantitative("y", [len(names) - 0.5, -0.5], {**named_axis(names), "labelLimit": most})


def roomy_rows(names: Names, *, most: int) -> Spec:
    """The same with room for a font that is wider than the one that is measured, of readers who
    have neither.
    """
    channel = named_rows(names, most=most)
    widest = max((width_of(name, 12) for name in names), default=0.0)
    room = min(round(_WIDER * widest) + 8, most)
    return channel | {"axis": {**channel["axis"], "minExtent": room}}


_WIDER = 1.16
"""How much wider than Arial the fonts are that stand in for it."""
TURNED: Spec = {"labelAngle": -40, "labelOverlap": False}
"""Names are slanted, so that all can be shown."""


def named_columns(names: Names, **more: object) -> Spec:
    """A channel across with a column for each name; `more` are further properties of its axis."""
    return quantitative("x", [-0.5, len(names) - 0.5], named_axis(names) | more)
