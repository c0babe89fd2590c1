"""Medication as people write it, to classes that may move cytokines or pain: ATC codes or names of
substances, by the catalog. What is not recognised stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from exvivo.catalog.load import entries, plain_name

_FILE = "medication.yaml"
_ATC = re.compile(r"[A-DG-NPRSV]\d{2}(?:[A-Z](?:[A-Z](?:\d{2})?)?)?")
"""A code of the ATC from the second level: a letter, two digits, then as deep as is known."""
_BETWEEN = re.compile(r"\s*(?:[;,+\n|/]|\band\b|\bund\b|&)\s*")
_COMMA_OF_NUMBER = re.compile(r"(?<=\d),(?=\d)")
_PER = re.compile(r"\s*/\s*(?:day|d|week|wk|month|tag|woche|monat)\b")
_SCHEDULE = re.compile(
    r"[\d.,\-x×()/½]+|mg|g|µg|μg|ug|mcg|ml|ie|iu|%|[\d.,]+(?:mg|g|µg|μg|ug|mcg|ml|ie|iu|%)"
    r"|\(?[\d.,]+|(?:mg|g|µg|μg|ug|mcg|ml)\)|od|bd|bid|tid|qid|prn|daily|weekly|monthly|nocte|mane"
    r"|per|a|day|week|month|täglich|wöchentlich|morgens|mittags|abends|retard|sr|xr|er"
)
"""What may follow the name of a substance and says how much of it, or when: anything else (stopped,
until 2020) is not understood.
"""
NOTHING = frozenset(
    {"none", "no", "nothing", "no medication", "none taken", "keine", "keines", "kein", "nein"}
    | {"aucun", "ninguno", "0", "without"}
)
"""Words that say that nothing is taken."""


@dataclass(frozen=True, slots=True)
class MedicationClass:
    """A class: its id, its name, and the beginnings of its codes without those of `but`."""

    id: str
    name: str
    atc: tuple[str, ...]
    but: tuple[str, ...]

    def holds(self, code: str) -> bool:
        """Whether a code belongs to the class.

        >>> classes()["NSAID"].holds("M01AE01"), classes()["NSAID"].holds("M01AX05")
        (True, False)
        """
        return code.startswith(self.atc) and not (self.but and code.startswith(self.but))

    def may_hold(self, code: str) -> bool:
        """Whether a code that is not written to its end may belong to the class.

        >>> classes()["SNRI"].may_hold("N06AX"), classes()["SNRI"].may_hold("N06AX11")
        (True, False)
        """
        if self.holds(code):
            return code not in self.atc and _cut_by(self.but, code)
        return any(each.startswith(code) for each in self.atc)


def _cut_by(but: Sequence[str], code: str) -> bool:
    """Whether an exception lies below a code."""
    return any(each.startswith(code) and each != code for each in but)


@cache
def classes() -> Mapping[str, MedicationClass]:
    """The classes of the catalog by their ids."""
    return {
        name: MedicationClass(
            name, entry.get("name", name), tuple(entry["atc"]), tuple(entry.get("but", ()))
        )
        for name, entry in entries(_FILE)["classes"].items()
    }


@cache
def _codes() -> Mapping[str, str]:
    """The code of every name of a substance."""
    codes: dict[str, str] = {}
    for name, entry in entries(_FILE)["substances"].items():
        atc, names = _entry(name, entry)
        codes.update(dict.fromkeys(map(plain_name, names), atc))
    return codes


@dataclass(frozen=True, slots=True)
class Substance:
    """A substance: its name, its code, and its other names."""

    name: str
    atc: str
    also: tuple[str, ...]


@cache
def substances() -> tuple[Substance, ...]:
    """Every substance of the catalog.

    >>> next(each.atc for each in substances() if each.name == "duloxetine")
    'N06AX21'
    """
    listed = entries(_FILE)["substances"].items()
    parts = ((name, *_entry(name, entry)) for name, entry in listed)
    return tuple(Substance(name, atc, tuple(names[1:])) for name, atc, names in parts)


def _entry(name: str, entry: Any) -> tuple[str, list[str]]:
    """The code of a substance, and its names."""
    if isinstance(entry, str):
        return entry, [name]
    return entry["atc"], [name, *entry.get("also", ())]


def code_of(word: str) -> str:
    """The ATC code that a word is, or that its substance has; empty where neither is known.

    >>> code_of("N06AX21"), code_of("Duloxetine 60 mg 1-0-0"), code_of("willow tea")
    ('N06AX21', 'N06AX21', '')
    """
    text = word.strip()
    if _ATC.fullmatch(text.upper()):
        return text.upper()
    plain = _PER.sub(" daily", plain_name(text))
    return _codes().get(plain) or _codes().get(_without_dose(plain), "")


def _without_dose(plain: str) -> str:
    """A name without the words behind it that say how much, or when."""
    words = plain.split()
    while len(words) > 1 and _SCHEDULE.fullmatch(words[-1]):
        words.pop()
    return " ".join(words)


def parts_of(cell: str) -> list[str]:
    """The single entries of a cell; nothing where it says that nothing is taken.

    >>> parts_of("tramadol 50 mg; ibuprofen"), parts_of("None")
    (['tramadol 50 mg', 'ibuprofen'], [])
    """
    whole = _PER.sub(" daily", _COMMA_OF_NUMBER.sub(".", cell.strip()))
    if plain_name(whole) in NOTHING:
        return []
    if plain_name(whole) in _codes():
        return [whole]
    return [part for part in _BETWEEN.split(whole) if part and plain_name(part) not in NOTHING]


@dataclass(frozen=True, slots=True)
class Taken:
    """What one person takes: the entries that are recognised with their codes, and the others as
    they are written.
    """

    codes: tuple[str, ...]
    unrecognised: tuple[str, ...]

    @property
    def anything(self) -> bool:
        """Whether anything is taken."""
        return bool(self.codes or self.unrecognised)

    def exposed(self, to: MedicationClass) -> bool | None:
        """Whether something of a class is taken; None where what is not recognised, or not written
        to its end, could be of it.

        >>> taken("tramadol").exposed(classes()["opioids"]), taken("X").exposed(classes()["SSRI"])
        (True, None)
        """
        if any(to.holds(code) and not to.may_hold(code) for code in self.codes):
            return True
        unsure = bool(self.unrecognised) or any(map(to.may_hold, self.codes))
        return None if unsure else False


def taken(cell: str) -> Taken:
    """What a cell says of medication: ATC codes or names, with `;`, `,`, `+` or `/` between."""
    parts = parts_of(cell)
    codes = [code_of(part) for part in parts]
    unknown = (part for part, code in zip(parts, codes, strict=True) if not code)
    return Taken(tuple(filter(None, codes)), tuple(unknown))


def classes_taken(each: Sequence[Taken]) -> Iterator[MedicationClass]:
    """The classes of which somebody takes something, in the order of the catalog."""
    for one in classes().values():
        if any(person.exposed(one) for person in each):
            yield one
