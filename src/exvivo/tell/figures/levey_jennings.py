"""Controls from plate to plate (Levey and Jennings 1950, doi:10.1093/ajcp/20.11.1059): does the
assay stay where it was?
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from exvivo.figures import Figure as Number
from exvivo.figures import figures_named, value_of
from exvivo.study import Study
from exvivo.tell import words
from exvivo.tell.figures.axes import amounts_in_log2
from exvivo.tell.figures.chart import (
    COLOURS,
    FAINT,
    INK,
    MUTED,
    Figure,
    Key,
    Panel,
    Spec,
    extent,
    layer,
    named_axis,
    quantitative,
    rounded,
)

_HEIGHT, _STEP, _NARROW, _WIDE = 112, 30, 104, 420
_NAMED = 14
"""Plates from which only some of their names stand below a panel."""


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
        return tuple(
            (value - self.centre) / self.spread if self.spread else 0.0 for value in self.mean
        )


def figure(assays: pl.DataFrame, *, study: Study, name: str) -> Figure | None:
    """A row of panels a control, one an analyte; nothing where no control stands on two plates."""
    found = controls(assays, study=study)
    if not found:
        return None
    rows = []
    for control in dict.fromkeys(one.name for one in found):
        rows.append((control, tuple(_panel(one, study) for one in found if one.name == control)))
    return Figure(name, _caption(found), tuple(rows), _data(found), _key(found))


def controls(assays: pl.DataFrame, *, study: Study) -> list[Control]:
    """Every control of every analyte that stands on at least two plates.

    The spread is what plates differ by (`between_sd`, drawn from all controls of the assay) and the
    control's own error together; where no `between_sd` is told, the standard deviation of its
    plates.
    """
    order = {plate.id: at for at, plate in enumerate(study.plates)}
    made = []
    for row in assays.filter(kind="control").iter_rows(named=True):
        means = figures_named(row["figures"], "control_log2")
        for control in dict.fromkeys(each["of"] or "" for each in means):
            own = sorted(
                (each for each in means if each["of"] == control),
                key=lambda each: (
                    order.get(each["plate"] or "", len(order)),
                    each["plate"] or "",
                ),
            )
            if len(own) > 1:
                made.append(_control(row, control, own))
    return made


def _control(row: dict[str, Any], control: str, means: Sequence[Number]) -> Control:
    numbers: list[Number] = row["figures"]
    plates = [each["plate"] or "" for each in means]
    mean = tuple(each["value"] for each in means)
    se = tuple(value_of(numbers, "control_sd", of=control, plate=plate) or 0.0 for plate in plates)
    between = value_of(numbers, "between_sd")
    own = math.sqrt(float(np.mean(np.square(se))))
    spread = math.hypot(between, own) if between is not None else float(np.std(mean, ddof=1))
    expected = value_of(numbers, "control_expected", of=control)
    return Control(
        row["assay"],
        row["analyte"],
        control,
        tuple(plates),
        mean,
        se,
        spread,
        expected,
        row["unit"],
    )


def _panel(control: Control, study: Study) -> Panel:
    count = len(control.plates)
    width = min(max(_NARROW, _STEP * count), _WIDE)
    every = -(-count // _NAMED)
    names = [plate if at % every == 0 else "" for at, plate in enumerate(control.plates)]
    crowded = max(map(len, names)) * 6 > width / count * every
    x = quantitative(
        "x",
        [-0.6, count - 0.4],
        {
            **named_axis(names),
            "labelAngle": -45 if crowded else 0,
            "labelOverlap": False,
            "labelColor": MUTED,
        },
    )
    shown = [*control.mean, *(control.centre + k * control.spread for k in (-3, 3))]
    domain = extent(
        [*shown, *([control.expected] if control.expected is not None else [])], around=0.06
    )
    y = quantitative(
        "y", domain, {**amounts_in_log2(domain, control.unit), "grid": False, "zindex": 1}
    )
    layers = [*_lines(control, y), *_points(control, x, y)]
    return Panel(
        study.name_of(control.analyte),
        _alt(control, study),
        {"width": width, "height": _HEIGHT, "layer": layers},
        _sub(control),
    )


def _lines(control: Control, y: Spec) -> list[Spec]:
    """The mean, two and three standard deviations round it, and the known amount."""
    at = {k: rounded(control.centre + k * control.spread) for k in (-3, -2, 0, 2, 3)}
    drawn = [
        layer(
            {"type": "rect", "color": "#eef3f7"},
            [{"y": at[-2], "y2": at[2]}],
            y=y,
            y2={"field": "y2"},
        ),
        layer(
            {"type": "rule", "color": FAINT, "strokeDash": [4, 2]},
            [{"y": at[-3]}, {"y": at[3]}],
            y=y,
        ),
        layer({"type": "rule", "color": MUTED, "strokeWidth": 1.2}, [{"y": at[0]}], y=y),
    ]
    if control.expected is not None:
        mark = {"type": "rule", "color": COLOURS[2], "strokeDash": [1, 2], "strokeWidth": 1.6}
        drawn.append(layer(mark, [{"y": rounded(control.expected)}], y=y))
    return drawn


def _points(control: Control, x: Spec, y: Spec) -> list[Spec]:
    rows = [
        {"x": at, "y": rounded(value), "a": rounded(value - se), "b": rounded(value + se)}
        for at, (value, se) in enumerate(zip(control.mean, control.se, strict=True))
    ]
    drawn = [
        layer(
            {"type": "rule", "color": INK, "strokeWidth": 0.9},
            rows,
            x=x,
            y={**y, "field": "a"},
            y2={"field": "b"},
        ),
        layer({"type": "line", "color": FAINT, "strokeWidth": 1}, rows, x=x, y=y),
    ]
    for colour, shape, low, high in _SIGNS:
        mine = [
            row for row, away in zip(rows, control.away, strict=True) if low <= abs(away) < high
        ]
        if mine:
            mark = {
                "type": "point",
                "shape": shape,
                "color": colour,
                "filled": True,
                "size": 34,
                "opacity": 1,
            }
            drawn.append(layer(mark, mine, x=x, y=y))
    return drawn


_SIGNS = (
    (COLOURS[1], "circle", 0.0, 2.0),
    (COLOURS[4], "diamond", 2.0, 3.0),
    (COLOURS[0], "square", 3.0, math.inf),
)


def _sub(control: Control) -> str:
    known = "" if control.expected is None else f", known {words.amount_of(2**control.expected)}"
    return f"mean {words.amount_of(2**control.centre)}{known}"


def _alt(control: Control, study: Study) -> str:
    worst = max(range(len(control.plates)), key=lambda at: abs(control.away[at]))
    return (
        f"{control.name} of {study.name_of(control.analyte)} on {len(control.plates)} plates: {_sub(control)}. The plate farthest from "
        f"the mean is {control.plates[worst]}, {words.fold(control.mean[worst] - control.centre)} times it "
        f"({words.number(control.away[worst], digits=1)} standard deviations)."
    )


def _key(found: Sequence[Control]) -> tuple[Key, ...]:
    far = [abs(away) for one in found for away in one.away]
    signs = ("a plate, with its standard error", "more than 2 SD off", "more than 3 SD off")
    keys = [
        Key(shape, colour, said)
        for (colour, shape, low, high), said in zip(_SIGNS, signs, strict=True)
        if any(low <= away < high for away in far)
    ]
    keys += [
        Key("stroke", MUTED, "mean"),
        Key("square", "#d5e2ec", "mean ± 2 SD"),
        Key("dashes", FAINT, "mean ± 3 SD"),
    ]
    if any(one.expected is not None for one in found):
        keys.append(Key("dashes", COLOURS[2], "known amount"))
    return tuple(keys)


def _caption(found: Sequence[Control]) -> str:
    few = min(len(one.plates) for one in found)
    weak = " With so few plates the SD itself is loose: read it as a guide." if few < 10 else ""
    return (
        "Controls from plate to plate, in the order of the study, each read off the curve of its plate. The SD is what plates differ "
        f"by, estimated from all controls of the assay together, and the control's own error.{weak}"
    )


def _data(found: Sequence[Control]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "assay": one.assay,
                "analyte": one.analyte,
                "control": one.name,
                "plate": plate,
                "log2_mean": mean,
                "se": se,
                "sd": one.spread,
                "sd_from_mean": away,
                "log2_expected": one.expected,
                "unit": one.unit,
            }
            for one in found
            for plate, mean, se, away in zip(one.plates, one.mean, one.se, one.away, strict=True)
        ],
        schema_overrides={"log2_expected": pl.Float64},
    )
