"""Classes of references, batches and conditions that look like two names of one thing: `Macrophage`
and `macrophages`, `kit A` and `kit_a`. Each spelling would count as a thing of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, starmap
from typing import NamedTuple

from exvivo.catalog import spelling
from exvivo.cells.messages import Groups, grouped
from exvivo.errors import Mistake
from exvivo.read.expression.whose import Role, Samples
from exvivo.study import Identity
from exvivo.words import shortened

_MINUS = re.compile(r"(?<=\w)[-\u2212](?=$|[\s_/,)]|cd\d)", re.IGNORECASE)
"""The minus behind a marker or a gene: the cells without it."""
_BETWEEN = re.compile(r"[\s_-]+")
_SHORTEST = {"cell": 3, "batch": 5, "condition": 5}
"""The letters from which the s at the end of a word is a plural's: that of LPS and ATPs is not."""
_OF_ALL = ("batch", "condition")
_NOUNS = {"cell": "class of references"}
_SHOWN = 3

Named = tuple[Samples, str, Sequence[str]]
"""Of a table: whose its samples are, its file, and the names of its columns."""


class Use(NamedTuple):
    """What is said of a sample: the field, its text, and where it stands."""

    what: str
    text: str
    place: str


def written_otherwise(named: Mapping[Role, Named], question: Identity) -> Iterator[Mistake]:
    """Names of one question that differ in capitals, spaces, hyphens, underscores or a plural s
    only: classes of the references, batches, conditions.
    """
    uses = [_asked(question), *chain.from_iterable(starmap(_uses, named.values()))]
    for what in _SHORTEST:
        yield from _of_one_field(what, _places(what, uses))


def _asked(question: Identity) -> Use:
    return Use("condition", question.condition, f"the question {question.id} (`condition`)")


def _uses(samples: Samples, source: str, names: Sequence[str]) -> Iterator[Use]:
    """What is said of each sample of a table, by the table `samples`; the classes of references by
    their names too.
    """
    for name in names:
        yield from (_told(samples, name, what) for what in _OF_ALL)
    if samples.role == "reference":
        yield from (_class(samples, name, source) for name in names)


def _told(samples: Samples, name: str, what: str) -> Use:
    """What the table `samples` says of a sample; without a place where it says nothing."""
    text = samples.said.of(name, what)
    return Use(what, text, samples.said.place(name, what) if text else "")


def _class(samples: Samples, name: str, source: str) -> Use:
    """The cell of a reference, by the table `samples` or the name of its column."""
    place = _told(samples, name, "cell").place or f"{source} column {name}"
    return Use("cell", samples.origin(name).cell, place)


def _places(what: str, uses: Iterable[Use]) -> Groups:
    """Where each name of a field stands."""
    return grouped((use.text, use.place) for use in uses if use.what == what and use.text)


def _of_one_field(what: str, places: Groups) -> Iterator[Mistake]:
    """The mistakes of a field: one for all spellings of a thing."""
    for spellings in _spellings(what, places):
        if len(spellings) > 1:
            yield _mistake(_NOUNS.get(what, what), {text: places[text] for text in spellings})


def _spellings(what: str, names: Iterable[str]) -> Iterable[list[str]]:
    """The names of a field, those together that may be one thing."""
    return grouped((_key(name, _SHORTEST[what]), name) for name in names).values()


def _mistake(noun: str, places: Groups) -> Mistake:
    _, (second, *_), *_ = places.values()
    return Mistake(
        second,
        f"{' and '.join(starmap(_shown, places.items()))}, which may be one {noun}",
        f"one spelling of a {noun}",
        "write them alike; where they are different, name them so that they do not look alike",
    )


def _shown(text: str, places: Sequence[str]) -> str:
    return f"`{text}` ({shortened(places, _SHOWN, separator='; ')})"


def _key(text: str, shortest: int) -> str:
    """A name without capitals, spaces, hyphens, underscores and the s of a plural.

    >>> _key("T-cells", 3) == _key("t_Cell", 3), _key("CD4- T cell", 3) == _key("CD4 T cell", 3)
    (True, False)
    >>> _key("LPS", 5) == _key("lps", 5), _key("LPS", 5) == _key("LP", 5)
    (True, False)
    """
    words = _BETWEEN.split(_MINUS.sub(" minus ", text.casefold()).strip())
    return spelling.plain(" ".join(_singular(word, shortest) for word in words))


def _singular(word: str, shortest: int) -> str:
    return word[:-1] if len(word) >= shortest and word.endswith("s") else word
