"""Give every reading its place in the study. A reading of a well the study does not know is asked
about, never dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, starmap
from typing import assert_never

import polars as pl

from exvivo.catalog import known_as, spelling
from exvivo.errors import Mistake, StudyError
from exvivo.study import Assay, Beads, Immunoassay, Plate, Qpcr, Results, Study
from exvivo.study.exclusions import analytes_left_out
from exvivo.table import check
from exvivo.tables import LAYOUT, READINGS, WELLS
from exvivo.words import shortened

Names = list[str]
Mistakes = Iterator[Mistake]
_WELL = ["plate", "well"]


def assign(readings: pl.DataFrame, *, study: Study) -> pl.DataFrame:
    """READINGS to WELLS: every reading with its donor, condition and role from the plate layouts,
    in the same order; wells that no layout names and that hold no number are left out.

    Wells that only the layout knows (planned, never measured) have no reading and stay out. Raises
    `StudyError` where a file holds wells that no layout names, or where file and layout share no
    well at all.
    """
    check(READINGS, readings)
    check(LAYOUT, study.layout)
    readings = _without_empty_strangers(readings, study)
    unplaced = chain.from_iterable(_unplaced(readings, plate, study) for plate in study.plates)
    wells = _with_targets(readings, study, list(unplaced))
    for table, key in (
        (study.layout.drop("line", "file", "target", "role_within"), _WELL),
        (_assays(study), ["plate"]),
        (_analytes(readings, study), ["assay", "channel"]),
        (_own_nominals(study), [*_WELL, "analyte"]),
    ):
        wells = wells.join(table, on=key, how="left", maintain_order="left")
    wells = wells.with_columns(
        nominal=pl.coalesce("own_nominal", "nominal", "vendor_nominal"),
        dilution=pl.coalesce("dilution", "vendor_dilution", 1.0),
    )
    wells = _without_analytes(wells, study)
    return check(WELLS, wells.select(WELLS.schema.names()))


def _without_analytes(wells: pl.DataFrame, study: Study) -> pl.DataFrame:
    """The readings with those of single analytes left out that people leave out."""
    out = analytes_left_out(study.exclusions)
    is_out = pl.col("because").is_not_null()
    return (
        wells.join(out, on=[*_WELL, "analyte"], how="left", maintain_order="left")
        .with_columns(
            role=pl.when(is_out).then(pl.lit("empty")).otherwise("role"),
            exclude=pl.coalesce("exclude", "because"),
        )
        .drop("because")
    )


def _without_empty_strangers(readings: pl.DataFrame, study: Study) -> pl.DataFrame:
    """The readings without those of wells that no layout names and whose reading is no number
    (NaN): many programs fill a plate with them.
    """
    known = study.layout.select(*_WELL).unique(maintain_order=True).with_columns(known=True)
    placed = readings.join(known, on=_WELL, how="left", maintain_order="left")
    no_number = (pl.col("lower").is_infinite() & pl.col("upper").is_infinite()).fill_null(False)
    return placed.filter(pl.col("known").is_not_null() | ~no_number).drop("known")


def _with_targets(readings: pl.DataFrame, study: Study, mistakes: list[Mistake]) -> pl.DataFrame:
    """The readings with the target of each as `channel`.

    Raises `StudyError` with the mistakes that are known, for wells whose target nothing names, and
    where layout and file name different ones.
    """
    targets = _targets(readings, study)
    mistakes += [*_without_target(targets, study), *_contradicted(targets)]
    if mistakes:
        raise StudyError(mistakes)
    return readings.with_columns(channel=targets["named"].fill_null(""))


def _targets(readings: pl.DataFrame, study: Study) -> pl.DataFrame:
    """For each reading the target: as its file names it (`channel`), else as the layout does
    (`target`), else the only one of its well. `named` is the first of the three.
    """
    in_file = readings.filter(pl.col("channel") != "")
    of_well = in_file.group_by(_WELL, maintain_order=True).agg(of_well=pl.col("channel").unique())
    in_layout = study.layout.select(*_WELL, "target", "line", "role")
    targets = readings.select(*_WELL, "channel", "source")
    for table in (in_layout, of_well):
        targets = targets.join(table, on=_WELL, how="left", maintain_order="left")
    named = pl.when(pl.col("channel") != "").then("channel")
    only = pl.when(pl.col("of_well").list.len() == 1).then(pl.col("of_well").list.first())
    return targets.with_columns(named=pl.coalesce(named, "target", only))


def _without_target(targets: pl.DataFrame, study: Study) -> Mistakes:
    layouts = {plate.id: plate.place for plate in study.plates}
    assays = {plate.id: study.assay(plate.assay) for plate in study.plates}
    unnamed = targets.filter(pl.col("named").is_null() & (pl.col("role") != "empty"))
    wells = unnamed.group_by("plate", "source", maintain_order=True).agg(
        pl.col("well").unique(maintain_order=True)
    )
    for plate, source, names in wells.iter_rows():
        yield Mistake(
            layouts[plate],
            f"no target for {shortened(names)}: {source} names none",
            "the target of every well",
            _NAME_IT[isinstance(assays.get(plate), Immunoassay)],
        )


_NAME_IT = {
    False: "add a column `target` to the layout",
    True: "write `analyte:` at the plate in study.yaml (the kit of the whole plate), or add a "
    "column `target` to the layout",
}


def _contradicted(targets: pl.DataFrame) -> Mistakes:
    """The wells whose target is one in the layout and another in the file."""
    differ = targets.filter(pl.col("target") != pl.col("named"))
    wells = differ.unique(_WELL, maintain_order=True)
    columns = wells.select("line", "target", "source", "channel")
    return starmap(_two_targets, columns.iter_rows())


def _two_targets(line: str, target: str, source: str, channel: str) -> Mistake:
    is_alike = spelling.alike(target, channel)
    unlike = f": unlike {spelling.difference(target, channel)}" if is_alike else ""
    return Mistake(
        line,
        f"target {spelling.printed(target)}, where {source} says {spelling.printed(channel)}"
        f"{unlike}",
        "the same target in both",
        "correct the column `target`, or leave it empty",
    )


def _unplaced(readings: pl.DataFrame, plate: Plate, study: Study) -> Mistakes:
    """The wells of a plate's file that its layout does not name."""
    of_plate = readings.filter(plate=plate.id)
    in_file = of_plate["well"].unique(maintain_order=True).to_list()
    layout = study.layout.filter(plate=plate.id)
    planned = set(layout["well"])
    unplaced = [well for well in in_file if well not in planned]
    if not unplaced:
        return
    source = of_plate["source"][0]
    if len(unplaced) == len(in_file):
        yield _another_layout(plate, source, in_file, sorted(planned))
    else:
        instead = _instead(layout, in_file)
        yield _incomplete_layout(plate, shortened(unplaced), source, instead)


