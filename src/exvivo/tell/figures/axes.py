"""Axes that are read as amounts: round ticks on logarithmic scales, labels without prefixes a
reader must decode.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from exvivo.tell.figures.chart import Spec

_EDGE = 0.04


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
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for leads in ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        within = [
            amount
            for k in range(first, last + 1)
            for lead in leads
            if low <= (amount := lead * 10.0**k) <= high
        ]
        if len(within) <= most:
            break
    step = -(-len(within) // most)
    return within[::step] if step > 1 else within


def _even(low: float, high: float, most: int) -> list[float]:
    size = 10.0 ** (math.floor(math.log10(high - low)) - 1) if high > low else low
    step = next(
        step for lead in (1, 2, 5, 10, 20, 50, 100) if (high - low) / (step := lead * size) < most
    )
    return [
        float(f"{step * at:.6g}")
        for at in range(math.ceil(low / step), math.floor(high / step) + 1)
    ]


def amount_label(value: float) -> str:
    """An amount on an axis: thousands, millions and billions as k, M and G, small ones with their
    zeros.

    >>> [amount_label(value) for value in (0, 0.05, 2, 500, 20000, 1e6)]
    ['0', '0.05', '2', '500', '20k', '1M']
    """
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.4g}{letter}"
    return f"{value:.4g}"


def labelled(at: Sequence[float], labels: Sequence[str], title: str | None) -> Spec:
    """An axis with words at given positions."""
    said = json.dumps([[round(place, 6), label] for place, label in zip(at, labels, strict=True)])
    pick = f"{said}[indexof({json.dumps([round(place, 6) for place in at])}, datum.value)][1]"
    return {
        "title": title,
        "values": [round(place, 6) for place in at],
        "labelExpr": pick if at else "''",
    }


def log_channel(
    name: str, low: float, high: float, title: str | None, *, most: int = 5, labels: bool = True
) -> Spec:
    """A channel on a logarithmic scale from `low` to `high` (positive), its ticks round amounts."""
    end = (
        high / (high / low) ** _EDGE
    )  # a label at the very end would push its panel out of line with its neighbours
    at = round_amounts(low, end, most=most)
    axis: Spec = labelled(at, [amount_label(value) for value in at], title)
    if not labels:
        axis |= {"labels": False, "title": None}
    scale = {"type": "log", "domain": [low, high], "nice": False}
    return {"field": name, "type": "quantitative", "scale": scale, "axis": axis}


def amounts_in_log2(domain: Sequence[float], title: str | None, *, most: int = 5) -> Spec:
    """An axis over log2 of amounts, with round amounts as its ticks."""
    end = domain[1] - _EDGE * (domain[1] - domain[0])
    at = round_amounts(2.0 ** domain[0], 2.0**end, most=most)
    return {
        **labelled(
            [math.log2(value) for value in at], [amount_label(value) for value in at], title
        ),
        "minExtent": 32,
    }
