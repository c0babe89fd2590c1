"""The bead-array kits of the catalog: which bead of a kit carries which analyte."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from exvivo.catalog.load import entries, plain_name

Direction = Literal["rising", "falling"]
"""Whether beads become brighter or dimmer from one position to the next."""


@dataclass(frozen=True, slots=True)
class Kit:
    """One kit. `beads`: analyte id to the positions it has been sold on (one, but for `chosen`
    kits).

    letters: what the letter of a position is, the size of a bead (`scatter`) or its brightness on a
    first classifier. chosen: single beads that the user combines. classifier, reporter: the dyes;
    of two classifiers letters run along the first, numbers along the second. directions: whether
    they rise or fall with brightness; steps: log10 of the brightness from one to the next, where it
    is known (a value a classifier each). source: where the facts are published.
    """

    name: str
    letters: Literal["classifier", "scatter"]
    chosen: bool
    classifier: tuple[str, ...]
    directions: tuple[Direction, ...]
    steps: tuple[float, ...]
    reporter: str
    source: str
    beads: Mapping[str, tuple[str, ...]]

    def positions(self, analytes: Iterable[str] = ()) -> dict[str, str]:
        """Analyte id to position of the beads in the mixture: those named, or all; none of a kit of
        chosen beads.
        """
        if self.chosen:
            return {}
        mixture = set(analytes) or set(self.beads)
        return {analyte: self.beads[analyte][0] for analyte in self.beads if analyte in mixture}


@cache
def kits() -> Mapping[str, Kit]:
    """Every kit of the catalog by its name.

    >>> kits()["LEGENDplex human inflammation panel 1"].beads["TNF"]
    ('A7',)
    """
    return {name: _kit(name, entry) for name, entry in entries("panels.yaml").items()}


def _kit(name: str, entry: Mapping[str, Any]) -> Kit:
    return Kit(
        name,
        entry["letters"],
        bool(entry.get("chosen", False)),
        tuple(entry["classifier"]),
        tuple(entry.get("directions", ["rising"] * len(entry["classifier"]))),
        tuple(entry.get("steps", ())),
        entry["reporter"],
        entry["source"],
        _positions(entry["beads"]),
    )


def _positions(beads: Mapping[str, str | list[str]]) -> dict[str, tuple[str, ...]]:
    """The positions of each bead, of which most have one."""
    positions: dict[str, tuple[str, ...]] = {}
    for analyte, sold in beads.items():
        positions[analyte] = (sold,) if isinstance(sold, str) else tuple(sold)
    return positions


def kit_named(name: str) -> Kit | None:
    """The kit of that name, in upper or lower case; None where the catalog does not know it.

    >>> kit_named("legendplex Human Inflammation Panel 1").reporter, kit_named("unheard of")
    ('PE', None)
    """
    return {plain_name(kit.name): kit for kit in kits().values()}.get(plain_name(name))
