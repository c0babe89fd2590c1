"""What a decision would make of every answer, as rows of a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exvivo.tell.names import about
from exvivo.tell.words import ends_of, p_value, sized

if TYPE_CHECKING:
    from exvivo.decide.decisions import Outlook
    from exvivo.findings import Finding


@dataclass(frozen=True)
class Side:
    """An answer at one time."""

    estimate: str
    interval: str
    p: str
    verdict: str

    @classmethod
    def of(cls, finding: Finding) -> Side:
        """That of a finding."""
        return cls(
            sized(finding.estimate, finding.unit),
            ends_of(finding.lower, finding.upper, finding.unit),
            p_value(finding.p_adjusted if finding.p_adjusted is not None else finding.p),
            finding.verdict or "",
        )


@dataclass(frozen=True)
class Turn:
    """An answer that changes: what it is about, now and then; `turned`: its verdict is another."""

    question: str
    about: str
    now: Side
    then: Side

    @property
    def turned(self) -> bool:
        """Whether the verdict is another."""
        return self.now.verdict != self.then.verdict


@dataclass(frozen=True)
class Seen:
    """An outlook for a page: the answers that change, those whose verdict does first; how many
    stay; and whether what is now is what the last run found.
    """

    turns: tuple[Turn, ...]
    unchanged: int
    ran: bool

    @property
    def turned(self) -> int:
        """How many verdicts change."""
        return sum(turn.turned for turn in self.turns)


def seen(outlook: Outlook) -> Seen:
    """An outlook as a page shows it."""
    turns = sorted(_turns(outlook), key=lambda turn: not turn.turned)
    return Seen(tuple(turns), outlook.unchanged, outlook.ran)


def _turns(outlook: Outlook) -> Iterator[Turn]:
    study = outlook.gathered.study
    for now, then in outlook.pairs:
        yield Turn(now.question, about(now, study), Side.of(now), Side.of(then))
