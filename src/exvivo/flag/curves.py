"""Curves held against what curves are, and against one another: standards that do not rise, blanks
that hold analyte, midpoints and bridge samples that differ between plates.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, groupby
from statistics import NormalDist
from typing import Any, NamedTuple

from exvivo.figures import Figure, value_of
from exvivo.flag.look import Fit, Flags, Look, flag, listed
from exvivo.flagged import Flag, Scope
from exvivo.study import Beads

_CLEARLY = 3.0
"""Standard deviations beyond which a blank lies above the lowest standard, and midpoints differ."""
_BLANK = 0.1
"""The least part of the lowest standard's signal by which a blank must exceed it."""
_BRIDGE = math.log2(1.25)
"""Plates whose bridge sample differs by less (log2) are as near as ICH M10 lets controls be."""
_BY_CHANCE = 0.01
_MIDPOINT = math.log2(4.0)
"""Midpoints (log2) further apart than kits and lots honestly differ (2- to 3-fold), and so far that
the amounts of the standards cannot both be right.
"""


def standards_that_do_not_rise(fit: Fit) -> Flags:
    """Curves whose standards show no analyte."""
    if fit.get("flat"):
        yield flag(
            "assays",
            fit.place,
            what="the signal of the standards does not rise with their amount",
            why="nothing can be read off such a curve, not even a bound: samples have no result",
            cure="check which wells hold the standards, and how they were made; repeat the plate",
        )


# Blanks.


class _Level(NamedTuple):
    """The mean signal of the wells of one amount, and their sd where there are several."""

    wells: int
    mean: float
    squares: float


def blanks_above_standards(fit: Fit) -> Flags:
    """Blank wells with more signal than the lowest standard, by name."""
    levels = _levels(fit.row["points"])
    if not levels:
        return
    high = [point for point in fit.row["points"] if _is_above(point, levels, fit)]
    if high:
        wells = listed(f"{point['well']} ({point['y']:.3g})" for point in high)
        yield flag(
            "assays",
            fit.place,
            what=f"blanks above the lowest standard ({levels[0].mean:.3g}): {wells}",
            why=(
                "a blank that holds analyte, or is no blank, lifts the limit of detection and "
                "bends the foot of the curve: low samples lose their number"
            ),
            cure=(
                "check the layout and the plate; a well that is no blank gets the role `empty`, "
                "with the reason in the records"
            ),
        )


def _levels(points: Sequence[dict[str, Any]]) -> list[_Level]:
    """The two lowest amounts above zero."""
    dosed = sorted((point["x"], point["y"]) for point in points if point["x"] > 0)
    groups = (list(group) for _, group in groupby(dosed, key=lambda point: point[0]))
    return [_level([y for _, y in group]) for group in groups][:2]


def _level(signals: Sequence[float]) -> _Level:
    mean = math.fsum(signals) / len(signals)
    return _Level(len(signals), mean, math.fsum((y - mean) ** 2 for y in signals))


def _is_above(point: dict[str, Any], levels: Sequence[_Level], fit: Fit) -> bool:
    """Whether a standard is a blank clearly above the lowest amount."""
    lowest = levels[0]
    least = max(_CLEARLY * _sd(levels, fit), _BLANK * abs(lowest.mean))
    return bool(point["x"] == 0 and point["y"] - lowest.mean > least)


def _sd(levels: Sequence[_Level], fit: Fit) -> float:
    """The sd of a well at the foot of the curve: of replicates of the lowest amounts, for a blank
    with analyte in it widens the noise of the curve; without replicates that noise.
    """
    df = sum(level.wells - 1 for level in levels)
    if df > 1:
        own = math.sqrt(sum(level.squares for level in levels) / df)
        return max(own, fit.get("replicate_cv", 0.0) * abs(levels[0].mean))
    return math.hypot(fit.get("replicate_s0", 0.0), fit.get("replicate_cv", 0.0) * levels[0].mean)


# Plates against one another.


def bridges_that_drift(fit: Fit) -> Flags:
    """Controls and calibrators, of known amount or not, that read otherwise on one plate than on
    another.
    """
    names = sorted({each["of"] or "" for each in fit.named("control_log2")})
    apart = [text for name in names for text in _farthest(fit, name)]
    if apart:
        yield flag(
            "assays",
            fit.place,
            what=f"plates read one sample apart: {listed(apart)}",
            why=(
                "it is the same sample, so the plates differ: levels of donors on one plate and on "
                "another differ by as much; responses within a plate do not"
            ),
            cure=(
                "check standards and dilutions of these plates; spread each group over all plates"
            ),
        )


