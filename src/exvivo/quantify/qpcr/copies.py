"""How many copies a well held: the Cq of a single copy, from standards in copies or as the study
states it.

A well of N copies crosses log N / log E cycles before a single copy does. Counting gives N a
standard deviation of its square root, 1 / (sqrt(N) ln E) in cycles, beside the error of the well
(Vermeulen's 64 assays: Var ln N = 1/N + 0.06^2).

A well without a copy does not say that its cDNA held less than one: up to three are expected in one
such well of twenty. So an undetected well bounds its quantity by that of three copies, not by what
the last cycle might have shown.
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


def with_copies(
    reactions: pl.DataFrame, efficiencies: Mapping[str, Fitted], assay: Qpcr
) -> pl.DataFrame:
    """The reactions with `one_copy` (the Cq of a single copy), its `one_copy_sd`, and `counting`,
    all in cycles.

    `counting` is the variance that counting gives the Cq. All three are empty where the Cq of a
    single copy is not known. The `bound` of an undetected well is drawn to the Cq of three copies;
    with `ASSUMED` where that of one is not known.
    """
    known = [
        {"plate": plate, "target": target, "one_copy": cq, "one_copy_sd": sd}
        for target, fit in efficiencies.items()
        for plate in reactions.filter(pl.col("target") == target)["plate"].unique().sort()
        for cq, sd in _one_copy(fit, plate, assay)
    ]
    names = ("plate", "target", "one_copy", "one_copy_sd")
    schema: dict[str, type[pl.DataType]] = {
        name: pl.String if name in names[:2] else pl.Float64 for name in names
    }
    growth = pl.DataFrame(
        [(target, math.log(fit.value)) for target, fit in efficiencies.items()],
        schema={"target": pl.String, "ln_e": pl.Float64},
        orient="row",
    )
    copies = ((pl.col("one_copy") - pl.col("cq")) * pl.col("ln_e")).exp()
    return (
        reactions.join(
            pl.DataFrame(known, schema=schema),
            on=["plate", "target"],
            how="left",
            maintain_order="left",
        )
        .join(growth, on="target", how="left", maintain_order="left")
        .with_columns(
            counting=1 / (copies.clip(1.0) * pl.col("ln_e") ** 2),
            bound=pl.when(pl.col("bound").is_not_null()).then(
                pl.min_horizontal(
                    "bound",
                    pl.col("one_copy").fill_null(ASSUMED) - math.log(NONE_SEEN) / pl.col("ln_e"),
                )
            ),
        )
        .drop("ln_e")
    )


def _one_copy(fit: Fitted, plate: str, assay: Qpcr) -> list[tuple[float, float]]:
    """The Cq of a single copy of a target on a plate and its standard deviation: one pair, or
    none.
    """
    stated = assay.one_copy.get(fit.target)
    if stated is not None:
        return [(stated.cq, stated.sd)]
    if assay.standards != "copies" or not fit.levels:
        return []
    mean = sum(fit.levels.values()) / len(fit.levels)
    return [(fit.levels.get(plate, mean), fit.level_sd)]
