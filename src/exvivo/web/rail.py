"""The rail that leads through the pages of a study, in the order in which one takes them."""

from __future__ import annotations

from dataclasses import dataclass

from exvivo.web.visitor import Permission


@dataclass(frozen=True)
class Stop:
    """A page of a study in the rail: what comes behind the study in its address, its label, and
    the permission without which it is not shown.
    """

    path: str
    label: str
    permission: Permission


RAIL = (
    Stop("", "Overview", Permission.READ),
    Stop("/files", "Files", Permission.WORK),
    Stop("/people", "People", Permission.READ),
    Stop("/plates", "Plates", Permission.WORK),
    Stop("/questions", "Questions", Permission.WORK),
    Stop("/plan", "Plan", Permission.WORK),
    Stop("/check", "Check", Permission.WORK),
    Stop("/runs", "Runs and report", Permission.READ),
    Stop("/summary", "Plain summary", Permission.READ),
    Stop("/claims", "Check a text", Permission.READ),
    Stop("/wells", "Wells and flags", Permission.WORK),
    Stop("/record", "Record", Permission.READ),
    Stop("/export", "Export", Permission.EXPORT),
)
"""The way through a study, in the order in which one takes it."""
