"""Faults of: responses."""

from __future__ import annotations

from mutation.fault import Fault

_RESPONSES = "src/exvivo/compare/responses.py"

RESPONSES = (
    Fault(
        name="sign of the sides of a response",
        file=_RESPONSES,
        right='pl.lit(-1.0).alias("side")',
        fault='pl.lit(1.0).alias("side")',
        tests=("compare/test_responses.py",),
    ),
    Fault(
        name="wells counted instead of cultures weighed",
        file=_RESPONSES,
        right='pl.len().over(culture)\n            / pl.col("culture").n_unique().over(place)',
        fault="pl.len().over(place)",
        tests=("compare/test_responses.py",),
    ),
    Fault(
        name="wells counted instead of plates weighed",
        file=_RESPONSES,
        right='/ pl.col("plate").n_unique().over(["row", "side"])',
        fault='/ pl.len().over(["row", "side"]) * pl.len().over(place)',
        tests=("compare/test_responses.py",),
    ),
    Fault(
        name="pairs across plates",
        file=_RESPONSES,
        right='pl.col("paired") | ~pl.col("paired").any().over(response)',
        fault="pl.lit(True)",
        tests=("compare/test_responses.py",),
    ),
    Fault(
        name="both sides undetected told as left-censored",
        file=_RESPONSES,
        right='.when(open_low & ~open_high)\n        .then(pl.lit("left"))',
        fault='.when(open_low)\n        .then(pl.lit("left"))',
        tests=("compare/test_responses.py",),
    ),
    Fault(
        name="undetected control wells bound the wrong end",
        file=_RESPONSES,
        right='pl.when(weight > 0).then("low").otherwise("high")',
        fault='pl.when(weight > 0).then("low").otherwise("low")',
        tests=("compare/test_responses.py",),
    ),
    Fault(
        name="shared errors of a response dropped",
        file=_RESPONSES,
        right='.filter(pl.col("loading").abs() > _ROUNDING)',
        fault=".filter(pl.lit(False))",
        tests=("compare/test_responses.py",),
    ),
)
