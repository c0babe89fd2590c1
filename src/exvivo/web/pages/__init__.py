"""The pages, one module each."""

from __future__ import annotations

from fastapi import APIRouter

from exvivo.web.pages import (
    account,
    admin,
    check,
    dictionary,
    enter,
    exclude,
    export,
    keep,
    merge,
    new,
    people,
    people_add,
    plates,
    question,
    questions,
    record,
    report,
    runs,
    scales,
    sign_in,
    studies,
    table_1,
    wells,
    withdraw,
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
    questions.router,
    question.router,
    check.router,
    runs.router,
    report.router,
    wells.router,
    record.router,
    withdraw.router,
    export.router,
    account.router,
    exclude.router,
    keep.router,
    people_add.router,
    table_1.router,
)
