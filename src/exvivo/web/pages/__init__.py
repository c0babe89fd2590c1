"""The pages, one module each."""

from __future__ import annotations

from fastapi import APIRouter

from exvivo.web.pages import enter, home, people, people_add, table_1

ROUTERS: tuple[APIRouter, ...] = (
    enter.router,
    home.router,
    people.router,
    people_add.router,
    table_1.router,
)
