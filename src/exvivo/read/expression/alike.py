"""Classes of references, batches and conditions that look like two names of one thing: `Macrophage`
and `macrophages`, `kit A` and `kit_a`. Each spelling would count as a thing of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    uses = [use for table in named.values() for use in _uses(*table)]
    asked = Use("condition", question.condition, f"the question {question.id} (`condition`)")
    for what in _SHORTEST:
        alike = [use for use in (asked, *uses) if use.what == what and use.text]
        yield from _of_one_field(what, alike)


def _uses(samples: Samples, source: str, names: Sequence[str]) -> Iterator[Use]:
    """What is said of each sample of a table, by the table `samples`; the classes of references by
    their names too.
    """
    for name in names:
        told = ((what, samples.said.of(name, what)) for what in ("batch", "condition"))
        yield from (Use(what, text, samples.said.place(name, what)) for what, text in told if text)
        if samples.role == "reference":
            place = samples.said.place(name, "cell") if samples.said.of(name, "cell") else ""
            yield Use("cell", samples.origin(name).cell, place or f"{source} column {name}")


def _of_one_field(what: str, uses: Iterable[Use]) -> Iterator[Mistake]:
    """The mistakes of a field: one for all spellings of a thing."""
    places = grouped((use.text, use.place) for use in uses)
    things = grouped((_key(text, _SHORTEST[what]), text) for text in places)
    for spellings in things.values():
        if len(spellings) > 1:
            yield _mistake(what, spellings, places)


def _mistake(what: str, spellings: Sequence[str], places: Groups) -> Mistake:
    first = places[spellings[1]][0]
    found = (f"`{each}` ({shortened(places[each], _SHOWN, separator='; ')})" for each in spellings)
    noun = "class of references" if what == "cell" else what
    return Mistake(
        first,
        f"{' and '.join(found)}, which may be one {noun}",
        f"one spelling of a {noun}",
        "write them alike; where they are different, name them so that they do not look alike",
    )


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
