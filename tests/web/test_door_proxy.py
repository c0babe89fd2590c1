"""Sign-in by a proxy that names the person in a header."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from shared_server import Shared, shared, text_of

from exvivo.web.settings import UNIX_SOCKET, Proxy
from exvivo.web.visitor import Role

HEADER = {"X-Remote-User": "ada@lab"}
NETWORK = Proxy("X-Remote-User", ("10.0.0.5", "192.168.7.0/24"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Shared]:
    with shared(tmp_path, proxy=NETWORK, passkeys=False) as made:
        yield made


def known(server: Shared) -> None:
    client = server.client(client=("10.0.0.5", 4000))
    token = server.invited("Ada", "alpha", Role.ANALYST)
    page = client.get(f"/invitation/{token}", headers=HEADER)
    assert "Join as ada@lab" in text_of(page)
    assert client.post(f"/invitation/{token}/proxy", headers=HEADER).status_code == 303


@pytest.mark.parametrize("address", ["10.0.0.5", "192.168.7.31"])
def test_whom_the_proxy_names_is_in(server: Shared, address: str) -> None:
    known(server)
    client = server.client(client=(address, 4000))
    assert "Study alpha" in text_of(client.get("/", headers=HEADER))
    assert client.get("/", headers={"X-Remote-User": "bob@lab"}).status_code == 303
    assert client.get("/").status_code == 303


@pytest.mark.parametrize("address", ["10.0.0.6", "192.168.8.1", "127.0.0.1", "::1", "testclient"])
def test_the_header_of_anybody_else_says_nothing(server: Shared, address: str) -> None:
    known(server)
    client = server.client(client=(address, 4000))
    assert client.get("/", headers=HEADER).status_code == 303
    forwarded = {**HEADER, "X-Forwarded-For": "10.0.0.5", "Forwarded": "for=10.0.0.5"}
    assert client.get("/", headers=forwarded).status_code == 303
    token = server.invited("Eve", "alpha", Role.VIEWER)
    assert client.post(f"/invitation/{token}/proxy", headers=HEADER).status_code == 403


def test_two_names_are_none(server: Shared) -> None:
    """A header of the person's own before that of the proxy."""
    known(server)
    client = server.client(client=("10.0.0.5", 4000))
    twice = [("X-Remote-User", "eve@lab"), ("X-Remote-User", "ada@lab")]
    assert client.get("/", headers=twice).status_code == 303


def test_one_name_is_one_account(server: Shared) -> None:
    known(server)
    client = server.client(client=("10.0.0.5", 4000))
    token = server.invited("Eve", "beta", Role.VIEWER)
    assert client.post(f"/invitation/{token}/proxy", headers=HEADER).status_code == 422
    assert client.get("/s/beta", headers=HEADER).status_code == 404
    assert client.get(f"/invitation/{token}").status_code == 200, "the link is not used up"


def test_somebody_unknown_is_told_what_to_do(server: Shared) -> None:
    client = server.client(client=("10.0.0.5", 4000))
    assert "no account for this name" in text_of(client.get("/sign-in", headers=HEADER))


def test_a_unix_socket_is_trusted_by_name_only(tmp_path: Path) -> None:
    trusted = Proxy("X-Remote-User", (UNIX_SOCKET,))
    with shared(tmp_path, proxy=trusted) as server:
        assert server.client(client=("", 0)).get("/sign-in", headers=HEADER).text.count("ada@lab")
        assert "ada@lab" not in server.client(client=("10.0.0.5", 1)).get("/sign-in").text
