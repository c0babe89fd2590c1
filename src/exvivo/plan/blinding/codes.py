"""The key of a blinded study: codes for its groups and donors, and for every name that tells one.

A code is the keyed hash (HMAC-SHA256 with a secret salt) of what it stands for, spelt in a few
signs: the same from run to run, also when donors join, and not to be worked out without the salt.
Two that would be spelt alike are hashed once more. Groups stand in the order of their codes, which
is a random one.

Names are met as words, whatever stands between them: `FM01_ATP.fcs` holds `FM01`. A donor called by
a number or as a well is (`12`, `A1`), and a group called by a word that reports use themselves
(`control`), cannot be met in a text: these are coded where a table or a record says donor or group,
and in names of samples and cultures of theirs.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any

_WORD = re.compile(r"[^\W_]+")
_BEGINS, _ENDS = r"(?<![^\W_])", r"(?![^\W_])"
_WELL = re.compile(r"[a-p](0?[1-9]|1\d|2[0-4])")
_LETTERS, _DIGITS = "BCDFGHJKLMNPQRTVWXZ", "23456789"
_SPELT = (_LETTERS, _DIGITS, _LETTERS, _DIGITS, _LETTERS)
"""What each sign of a code is one of: no word, no well, no number, and no 0, 1, O or I."""
GROUP = "group "
"""What stands before the letter of a group."""
HIDDEN = "[group]"
"""What stands in the place of a group in a text that a person wrote: its code there would tell."""
HIDDEN_DONOR = "[donor]"
"""What stands in the place of a donor in such a text."""
_TELLS = 4
"""Letters from which a word of the name of one group alone is hidden too."""
_OWN_WORDS = """
analyte analytes assay blank calibrator case control controls culture difference donor donors
empty excluded first from group groups high higher level low lower mean median negative none
number people person plate positive reference response sample samples score second signal spike
standard stimulus study that their they this time treated untreated unknown value visit well wells
were which with without who years
"""
OWN_WORDS = frozenset(_OWN_WORDS.split())
"""Words that reports use themselves, whatever the groups are called."""


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name, without capitals.

    >>> words_of("FM01_ATP (2)")
    ('fm01', 'atp', '2')
    """
    return tuple(_WORD.findall(text.casefold()))


def stands_for_itself(name: str) -> bool:
    """Whether a name can be told from other words: no number, no well, no single letter, and none
    of the report's own words.

    >>> [stands_for_itself(name) for name in ("FM01", "HC", "12", "A1", "A", "control")]
    [True, True, False, False, False, False]
    """
    words = words_of(name)
    if len("".join(words)) < 2 or all(word.isdigit() for word in words):
        return False
    if len(words) == 1 and words[0] in OWN_WORDS:
        return False
    return not all(map(_WELL.fullmatch, words))


@dataclass(frozen=True)
class Named:
    """What a study calls its groups (id and words of each) and donors, and every other name that
    may hold one of theirs: of questions, plates, files and samples. `held_by` has the names of
    samples and cultures that are made with a donor's.
    """

    groups: Mapping[str, str]
    donors: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    held_by: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Key:
    """What stands for what: codes of groups and donors by their ids, and of other names that tell
    one. `called` are the words of each group.
    """

    groups: Mapping[str, str]
    donors: Mapping[str, str]
    names: Mapping[str, str] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, salt: bytes, named: Named) -> Key:
        """The key by which a study is blinded with a salt."""
        donors = _spelt(salt, "donor", named.donors)
        letters = _letters(salt, named.groups)
        groups = {name: f"{GROUP}{letter}" for name, letter in letters.items()}
        bare = cls(groups, donors, called=dict(named.groups))
        telling = [name for name in named.others if bare.tells_group(name)]
        hidden = [name for name, donor in named.held_by.items() if _holds(name, donor)]
        names = _spelt(salt, "name", dict.fromkeys([*telling, *hidden]))
        return cls(groups, donors, names, dict(named.groups))

    def group(self, name: str) -> str:
        """The code of a group."""
        return self.groups.get(name, name)

    def donor(self, name: str) -> str:
        """The code of a donor; of another name what is left of it without telling words."""
        return self.donors.get(name) or self.text(name)

    def meant(self, code: str) -> str:
        """The donor, group or name that somebody means who types a code; else what was typed."""
        return self._back.get(code, code)

    @cached_property
    def _back(self) -> dict[str, str]:
        every = chain(self.names.items(), self.groups.items(), self.donors.items())
        return {code: name for name, code in every}

    def tells_group(self, text: str) -> bool:
        """Whether a group is named in a text."""
        return bool(self._of_groups and self._of_groups.search(text))

    def text(self, text: str) -> str:
        """A text that a person wrote: donors and names by their codes, groups hidden, since the
        code of a group would be told by what stands beside it.
        """
        return self._replaced(text, lambda name: HIDDEN)

    def own_text(self, text: str) -> str:
        """A text of exvivo's own (a flag, a mistake): groups by their codes too."""
        return self._replaced(text, lambda name: self._code_of_group.get(name, HIDDEN))

    def hidden(self, text: str) -> str:
        """A text of exvivo's own that stands beside what a person typed: groups and donors without
        their codes, which would tell what is near to the typed name.
        """
        if stands_for_itself(text) and (text in self.groups or text in self.donors):
            return HIDDEN if text in self.groups else HIDDEN_DONOR
        own = {_plain(donor) for donor in self.donors}
        names = self._code_of_name
        text = _met(self._of_names, text, lambda n: HIDDEN_DONOR if n in own else names[n])
        return _met(self._of_groups, text, lambda name: HIDDEN)

    def _replaced(self, text: str, of_group: Callable[[str], str]) -> str:
        if text in self.groups and stands_for_itself(text):
            return self.groups[text]
        if text in self.names:
            return self.names[text]
        text = _met(self._of_names, text, lambda name: self._code_of_name[name])
        return _met(self._of_groups, text, of_group)

    def word(self, name: str, text: str) -> str:
        """A text that stands under the name of a column, field or fact."""
        if name in OF_DONORS:
            return self.donor(text)
        if name in OF_GROUPS and text in self.groups:
            return self.groups[text]
        if name in OF_FLAGS:
            return self.own_text(text)
        return text if name in CODES else self.text(text)

    def value(self, name: str, value: Any) -> Any:
        """A value under the name of a column, field or fact, coded throughout."""
        match value:
            case str():
                return self.word(name, value)
            case list() | tuple() | frozenset():
                return type(value)(self.value(name, each) for each in value)
            case dict():
                return {key: self.value(key, each) for key, each in value.items()}
            case _:
                return value

    @cached_property
    def _code_of_name(self) -> dict[str, str]:
        return {_plain(name): code for name, code in (*self.donors.items(), *self.names.items())}

    @cached_property
    def _code_of_group(self) -> dict[str, str]:
        ways = ((way, code) for name, code in self.groups.items() for way in self._ways(name))
        return {_plain(way): code for way, code in ways}

    def _ways(self, group: str) -> tuple[str, ...]:
        return group, self.called.get(group, "")

    @cached_property
    def _of_names(self) -> re.Pattern[str] | None:
        return _pattern([*filter(stands_for_itself, self.donors), *self.names])

    @cached_property
    def _of_groups(self) -> re.Pattern[str] | None:
        ways = chain.from_iterable(map(self._ways, self.groups))
        return _pattern([*filter(stands_for_itself, ways), *_telling_words(self.called)])


