"""An entry of study.yaml and its line, so that a check can say where a mistake stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from exvivo.catalog import known_as, spelling
from exvivo.errors import Mistake

Mistakes = Iterator[Mistake]
"""What a check gives: everything to fix, as it is met."""
Ids = list[str]
"""Ids of records, in their order."""
Place = tuple[str | int, ...]
"""Keys and positions that lead to a place in the document."""
_DECLARE = "correct the name, or declare it above"


@dataclass(frozen=True)
class Entry:
    """A place of study.yaml: `lines` gives file and line of a path, `path` is that of the entry.
    `unsound` are the ids of records, and the parts, in which something is to fix already.
    """

    lines: Callable[[Place], str]
    path: Place = ()
    unsound: frozenset[str] = frozenset()

    def at(self, *parts: str | int) -> Entry:
        """The entry below this one."""
        return Entry(self.lines, (*self.path, *parts), self.unsound)

    def mistake(self, finding: str, expected: str, cure: str, *, field: str = "") -> Mistake:
        """A mistake of this entry, or of one of its fields."""
        path = (*self.path, field) if field else self.path
        return Mistake(self.lines(path), finding, expected, cure)

    def undeclared(
        self, field: str, names: Iterable[str], declared: Iterable[str], what: str
    ) -> Mistakes:
        """A mistake for every name in a field that is not declared, with the one that may be meant;
        `what` the names are of. Nothing is said of the name of a record that is not sound itself.
        """
        known = list(declared)
        alias = known_as if what == "analyte" else None
        for name in names:
            if name not in known and name not in self.unsound:
                finding = f"{what} `{name}`{spelling.did_you_mean(name, known, alias)}"
                yield self.mistake(finding, _one_of(known, name, what), _DECLARE, field=field)


def _one_of(declared: Sequence[str], name: str, what: str) -> str:
    """The names that are declared, in words; `what` they are of."""
    return spelling.one_of(declared, name) if declared else f"a declared {what}: there is none yet"