def _another_layout(plate: Plate, source: str, in_file: Names, in_layout: Names) -> Mistake:
    return Mistake(
        plate.place,
        f"no well of {source}: it holds {shortened(in_file)}, the layout {shortened(in_layout)}",
        f"the wells of the file of plate {plate.id}, by the same names",
        "check that layout and file belong together and name wells (or samples) alike",
    )


def _instead(layout: pl.DataFrame, in_file: Names) -> str:
    """The wells of the layout that the file does not hold, for the message."""
    unread = _unread(layout, in_file)
    instead = f"; the layout has {shortened(unread)} instead, which the file does not hold"
    return instead if unread else ""


def _unread(layout: pl.DataFrame, in_file: Names) -> Names:
    planned = layout.filter(pl.col("role") != "empty")["well"]
    return [well for well in planned if well not in set(in_file)]


def _incomplete_layout(plate: Plate, wells: str, source: str, instead: str) -> Mistake:
    return Mistake(
        plate.place,
        f"nothing about {wells} of plate {plate.id}, which {source} holds{instead}",
        "a row for every well of the file",
        "correct the wells, or add them; a well that is to stay out gets the role `empty`",
    )


def _assays(study: Study) -> pl.DataFrame:
    """Which assay each plate belongs to, and what it reads."""
    rows = [(plate.id, plate.assay, study.assay(plate.assay).readout) for plate in study.plates]
    return _texts(("plate", "assay", "readout"), rows)


def _analytes(readings: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Which analyte each channel of each assay stands for. Reference targets and detectors stand
    for none.
    """
    rows: list[tuple[str, str, str]] = []
    for assay in study.assays:
        channels = _channels(assay, readings, study)
        rows += [(assay.id, channel, analyte) for channel, analyte in channels.items()]
    return _texts(("assay", "channel", "analyte"), rows)


def _texts(names: tuple[str, ...], rows: list[tuple[str, str, str]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _channels(assay: Assay, readings: pl.DataFrame, study: Study) -> dict[str, str]:
    """The analyte of each channel of an assay that stands for one."""
    named = {analyte.id: analyte.id for analyte in study.analytes}
    match assay:
        case Qpcr():
            targets = {**named, **assay.targets}
            return {t: analyte for t, analyte in targets.items() if t not in assay.references}
        case Immunoassay():
            return {**_usual_spellings(readings, study, assay), **named, **assay.channels}
        case Results():
            return {**named, **assay.channels}
        case Beads():
            return {}
    assert_never(assay)


def _usual_spellings(readings: pl.DataFrame, study: Study, assay: Immunoassay) -> dict[str, str]:
    """The channels of an assay that the catalog knows as one of the study's analytes (TNF-a,
    IL-8).
    """
    analytes = {analyte.id for analyte in study.analytes}
    plates = [plate.id for plate in study.plates if plate.assay == assay.id]
    of_assay = readings.filter(pl.col("plate").is_in(plates))
    channels = of_assay["channel"].unique(maintain_order=True)
    spelled = {channel: known_as(channel) for channel in channels}
    return {channel: name for channel, name in spelled.items() if name in analytes}


def _own_nominals(study: Study) -> pl.DataFrame:
    """The known amounts that a layout gives by analyte (`nominal:TNF`)."""
    given = study.layout.select(*_WELL, "nominals").explode("nominals").unnest("nominals")
    return given.drop_nulls("name").rename({"name": "analyte", "value": "own_nominal"})
