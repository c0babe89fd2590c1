"""The API asked all that its own schema allows, and much that it does not, as somebody in a role:
all phases of schemathesis.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from door_fixtures import client_as

from exvivo.web.visitor import Role

SCHEMA = "/api/v1/openapi.json"
_SETTINGS: dict[str, Any] = {
    "seed": 1,
    # 409 and 422 also say what no schema can: that the study has no such well, or one run only.
    "checks": {
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "401", "403", "404", "409", "412", "422", "428"]
        }
    },
}
PHASES = ("examples", "coverage", "fuzzing", "stateful")


@dataclass
class Fuzzed:
    """What came of it: requests that were sent, and checks that failed."""

    requests: int = 0
    operations: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)


def fuzz(
    role: Role, room: Path, study: Path, *, examples: int, phases: Sequence[str] = PHASES
) -> Fuzzed:
    """Ask the API of a door on a copy of a study, called `demo`, as somebody in a role."""
    import schemathesis
    from schemathesis.config import SchemathesisConfig
    from schemathesis.engine import events, from_schema

    shutil.copytree(study, room / "demo")
    client = client_as(role, room)
    made = {"max-examples": examples, "deterministic": True}
    chosen = {name: {"enabled": name in phases} for name in PHASES}
    settings = {**_SETTINGS, "generation": made, "phases": chosen}
    schema = schemathesis.openapi.from_asgi(
        SCHEMA, client.app, config=SchemathesisConfig.from_dict(settings)
    )
    fuzzed = Fuzzed()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _count(event, fuzzed)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            fuzzed.failures.append(str(event))
    return fuzzed


def _count(event: Any, fuzzed: Fuzzed) -> None:
    fuzzed.requests += len(event.recorder.interactions)
    fuzzed.operations |= {event.label} if event.label else set()
    for checks in event.recorder.checks.values():
        for check in checks:
            if check.failure_info:
                said = f"{event.label} {check.name}: {check.failure_info.failure}"
                fuzzed.failures.append(" ".join(said.split())[:600])
