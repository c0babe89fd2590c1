"""What a study folder has wrong, in two steps: the study and its tables at once, the instrument
files and all contradictions when there is time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from exvivo.words import shortened

if TYPE_CHECKING:
    from exvivo.errors import Mistake
    from exvivo.flagged import Flag
    from exvivo.gather import Gathered, Progress
    from exvivo.sources import Sources
    from exvivo.study import Study


@dataclass(frozen=True)
class Checked:
    """What a check says: its mistakes, flags and notes, how much of each there is, and the study as
    far as it can be read. `whole` says whether instrument files were read as well.
    """

    whole: bool
    mistakes: tuple[Mistake, ...] = ()
    flags: tuple[Flag, ...] = ()
    notes: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    study: Study | None = None
    sources: Sources | None = None

    @property
    def withholding(self) -> tuple[Flag, ...]:
        """The contradictions that withhold answers."""
        return tuple(flag for flag in self.flags if flag.withholds)

    @property
    def is_sound(self) -> bool:
        """Whether nothing is to fix."""
        return not self.mistakes and not self.withholding


def at_once(folder: Path, drafts: Mapping[str, bytes] | None = None) -> Checked:
    """The mistakes of study.yaml, its tables and its layouts; no instrument file is read. `drafts`
    stand for files as they may come to be.
    """
    from exvivo.errors import UserMistake
    from exvivo.people_files import read_people
    from exvivo.study.load import complete, examine
    from exvivo.tables import LAYOUT

    try:
        examined = examine(folder, drafts, read_people=read_people)
    except UserMistake as error:
        return Checked(whole=False, mistakes=error.mistakes)
    if not any(plate.samples for plate in examined.study.plates):
        examined = complete(examined, LAYOUT.frame(), [])
    return Checked(
        whole=False,
        mistakes=tuple(examined.mistakes),
        study=examined.study,
        sources=examined.sources,
    )


def in_full(folder: Path, progress: Progress | None = None) -> Checked:
    """Every mistake and contradiction of all that a folder holds."""
    from exvivo.cache import Cache
    from exvivo.errors import UserMistake
    from exvivo.gather import gather, unwatched

    cache = Cache.of(folder)
    try:
        gathered = gather(folder, progress=progress or unwatched, cache=cache)
    except UserMistake as error:
        before = at_once(folder)
        return replace(before, whole=True, mistakes=error.mistakes, flags=error.flags)
    cache.tidy()
    return Checked(
        whole=True,
        flags=gathered.flags,
        notes=tuple(notes_of(gathered)),
        counts=counts_of(gathered),
        study=gathered.study,
    )


def counts_of(gathered: Gathered) -> dict[str, int]:
    """How much of each a study holds."""
    study = gathered.study
    return {
        "donors": study.donors.height,
        "plates": len(study.plates),
        "wells": gathered.wells.select("plate", "well").n_unique(),
        "scales": len(study.scales),
        "questions": len(study.questions),
        "files": len(gathered.inputs),
    }


def notes_of(gathered: Gathered) -> list[str]:
    """Sheets that were not read, and what a sound study will not be able to claim."""
    from exvivo.study.questions import margins_without_reason

    return _unread_sheets(gathered) + [
        f"`{question}` has a margin of {2**margin:.3g}-fold without `margin_reason`; "
        "equivalence within it will not be claimed."
        for question, margin in margins_without_reason(gathered.study).items()
    ]


def _unread_sheets(gathered: Gathered) -> list[str]:
    """The sheets of the study's own tables that were not read and that a person may have meant,
    those of one name in one line.
    """
    files: dict[str, list[str]] = {}
    for file, what, _ in gathered.hidden:
        files.setdefault(what, []).append(file)
    return [f"the {what} was not read ({shortened(names)})." for what, names in files.items()]
