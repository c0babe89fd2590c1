"""How groups, stimuli and days lie on plates, and what a layout protects from, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from exvivo.study import Study
from exvivo.tell.asks import ASKS
from exvivo.tell.planned.names import percent
from exvivo.tell.planned.records import Balanced, LayoutMaps, Protected
from exvivo.tell.words import listed, number
from exvivo.words import NO_NUMBER

RESPONSE = "response"
"""What `Protected.about` says of the response of a single donor."""
_PIPETTING = {
    "triplicates": "replicates side by side",
    "column8": "columns of eight",
    "row12": "rows of twelve",
    "free": "single wells, for a robot",
}
"""How wells are filled, by its code."""
_SINGLE = "response of a single donor"
_WHAT = {
    "group": "wells of a group",
    "stimulus": "wells of a stimulus",
    "edge": "wells at the edge",
}
"""What is counted, by its code."""
_MANY, _MOST = 10, 1000
"""From how many times smaller on decimals say nothing, and digits do."""
PLAIN = (
    "A layout protects from artefacts of the plate. It does not replace donors: they differ by "
    "more than places do."
)


def made_words(maps: LayoutMaps) -> str:
    """How the layout was made: `Pipetting: replicates side by side. Seed 7.`"""
    return f"Pipetting: {_PIPETTING.get(maps.pipetting, maps.pipetting)}. Seed {maps.seed}."


def balance_rows(maps: LayoutMaps, study: Study) -> list[tuple[str, str, str, str, str]]:
    """Plate, what, which, how many in one plain randomisation, how many as laid out."""
    return [
        (
            each.plate,
            _WHAT.get(each.what, each.what),
            _value(each, study),
            str(each.before),
            str(each.after),
        )
        for each in maps.balance
    ]


def _value(balanced: Balanced, study: Study) -> str:
    if balanced.what in ("group", "stimulus"):
        return study.name_of(balanced.value)
    if balanced.what == "edge":
        return _condition(balanced.value, study)
    return balanced.value


def _condition(value: str, study: Study) -> str:
    """A group and a stimulus by their names."""
    for group in study.groups:
        stimulus = value.removeprefix(f"{group.id} ")
        if stimulus != value:
            return f"{study.name_of(group.id)}, {study.name_of(stimulus)}"
    return value


@dataclass(frozen=True, slots=True)
class Gained:
    """What is gained at one answer, as texts: its question; variances by
    places in plain randomisation and as laid out (log2 squared), how many times less that is, and
    by how much the whole falls.
    """

    about: str
    assay: str
    random: str
    laid_out: str
    times_less: str
    whole: str


def gained_of(maps: LayoutMaps, study: Study) -> list[Gained]:
    """What is gained at each answer."""
    return [_gained(each, study) for each in maps.protected]


def _gained(protected: Protected, study: Study) -> Gained:
    before, after = (protected.donors + each for each in (protected.random, protected.laid_out))
    return Gained(
        about=_about(protected, study),
        assay=_readout(protected.assay, study),
        random=_variance(protected.random),
        laid_out=_variance(protected.laid_out),
        times_less=_times_less(protected),
        whole=NO_NUMBER if math.isnan(before) else percent(1 - after / before),
    )


def _readout(assay: str, study: Study) -> str:
    """What an assay reads, or its id where another one reads the same."""
    readouts = [each.readout for each in study.assays]
    own = next((each.readout for each in study.assays if each.id == assay), assay)
    return own if readouts.count(own) == 1 else assay


def protected_lines(maps: LayoutMaps, study: Study) -> Iterator[str]:
    """For each answer how much less of its variance is due to places, and what that is worth."""
    for each in gained_of(maps, study):
        yield _line(each)
    if maps.protected:
        yield PLAIN


def _line(gained: Gained) -> str:
    """What is gained at one answer, and how little of its whole variance that is."""
    about = f"{gained.about} ({gained.assay})" if gained.assay else gained.about
    line = (
        f"{about}: the variance that places on plates give it falls from {gained.random} of plain "
        f"randomisation to {gained.laid_out} (log2 squared), {gained.times_less} times less"
    )
    if gained.whole == NO_NUMBER:
        return f"{line}."
    return f"{line}; with the donors' own variance the whole falls by {gained.whole}."


def _about(protected: Protected, study: Study) -> str:
    if protected.about == RESPONSE:
        return f"The {_SINGLE}"
    question = next((each for each in study.questions if each.id == protected.about), None)
    if question is None:
        return protected.about
    return ASKS[question.ask].words(question, study).rstrip("?")


def _variance(value: float) -> str:
    return f"{value:.2g}" if value >= 1e-4 else "under 0.0001"


def _times_less(protected: Protected) -> str:
    times = protected.random / protected.laid_out if protected.laid_out > 0 else math.inf
    if times > _MOST:
        return f"over {_MOST}"
    return f"{times:.0f}" if times >= _MANY else f"{times:.1f}"


def effects_words(maps: LayoutMaps) -> str:
    """The effects of position that were assumed."""
    parts = [f"{name} {number(sd)}" for name, sd in maps.effects.items()]
    if not parts:
        return "No effect of position was assumed."
    return f"Assumed effects of position, as standard deviations in log2: {listed(parts)}."
