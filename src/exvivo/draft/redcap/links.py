"""The link table: which donor of the bench a record of REDCap is. Nothing but the reading of the
export opens it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import polars as pl

LINKS_FILE = "redcap/links.csv"


def pseudonyms(records: Sequence[str]) -> str:
    """A link table (csv) that calls the donors D001, D002, ... in an order of chance, so that a
    donor's name does not tell the place of the record.
    """
    order = list(range(1, len(records) + 1))
    secrets.SystemRandom().shuffle(order)
    donors = [f"D{number:03d}" for number in order]
    return pl.DataFrame({"record": records, "donor": donors}).write_csv()


def to_fill(records: Sequence[str]) -> str:
    """A link table (csv) with the records, and nobody's name at the bench yet."""
    return pl.DataFrame({"record": records, "donor": [""] * len(records)}).write_csv()
