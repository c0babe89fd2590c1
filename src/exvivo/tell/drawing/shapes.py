"""The marks of a layer as SVG: points, rules, ticks, rectangles, lines, areas and words."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exvivo.tell.drawing.scales import Scale, Spec
from exvivo.tell.drawing.symbols import outline, radius_of
from exvivo.tell.drawing.text import ANCHORS, escaped, px, width_of, words

Row = Mapping[str, Any]
Rows = Sequence[Row]
Pair = tuple[float, float]
"""A place, or both ends of a range."""
Reach = tuple[float, float, float, float]
"""How far something goes beyond a plot: to the left, the top, the right and the bottom."""
Corners = tuple[float, float, float, float]
"""Two corners of a box: x, y, x2, y2."""
_ALIKE = 0.05
"""Pixels by which heights may differ that are drawn alike."""
_FAINT = 0.7
"""The opacity of points and ticks where a mark does not say it."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A piece of SVG round a plot: its size, and how far it reaches beyond the origin of the plot
    to the left and the top, all in pixels.
    """

    svg: str
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Layer:
    """A mark, its rows and their channels in a plot of a size in pixels."""

    mark: Spec
    rows: Rows
    channels: Spec
    x: Scale
    y: Scale

    def places(self, name: str) -> list[float] | None:
        """Where the rows stand along a channel, in pixels; None where the layer has none."""
        channel = self.channels.get(name)
        if channel is None:
            return None
        if "value" in channel:
            return [float(channel["value"])] * len(self.rows)
        scale = self.x if name.startswith("x") else self.y
        return list(map(scale.place, self._values(channel)))

    def _values(self, channel: Spec) -> list[Any]:
        """What the rows have in a channel with a scale: one value for all, or that of a field."""
        if "datum" in channel:
            return [channel["datum"]] * len(self.rows)
        return [row[channel["field"]] for row in self.rows]

    def column(self, name: str, otherwise: float) -> list[float]:
        """The places along a channel, or everywhere the same where the layer has none."""
        places = self.places(name)
        return [otherwise] * len(self.rows) if places is None else places

    def texts(self, name: str) -> list[str | None]:
        """What the rows say in a channel of words."""
        channel = self.channels.get(name)
        field = channel["field"] if channel else None
        return [None if field is None else row.get(field) for row in self.rows]


def drawn(layer: Layer) -> str:
    """A layer as SVG: a group with its paint, and its marks."""
    if not layer.rows:
        return ""
    return "".join(_KINDS[layer.mark["type"]](layer))


def _group(paint: str, marks: Iterator[str]) -> str:
    return f"<g{paint}>{''.join(marks)}</g>"


def _stroke(mark: Spec, colour: str | None, width: float = 1.0) -> str:
    """How a line is painted."""
    width = mark.get("strokeWidth", width)
    paint = f' fill="none" stroke="{colour}"'
    if width != 1:
        paint += f' stroke-width="{width:g}"'
    if dash := mark.get("strokeDash"):
        paint += f' stroke-dasharray="{" ".join(f"{part:g}" for part in dash)}"'
    return paint + _opacity(mark)


def _opacity(mark: Spec, otherwise: float = 1.0) -> str:
    opacity = mark.get("opacity", otherwise)
    return "" if opacity == 1 else f' opacity="{opacity:g}"'


def _is_opaque(mark: Spec, otherwise: float = 1.0) -> bool:
    return bool(mark.get("opacity", otherwise) == 1)


def _painted(mark: Spec) -> str:
    """How a closed shape is painted: `color` fills it, or outlines it where it is not filled;
    `fill` and `stroke` go before.
    """
    filled = mark.get("filled", mark["type"] != "point")
    colour = mark.get("color", "none")
    fill = mark.get("fill", colour if filled else "none")
    stroke = mark.get("stroke", None if filled else colour)
    if stroke is None:
        return f' fill="{fill}"'
    return f' fill="{fill}" stroke="{stroke}" stroke-width="{mark.get("strokeWidth", 2):g}"'


def _points(layer: Layer) -> Iterator[str]:
    mark = layer.mark
    places = list(zip(layer.column("x", 0.0), layer.column("y", 0.0), strict=True))
    names = layer.texts("tooltip")
    paint = _painted(mark)
    if mark["shape"] not in ("circle", "square", "diamond") and mark["shape"].startswith("M"):
        paint = _stroke({**mark, "opacity": 1}, mark["color"], 2)
    if mark["shape"] == "circle" and not any(names) and _is_plain(mark):
        yield _discs(mark, places)
        return
    if _is_opaque(mark, _FAINT) and not any(names) and mark["shape"] != "circle":
        path = "".join(_at(mark, *place) for place in places)
        yield f'<path{paint} d="{path}"/>'
        return
    opacity = _opacity(mark, _FAINT)
    shapes = (
        _point(mark, *place, name, opacity) for place, name in zip(places, names, strict=True)
    )
    yield _group(paint, shapes)


def _is_plain(mark: Spec) -> bool:
    """Whether a shape has no outline: a stroke of its breadth is the same."""
    return mark.get("filled", True) is True and "stroke" not in mark


def _discs(mark: Spec, places: Sequence[Pair]) -> str:
    """Discs as the round ends of strokes without a length: thousands of them weigh little."""
    paint = {"strokeWidth": round(2 * radius_of(mark["size"]), 1)}
    paint["opacity"] = mark.get("opacity", _FAINT)
    path = "".join(f"M{px(x)},{px(y)}h0" for x, y in places)
    colour = mark.get("fill", mark.get("color"))
    return f'<path stroke-linecap="round"{_stroke(paint, colour)} d="{path}"/>'


def _at(mark: Spec, x: float, y: float) -> str:
    """The path of a shape at a place."""
    return f"M{px(x)},{px(y)}{outline(mark['shape'], mark['size'])}"


def _point(mark: Spec, x: float, y: float, name: str | None, opacity: str) -> str:
    """A point by itself, with the name of whom it stands for where there is one."""
    kind = "circle" if mark["shape"] == "circle" else "path"
    place = _circle(mark, x, y) if kind == "circle" else f'd="{_at(mark, x, y)}"'
    if name is None:
        return f"<{kind} {place}{opacity}/>"
    return f"<{kind} {place}{opacity}><title>{escaped(name)}</title></{kind}>"


def _circle(mark: Spec, x: float, y: float) -> str:
    return f'cx="{px(x)}" cy="{px(y)}" r="{radius_of(mark["size"]):.2g}"'


def _rules(layer: Layer) -> Iterator[str]:
    """Lines from place to place; from edge to edge where a layer says nothing of an axis."""
    mark, channels = layer.mark, layer.channels
    x, y = layer.column("x", 0.0), layer.column("y", 0.0)
    x2 = layer.column("x2", layer.x.length) if "x" not in channels or "x2" in channels else x
    y2 = layer.column("y2", layer.y.length) if "y" not in channels or "y2" in channels else y
    ends = zip(x, y, x2, y2, strict=True)
    path = "".join(f"M{px(a)},{px(b)}L{px(c)},{px(d)}" for a, b, c, d in ends)
    yield from _paths(layer, [path], _stroke(mark, mark["color"]))


def _ticks(layer: Layer) -> Iterator[str]:
    mark = layer.mark
    half = mark["size"] / 2
    x, y = layer.column("x", layer.x.length / 2), layer.column("y", layer.y.length / 2)
    path = "".join(
        f"M{px(across - half)},{px(up)}h{px(2 * half)}" for across, up in zip(x, y, strict=True)
    )
    thin = {"strokeWidth": mark["thickness"], "opacity": mark.get("opacity", _FAINT)}
    yield f'<path{_stroke(thin, mark["color"])} d="{path}"/>'


def _rectangles(layer: Layer) -> Iterator[str]:
    """Rectangles of one paint as one path, unless their fill is a channel or they shine through."""
    x, x2 = layer.column("x", 0.0), layer.column("x2", layer.x.length)
    y, y2 = layer.column("y", 0.0), layer.column("y2", layer.y.length)
    corners = list(zip(x, y, x2, y2, strict=True))
    fill = layer.channels.get("fill")
    if fill is None and _are_level(corners) and _is_plain(layer.mark):
        yield _strips(layer.mark, corners)
        return
    boxes = [_box(*ends) for ends in corners]
    if fill is None:
        yield f'<path{_painted(layer.mark)}{_opacity(layer.mark)} d="{"".join(boxes)}"/>'
        return
    colours = dict(zip(fill["scale"]["domain"], fill["scale"]["range"], strict=True))
    shades = [row[fill["field"]] for row in layer.rows]
    paired = zip(shades, boxes, strict=True)
    for shade, own in itertools.groupby(paired, key=lambda pair: pair[0]):
        yield f'<path fill="{colours[shade]}" d="{"".join(box for _, box in own)}"/>'


def _are_level(corners: Sequence[Corners]) -> bool:
    """Whether there are several boxes, all of one height."""
    heights = [abs(y2 - y) for _, y, _, y2 in corners]
    return len(heights) > 1 and max(heights) - min(heights) < _ALIKE


def _strips(mark: Spec, corners: Sequence[Corners]) -> str:
    """Boxes of one height as strokes of that breadth."""
    paint = {"strokeWidth": round(abs(corners[0][3] - corners[0][1]), 2)}
    paint["opacity"] = mark.get("opacity", 1)
    path = "".join(
        f"M{px(min(x, x2))},{(y + y2) / 2:.2f}H{px(max(x, x2))}" for x, y, x2, y2 in corners
    )
    return f'<path{_stroke(paint, mark.get("fill", mark.get("color")))} d="{path}"/>'


def _box(x: float, y: float, x2: float, y2: float) -> str:
    left, right = map(px, sorted((x, x2)))
    top, bottom = map(px, sorted((y, y2)))
    return f"M{left},{top}H{right}V{bottom}H{left}z"


def _lines(layer: Layer) -> Iterator[str]:
    """A line for each value of `detail`, through its rows in their order."""
    mark, interpolate = layer.mark, layer.mark.get("interpolate", "linear")
    places = list(zip(layer.column("x", 0.0), layer.column("y", 0.0), strict=True))
    detail = layer.channels.get("detail")
    keys = [row[detail["field"]] if detail else 0 for row in layer.rows]
    by_line: dict[object, list[tuple[float, float]]] = {}
    for key, place in zip(keys, places, strict=True):
        by_line.setdefault(key, []).append(place)
    paths = [_polyline(line, interpolate) for line in by_line.values()]
    yield from _paths(layer, paths, _stroke(mark, mark["color"]))


def _polyline(places: Sequence[tuple[float, float]], interpolate: str) -> str:
    corners = [(px(x), px(y)) for x, y in places]
    if interpolate == "step-after":
        return _steps(corners)
    path = "M" + "L".join(map(",".join, corners))
    return path + "z" * (interpolate == "linear-closed")


def _steps(corners: Sequence[tuple[str, str]]) -> str:
    """A path that goes to each corner across first, then up or down."""
    first, *rest = corners
    return "M" + ",".join(first) + "".join(f"H{x}V{y}" for x, y in rest)


def _paths(layer: Layer, paths: Sequence[str], paint: str) -> Iterator[str]:
    """Paths of one paint: as one where nothing shines through, else each by itself."""
    if _is_opaque(layer.mark) or len(paths) == 1:
        yield f'<path{paint} d="{"".join(paths)}"/>'
        return
    yield from (f'<path{paint} d="{path}"/>' for path in paths)


def _areas(layer: Layer) -> Iterator[str]:
    """What lies between two lines."""
    x = layer.column("x", 0.0)
    upper = list(zip(x, layer.column("y", 0.0), strict=True))
    lower = list(zip(x, layer.column("y2", layer.y.length), strict=True))
    path = _polyline([*upper, *reversed(lower)], "linear-closed")
    yield f'<path fill="{layer.mark["color"]}"{_opacity(layer.mark)} d="{path}"/>'


def _words(layer: Layer) -> Iterator[str]:
    mark, texts = layer.mark, _texts(layer)
    size = mark.get("fontSize", 11.0)
    x = layer.column("x", layer.x.length / 2)
    y = layer.column("y", layer.y.length / 2)
    for across, up, text in zip(x, y, texts, strict=True):
        yield words(
            [text] if isinstance(text, str) else list(map(str, text or [])),
            across + mark.get("dx", 0),
            up + mark.get("dy", 0),
            size=size,
            align=mark.get("align", "center"),
            baseline=mark.get("baseline", "middle"),
            more=_inked(mark),
        )


def _texts(layer: Layer) -> Sequence[str | Sequence[str] | None]:
    """The words of each row: its own, or those of the mark."""
    given = layer.mark.get("text")
    return layer.texts("text") if given is None else [given] * len(layer.rows)


def words_reach(layer: Layer, size: Pair) -> Iterator[Reach]:
    """How far the words of a layer go beyond a plot of a size (width, height) to each side."""
    mark, (width, height) = layer.mark, size
    if mark["type"] != "text":
        return
    texts = _texts(layer)
    tall = mark.get("fontSize", 11.0) / 2
    x, y = layer.column("x", width / 2), layer.column("y", height / 2)
    for across, up, text in zip(x, y, texts, strict=True):
        before, after = _span(across + mark.get("dx", 0), text, mark)
        down = up + mark.get("dy", 0)
        yield -before, tall - down, after - width, down + tall - height


def _span(across: float, text: str | Sequence[str] | None, mark: Spec) -> Pair:
    """Both ends of words at a place."""
    lines = [text] if isinstance(text, str) else list(text or [])
    wide = max((width_of(line, mark.get("fontSize", 11.0)) for line in lines), default=0.0)
    before = across - ANCHORS[mark.get("align", "center")][1] * wide
    return before, before + wide


def _inked(mark: Spec) -> str:
    """How words are painted."""
    paint = f' fill="{mark["color"]}"'
    if "stroke" in mark:
        paint += f' stroke="{mark["stroke"]}" stroke-width="{mark["strokeWidth"]:g}"'
    if weight := mark.get("fontWeight"):
        paint += f' font-weight="{weight}"'
    return paint + _opacity(mark)


_KINDS: dict[str, Callable[[Layer], Iterator[str]]] = {
    "point": _points,
    "rule": _rules,
    "tick": _ticks,
    "rect": _rectangles,
    "line": _lines,
    "area": _areas,
    "text": _words,
}
