"""Controls from plate to plate (Levey and Jennings 1950, doi:10.1093/ajcp/20.11.1059): does the
assay stay where it was?
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from exvivo.figures import Figure as Number
from exvivo.figures import value_of
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.axes import amounts_in_log2, named_axis, quantitative
from exvivo.tell.figures.chart import (
    COLOURS,
    FAINT,
    INK,
    MUTED,
    Figure,
    Key,
    Keys,
    Layers,
    Names,
    Numbers,
    Panel,
    Spec,
    cell,
    extent,
    finite,
    grouped,
    in_rows,
    in_study_order,
    rounded,
)
from exvivo.tell.figures.shapes import Plane, layer, line, point, rect, rule
from exvivo.tell.fits import Fit, fits_of

_HEIGHT, _STEP, _NARROW, _WIDE = 112, 30, 104, 420
_NAMED = 14
"""Plates from which only some of their names stand below a panel."""


@dataclass(frozen=True, slots=True)
class _Sign:
    """How a plate is drawn whose mean lies `low` to `high` standard deviations off."""

    colour: str
    shape: str
    low: float
    high: float
    label: str

    def holds(self, away: float) -> bool:
        """Whether a plate at this distance is drawn so."""
        return self.low <= abs(away) < self.high


_SIGNS = (
    _Sign(COLOURS[1], "circle", 0.0, 2.0, "a plate, with its standard error"),
    _Sign(COLOURS[4], "diamond", 2.0, 3.0, "more than 2 SD off"),
    _Sign(COLOURS[0], "square", 3.0, math.inf, "more than 3 SD off"),
)
_LINE_KEYS = (
    Key("stroke", MUTED, "mean"),
    Key("square", "#d5e2ec", "mean ± 2 SD"),
    Key("dashes", FAINT, "mean ± 3 SD"),
)
_DATA = {
    "assay": pl.String,
    "analyte": pl.String,
    "control": pl.String,
    "plate": pl.String,
    "log2_mean": pl.Float64,
    "se": pl.Float64,
    "sd": pl.Float64,
    "sd_from_mean": pl.Float64,
    "log2_expected": pl.Float64,
    "unit": pl.String,
}


@dataclass(frozen=True, slots=True)
class Control:
    """One control of one analyte on its plates, in the study's order: log2 means and their standard
    errors.

    `spread`: the standard deviation (log2) a plate's mean is expected to have; `expected`: log2 of
    the known amount.
    """

    assay: str
    analyte: str
    name: str
    plates: tuple[str, ...]
    mean: tuple[float, ...]
    se: tuple[float, ...]
    spread: float
    expected: float | None
    unit: str

    @property
    def centre(self) -> float:
        """The mean of the plates."""
        return float(np.mean(self.mean))

    @property
    def away(self) -> tuple[float, ...]:
        """How far each plate lies from the mean, in standard deviations."""
        if not self.spread:
            return (0.0,) * len(self.mean)
        return tuple((value - self.centre) / self.spread for value in self.mean)

    @property
    def farthest(self) -> int:
        """The place of the plate farthest from the mean."""
        distances = [abs(away) for away in self.away]
        return distances.index(max(distances))

    @property
    def axis(self) -> Spec:
        """The plates across; names are slanted where they would touch."""
        every = -(-len(self.plates) // _NAMED)
        names = [
            plate if position % every == 0 else "" for position, plate in enumerate(self.plates)
        ]
        crowded = max(map(len, names)) * 6 > self.width / len(names) * every
        angle = -45 if crowded else 0
        return named_axis(names) | {
            "labelAngle": angle,
            "labelOverlap": False,
            "labelColor": MUTED,
        }

    @property
    def width(self) -> int:
        """The width of its panel in pixels."""
        return min(max(_NARROW, _STEP * len(self.plates)), _WIDE)

    def at(self, deviations: float) -> float:
        """The place so many standard deviations above the mean."""
        return self.centre + deviations * self.spread

    def rows(self) -> Iterator[tuple[object, ...]]:
        """The plates as rows of the data of the figure."""
        for plate, mean, se, away in zip(self.plates, self.mean, self.se, self.away, strict=True):
            own = (self.assay, self.analyte, self.name, plate)
            yield (*own, mean, se, self.spread, away, self.expected, self.unit)


def figure(assays: pl.DataFrame, *, study: Study, name: str) -> Figure | None:
    """A row of panels a control, one an analyte; nothing where no control stands on two plates."""
    shown = controls(assays, study=study)
    if not shown:
        return None
    panels = in_rows((control.name, _panel(control, study)) for control in shown)
    rows = itertools.chain.from_iterable(control.rows() for control in shown)
    data = pl.DataFrame(list(rows), schema=_DATA, orient="row")
    return Figure(name, _caption(shown), panels, data, _key(shown))


def controls(assays: pl.DataFrame, *, study: Study) -> list[Control]:
    """Every control of every analyte that stands on at least two plates.

    The spread is what plates differ by (`between_sd`, drawn from all controls of the assay) and the
    control's own error together; where no `between_sd` is told, the standard deviation of its
    plates.
    """
    controls = []
    for fit in fits_of(assays, "control"):
        for name, plates in grouped(map(_control_and_plate, fit.named("control_log2"))).items():
            if len(plates) > 1:
                controls.append(_control(fit, name, in_study_order(plates, study)))
    return controls


def _control_and_plate(mean: Number) -> tuple[str, str]:
    return mean["of"] or "", mean["plate"] or ""


def _control(fit: Fit, name: str, plates: Names) -> Control:
    mean, se = (
        [value_of(fit.quality, figure, of=name, plate=plate) or 0.0 for plate in plates]
        for figure in ("control_log2", "control_sd")
    )
    expected = value_of(fit.quality, "control_expected", of=name)
    spread = _spread(fit.figures.get("between_sd"), mean, se)
    return Control(
        fit.assay,
        fit.analyte,
        name,
        tuple(plates),
        tuple(mean),
        tuple(se),
        spread,
        expected,
        fit.unit,
    )


def _spread(between: float | None, mean: Numbers, se: Numbers) -> float:
    """What plates differ by and the control's own error, as one standard deviation."""
    if between is None:
        return float(np.std(mean, ddof=1))
    return math.hypot(between, math.sqrt(float(np.mean(np.square(se)))))


