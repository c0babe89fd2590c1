"""What study.yaml assumes of people, cells and assays, in words: a line for each."""

from __future__ import annotations

from collections.abc import Iterator

from exvivo.study import Study
from exvivo.study.assumptions import (
    AssumedEffect,
    AssumedLevel,
    AssumedScore,
    AssumedShare,
    AssumedSpread,
)
from exvivo.tell import words

_ASSUMED = "assumed"
_BETWEEN = {
    "level": "donors at rest",
    "response": "donors' responses",
    "culture": "cultures",
    "well": "wells",
    "plate": "plates",
    "plate_response": "what plates do to stimulated wells",
}


def assumed_words(study: Study) -> Iterator[str]:
    """Every assumption that study.yaml states, each with its source."""
    assumed = study.assumptions
    yield from (_with(_effect(each, study), each.source) for each in assumed.effects)
    yield from (_with(_spread(each, study), each.source) for each in assumed.spreads)
    yield from (_with(_level(each, study), each.source) for each in assumed.levels)
    yield from (_with(_score(each, study), each.source) for each in assumed.scores)
    yield from (_with(_share(each, study), each.source) for each in assumed.shares)
    if assumed.donors != "normal":
        yield f"Donors are spread as {assumed.donors}, not as normal."


def _with(text: str, source: str) -> str:
    return f"{words.capital(text)} ({source or _ASSUMED})."


def _effect(each: AssumedEffect, study: Study) -> str:
    """`TNF under extracellular ATP in people with fibromyalgia: 1.2-fold`."""
    under = each.stimulus and f"under {study.name_of(each.stimulus)}"
    who = each.group and f"in {study.name_of(each.group)}"
    cells = each.cell_type and f"of {study.name_of(each.cell_type)}"
    visit = each.visit and f"at visit {each.visit}"
    column = each.column and f"where {each.column} is {each.value}"
    named = [_results(each, study), cells, under, who, visit, column]
    size = "no effect (1-fold)" if each.fold == 1 else f"{each.fold:g}-fold"
    return f"{' '.join(filter(None, named))}: {size}"


def _results(each: AssumedEffect | AssumedSpread | AssumedLevel, study: Study) -> str:
    """The analytes and readouts that a line is about."""
    analytes = words.listed(map(study.name_of, each.analytes)) if each.analytes else "every analyte"
    readouts = words.listed(study.assay(name).readout for name in each.assays)
    return " ".join(filter(None, [analytes, readouts]))


def _spread(each: AssumedSpread, study: Study) -> str:
    """`every analyte: SD between donors' responses 0.65, between wells 0.2 (log2)`."""
    values = ((what, getattr(each, name)) for name, what in _BETWEEN.items())
    told = [f"between {what} {value:g}" for what, value in values if value is not None]
    groups = f" in {words.listed(map(study.name_of, each.groups))}" if each.groups else ""
    return f"{_results(each, study)}{groups}: SD (log2) {', '.join(told)}"


def _level(each: AssumedLevel, study: Study) -> str:
    seen = f", seen from {each.lower:g} on" if each.lower is not None else ""
    return f"{_results(each, study)}: {each.amount:g} at rest{seen}"


def _score(each: AssumedScore, study: Study) -> str:
    with_what = [f"{r:g} with {study.name_of(name)}" for name, r in each.correlation.items()]
    correlation = f"; correlation {', '.join(with_what)}" if with_what else ""
    visit = f" at visit {each.visit}" if each.visit else ""
    who = f"{study.name_of(each.scale)} in {study.name_of(each.group)}{visit}"
    return f"{who}: mean {each.mean:g}, SD {each.sd:g}{correlation}"


def _share(each: AssumedShare, study: Study) -> str:
    shares = [f"{words.percent(s)} of {study.name_of(name)}" for name, s in each.shares.items()]
    return f"{each.column} is {each.value}: {words.listed(shares)}"
