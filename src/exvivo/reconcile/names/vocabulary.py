"""What the name of a well says, by the words that its study declares.

A name is taken apart into donor, stimulus, dose, time, visit, culture, group and role. It says what
it says by declared words only: numbers of samples, dates and initials say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal, NamedTuple

import polars as pl

from exvivo.catalog import analytes
from exvivo.reconcile.names.atoms import (
    UNITS,
    Atoms,
    Quantities,
    Run,
    atoms,
    joined,
    letters,
    quantities,
    runs,
    without,
    without_zeros,
)
from exvivo.reconcile.names.stimuli import StimulusWords, Told
from exvivo.study import Study
from exvivo.tables import ROLES

Field = Literal[
    "donor", "group", "culture", "visit", "cell_type", "stimulus", "dose", "time", "role"
]
FIELDS: tuple[Field, ...] = (
    "donor",
    "group",
    "culture",
    "visit",
    "cell_type",
    "stimulus",
    "dose",
    "time",
    "role",
)
Ids = frozenset[str]
Says = Mapping[Field, Ids]
"""What a name says: by field the ids that agree with it. A field that it does not speak of is not
in it.
"""
NOTHING: Says = {}
_NEUTRAL = frozenset(
    {"rep", "replicate", "repl", "tech", "bio", "well", "sample", "samples", "plate", "platte"}
    | {"cdna", "rna", "dna", "sup", "sn", "supernatant", "supernatants"}
    | {"day", "tag", "dil", "donor", "patient", "pat", "std"}
)
_ROLES: Mapping[str, Ids] = {
    "ntc": frozenset({"ntc", "blank", "no_rt", "empty"}),
    "blank": frozenset({"blank", "ntc", "standard", "empty"}),
    "standard": frozenset({"standard", "blank", "qc", "positive", "calibrator", "empty"}),
    "no_rt": frozenset({"no_rt", "ntc", "empty"}),
}
"""The roles that agree with what a name calls a well."""
_CALLED = {
    "ntc": "ntc",
    "notemplate": "ntc",
    "notemplatecontrol": "ntc",
    "h-2o": "ntc",
    "h2o": "ntc",
    "water": "ntc",
    "wasser": "ntc",
    "blank": "blank",
    "blk": "blank",
    "std": "standard",
    "stds": "standard",
    "standard": "standard",
}
_CONTROLS = frozenset({"control", "controls", "ctrl", "ctrls", "ctr", "con", "co", "kontrolle"})
"""What a name may call a person, or a condition."""
_NO_RT = re.compile(
    r"(?<!\w)(?:no[\s_-]?rt|nrt|rt[\s_]?[-−–]|[-−–]\s?rt|minus[\s_-]?rt)(?!\w)", re.I
)
_SERIES = re.compile(r"\d\s*[:/]\s*\d|%|\bpool|\bst(?:an)?d|\bdil|\bcal", re.I)
"""What names of standards made from a donor's sample have: a ratio, or a word for a series."""
_OF_DONORS = frozenset({"sample", "spike", "calibrator", "positive", "qc", "no_rt", "empty"})


class Name(NamedTuple):
    """How a file calls a well, and the role that it states for it."""

    text: str
    vendor_role: str | None


