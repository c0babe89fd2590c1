"""Whether what is assumed of a study names what the study has, and can be true."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import Any

from exvivo.errors import Mistake
from exvivo.planned_sizes import SIZES
from exvivo.study.assumptions import (
    AssumedEffect,
    AssumedLevel,
    AssumedScore,
    AssumedShare,
    Assumptions,
)
from exvivo.study.entry import Entry, Mistakes
from exvivo.study.ids import ids
from exvivo.study.records import Plan, Study
from exvivo.study.typed_numbers import SCALES, cure_of

_SPREADS = ("level", "response", "culture", "well", "plate", "plate_response")
_LARGEST_SPREAD = 10.0
"""log2: a thousandfold."""
_LARGEST_SHARE = 100.0
"""Per cent."""
_CORRELATIONS = (
    *("analytes", "readouts", "cell_types", "visits", "stimuli", "scores"),
    "level_and_response",
)


def assumption_mistakes(study: Study, entry: Entry) -> Mistakes:
    """Names that refer to nothing and numbers that nothing can have, all of them."""
    assumed, at = study.assumptions, entry.at("assumptions")
    for part in ("effects", "spreads", "levels", "scores", "shares"):
        for i, line in enumerate(getattr(assumed, part)):
            yield from _undeclared(line, study, at.at(part, i))
    yield from _effects(assumed, at)
    yield from _twice(assumed, at)
    yield from _spreads(assumed, at)
    for i, level in enumerate(assumed.levels):
        yield from _level(level, at.at("levels", i))
    for i, score in enumerate(assumed.scores):
        yield from _score(score, study, at.at("scores", i))
    for i, share in enumerate(assumed.shares):
        yield from _share(share, study, at.at("shares", i))
    for name in _CORRELATIONS:
        value = getattr(assumed.agreement, name)
        yield from _between(at.at("agreement"), name, value, -1.0, 1.0, "correlation")
    if not 0 <= assumed.dropouts < 1:
        yield _off_scale(at, "dropouts", assumed.dropouts, "share", "below 1")


def planned_mistakes(plan: Plan, entry: Entry) -> Mistakes:
    """Numbers of wells and cultures that no plan can have."""
    for name in ("wells", "cultures"):
        value = getattr(plan, name)
        if value is not None and not 1 <= value <= SIZES[name]:
            yield _out_of_range(entry, name, value, f"a whole number from 1 to {SIZES[name]}")


def _undeclared(line: Any, study: Study, at: Entry) -> Mistakes:
    """Names of a line that the study does not declare."""
    declared = {
        **dict.fromkeys(("analytes", "correlation"), (ids(study.analytes), "analyte")),
        "assays": (ids(study.assays), "assay"),
        **dict.fromkeys(("group", "groups", "shares"), (ids(study.groups), "group")),
        "stimulus": (ids(study.stimuli), "stimulus"),
        "cell_type": (ids(study.cell_types), "cell type"),
        "scale": (ids(study.scales), "scale"),
    }
    for field, (known, what) in declared.items():
        value = getattr(line, field, ())
        names = (value,) if isinstance(value, str) else tuple(value)
        yield from at.undeclared(field, filter(None, names), known, what)


def _effects(assumed: Assumptions, at: Entry) -> Mistakes:
    for i, effect in enumerate(assumed.effects):
        line = at.at("effects", i)
        if not (isfinite(effect.fold) and effect.fold > 0):
            yield _off_scale(line, "fold", effect.fold, "times", "above 0")
        if bool(effect.column) != bool(effect.value):
            finding = f"column {effect.column!r} and value {effect.value!r}"
            expected, cure = "both or none", "write the column and what stands in it"
            yield line.mistake(finding, expected, cure, field="column")
        shared = {(share.column, share.value) for share in assumed.shares}
        is_shared = (effect.column, effect.value) in shared or "assumptions" in at.unsound
        if effect.column and effect.value and not is_shared:
            yield line.mistake(
                f"an effect on those with {effect.column}: {effect.value}",
                "a line of `shares` that says how many have it",
                "add a line with this column and value, and the share of each group",
                field="column",
            )


def _twice(assumed: Assumptions, at: Entry) -> Mistakes:
    """Effects on the very same results: both would multiply them."""
    first: dict[AssumedEffect, int] = {}
    for i, effect in enumerate(assumed.effects):
        of = replace(effect, fold=1.0, source="")
        before = first.setdefault(of, i)
        if before != i:
            both = assumed.effects[before].fold * effect.fold
            yield at.at("effects", i).mistake(
                f"a second effect on the same results (effects {before + 1} and {i + 1}): together "
                f"{both:g} times as much",
                "one line for one effect",
                f"remove one of the two, or write one line of fold {both:g}",
            )


def _spreads(assumed: Assumptions, at: Entry) -> Mistakes:
    for i, spread in enumerate(assumed.spreads):
        values = ((name, getattr(spread, name)) for name in _SPREADS)
        for name, value in ((name, value) for name, value in values if value is not None):
            yield from _between(at.at("spreads", i), name, value, 0.0, _LARGEST_SPREAD, "sd")


def _level(level: AssumedLevel, at: Entry) -> Mistakes:
    for name in ("amount", "lower"):
        value = getattr(level, name)
        if value is not None and not (isfinite(value) and value > 0):
            yield _out_of_range(at, name, value, "an amount above 0, in the unit of the assay")


def _score(score: AssumedScore, study: Study, at: Entry) -> Mistakes:
    for name, value in score.correlation.items():
        yield from _between(at.at("correlation"), name, value, -1.0, 1.0, "correlation")
    if not (isfinite(score.sd) and score.sd > 0):
        yield _out_of_range(at, "sd", score.sd, "above 0")
    for scale in study.scales:
        if scale.id == score.scale:
            yield from _between(at, "mean", score.mean, scale.lowest, scale.highest)


def _share(share: AssumedShare, study: Study, at: Entry) -> Mistakes:
    for group, value in share.shares.items():
        yield from _between(at.at("shares"), group, value, 0.0, 1.0, "share")
    absent = [group for group in ids(study.groups) if group not in share.shares]
    if absent:
        finding, expected = f"no share of {', '.join(absent)}", "a share of every group"
        yield at.mistake(finding, expected, "write 0 for a group without", field="shares")


def _between(
    at: Entry, name: str, value: float, low: float, high: float, scale: str = ""
) -> Mistakes:
    """A mistake where a number is not from one end to the other of its scale."""
    if not low <= value <= high:
        yield _off_scale(at, name, value, scale, f"from {low:g} to {high:g}")


def _off_scale(at: Entry, name: str, value: float, scale: str, ends: str) -> Mistake:
    """A number that its scale has not, with what the scale is, and what the number is on it where
    it was meant in per cent.
    """
    part = at.path[-1] if at.path[-1] in ("agreement", "correlation", "shares") else ""
    finding = f"{part}: {name} {value:g}" if part else f"{name} {value:g}"
    expected = f"{ends}: {SCALES[scale]}" if scale else ends
    is_per_cent = scale not in ("", "times") and 1 < value <= _LARGEST_SHARE
    cure = f"{cure_of(f'{value:g} %', scale)} for {value:g} %" if is_per_cent else "correct it"
    return at.mistake(finding, expected, cure, field=name)


def _out_of_range(at: Entry, name: str, value: float, expected: str) -> Mistake:
    return at.mistake(f"{name} {value:g}", expected, "correct the number", field=name)
