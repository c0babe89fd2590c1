"""How a door stands: for one person on this computer, or shared by several on a server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from exvivo.bounds import MIB

Mode = Literal["local", "server"]


@dataclass(frozen=True)
class Settings:
    """What a door is started with.

    `root` is the folder whose folders are the studies, `state` the folder of its own database.
    `hosts` are the values of the header Host that are answered. `token` opens the door once, where
    it is local. `database` is the address of a Postgres database; without it, SQLite in `state`.
    `origin` is how people reach a server (https://exvivo.example.org). `largest` is how many bytes
    a file that is handed in may have.
    """

    root: Path
    state: Path
    mode: Mode = "local"
    hosts: tuple[str, ...] = ()
    token: str = ""
    database: str = ""
    origin: str = ""
    largest: int = 2048 * MIB

    @property
    def is_local(self) -> bool:
        """Whether one person opened it on their own computer."""
        return self.mode == "local"
