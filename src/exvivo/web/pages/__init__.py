"""The pages, one module each."""

from __future__ import annotations

from fastapi import APIRouter

from exvivo.web.pages import enter, home, plates

ROUTERS: tuple[APIRouter, ...] = (
    enter.router,
    home.router,
    plates.router,
)
