"""What somebody asked for, a run or the simulation of a plan, as it stands in the database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from exvivo.errors import Mistake
from exvivo.web.database import Row

State = Literal["waiting", "running", "done", "failed", "cancelled"]
Kind = Literal["run", "power"]
"""`run`: a run of the study, on record when it is made; `power`: the simulation of its plan."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job. `token` counts the workers that took it: only the last may write anything of it.
    `head` is the last row of the study's record when it was first taken; `stop` that somebody
    cancelled it; `step` what it does now, the one of `steps` until now (of `steps_of`, 0: not
    known); `wishes` the JSON of what
    was asked for beside the study. Times are seconds since 1970 by the clock of the database.
    """

    id: str
    study: str
    asked_by: str
    asked: float
    state: State
    worker: str | None = None
    token: int = 0
    lease: float | None = None
    head: str | None = None
    begun: float | None = None
    ended: float | None = None
    stop: int = 0
    steps: int = 0
    step: str = ""
    outcome: str = ""
    kind: Kind = "run"
    wishes: str = ""
    steps_of: int = 0

    @classmethod
    def of(cls, row: Row) -> Job:
        """The job of a row."""
        return cls(**row)

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in ("waiting", "running")

    @property
    def closed(self) -> str:
        """When it was over, in UTC (ISO 8601)."""
        return datetime.fromtimestamp(self.ended or 0.0, UTC).isoformat(timespec="seconds")

    @property
    def facts(self) -> dict[str, Any]:
        """What became of it: `mistakes`, a `fault`, or the `row` of the run."""
        facts = json.loads(self.outcome) if self.outcome else {}
        return facts if isinstance(facts, dict) else {}

    @property
    def fault(self) -> str:
        """What went wrong that is nobody's mistake; empty where nothing did."""
        return str(self.facts.get("fault", ""))

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """Everything to fix, where the study could not be run."""
        return tuple(Mistake(**each) for each in self.facts.get("mistakes", ()))
