"""Errors that are made of the replicates themselves leave no room for a residual beside them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from exvivo.compare.asks.difference_of_wells import _errors_are_below_the_spread


def wells(share: float) -> pl.DataFrame:
    """Eight donors with two wells each, whose error squared is a share of their spread."""
    values = np.random.default_rng(1).normal(5, 0.1, (8, 2))
    pooled = float(np.var(values, axis=1, ddof=1).mean())
    return pl.DataFrame(
        {
            "donor": np.repeat([f"D{i}" for i in range(8)], 2),
            "side": 1.0,
            "plate": "P1",
            "culture": "",
            "value": values.ravel(),
            "sd": (share * pooled) ** 0.5,
        }
    )


@pytest.mark.parametrize("rounding", [-4e-14, -1e-15, 0.0, 1e-15, 4e-14])
def test_no_rounding_decides_whether_errors_are_added(rounding: float) -> None:
    """Two processors sum the same squares with other last digits."""
    assert not _errors_are_below_the_spread(wells(1 + rounding))


@pytest.mark.parametrize(("share", "room"), [(0.99, True), (1.01, False)])
def test_errors_below_the_spread_leave_room(share: float, room: bool) -> None:
    assert _errors_are_below_the_spread(wells(share)) == room
