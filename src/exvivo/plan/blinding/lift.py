"""A blinding lifted: the row that says so, and the key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exvivo import store
from exvivo.plan.blinding.codes import Key, Named
from exvivo.plan.blinding.key_of import key_now
from exvivo.store.chain import Row
from exvivo.words import counted


@dataclass(frozen=True)
class Lifted:
    """A blinding that was lifted: its key, the row that says so, and how many runs and decisions
    were made under it.
    """

    key: Key
    row: Row
    runs: int
    decisions: int

    @property
    def since(self) -> str:
        """What was done under the codes, in a sentence."""
        runs, decisions = counted(self.runs, "run"), counted(self.decisions, "decision")
        return f"{runs} and {decisions} were made under codes."


def lifted(folder: Path, *, who: str = "", reason: str = "") -> Lifted:
    """Lift the blinding of a study folder. Raises `StoreError` where it is not blinded."""
    from exvivo.record import renew_page

    key = key_now(folder) or Key.of(b"", Named({}))
    under = [entry for entry in store.entries(folder) if entry.facts.get("blinded")]
    row = store.unblind(folder, who=who, reason=reason)
    renew_page(folder)
    runs = sum(entry.is_run for entry in under)
    return Lifted(key, row, runs, len(under) - runs)
