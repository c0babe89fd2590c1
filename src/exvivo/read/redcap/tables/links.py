"""The names that the donors of a project have in the study: those of the link table, else the ids
of their records. The link table is read here and nowhere else, and no message shows what it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from exvivo.errors import Mistake, ReadError, StudyError
from exvivo.read.redcap.project import Project
from exvivo.read.result import Ignored
from exvivo.sources import Sources
from exvivo.study.clinic_records import Redcap
from exvivo.study.csv_rows import Row, read_rows
from exvivo.study.entry import Entry
from exvivo.words import counted

_CODED = (
    "name a link table under `links` (columns record and donor): `exvivo new --redcap` writes one "
    "with pseudonyms"
)


@dataclass(frozen=True)
class Names:
    """The donor of each record that has one, what was passed over, and what is to fix."""

    by_record: Mapping[str, str] = field(default_factory=dict, repr=False)
    ignored: tuple[Ignored, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


def names_of(project: Project, redcap: Redcap, sources: Sources, entry: Entry) -> Names:
    """The donor of each record of a project. `entry` is that of `redcap`."""
    records = dict.fromkeys(row.record for row in project.rows if row.record)
    if redcap.links:
        return _linked(records, project, redcap, sources)
    field = project.dictionary.record
    if field.is_identifier:
        found = f"the record's id `{field.name}`, which is marked Identifier, in the place of names"
        return Names(mistakes=(entry.mistake(found, "names that tell nobody", _CODED),))
    return Names({record: record for record in records})


def _linked(records: Iterable[str], project: Project, redcap: Redcap, sources: Sources) -> Names:
    """The donors of the link table."""
    try:
        raw = sources.read(redcap.links).raw
        table = read_rows(raw, file=redcap.links)
    except (ReadError, StudyError) as error:
        return Names(mistakes=error.mistakes)
    if mistakes := tuple(table.lacking("record", "donor")):
        return Names(mistakes=mistakes)
    by_record = {row["record"]: row["donor"] for row in table.rows if row["donor"]}
    lines = {row.record: row.line for row in reversed(project.rows)}
    unnamed = [lines[record] for record in records if record not in by_record]
    mistakes = (*_link_mistakes(table.rows), *_unnamed(unnamed, redcap))
    others = sum(row["record"] not in lines for row in table.rows)
    left = Ignored(f"{counted(others, 'line')} of {redcap.links}", "no record of the export")
    return Names(by_record, (left,) * bool(others), mistakes)


def _link_mistakes(rows: Iterable[Row]) -> Iterator[Mistake]:
    """A record or donor that is linked twice."""
    for column in ("record", "donor"):
        first: dict[str, Row] = {}
        for row in rows:
            before = first.setdefault(row[column], row)
            if row[column] and before is not row:
                finding = f"the same {column} again (first at {before.where})"
                expected = "each record and each donor once"
                yield row.mistake(finding, expected, "correct one of the two", column=column)


def _unnamed(lines: list[int], redcap: Redcap) -> Iterator[Mistake]:
    """Records that the link table gives no donor."""
    if lines:
        yield Mistake(
            f"{redcap.data}:{lines[0]}",
            f"{counted(len(lines), 'record')} without a donor in {redcap.links}",
            "a donor for every record",
            f"write the donor beside the record in {redcap.links}",
        )
