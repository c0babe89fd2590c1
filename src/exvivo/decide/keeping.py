"""A flag that was seen and may stand: checked, put under `accept` of study.yaml, and on record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from exvivo.gather import Progress, unwatched

if TYPE_CHECKING:
    from exvivo.decide.decisions import Draft
    from exvivo.store.chain import Row


def drafted(
    folder: Path, flag: str, reason: str, *, who: str, today: str, progress: Progress = unwatched
) -> Draft:
    """The flag accepted in study.yaml, before it is written. Raises `StudyError` where the flag
    cannot be kept, or the reason is none, and what `gather` raises.
    """
    from exvivo.cache import Cache
    from exvivo.decide.decisions import drafted_keeping, refuse_flag
    from exvivo.gather import gather
    from exvivo.plan.blinding import meant_flag

    flag = meant_flag(folder, flag)
    said = " ".join(reason.split())
    refuse_flag(folder, flag, said, gather(folder, progress=progress, cache=Cache.of(folder)))
    beside = {"who": who, "when": today} if who else {"when": today}
    return drafted_keeping(folder, flag, said, beside)


def keep(folder: Path, draft: Draft) -> Row:
    """Write a draft into study.yaml and on record; the row that says so. Raises `StoreError` where
    the file changed meanwhile.
    """
    from exvivo.record import renew_page
    from exvivo.store import decide

    row = decide(folder, draft.decision, name=draft.name, before=draft.before, after=draft.after)
    renew_page(folder)
    return row
