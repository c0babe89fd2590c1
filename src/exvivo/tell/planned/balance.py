"""How groups, stimuli and days lie on plates, and what a layout protects from, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator

from exvivo.study import Study
from exvivo.tell.asks import ASKS
from exvivo.tell.planned.names import percent
from exvivo.tell.planned.records import Balanced, LayoutMaps, Protected
from exvivo.tell.words import listed, number

RESPONSE = "response"
"""What `Protected.about` says of the response of a single donor."""
_PIPETTING = {
    "triplicates": "replicates side by side",
    "column8": "columns of eight",
    "row12": "rows of twelve",
    "free": "single wells, for a robot",
}
"""How wells are filled, by its code."""
_MANY = 10
"""From how many times smaller on decimals say nothing."""
PLAIN = (
    "A layout protects from artefacts of the plate. It does not replace donors: they differ by "
    "more than places do."
)


def made_words(maps: LayoutMaps) -> str:
    """How the layout was made: `Pipetting: replicates side by side. Seed 7.`"""
    return f"Pipetting: {_PIPETTING.get(maps.pipetting, maps.pipetting)}. Seed {maps.seed}."


def balance_rows(maps: LayoutMaps, study: Study) -> list[tuple[str, str, str, str, str]]:
    """Plate, what, which, how many in plain order, how many as laid out."""
    return [
        (each.plate, each.what, _value(each, study), str(each.before), str(each.after))
        for each in maps.balance
    ]


def _value(balanced: Balanced, study: Study) -> str:
    is_named = balanced.what in ("group", "stimulus")
    return study.name_of(balanced.value) if is_named else balanced.value


def protected_lines(maps: LayoutMaps, study: Study) -> Iterator[str]:
    """For each answer how much less of its variance is due to places, and what that is worth."""
    for each in maps.protected:
        yield _protected(each, study)
    if maps.protected:
        yield PLAIN


def _protected(protected: Protected, study: Study) -> str:
    """What is gained at one answer, and how little of its whole variance that is."""
    line = (
        f"{_about(protected, study)}: the variance that places on plates give it falls from "
        f"{_variance(protected.random)} of plain randomisation to {_variance(protected.laid_out)} "
        f"(log2 squared), {_smaller(protected)}"
    )
    before, after = (protected.donors + each for each in (protected.random, protected.laid_out))
    if math.isnan(before):
        return f"{line}."
    return (
        f"{line}; with the donors' own variance the whole falls by {percent(1 - after / before)}."
    )


def _about(protected: Protected, study: Study) -> str:
    if protected.about == RESPONSE:
        return "The response of a single donor"
    question = next((each for each in study.questions if each.id == protected.about), None)
    return (
        protected.about
        if question is None
        else ASKS[question.ask].words(question, study).rstrip("?")
    )


def _variance(value: float) -> str:
    return f"{value:.2g}" if value >= 1e-4 else "under 0.0001"


def _smaller(protected: Protected) -> str:
    if protected.laid_out <= 0:
        return "nothing is left of it"
    times = protected.random / protected.laid_out
    return f"{times:.0f} times less" if times >= _MANY else f"{times:.1f} times less"


def effects_words(maps: LayoutMaps) -> str:
    """The effects of position that were assumed."""
    parts = [f"{name} {number(sd)}" for name, sd in maps.effects.items()]
    if not parts:
        return "No effect of position was assumed."
    return f"Assumed effects of position, as standard deviations in log2: {listed(parts)}."
