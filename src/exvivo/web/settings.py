"""How a door stands: for one person on this computer, or shared by several on a server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from exvivo.bounds import MIB

Mode = Literal["local", "server"]


UNIX_SOCKET = "unix"
"""Stands for the Unix socket of the door among what is trusted."""


@dataclass(frozen=True)
class Provider:
    """A provider of OpenID Connect that people sign in with: its address, the name of the door
    there with its secret, and what people call it.
    """

    issuer: str
    client: str
    secret: str
    label: str = "your institution"


@dataclass(frozen=True)
class Proxy:
    """A proxy that names people in a header, and what is trusted to be it: addresses or networks,
    or `UNIX_SOCKET`.
    """

    header: str
    trusted: tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """What a door is started with.

    `root` is the folder whose folders are the studies, `state` the folder of its own database.
    `hosts` are the values of the header Host that are answered. `token` opens the door once, where
    it is local. `database` is the address of a Postgres database; without it, SQLite in `state`.
    `origin` is how people reach a server (https://exvivo.example.org). `largest` is how many bytes
    a file that is handed in may have.

    Of a server: whether people sign in with `passkeys`, with a `provider`, by a `proxy`; and after
    how many `session_hours` they sign in again.
    """

    root: Path
    state: Path
    mode: Mode = "local"
    hosts: tuple[str, ...] = ()
    token: str = ""
    database: str = ""
    origin: str = ""
    largest: int = 2048 * MIB
    passkeys: bool = True
    provider: Provider | None = None
    proxy: Proxy | None = None
    session_hours: float = 12.0

    @property
    def is_local(self) -> bool:
        """Whether one person opened it on their own computer."""
        return self.mode == "local"

    @property
    def is_https(self) -> bool:
        """Whether people reach it by https only."""
        return urlsplit(self.origin).scheme == "https"
