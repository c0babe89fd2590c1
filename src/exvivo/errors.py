"""Every error exvivo raises on purpose.

::

    ExvivoError
    ├── UserMistake          something in the user's files needs mending        exit code 2
    │   ├── StudyError       study.yaml, donors.csv, a plate layout, clinic.csv
    │   ├── ReadError        an instrument file that cannot be read as it stands
    │   └── StoreError       the study folder, its database or a result that no longer matches
    └── Bug                  our fault: a table that breaks its own rules        exit code 70

A `UserMistake` carries all mistakes found, not the first one. Each mistake names the place, what
was found, what was expected and how to mend it. One slip made in a hundred places is told once,
with the first of the places.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to mend: where it stands, what was found, what was expected, and the cure."""

    where: str
    found: str
    expected: str
    cure: str

    def __str__(self) -> str:
        return f"{self.where}\n  found     {self.found}\n  expected  {self.expected}\n  to mend   {self.cure}"


_MANY = 8
"""Places from which a slip that repeats is told as one."""
_SHOWN = 6


def told(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """The mistakes as a person should read them: those with one cure, in more than eight places,
    shortened to one.
    """
    alike: dict[tuple[str, str], list[Mistake]] = {}
    for mistake in mistakes:
        alike.setdefault((mistake.expected, mistake.cure), []).append(mistake)
    return [
        one for same in alike.values() for one in ([_as_one(same)] if len(same) > _MANY else same)
    ]


def _as_one(same: list[Mistake]) -> Mistake:
    places, found = (
        list(dict.fromkeys(words)) for words in ([m.where for m in same], [m.found for m in same])
    )
    return Mistake(
        _listed(places),
        _listed(found),
        same[0].expected,
        f"{same[0].cure} ({len(same)} times the same)",
    )


def _listed(words: list[str]) -> str:
    rest = len(words) - _SHOWN
    return ", ".join(words[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


class ExvivoError(Exception):
    """The root of the tree above."""


class UserMistake(ExvivoError):
    """Something in the user's files needs mending; `mistakes` lists all of it at once."""

    def __init__(self, mistakes: Mistake | Iterable[Mistake]) -> None:
        found = (mistakes,) if isinstance(mistakes, Mistake) else tuple(mistakes)
        self.mistakes: tuple[Mistake, ...] = found
        super().__init__("\n".join(str(mistake) for mistake in told(found)))


class StudyError(UserMistake):
    """A mistake in the study's own files: study.yaml, donors.csv, a plate layout or clinic.csv."""


class ReadError(UserMistake):
    """An instrument file that cannot be read as it stands."""


class StoreError(UserMistake):
    """The study folder, its database or a result that no longer matches its record."""


class Bug(ExvivoError):
    """Our fault: a room handed over a table that breaks the rules of `exvivo.tables`."""
