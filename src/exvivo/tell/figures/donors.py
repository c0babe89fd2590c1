"""The donors a figure of a question shows: their rows of the responses table, their contrasts, and
the wells behind them.

A contrast is made within each donor and keeps what is not known as bounds, as the answers do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from exvivo.tell.figures.rows import place

Row = Mapping[str, Any]
_WHOSE = ("readout", "analyte", "cell_type", "stimulus", "visit", "donor", "group", "estimand")
SHOWN = (*_WHOSE, "value", "sd", "censor", "lower", "upper", "wells", "undetected_wells")
"""The columns of the responses table that stand in the data of a figure."""


def rows_of(
    responses: pl.DataFrame,
    *,
    estimand: str,
    assay: str,
    analyte: str,
    cell_type: str | None,
    stimulus: str | None,
) -> pl.DataFrame:
    """The rows of one estimand, assay, analyte, cell type and condition, sorted by group and
    donor.
    """
    return responses.filter(
        pl.col("estimand") == estimand,
        pl.col("assay") == assay,
        pl.col("on") == "amount",
        pl.col("analyte") == analyte,
        pl.col("cell_type").eq_missing(pl.lit(cell_type, dtype=pl.String)),
        pl.col("stimulus").eq_missing(pl.lit(stimulus, dtype=pl.String)),
    ).sort("group", "donor", "visit")


def first_visit(table: pl.DataFrame) -> pl.DataFrame:
    """The rows of the lowest visit, which is the one that is answered where a question names none:
    numbers before names.
    """
    visits = table["visit"].unique().to_list()
    return (
        table.filter(pl.col("visit") == min(visits, key=_visit_order)) if len(visits) > 1 else table
    )


def _visit_order(visit: str) -> tuple[float, str]:
    try:
        return float(visit), visit
    except ValueError:
        return math.inf, visit


def places(rows: Sequence[Row]) -> list[float]:
    """Where the rows are drawn, those left out that have no place."""
    return [at for row in rows if (at := place(row)) is not None]


def reach(rows: Sequence[Row]) -> list[float]:
    """Where the rows and the wells behind them are drawn."""
    return places(rows) + [value for row in rows for value in wells_of(row)]


def unplaced(rows: Sequence[Row]) -> int:
    """How many rows say nothing at all and cannot be drawn."""
    return sum(place(row) is None for row in rows)


def ends(row: Row) -> tuple[float, float]:
    """What a result lies between on log2 scale; equal where it is known, infinite where it is
    open.
    """
    if row["censor"] == "none":
        return float(row["value"]), float(row["value"])
    low = -math.inf if row["censor"] == "left" else float(row["lower"])
    high = math.inf if row["censor"] == "right" else float(row["upper"])
    return low, high


def between(low: float, high: float) -> dict[str, Any]:
    """A result that lies between two numbers as the tables write it: `value`, `censor`, `lower` and
    `upper`.

    >>> between(1.0, float("inf"))
    {'value': None, 'censor': 'right', 'lower': 1.0, 'upper': None}
    """
    if low == high:
        return {"value": low, "censor": "none", "lower": None, "upper": None}
    open_low, open_high = math.isinf(low), math.isinf(high)
    censor = "interval" if open_low == open_high else "left" if open_low else "right"
    return {
        "value": None,
        "censor": censor,
        "lower": None if censor == "left" else low,
        "upper": None if censor == "right" else high,
    }


def less(
    table: pl.DataFrame, others: Sequence[pl.DataFrame], *, named: str
) -> list[dict[str, Any]]:
    """Each donor's result in `table` less its mean over `others` (log2), for the donors in all of
    them.

    `named` is what the rows call their estimand. The error is that of both sides, where every one
    of them is known.
    """
    by_donor = [{row["donor"]: row for row in other.iter_rows(named=True)} for other in others]
    made = []
    for row in table.iter_rows(named=True):
        held = [rows[row["donor"]] for rows in by_donor if row["donor"] in rows]
        if len(held) < len(by_donor):
            continue
        (low, high), both = ends(row), [ends(other) for other in held]
        mean_low, mean_high = (
            math.fsum(pair[side] for pair in both) / len(both) for side in (0, 1)
        )
        errors = [row["sd"], *(other["sd"] for other in held)]
        sd = (
            None
            if None in errors
            else math.hypot(row["sd"], *(other["sd"] / len(held) for other in held))
        )
        counts = {
            name: row[name] + sum(o[name] for o in held) for name in ("wells", "undetected_wells")
        }
        made.append(
            {name: row[name] for name in _WHOSE}
            | between(low - mean_high, high - mean_low)
            | {"estimand": named, "sd": sd}
            | counts
        )
    return made


def wells_of(row: Row) -> list[float]:
    """The detected wells behind a donor's result, placed on its scale: less the mean of the control
    wells of a response.

    Empty where a control well is undetected, for then its mean is not known; and where there is one
    well only.
    """
    each = row.get("each_well") or []
    stimulated = [well["value"] for well in each if well["side"] > 0 and well["value"] is not None]
    controls = [well["value"] for well in each if well["side"] < 0]
    if None in controls or row["censor"] != "none" or len(stimulated) < 2:
        return []
    base = math.fsum(controls) / len(controls) if controls else 0.0
    return [float(value) - base for value in stimulated]
