"""What needs a person's eyes: flags in the order of what they ask, equal ones as one, each with the
answers that it touches.

`stop` and `look` ask for an act and stand at every answer they touch; what somebody accepted stands
there with its reason; notes ask for nothing and are only counted there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from exvivo.findings import Finding
from exvivo.flagged import Flag
from exvivo.tell.ways import Way
from exvivo.words import shortened

_SIGNS = {"stop": "■", "look": "▲", "note": ""}
_ACCEPTED = "✓"
_ORDER = ("stop", "look", "note")
_MOST_PLACES = 8
"""Places of one entry that are listed by name."""
_FEW_PLACES = 3
"""Places that are named at an answer."""
_MOST_TOLD = 5
"""Flags that an answer tells in full; the others are links."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Flags that say the same of one thing or of several."""

    severity: str
    what: tuple[tuple[str, tuple[str, ...]], ...]
    why: str
    cure: str
    names: tuple[str, ...]
    accepted: str = ""
    number: int = 0
    touches: tuple[Way, ...] = ()

    @property
    def anchor(self) -> str:
        """Where it stands in the list."""
        return f"{'note' if self.severity == 'note' else 'flag'}-{self.number}"

    @property
    def acceptable(self) -> bool:
        """Whether it asks for an act that accepting it would settle."""
        return self.severity != "note" and not self.accepted

    @property
    def word(self) -> str:
        """What it is called where only a link stands."""
        return f"{'accepted' if self.accepted else self.severity} {self.number}"

    @property
    def colour(self) -> str:
        """Its class in the style of the page."""
        return "accepted" if self.accepted else self.severity

    @property
    def sign(self) -> str:
        """A sign, so that colour never stands alone."""
        return _ACCEPTED if self.accepted else _SIGNS[self.severity]

    @property
    def heading(self) -> str:
        """What was seen, and how often where it is more than once."""
        (first, places), *others = self.what
        if others:
            return f"{first} (and {len(others)} more like it)"
        return _as_often(first, len(places))

    @property
    def places(self) -> str:
        """Where it was seen, in a few words; empty where several things were seen."""
        return "" if len(self.what) > 1 else shortened(self.what[0][1], _FEW_PLACES, separator="; ")

    @property
    def lines(self) -> tuple[str, ...]:
        """Where it was seen: a line for each thing that was seen, with its places."""
        if len(self.what) == 1:
            return (shortened(self.what[0][1], _MOST_PLACES, separator="; "),)
        return tuple(_first_lines(self.what))


@dataclass(frozen=True, slots=True)
class AtAnswer:
    """What stands at one answer: entries that ask for an act or were accepted, and how many notes
    touch it.
    """

    urgent: tuple[Entry, ...] = ()
    notes: int = 0

    @property
    def told(self) -> tuple[Entry, ...]:
        """Those that are told in full."""
        return self.urgent[:_MOST_TOLD]

    @property
    def linked(self) -> tuple[Entry, ...]:
        """Those that are only links."""
        return self.urgent[_MOST_TOLD:]


NOTHING_RAISED = AtAnswer()


@dataclass(frozen=True, slots=True)
class Eyes:
    """All flags of a run as entries."""

    urgent: tuple[Entry, ...] = ()
    accepted: tuple[Entry, ...] = ()
    notes: tuple[Entry, ...] = ()
    of_name: Mapping[str, Entry] = field(default_factory=dict)
    flags: tuple[Flag, ...] = ()

    def at(self, finding: Finding) -> AtAnswer:
        """What stands at an answer, each entry once and with the flags that touch it, in the order
        of the list.
        """
        met = {entry.anchor: entry for name in finding.flags if (entry := self.of_name.get(name))}
        urgent = [entry for entry in met.values() if entry.severity != "note"]
        own = [self._touching(entry, finding) for entry in urgent]
        return AtAnswer(_in_order(own), len(met) - len(urgent))

    def _touching(self, entry: Entry, finding: Finding) -> Entry:
        """An entry with those of its flags alone that touch an answer."""
        names = tuple(name for name in entry.names if name in finding.flags)
        return replace(entry, names=names, what=_seen(f for f in self.flags if f.name in names))


def eyes(flags: Sequence[Flag], answers: Iterable[tuple[Finding, Way]]) -> Eyes:
    """Entries of flags, numbered; `answers` are those of the page with the ways to them."""
    touched: dict[str, list[Way]] = {}
    for finding, way in answers:
        for name in finding.flags:
            touched.setdefault(name, []).append(way)
    entries = [_linked(entry, touched) for entry in _merged(flags)]
    acts = [entry for entry in entries if entry.severity != "note"]
    numbered = [replace(entry, number=number) for number, entry in enumerate(acts, 1)]
    notes = [entry for entry in entries if entry.severity == "note"]
    noted = [replace(entry, number=number) for number, entry in enumerate(notes, 1)]
    return Eyes(
        tuple(entry for entry in numbered if not entry.accepted),
        tuple(entry for entry in numbered if entry.accepted),
        tuple(noted),
        {name: entry for entry in (*numbered, *noted) for name in entry.names},
        tuple(flags),
    )


def _first_lines(what: Sequence[tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    """The first things that were seen with their places, and how many more there are."""
    for text, places in what[:_MOST_PLACES]:
        yield f"{text}: {shortened(places, _MOST_PLACES)}"
    if len(what) > _MOST_PLACES:
        yield f"and {len(what) - _MOST_PLACES} more"


def _as_often(what: str, count: int) -> str:
    """What was seen, with how often where it is more than once."""
    return what if count == 1 else f"{count} times: {what}"


def _in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Entries in the order of the list, accepted ones behind."""
    return tuple(sorted(entries, key=lambda entry: (bool(entry.accepted), entry.number)))


def _merged(flags: Sequence[Flag]) -> list[Entry]:
    """One entry for the flags that say the same, the gravest first, accepted ones behind."""
    groups: dict[tuple[bool, int, str, str, str, str], list[Flag]] = {}
    for flag in flags:
        accepted = flag.accepted or ""
        grave = _ORDER.index(flag.severity)
        same = (bool(accepted), grave, flag.code, flag.why, flag.cure, accepted)
        groups.setdefault(same, []).append(flag)
    in_order = sorted(groups.items(), key=lambda group: group[0][:2])
    return [_entry(alike) for _, alike in in_order]


def _entry(alike: Sequence[Flag]) -> Entry:
    first = alike[0]
    return Entry(
        first.severity,
        _seen(alike),
        first.why,
        first.cure,
        tuple(dict.fromkeys(flag.name for flag in alike)),
        first.accepted or "",
    )


def _seen(alike: Iterable[Flag]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What was seen with its places, each once."""
    what: dict[str, dict[str, None]] = {}
    for flag in alike:
        what.setdefault(flag.what, {})[flag.row] = None
    return tuple((text, tuple(places)) for text, places in what.items())


def _linked(entry: Entry, touched: Mapping[str, Sequence[Way]]) -> Entry:
    ways = dict.fromkeys(way for name in entry.names for way in touched.get(name, ()))
    return replace(entry, touches=tuple(ways))
