"""How the sample names of an instrument file are made: a pattern such as `{donor} {stimulus}`, and
a name taken apart by it.

A name is first read with the words that the study declares (donors, stimuli, cell types), so that
a stimulus may hold the sign that stands between the parts; then with any words, so that a message
can name the one that nobody declared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

FIELDS = ("donor", "stimulus", "dose", "time", "replicate", "culture", "visit", "cell_type")
"""What a name may hold."""
DECLARED = ("donor", "stimulus", "cell_type")
"""Fields whose words the study declares."""
TIME = r"\d+(?:[.,]\d+)?\s*(?:sec|s|min|hours|hour|hrs|hr|h|std|days|day|d|weeks|week|w)"
DOSE = r"\d+(?:[.,]\d+)?\s*(?:%|[fpnuµμm]?[MgU](?:/\s*[muµμ]?[lL])?|I?U(?:/\s*[muµμ]?[lL])?|MOI|x)"
_FORMS = {"time": TIME, "dose": DOSE, "replicate": r"[^\W_]+", "visit": r"[^\s_]+"}
_PARTS = re.compile(r"\{(\w*)\}|(\[)|(\])|([^\[\]{}]+)|(.)")
_ANY = r".+?"
Words = Mapping[str, Iterable[str]]
"""The words that a study declares, by field."""


@dataclass(frozen=True)
class NamePattern:
    """A pattern of sample names: fields in braces, parts that may be absent in brackets."""

    text: str

    @cached_property
    def fields(self) -> list[str]:
        """The fields of the pattern, in their order."""
        return [match[1] for match in _PARTS.finditer(self.text) if match[1] is not None]

    def trouble(self) -> str:
        """What is wrong with the pattern; empty where nothing is."""
        if strange := [field for field in self.fields if field not in FIELDS]:
            return f"the field `{{{strange[0]}}}`"
        if "donor" not in self.fields:
            return "no `{donor}`"
        if len(set(self.fields)) < len(self.fields):
            return "a field twice"
        if any(match[5] for match in _PARTS.finditer(self.text)) or self._is_unbalanced():
            return "a brace or bracket without its partner"
        return ""

    def _is_unbalanced(self) -> bool:
        depth = 0
        for sign in re.findall(r"[\[\]]", self.text):
            depth += 1 if sign == "[" else -1
            if depth not in (0, 1):
                return True
        return depth != 0

    def reader(self, words: Words) -> NameReader:
        """The pattern with the words of a study."""
        return NameReader(self, {field: tuple(words.get(field, ())) for field in DECLARED})


@dataclass(frozen=True)
class NameReader:
    """A pattern and the words that a study declares."""

    pattern: NamePattern
    words: Mapping[str, tuple[str, ...]]

    def parts(self, name: str) -> dict[str, str] | None:
        """A name by its fields, absent ones left out; None where it is not made like this."""
        plain = " ".join(name.split())
        match = self._declared.fullmatch(plain) or self._any.fullmatch(plain)
        return {key: part for key, part in match.groupdict().items() if part} if match else None

    @cached_property
    def _declared(self) -> re.Pattern[str]:
        own = {field: _one_of(words) for field, words in self.words.items() if words}
        return re.compile("".join(_expression(self.pattern.text, _FORMS | own)))

    @cached_property
    def _any(self) -> re.Pattern[str]:
        return re.compile("".join(_expression(self.pattern.text, _FORMS)))


def _one_of(words: Iterable[str]) -> str:
    """One of some words, the longest first."""
    longest = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(re.escape(" ".join(word.split())) for word in longest)


def _expression(pattern: str, forms: Mapping[str, str]) -> Iterator[str]:
    """The regular expression of a pattern, part by part."""
    for field, begins, ends, text, _ in _PARTS.findall(pattern):
        if field:
            yield f"(?P<{field}>{forms.get(field, _ANY)})"
        elif begins or ends:
            yield "(?:" if begins else ")?"
        else:
            yield re.sub(r"(?:\\ )+", r"\\s+", re.escape(text))
