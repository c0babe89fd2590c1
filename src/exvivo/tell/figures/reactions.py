"""Every qPCR reaction with its Cq and whose it is: what most figures of a qPCR assay are drawn
from.
"""

from __future__ import annotations

import polars as pl

from exvivo.study import Study

_WHOSE = ("donor", "visit", "group", "cell_type", "culture", "stimulus", "dose", "time")
SAMPLE = tuple(name for name in _WHOSE if name != "group")
"""What makes wells the same sample; wells of one sample and target are replicates."""


def fitted(assays: pl.DataFrame) -> pl.DataFrame:
    """The rows of ASSAYS that stand for a qPCR target and list its reactions, with the target's
    name in the files.
    """
    target = (
        pl.col("key")
        .str.strip_prefix(pl.concat_str(pl.lit("E:"), "assay", pl.lit(":")))
        .fill_null(pl.col("analyte"))
    )
    listed = (pl.col("kind") == "efficiency") & (pl.col("points").list.len() > 0)
    return assays.filter(listed).with_columns(target=target)


def reactions(assays: pl.DataFrame, wells: pl.DataFrame) -> pl.DataFrame:
    """One row a reaction: assay, analyte, target, plate, well, role, whose it is, and the point of
    ASSAYS.

    `cq` is empty where nothing was detected or read; `x`, `fitted` and `used` are those of the
    point.
    """
    points = (
        fitted(assays)
        .select("assay", "analyte", "target", "points")
        .explode("points")
        .with_columns(pl.col("points").struct.unnest())
        .select(
            "assay",
            "analyte",
            "target",
            pl.col("well").alias("place"),
            "x",
            pl.col("y").alias("cq"),
            "fitted",
            "used",
        )
    )
    place = pl.concat_str("plate", pl.lit(" "), "well")
    known = wells.select(
        "assay",
        pl.col("channel").alias("target"),
        place.alias("place"),
        "plate",
        "well",
        "role",
        "replicate",
        *_WHOSE,
    ).unique(["assay", "target", "place"], keep="first", maintain_order=True)
    return points.join(known, on=["assay", "target", "place"], how="inner", maintain_order="left")


def place_of(analyte: str, study: Study) -> int:
    """Where a target stands in a figure: analytes as the study lists them, then all others."""
    known = [item.id for item in study.analytes]
    return known.index(analyte) if analyte in known else len(known)


def by_target(rows: pl.DataFrame, study: Study) -> list[tuple[str, pl.DataFrame]]:
    """The rows of each target with the name a report says, in the order of the study."""
    groups = [
        (str(analyte), mine)
        for (_, analyte), mine in rows.group_by("target", "analyte", maintain_order=True)
    ]
    return [
        (study.name_of(name), mine)
        for name, mine in sorted(groups, key=lambda part: place_of(part[0], study))
    ]


def plates_of(rows: pl.DataFrame, study: Study) -> list[str]:
    """The plates among the rows, as the study lists them."""
    found = set(rows["plate"].to_list())
    return [plate.id for plate in study.plates if plate.id in found]
