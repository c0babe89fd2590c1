"""The plates of a study, and what each well of one is for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from exvivo.web.api.refused import Plain
from exvivo.web.edits import version as version_of
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

router = APIRouter(tags=["plates"])


class PlateName(Plain):
    """A plate as study.yaml declares it: its layout, and its instrument file where it has one."""

    plate: str
    assay: str
    layout: str
    file: str
    wells: int


class Plates(Plain):
    """The plates of a study."""

    plates: list[PlateName]


class Well(Plain):
    """What a layout says of a well. A dilution that is not stated is that of the instrument
    file.
    """

    well: str
    role: str
    donor: str | None
    visit: str | None
    cell_type: str | None
    culture: str | None
    stimulus: str | None
    dose: str | None
    time: str | None
    replicate: str | None
    control: str | None
    dilution: float | None
    nominal: float | None
    target: str | None
    exclude: str | None


class Layout(Plain):
    """The layout of a plate, and the version of its file: what an edit sends back as If-Match."""

    plate: str
    layout: str
    version: str
    wells: list[Well]


@router.get("/studies/{study}/plates")
def plates(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Plates:
    """The plates that study.yaml declares."""
    examined = _examined(site_of(request).shelf.folder(study))
    counts = dict(examined.layout["plate"].value_counts().iter_rows())
    listed = [
        PlateName(
            plate=plate.id,
            assay=plate.assay,
            layout=plate.layout,
            file=plate.file,
            wells=counts.get(plate.id, 0),
        )
        for plate in examined.plates
    ]
    return Plates(plates=listed)


@router.get("/studies/{study}/plates/{plate}")
def plate(
    request: Request,
    response: Response,
    study: str,
    plate: str,
    visitor: Visitor = needs(Permission.WORK),
) -> Layout:
    """What each well of a plate is for; no well where the instrument file names its samples."""
    folder = site_of(request).shelf.folder(study)
    examined = _examined(folder)
    layout = next((each.layout for each in examined.plates if each.id == plate), None)
    if layout is None:
        raise HTTPException(404, "This study has no such plate.")
    names = list(Well.model_fields)
    rows = examined.layout.filter(plate=plate).select(names).iter_rows(named=True)
    version = version_of(folder, layout) if layout else ""
    response.headers["ETag"] = f'"{version}"'
    wells = [Well(**row) for row in rows]
    return Layout(plate=plate, layout=layout, version=version, wells=wells)


def _examined(folder: Path) -> Any:
    """The study of a folder as far as it is known."""
    from exvivo.people_files import read_people
    from exvivo.study.load import examine

    return examine(folder, read_people=read_people).study
