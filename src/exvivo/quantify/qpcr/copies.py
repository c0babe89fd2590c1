"""How many copies a well held: the Cq of a single copy, from standards in copies or as the study
states it.

A well of N copies crosses log N / log E cycles before a single copy does. Counting gives N a
standard deviation of its square root, 1 / (sqrt(N) ln E) in cycles, beside the error of the well
(Vermeulen's 64 assays: Var ln N = 1/N + 0.06^2).

A well without a copy does not say that its cDNA held less than one: up to three are expected in one
such well of twenty. So an undetected well bounds its quantity by that of three copies, not by what
the last cycle might have shown. Where the run ended before three copies show, its last visible
cycle is the bound: such a well held fewer copies than show by then, which need not be none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import polars as pl

from exvivo.quantify.qpcr.efficiency import Fitted
from exvivo.study import Qpcr

NONE_SEEN = 3.0
"""Expected copies at which a well of twenty still holds none: e^-3 is 0.05."""
ASSUMED = 37.0
"""The Cq of a single copy where nothing tells: some 10^10.5 copies are seen, which takes 36 to 38
cycles.
"""
_GROWTH = {
    "plate": pl.String,
    "target": pl.String,
    "one_copy": pl.Float64,
    "one_copy_sd": pl.Float64,
    "ln_e": pl.Float64,
}
"""What is known of a target on a plate: the Cq of one copy, and the log of its efficiency."""


def with_copies(
    reactions: pl.DataFrame, efficiencies: Mapping[str, Fitted], assay: Qpcr
) -> pl.DataFrame:
    """The reactions with `one_copy` (the Cq of a single copy), its `one_copy_sd`, `counting`, and
    `run_end`, all in cycles.

    `counting` is the variance that counting gives the Cq; `run_end` is the `bound` that an
    undetected well came with. All four are empty where the Cq of a single copy is not known. The
    `bound` of an undetected well is drawn to the Cq of three copies; with `ASSUMED` where that of
    one is not known.
    """
    pairs = reactions.select("plate", "target").unique().sort("plate", "target")
    growth = pl.DataFrame(
        [_growth_row(plate, efficiencies[target], assay) for plate, target in pairs.iter_rows()],
        schema=_GROWTH,
        orient="row",
    )
    one_copy, ln_e = pl.col("one_copy"), pl.col("ln_e")
    copies = ((one_copy - pl.col("cq")) * ln_e).exp()
    three_copies = one_copy.fill_null(ASSUMED) - math.log(NONE_SEEN) / ln_e
    bound = pl.col("bound")
    return (
        reactions.join(growth, on=["plate", "target"], how="left", maintain_order="left")
        .with_columns(
            counting=1 / (copies.clip(1.0) * ln_e**2),
            run_end=pl.when(one_copy.is_not_null()).then(bound),
            bound=pl.when(bound.is_not_null()).then(pl.min_horizontal(bound, three_copies)),
        )
        .drop("ln_e")
    )


def _growth_row(
    plate: str, fit: Fitted, assay: Qpcr
) -> tuple[str, str, float | None, float | None, float]:
    return plate, fit.target, *_one_copy(fit, plate, assay), math.log(fit.value)


def _one_copy(fit: Fitted, plate: str, assay: Qpcr) -> tuple[float | None, float | None]:
    """The Cq of a single copy of a target on a plate and its standard deviation, where known."""
    stated = assay.one_copy.get(fit.target)
    if stated is not None:
        return stated.cq, stated.sd
    if assay.standards != "copies" or not fit.levels:
        return None, None
    mean = sum(fit.levels.values()) / len(fit.levels)
    return fit.levels.get(plate, mean), fit.level_sd
