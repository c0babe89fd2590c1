"""What the next plates of a study take over from the one before: everything a person has already
said there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from exvivo.draft.assays import Assays
from exvivo.draft.wells import Cells
from exvivo.people_files import read_people
from exvivo.study import Assay, Immunoassay, Study
from exvivo.study.load import examine

_CONTROLS = ("standard", "blank", "ntc", "no_rt", "positive", "calibrator", "qc")


@dataclass(frozen=True)
class Like:
    """Another study: its records, the wells of its standards and controls by assay, and the group
    of each donor.
    """

    study: Study
    controls: Mapping[str, tuple[Cells, ...]] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)


def read_like(folder: Path) -> Like:
    """The study to go by. Raises `StudyError` where its study.yaml cannot be read."""
    study = examine(folder, read_people=read_people).study
    groups = {}
    if "group" in study.donors.columns:
        groups = dict(study.donors.select("donor", "group").iter_rows())
    controls: dict[str, tuple[Cells, ...]] = {}
    for plate in study.plates:
        rows = study.layout.filter(plate=plate.id)
        if plate.assay not in controls and not rows.is_empty():
            kept = rows.select("well", "role", "control", "nominal", "replicate").to_dicts()
            controls[plate.assay] = tuple(_cells(row) for row in kept if row["role"] in _CONTROLS)
    return Like(study, controls, groups)


def _cells(row: Mapping[str, object]) -> Cells:
    """A row of a layout as text, without its empty cells."""
    return {
        name: f"{value:g}" if isinstance(value, float) else str(value)
        for name, value in row.items()
        if value is not None
    }


def take_over(made: Assays, like: Like) -> None:
    """Give each assay of a draft the settings of the one it is like: of the same kind and, with one
    analyte a plate, of the same analyte.
    """
    for name, assay in list(made.assays.items()):
        other = _alike(assay, like.study.assays)
        if other is None:
            continue
        made.assays = {
            (other.id if key == name else key): (other if key == name else each)
            for key, each in made.assays.items()
        }
        made.plates = [
            replace(plate, assay=other.id) if plate.assay == name else plate
            for plate in made.plates
        ]


def _alike(assay: Assay, others: Iterable[Assay]) -> Assay | None:
    """The one assay of the other study that measures the same in the same way."""
    same = [each for each in others if each.kind == assay.kind]
    if isinstance(assay, Immunoassay) and assay.analyte:
        open_ones = [each for each in same if _analyte_of(each) in (assay.analyte, "")]
        named = [each for each in open_ones if _analyte_of(each)]
        same = named or open_ones
    return same[0] if len(same) == 1 else None


def _analyte_of(assay: Assay) -> str:
    """The one analyte of all plates of an assay; empty where there is none."""
    return assay.analyte if isinstance(assay, Immunoassay) else ""
