"""The pages, one module each."""

from __future__ import annotations

from fastapi import APIRouter

from exvivo.web.pages import dictionary, enter, home, people, people_add, scales, table_1

ROUTERS: tuple[APIRouter, ...] = (
    dictionary.router,
    enter.router,
    home.router,
    people.router,
    people_add.router,
    scales.router,
    table_1.router,
)
