"""A real server of Postgres for tests, from Debian's package."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from benchmarks import postgres_server
from benchmarks.postgres_server import Absent, Server

__all__ = ["Server", "running"]


@contextmanager
def running() -> Iterator[Server]:
    """A server while the block lasts; skips the test where there is none, unless all must be."""
    try:
        with postgres_server.running() as server:
            yield server
    except Absent as absent:
        if os.environ.get("EXVIVO_ALL_SERVICES") == "1":
            raise
        pytest.skip(str(absent))
