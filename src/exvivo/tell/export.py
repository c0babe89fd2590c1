"""Findings for programs: what `exvivo run --json` prints."""

from __future__ import annotations

from typing import Any

import polars as pl

_CODED = {
    "estimand": "estimand_code",
    "method": "method_id",
    "reason": "reason_code",
    "warnings": "warning_codes",
}
_WORDED = {
    "estimand_words": "estimand",
    "method_words": "method",
    "reason_words": "reason",
    "warning_words": "warnings",
}


def findings_rows(worded: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of a WORDED table with words where version 0.1 had them, and codes beside them."""
    return worded.rename(_CODED).rename(_WORDED).to_dicts()
