"""The pages, one module each."""

from __future__ import annotations

from fastapi import APIRouter

from exvivo.web.pages import enter, home, merge, record, report, runs

ROUTERS: tuple[APIRouter, ...] = (
    enter.router,
    home.router,
    merge.router,
    runs.router,
    report.router,
    record.router,
)
