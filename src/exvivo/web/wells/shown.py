"""Mistakes and flags as a page shows them: each with the pages on which it can be mended, and
without what only those may see who may see people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from exvivo.checking import Checked
from exvivo.errors import Mistake, condensed
from exvivo.flagged import Flag
from exvivo.study import Study
from exvivo.web.access.seen import without_people
from exvivo.web.wells.places import Link, of_flag, of_mistake

_PEOPLE = ("clinic", "donors", "cultures")
"""The tables whose flags quote what only few may see."""
_HIDDEN = "a cell of a table of people, which your role does not show"


@dataclass(frozen=True)
class ToFix:
    """A mistake and where it can be mended."""

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


def to_fix(checked: Checked, *, identify: bool) -> list[ToFix]:
    """The mistakes of a check; of tables of people only where, without the right to see them."""
    listed = checked.mistakes if identify else _without_people(checked)
    return [
        ToFix(each, of_mistake(each, checked.study, checked.sources)) for each in condensed(listed)
    ]


def _without_people(checked: Checked) -> tuple[Mistake, ...]:
    """The mistakes without what was found in files that tell of persons."""
    if checked.sources is None:
        return tuple(replace(each, found=_HIDDEN) for each in checked.mistakes)
    return without_people(checked.mistakes, checked.sources.root)


def raised(flags: Iterable[Flag], study: Study | None, *, identify: bool) -> list[Raised]:
    """Flags with their pages, those that ask first."""
    order = {"stop": 0, "look": 1, "note": 2}
    shown = [_seen(flag, study, identify) for flag in flags]
    return sorted(shown, key=lambda each: (not each.asks, order[each.flag.severity]))


def _seen(flag: Flag, study: Study | None, identify: bool) -> Raised:
    links = of_flag(flag, study)
    if identify or flag.table not in _PEOPLE:
        return Raised(flag, links)
    return Raised(replace(flag, row="tables of people", what=_HIDDEN, evidence=()), links)