@dataclass(frozen=True)
class Vocabulary:
    """The words of a study, and how to read names by them. `loose` reads donors without letters, or
    with one, too: they are numbers of anything until the names agree with the layout.
    """

    study: Study
    channels: Ids
    loose: bool

    @cached_property
    def donors(self) -> dict[str, Ids]:
        """Each donor as a word."""
        ids = [donor for donor in self.study.donors["donor"] if donor]
        return _index(ids, 0 if self.loose else 2)

    @cached_property
    def cultures(self) -> dict[str, Ids]:
        """Each culture as a word, where it is not that of a donor."""
        ids = self.study.layout["culture"].drop_nulls().unique(maintain_order=True)
        index = _index(ids, 1)
        return {word: names for word, names in index.items() if word not in self.donors}

    @cached_property
    def visits(self) -> dict[str, Ids]:
        """Each visit as a word, where there are several: `v1` and `visit1` where it is a number."""
        ids = self.study.layout["visit"].drop_nulls().unique(maintain_order=True).to_list()
        if len(ids) < 2:
            return {}
        words = {joined(atoms(each)): each for each in ids if letters(atoms(each)) > 1}
        words |= {
            f"{word}{int(each)}": each for each in ids if each.isdigit() for word in ("v", "visit")
        }
        return {word: frozenset({each}) for word, each in words.items()}

    @cached_property
    def groups(self) -> dict[str, Ids]:
        """Each group of two letters or more as a word, but for those that mean a condition too."""
        ids = [group.id for group in self.study.groups]
        index = _index(ids, 2)
        others = self.stimuli.phrases.keys() | _CONTROLS
        return {word: each for word, each in index.items() if word not in others}

    @cached_property
    def cells(self) -> dict[str, Ids]:
        """Each cell type as a word, by id or name, where there are several."""
        words = {}
        for record in self.study.cell_types if len(self.study.cell_types) > 1 else ():
            for text in (record.id, record.name):
                if letters(atoms(text)) > 1:
                    words[joined(atoms(text))] = frozenset({record.id})
        return words

    @cached_property
    def stimuli(self) -> StimulusWords:
        """The stimuli as words, but for those that may be the target of the well."""
        others = {joined(atoms(channel)) for channel in self.channels}
        for analyte in self.study.analytes:
            entry = analytes().get(analyte.id)
            also = (entry.name, *entry.also) if entry else ()
            others |= {joined(atoms(each)) for each in (analyte.id, analyte.name, *also)}
        return StimulusWords(self.study.stimuli, frozenset(others) - {""})

    @cached_property
    def doses(self) -> dict[str, Quantities]:
        """Each dose of the layouts as amounts, where there are several."""
        return _several(self.study.layout["dose"])

    @cached_property
    def times(self) -> dict[str, Quantities]:
        """Each time of the layouts as hours, where there are several."""
        return _several(self.study.layout["time"])

    @cached_property
    def prefixes(self) -> dict[str, set[int]]:
        """The letters that several donors begin with, and how many digits follow them."""
        shapes: dict[str, list[int]] = {}
        for donor in self.study.donors["donor"]:
            parts = atoms(donor)
            if len(parts) == 2 and len(parts[0]) > 1 and parts[1].isdigit():
                shapes.setdefault(parts[0], []).append(len(parts[1]))
        return {prefix: set(each) for prefix, each in shapes.items() if len(each) > 1}

    @cached_property
    def neutral(self) -> Ids:
        """Words that say nothing of a stimulus."""
        words = {joined(atoms(channel)) for channel in self.channels} | _NEUTRAL | UNITS
        for records in (self.study.groups, self.study.cell_types):
            for record in records:
                words |= {*atoms(record.id), *atoms(record.name)}
        return frozenset(words | self.visits.keys())

    def read(self, names: Collection[Name]) -> dict[Name, Says]:
        """What each of the names of a plate says."""
        marked = frozenset(name.vendor_role or "" for name in names)
        taken = {name: self._whose(name) for name in names}
        told = {name: self.stimuli.told(each.rest, self.neutral) for name, each in taken.items()}
        neutral = _beside_several(told.values())
        return {
            name: _with_mark(self._says(name, whose, told[name], neutral), name, marked)
            for name, whose in taken.items()
        }

    def _whose(self, name: Name) -> _Whose:
        """The donor, culture and visit of a name, and what is left of it."""
        parts = atoms(name.text)
        donors = self._donor_runs(parts)
        rest = without(parts, donors)
        strange = [] if donors else self._unlisted(rest)
        rest = without(rest, strange)
        cultures = list(runs(rest, self.cultures))
        rest = without(rest, cultures)
        visits = list(runs(without_zeros(rest), self.visits))
        rest_of_visit = without(rest, visits)
        cells = list(runs(rest_of_visit, self.cells))
        rest = without(rest_of_visit, cells)
        groups = [] if donors or strange else list(runs(rest, self.groups))
        return _Whose(
            _ids(donors, self.donors) or [frozenset({run.word.upper()}) for run in strange],
            _ids(cultures, self.cultures),
            _ids(visits, self.visits),
            _ids(cells, self.cells),
            _ids(groups, self.groups),
            without(rest, groups),
        )

    def _donor_runs(self, parts: Atoms) -> list[Run]:
        """Donors in a name; without leading zeros where it has none as it is."""
        found = list(runs(parts, self.donors))
        plain = list(runs(without_zeros(parts), self.donors))
        return found or [run for run in plain if letters(parts[run.start : run.stop]) > 1]

    def _unlisted(self, parts: Atoms) -> list[Run]:
        """A name of a donor's shape that donors.csv does not list."""
        for place, (first, second) in enumerate(pairwise(parts)):
            if second.isdigit() and len(second) in self.prefixes.get(first, ()):
                return [Run(place, place + 2, f"{first}{second}")]
        return []

    def _says(self, name: Name, whose: _Whose, told: Told, neutral: Ids) -> dict[Field, Ids]:
        says: dict[Field, Ids] = {}
        for field, each in whose.fields.items():
            if len(set(each)) == 1:
                says[field] = each[0]
        says["role"] = self._role(name, says, told)
        if name.vendor_role not in _ROLES:
            says["stimulus"] = self.stimuli.meant(told, neutral | self.neutral)
        for field, declared in (("dose", self.doses), ("time", self.times)):
            says[field] = _declared(quantities(name.text), declared)
        return {field: ids for field, ids in says.items() if ids}

    def _role(self, name: Name, says: Says, told: Told) -> Ids:
        """The roles that agree with a name; none where it says nothing of it."""
        if _NO_RT.search(name.text):
            return _ROLES["no_rt"]
        if "donor" in says:
            of_series = name.vendor_role == "standard" or _SERIES.search(name.text)
            return _OF_DONORS | {"standard"} if of_series else _OF_DONORS
        called = [run.word for run in runs(atoms(name.text), _CALLED)]
        target = {part for word in self.channels for part in atoms(word)}
        words = [
            part
            for part in atoms(name.text)
            if not part.isdigit() and part not in target and part not in _PARTS_OF_CALLED
        ]
        if len({_CALLED[word] for word in called}) == 1 and not words and not told.words:
            return _ROLES[_CALLED[called[0]]]
        return frozenset()


