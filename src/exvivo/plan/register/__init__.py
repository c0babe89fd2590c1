"""The answers for a registry of studies, from the files of a study as they were locked.

The last lock counts: a study that changed since is locked again, beside the first, before it is
registered. What is written under `planned/registration/` is a text to be copied; no run reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from exvivo import __version__
from exvivo.errors import Mistake, StudyError, command
from exvivo.past import RULES, Locked
from exvivo.plan.blinding import refuse_hidden
from exvivo.record import Standing, standing
from exvivo.study.files import PLANNED
from exvivo.tell.locked import lock_summary
from exvivo.tell.planned.registration import Registered, Registry, Section, registration_page
from exvivo.tell.planned.registration import sections as sections_of

FOLDER = f"{PLANNED}/registration"


@dataclass(frozen=True)
class Registration:
    """The answers for one registry: its sections, the lock they were made from, and the page where
    they were written.
    """

    registry: Registry
    lock: Locked
    sections: tuple[Section, ...]
    page: Path


def register(folder: Path, registries: Iterable[Registry]) -> tuple[Registration, ...]:
    """Write the answers for some registries into `planned/registration/` of a study folder.

    Raises `StudyError`, and writes nothing, while study.yaml has mistakes, where nothing is locked,
    or where something is not as the last lock froze it.
    """
    refuse_hidden(folder)
    standing_now = standing(folder)
    if mistakes := list(_not_locked(folder, standing_now)):
        raise StudyError(mistakes)
    lock = standing_now.locks[-1]
    earlier = standing_now.locks[:-1]
    registered = Registered(standing_now.study, lock, standing_now.exclusions, __version__, earlier)
    return tuple(_written(folder, registry, registered) for registry in registries)


def _not_locked(folder: Path, now: Standing) -> Iterator[Mistake]:
    """Why a study cannot be registered as it stands."""
    where, cure = str(folder), f"lock it: {command('lock', folder)}"
    expected = "a study that is locked and has not changed since"
    if not now.locks:
        yield Mistake(where, "nothing is locked", expected, cure)
        return
    lock = now.locks[-1]
    if set(RULES) - set(lock.rules):
        finding = (
            f"the last lock (row {lock.row}) is of an earlier version, which froze neither scoring "
            "nor layout nor the planned size"
        )
        yield Mistake(where, finding, expected, f"{cure}; the first lock stays on record")
    if not lock.intact:
        later = [f"`{name}` came later." for name in lock.later]
        finding = " ".join([lock_summary(lock), *later])
        again = f"put it back as it was, or lock it again ({command('lock', folder)}): both locks "
        yield Mistake(where, finding, expected, f"{again}stay on record")


def _written(folder: Path, registry: Registry, registered: Registered) -> Registration:
    page = folder / FOLDER / f"{registry}.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(registration_page(registry, registered), encoding="utf-8", newline="\n")
    return Registration(registry, registered.lock, sections_of(registry, registered), page)
