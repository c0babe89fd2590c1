"""What a reader is asked, what it gathers and hands back, and what a reader is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import polars as pl

from exvivo.bounds import BOUNDS, Bounds
from exvivo.errors import Mistake, ReadError
from exvivo.study import Assay
from exvivo.tables import READINGS, VENDOR

AssayKind = Literal["qpcr", "beads", "immunoassay", "results"]
"""The kinds of assay of a study, as in `exvivo.study.Assay`."""
_VENDOR_COLUMNS = ("block", "row", "channel", "text")


@dataclass(frozen=True, slots=True)
class Ignored:
    """A column, block or element of a file that was not read, and why; with what to do about it
    where something is lost.
    """

    what: str
    why: str
    cure: str = ""


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
    left_out: frozenset[tuple[str, str]] = frozenset()
    """Wells and channels that the instrument's software omitted and gives no result for."""

    def without(self, left_out: frozenset[tuple[str, str]]) -> FileRead:
        """The file without any reading of some wells and channels, which it names as left out."""
        if not left_out:
            return self
        keys = pl.DataFrame(sorted(left_out), schema=["well", "channel"], orient="row")
        readings = self.readings.join(
            keys, on=["well", "channel"], how="anti", maintain_order="left"
        )
        return replace(self, readings=readings, left_out=self.left_out | left_out)


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What a reader needs to know: the names that go into the rows, and the assay the file belongs
    to.

    `source` is the file as the study names it, `sha256` the hash of its bytes, `well` the well of a
    one-well file, `run` the run of a file that holds several, and `analytes` the ids a table of
    results may use as column names. `constant_well`: the well that every one-well file of the plate
    states, which therefore tells nothing. `bounds` are those of what is packed in the file.
    """

    source: str
    sha256: str
    plate: str
    assay: Assay
    well: str | None = None
    run: str = ""
    analytes: tuple[str, ...] = ()
    constant_well: str = ""
    bounds: Bounds = BOUNDS


@dataclass
class Gathered:
    """What a reader gathers of one file: mistakes, what it does not read, and what the instrument's
    software wrote beside its readings. `file_read` raises the mistakes, or makes the tables.
    """

    request: Request
    mistakes: list[Mistake] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    vendor: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Rows of VENDOR: block, row, channel and text."""

    def complain(self, where: str, found: str, expected: str, cure: str) -> None:
        """Add a mistake."""
        self.mistakes.append(Mistake(where, found, expected, cure))

    def ignore(self, what: str, why: str) -> None:
        """List a part of the file that is not read."""
        self.ignored.append(Ignored(what, why))

    def beside(self, block: str, row: str, text: str, channel: str = "") -> None:
        """A VENDOR row: what the instrument's software wrote beside its readings. A blank says
        nothing.
        """
        if text:
            self.vendor.append((block, row, channel, text))

    def refuse_mistakes(self) -> None:
        """Raises `ReadError` with all mistakes gathered so far, if there are any."""
        if self.mistakes:
            raise ReadError(self.mistakes)

    def file_read(self, readings: pl.DataFrame, header: Mapping[str, str]) -> FileRead:
        """The tables of the file; `readings` are columns of READINGS without source, sha256 and
        plate, which come from the request. Raises `ReadError` with all mistakes.
        """
        self.refuse_mistakes()
        request = self.request
        same = {
            "source": pl.lit(request.source),
            "sha256": pl.lit(request.sha256),
            "plate": pl.lit(request.plate),
        }
        vendor = pl.DataFrame(
            self.vendor, schema=dict.fromkeys(_VENDOR_COLUMNS, pl.String), orient="row"
        )
        return FileRead(
            READINGS.complete(readings.with_columns(**same)),
            tuple(self.ignored),
            dict(header),
            VENDOR.complete(vendor.with_columns(**same)),
        )
