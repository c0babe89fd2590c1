"""Which stimulus a name tells, by the words that the study has for its stimuli."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from exvivo.reconcile.names.atoms import UNITS, Atoms, atoms, joined, runs, without
from exvivo.study import Stimulus

_OF_CONTROLS = ("unstimulated", "unstim", "nonstimulated", "untreated", "medium")
"""Words that mean the control where no other stimulus has them."""
_FILLED = frozenset({"with", "and", "plus", "the", "of", "in", "for", "by", "then", "after", "to"})
_PREFIX, _STEM = 3, 4
"""The fewest letters of a word's beginning in a name (`tofa` for tofacitinib), and of a word that a
name writes out.
"""
Words = frozenset[str]


@dataclass(frozen=True)
class Told:
    """What a name says of the stimulus: for each word of it the words of the study it may be; and
    the parts that nothing explains.
    """

    words: tuple[Words, ...]
    rest: Atoms

    @property
    def key(self) -> frozenset[Words]:
        """The words, in any order."""
        return frozenset(self.words)


@dataclass(frozen=True)
class StimulusWords:
    """The stimuli of a study as words; `others` are words that mean something else too."""

    stimuli: tuple[Stimulus, ...]
    others: frozenset[str]

    @cached_property
    def ways(self) -> dict[str, list[Words]]:
        """The words of each stimulus, one set a way to write it."""
        ways = {each.id: [*filter(None, map(self._words, _texts(each)))] for each in self.stimuli}
        taken = set().union(*(words for sets in ways.values() for words in sets))
        for each in self.stimuli:
            if each.control:
                ways[each.id] += [frozenset({word}) for word in _OF_CONTROLS if word not in taken]
        return ways

    def _words(self, text: str) -> Words:
        """The words of an id or a name; numbers alone, units and filled words are none."""
        words = (joined(atoms(word)) for word in re.split(r"[\W_]+", text))
        return frozenset(word for word in words if self._tells(word))

    def _tells(self, word: str) -> bool:
        plain = word.isdigit() or len(word) < 2 or word in _FILLED or word in UNITS
        return not plain and word not in self.others

    @cached_property
    def all(self) -> dict[str, Words]:
        """All words of each stimulus, however it is written."""
        return {name: frozenset().union(*sets) for name, sets in self.ways.items()}

    @cached_property
    def phrases(self) -> dict[str, Words]:
        """What each known word, and each id or name written as one, stands for."""
        phrases = {word: frozenset({word}) for words in self.all.values() for word in words}
        for each in self.stimuli:
            for text in _texts(each):
                whole = joined(atoms(text))
                if self._tells(whole) and self._words(text):
                    phrases.setdefault(whole, self._words(text))
        return phrases

    def told(self, parts: Atoms, neutral: Iterable[str]) -> Told:
        """What the parts of a name say, those of the donor left out."""
        known = list(runs(parts, self.phrases))
        words = [frozenset({word}) for run in known for word in sorted(self.phrases[run.word])]
        rest = [
            part for part in without(parts, known) if not part.isdigit() and part not in neutral
        ]
        alike = {part: self._alike(part) for part in rest}
        words += [each for each in alike.values() if each]
        return Told(tuple(words), tuple(part for part in rest if not alike[part]))

    def _alike(self, part: str) -> Words:
        """The words that a part is the beginning of, or the reverse."""
        words = frozenset().union(*self.all.values()) if self.all else frozenset[str]()
        return frozenset(word for word in words if _begins(part, word))

    def meant(self, told: Told, neutral: Iterable[str]) -> frozenset[str]:
        """The stimuli that a name may mean; none where it says nothing.

        A name of which every part is understood means those whose words it has all; else those
        that have its words.
        """
        if not told.words:
            return frozenset()
        fit = [name for name, all_ in self.all.items() if all(each & all_ for each in told.words)]
        if any(part not in neutral for part in told.rest):
            return frozenset(fit)
        said = frozenset().union(*told.words)
        whole = [name for name in fit if any(words <= said for words in self.ways[name])]
        return frozenset(whole or fit)


def _texts(stimulus: Stimulus) -> tuple[str, str]:
    return stimulus.id, stimulus.name


def _begins(part: str, word: str) -> bool:
    if len(part) >= _PREFIX and word.startswith(part):
        return True
    return len(word) >= _STEM and part.startswith(word)
