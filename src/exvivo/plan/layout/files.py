"""A layout as files: the tables that `plates/` and instruments take, and what is told of it beside.

::

    plates/PLATE.csv       the layout of a plate, as a study reads it
    samples/PLATE.csv      one line a well: what the software of an instrument asks for
    places.csv             the plate and the day of every donor, and whether the name is made up
    balance.csv            how many wells of a kind each plate has, by chance and as laid out
    variance.csv           what places do to each answer, by chance and as laid out
    plates.yaml            the plates as study.yaml declares them
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping

import polars as pl

from exvivo.plan.layout.balance import balance_of
from exvivo.plan.layout.laid import LaidPlate, PlannedLayout, Well
from exvivo.study import Plate
from exvivo.study.edited_layout import Wells, layout_text
from exvivo.study.layout import COLUMNS
from exvivo.study.splice import spliced, yaml_text

_TASKS = {
    "sample": "UNKNOWN",
    "standard": "STANDARD",
    "ntc": "NTC",
    "blank": "BLANK",
    "qc": "UNKNOWN",
    "calibrator": "UNKNOWN",
}
"""The words of instruments for the roles of wells."""


def planned_files(planned: PlannedLayout) -> dict[str, bytes]:
    """Every file of a layout but its maps, by its path below `planned/layout`."""
    files = _layouts(planned, every=True)
    for plate, target in _plates_and_targets(planned):
        name = f"samples/{_name(plate, target)}.csv"
        files[name] = _csv(_instrument_rows(plate, planned, target))
    files["places.csv"] = _csv(pl.DataFrame(list(_place_rows(planned))))
    files["balance.csv"] = _csv(pl.DataFrame(balance_of(planned)))
    files["variance.csv"] = _csv(pl.DataFrame(list(_variance_rows(planned))))
    declared = [f"  - {text}\n" for text in plates_yaml(planned, every=True).values()]
    files["plates.yaml"] = "".join(["plates:\n", *declared]).encode()
    return files


def plates_of(planned: PlannedLayout) -> Iterator[LaidPlate]:
    """The plates of all assays."""
    for assay in planned.assays:
        yield from assay.plates


def _plates_and_targets(planned: PlannedLayout) -> Iterator[tuple[LaidPlate, str]]:
    """Every plate that is pipetted: one of each map, or one of each map and target."""
    for plate in plates_of(planned):
        for target in plate.targets or ("",):
            yield plate, target


def _name(plate: LaidPlate, target: str) -> str:
    """The name of a plate, which has its target in it where it holds one only."""
    return f"{plate.plate.id}_{target}" if target else plate.plate.id


def taken(planned: PlannedLayout) -> dict[str, bytes]:
    """The layouts of all plates by their paths in the study folder."""
    return _layouts(planned, every=False)


def taken_study(planned: PlannedLayout, raw: bytes) -> bytes:
    """The bytes of study.yaml with the plates that it lacks; everything else stays."""
    for plate, text in plates_yaml(planned).items():
        raw = spliced(raw, ("plates", plate), text)
    return raw


def plates_yaml(planned: PlannedLayout, *, every: bool = False) -> dict[str, str]:
    """The record of each plate under `plates:` of study.yaml, in one line of YAML, by its id: of
    those that study.yaml lacks, or of every one.
    """
    return {
        _name(plate, target): yaml_text(_declared(plate.plate, target))
        for plate, target in _plates_and_targets(planned)
        if plate.is_new or every
    }


def _declared(plate: Plate, target: str) -> dict[str, str]:
    """What study.yaml says of a plate, or of that of one target."""
    names = ("id", "assay", "layout", "file")
    record = {name: getattr(plate, name) for name in names if getattr(plate, name)}
    if not target:
        return record
    own = f"{plate.id}_{target}"
    return {**record, "id": own, "layout": f"plates/{own}.csv", "file": f"raw/{own}.rdml"}


def _layouts(planned: PlannedLayout, *, every: bool) -> dict[str, bytes]:
    """The layout of each plate: a file each (`every`), or as study.yaml names them, where several
    plates may share one.
    """
    tables: dict[str, dict[str, Wells]] = {}
    for plate, target in _plates_and_targets(planned):
        name = _name(plate, target)
        own = f"plates/{name}.csv"
        path = own if every or target else plate.plate.layout or own
        tables.setdefault(path, {})[name] = layout_cells(plate, planned, target)
    return {path: _layout(plates) for path, plates in tables.items()}


def _layout(plates: Mapping[str, Wells]) -> bytes:
    """The table of one plate, or of several with their names."""
    if len(plates) == 1:
        return layout_text(next(iter(plates.values())))
    rows = [
        {"plate": plate, "well": well, **cells}
        for plate, wells in plates.items()
        for well, cells in wells.items()
    ]
    filled = {name for row in rows for name, text in row.items() if text}
    names = [name for name in COLUMNS if name in filled]
    return _csv(pl.DataFrame([{name: row.get(name, "") for name in names} for row in rows]))


def layout_cells(
    plate: LaidPlate, planned: PlannedLayout, target: str = ""
) -> dict[str, dict[str, str]]:
    """The cells of a layout, by well and column."""
    one_file_a_well = not plate.plate.file
    cells: dict[str, dict[str, str]] = {}
    for well in plate.wells:
        own = _of_sample(well, planned) if well.sample else _of_fixed(well)
        file = {"file": f"raw/{plate.plate.id}/{well.well}.fcs"} if one_file_a_well else {}
        cells[well.well] = {**own, "replicate": str(well.replicate), "target": target, **file}
    return cells


def _of_sample(well: Well, planned: PlannedLayout) -> dict[str, str]:
    """What a layout says of a sample or control; what goes without saying is left out."""
    sample = well.sample
    assert sample is not None
    if sample.control:
        return {"role": sample.role, "control": sample.control, "nominal": _amount(sample.nominal)}
    several = _several(planned)
    culture = f"{sample.donor}_{sample.culture}" if "culture" in several else ""
    return {
        "role": sample.role,
        "donor": sample.donor,
        "visit": sample.visit if "visit" in several else "",
        "cell_type": sample.cell_type if "cell_type" in several else "",
        "culture": _culture_name(culture, sample.visit, sample.cell_type, several),
        "stimulus": sample.stimulus,
    }


def _culture_name(culture: str, visit: str, cell_type: str, several: frozenset[str]) -> str:
    """The name of a culture, which no other culture of the study has."""
    if not culture:
        return ""
    donor, _, number = culture.rpartition("_")
    parts = {"visit": visit, "cell_type": cell_type}
    return "_".join([donor, *(text for name, text in parts.items() if name in several), number])


def _several(planned: PlannedLayout) -> frozenset[str]:
    """Of what the samples of the study have several: a column without them says nothing."""
    every = [w.sample for p in plates_of(planned) for w in p.wells if w.sample]
    samples = [sample for sample in every if not sample.control]
    names = ("visit", "cell_type", "culture")
    return frozenset(n for n in names if len({getattr(s, n) for s in samples}) > 1)


def _of_fixed(well: Well) -> dict[str, str]:
    """What a layout says of a standard or blank."""
    fixed = well.fixed
    assert fixed is not None
    return {"role": fixed.role, "control": fixed.name, "nominal": _amount(fixed.nominal)}


def _amount(amount: float | None) -> str:
    return "" if amount is None else f"{amount:.12g}"


def _instrument_rows(plate: LaidPlate, planned: PlannedLayout, target: str) -> pl.DataFrame:
    """Well, name of the sample, task, quantity and target, as the software of instruments takes
    them: wells of one sample have one name.
    """
    rows: list[dict[str, str]] = []
    for well, cells in layout_cells(plate, planned, target).items():
        parts = ("donor", "visit", "cell_type", "culture", "stimulus", "control")
        name = " ".join(cells[part] for part in parts if cells.get(part))
        rows.append(
            {
                "Well": well,
                "Sample Name": name or cells["role"].upper(),
                "Task": _TASKS[cells["role"]],
                "Quantity": cells.get("nominal", ""),
                **({"Target Name": target} if target else {}),
            }
        )
    return pl.DataFrame(rows)


def _place_rows(planned: PlannedLayout) -> Iterator[dict[str, str]]:
    """The plate of every donor in every assay, and the day."""
    plates = {each.assay: [plate.plate.id for plate in each.plates] for each in planned.assays}
    for donor in planned.donors:
        places = {assay: at[donor.id] for assay, at in planned.places.items()}
        days = {f"{place.day}" for place in places.values() if place.day}
        row = {"donor": donor.id, "group": donor.group, "day": next(iter(days), "")}
        of_plates = {f"plate:{assay}": plates[assay][at.plate] for assay, at in places.items()}
        yield {**row, **of_plates, "made_up": "yes" if donor.is_planned else "no"}


def _variance_rows(planned: PlannedLayout) -> Iterator[dict[str, object]]:
    """What places do to each answer."""
    for assay in planned.assays:
        for each in assay.variances:
            yield {
                "assay": assay.assay,
                "about": each.about or "a single donor",
                "random": each.random,
                "laid_out": each.laid_out,
                "times_smaller": each.random / each.laid_out,
                "between_donors": each.donors,
                "of_the_whole": (each.random - each.laid_out) / (each.random + each.donors),
            }


def _csv(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_csv(buffer)
    return buffer.getvalue()
