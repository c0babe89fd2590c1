"""A donor who takes back consent: what would be erased, then the erasure. Nothing brings it back,
so whoever does it types the donor once more.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from exvivo.errors import Mistake, StudyError
from exvivo.web.render import page
from exvivo.web.site import site_of
from exvivo.web.visitor import NotAllowed, Permission, Visitor, needs
from exvivo.web.wells.asked import Word

router = APIRouter(include_in_schema=False)
Field = Annotated[Word, Form()]
_REASON = "consent withdrawn"


@router.get("/s/{study}/withdraw")
def withdrawal(
    request: Request, study: str, visitor: Visitor = needs(Permission.IDENTIFY)
) -> Response:
    """The form that names the donor. The donor stands in no address: addresses are kept in logs."""
    _refuse_others(visitor, study)
    return page(request, "withdraw.html", visitor=visitor, study=study, **_parts())


@router.post("/s/{study}/withdraw/preview")
def withdrawal_preview(
    request: Request,
    study: str,
    donor: Field = "",
    reason: Field = _REASON,
    who: Field = "",
    visitor: Visitor = needs(Permission.IDENTIFY),
) -> Response:
    """What would be erased; nothing is written."""
    from exvivo.decide.decisions import today
    from exvivo.decide.withdrawal import planned
    from exvivo.store import refuse_unfinished

    _refuse_others(visitor, study)
    folder = site_of(request).shelf.folder(study)
    refuse_unfinished(folder)
    plan = planned(folder, donor, reason=reason or _REASON, today=today())
    asked = _parts(donor=donor, reason=reason or _REASON, who=who, plan=plan)
    return page(request, "withdraw.html", visitor=visitor, study=study, **asked)


@router.post("/s/{study}/withdraw")
def withdraw(
    request: Request,
    study: str,
    donor: Field = "",
    again: Field = "",
    reason: Field = _REASON,
    who: Field = "",
    visitor: Visitor = needs(Permission.IDENTIFY),
) -> Response:
    """Erase the donor, on record."""
    from exvivo.decide.decisions import today
    from exvivo.decide.withdrawal import planned
    from exvivo.decide.withdrawal import withdraw as carry_out
    from exvivo.store import refuse_unfinished

    _refuse_others(visitor, study)
    if not donor or again != donor:
        cure = "go back, and type the donor exactly as it stands there"
        finding = f"{again!r}" if again else "nothing"
        raise StudyError(Mistake("The donor, typed once more", finding, "the same donor", cure))
    site = site_of(request)
    folder, signed = site.shelf.folder(study), who if site.settings.is_local else visitor.name
    refuse_unfinished(folder)
    day = today()
    plan = planned(folder, donor, reason=reason or _REASON, today=day)
    done = carry_out(folder, plan, reason=reason or _REASON, who=signed, today=day)
    return page(request, "withdraw.html", visitor=visitor, study=study, **_parts(done=done))


def _refuse_others(visitor: Visitor, study: str) -> None:
    """Raise `NotAllowed` for whoever may see people and decides nothing."""
    if not visitor.may(Permission.DECIDE, study):
        raise NotAllowed(Permission.DECIDE)


def _parts(**more: Any) -> dict[str, Any]:
    """What the template asks for."""
    empty = {"donor": "", "reason": _REASON, "who": "", "plan": None, "done": None}
    return {**empty, **more}
