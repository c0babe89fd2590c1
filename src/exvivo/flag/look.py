"""What the rules look at, and how they say what they saw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from exvivo.study import Study
from exvivo.tables import FINDINGS, VENDOR

Flag = dict[str, object]
"""A row of FLAGS."""
_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class Look:
    """A run as it stands before anything is flagged. `ignored` are (file, what was not read,
    why).
    """

    study: Study
    wells: pl.DataFrame
    quantities: pl.DataFrame
    assays: pl.DataFrame
    responses: pl.DataFrame
    ignored: tuple[tuple[str, str, str], ...] = ()
    vendor: pl.DataFrame = field(default_factory=VENDOR.frame)
    findings: pl.DataFrame = field(default_factory=FINDINGS.frame)

    @property
    def amounts(self) -> pl.DataFrame:
        """The quantities without the signals that are kept beside them."""
        return self.quantities.filter(on="amount")

    def fitted(self, kind: str) -> Iterator[tuple[dict[str, Any], dict[str, float]]]:
        """The rows of ASSAYS of one kind, each with its figures by name."""
        for row in self.assays.filter(kind=kind).iter_rows(named=True):
            yield row, {figure["name"]: figure["value"] for figure in row["figures"]}


def flag(
    table: str,
    row: str,
    *,
    severity: Literal["stop", "look", "note"] = "look",
    what: str,
    why: str,
    cure: str,
) -> Flag:
    """A row of FLAGS: where, what was seen, why it matters, what to do."""
    return {
        "table": table,
        "row": row,
        "severity": severity,
        "what": what,
        "why": why,
        "cure": cure,
    }


def listed(names: Iterable[object]) -> str:
    """The first few of many names, and how many more there are.

    >>> listed(["A1", "A2"]), listed(range(10))
    ('A1, A2', '0, 1, 2, 3, 4, 5, 6, 7 and 2 more')
    """
    known = [str(name) for name in names]
    rest = len(known) - _SHOWN
    return ", ".join(known[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def counted(count: float, one: str, many: str) -> str:
    """A count with its words, in the singular where it is one.

    >>> counted(1, "well has", "wells have"), counted(3, "well has", "wells have")
    ('1 well has', '3 wells have')
    """
    return f"{count:.0f} {one if count == 1 else many}"


def place(row: dict[str, Any]) -> str:
    """Where a row of ASSAYS belongs: assay, analyte and, where it has one, plate."""
    return f"{row['assay']} {row['analyte']}" + (f", plate {row['plate']}" if row["plate"] else "")
