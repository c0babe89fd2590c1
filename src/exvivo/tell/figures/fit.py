"""Figures at the size of a page: plots as wide as the page has room for, all of a figure alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from exvivo.tell.drawing import drawing_of
from exvivo.tell.drawing.sheet import BESIDE, GAP, ROW_GAP, WIDTH
from exvivo.tell.figures.chart import CONFIG, Figure, Panel, Rows, Spec

_MOST, _TALL, _PLATE, _LEAST = 2.3, 1.5, 1.6, 1.12
"""How many times wider and taller a plot becomes at most, and a plate; and from how many times
wider on a line of panels is not worth breaking.
"""
_SLACK = 10
"""Pixels of a line that stay free: what is rounded, and words beside plots that move with them."""
_LETTER = 11
"""The font size of letters in wells."""
_SHARE = 0.45
"""How much of what a plot gains in width it gains in height."""
_PLACES = ("x", "y", "x2", "y2")


@dataclass(frozen=True, slots=True)
class _Size:
    """The width of a panel in pixels: of its plots, and of all that is beside them."""

    plots: float
    rest: float


def fitted(figure: Figure) -> Figure:
    """The figure with its plots as large as a page has room for.

    Every panel becomes wider by the same factor, and taller by less of it; plates keep their form.
    """
    kept = _kept(figure.panels)
    wider = _factor(figure.rows, kept)
    if wider <= 1.0:
        return figure
    rows = tuple(
        (name, tuple(panel if id(panel) in kept else _wider(panel, wider) for panel in row))
        for name, row in figure.rows
    )
    return replace(figure, rows=rows)


def _kept(panels: Sequence[Panel]) -> set[int]:
    """The panels that stay as they are (by identity): those of rows, among others that are not."""
    of_rows = {id(panel) for panel in panels if "layer" in panel.spec and is_rows(panel.spec)}
    return of_rows if len(of_rows) < len(panels) else set()


def _factor(rows: Rows, kept: set[int]) -> float:
    """How many times wider the plots of a figure can be, those aside that are kept."""
    sizes = [[_size(panel.spec, id(panel) in kept) for panel in panels] for _, panels in rows]
    if all(len(row) <= BESIDE for row in sizes):
        whole = [size for row in sizes for size in row]
        together = _stretch(whole, (len(sizes) - 1) * (ROW_GAP - GAP))
        if together >= _LEAST:
            return min(together, _MOST)
    return min(_MOST, *(_in_lines(row) for row in sizes))


def _in_lines(row: Sequence[_Size]) -> float:
    """How many times wider a row can be, in as many lines as it needs; the same number of panels
    in each.
    """
    most = next((n for n in range(len(row), 1, -1) if _worst(row, n) >= _LEAST), 1)
    each = math.ceil(len(row) / math.ceil(len(row) / most))
    return _worst(row, each)


def _worst(row: Sequence[_Size], each: int) -> float:
    """The least factor of the lines of a row with `each` panels a line."""
    widest = sorted(row, key=lambda size: -(size.plots + size.rest))[:each]
    return _stretch(widest)


def _stretch(line: Sequence[_Size], less: float = 0.0) -> float:
    room = WIDTH - _SLACK - less - GAP * (len(line) - 1) - sum(size.rest for size in line)
    return room / max(sum(size.plots for size in line), 1.0)


def _size(spec: Spec, is_kept: bool) -> _Size:
    """The size of a panel: its axes drawn without marks. One that is kept has no plots to widen."""
    whole = drawing_of(_bare(spec), CONFIG["axis"], name="").width
    plots = 0.0 if is_kept else _plots(spec)
    return _Size(plots, whole - plots + 10)


def _bare(spec: Spec) -> Spec:
    """A specification without its marks."""
    for kind in ("vconcat", "hconcat"):
        if kind in spec:
            return {**spec, kind: [_bare(part) for part in spec[kind]]}
    return {**spec, "layer": [_without_rows(layer) for layer in spec["layer"]]}


def _without_rows(layer: Spec) -> Spec:
    """A layer without its rows, unless they are words, which may stand beside the plot."""
    if layer["mark"]["type"] == "text":
        return layer
    return {**layer, "data": {"values": []}}


def _plots(spec: Spec) -> float:
    """The width of the plots of a panel that stand side by side."""
    if "vconcat" in spec:
        return max(_plots(part) for part in spec["vconcat"])
    if "hconcat" in spec:
        return sum(_plots(part) for part in spec["hconcat"])
    return float(spec["width"])


def _wider(panel: Panel, wider: float) -> Panel:
    taller = min(1 + _SHARE * (wider - 1), _TALL)
    return replace(panel, spec=_scaled(panel.spec, wider, taller))


def _scaled(spec: Spec, wider: float, taller: float) -> Spec:
    """A specification with larger plots, and what lies at pixels moved with them."""
    for kind in ("vconcat", "hconcat"):
        if kind in spec:
            return {**spec, kind: [_scaled(part, wider, taller) for part in spec[kind]]}
    layers = spec["layer"]
    if (spec.get("view") or {}).get("fill"):  # wells keep their form
        wider = taller = min(wider, _PLATE)
        layers = [_grown(layer, wider) for layer in layers]
    if is_rows(spec):
        taller = 1.0
    factors = dict(zip(_PLACES, (wider, taller) * 2, strict=True))
    return {
        **spec,
        "width": round(spec["width"] * wider),
        "height": round(spec["height"] * taller),
        "layer": [_moved(layer, factors) for layer in layers],
    }


def _grown(layer: Spec, factor: float) -> Spec:
    """A layer of signs that grow with their wells, or of letters that stand in wells."""
    mark = layer["mark"]
    if "size" in mark:
        return {**layer, "mark": {**mark, "size": round(mark["size"] * factor**2, 1)}}
    if "fontWeight" in mark:
        return {**layer, "mark": {**mark, "fontSize": _LETTER}}
    return layer


def is_rows(spec: Spec) -> bool:
    """Whether the upright axis of a plot has names: its height follows from their number."""
    channels = (layer["encoding"].get("y", {}) for layer in spec["layer"])
    return any((channel.get("axis") or {}).get("labelLimit") for channel in channels)


def _moved(layer: Spec, factors: dict[str, float]) -> Spec:
    """A layer whose places in pixels are moved."""
    encoding = layer["encoding"]
    moved = {
        name: {"value": round(encoding[name]["value"] * factor, 1)}
        for name, factor in factors.items()
        if "value" in encoding.get(name, {})
    }
    return {**layer, "encoding": {**encoding, **moved}} if moved else layer
