"""The handed studies that showed each fault (`shared/data/faults/statistics`): 1 where an answer is
wrong still, 0 where it is right, refused, or says in its sentence what to beware of.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import polars as pl

from benchmarks.design.study import answers_of
from benchmarks.row import Row

SHARED = Path(os.environ.get("EXVIVO_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
FAULTS = SHARED / "faults" / "statistics"
_TRUE_FOLD = 1.40
"""log2 of 2.64, which `raw` gives, and so must the same table in log2."""


def handed() -> list[Row]:
    """A row for each; none where the folder of real data is not here."""
    if not FAULTS.is_dir():
        return []
    return [
        Row(what=f"handed: {folder}, {what}", value=_wrong(folder, is_wrong), unit="", bar="<= 0")
        for folder, what, is_wrong in HANDED
    ]


def _wrong(folder: str, is_wrong: Callable[[pl.DataFrame], bool]) -> int:
    """Whether the answers of a folder are wrong; a study that is refused answers nothing."""
    from exvivo.errors import UserMistake

    try:
        return int(is_wrong(answers_of(FAULTS / folder)))
    except UserMistake:
        return 0


def _claims(found: pl.DataFrame) -> bool:
    """Whether any answer is supported without a warning in its sentence."""
    return not found.filter(~pl.col("tempered"), verdict="supported").is_empty()


def _claims_higher(found: pl.DataFrame) -> bool:
    return _claims(found.filter(pl.col("estimate") > 0))


def _logged_again(found: pl.DataFrame) -> bool:
    """Whether the answer lies elsewhere than that of the amounts, or is called equivalent."""
    answered = found.drop_nulls("estimate")
    off = answered.filter((pl.col("estimate") - _TRUE_FOLD).abs() > 0.05)
    return not off.is_empty() or "equivalent" in found["verdict"].to_list()


HANDED: tuple[tuple[str, str, Callable[[pl.DataFrame], bool]], ...] = (
    ("flip_all", "supported", _claims),
    ("flip_lt", "one result marked <: supported", _claims),
    ("simpson", "'higher', where both plates say lower", _claims_higher),
    ("simpson_tr", "the same as treatment", _claims_higher),
    ("drift", "shared drift: supported", _claims),
    ("raw", "another answer than 2.64-fold", _logged_again),
    ("log2", "a logged table logged again", _logged_again),
)
