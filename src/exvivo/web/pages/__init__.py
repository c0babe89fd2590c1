"""The pages, one module each."""

from __future__ import annotations

from fastapi import APIRouter

from exvivo.web.pages import check, enter, exclude, export, home, keep, wells, withdraw

ROUTERS: tuple[APIRouter, ...] = (
    enter.router,
    home.router,
    check.router,
    wells.router,
    exclude.router,
    keep.router,
    withdraw.router,
    export.router,
)
