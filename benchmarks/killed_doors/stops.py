"""A server of Postgres that crashes and comes back while several threads write."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from benchmarks.postgres_server import Server
from exvivo.errors import ExvivoError
from exvivo.web.database import Away, Database, open_database

_ADD = "INSERT INTO users (id, name, created) VALUES (:id, :id, '2026-11-30T07:00:00')"
_THREADS = 4


@dataclass
class Told:
    """What was acknowledged, how much of it is gone, and errors that nobody expects."""

    acknowledged: int = 0
    lost: int = 0
    refused: int = 0
    strange: list[str] = field(default_factory=list)


def stopped_under_load(server: Server, *, stops: int, seconds: float) -> Told:
    """Write from four threads while the server crashes so many times; `seconds` is the time
    between.
    """
    database, told, kept = open_database(server.address), Told(), set[str]()
    with _writing(database, told, kept):
        for _ in range(stops):
            time.sleep(seconds)
            server.stop("immediate")
            time.sleep(seconds / 4)
            server.start()
        time.sleep(seconds)
    with database.reading() as transaction:
        there = {row["id"] for row in transaction.rows("SELECT id FROM users")}
    database.close()
    told.acknowledged, told.lost = len(kept), len(kept - there)
    return told


@contextmanager
def _writing(database: Database, told: Told, kept: set[str]) -> Iterator[None]:
    """Threads that write while the block lasts."""
    stop, number = threading.Event(), count()

    def write() -> None:
        while not stop.is_set():
            name = f"row {next(number)}"
            try:
                with database.writing() as transaction:
                    transaction.run(_ADD, id=name)
                kept.add(name)
            except Away:
                told.refused += 1
            except ExvivoError as error:
                told.strange.append(repr(error))

    threads = [threading.Thread(target=write) for _ in range(_THREADS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
