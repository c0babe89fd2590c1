"""Every error exvivo raises on purpose.

::

    ExvivoError
    ├── UserMistake          something in the user's files must be fixed        exit code 2
    │   ├── StudyError       study.yaml, donors.csv, a plate layout, clinic.csv
    │   ├── ReadError        an instrument file that cannot be read as it stands
    │   └── StoreError       the study folder, its database or a result that no longer matches
    └── Bug                  our fault: a table that breaks its own rules       exit code 70

A `UserMistake` carries all mistakes at once, not the first one. Each mistake names the place, what
was found, what was expected and how to fix it. One mistake made in a hundred places is printed
once, with the first of the places.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exvivo.words import MOST_LISTED, cut, cut_quotes, shortened

if TYPE_CHECKING:
    from exvivo.flagged import Flag


_LONGEST = {"where": 600, "found": 600, "expected": 2000, "cure": 2000}
"""Signs of a part of a message. What was expected may list all the words of a field."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to fix: where it stands, what was found, what was expected, and the cure. What is
    quoted of a file is cut at 80 signs.
    """

    where: str
    found: str
    expected: str
    cure: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "found", cut_quotes(self.found))
        for field, longest in _LONGEST.items():
            object.__setattr__(self, field, cut(getattr(self, field), longest))

    def __str__(self) -> str:
        return (
            f"{self.where}\n"
            f"  found     {self.found}\n"
            f"  expected  {self.expected}\n"
            f"  to fix    {self.cure}"
        )


def condensed(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """The mistakes as a person should read them: more than five with one cure become one."""
    printed: list[Mistake] = []
    for group in _alike(mistakes):
        printed += [_as_one(group)] if len(group) > MOST_LISTED else group
    return printed


def _alike(mistakes: Iterable[Mistake]) -> Iterable[list[Mistake]]:
    """The mistakes by what was expected and how to fix it."""
    groups: dict[tuple[str, str], list[Mistake]] = {}
    for mistake in mistakes:
        groups.setdefault((mistake.expected, mistake.cure), []).append(mistake)
    return groups.values()


def _as_one(group: list[Mistake]) -> Mistake:
    return Mistake(
        _first(mistake.where for mistake in group),
        _first(mistake.found for mistake in group),
        group[0].expected,
        f"{group[0].cure} ({len(group)} times the same)",
    )


def _first(words: Iterable[str]) -> str:
    return shortened(list(dict.fromkeys(words)))


def command(name: str, folder: Path | str) -> str:
    """A command of exvivo for a folder, as it can be pasted into the user's shell.

    >>> command("run", "my study (RA)")
    "exvivo run 'my study (RA)'"
    """
    path = str(folder)
    quoted = shlex.quote(path) if os.name == "posix" else f'"{path}"'
    return f"exvivo {name} {quoted}"


class ExvivoError(Exception):
    """The root of the tree above."""


class UserMistake(ExvivoError):
    """Something in the user's files must be fixed; `mistakes` lists all of it at once, and `flags`
    what contradicts itself beside it.
    """

    def __init__(
        self, mistakes: Mistake | Iterable[Mistake], *, flags: Iterable[Flag] = ()
    ) -> None:
        listed = (mistakes,) if isinstance(mistakes, Mistake) else tuple(mistakes)
        self.mistakes = listed
        self.flags = tuple(flags)
        super().__init__("\n".join(map(str, condensed(listed))))


class StudyError(UserMistake):
    """A mistake in the study's own files: study.yaml, donors.csv, a plate layout or clinic.csv."""


class ReadError(UserMistake):
    """An instrument file that cannot be read as it stands."""


class StoreError(UserMistake):
    """The study folder, its database or a result that no longer matches its record."""


class Bug(ExvivoError):
    """Our fault: a room handed over a table that breaks the rules of `exvivo.tables`."""
