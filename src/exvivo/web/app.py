"""The door on one screen: its guard, its pages, and what is answered where something is wrong."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware import Middleware

from exvivo import __version__
from exvivo.web.access.keeper import ServerKeeper
from exvivo.web.api import router as api
from exvivo.web.database import DATABASE, Database, open_database
from exvivo.web.guard import Headers, LocalKeeper, SameOrigin
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
        openapi_url="/api/v1/openapi.json",
        middleware=_guard(settings),
    )
    database = open_database(settings.database or settings.state / DATABASE)
    keeper = _keeper(settings, database)
    app.state.site = Site(settings, Shelf(settings.root), keeper, database)
    for router in (*ROUTERS, api):
        app.include_router(router)
    app.mount("/static", static_files())
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)
    return app


def _guard(settings: Settings) -> list[Middleware]:
    """What stands before every page, the outermost first."""
    local = (f"http://{host}" for host in settings.hosts)
    ours = tuple(local) if settings.is_local else (settings.origin,)
    return [
        Middleware(Headers),
        Middleware(SameOrigin, hosts=settings.hosts, origins=ours),
    ]


def _keeper(settings: Settings, database: Database) -> Keeper:
    """Who knows the visitors."""
    if not settings.is_local:
        return ServerKeeper(settings, database)
    port = settings.hosts[0].rpartition(":")[2] if settings.hosts else ""
    return LocalKeeper(settings.token, cookie=f"exvivo-{port}")
