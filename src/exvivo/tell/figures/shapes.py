"""The marks that figures are drawn with, and the layers that put them in their places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from exvivo.tell.figures.chart import FAINT, INK, MUTED, Spec

Values = Sequence[Mapping[str, object]]
"""The rows that a layer draws: coordinates by the names of their fields."""
EVEN: Spec = {"type": "rule", "color": FAINT, "strokeDash": [3, 3]}
"""The line that says neither way."""
TIMES = "M-1,-1L1,1M-1,1L1,-1"
"""A cross of two strokes."""
TO_B: Spec = {"field": "b"}
"""The far end of a bar."""


def layer(mark: Spec, values: Values, **encoding: Spec) -> Spec:
    """One layer: a mark, its own rows, and where they go."""
    return {"data": {"values": values}, "mark": mark, "encoding": encoding}


@dataclass(frozen=True, slots=True)
class Plane:
    """The channels across and upright in which the layers of one plot are drawn."""

    x: Spec
    y: Spec

    @property
    def domain(self) -> list[float]:
        """The range of the upright channel."""
        low, high = self.y["scale"]["domain"]
        return [low, high]

    @property
    def middle(self) -> float:
        """The middle of the upright channel."""
        low, high = self.domain
        return low + 0.5 * (high - low)

    def layer(self, mark: Spec, values: Values, **more: Spec) -> Spec:
        """A mark at `x` and `y`; `more` are further channels, or others in their place."""
        return layer(mark, values, **{"x": self.x, "y": self.y, **more})

    def along(self, mark: Spec, values: Values) -> Spec:
        """Bars across, from `x` to `b`."""
        return self.layer(mark, values, x2=TO_B)

    def upright(self, mark: Spec, values: Values) -> Spec:
        """Bars upright, from `y` to `b`."""
        return self.layer(mark, values, y2=TO_B)

    def whiskers(self, mark: Spec, values: Values) -> Spec:
        """Bars upright, from `a` to `b`."""
        return self.layer(mark, values, y={**self.y, "field": "a"}, y2=TO_B)

    def lines(self, mark: Spec, values: Values) -> Spec:
        """Lines from `x` and `y` to `b` and `d`."""
        return self.layer(mark, values, x2=TO_B, y2={"field": "d"})

    def boxes(self, mark: Spec, values: Values, **more: Spec) -> Spec:
        """Rectangles from `x` and `y` to `x2` and `y2`."""
        return self.layer(mark, values, x2={"field": "x2"}, y2={"field": "y2"}, **more)

    def even(self, value: float = 0.0) -> Spec:
        """The line across that says neither way, at `value`."""
        return layer(EVEN, [{"y": value}], y=self.y)

    def no_way(self, value: float = 0.0) -> Spec:
        """The upright line that says neither way, at `value`."""
        return layer(EVEN, [{"x": value}], x=self.x)

    def text(self, mark: Spec, values: Values) -> Spec:
        """Words of the field `t`."""
        return self.layer({"type": "text", **mark}, values, text={"field": "t", "type": "nominal"})


def point(
    shape: str,
    colour: str,
    size: float,
    *,
    filled: bool = True,
    opacity: float = 1,
    **more: object,
) -> Spec:
    """A shape of `size` square pixels."""
    return {
        "type": "point",
        "shape": shape,
        "color": colour,
        "filled": filled,
        "size": size,
        "opacity": opacity,
        **more,
    }


def dot(colour: str, size: float, *, firm: bool, stroke: float) -> Spec:
    """The dot of an estimate: filled where the answer is `firm`, else hollow."""
    return {
        "type": "point",
        "shape": "circle",
        "filled": True,
        "fill": colour if firm else "white",
        "size": size,
        "stroke": colour,
        "strokeWidth": stroke,
        "opacity": 1,
    }


def tick(colour: str, size: float, thickness: float, **more: object) -> Spec:
    """A short stroke across, `size` pixels long."""
    return {
        "type": "tick",
        "orient": "horizontal",
        "color": colour,
        "size": size,
        "thickness": thickness,
        **more,
    }


def rule(colour: str, width: float, **more: object) -> Spec:
    """A line of `width` pixels."""
    return {"type": "rule", "color": colour, "strokeWidth": width, **more}


def line(colour: str, width: float, **more: object) -> Spec:
    """A line through points."""
    return {"type": "line", "color": colour, "strokeWidth": width, **more}


def rect(colour: str, **more: object) -> Spec:
    """A filled rectangle."""
    return {"type": "rect", "color": colour, **more}


def no_number(size: float) -> Spec:
    """The cross in a well of `size` pixels that has no number."""
    return {
        "type": "point",
        "shape": TIMES,
        "color": INK,
        "strokeWidth": 1,
        "size": (size * 0.42) ** 2,
        "opacity": 1,
    }


def note(lines: Iterable[str]) -> Spec:
    """Words in the place of what cannot be drawn, a line each."""
    text = list(lines)
    return {
        "type": "text",
        "text": text,
        "color": MUTED,
        "fontSize": 12,
        "dy": -7 * (len(text) - 1),
    }
