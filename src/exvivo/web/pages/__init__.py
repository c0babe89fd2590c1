"""The pages, one module each."""

from __future__ import annotations

from fastapi import APIRouter

from exvivo.web.pages import account, admin, enter, home, sign_in

ROUTERS: tuple[APIRouter, ...] = (
    enter.router,
    home.router,
    sign_in.router,
    account.router,
    admin.router,
)
