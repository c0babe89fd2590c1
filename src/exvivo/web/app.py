"""The door on one screen: its guard, its pages, and what is answered where something is wrong."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.middleware import Middleware

from exvivo import __version__
from exvivo.web.api import router as api
from exvivo.web.database import DATABASE, open_database
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
    app.state.site = Site(settings, Shelf(settings.root), _keeper(settings), database)
    for router in (*ROUTERS, api):
        app.include_router(router)
    app.mount("/static", static_files())
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)
    return app


def _guard(settings: Settings) -> list[Middleware]:
    """What stands before every page, the outermost first."""
    scheme = "http" if settings.is_local else "https"
    origins = (settings.origin,) if settings.origin else ()
    ours = (*origins, *(f"{scheme}://{host}" for host in settings.hosts))
    return [
        Middleware(Headers),
        Middleware(SameOrigin, hosts=settings.hosts, origins=ours),
    ]


def _keeper(settings: Settings) -> Keeper:
    """Who knows the visitors."""
    port = settings.hosts[0].rpartition(":")[2] if settings.hosts else ""
    return LocalKeeper(settings.token, cookie=f"exvivo-{port}")
