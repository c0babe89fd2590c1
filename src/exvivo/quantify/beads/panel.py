"""Which analyte sits on which bead: the panel of an assay as ranks of brightness."""

from __future__ import annotations

import re
from dataclasses import dataclass

from exvivo.errors import Mistake, StudyError
from exvivo.study.records import Beads

_POSITION = re.compile(r"([A-Z]?)([1-9][0-9]?)")


@dataclass(frozen=True, slots=True)
class Panel:
    """The beads of a mixture in order: analytes by letter, then by number; `counts` is how many each letter has.

    Positions are kept as ranks among the beads that are present: of A4, A9 and B7 the letter A is the dimmer on the
    first classifier, and A4 the dimmest of its two on the second. A flex set of chosen catalogue positions is
    therefore written with the catalogue's own names.
    """

    analytes: tuple[str, ...]
    positions: tuple[str, ...]
    counts: tuple[int, ...]


def panel_of(assay: Beads) -> Panel:
    """The panel of an assay in order of brightness. Raises `StudyError` with every position that cannot be read."""
    where = f"study.yaml, assay {assay.id}, panel"
    two = len(assay.classifier) == 2
    form = "a letter and a number (B3)" if two else "a number (3): there is one classifier"
    mistakes = []
    ordered: dict[tuple[str, int], str] = {}
    for analyte, position in assay.panel.items():
        match = _POSITION.fullmatch(str(position).strip().upper())
        if match is None or bool(match[1]) != two:
            mistakes.append(Mistake(where, f"{analyte}: {position}", form, "write the position in that form"))
            continue
        place = (match[1], int(match[2]))
        if place in ordered:
            mistakes.append(
                Mistake(where, f"{position} for {ordered[place]} and {analyte}", "one analyte a bead", "correct one")
            )
        ordered[place] = analyte
    if len(assay.classifier) not in (1, 2):
        found = f"{len(assay.classifier)} classifier channels"
        mistakes.append(Mistake(where, found, "one or two", "name the channels that tell the beads apart"))
    if not ordered and not mistakes:
        mistakes.append(Mistake(where, "no bead", "a position for each analyte", "fill the panel"))
    if mistakes:
        raise StudyError(mistakes)
    places = sorted(ordered)
    letters = [letter for letter, _ in places]
    return Panel(
        tuple(ordered[p] for p in places),
        tuple(f"{letter}{number}" for letter, number in places),
        tuple(letters.count(letter) for letter in sorted(set(letters))),
    )
