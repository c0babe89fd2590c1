"""Every mistake of a study at once, and what its files leave in doubt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter, Request

from exvivo.web.access.seen import flags_without_people, without_people
from exvivo.web.api.refused import Plain, ToFix
from exvivo.web.site import site_of
from exvivo.web.visitor import Permission, Visitor, needs
from exvivo.web.wells.checks import CHECKS, shown

if TYPE_CHECKING:
    from exvivo.errors import Mistake
    from exvivo.flagged import Flag

router = APIRouter(tags=["check"])


class FlagRow(Plain):
    """Something to look at: its name (what `keep` takes), where, what was seen, why it matters and
    what to do; the answers that it touches are withheld while `withholds`.
    """

    name: str
    code: str
    severity: Literal["stop", "look", "note"]
    where: str
    what: str
    why: str
    cure: str
    withholds: bool
    accepted: str | None


class Checked(Plain):
    """What a check says: `sound` where a run could be made and no answer is withheld. `whole` says
    whether the instrument files were read as well.
    """

    sound: bool
    whole: bool
    mistakes: list[ToFix]
    flags: list[FlagRow]


@router.get("/studies/{study}/check")
def check(
    request: Request,
    study: str,
    whole: bool = False,
    visitor: Visitor = needs(Permission.WORK),
) -> Checked:
    """Every mistake of study.yaml, the tables and the layouts; with `whole` also of the instrument
    files, which takes longer the first time.
    """
    folder = site_of(request).shelf.folder(study)
    made = shown(folder, CHECKS.whole(folder) if whole else CHECKS.quick(folder))
    mistakes, flags = made.mistakes, made.flags
    if not visitor.may(Permission.IDENTIFY, study):
        mistakes, flags = without_people(mistakes, folder), flags_without_people(flags)
    listed = [fix(each) for each in mistakes]
    return Checked(sound=made.is_sound, whole=whole, mistakes=listed, flags=flag_rows(flags))


def fix(mistake: Mistake) -> ToFix:
    """A mistake as the API states it."""
    return ToFix(**asdict(mistake))


def flag_rows(flags: Iterable[Flag]) -> list[FlagRow]:
    """Flags as the API states them."""
    return [
        FlagRow(
            name=flag.name,
            code=flag.code,
            severity=flag.severity,
            where=flag.row,
            what=flag.what,
            why=flag.why,
            cure=flag.cure,
            withholds=flag.withholds,
            accepted=flag.accepted,
        )
        for flag in flags
    ]
