"""What a form asks of a plan, and what a job is told of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from exvivo.errors import Mistake, StudyError
from exvivo.planned_sizes import whole_number

if TYPE_CHECKING:
    from exvivo.plan.power import Wishes

FEWEST, MOST = 100, 100_000
"""Simulated studies of a size that a door draws."""


def power_wishes(told: Mapping[str, Any]) -> Wishes:
    """The wishes of a job."""
    from exvivo.plan.power import Axes, Wishes

    return Wishes(axes=Axes(**told["axes"]), studies=told["studies"], ranks=told["ranks"])


def power_text(wishes: Wishes) -> str:
    """The wishes as a job is told them."""
    told = {"axes": asdict(wishes.axes), "studies": wishes.studies, "ranks": wishes.ranks}
    return json.dumps(told, sort_keys=True)


def sent_wishes(sent: Mapping[str, str]) -> Wishes:
    """The wishes of a form. Raises `StudyError` for a number of studies that no door draws."""
    from exvivo.plan.power import Axes, Wishes

    axes = Axes(**{each.name: sent.get(each.name, "") for each in fields(Axes)})
    text = sent.get("studies", "").strip()
    studies = whole_number(text, MOST, least=FEWEST) if text else None
    if text and studies is None:
        expected = f"a whole number from {FEWEST} to {MOST:,}"
        raise StudyError(Mistake("simulated studies", f"`{text}`", expected, "type 4000"))
    return Wishes(axes=axes, studies=studies, ranks=bool(sent.get("ranks")))
