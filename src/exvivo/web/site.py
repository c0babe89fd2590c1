"""What every request can reach: the settings of the door, its studies, and who knows its
visitors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from exvivo.web.settings import Settings
from exvivo.web.shelf import Shelf
from exvivo.web.visitor import Keeper


@dataclass
class Site:
    """One door: made once, when the app is."""

    settings: Settings
    shelf: Shelf
    keeper: Keeper


def site_of(request: Request) -> Site:
    """The site of a request."""
    return cast(Site, request.app.state.site)
