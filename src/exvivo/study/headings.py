"""What people write above the columns of a study's tables, and the line they write it on.

What is meant is plain whatever the capitals, hyphens and spaces: `Donor`, `Well Position`,
`Cell type`. Any other word is asked about, with the column it may be meant for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from exvivo.catalog import spelling
from exvivo.words import listed

_DEEPEST = 50
"""Lines in which the header of a table is looked for."""
_NUMBERED = ("id", "name", "no", "nr", "number", "code")
ALSO = {
    "well": ("position", "well position", "well id", "well name"),
    "donor": tuple(
        f"{who} {what}" for who in ("donor", "patient", "subject") for what in _NUMBERED
    ),
    "dilution": ("dilution factor",),
    "wells": ("well", "positions", "well positions"),
    "who": ("decided by",),
    "when": ("decided on", "date"),
}
"""What a column may be called beside its own name."""
_MAY_MEAN = {
    "donor": ("id", "patient", "subject", "participant", "person", "spender", "proband"),
    "group": ("gruppe", "cohort", "diagnosis", "arm"),
    "role": ("rolle", "type", "task", "content", "sample type", "well type"),
    "well": ("vertiefung", "pos", "wells"),
    "stimulus": ("stimulation", "treatment", "condition", "stimulant", "stim"),
    "dilution": ("verdünnung", "dil", "dilution fold"),
    "nominal": ("concentration", "conc", "konzentration", "nominal concentration", "quantity"),
    "dose": ("dosis", "concentration of stimulus"),
    "time": ("zeit", "hours", "timepoint", "time point"),
    "replicate": ("rep", "replikat", "repeat", "technical replicate"),
    "visit": ("visite", "timepoint", "session"),
    "cell_type": ("zelltyp", "cell"),
    "target": ("gene", "target name", "detector", "assay"),
    "file": ("filename", "file name", "datei"),
    "culture": ("kultur", "culture id"),
    "exclude": ("excluded", "exclusion", "omit"),
    "wells": ("position", "pos", "vertiefungen"),
    "sample": ("samples", "name", "sample name", "probe"),
    "reason": ("why", "because", "grund", "comment", "note"),
    "who": ("by", "person", "operator", "wer"),
    "when": ("day", "datum", "wann", "time"),
    "labels": ("blinded", "blind", "groups", "label"),
}
"""Words of which it is asked whether a column is meant."""


@lru_cache(maxsize=65536)
def plain(heading: str) -> str:
    """A heading without capitals, hyphens, spaces and underscores.

    >>> plain("Cell type") == plain("cell_type")
    True
    """
    return spelling.plain(heading.rstrip(":").strip())


@dataclass(frozen=True)
class Columns:
    """The columns a table may have: those that must be there, and those that may. With `open`,
    others belong to the laboratory and keep their names.
    """

    required: tuple[str, ...]
    others: tuple[str, ...] = ()
    open: bool = False

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return tuple(dict.fromkeys((*self.required, *self.others)))

    @cached_property
    def _meant(self) -> Mapping[str, str]:
        """The column of each plain heading."""
        also = {plain(word): name for name in self.names for word in ALSO.get(name, ())}
        return {**also, **{plain(name): name for name in self.names}}

    def named(self, headings: Sequence[str]) -> list[str]:
        """The columns of a header: each heading as its column is called, others as they are. A
        word that only may stand for a column (`patient id`) does not where the column has its own.
        """
        written = set(map(plain, headings))
        taken = {name for name in self.names if plain(name) in written}
        return [self._named(heading, taken) for heading in headings]

    def _named(self, heading: str, taken: Collection[str]) -> str:
        name = self.column(heading)
        return heading if name in taken and plain(name) != plain(heading) else name

    def column(self, heading: str) -> str:
        """The column that a heading names; the heading itself where it names none."""
        return self._meant.get(plain(heading), heading) if heading else heading

    def known(self, cells: Iterable[str]) -> int:
        """How many of the columns a line names."""
        return len({self._meant[plain(cell)] for cell in cells if plain(cell) in self._meant})

    def meant(self, heading: str) -> str | None:
        """The column that a heading nobody knows may be meant for; a unit behind it is no part."""
        word = heading.partition("(")[0].strip() or heading
        exact = self.column(word)
        return exact if exact in self.names else spelling.meant(word, self.names, self._may_mean)

    def did_you_mean(self, heading: str) -> str:
        """What a message adds behind a heading nobody knows; nothing where no column is near."""
        near = self.meant(heading)
        return f" (did you mean `{near}`?)" if near else ""

    def _may_mean(self, heading: str) -> str | None:
        if heading in self.names:
            return heading
        word = plain(heading.partition("(")[0])
        asked = (name for name in self.names if word in map(plain, _MAY_MEAN.get(name, ())))
        return next(asked, None)

    def one_line(self, what: str = "") -> str:
        """What is expected, in words."""
        return f"a header with {listed(f'`{name}`' for name in self.required)}{what}"


ANY = Columns(())
"""The columns of a table that may have any."""


@dataclass(frozen=True)
class Header:
    """Where the header of a table is: its place among the rows, and what stands above it."""

    at: int
    above: tuple[int, ...] = field(default=())


def header_of(rows: Sequence[Sequence[str]], columns: Columns) -> Header | None:
    """The line of a sheet that names most of the columns, two at least; else the first with two
    words; None where no line has any.
    """
    filled = [at for at, row in enumerate(rows) if any(row)]
    if not filled:
        return None
    known = {at: columns.known(rows[at]) for at in filled[:_DEEPEST]}
    best = max(known, key=lambda at: known[at])
    if known[best] < min(2, len(columns.required)):
        best = next((at for at in filled if len({*filter(None, rows[at])}) > 1), filled[0])
    return Header(best, tuple(at for at in filled if at < best))
