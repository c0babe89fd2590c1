"""Which analyte sits on which bead: the panel of an assay as ranks of brightness."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from exvivo.arrays import Floats, Ints
from exvivo.errors import Mistake, StudyError
from exvivo.study.records import Beads

_POSITION = re.compile(r"\s*([A-Z]?)([1-9][0-9]?)\s*")
_Place = tuple[str, int]
_NUMBER = "a number (3): there is one classifier"


@dataclass(frozen=True, slots=True)
class Panel:
    """The beads of a mixture in order: analytes by letter, then by number; `counts` is how many
    each letter has.

    Positions are kept as ranks among the beads that are present: of A4, A9 and B7 the letter A is
    the dimmer on the first classifier, and A4 the dimmest of its two on the second. A flex set of
    chosen catalogue positions is therefore written with the catalogue's own names. by_size: the
    letters are sizes of beads, told by the scatter.
    """

    analytes: tuple[str, ...]
    positions: tuple[str, ...]
    counts: tuple[int, ...]
    by_size: bool = False

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
    return _panel(ordered, by_size=by_size)


def _place(position: str, *, lettered: bool) -> _Place | None:
    """Letter and number of a position; None where it has not that form."""
    match = _POSITION.fullmatch(position.upper())
    return (match[1], int(match[2])) if match and bool(match[1]) == lettered else None


def _panel(ordered: dict[_Place, str], *, by_size: bool) -> Panel:
    places = sorted(ordered)
    return Panel(
        analytes=tuple(ordered[place] for place in places),
        positions=tuple(f"{letter}{number}" for letter, number in places),
        counts=tuple(Counter(letter for letter, _ in places).values()),
        by_size=by_size,
    )


def _axis_mistakes(assay: Beads, where: str, *, by_size: bool) -> Iterator[Mistake]:
    allowed = (1,) if by_size else (1, 2)
    if len(assay.classifier) not in allowed:
        named = f"{len(assay.classifier)} classifier channels"
        expected = "one: the scatter tells the letters" if by_size else "one or two"
        yield Mistake(where, named, expected, "name the channels that tell the beads apart")
    if by_size and not assay.scatter:
        yield Mistake(
            where,
            "letters that are sizes of beads, and no `scatter`",
            "forward and side scatter channels",
            "add `scatter: [FSC-A, SSC-A]`, as the files name them",
        )
