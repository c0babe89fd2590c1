"""A line of exclusions taken out again, so that its wells count in the answers; on record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from exvivo.errors import Mistake, StudyError

if TYPE_CHECKING:
    from exvivo.decide.decisions import Draft
    from exvivo.store.chain import Row


def drafted(folder: Path, line: str) -> Draft:
    """The table without the line that stands at this place (`exclusions.csv:2`); every other byte
    stays. Raises `StudyError` where there is no such line, or it is that of a withdrawal.
    """
    from exvivo.decide.decisions import Draft, exclusions_now
    from exvivo.sources import Content
    from exvivo.store import Decision
    from exvivo.study.csv_rows import read_rows
    from exvivo.study.edited import edited
    from exvivo.study.exclusion_lines import lines_of
    from exvivo.study.exclusions import EXCLUSION_COLUMNS
    from exvivo.study.ids import WITHDRAWN

    name, before = exclusions_now(folder)
    table = read_rows(before, file=name, columns=EXCLUSION_COLUMNS).rows if before else ()
    places = [row.where for row in table]
    if before is None or line not in places:
        raise StudyError(_no_line(line))
    if table[places.index(line)]["donor"].startswith(WITHDRAWN):
        raise StudyError(_of_withdrawal(line))
    rows = iter(places)

    def change(cells: Mapping[str, str]) -> Mapping[str, str] | None:
        return None if next(rows) == line else cells

    after = edited(before, file=name, columns=EXCLUSION_COLUMNS, change=change)
    says = lines_of(before)[places.index(line)]
    decision = Decision("exclude", says, file=Content.of(before, name).sha256)
    return Draft(decision, name, before, after)


def put_back(folder: Path, draft: Draft, *, who: str) -> Row:
    """Write a draft of `drafted`, and on record that the line stands no more; the row that says so.
    Raises `StudyError` or `ReadError` where the study has mistakes without the line, and
    `StoreError` where the table changed meanwhile.
    """
    from exvivo.cache import Cache
    from exvivo.gather import gather
    from exvivo.record import renew_page
    from exvivo.store import take_back

    gather(folder, drafts=draft.drafts, cache=Cache.of(folder))
    before, after = draft.before or b"", draft.after
    row = take_back(folder, draft.decision, name=draft.name, before=before, after=after, who=who)
    renew_page(folder)
    return row


def _no_line(line: str) -> Mistake:
    cure = "load the page again: the table may have changed"
    return Mistake(line, "no line of exclusions", "a line that leaves something out", cure)


def _of_withdrawal(line: str) -> Mistake:
    expected = "a line that people may take out again"
    return Mistake(line, "the line of a donor who withdrew", expected, "nothing: it has to stay")
