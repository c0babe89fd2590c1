"""The door on one screen: its guard, its pages, and what is answered where something is wrong."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from exvivo import __version__
from exvivo.web.access.keeper import ServerKeeper
from exvivo.web.api import router as api
from exvivo.web.database import DATABASE, Database, open_database
from exvivo.web.guard import Headers, LocalKeeper, ReadyReports, SameOrigin
from exvivo.web.jobs import Queue, Workers
from exvivo.web.pages import ROUTERS
from exvivo.web.refusals import HANDLERS
from exvivo.web.settings import Settings
from exvivo.web.shelf import Shelf
from exvivo.web.site import Site
from exvivo.web.static_files import static_files
from exvivo.web.visitor import Keeper


def make_app(settings: Settings) -> FastAPI:
    """The door with these settings, as an ASGI app."""
    app = FastAPI(
        title="exvivo",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # part of the API, behind the same guard
        middleware=_guard(settings),
        lifespan=_at_work,
    )
    app.state.site = make_site(settings)
    for router in (*ROUTERS, api):
        app.include_router(router)
    app.mount("/static", static_files())
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)
    return app


def make_site(settings: Settings) -> Site:
    """What every request can reach."""
    database = open_database(settings.database or settings.state / DATABASE)
    shelf, queue = Shelf(settings.root), Queue(database)
    at_once = 1 if settings.is_local else max(1, (os.cpu_count() or 1) // 2)
    workers = Workers(queue, shelf.folder, at_once)
    return Site(settings, shelf, _keeper(settings, database), database, queue, workers)


@asynccontextmanager
async def _at_work(app: FastAPI) -> AsyncIterator[None]:
    """Runs are made while the door is open; one that is cut short is taken up again."""
    site: Site = app.state.site
    site.workers.start()
    try:
        yield
    finally:
        await run_in_threadpool(site.workers.stop)
        site.database.close()


def _guard(settings: Settings) -> list[Middleware]:
    """What stands before every page, the outermost first."""
    local = (f"http://{host}" for host in settings.hosts)
    ours = tuple(local) if settings.is_local else (settings.origin,)
    return [
        Middleware(Headers, is_secure=settings.origin.startswith("https://")),
        Middleware(SameOrigin, hosts=settings.hosts, origins=ours),
        Middleware(ReadyReports),
    ]


def _keeper(settings: Settings, database: Database) -> Keeper:
    """Who knows the visitors."""
    if not settings.is_local:
        return ServerKeeper(settings, database)
    port = settings.hosts[0].rpartition(":")[2] if settings.hosts else ""
    return LocalKeeper(settings.token, cookie=f"exvivo-{port}")