def _farthest(fit: Fit, name: str) -> Iterator[str]:
    """The two plates that are furthest apart by one control, beyond its own error."""
    means = [each for each in fit.named("control_log2") if each["of"] == name]
    pairs = list(combinations(means, 2))
    apart = [pair for pair in pairs if _differ(fit, *pair, of=len(pairs))]
    if apart:
        farthest = max(apart, key=_distance)
        low, high = sorted(farthest, key=lambda each: each["value"])
        fold = 2 ** (high["value"] - low["value"])
        yield f"{name}, {fold:.2f} times as high on plate {high['plate']} as on {low['plate']}"


def _distance(pair: Sequence[Figure]) -> float:
    return abs(pair[0]["value"] - pair[1]["value"])


def _differ(fit: Fit, first: Figure, second: Figure, *, of: int) -> bool:
    """Whether two plates differ by more than controls may, and than their errors explain: once in a
    hundred by chance over all pairs (`of`).
    """
    sds = (_control_sd(fit, each) for each in (first, second))
    z = NormalDist().inv_cdf(1 - _BY_CHANCE / (2 * of))
    return _distance((first, second)) > max(_BRIDGE, z * math.hypot(*sds))


def _control_sd(fit: Fit, mean: Figure) -> float:
    figures = fit.row["figures"]
    return value_of(figures, "control_sd", of=mean["of"], plate=mean["plate"]) or 0.0


def midpoints_apart(look: Look) -> Flags:
    """Bead arrays: plates of one analyte whose curves turn at amounts that lots of a kit do not
    explain. Of assays whose files hold the signals themselves the signals tell, before any fit.
    """
    beads = [assay.id for assay in look.assays_of(Beads)]
    curves = [fit for fit in look.fits("curve") if fit.get("levels_in_range")]
    curves = [fit for fit in curves if fit.row["assay"] in beads]
    by_analyte = sorted(curves, key=_analyte)
    for (assay, analyte), fits in groupby(by_analyte, key=_analyte):
        pairs = [pair for pair in combinations(fits, 2) if _off(*pair) > 0]
        if pairs:
            yield _apart(f"{assay} {analyte}", *max(pairs, key=lambda pair: _off(*pair)))


def _analyte(fit: Fit) -> tuple[str, str]:
    return fit.row["assay"], fit.row["analyte"]


def _midpoint(fit: Fit) -> float:
    """The log2 of the amount at the midpoint of a curve."""
    return math.log2(value_of(fit.row["parameters"], "C") or 1.0)


def _off(first: Fit, second: Fit) -> float:
    """How far apart two midpoints are (log2), beyond what is honest and their errors; 0: not."""
    apart = abs(_midpoint(first) - _midpoint(second))
    errors = math.hypot(_error(first), _error(second))
    return apart if apart > max(_MIDPOINT, _CLEARLY * errors) else 0.0


def _error(fit: Fit) -> float:
    """The standard error (log2) of a midpoint, from the covariance of the parameters."""
    covariance, size = fit.row["covariance"], len(fit.row["parameters"])
    place = [each["name"] for each in fit.row["parameters"]].index("C")
    middle = value_of(fit.row["parameters"], "C") or 1.0
    return math.sqrt(max(covariance[place * (size + 1)], 0.0)) / middle / math.log(2)


def _apart(place: str, first: Fit, second: Fit) -> Flag:
    low, high = sorted((first, second), key=_midpoint)
    off = _midpoint(high) - _midpoint(low)
    ends = [f"{2 ** _midpoint(fit):.3g} on plate {fit.row['plate']}" for fit in (low, high)]
    return flag(
        "assays",
        place,
        scope=Scope(
            assays=(low.row["assay"],),
            analytes=low.scope.analytes,
            plates=(low.row["plate"], high.row["plate"]),
        ),
        what=f"the midpoints of the curves lie {2**off:.3g}-fold apart: {' and '.join(ends)}",
        why=(
            "lots and kits differ 2- to 3-fold; further apart, the amounts of the standards of one "
            "plate are wrong, and all its concentrations with them"
        ),
        cure="check how the standards of these plates were made, and their amounts in the layouts",
    )