_PARTS_OF_CALLED = {"h", "o", "no", "template", "control", *_CALLED, *UNITS, "s"}


class _Whose(NamedTuple):
    donor: list[Ids]
    culture: list[Ids]
    visit: list[Ids]
    cell_type: list[Ids]
    group: list[Ids]
    rest: Atoms

    @property
    def fields(self) -> dict[Field, list[Ids]]:
        return {
            "donor": self.donor,
            "culture": self.culture,
            "visit": self.visit,
            "cell_type": self.cell_type,
            "group": self.group,
        }


def _with_mark(says: Says, name: Name, marked: Ids) -> Says:
    """What a name says, with the role that the file states for the well. `sample` is what software
    calls a well that nobody told it of: it says no more than that the well is no standard, in a
    file that has standards.
    """
    role = name.vendor_role
    if role is not None and role in _ROLES:
        return {**says, "role": _ROLES[role]}
    if role == "sample" and "standard" in marked and not _SERIES.search(name.text):
        others = frozenset(ROLES) - {"standard"}
        return {**says, "role": says.get("role", others) & others or others}
    return says


def _ids(found: Iterable[Run], words: Mapping[str, Ids]) -> list[Ids]:
    return [words[run.word] for run in found]


def _index(ids: Iterable[str], least: int) -> dict[str, Ids]:
    """Ids of so many letters at least by the word that they are, as written and without leading
    zeros.
    """
    index: dict[str, set[str]] = {}
    written = {joined(atoms(each)): each for each in ids if letters(atoms(each)) >= least}
    for word, each in written.items():
        index.setdefault(word, set()).add(each)
    for word, each in written.items():
        plain = joined(without_zeros(atoms(each)))
        if plain != word and plain not in written:
            index.setdefault(plain, set()).add(each)
    return {word: frozenset(each) for word, each in index.items() if word}


def _several(texts: pl.Series) -> dict[str, Quantities]:
    """Different amounts among texts; nothing where there is only one."""
    different = texts.drop_nulls().unique(maintain_order=True)
    amounts = {text: quantities(text) for text in different}
    return amounts if len(set(amounts.values())) > 1 else {}


def _declared(told: Quantities, declared: Mapping[str, Quantities]) -> Ids:
    """The declared texts with all amounts that a name has of what they measure."""
    kinds = {kind for amounts in declared.values() for kind, _ in amounts}
    own = {amount for amount in told if amount[0] in kinds}
    return frozenset(text for text, amounts in declared.items() if own and own <= amounts)


def _beside_several(told: Iterable[Told]) -> Ids:
    """Parts that stand beside several stimuli, and so mean none."""
    beside: dict[str, set[frozenset[Ids]]] = {}
    for each in told:
        for part in each.rest:
            beside.setdefault(part, set()).add(each.key)
    return frozenset(part for part, keys in beside.items() if len(keys - {frozenset()}) > 1)


def targets_of(wells: pl.DataFrame) -> Ids:
    """The targets of wells as their files write them."""
    return frozenset(wells["channel"].unique(maintain_order=True)) - {""}
