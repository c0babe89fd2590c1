"""A server of the tests: two studies that need no run, a steward, and clients in it."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from authenticator import Authenticator

from exvivo.web.access.invitations import invite
from exvivo.web.database import Database
from exvivo.web.settings import Settings
from exvivo.web.visitor import Role

if TYPE_CHECKING:
    from starlette.testclient import TestClient

ORIGIN = "https://lab.example.org"
STUDIES = ("alpha", "beta")


@dataclass
class Shared:
    """A server and its app; `invited` makes the secret of a link, `joined` a client that used it."""

    settings: Settings
    app: Any
    clients: list[TestClient] = field(default_factory=list)

    @property
    def database(self) -> Database:
        """What it remembers."""
        database: Database = self.app.state.site.database
        return database

    def client(self, **options: Any) -> TestClient:
        """A browser that is not signed in."""
        from starlette.testclient import TestClient

        made = TestClient(
            self.app,
            base_url=ORIGIN,
            follow_redirects=False,
            raise_server_exceptions=False,
            headers={"origin": ORIGIN, "sec-fetch-site": "same-origin", "accept": "text/html"},
            **options,
        )
        self.clients.append(made)
        return made

    def invited(self, name: str, study: str, role: Role) -> str:
        """The secret of an invitation."""
        with self.database.writing() as transaction:
            return invite(transaction, name, {study: role}, "test")

    def joined(
        self, name: str, study: str, role: Role, device: Authenticator | None = None
    ) -> TestClient:
        """A browser of somebody who used an invitation with a passkey."""
        client, device = self.client(), device or Authenticator(ORIGIN)
        join(client, device, self.invited(name, study, role))
        return client


def join(client: TestClient, device: Authenticator, token: str) -> None:
    """Use an invitation with a passkey."""
    options = client.post(f"/invitation/{token}/passkey/begin").json()
    sent = {"credential": device.make(options), "label": "device"}
    answer = client.post(f"/invitation/{token}/passkey", json=sent)
    assert answer.json() == {"to": "/"}, answer.text


def use_passkey(client: TestClient, device: Authenticator, to: str = "/") -> Any:
    """Sign in with a passkey; gives the answer."""
    options = client.post("/sign-in/passkey/begin").json()
    return client.post("/sign-in/passkey", json={"credential": device.use(options), "to": to})


@cache
def _app() -> Any:
    """The app of all tests, whose site each replaces: its routes take a while to be made."""
    from exvivo.web.app import make_app

    room = Path(tempfile.mkdtemp())
    try:
        host = ORIGIN.removeprefix("https://")
        settings = Settings(room, room, "server", (host,), origin=ORIGIN)
        app = make_app(settings)
        app.state.site.database.close()
        return app
    finally:
        shutil.rmtree(room)


@contextmanager
def shared(folder: Path, **settings: Any) -> Iterator[Shared]:
    """A server on two studies."""
    from exvivo.web.app import make_site

    for name in STUDIES:
        (folder / "studies" / name).mkdir(parents=True)
        (folder / "studies" / name / "study.yaml").write_text(f"exvivo: 1\ntitle: Study {name}\n")
    host = ORIGIN.removeprefix("https://")
    made = Settings(folder / "studies", folder / "state", "server", (host,), origin=ORIGIN)
    made = replace(made, **settings)
    app = _app()
    app.state.site = make_site(made)
    server = Shared(made, app)
    try:
        yield server
    finally:
        for client in server.clients:
            client.close()
        server.database.close()


def text_of(page: Any) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]*>", " ", page.text).split())
