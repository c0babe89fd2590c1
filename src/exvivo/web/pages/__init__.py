"""The pages, one module each."""

from __future__ import annotations

from fastapi import APIRouter

from exvivo.web.pages import enter, home, record, report, runs

ROUTERS: tuple[APIRouter, ...] = (
    enter.router,
    home.router,
    runs.router,
    report.router,
    record.router,
)
