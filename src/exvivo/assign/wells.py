"""Give every reading its place in the study. A reading of a well the study does not know is asked
about, never dropped.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from exvivo.catalog import known_as
from exvivo.errors import Mistake, StudyError
from exvivo.study import Immunoassay, Plate, Qpcr, Results, Study
from exvivo.tables import LAYOUT, READINGS, WELLS, check

_SHOWN = 8
"""How many wells a message names before it counts the rest."""


def assign(readings: pl.DataFrame, *, study: Study) -> pl.DataFrame:
    """READINGS to WELLS: every reading with its donor, condition and role from the plate layouts,
    in the same order.

    Wells that only the layout knows (planned, never measured) have no reading and stay out. Raises
    `StudyError` where a file holds wells that no layout names, or where file and layout share no
    well at all.
    """
    check(READINGS, readings)
    check(LAYOUT, study.layout)
    mistakes = [mistake for plate in study.plates for mistake in _strangers(readings, plate, study)]
    if mistakes:
        raise StudyError(mistakes)
    named = _named(readings, study)
    wells = (
        named.join(
            study.layout.drop("line", "file", "target"),
            on=["plate", "well"],
            how="left",
            maintain_order="left",
        )
        .join(_assays(study), on="plate", how="left", maintain_order="left")
        .join(
            _analytes(readings, study), on=["assay", "channel"], how="left", maintain_order="left"
        )
        .join(
            _own_nominals(study), on=["plate", "well", "analyte"], how="left", maintain_order="left"
        )
        .with_columns(
            nominal=pl.coalesce("own_nominal", "nominal", "vendor_nominal"),
            dilution=pl.coalesce("dilution", "vendor_dilution", 1.0),
        )
    )
    return check(WELLS, wells.select(WELLS.schema.names()))


def _named(readings: pl.DataFrame, study: Study) -> pl.DataFrame:
    """The readings with the target of each: as its file names it; else as the layout does; else the
    only one of its well.

    Raises `StudyError` for wells whose target nothing names, and where layout and file name
    different ones.
    """
    key = ["plate", "well"]
    told = readings.filter(pl.col("channel") != "").group_by(key, maintain_order=True)
    others = told.agg(pl.col("channel").unique().alias("others"))
    placed = (
        readings.select(*key, "channel", "source")
        .join(
            study.layout.select(*key, "target", "line", "role"),
            on=key,
            how="left",
            maintain_order="left",
        )
        .join(others, on=key, how="left", maintain_order="left")
    )
    only = pl.when(pl.col("others").list.len() == 1).then(pl.col("others").list.first())
    found = placed.with_columns(
        named=pl.when(pl.col("channel") != "")
        .then("channel")
        .otherwise(pl.coalesce("target", only))
    )
    lost = found.filter(pl.col("named").is_null() & (pl.col("role") != "empty"))
    layouts = {plate.id: plate.layout for plate in study.plates}
    mistakes = [
        Mistake(
            layouts[str(plate)],
            f"no target for {_listed(rows['well'].unique(maintain_order=True).to_list())}: {source} names none",
            "the target of every well",
            "add a column `target` to the layout",
        )
        for (plate, source), rows in lost.group_by(["plate", "source"], maintain_order=True)
    ]
    apart = found.filter(pl.col("target").is_not_null() & (pl.col("target") != pl.col("named")))
    mistakes += [
        Mistake(
            row["line"],
            f"target {row['target']}, where {row['source']} says {row['channel']}",
            "the same target in both",
            "correct the column `target`, or leave it empty",
        )
        for row in apart.unique(key, maintain_order=True).iter_rows(named=True)
    ]
    if mistakes:
        raise StudyError(mistakes)
    return readings.with_columns(found["named"].fill_null("").alias("channel"))


def _strangers(readings: pl.DataFrame, plate: Plate, study: Study) -> Iterator[Mistake]:
    """The wells of a plate's file that its layout does not name."""
    read = readings.filter(pl.col("plate") == plate.id)
    found = read["well"].unique(maintain_order=True).to_list()
    known = set(study.layout.filter(pl.col("plate") == plate.id)["well"])
    strange = [well for well in found if well not in known]
    if not strange:
        return
    source = read["source"][0]
    if len(strange) == len(found):
        yield Mistake(
            plate.layout,
            f"no well of {source}: it holds {_listed(found)}, the layout {_listed(sorted(known))}",
            f"the wells of the file of plate {plate.id}, by the same names",
            "check that layout and file belong together and name wells (or samples) alike",
        )
    else:
        planned = study.layout.filter((pl.col("plate") == plate.id) & (pl.col("role") != "empty"))[
            "well"
        ]
        lacking = [well for well in planned if well not in set(found)]
        instead = (
            f"; the layout has {_listed(lacking)} instead, which the file does not hold"
            if lacking
            else ""
        )
        yield Mistake(
            plate.layout,
            f"nothing about {_listed(strange)} of plate {plate.id}, which {source} holds{instead}",
            "a row for every well of the file",
            "correct the wells, or add them; a well that is to stay out gets the role `empty`",
        )


def _listed(wells: list[str]) -> str:
    rest = len(wells) - _SHOWN
    return ", ".join(wells[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _assays(study: Study) -> pl.DataFrame:
    """Which assay each plate belongs to, and what it reads."""
    rows = [(plate.id, plate.assay, study.assay(plate.assay).readout) for plate in study.plates]
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("plate", "assay", "readout"), pl.String), orient="row"
    )


def _analytes(readings: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Which analyte each channel of each assay stands for. Reference targets and detectors stand
    for none.
    """
    named = [analyte.id for analyte in study.analytes]
    rows: list[tuple[str, str, str]] = []
    for assay in study.assays:
        if isinstance(assay, Qpcr):
            channels = {**dict(zip(named, named, strict=True)), **assay.targets}
            for reference in assay.references:
                channels.pop(reference, None)
        elif isinstance(assay, Results | Immunoassay):
            usual = (
                _usual_spellings(readings, study, assay) if isinstance(assay, Immunoassay) else {}
            )
            channels = {**usual, **dict(zip(named, named, strict=True)), **assay.channels}
        else:
            channels = {}
        rows += [(assay.id, channel, analyte) for channel, analyte in channels.items()]
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("assay", "channel", "analyte"), pl.String), orient="row"
    )


def _usual_spellings(readings: pl.DataFrame, study: Study, assay: Immunoassay) -> dict[str, str]:
    """The channels of an assay that the catalog knows as one of the study's analytes (TNF-a,
    IL-8).
    """
    named = {analyte.id for analyte in study.analytes}
    plates = [plate.id for plate in study.plates if plate.assay == assay.id]
    found = readings.filter(pl.col("plate").is_in(plates))["channel"].unique(maintain_order=True)
    known = {channel: known_as(channel) for channel in found}
    return {channel: name for channel, name in known.items() if name in named}


def _own_nominals(study: Study) -> pl.DataFrame:
    """The known amounts that a layout gives by analyte (`nominal:TNF`)."""
    given = study.layout.filter(pl.col("nominals").list.len() > 0).select(
        "plate", "well", "nominals"
    )
    return (
        given.explode("nominals")
        .unnest("nominals")
        .rename({"name": "analyte", "value": "own_nominal"})
    )
