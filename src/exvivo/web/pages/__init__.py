"""The pages, one module each."""

from __future__ import annotations

from fastapi import APIRouter

from exvivo.web.pages import enter, new, studies

ROUTERS: tuple[APIRouter, ...] = (
    enter.router,
    studies.router,
    new.router,
)
