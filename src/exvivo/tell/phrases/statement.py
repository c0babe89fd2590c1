"""A coded statement as its wording meets it: facts by name, ids with the names of the study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exvivo.findings import Fact, Facts
from exvivo.study import Study


@dataclass(frozen=True, slots=True)
class Statement:
    """The facts of a coded statement, and the study that names what they are about."""

    facts: Facts
    study: Study

    def __contains__(self, name: str) -> bool:
        return name in self.facts

    def text(self, name: str) -> str:
        """A fact as it stands; empty where there is none."""
        return str(self.facts.get(name, ""))

    def name(self, name: str) -> str:
        """An id in the words of the study."""
        return self.study.name_of(self.text(name))

    def integer(self, name: str) -> int:
        """A count."""
        return int(self.number(name))

    def number(self, name: str) -> float:
        """A number."""
        return number_of(self.facts[name])

    def texts(self, name: str) -> tuple[str, ...]:
        """Several facts as they stand."""
        several = self.facts.get(name, ())
        return several if isinstance(several, tuple) else (str(several),)

    def names(self, name: str) -> tuple[str, ...]:
        """Several ids in the words of the study."""
        return tuple(self.study.name_of(identifier) for identifier in self.texts(name))

    def joined(self, name: str) -> str:
        """Several facts in a row."""
        return ", ".join(self.texts(name))


def number_of(fact: Fact) -> float:
    """A fact that is a number."""
    if isinstance(fact, str | tuple):
        raise TypeError(f"{fact!r} is no number")
    return float(fact)


Wording = Callable[[Statement], str]
"""What puts a statement into words."""
Clause = Callable[[Statement, int], str]
"""The clause of a warning, of its facts and the number of donors in the answer; empty where it is
not serious enough.
"""


def always(clause: str) -> Clause:
    """A clause without facts."""
    return lambda facts, donors: clause
