"""The pages, one module each."""

from __future__ import annotations

from fastapi import APIRouter

from exvivo.web.pages import (
    dictionary,
    enter,
    home,
    merge,
    people,
    people_add,
    record,
    redcap,
    report,
    runs,
    scales,
    table_1,
)

ROUTERS: tuple[APIRouter, ...] = (
    enter.router,
    home.router,
    dictionary.router,
    merge.router,
    people.router,
    scales.router,
    runs.router,
    report.router,
    record.router,
    people_add.router,
    redcap.router,
    table_1.router,
)