OF_DONORS = frozenset({"donor", "donors"})
"""The columns, fields and facts that hold ids of donors."""
_OF_GROUPS = """
group groups within of first second side sides condition baseline
"""
OF_GROUPS = frozenset(_OF_GROUPS.split())
"""Those that may hold ids of groups."""
OF_FLAGS = frozenset({"flag", "flags"})
"""Those that hold names of flags."""
_CODES = """
ask bears censor code kind method on part role role_within severity table unit verdict
with_verdict
"""
CODES = frozenset(_CODES.split())
"""Those that hold words of exvivo's own."""


def _plain(name: str) -> str:
    """A name as it is known again, whatever its capitals and spaces."""
    return " ".join(name.casefold().split())


def _met(pattern: re.Pattern[str] | None, text: str, by: Callable[[str], str]) -> str:
    """A text with what a pattern meets replaced."""
    return pattern.sub(lambda match: by(_plain(match[0])), text) if pattern else text


def _pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """What meets any of some names as whole words, the longest first."""
    ways = sorted({name for name in names if name}, key=lambda name: (-len(name), name))
    if not ways:
        return None
    every = "|".join(r"\s+".join(map(re.escape, way.split())) for way in ways)
    return re.compile(f"{_BEGINS}(?:{every}){_ENDS}", re.IGNORECASE)


def _telling_words(called: Mapping[str, str]) -> Iterator[str]:
    """The words that stand in the name of one group alone: `fibromyalgia`."""
    of_groups = [{*words_of(name), *words_of(words)} for name, words in called.items()]
    counts = Counter(chain.from_iterable(of_groups))
    for word, count in counts.items():
        if count == 1 and len(word) >= _TELLS and word.isalpha() and word not in OWN_WORDS:
            yield word


def _holds(name: str, donor: str) -> bool:
    """Whether a name is made with that of a donor which no text can be searched for."""
    if stands_for_itself(donor):
        return False
    words, own = words_of(name), words_of(donor)
    return any(words[place : place + len(own)] == own for place in range(len(words)))


def _digest(salt: bytes, kind: str, name: str, time: int) -> int:
    said = f"{kind}\0{name}\0{time}".encode()
    return int.from_bytes(hmac.digest(salt, said, hashlib.sha256), "big")


def _spelt(salt: bytes, kind: str, names: Iterable[str]) -> dict[str, str]:
    """A code for each name, no two alike."""
    codes: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(names, key=lambda name: (_digest(salt, kind, name, 0), name)):
        time = 0
        while (code := _spelling(_digest(salt, kind, name, time))) in taken:
            time += 1
        codes[name] = code
        taken.add(code)
    return codes


def _spelling(number: int) -> str:
    signs = []
    for choice in _SPELT:
        number, place = divmod(number, len(choice))
        signs.append(choice[place])
    return "".join(signs)


def _letters(salt: bytes, groups: Iterable[str]) -> dict[str, str]:
    """A letter for each group; two where there are more groups than letters."""
    codes: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(groups, key=lambda name: (_digest(salt, "group", name, 0), name)):
        time = 0
        while (code := _letter(_digest(salt, "group", name, time), len(taken))) in taken:
            time += 1
        codes[name] = code
        taken.add(code)
    return codes


def _letter(number: int, taken: int) -> str:
    first, place = divmod(number, len(_LETTERS))
    second = _LETTERS[first % len(_LETTERS)] if taken >= len(_LETTERS) // 2 else ""
    return _LETTERS[place] + second
