"""An entry of study.yaml and its line, so that a check can say where a mistake stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

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
    """A place of study.yaml: `lines` gives file and line of a path, `path` is that of the entry."""

    lines: Callable[[Place], str]
    path: Place = ()

    def at(self, *parts: str | int) -> Entry:
        """The entry below this one."""
        return Entry(self.lines, (*self.path, *parts))

    def mistake(self, finding: str, expected: str, cure: str, *, field: str = "") -> Mistake:
        """A mistake of this entry, or of one of its fields."""
        path = (*self.path, field) if field else self.path
        return Mistake(self.lines(path), finding, expected, cure)

    def undeclared(
        self, field: str, names: Iterable[str], declared: Sequence[str], what: str
    ) -> Mistakes:
        """A mistake for every name in a field that is not declared; `what` the names are of."""
        expected = _one_of(declared, what)
        for name in names:
            if name not in declared:
                yield self.mistake(f"{what} `{name}`", expected, _DECLARE, field=field)


def _one_of(declared: Sequence[str], what: str) -> str:
    """The names that are declared, in words; `what` they are of."""
    listed = "one of: " + ", ".join(declared)
    return listed if declared else f"a declared {what}: there is none yet"
