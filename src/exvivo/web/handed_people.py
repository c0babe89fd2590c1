"""A table of people that is handed in for a study that is being begun: what it holds is shown, and
columns that may name a person are left out before anything is kept.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass

from exvivo.errors import Mistake, StudyError
from exvivo.web.begun import Table
from exvivo.web.people.handed import HandedTable, read_handed


@dataclass(frozen=True)
class Preview:
    """A table: how many lines and people, the headings of the donor and the group, what else it
    tells, the words of the group, and the headings that were left out, or kept, of columns that may
    name a person.
    """

    lines: int
    people: int
    donor: str
    group: str
    groups: tuple[str, ...]
    others: tuple[str, ...]
    left_out: tuple[str, ...]
    kept: tuple[str, ...]


def without_names(
    raw: bytes, kind: Table, *, file: str, keep: Collection[str]
) -> tuple[Preview, bytes]:
    """A table without columns that may name a person, but those to `keep`, and what it holds. The
    bytes stay as they are where nothing is left out. Raises `StudyError` where it is no table.
    """
    table = read_handed(raw, kind, file=file)
    if table.begins_with_a_person:
        first = ", ".join(column.heading for column in table.columns)
        expected = "a line of headings: donor, group, age, sex, or those of your table"
        cure = "copy it with its headings, or type them above the first person"
        raise StudyError(Mistake(f"{file}, line 1", f"a person: {first[:120]}", expected, cure))
    named = [column for column in table.columns if column.may_name and column.at != table.donor]
    out = [column.at for column in named if column.heading not in keep]
    kept = tuple(column.heading for column in named if column.heading in keep)
    preview = _preview(table, out, kept)
    return preview, _written(table, out) if out else raw


def _preview(table: HandedTable, out: list[int], kept: tuple[str, ...]) -> Preview:
    heading = [column.heading for column in table.columns]
    special = {table.donor, table.group, *out}
    group = table.group if table.group not in out else None
    return Preview(
        lines=len(table.rows),
        people=len(table.words(table.donor)),
        donor=heading[table.donor],
        group=heading[group] if group is not None else "",
        groups=tuple(table.words(group)) if group is not None else (),
        others=tuple(name for at, name in enumerate(heading) if at not in special),
        left_out=tuple(heading[at] for at in out),
        kept=kept,
    )


def _written(table: HandedTable, out: list[int]) -> bytes:
    """The table as csv, without some of its columns."""
    text = io.StringIO()
    lines = [tuple(column.heading for column in table.columns), *table.rows]
    csv.writer(text, lineterminator="\n").writerows(
        [cell for at, cell in enumerate(line) if at not in out] for line in lines
    )
    return text.getvalue().encode()
