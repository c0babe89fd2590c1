"""Mistakes and flags as a page shows them: each with the pages on which it can be fixed, and
without what only those may see who may see people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from exvivo.checking import Checked
from exvivo.errors import Mistake, condensed
from exvivo.flagged import Flag
from exvivo.study import Study
from exvivo.web.access.seen import flags_without_people, without_people
from exvivo.web.wells.places import Link, of_flag, of_mistake


@dataclass(frozen=True)
class ToFix:
    """A mistake and where it can be fixed."""

    mistake: Mistake
    links: list[Link]


@dataclass(frozen=True)
class Raised:
    """A flag and where it can be looked at."""

    flag: Flag
    links: list[Link]

    @property
    def asks(self) -> bool:
        """Whether a person has to answer it."""
        return self.flag.severity != "note" and self.flag.accepted is None


def to_fix(checked: Checked, folder: Path, *, identify: bool) -> list[ToFix]:
    """The mistakes of a check; of tables of people only where, without the right to see them."""
    listed = checked.mistakes if identify else without_people(checked.mistakes, folder)
    return [
        ToFix(each, of_mistake(each, checked.study, checked.sources)) for each in condensed(listed)
    ]


def raised(flags: Sequence[Flag], study: Study | None, *, identify: bool) -> list[Raised]:
    """Flags with their pages, those that ask first."""
    order = {"stop": 0, "look": 1, "note": 2}
    seen = flags if identify else flags_without_people(flags)
    shown = [
        Raised(as_seen, of_flag(flag, study)) for flag, as_seen in zip(flags, seen, strict=True)
    ]
    return sorted(shown, key=lambda each: (not each.asks, order[each.flag.severity]))
