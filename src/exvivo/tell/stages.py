"""How far the people of a study came: recruited, with wells, measured, in an answer; and why the
others did not, as STROBE asks for (von Elm 2007, doi 10.1016/S0140-6736(07)61602-X, item 13).

Everybody of donors.csv is counted once at each stage, and is lost at one stage only, for one
reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from exvivo.study import Study
from exvivo.study.ids import WITHDRAWN
from exvivo.tell.tables import Tables
from exvivo.tell.who import Roll, Row, absent_donors
from exvivo.words import listed, shortened

_REASONS = 2
"""Different reasons of a donor who is in no answer that are named."""


@dataclass(frozen=True, slots=True)
class Loss:
    """People who are lost behind a stage for one reason, group by group."""

    why: str
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """How many people of each group came so far, and who comes no further."""

    name: str
    groups: tuple[int, ...]
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True)
class Stages:
    """The people of a study on their way into its answers."""

    study: Study
    tables: Tables
    roll: Roll

    def all(self) -> tuple[Stage, ...]:
        """The stages in their order; none of a study without donors or layouts."""
        if self.study.donors.is_empty() or self.study.layout.is_empty():
            return ()
        steps = (
            ("recruited", self._unplaced),
            ("with a well", self._unmeasured),
            ("with a result", self._unanswered),
        )
        stages, left = [], list(self._groups)
        for name, why in steps:
            lost = {donor: reason for donor in left if (reason := why(donor))}
            stages.append(Stage(name, self._count(left), self._losses(lost)))
            left = [donor for donor in left if donor not in lost]
        return (*stages, Stage("in an answer", self._count(left)))

    @cached_property
    def _groups(self) -> dict[str, str]:
        """The group of each donor."""
        return dict(self.study.donors.select("donor", "group").iter_rows())

    def _count(self, donors: Sequence[str]) -> tuple[int, ...]:
        """How many of some donors each group has."""
        counts = Counter(self._groups[donor] for donor in donors)
        return tuple(counts[group.id] for group in self.study.groups)

    def _losses(self, lost: Mapping[str, str]) -> tuple[Loss, ...]:
        """Those who are lost, by reason, the most frequent first."""
        by_reason: dict[str, list[str]] = {}
        for donor, reason in lost.items():
            by_reason.setdefault(reason, []).append(donor)
        ordered = sorted(by_reason.items(), key=lambda each: -len(each[1]))
        return tuple(Loss(reason, self._count(donors)) for reason, donors in ordered)

    def _unplaced(self, donor: str) -> str:
        """Why a donor has no well; empty where there is one."""
        if donor.startswith(WITHDRAWN):
            return "withdrew"
        return "" if donor in self._wells else "no well in any layout"

    def _unmeasured(self, donor: str) -> str:
        """Why a donor has no result of any assay; empty where there is one."""
        if donor in self._measured:
            return ""
        reasons = self._wells[donor]
        if all(reasons):
            return f"all wells left out by people ({shortened(sorted({*reasons}), _REASONS)})"
        return "no well gave a result"

    def _unanswered(self, donor: str) -> str:
        """Why a donor is in no answer; empty where there is one."""
        if donor in self._answered:
            return ""
        rows = self._absent.get(donor, [])
        reasons = list(dict.fromkeys(map(self.roll.words_of, rows)))
        more = len(reasons) - _REASONS
        named = [*reasons[:_REASONS], *([f"{more} more"] if more > 0 else [])]
        return listed(named) or "no question asks about them"

    @cached_property
    def _wells(self) -> dict[str, list[str]]:
        """The wells of each donor: why people left each of them out, empty where they did not."""
        wells: dict[str, list[str]] = {}
        for donor, why in self.study.layout.select("donor", "exclude").iter_rows():
            if donor is not None:
                wells.setdefault(donor, []).append(why or "")
        return wells

    @cached_property
    def _measured(self) -> frozenset[str]:
        return frozenset(self.tables.quantities["donor"].drop_nulls())

    @cached_property
    def _answered(self) -> frozenset[str]:
        return frozenset(self.tables.answered["donor"])

    @cached_property
    def _absent(self) -> dict[str, list[Row]]:
        """The rows of LEFT_OUT that are about a donor, by donor."""
        return absent_donors(self.tables.left_out)
