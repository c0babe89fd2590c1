"""One well: whose it is by the layout, what the instrument read of it, what the last run made of
that, and which wells are its replicates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exvivo.checking import Checked
from exvivo.tell.words import amount_of, number
from exvivo.web.wells.last_run import LastRun

if TYPE_CHECKING:
    import polars as pl

    from exvivo.study import Plate, Study
    from exvivo.tell.figures.chart import Figure

Fact = tuple[str, str]
_FACTS = (
    ("role", "role"),
    ("donor", "donor"),
    ("group", "group"),
    ("visit", "visit"),
    ("cell_type", "cells"),
    ("culture", "culture"),
    ("stimulus", "stimulus"),
    ("dose", "dose"),
    ("time", "time"),
    ("replicate", "replicate"),
    ("control", "control"),
    ("dilution", "dilution"),
    ("nominal", "known amount"),
    ("target", "target"),
    ("file", "file"),
)
_ALIKE = (
    *("role", "donor", "visit", "cell_type", "culture", "stimulus", "dose", "time"),
    *("control", "dilution", "nominal"),
)
"""What wells have in common that are replicates of one another."""
_MOST_ALIKE = 48


@dataclass(frozen=True)
class Result:
    """One analyte in a well as the last run has it: its reading (a Cq), and the result with its
    error and unit.
    """

    analyte: str
    reading: str
    result: str
    error: str
    unit: str


@dataclass(frozen=True)
class Reading:
    """One channel of a well as the instrument file has it."""

    channel: str
    kind: str
    value: str
    unit: str


@dataclass(frozen=True)
class Well:
    """Everything a page shows of a well."""

    plate: Plate
    name: str
    facts: tuple[Fact, ...]
    readings: tuple[Reading, ...]
    results: tuple[Result, ...]
    figures: tuple[tuple[str, Figure], ...]
    alike: tuple[str, ...]
    before: str
    after: str
    source: str = ""
    is_older: bool = False
    run: LastRun | None = None
    out: tuple[dict[str, Any], ...] = ()


def well_of(folder: Path, checked: Checked, plate: Plate, name: str) -> Well | None:
    """A well of a plate of a checked study; None where neither the layout nor a file knows it."""
    study = checked.study
    assert study is not None
    layout = study.layout.filter(plate=plate.id)
    own = layout.filter(well=name)
    readings = readings_of(folder, plate, study, checked)
    there = readings.filter(well=name)
    if own.is_empty() and there.is_empty():
        return None
    alike = _alike(layout, own)
    shown = _assigned(readings, [name, *alike], plate, study)
    own_readings = shown.filter(well=name)
    run = LastRun.of(folder)
    made = _made(run, plate, name, own, study)
    before, after = _neighbours(_names(layout, readings), name)
    return Well(
        plate=plate,
        name=name,
        facts=tuple(_facts(own, study)),
        readings=tuple(_readings(own_readings, study)),
        results=made.results,
        figures=tuple(_figures(own_readings, shown, made, name, study)),
        alike=tuple(each for each in alike if _share_a_channel(readings, name, each)),
        before=before,
        after=after,
        source=str(there["source"][0]) if there.height else "",
        is_older=bool(there.height and made.hashes and not made.hashes & set(there["sha256"])),
        run=run,
        out=tuple(study.exclusions.filter(plate=plate.id, well=name).to_dicts()),
    )


def as_shown(folder: Path, well: Well) -> Well:
    """A well under codes, while its study is blinded."""
    from exvivo.plan.blinding import key_now, seen_words

    key = key_now(folder)
    if key is None:
        return well
    return replace(
        well,
        name=key.text(well.name),
        before=key.text(well.before),
        after=key.text(well.after),
        source=key.text(well.source),
        plate=replace(well.plate, id=key.text(well.plate.id)),
        facts=seen_words(folder, well.facts),
        alike=tuple(map(key.text, well.alike)),
        out=tuple({**line, "reason": key.text(line["reason"])} for line in well.out),
    )


def readings_of(folder: Path, plate: Plate, study: Study, checked: Checked) -> pl.DataFrame:
    """What the instrument files of a plate hold; empty where they cannot be read."""
    import polars as pl

    from exvivo.cache import Cache
    from exvivo.plate_files import read_files
    from exvivo.sources import Sources
    from exvivo.tables import READINGS

    sources = checked.sources or Sources(folder)
    read = read_files(plate, study, sources, Cache.of(folder))
    return pl.concat([READINGS.frame(), *(file.readings for _, file in read.files)])


def _alike(layout: pl.DataFrame, own: pl.DataFrame) -> list[str]:
    """The wells of the plate with the same contents."""
    if own.is_empty():
        return []
    first = own.head(1).select(*_ALIKE)
    same = layout.join(first, on=list(_ALIKE), how="semi", nulls_equal=True, maintain_order="left")
    return [str(well) for well in same["well"] if well != own["well"][0]][:_MOST_ALIKE]


def _share_a_channel(readings: pl.DataFrame, one: str, other: str) -> bool:
    """Whether two wells are read in a channel that is the same, so that they can be compared."""
    channels = [set(readings.filter(well=each)["channel"]) for each in (one, other)]
    return bool(channels[0] & channels[1])


def _assigned(readings: pl.DataFrame, names: list[str], plate: Plate, study: Study) -> pl.DataFrame:
    """The rows of WELLS of some wells; without whose they are where that cannot be told."""
    import polars as pl

    from exvivo.assign import assign
    from exvivo.errors import UserMistake

    rows = readings.filter(pl.col("well").is_in(names))
    try:
        return assign(rows, study=replace(study, plates=(plate,)))
    except UserMistake:
        nobody = pl.lit(None, pl.String)
        return rows.with_columns(assay=pl.lit(plate.assay), analyte=nobody, role=pl.lit("empty"))


def _names(layout: pl.DataFrame, readings: pl.DataFrame) -> list[str]:
    names = dict.fromkeys([*layout["well"], *readings["well"]])
    return sorted(names, key=_place)


def _place(well: str) -> tuple[int, str, int, str]:
    """Wells row by row; what is no well of a plate comes last."""
    letters, digits = well.rstrip("0123456789"), well[len(well.rstrip("0123456789")) :]
    if letters.isalpha() and digits:
        return len(letters), letters, int(digits), ""
    return 99, "", 0, well


def _neighbours(names: list[str], name: str) -> tuple[str, str]:
    """The wells before and after one; empty at the ends."""
    at = names.index(name)
    return names[at - 1] if at else "", names[at + 1] if at + 1 < len(names) else ""


def _facts(own: pl.DataFrame, study: Study) -> Iterator[Fact]:
    """What the layout says of a well."""
    row = own.row(0, named=True) if own.height else {}
    is_out = row.get("role_within") is not None
    for column, label in _FACTS:
        value = row.get("role_within") if column == "role" and is_out else row.get(column)
        if value is None:
            continue
        text = f"{value:g}" if isinstance(value, float) else str(value)
        yield label, study.name_of(text) if column in ("group", "cell_type", "stimulus") else text
    for each in row.get("nominals") or ():
        yield f"known amount of {study.name_of(each['name'])}", f"{each['value']:g}"


def _readings(rows: pl.DataFrame, study: Study) -> Iterator[Reading]:
    """The channels of a well with a number, or how many numbers they hold."""
    for row in rows.sort("channel", maintain_order=True).iter_rows(named=True):
        channel = study.name_of(row["analyte"]) if row["analyte"] else row["channel"]
        count = len(row["y"] or ())
        if count:
            yield Reading(channel, row["kind"], f"{count} readings", row["unit"])
        else:
            yield Reading(channel, row["kind"], _known(row, amount_of), row["unit"])


def _known(row: dict[str, Any], say: Any) -> str:
    """A value, or what bounds it."""
    lower, upper = row["lower"], row["upper"]
    match row["censor"]:
        case "left":
            return f"< {say(upper)}" if upper is not None else "not detected"
        case "right":
            return f"> {say(lower)}" if lower is not None else "above the scale"
        case "interval":
            return f"{say(lower)} to {say(upper)}"
    return say(row["value"]) if row["value"] is not None else "–"


# What the last run made of it.


@dataclass(frozen=True)
class _Made:
    """The results of a well, the fits of its plate, and the hashes of the files they rest on."""

    results: tuple[Result, ...] = ()
    assays: pl.DataFrame | None = None
    quantities: pl.DataFrame | None = None
    cq: dict[str, float] | None = None
    hashes: frozenset[str] = frozenset()


def _made(run: LastRun | None, plate: Plate, name: str, own: pl.DataFrame, study: Study) -> _Made:
    """What the last run made of a well; nothing without one that can be read."""
    import polars as pl

    from exvivo.errors import StoreError
    from exvivo.tell.figures.one_well import cq_of

    if run is None:
        return _Made()
    try:
        quantities, assays = run.table("quantities"), run.table("assays")
    except StoreError:
        return _Made()
    of_plate = pl.col("plate").is_null() | (pl.col("plate") == plate.id)
    fits = assays.filter(pl.col("assay") == plate.assay, of_plate)
    rows = quantities.filter(plate=plate.id, well=name)
    dilution = own["dilution"][0] if own.height else None
    cq = cq_of(fits, plate.id, name)
    return _Made(
        tuple(_results(rows, cq, study)),
        fits,
        rows.with_columns(dilution=pl.lit(dilution, pl.Float64)),
        cq,
        frozenset(rows["sha256"]),
    )


def _results(rows: pl.DataFrame, cq: dict[str, float], study: Study) -> Iterator[Result]:
    """Results as amounts, with the error as a share; and each Cq that led to none."""
    left = dict(cq)
    for row in rows.filter(on="amount").iter_rows(named=True):
        reading = left.pop(row["analyte"], None)
        yield Result(
            study.name_of(row["analyte"]),
            number(reading) if reading is not None else "",
            _known(row, lambda log2: amount_of(2.0**log2)),
            f"{100 * (2.0 ** row['sd'] - 1):.0f} %" if row["sd"] is not None else "",
            row["unit"],
        )
    for target, value in left.items():
        yield Result(study.name_of(target), number(value), "", "", "cycles")


def _figures(
    own_readings: pl.DataFrame, shown: pl.DataFrame, made: _Made, name: str, study: Study
) -> Iterator[tuple[str, Figure]]:
    """The drawings of a well, each with its heading."""
    import polars as pl

    from exvivo.tell.figures import one_well

    others = shown.filter(pl.col("well") != name)
    drawn = [
        ("Amplification", one_well.of_curves(own_readings, others, made.cq or {}, study=study)),
        ("Melting", one_well.of_melting(own_readings, study=study)),
    ]
    if made.assays is not None and made.quantities is not None:
        drawn += [
            ("Beads", one_well.of_beads(own_readings, made.assays, study=study)),
            (
                "On the calibration curve",
                one_well.of_calibration(name, made.assays, made.quantities, study=study),
            ),
        ]
    yield from ((heading, figure) for heading, figure in drawn if figure is not None)
