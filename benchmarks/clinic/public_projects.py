"""Public REDCap projects: is every row and every column of them read, or listed with a reason?

The columns and rows are counted with `csv` alone; a column of a project counts as accounted for
where it is among the answers, stands under `ignored` by its name, or makes the row itself (the
record, its event, its repeat, its group). R writes the code -99 of a box as `.99`: it is the same
column.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.qpcr.published import SHARED
from benchmarks.row import Row
from exvivo.errors import UserMistake
from exvivo.read.redcap import Project, read_project
from exvivo.sources import content_of
from exvivo.study.clinic_records import Redcap

REDCAP = SHARED / "redcap"
_OF_ROWS = (
    "redcap_event_name",
    "redcap_repeat_instrument",
    "redcap_repeat_instance",
    "redcap_data_access_group",
)
_DICTIONARIES = ("dictionary.csv", "dictionay.csv", "metadata.csv")
"""REDCapR spells one of them so."""
_OF_TIDIER = {
    "db_data_classic.csv": "db_metadata_classic.csv",
    "db_data_long.csv": "db_metadata_long.csv",
    "db_mixed_structure.csv": "db_metadata_mixed_structure.csv",
}


@dataclass(frozen=True)
class Public:
    """The files of a public project."""

    name: str
    dictionary: Path
    data: Path
    events: Path | None = None

    def read(self) -> Project:
        """The project, with nothing known of it beside its files. Raises `UserMistake`."""
        redcap = Redcap(dictionary=str(self.dictionary), data=str(self.data), group="", groups={})
        events = content_of(self.events, self.events.name) if self.events else None
        dictionary = content_of(self.dictionary, self.dictionary.name)
        return read_project(
            dictionary, content_of(self.data, self.data.name), redcap, events=events
        )

    def table(self) -> list[list[str]]:
        """The rows of its export that hold anything, the header first."""
        text = self.data.read_text("utf-8-sig")
        return [row for row in csv.reader(io.StringIO(text, newline="")) if any(row)]


def public_projects() -> Iterator[Public]:
    """Every public project with a dictionary and an export."""
    for folder in sorted((REDCAP / "redcapr").iterdir()):
        dictionary = next(filter(Path.is_file, (folder / each for each in _DICTIONARIES)), None)
        events = folder / "event.csv"
        if dictionary is not None:
            listed = events if events.is_file() else None
            yield Public(folder.name, dictionary, folder / "data.csv", listed)
    tidier = REDCAP / "redcaptidier"
    for data, dictionary_name in _OF_TIDIER.items():
        yield Public(data, tidier / dictionary_name, tidier / data)


def rows() -> list[Row]:
    """Columns and rows of all projects, and those of them that nobody accounts for."""
    if not REDCAP.is_dir():
        return []
    projects = list(public_projects())
    seen = [_accounted(project) for project in projects]
    refused = sum(each is None for each in seen)
    counts = [each for each in seen if each is not None]
    columns, lost_columns, lines, lost_lines = map(sum, zip(*counts, strict=True))
    return [
        Row(what="public REDCap projects", value=len(projects), unit="projects", bar=">= 20"),
        Row(what="  refused as a whole", value=refused, unit="projects", bar="<= 1"),
        Row(what="  columns of the others", value=columns, unit="columns"),
        Row(what="  columns not accounted for", value=lost_columns, unit="columns", bar="<= 0"),
        Row(what="  rows of the others", value=lines, unit="rows"),
        Row(what="  rows not accounted for", value=lost_lines, unit="rows", bar="<= 0"),
    ]


def _accounted(public: Public) -> tuple[int, int, int, int] | None:
    """Columns, those not accounted for, rows, and those not accounted for; None where refused."""
    try:
        project = public.read()
    except UserMistake:
        return None
    header, *body = public.table()
    ignored = {part.what.removeprefix("column ") for part in project.ignored}
    known = {*project.columns, *ignored, *_OF_ROWS, project.dictionary.record.name}
    plain = {_plain(name) for name in known}
    lost = [name for name in header if _plain(name) not in plain]
    return len(header), len(lost), len(body), abs(len(body) - len(project.rows))


def _plain(name: str) -> str:
    """A column by its letters and digits alone, whatever program wrote the other signs."""
    return re.sub(r"[^a-z0-9]", "_", name.lower())
