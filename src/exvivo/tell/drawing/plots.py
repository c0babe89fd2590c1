"""Plots with their axes, and plots beside or below one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exvivo.tell.drawing import frame
from exvivo.tell.drawing.scales import Scale, Spec
from exvivo.tell.drawing.shapes import Drawing, Layer, Reach, drawn, words_reach
from exvivo.tell.drawing.text import px

_SPACING = 20.0
"""Pixels between plots where a specification does not say it."""


def drawing_of(spec: Spec, style: Spec, *, name: str) -> Drawing:
    """The drawing of a specification: a plot, or several beside or below one another.

    `style` is the part `axis` of Vega-Lite's config; `name` makes the ids of the drawing its own.
    """
    if "layer" in spec:
        return _plot(spec, style, name)
    spacing = spec.get("spacing", _SPACING)
    if "vconcat" in spec:
        return _below(_drawings(spec["vconcat"], style, name), spacing)
    return _beside(_drawings(spec["hconcat"], style, name), spacing)


def _drawings(specs: Sequence[Spec], style: Spec, name: str) -> list[Drawing]:
    numbered = enumerate(specs, 1)
    return [drawing_of(spec, style, name=f"{name}-{count}") for count, spec in numbered]


def _below(parts: Sequence[Drawing], spacing: float) -> Drawing:
    """Plots below one another, their left edges in one line."""
    left = max(part.left for part in parts)
    right = max(part.width - part.left for part in parts)
    pieces, down = [], 0.0
    for part in parts:
        pieces.append(_moved(part, 0.0, down + part.top - parts[0].top))
        down += part.height + spacing
    return Drawing("".join(pieces), left, parts[0].top, left + right, down - spacing)


def _beside(parts: Sequence[Drawing], spacing: float) -> Drawing:
    """Plots beside one another, their upper edges in one line."""
    top = max(part.top for part in parts)
    bottom = max(part.height - part.top for part in parts)
    pieces, across = [], 0.0
    for part in parts:
        pieces.append(_moved(part, across + part.left - parts[0].left, 0.0))
        across += part.width + spacing
    return Drawing("".join(pieces), parts[0].left, top, across - spacing, top + bottom)


def _moved(part: Drawing, right: float, down: float) -> str:
    """A drawing whose origin is moved."""
    if px(right) == px(down) == "0":
        return part.svg
    return f'<g transform="translate({px(right)},{px(down)})">{part.svg}</g>'


@dataclass(frozen=True, slots=True)
class _Axes:
    """The channels of a plot across and upright: the first of its layers that has a scale."""

    x: Spec | None
    y: Spec | None

    @classmethod
    def of(cls, spec: Spec) -> _Axes:
        """The axes of a plot."""
        return cls(*(next(_with_scale(spec, name), None) for name in "xy"))


def _with_scale(spec: Spec, name: str) -> Iterator[Spec]:
    channels = [layer["encoding"].get(name) for layer in spec["layer"]]
    scaled = [channel for channel in channels if channel and "scale" in channel]
    yield from sorted(scaled, key=lambda channel: channel.get("axis") is None)


def _plot(spec: Spec, style: Spec, name: str) -> Drawing:
    """One plot: its ground, grid, marks and axes."""
    axes, width, height = _Axes.of(spec), spec["width"], spec["height"]
    x, y = _scale(axes.x, width, upright=False), _scale(axes.y, height, upright=True)
    layers = [
        Layer(layer["mark"], layer["data"]["values"], layer["encoding"], x, y)
        for layer in spec["layer"]
    ]
    marks = "".join(_clipped(layers, width, height, name))
    sides = [
        frame.side(channel, scale, style, other)
        for channel, scale, other in ((axes.x, x, height), (axes.y, y, width))
        if channel and channel.get("axis")
    ]
    ground = _ground(spec, width, height)
    svg = "".join((ground, *(side.grid for side in sides), marks, *(side.svg for side in sides)))
    left, top, right, bottom = _reach([side.reach for side in sides], layers, (width, height))
    return Drawing(svg, left, top, left + width + right, top + height + bottom)


def _reach(
    sides: Sequence[Reach], layers: Sequence[Layer], size: tuple[float, float]
) -> list[float]:
    """How far axes and words go beyond a plot of a size: to the left, the top, the right and the
    bottom.
    """
    reaches = list(sides)
    for layer in layers:
        reaches += words_reach(layer, size)
    return [max([0.0, *(reach[each] for reach in reaches)]) for each in range(4)]


def _scale(channel: Spec | None, length: float, *, upright: bool) -> Scale:
    """The scale of a channel; of none, shares of the length."""
    if channel is None:
        return Scale(0.0, 1.0, length, upright)
    return Scale.of(channel, length, upright=upright)


def _ground(spec: Spec, width: float, height: float) -> str:
    fill = (spec.get("view") or {}).get("fill")
    return f'<path fill="{fill}" d="M0,0H{px(width)}V{px(height)}H0z"/>' if fill else ""


def _clipped(layers: Sequence[Layer], width: float, height: float, name: str) -> Iterator[str]:
    """The layers; those that ask for it end at the edges of the plot."""
    if any(layer.mark.get("clip") for layer in layers):
        path = f'<path d="M0,0H{px(width)}V{px(height)}H0z"/>'
        yield f'<clipPath id="{name}">{path}</clipPath>'
    for layer in layers:
        svg = drawn(layer)
        yield f'<g clip-path="url(#{name})">{svg}</g>' if layer.mark.get("clip") and svg else svg
