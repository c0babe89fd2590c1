"""Names of samples (`RA01 LPS 2`, `Std1`, `Blank`) split into whose and what, by the words a study
declares and by nothing else.

A name is split only where its words cover all of it, and in one way. What two readings share is not
taken for the answer: the name is then asked about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, lru_cache
from typing import Protocol

from exvivo.catalog import spelling

_BETWEEN = re.compile(r"[\s_\-.,;:/|()\[\]]+")
"""What stands between the words of a name."""
_REPLICATE = re.compile(r"(?:(?:replicate|rep|r)[\s_.-]?|#)?(\d{1,2})", re.IGNORECASE)
_DILUTION = re.compile(r"1\s?[:/]\s?(\d+(?:\.\d+)?)")
_PLACE = re.compile(r"\{(\w+)\}")
DOSE = (
    r"\d+(?:[.,]\d+)?\s*(?:%|[fpnuµμm]?[MgUL](?:/\s*[muµμ]?[lLg])?|I?U(?:/\s*[mµμu]?[lL])?|MOI|x)"
)
TIME = r"\d+(?:[.,]\d+)?\s*(?:seconds?|sec|s|minutes?|min|hours?|hrs?|h|days?|d|weeks?)"
_ANY = {
    "replicate": r"\d{1,2}",
    "dilution": r"(?:1\s?[:/]\s?)?\d+(?:\.\d+)?",
    "dose": DOSE,
    "time": TIME,
}
"""What a place of a pattern may hold where the study declares no words for it; else anything."""
_LEVEL = r"[\s_.#-]*(\d{1,2}|[A-Za-z])?"
_AGAIN = r"(?:[\s_.#-]+(?:rep)?[\s_.-]?(\d{1,2}))?"
_ROLES = {
    "standard": r"(?:standards?|stds?)" + _LEVEL + _AGAIN,
    "blank": r"(?:blanks?|blk)" + _LEVEL + _AGAIN,
    "ntc": r"(?:ntc|no[\s_-]template(?:[\s_-]control)?|h2o|water)" + _LEVEL + _AGAIN,
    "no_rt": r"(?:no[\s_-]?rt|-rt|nrt)" + _LEVEL + _AGAIN,
    "calibrator": r"calibrator" + _LEVEL + _AGAIN,
    "positive": r"positive(?:[\s_-]control)?" + _LEVEL + _AGAIN,
    "qc": r"qc[\s_.#-]*(\w+)?" + _AGAIN,
    "empty": r"(?:empty|[-–—]+)()()",
}
"""How a well that holds nobody's cells is named, by its role: its level, and its replicate."""
_OF_ROLES = {role: re.compile(words, re.IGNORECASE) for role, words in _ROLES.items()}


@dataclass(frozen=True, slots=True)
class Named:
    """What a name says; empty text for what it does not say. `level` is the number or letter of a
    standard (Std3) or control (QC low).
    """

    role: str = "sample"
    donor: str = ""
    stimulus: str = ""
    cell_type: str = ""
    visit: str = ""
    culture: str = ""
    dose: str = ""
    time: str = ""
    replicate: str = ""
    dilution: str = ""
    level: str = ""


PLACES = tuple(each.name for each in fields(Named) if each.name not in ("role", "level"))
"""What a pattern may have a place for."""


class HasId(Protocol):
    """A record with an id and, it may be, a name in words."""

    @property
    def id(self) -> str:
        """Its short name."""

    @property
    def name(self) -> str:
        """Its name in words."""


def spellings(records: Iterable[HasId]) -> dict[str, str]:
    """The id of each record by its id and by its name."""
    listed = tuple(records)
    named = {record.name: record.id for record in listed if record.name}
    return {**named, **{record.id: record.id for record in listed}}


@dataclass(frozen=True)
class Words:
    """The words a study declares, each with the id it stands for: the donors of donors.csv, the
    stimuli and cell types of study.yaml, and the visits that are known.
    """

    donors: Mapping[str, str] = field(default_factory=dict)
    stimuli: Mapping[str, str] = field(default_factory=dict)
    cell_types: Mapping[str, str] = field(default_factory=dict)
    visits: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def listed(self) -> list[tuple[str, str, str]]:
        """Every word with the field it fills and the id it stands for."""
        parts = (
            ("donor", self.donors),
            ("stimulus", self.stimuli),
            ("cell_type", self.cell_types),
            ("visit", self.visits),
        )
        return [(word, name, known) for name, words in parts for word, known in words.items()]

    @cached_property
    def folded(self) -> Words:
        """The same words as people may write them, whatever their case."""
        return Words(*(_folded(getattr(self, each.name)) for each in fields(self)))

    def of(self, name: str) -> list[str]:
        """The words of one field, the longest first."""
        return sorted((word for word, own, _ in self.listed if own == name), key=len, reverse=True)


def _folded(words: Mapping[str, str]) -> dict[str, str]:
    return {word.casefold(): known for word, known in words.items()}


def words_of(
    *,
    donors: Iterable[str],
    stimuli: Mapping[str, str] | Sequence[str] = (),
    **others: Sequence[str],
) -> Words:
    """The words of a study from plain lists of ids, or from ids by their spelling.

    >>> words_of(donors=["RA01"], stimuli={"unstimulated": "none"}).stimuli
    {'unstimulated': 'none'}
    """
    given = stimuli if isinstance(stimuli, Mapping) else _by_itself(stimuli)
    return Words(
        _by_itself(donors), given, **{name: _by_itself(ids) for name, ids in others.items()}
    )


