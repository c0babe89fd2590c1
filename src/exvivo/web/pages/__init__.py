"""The pages, one module each."""

from __future__ import annotations

from fastapi import APIRouter

from exvivo.web.pages import (
    dictionary,
    enter,
    files,
    merge,
    new,
    opened,
    people,
    people_add,
    record,
    report,
    runs,
    scales,
    studies,
    table_1,
)

ROUTERS: tuple[APIRouter, ...] = (
    enter.router,
    studies.router,
    new.router,
    opened.router,
    files.router,
    dictionary.router,
    merge.router,
    people.router,
    scales.router,
    runs.router,
    report.router,
    record.router,
    people_add.router,
    table_1.router,
)
