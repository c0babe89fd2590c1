"""Flags and wells: what asks to be looked at, a plate as a map, and one well with all of it."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from exvivo.checking import Checked
from exvivo.study import Plate, Study
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs
from exvivo.web.wells.checks import CHECKS, shown
from exvivo.web.wells.drawings import picture
from exvivo.web.wells.last_run import LastRun, flags_of, is_decision
from exvivo.web.wells.places import wells_of
from exvivo.web.wells.plate import map_of
from exvivo.web.wells.shown import Raised, raised
from exvivo.web.wells.well import as_shown, well_of

router = APIRouter(include_in_schema=False)


@router.get("/s/{study}/wells")
def wells(
    request: Request, study: str, row: int = 0, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """The flags, open ones first, what is left out, and the plates. `row` is the row of a decision
    that was just put on record.
    """
    folder = site_of(request).shelf.folder(study)
    checked = shown(folder, CHECKS.with_left_out(folder))
    return _listed(request, "wells.html", study, visitor, checked, row)


@router.get("/s/{study}/flags")
def flags(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Response:
    """The same when every file was read: as a part for htmx, as a page for all others."""
    folder = site_of(request).shelf.folder(study)
    is_part = request.headers.get("hx-request") == "true"
    name = "_flags.html" if is_part else "wells.html"
    return _listed(request, name, study, visitor, shown(folder, CHECKS.whole(folder)), 0)


def _listed(
    request: Request, name: str, study: str, visitor: Visitor, checked: Checked, row: int
) -> Response:
    folder = site_of(request).shelf.folder(study)
    flagged = _raised(folder, checked, identify=visitor.may(Permission.IDENTIFY, study))
    return page(
        request,
        name,
        visitor=visitor,
        study=study,
        checked=checked,
        run=LastRun.of(folder),
        flags=flagged,
        left_out=_left_out(checked.study),
        can_go=_can_go(checked.study),
        plates=checked.study.plates if checked.study else (),
        row=row if is_decision(folder, row) else 0,
    )


def _raised(folder: Path, checked: Checked, *, identify: bool) -> list[Raised]:
    accepted = {each.flag: each.reason for each in checked.study.accept} if checked.study else {}
    return raised(flags_of(folder, checked.flags, accepted), checked.study, identify=identify)


def _left_out(study: Study | None) -> list[dict[str, object]]:
    """What people left out, a row a line of exclusions, with its wells."""
    import polars as pl

    if study is None:
        return []
    whole = study.exclusions
    same = ["line", "plate", "analyte", "reason", "who", "when", "labels"]
    return whole.group_by(same, maintain_order=True).agg(pl.col("well")).to_dicts()


def _can_go(study: Study | None) -> set[str]:
    """The lines of exclusions.csv that people may put back: not those of donors who withdrew."""
    from exvivo.study.exclusions import taken_back
    from exvivo.study.files import EXCLUSIONS_FILE

    lines = taken_back(study)[0]["line"] if study is not None else ()
    return {line for line in lines if line.startswith(f"{EXCLUSIONS_FILE}:")}


@router.get("/s/{study}/wells/{plate}")
def plate(
    request: Request, study: str, plate: str, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """A plate as a map; each well leads to its page."""
    folder = site_of(request).shelf.folder(study)
    checked = shown(folder, CHECKS.with_left_out(folder))
    whose, which = _plate_of(checked, plate)
    accepted = {each.flag: each.reason for each in whose.accept}
    flagged = {
        well
        for flag in flags_of(folder, checked.flags, accepted)
        for on, well in wells_of(flag, whose)
        if on == plate
    }
    names = [each.id for each in whose.plates]
    return page(
        request,
        "plate_map.html",
        visitor=visitor,
        study=study,
        plate=which,
        plates=names,
        map=map_of(which, whose, flagged),
    )


@router.get("/s/{study}/wells/{plate}/{well:path}")
def well(
    request: Request,
    study: str,
    plate: str,
    well: str,
    row: int = 0,
    visitor: Visitor = needs(Permission.WORK),
) -> Response:
    """One well: its curve or beads, its numbers, its flags, and what can be decided."""
    folder = site_of(request).shelf.folder(study)
    known = CHECKS.with_left_out(folder)
    checked = shown(folder, known)
    whose, _ = _plate_of(checked, plate)
    place, name = _meant(folder, known, plate, well)
    read = well_of(folder, known, place, name)
    if read is None:
        raise HTTPException(404)
    identify = visitor.may(Permission.IDENTIFY, study)
    own = [
        each
        for each in _raised(folder, checked, identify=identify)
        if (plate, well) in wells_of(each.flag, whose)
    ]
    return page(
        request,
        "well.html",
        visitor=visitor,
        study=study,
        well=as_shown(folder, read),
        pictures=[picture(*each) for each in read.figures],
        flags=own,
        row=row if is_decision(folder, row) else 0,
    )


def _meant(folder: Path, checked: Checked, plate: str, well: str) -> tuple[Plate, str]:
    """The plate and the well that are shown under these names."""
    from exvivo.plan.blinding import meant

    names = meant(folder, {"plate": plate, "well": well})
    return _plate_of(checked, names["plate"])[1], names["well"]


def _plate_of(checked: Checked, plate: str) -> tuple[Study, Plate]:
    """The study and a plate of it. Raises 404 for one that is not there."""
    study = checked.study
    which = next((each for each in study.plates if each.id == plate), None) if study else None
    if study is None or which is None:
        raise HTTPException(404)
    return study, which
