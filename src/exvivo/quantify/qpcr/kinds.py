"""What a Cq comes from: curves or the instrument's Cq, as the study declares it."""

from __future__ import annotations

import polars as pl

from exvivo.errors import Mistake
from exvivo.study import Qpcr

KIND = {"curve": "amplification", "vendor": "cq"}
"""The kind of reading that each `cq` of study.yaml wants."""
REACTION = ["plate", "well", "channel"]
"""What makes a reaction."""
_ONLY_THE_OTHER = {
    "curve": (
        "the instrument's Cq and no amplification curve",
        "export the amplification data, or write `cq: vendor`",
    ),
    "vendor": (
        "amplification curves and no Cq of the instrument",
        "export the Cq as well, or write `cq: curve`",
    ),
}
"""By what `cq` declares: what wells have instead, and the cure."""


def used_wells(wells: pl.DataFrame) -> pl.DataFrame:
    """The Cq and curves of wells that hold something."""
    return wells.filter((pl.col("role") != "empty") & pl.col("kind").is_in(list(KIND.values())))


def missing_kind(wells: pl.DataFrame, assay: Qpcr) -> list[Mistake]:
    """The wells of an assay that lack what `assay.cq` declares and have the other, by plate."""
    what, cure = _ONLY_THE_OTHER[assay.cq]
    used = used_wells(wells)
    declared = used.filter(kind=KIND[assay.cq])
    lacking = used.join(declared, on=REACTION, how="anti").unique(REACTION).sort(REACTION)
    wells = lacking.group_by("plate", maintain_order=True).agg(
        pl.col("well").unique(maintain_order=True)
    )
    return [
        Mistake(
            f"study.yaml, assay {assay.id}, plate {plate}",
            f"{len(names)} wells with {what}: {listed_wells(names)}",
            f"`cq: {assay.cq}` of study.yaml in every well; the two are never mixed",
            cure,
        )
        for plate, names in wells.iter_rows()
    ]


def listed_wells(names: list[str], most: int = 6) -> str:
    """Wells as a message lists them."""
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")