def _by_itself(ids: Iterable[str]) -> dict[str, str]:
    return {each: each for each in ids}


def split(name: str, words: Words, pattern: str = "") -> Named | None:
    """What a name says, or None where it cannot be told in one way. A `pattern` such as
    `{donor} {stimulus}` says which part is what; without one the words are looked for.

    >>> known = words_of(donors=["RA01", "RA02"], stimuli=["none", "LPS", "LPS_tofa"])
    >>> split("RA01 LPS_tofa 2", known)
    Named(role='sample', donor='RA01', stimulus='LPS_tofa', cell_type='', visit='', culture='', \
dose='', time='', replicate='2', dilution='', level='')
    >>> split("Std3", known).level, split("ra01 LPS", known), split("RA01 RA02", known)
    ('3', None, None)
    """
    text = " ".join(name.split())
    read = _by_pattern(text, words, pattern) if pattern else _by_words(text, words)
    told = {*read, *_of_role(text)}
    return next(iter(told)) if len(told) == 1 else None


def meant(name: str, words: Words) -> str:
    """The name as the study would write it, where it differs in case only; else nothing.

    >>> meant("ra01 lps 2", words_of(donors=["RA01"], stimuli=["LPS"]))
    'RA01 LPS 2'
    """
    text = " ".join(name.split()).casefold()
    told = set(_by_words(text, words.folded))
    if len(told) != 1:
        return ""
    (only,) = told
    parts = (only.donor, only.cell_type, only.visit, only.stimulus, only.replicate)
    return " ".join(filter(None, parts))


def _of_role(text: str) -> Iterator[Named]:
    """The roles whose words are all of a name."""
    for role, words in _OF_ROLES.items():
        if match := words.fullmatch(text):
            yield Named(role, level=match[1] or "", replicate=match[2] or "")


def _by_words(text: str, words: Words) -> Iterator[Named]:
    """Every way in which declared words, a replicate and a dilution cover a name; each names a
    donor.
    """
    for told in _covered(text, 0, words, Named()):
        if told.donor:
            yield told


def _covered(text: str, at: int, words: Words, told: Named) -> Iterator[Named]:
    if at == len(text):
        yield told
        return
    for end, name, known in _words_at(text, at, words):
        if getattr(told, name):
            continue
        behind = _BETWEEN.match(text, end)
        if end == len(text) or behind:
            after = behind.end() if behind else end
            yield from _covered(text, after, words, replace(told, **{name: known}))


def _words_at(text: str, at: int, words: Words) -> Iterator[tuple[int, str, str]]:
    """The words that begin at a place of a name: where each ends, its field and its id."""
    for word, name, known in words.listed:
        if word and text.startswith(word, at):
            yield at + len(word), name, known
    for name, shape in (("replicate", _REPLICATE), ("dilution", _DILUTION)):
        if match := shape.match(text, at):
            yield match.end(), name, match[1]


def _by_pattern(text: str, words: Words, pattern: str) -> Iterator[Named]:
    """What stands at the places of a pattern; nothing where the name has another form."""
    match = _shape(pattern, words).fullmatch(text)
    if match is None:
        return
    told = {name: value.strip() for name, value in match.groupdict().items() if value}
    if diluted := _DILUTION.fullmatch(told.get("dilution", "")):
        told["dilution"] = diluted[1]
    known = {(name, word): own for word, name, own in words.listed}
    yield Named(**{name: known.get((name, value), value) for name, value in told.items()})


def _shape(pattern: str, words: Words) -> re.Pattern[str]:
    """A pattern as a regular expression; a space stands for any sign between words."""
    return _compiled(pattern, tuple((name, tuple(words.of(name))) for name in PLACES))


@lru_cache(maxsize=64)
def _compiled(pattern: str, words: tuple[tuple[str, tuple[str, ...]], ...]) -> re.Pattern[str]:
    declared = dict(words)
    parts: list[str] = []
    at = 0
    for place in _PLACE.finditer(pattern):
        parts.append(_literal(pattern[at : place.start()]))
        parts.append(f"(?P<{place[1]}>{_held(place[1], declared)})")
        at = place.end()
    return re.compile("".join([*parts, _literal(pattern[at:])]))


def _literal(text: str) -> str:
    """The signs between two places; a space stands for any sign between words."""
    return _BETWEEN.pattern if text.isspace() else re.escape(text)


def _held(name: str, declared: Mapping[str, Sequence[str]]) -> str:
    """What a place may hold: a declared word, or anything where none is declared."""
    listed = declared.get(name, ())
    return "|".join(map(re.escape, listed)) if listed else _ANY.get(name, ".+?")


def unknown_places(pattern: str) -> Iterator[tuple[str, str]]:
    """The places of a pattern that no name has, each with the one that may be meant.

    >>> list(unknown_places("{donr} {stimulus}"))
    [('donr', 'donor')]
    """
    for name in _PLACE.findall(pattern):
        if name not in PLACES:
            yield name, spelling.meant(name, PLACES) or ""
