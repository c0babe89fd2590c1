"""Why nothing is known of any donor: which condition has no value, and where its wells lie."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest
from compare_tables import MORE, in_words, response, responses, study

from exvivo.compare import compare
from exvivo.study import Difference
from exvivo.tables import CLINIC

BELOW = {"upper": 1.0}
ABOVE = {"lower": 9.0}
BETWEEN = {"lower": 1.0, "upper": 2.0}
VALUE = {"value": 5.0}
LEVELS = Difference(id="q", ask="difference", groups=("FM", "HC"), assays=("p",), analytes=("TNF",))
Ends = dict[str, float]


def wells(sides: dict[float, Sequence[Ends]]) -> list[dict[str, Any]]:
    empty = dict.fromkeys(["value", "lower", "upper", "sd", "one_copy", "one_copy_sd", "culture"])
    return [
        {**empty, "side": side, "weight": side, "plate": "P1", **ends}
        for side, each in sides.items()
        for ends in each
    ]


def why(rows: Iterable[dict[str, Any]], question: Difference) -> str:
    """The reason of the answer, in words."""
    of = study(question)
    findings = compare(
        responses(list(rows)), CLINIC.frame(), study=of, rng=np.random.default_rng(1)
    )
    answer = in_words(findings, of).filter(pl.col("part") == "answer").row(0, named=True)
    assert answer["verdict"] == "not estimable"
    return str(answer["reason"])


def paired(
    unstimulated: Sequence[Ends], stimulated: Sequence[Ends], *, first: Sequence[Ends] = ()
) -> list[dict[str, Any]]:
    """Ten donors whose responses are bounds; the first of each group may have other unstimulated
    wells.
    """
    rows = []
    for group, i in product(("FM", "HC"), range(5)):
        low = first if first and i == 0 else unstimulated
        rows.append(
            response(
                f"{group}{i:02}",
                None,
                sd=None,
                censor="right",
                lower=0.5 + i,
                each_well=wells({-1.0: low, 1.0: stimulated}),
            )
        )
    return rows


def levels(**bounds: float) -> list[dict[str, Any]]:
    censor = "interval" if len(bounds) == 2 else "left" if "upper" in bounds else "right"
    more = {"estimand": "level", "stimulus": None, "sd": None, "censor": censor, **bounds}
    return [response(f"{g}{i:02}", None, **more) for g in ("FM", "HC") for i in range(5)]


@pytest.mark.parametrize(
    ("bounds", "told"),
    [
        (BELOW, "every result of both groups lies below a limit"),
        (
            ABOVE,
            "every result of both groups lies above the range that can be read; dilute the samples "
            "and measure them again",
        ),
        (BETWEEN, "every result of both groups lies between two bounds"),
    ],
)
def test_levels_name_their_bound(bounds: Ends, told: str) -> None:
    """Donors above a range, and in the middle of a curve, were called undetected."""
    rows = levels(**bounds)
    rows[0] |= {name: end + 0.5 for name, end in bounds.items()}
    assert why(rows, LEVELS) == told


def test_only_the_unstimulated_wells_have_no_value() -> None:
    """Then the level under the stimulus is the right question, and is proposed."""
    told = (
        "the unstimulated wells of every donor lie below a limit, so no response has a size; ask "
        "for the level under ATP instead (`condition: ATP`)"
    )
    assert why(paired([BELOW, BELOW], [VALUE, VALUE]), MORE) == told
    mixed = why(paired([BETWEEN], [VALUE], first=[BELOW, BETWEEN]), MORE)
    assert "wells of every donor lie below a limit or between two bounds, so" in mixed
    assert mixed.endswith("(`condition: ATP`)")


def test_stimulated_wells_above_the_range_are_diluted() -> None:
    told = why(paired([VALUE], [ABOVE]), MORE)
    assert told.startswith("the stimulated wells of every donor lie above the range that can be")
    assert told.endswith("dilute the samples and measure them again")
    assert "condition" not in told


def test_both_conditions_have_no_value() -> None:
    told = why(paired([BETWEEN], [BETWEEN]), MORE)
    assert "the wells of every donor lie between two bounds in both conditions" in told
    assert "condition:" not in told