def _panel(control: Control, study: Study) -> Panel:
    shown = [*control.mean, control.at(-3), control.at(3), *finite(control.expected)]
    domain = extent(shown, around=0.06)
    y_axis = amounts_in_log2(domain, control.unit) | {"grid": False, "zindex": 1}
    plane = Plane(
        quantitative("x", [-0.6, len(control.plates) - 0.4], control.axis),
        quantitative("y", domain, y_axis),
    )
    layers = [*_lines(control, plane.y), *_points(control, plane)]
    drawing = cell(control.width, _HEIGHT, layers)
    return Panel(study.name_of(control.analyte), _alt(control, study), drawing, _sub(control))


def _lines(control: Control, y: Spec) -> Layers:
    """The mean, two and three standard deviations round it, and the known amount."""
    centre, *ends = (rounded(control.at(deviations)) for deviations in (0, -2, 2, -3, 3))
    band = {"y": ends[0], "y2": ends[1]}
    yield layer(rect("#eef3f7"), [band], y=y, y2={"field": "y2"})
    far = {"type": "rule", "color": FAINT, "strokeDash": [4, 2]}
    yield layer(far, [{"y": ends[2]}, {"y": ends[3]}], y=y)
    yield layer(rule(MUTED, 1.2), [{"y": centre}], y=y)
    if control.expected is not None:
        mark = rule(COLOURS[2], 1.6, strokeDash=[1, 2])
        yield layer(mark, [{"y": rounded(control.expected)}], y=y)


def _points(control: Control, plane: Plane) -> Layers:
    """The plates with their standard errors, joined in their order."""
    pairs = zip(control.mean, control.se, strict=True)
    rows = [
        {"x": position, "y": rounded(mean), "a": rounded(mean - se), "b": rounded(mean + se)}
        for position, (mean, se) in enumerate(pairs)
    ]
    yield plane.whiskers(rule(INK, 0.9), rows)
    yield plane.layer(line(FAINT, 1), rows)
    for sign in _SIGNS:
        own = [row for row, away in zip(rows, control.away, strict=True) if sign.holds(away)]
        if own:
            yield plane.layer(point(sign.shape, sign.colour, 34), own)


def _sub(control: Control) -> str:
    mean = f"mean {words.amount_of(2**control.centre)}"
    if control.expected is None:
        return mean
    return f"{mean}, known {words.amount_of(2**control.expected)}"


def _alt(control: Control, study: Study) -> str:
    farthest = control.farthest
    return (
        f"{control.name} of {study.name_of(control.analyte)} on "
        f"{words.counted(len(control.plates), 'plate')}: "
        f"{_sub(control)}. The plate farthest from the mean is {control.plates[farthest]}, "
        f"{words.fold(control.mean[farthest] - control.centre)} times it "
        f"({words.number(control.away[farthest], digits=1)} standard deviations)."
    )


def _key(shown: Sequence[Control]) -> Keys:
    away: list[float] = []
    for control in shown:
        away += control.away
    keys = [
        Key(sign.shape, sign.colour, sign.label) for sign in _SIGNS if any(map(sign.holds, away))
    ]
    keys += _LINE_KEYS
    if any(control.expected is not None for control in shown):
        keys.append(Key("dashes", COLOURS[2], "known amount"))
    return tuple(keys)


def _caption(shown: Sequence[Control]) -> str:
    fewest = min(len(control.plates) for control in shown)
    weak = " With so few plates the SD itself is loose: read it as a guide." if fewest < 10 else ""
    return (
        "Controls from plate to plate, in the order of the study, each read off the curve of its "
        "plate. The SD is what plates differ by, estimated from all controls of the assay "
        f"together, and the control's own error.{weak}"
    )
