"""Standards that contradict what standards are: signals that fall, or do not rise, with the amount,
and amounts that plates give in other units.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import polars as pl

from exvivo.errors import Mistake
from exvivo.figures import Figure, figure
from exvivo.quantify.curve import LEVELS_FOR_4PL
from exvivo.study import Study

CURVE = ["plate", "analyte"]
_FALLS, _RISES = -0.5, 0.5
"""Rank correlation of amount and signal below which standards fall, and from which they rise."""
_FALL = 0.25
"""The part of the largest signal by which that of the highest amount must lie below that of the
lowest: standards that do nothing differ by less.
"""
_APART = 100.0
"""Amounts of two plates further apart than this are of two units; kits differ by tens."""


def place_of(study: Study, plate: object) -> str:
    """Where the standards of a plate stand, for a message."""
    layouts = {each.id: each.place for each in study.plates}
    return f"{layouts.get(str(plate), 'layout')}, plate {plate}"


def series_of(usable: pl.DataFrame) -> pl.DataFrame:
    """The standards of each plate and analyte: how many `levels` (blanks are one), and without the
    blanks `rho`, the rank correlation of amount and signal, and `fall`, from the lowest amount's
    signal to the highest's as a part of the largest.
    """
    by_curve = usable.group_by(CURVE, maintain_order=True)
    levels = by_curve.agg(levels=pl.col("nominal").n_unique())
    means = usable.filter(pl.col("nominal") > 0).sort(*CURVE, "nominal", maintain_order=True)
    level = means.group_by(*CURVE, "nominal", maintain_order=True).agg(pl.col("reading").mean())
    fall = pl.col("reading").first() - pl.col("reading").last()
    ends = level.group_by(CURVE, maintain_order=True).agg(fall=fall / pl.col("reading").abs().max())
    rho = means.group_by(CURVE, maintain_order=True).agg(
        rho=pl.corr("nominal", "reading", method="spearman")
    )
    for table in (ends, rho):
        levels = levels.join(table, on=CURVE, how="left", maintain_order="left")
    return levels


def falling(series: pl.DataFrame, study: Study) -> Iterator[Mistake]:
    """Standards whose signal falls as the amount rises, as in a competitive assay."""
    falls = (pl.col("rho") < _FALLS) & (pl.col("fall") > _FALL)
    enough = pl.col("levels") >= LEVELS_FOR_4PL
    for plate, analyte in series.filter(falls, enough).select(CURVE).iter_rows():
        yield Mistake(
            f"{place_of(study, plate)}, {analyte}",
            "standards whose signal falls as their amount rises",
            "a signal that rises with the amount; competitive assays are not read",
            "check the amounts of the standards: an order written backwards looks like this",
        )


def flat_curves(series: pl.DataFrame) -> pl.DataFrame:
    """The plates and analytes whose standards do not rise. No reading says anything of an amount
    there, not even a bound.
    """
    return series.filter(pl.col("rho").fill_nan(None).fill_null(0.0) < _RISES).select(CURVE)


def mark_flat(rows: Sequence[dict[str, object]], flat: pl.DataFrame) -> None:
    """Give the ASSAYS rows of such curves the figure that says so, in place."""
    curves = set(flat.rows())
    for row in rows:
        if (row["plate"], row["analyte"]) in curves:
            row["figures"] = [*cast(list[Figure], row["figures"]), figure("flat", 1)]


def amounts_apart(usable: pl.DataFrame, study: Study) -> Iterator[Mistake]:
    """Plates whose standards of one analyte hold amounts that only another unit explains."""
    dosed = usable.filter(pl.col("nominal") > 0)
    ends = dosed.group_by("analyte", "plate", maintain_order=True).agg(
        lowest=pl.col("nominal").min(), highest=pl.col("nominal").max()
    )
    for (analyte,), plates in ends.group_by(["analyte"], maintain_order=True):
        least = plates.sort("highest", maintain_order=True).row(0, named=True)
        other = (pl.col("highest") > _APART * least["highest"]) & (
            pl.col("lowest") > _APART * least["lowest"]
        )
        for row in plates.filter(other).iter_rows(named=True):
            yield _two_units(str(analyte), least, row, study)


def _two_units(
    analyte: str, low: dict[str, object], high: dict[str, object], study: Study
) -> Mistake:
    return Mistake(
        f"{place_of(study, high['plate'])}, {analyte}",
        f"standards of {_range(high)}, where those of plate {low['plate']} are {_range(low)}",
        "amounts of one analyte in one unit on all plates of an assay",
        "write all amounts in the unit of the assay (1 ng/mL is 1000 pg/mL); plates of a kit with "
        "another range get an assay of their own",
    )


def _range(plate: dict[str, object]) -> str:
    return f"{plate['lowest']:g} to {plate['highest']:g}"
