"""Where Vega draws the marks of a plot, and where exvivo does: two readings of two SVG files."""

from __future__ import annotations

import re
from xml.etree import ElementTree

Places = dict[str, list[tuple[float, ...]]]
"""Points (x, y), rules (x, y, x2, y2), boxes (x, y, x2, y2) and lines (first and last point)."""
_NUMBER = r"(-?[\d.]+(?:e-?\d+)?)"
_TRANSLATE = re.compile(rf"translate\({_NUMBER},{_NUMBER}\)")
_KINDS = {
    "mark-symbol": "points",
    "mark-rule": "rules",
    "mark-rect": "boxes",
    "mark-line": "lines",
}


def of_vega(svg: str) -> tuple[Places, list[str]]:
    """The marks of Vega's drawing of one plot, and the labels of its axes."""
    places: Places = {kind: [] for kind in _KINDS.values()}
    labels: list[str] = []
    root = ElementTree.fromstring(re.sub(r'xmlns="[^"]*"', "", svg, count=1))
    _walk(root[0], (0.0, 0.0), "", places, labels, top=True)
    return places, labels


def _walk(
    node: ElementTree.Element,
    origin: tuple[float, float],
    inherited: str,
    places: Places,
    labels: list[str],
    *,
    top: bool = False,
) -> None:
    moved = _TRANSLATE.search(node.get("transform", ""))
    if moved and not top:
        origin = (origin[0] + float(moved[1]), origin[1] + float(moved[2]))
    role = node.get("class") or inherited
    if node.tag == "text" and "role-axis-label" in role:
        lines = ["".join(line.itertext()) for line in node] or ["".join(node.itertext())]
        labels.extend(lines)
    if "role-mark" in role and node.tag in ("path", "line"):
        kind = next((kind for name, kind in _KINDS.items() if name in role), None)
        if kind:
            places[kind] += _shape(kind, node, origin)
    for child in node:
        _walk(child, origin, role, places, labels)


def _shape(
    kind: str, node: ElementTree.Element, origin: tuple[float, float]
) -> list[tuple[float, ...]]:
    x, y = origin
    path = node.get("d", "")
    if kind == "points":
        return [(x, y)]
    if kind == "rules":
        return [(x, y, x + float(node.get("x2", 0)), y + float(node.get("y2", 0)))]
    if kind == "boxes":
        box = re.match(rf"M{_NUMBER},{_NUMBER}h{_NUMBER}v{_NUMBER}", path)
        if box is None:
            return []
        left, top, wide, high = map(float, box.groups())
        return [_box(x + left, y + top, x + left + wide, y + top + high)]
    points = re.findall(rf"[ML]{_NUMBER},{_NUMBER}", path)
    return [(*map(float, points[0]), *map(float, points[-1]))] if points else []


def _box(x: float, y: float, x2: float, y2: float) -> tuple[float, ...]:
    return min(x, x2), min(y, y2), max(x, x2), max(y, y2)


def of_exvivo(svg: str) -> tuple[Places, list[str]]:
    """The marks of a drawing of one plot, its grid and axes among them, and all its words."""
    circles = re.findall(rf'<circle cx="{_NUMBER}" cy="{_NUMBER}"', svg)
    symbols = re.findall(rf"M{_NUMBER},{_NUMBER}(?:m|h0)", svg)
    rules = re.findall(rf"M{_NUMBER},{_NUMBER}L{_NUMBER},{_NUMBER}(?=[M\"])", svg)
    boxes = re.findall(rf"M{_NUMBER},{_NUMBER}H{_NUMBER}V{_NUMBER}H{_NUMBER}z", svg)
    ticks = re.findall(rf"M{_NUMBER},{_NUMBER}h{_NUMBER}(?![v\d])", svg)
    strips = re.findall(rf"M{_NUMBER},{_NUMBER}H{_NUMBER}(?=[M\"])", svg)
    paths = re.findall(r'd="(M[^mhHVv"]*L[^mhHVv"]*)"', svg)
    lines = [re.findall(rf"{_NUMBER},{_NUMBER}", line) for line in _each_line(paths)]
    texts = re.findall(r"<(?:text|tspan)[^>]*>([^<]+)<", svg)
    return {
        "points": [tuple(map(float, point)) for point in circles + symbols],
        "rules": [tuple(map(float, rule)) for rule in rules],
        "boxes": [_box(*map(float, box[:4])) for box in boxes],
        "lines": [(*map(float, line[0]), *map(float, line[-1])) for line in lines],
        "ticks": [(float(x), float(y), float(x) + float(wide)) for x, y, wide in ticks]
        + [tuple(map(float, strip)) for strip in strips],
    }, texts


def _each_line(paths: list[str]) -> list[str]:
    """The lines of some paths."""
    lines = []
    for path in paths:
        lines += [line for line in path.split("M") if "L" in line]
    return lines


def missing(vega: Places, drawn: Places, *, within: float = 0.11) -> list[tuple[float, ...]]:
    """The marks of Vega that are not drawn within so many pixels of their places."""
    strokes = drawn["rules"] + drawn["lines"]
    strokes = strokes + [(x2, y2, x, y) for x, y, x2, y2 in strokes]
    wanted = [(place, drawn["points"]) for place in vega["points"]]
    wanted += [(place, strokes) for place in vega["rules"] + vega["lines"]]
    for x, y, x2, y2 in vega["boxes"]:
        as_tick = _near((x, (y + y2) / 2, x2), drawn["ticks"], within)
        wanted += [] if as_tick else [((x, y, x2, y2), drawn["boxes"])]
    return [place for place, places in wanted if not _near(place, places, within)]


def _near(place: tuple[float, ...], places: list[tuple[float, ...]], within: float) -> bool:
    return any(
        max(abs(a - b) for a, b in zip(place, each, strict=True)) <= within for each in places
    )
