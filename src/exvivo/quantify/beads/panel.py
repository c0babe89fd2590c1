"""Which analyte sits on which bead, and how the positions of beads run along the classifiers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.catalog import Kit, kit_named
from exvivo.errors import Mistake, StudyError
from exvivo.study.records import Beads

_POSITION = re.compile(r"\s*([A-Z]?)([1-9][0-9]?)\s*")
_Place = tuple[str, int]
_NUMBER = "a number (3): there is one classifier"


@dataclass(frozen=True, slots=True)
class Panel:
    """The beads of a mixture in order: analytes by letter, then by number; `counts` is how many
    each letter has.

    With one classifier positions are ranks among the beads that are present, in the order of
    brightness. by_size: the letters are sizes of beads, told by the scatter. With two classifiers
    positions are places on a map. directions: 1 (brighter from one to the next) or -1 of letters,
    then numbers, empty where neither study nor kit says; ordered: the study itself says so, and the
    first classifier is that of the letters; steps: log10 of the brightness of letters and numbers,
    empty where nobody knows. others: analytes with a position that their bead has been sold on
    beside the one stated.
    """

    analytes: tuple[str, ...]
    positions: tuple[str, ...]
    counts: tuple[int, ...]
    by_size: bool = False
    directions: tuple[int, ...] = ()
    ordered: bool = False
    steps: tuple[float, ...] = ()
    others: tuple[tuple[str, str], ...] = ()

    @property
    def coordinates(self) -> Floats:
        """Letter (A is 0) and number of each bead (beads, 2)."""
        return np.array([(ord(place[0]) - ord("A"), float(place[1:])) for place in self.positions])

    @property
    def shares(self) -> Floats:
        """The part of the beads that each letter should hold (letters,): beads of a mixture come in
        like numbers.
        """
        return np.array(self.counts) / sum(self.counts)

    @property
    def letter_of(self) -> Ints:
        """Which letter (0, 1, ...) each analyte has."""
        return np.repeat(np.arange(len(self.counts)), self.counts)


def panel_of(assay: Beads) -> Panel:
    """The panel of an assay in order of brightness. Raises `StudyError` with every position that
    cannot be read.
    """
    where = f"study.yaml, assay {assay.id}, panel"
    by_size = assay.letters == "scatter"
    lettered = by_size or len(assay.classifier) == 2
    mistakes = list(_axis_mistakes(assay, where, by_size=by_size))
    ordered: dict[_Place, str] = {}
    for analyte, position in assay.panel.items():
        place = _place(position, lettered=lettered)
        if place is None:
            form = "a letter and a number (B3)" if lettered else _NUMBER
            cure = "write the position in that form"
            mistakes.append(Mistake(where, f"{analyte}: {position}", form, cure))
            continue
        if place in ordered:
            twice = f"{position} for {ordered[place]} and {analyte}"
            mistakes.append(Mistake(where, twice, "one analyte a bead", "correct one"))
        ordered[place] = analyte
    if not ordered and not mistakes:
        mistakes.append(Mistake(where, "no bead", "a position for each analyte", "fill the panel"))
    if mistakes:
        raise StudyError(mistakes)
    return _panel(ordered, assay, by_size=by_size)


def _place(position: str, *, lettered: bool) -> _Place | None:
    """Letter and number of a position; None where it has not that form."""
    match = _POSITION.fullmatch(position.upper())
    return (match[1], int(match[2])) if match and bool(match[1]) == lettered else None


_DIRECTION = {"rising": 1, "falling": -1}


def _panel(ordered: dict[_Place, str], assay: Beads, *, by_size: bool) -> Panel:
    kit, two = kit_named(assay.kit), len(assay.classifier) == 2
    directions = assay.directions or (kit.directions if kit else ())
    runs = tuple(_DIRECTION[direction] for direction in directions)
    rise = 1 if two or not runs else runs[-1]
    places = sorted(ordered, key=lambda place: (place[0], rise * place[1]))
    return Panel(
        analytes=tuple(ordered[place] for place in places),
        positions=tuple(f"{letter}{number}" for letter, number in places),
        counts=tuple(Counter(letter for letter, _ in places).values()),
        by_size=by_size,
        directions=runs,
        ordered=bool(assay.directions),
        steps=kit.steps if kit and two else (),
        others=tuple(_other_positions(ordered, kit)) if kit else (),
    )


def _other_positions(ordered: dict[_Place, str], kit: Kit) -> Iterator[tuple[str, str]]:
    """Analytes with each position that the kit sells beside the one stated."""
    for (letter, number), analyte in ordered.items():
        for position in kit.beads.get(analyte, ()):
            if position != f"{letter}{number}":
                yield analyte, position


def _axis_mistakes(assay: Beads, where: str, *, by_size: bool) -> Iterator[Mistake]:
    allowed = (1,) if by_size else (1, 2)
    if len(assay.classifier) not in allowed:
        named = f"{len(assay.classifier)} classifier channels"
        expected = "one: the scatter tells the letters" if by_size else "one or two"
        yield Mistake(where, named, expected, "name the channels that tell the beads apart")
    if by_size and not assay.scatter:
        yield _no_scatter(where)


def _no_scatter(where: str) -> Mistake:
    """The mistake of beads told apart by their size, without channels that measure it."""
    return Mistake(
        where,
        "letters that are sizes of beads, and no `scatter`",
        "forward and side scatter channels",
        "add `scatter: [FSC-A, SSC-A]`, as the files name them",
    )
