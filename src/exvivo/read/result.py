"""What a reader is asked, what it hands back, and what a reader is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from exvivo.study import Assay
from exvivo.tables import VENDOR


@dataclass(frozen=True, slots=True)
class Ignored:
    """A column, block or element of a file that was not read, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class FileRead:
    """One instrument file, read: its READINGS, what of it was not read, and the facts it states
    about itself.

    `vendor` is a VENDOR table: what the instrument's software made of its readings, as text.
    """

    readings: pl.DataFrame
    ignored: tuple[Ignored, ...] = ()
    header: Mapping[str, str] = field(default_factory=dict)
    vendor: pl.DataFrame = field(default_factory=VENDOR.frame)


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What a reader needs to know: the names that go into the rows, and the assay the file belongs
    to.

    `source` is the file as the study names it, `sha256` the hash of its bytes, `well` the well of a
    one-well file, `run` the run of a file that holds several, and `analytes` the ids a table of
    results may use as column names.
    """

    source: str
    sha256: str
    plate: str
    assay: Assay
    well: str | None = None
    run: str = ""
    analytes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """One file format: its name, the assay kinds it serves, whether a file is of it, and how it is
    read.

    `sniff` gets the file's bytes and its suffix in lower case (`.rdml`); it must be quick, and is
    asked in the order of the registry. `read` gets the bytes and what it needs to know. `runs`:
    files may hold several runs.
    """

    name: str
    serves: tuple[str, ...]
    sniff: Callable[[bytes, str], bool]
    read: Callable[[bytes, Request], FileRead]
    runs: bool = False
