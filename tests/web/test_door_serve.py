"""What a server is started with, and how it listens."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from door_server import SOURCE, stop

from exvivo.errors import UserMistake
from exvivo.web.access.invitations import invite
from exvivo.web.access.server import Asked, server_settings
from exvivo.web.access.users import add_user, know_as
from exvivo.web.database import DATABASE, open_database

ORIGIN = "https://lab.example.org"


def asked(root: Path, **more: Any) -> Asked:
    return Asked(**{"root": root, "state": None, "database": "", "origin": ORIGIN, **more})


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"origin": "lab.example.org"}, "--origin"),
        ({"origin": "http://lab.example.org"}, "--origin"),
        ({"origin": "https://lab.example.org/exvivo"}, "--origin"),
        ({"origin": "https://Lab.example.org"}, "--origin"),
        ({"origin": "https://user@lab.example.org"}, "--origin"),
        ({"origin": "https://10.0.0.5"}, "--origin"),
        ({"passkeys": False}, "sign-in"),
        ({"issuer": "https://login.example.org"}, "--provider"),
        ({"issuer": "http://login.example.org", "client": "x", "secret": "y"}, "--provider"),
        ({"header": "X-Remote-User"}, "--proxy-header"),
        ({"trusted": ("10.0.0.5",)}, "--proxy-header"),
        ({"header": "X-Remote-User", "trusted": ("proxy",)}, "--trust"),
        ({"header": "X-Remote-User", "trusted": ("0.0.0.0/0",)}, "--trust"),
        ({"header": "X-Remote-User", "trusted": ("10.0.0.5/8",)}, "--trust"),
    ],
    ids=repr,
)
def test_what_is_not_safe_is_refused(tmp_path: Path, wrong: dict[str, Any], where: str) -> None:
    with pytest.raises(UserMistake) as error:
        server_settings(asked(tmp_path, **wrong))
    assert where in {each.where for each in error.value.mistakes}


@pytest.mark.parametrize("origin", [ORIGIN, f"{ORIGIN}:8443", "http://localhost:8000"])
def test_what_is_safe_is_taken(tmp_path: Path, origin: str) -> None:
    settings = server_settings(asked(tmp_path, origin=origin))
    assert settings.hosts == (origin.split("//")[1],) and settings.origin == origin
    assert settings.is_https is origin.startswith("https") and not settings.is_local


def answer(place: Path | int, *headers: str) -> str:
    """What is answered to a request for the page of studies, by a socket or a port."""
    with socket.socket(socket.AF_UNIX if isinstance(place, Path) else socket.AF_INET) as talk:
        talk.connect(str(place) if isinstance(place, Path) else ("127.0.0.1", place))
        lines = ["GET / HTTP/1.1", "Host: lab.example.org", "Connection: close", *headers]
        talk.sendall("\r\n".join([*lines, "", ""]).encode())
        parts = []
        while part := talk.recv(65536):
            parts.append(part)
    return b"".join(parts).decode()


def started(root: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "exvivo", "serve", str(root), "--origin", ORIGIN, *options]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and "serves" in process.stdout.readline()
    return process


def until_it_answers(place: Path | int, *headers: str) -> str:
    for _ in range(200):
        try:
            return answer(place, *headers)
        except OSError:
            time.sleep(0.05)
    raise AssertionError("no answer")


@pytest.mark.parametrize("by", ["socket", "port"])
def test_only_the_proxy_says_who_somebody_is(tmp_path: Path, by: str) -> None:
    """In a process of its own: what the server of HTTP makes of headers counts as well."""
    root = tmp_path / "studies"
    root.mkdir()
    database = open_database(root / ".door" / DATABASE)
    with database.writing() as transaction:
        know_as(transaction, add_user(transaction, "Ada").id, "proxy", "ada")
        invite(transaction, "Bob", {}, "test")
    database.close()
    path = tmp_path / "door.sock"
    with socket.socket() as looking:
        looking.bind(("127.0.0.1", 0))
        port = looking.getsockname()[1]
    place: Path | int = path if by == "socket" else port
    listen = f"unix:{path}" if by == "socket" else f"127.0.0.1:{port}"
    trust = "unix" if by == "socket" else "10.0.0.5"
    process = started(root, "--listen", listen, "--proxy-header", "X-Remote-User", "--trust", trust)
    try:
        first = until_it_answers(place, "X-Remote-User: ada")
        forged = answer(place, "X-Remote-User: ada", "X-Forwarded-For: 10.0.0.5")
        if by == "socket":
            assert "200 OK" in first and "Ada" in first
            assert not path.stat().st_mode & stat.S_IRWXO, "only the group reaches the socket"
            assert "303" in answer(place)
        else:
            assert "303" in first and "303" in forged
        assert "server:" not in first.lower()
    finally:
        stop(process)
