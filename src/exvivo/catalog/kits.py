"""The bead-array kits of the catalog: which bead of a kit carries which analyte."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal


@dataclass(frozen=True, slots=True)
class Kit:
    """One kit. `beads`: analyte id to the positions it has been sold on (one, but for `chosen`
    kits).

    letters: what the letter of a position is, the size of a bead (`scatter`) or its brightness on a
    first classifier. chosen: single beads that the user combines. classifier, reporter: the dyes.
    source: where the facts are published.
    """

    name: str
    letters: Literal["classifier", "scatter"]
    chosen: bool
    classifier: tuple[str, ...]
    reporter: str
    source: str
    beads: Mapping[str, tuple[str, ...]]

    def positions(self, analytes: Iterable[str] = ()) -> dict[str, str]:
        """Analyte id to position of the beads in the mixture: those named, or all; none of a kit of
        chosen beads.
        """
        wanted = set(analytes) or set(self.beads)
        return (
            {} if self.chosen else {a: places[0] for a, places in self.beads.items() if a in wanted}
        )


@cache
def kits() -> Mapping[str, Kit]:
    """Every kit of the catalog by its name.

    >>> kits()["LEGENDplex human inflammation panel 1"].beads["TNF"]
    ('A7',)
    """
    from ruamel.yaml import YAML

    text = files("exvivo.catalog").joinpath("panels.yaml").read_text(encoding="utf-8")
    raw = YAML(typ="safe", pure=True).load(text)
    return {
        name: Kit(
            name,
            entry["letters"],
            bool(entry.get("chosen", False)),
            tuple(entry["classifier"]),
            entry["reporter"],
            entry["source"],
            {a: (p,) if isinstance(p, str) else tuple(p) for a, p in entry["beads"].items()},
        )
        for name, entry in raw.items()
    }


def kit_named(name: str) -> Kit | None:
    """The kit of that name, in upper or lower case; None where the catalog does not know it.

    >>> kit_named("legendplex Human Inflammation Panel 1").reporter, kit_named("unheard of")
    ('PE', None)
    """
    wanted = " ".join(name.split()).casefold()
    return (
        next((kit for kit in kits().values() if kit.name.casefold() == wanted), None)
        if wanted
        else None
    )
