"""What every request can reach: the settings of the door, its studies, who knows its visitors, the
database of the door, and its queue of runs and its reports.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from fastapi import Request

from exvivo.web.database import Database
from exvivo.web.histories import Histories
from exvivo.web.jobs import Queue, Workers
from exvivo.web.reports import Reports
from exvivo.web.settings import Settings
from exvivo.web.shelf import Shelf
from exvivo.web.visitor import Keeper


@dataclass
class Site:
    """One door: made once, when the app is."""

    settings: Settings
    shelf: Shelf
    keeper: Keeper
    database: Database
    jobs: Queue
    workers: Workers
    reports: Reports = field(default_factory=Reports)
    histories: Histories = field(default_factory=Histories)


def site_of(request: Request) -> Site:
    """The site of a request."""
    return cast(Site, request.app.state.site)
