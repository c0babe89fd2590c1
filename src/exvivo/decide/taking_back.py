"""A line of exclusions taken back: its wells are in the answers again, and the record says who did
it.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from exvivo.gather import Progress, unwatched

if TYPE_CHECKING:
    from exvivo.decide.decisions import Draft
    from exvivo.store.chain import Row


def drafted_return(folder: Path, where: str) -> Draft:
    """The table of exclusions without a line, named as messages name it (`exclusions.csv:2`).
    Raises `StudyError` where there is no such line, or where it cannot be taken out.
    """
    from exvivo.decide.decisions import Draft
    from exvivo.sources import Content, Sources
    from exvivo.store import Decision
    from exvivo.study.csv_rows import read_rows
    from exvivo.study.edited import edited
    from exvivo.study.exclusions import EXCLUSION_COLUMNS, said_of
    from exvivo.study.files import EXCLUSIONS_FILE, table_file, table_of

    sources = Sources(folder)
    name = table_file(sources, EXCLUSIONS_FILE)
    if not sources.is_there(name):
        raise _gone(where)
    before = table_of(sources, name)
    rows = read_rows(before, file=name, columns=EXCLUSION_COLUMNS).rows
    at = next((at for at, row in enumerate(rows) if row.where == where), None)
    if at is None:
        raise _gone(where)
    line = count()
    after = edited(
        before,
        file=name,
        columns=EXCLUSION_COLUMNS,
        change=lambda cells: None if next(line) == at else cells,
    )
    says, sha256 = next(said_of([rows[at]])), Content.of(after, name).sha256
    return Draft(Decision("exclude", says, file=sha256), name, before, after)


def _gone(where: str) -> Exception:
    from exvivo.errors import Mistake, StudyError

    cure = "look at what is left out now: somebody may have taken it back"
    return StudyError(Mistake(where[:80], "no such line", "a line of exclusions", cure))


def take_back(folder: Path, draft: Draft, *, who: str, progress: Progress = unwatched) -> Row:
    """Write the table without the line, and who did it on record. Raises `StudyError` or
    `ReadError` where the study has mistakes with it, and `StoreError` where the table changed
    meanwhile.
    """
    from exvivo import store
    from exvivo.cache import Cache
    from exvivo.gather import gather
    from exvivo.record import renew_page

    gather(folder, progress=progress, drafts=draft.drafts, cache=Cache.of(folder))
    row = store.edit(folder, draft.name, draft.before, draft.after, who=who)
    renew_page(folder)
    return row
