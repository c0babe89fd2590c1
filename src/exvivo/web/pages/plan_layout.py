"""Plates that are laid out: what is wished, the maps of what comes of it, the same on paper, and
one button that makes them the layouts of the study.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from exvivo.errors import Mistake, StudyError, condensed
from exvivo.study.files import STUDY_FILE
from exvivo.study.load import declarations
from exvivo.web.edits import Edit, put, save, version
from exvivo.web.pages.plan import Sent, texts_of
from exvivo.web.planned.layout_wishes import address_of, layout_values, layout_wishes
from exvivo.web.planned.refused import of_form
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs

if TYPE_CHECKING:
    from exvivo.plan.layout import PlannedLayout

router = APIRouter(include_in_schema=False)
PLATES = (("96", "96 wells"), ("384", "384 wells"), ("tubes", "tubes, in racks of 96"))
PIPETTING = (
    ("triplicates", "by hand, replicates side by side"),
    ("column8", "8-channel pipette, whole columns"),
    ("row12", "12-channel pipette, whole rows"),
    ("free", "single wells, for a robot"),
)
LABELS = {
    "plate": "Plate",
    "pipetting": "Pipetting",
    "assays": "Assays",
    "assay": "Assays",
    "plates": "Plates of each assay",
    "wells": "Wells of a donor and condition",
    "days": "Days over which donors are handled",
    "balance": "Columns of donors.csv to spread",
    "forbidden": "Wells that stay empty",
    "forbid": "Wells that stay empty",
    "standards": "Wells of each standard",
    "amounts": "Amounts of the standards",
    "blanks": "Blanks, or controls without template",
    "controls": "Controls on every plate",
    "seed": "Seed",
}
"""The label of each field, by its name and by the option that has the same meaning."""
_WIDTH = 940


@dataclass(frozen=True)
class ShownPlate:
    """A plate that is laid out: its map as SVG, and the words beside it."""

    plate: str
    file: str
    svg: str


@router.get("/s/{study}/plan/layout")
def layout(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Response:
    """The form, and the layout that it asks for where one was asked for."""
    sent = _asked(request.query_params)
    values = layout_values(sent)
    if not sent:
        return _page(request, study, visitor, values, None, [])
    try:
        planned = _planned(site_of(request).shelf.folder(study), values)
    except StudyError as error:
        return _page(request, study, visitor, values, None, error.mistakes)
    return _page(request, study, visitor, values, planned, [])


def _asked(params: Mapping[str, str]) -> dict[str, str]:
    return {name: " ".join(text.split())[:500] for name, text in params.items()}


def _planned(folder: Path, values: Mapping[str, str]) -> PlannedLayout:
    """The layout that a form asks for. Raises `StudyError` with all that is in its way."""
    from exvivo.plan.layout import planned_layout

    return planned_layout(folder, layout_wishes(values))


def _page(
    request: Request,
    study: str,
    visitor: Visitor,
    values: dict[str, str],
    planned: PlannedLayout | None,
    mistakes: Sequence[Mistake],
) -> Response:
    folder = site_of(request).shelf.folder(study)
    declared, _ = declarations(folder)
    another = {**values, "seed": str(planned.wishes.seed + 1)} if planned else values
    return page(
        request,
        "plan_layout.html",
        status=422 if mistakes else 200,
        visitor=visitor,
        study=study,
        declared=declared,
        values=values,
        kinds=PLATES,
        ways=PIPETTING,
        address=address_of(values),
        another=address_of(another),
        mistakes=condensed(of_form(mistakes, LABELS)),
        labels=LABELS,
        version=version(folder, STUDY_FILE),
        shown=_shown(planned) if planned else None,
    )


def _shown(planned: PlannedLayout) -> dict[str, Any]:
    """The maps, the balance and what is gained, as a page shows them."""
    from markupsafe import Markup

    from exvivo.plan.layout import maps_of, taken
    from exvivo.plan.layout.people import made_up_words
    from exvivo.tell.planned.balance import (
        PLAIN,
        balance_rows,
        effects_words,
        gained_of,
        made_words,
    )
    from exvivo.tell.planned.maps import Legend, key_entries, map_svg

    maps, study = maps_of(planned), planned.study
    legend = Legend.of(maps.plates, study)
    plates = [
        ShownPlate(plate.plate, plate.file, Markup(map_svg(plate, study, legend, width=_WIDTH)))
        for plate in maps.plates
    ]
    return {
        "plates": plates,
        "key": [(Markup(drawn), text) for drawn, text in key_entries(maps.plates, legend, study)],
        "balance": balance_rows(maps, study),
        "gained": gained_of(maps, study),
        "plain": PLAIN,
        "effects": effects_words(maps),
        "made": made_words(maps),
        "files": list(taken(planned)),
        "made_up": made_up_words(planned),
    }


@router.get("/s/{study}/plan/layout/maps.pdf")
def maps(request: Request, study: str, visitor: Visitor = needs(Permission.WORK)) -> Response:
    """The layout on paper."""
    from exvivo.plan.layout.write import maps_pdf

    del visitor
    values = layout_values(_asked(request.query_params))
    made = maps_pdf(_planned(site_of(request).shelf.folder(study), values))
    name = f"attachment; filename*=UTF-8''{quote(study, safe='')}-plates.pdf"
    return Response(made, media_type="application/pdf", headers={"Content-Disposition": name})


@router.post("/s/{study}/plan/layout")
def take(
    request: Request, study: str, sent: Sent, visitor: Visitor = needs(Permission.WORK)
) -> Response:
    """Make the layout that the page showed the one of the study: a file for each plate, and the
    plates that study.yaml lacks. A layout that is there already stays, and is refused.
    """
    folder = site_of(request).shelf.folder(study)
    texts = texts_of(sent)
    values = layout_values(texts)
    try:
        planned = _planned(folder, values)
        _take(folder, planned, texts.get("if_match", ""), visitor.name)
    except StudyError as error:
        return _page(request, study, visitor, values, None, error.mistakes)
    return RedirectResponse(f"/s/{quote(study, safe='')}/plates", status_code=303)


def _take(folder: Path, planned: PlannedLayout, expected: str, who: str) -> None:
    """Declare the plates, add the donors that are made up, and write the layouts. Raises
    `StudyError` for a layout that is there, and for made-up donors who cannot be added;
    `Conflict` where study.yaml was changed since the page was made.
    """
    from exvivo.plan.layout import plates_yaml, taken
    from exvivo.plan.layout.write import refuse_taken

    layouts = taken(planned)
    people = _people(planned, folder)
    refuse_taken([path for path in layouts if (folder / path).exists()])
    edits = [Edit(("plates", plate), None, text) for plate, text in plates_yaml(planned).items()]
    if edits:
        save(folder, STUDY_FILE, edits, expected=expected, who=who)
    for path, raw in people.items():
        put(folder, path, raw, expected=version(folder, path), who=who)
    for path, raw in layouts.items():
        put(folder, path, raw, expected=version(folder, path), who=who)


def _people(planned: PlannedLayout, folder: Path) -> dict[str, bytes]:
    """donors.csv with a line for each made-up donor, where there are any; the page says so before.
    Raises `StudyError` where people are in a workbook or a REDCap project.
    """
    from exvivo.plan.layout.people import is_table_ours, refuse_made_up, table_of_people

    if not is_table_ours(planned, folder):
        refuse_made_up(planned, folder)
    table = table_of_people(planned, folder)
    return dict([table] if table else [])
