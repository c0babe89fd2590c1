"""The pages, one module each."""

from __future__ import annotations

from fastapi import APIRouter

from exvivo.web.pages import (
    account,
    admin,
    dictionary,
    enter,
    merge,
    new,
    people,
    people_add,
    plates,
    record,
    report,
    runs,
    scales,
    sign_in,
    studies,
    table_1,
)

ROUTERS: tuple[APIRouter, ...] = (
    enter.router,
    sign_in.router,
    studies.router,
    new.router,
    dictionary.router,
    admin.router,
    merge.router,
    people.router,
    scales.router,
    plates.router,
    runs.router,
    report.router,
    record.router,
    account.router,
    people_add.router,
    table_1.router,
)
