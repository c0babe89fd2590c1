"""Every qPCR reaction with its Cq and whose it is: what most figures of a qPCR assay are drawn
from.
"""

from __future__ import annotations

import polars as pl

from exvivo.study import Study
from exvivo.tell.fits import Fit

_DONOR = ("donor", "visit", "group", "cell_type", "culture", "stimulus", "dose", "time")
SAMPLE = tuple(name for name in _DONOR if name != "group")
"""What makes wells the same sample; wells of one sample and target are replicates."""
CONTROLS = ("ntc", "no_rt", "blank")
"""The roles of wells that should have no Cq."""


def fitted(assays: pl.DataFrame) -> pl.DataFrame:
    """The rows of ASSAYS that stand for a qPCR target and list its reactions, with the target's
    name in the files.
    """
    prefix = pl.concat_str(pl.lit("E:"), "assay", pl.lit(":"))
    target = pl.col("key").str.strip_prefix(prefix).fill_null(pl.col("analyte"))
    listed = (pl.col("kind") == "efficiency") & (pl.col("points").list.len() > 0)
    return assays.filter(listed).with_columns(target=target)


def standard_curves(assays: pl.DataFrame) -> dict[str, Fit]:
    """The fit of each target that has a standard curve."""
    rows = fitted(assays).iter_rows(named=True)
    fits = {row["target"]: Fit.of_row(row) for row in rows}
    return {target: fit for target, fit in fits.items() if "slope" in fit.figures}


def reactions(assays: pl.DataFrame, wells: pl.DataFrame) -> pl.DataFrame:
    """One row a reaction: assay, analyte, target, plate, well, role, whose it is, and the point of
    ASSAYS.

    `cq` is empty where nothing was detected or read; `x`, `fitted` and `used` are those of the
    point.
    """
    own = ["assay", "target", "place"]
    points = fitted(assays).explode("points").select("assay", "analyte", "target", "points")
    named = points.unnest("points").rename({"well": "place", "y": "cq"})
    read = wells.select(
        "assay",
        "plate",
        "well",
        "role",
        "replicate",
        *_DONOR,
        target="channel",
        place=pl.concat_str("plate", pl.lit(" "), "well"),
    ).unique(own, keep="first", maintain_order=True)
    return named.join(read, on=own, how="inner", maintain_order="left")


def place_of(analyte: str, study: Study) -> int:
    """Where a target stands in a figure: analytes as the study lists them, then all others."""
    listed = [each.id for each in study.analytes]
    return listed.index(analyte) if analyte in listed else len(listed)


def by_target(rows: pl.DataFrame, study: Study) -> list[tuple[str, pl.DataFrame]]:
    """The rows of each target with the name a report says, in the order of the study."""
    parts = rows.partition_by("target", "analyte", maintain_order=True)
    analytes = [str(part["analyte"][0]) for part in parts]
    pairs = zip(analytes, parts, strict=True)
    ordered = sorted(pairs, key=lambda pair: place_of(pair[0], study))
    return [(study.name_of(analyte), part) for analyte, part in ordered]


def plates_of(rows: pl.DataFrame, study: Study) -> list[str]:
    """The plates among the rows, as the study lists them."""
    plates = set(rows["plate"].to_list())
    return [plate.id for plate in study.plates if plate.id in plates]
